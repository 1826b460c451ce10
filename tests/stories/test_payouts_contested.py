"""Payouts that several askers contest, and reversals of which nobody heard: each has one end."""

import asyncio
from contextvars import Context
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import operations, payout_transfers, payouts, refunds, stripe_events
from services.domain.payout_rules import decide
from services.domain.payouts import (
    PayoutReason,
)
from services.payouts import IN_FLIGHT
from services.providers.errors import ProviderError
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.passing_time import MINUTE, passes, works
from tests.stories.payday import (
    at_stripe,
    booked,
    by_hand,
    connects,
    news,
    paid_out,
    payday,
    payment_of,
    payout_of,
    rested,
    returned,
)
from tests.stories.test_payouts_unanswered import (
    REVERSAL,
    TRANSFER,
    due,
    gone_with_its_worker,
    made_but_unheard,
    never_arrives,
)
from tests.stories.test_refunds_unheard import waits_for_a_lock
from tests.world import Opened, World

pytestmark = pytest.mark.usefixtures("impatient_stripe_sdk")

NOT_UNDER_WAY = IN_FLIGHT + 5 * MINUTE
PENDING = "4000000000007726"  # a refund to this card is pending for an hour
FAILS_LATER = "4000000000005126"  # a refund to this card succeeds, and fails afterwards


async def payout_id_of(world: World, opened: Opened) -> UUID:
    row = await world.row("select id from public.payouts where booking_id = $1", opened.booking_id)
    payout_id: UUID = row["id"]
    return payout_id


async def stopped_while_another_asks(world: World, payout_id: UUID) -> None:
    """One worker writes down that nothing is to be sent, when another has read that it is."""
    async with world.app.db.transaction() as conn:
        known = await payouts.read(world.app, conn, payout_id)
        payout = await payouts.lock(world.app, conn, known)
        another = asyncio.create_task(
            payout_transfers.pay_out(world.app, payout_id), context=Context()
        )
        await waits_for_a_lock(world, another)
        assert not another.done()
        found = await payouts.facts_of(world.app, conn, payout)
        decision = decide(found, world.app.clock.now())
        await payouts.put_off(world.app, conn, payout, decision, found)
    await another


async def begun_and_not_sent(world: World, card: str) -> Opened:
    """A transfer that was fixed, and whose requests never reached Stripe."""
    await connects(world, world.olena)
    opened = await booked(world, card=card)
    await rested(world, opened)
    never_arrives(world, TRANSFER)
    await payouts.run(world.app)
    await works(world)
    await gone_with_its_worker(world)
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "SENDING"
    return opened


# --- two askers ----------------------------------------------------------------------------------


async def test_what_one_worker_stopped_for_a_hold_another_does_not_send(world: World) -> None:
    opened = await begun_and_not_sent(world, "4242424242424242")
    payout_id = await payout_id_of(world, opened)
    await operations.hold(world.app, payout_id, reason="A look at the host.")
    await gone_with_its_worker(world)
    world.sandbox.clock.advance(NOT_UNDER_WAY)
    await stopped_while_another_asks(world, payout_id)
    await payday(world)
    shown = await payout_of(world, world.olena, opened.booking_id)
    assert (shown["status"], shown["reason"]) == ("WAITING", "ON_HOLD")
    assert at_stripe(world) == []
    await operations.release(world.app, payout_id)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    await assert_nothing_amiss(world)


async def test_what_one_worker_stopped_for_a_refund_another_does_not_send_whole(
    world: World,
) -> None:
    opened = await begun_and_not_sent(world, PENDING)
    payment = await payment_of(world, opened.booking_id)
    await operations.refund(world.app, payment["id"], 3000, reason="Half an hour was missing.")
    await refunds.send(world.app, UUID(opened.booking_id))
    await gone_with_its_worker(world)
    world.sandbox.clock.advance(NOT_UNDER_WAY)
    await stopped_while_another_asks(world, await payout_id_of(world, opened))
    await payday(world)
    shown = await payout_of(world, world.olena, opened.booking_id)
    assert (shown["status"], shown["reason"]) == ("WAITING", "REFUND_UNDER_WAY")
    assert at_stripe(world) == []
    await world.time_passes(timedelta(minutes=61))  # the client has it
    await news(world)
    await payday(world)
    assert at_stripe(world) == [(5350, "usd", 0)]  # 60.00 less 10 % and 0.50
    await assert_nothing_amiss(world)


# --- reversals of which nobody heard -------------------------------------------------------------


async def news_without_jobs(world: World) -> None:
    """Stripe's events are written down, and whoever was to follow them up is dead."""
    await world.sandbox.stripe.deliveries.settled()
    for event in await world.rows(
        "select id from private.stripe_events where processed_at is null order by received_at"
    ):
        await stripe_events.handle(world.app, event["id"])
    await world.rows("delete from jobs.pgqueuer")


async def reversals(world: World) -> list[tuple[str, int]]:
    rows = await world.rows(
        "select status, amount_minor from private.transfer_reversals order by created_at"
    )
    return [(row["status"], row["amount_minor"]) for row in rows]


async def test_a_reversal_whose_event_comes_before_its_answer_is_written_down_and_told_once(
    world: World,
) -> None:
    opened = await paid_out(world, world.olena)
    payment = await payment_of(world, opened.booking_id)
    world.sandbox.stripe.dashboard_refund(payment["stripe_charge_id"], 3000)
    await news_without_jobs(world)
    made_but_unheard(world, REVERSAL)
    with pytest.raises(ProviderError):
        await payout_transfers.pay_out(world.app, await payout_id_of(world, opened))
    await news_without_jobs(world)
    row = await world.row("select reversed_minor from public.payouts")
    assert row["reversed_minor"] == 2700
    assert await reversals(world) == [("REQUESTED", 2700)]
    await passes(world, NOT_UNDER_WAY, step=5 * MINUTE)
    assert await reversals(world) == [("MADE", 2700)]
    asked = len(world.sandbox.journal.of("stripe"))
    await passes(world, 10 * MINUTE, step=2 * MINUTE)
    assert len(world.sandbox.journal.of("stripe")) == asked  # nobody looks any more
    assert at_stripe(world) == [(8050, "usd", 2700)]
    mails = world.mails("olena@example.com")
    assert sum("taken back" in subject for subject in mails) == 1
    await assert_nothing_amiss(world)


async def test_a_reversal_that_never_arrived_is_not_made_for_a_refund_that_failed_since(
    world: World,
) -> None:
    opened = await paid_out(world, world.olena, card=FAILS_LATER)
    world.sandbox.faults.plan(REVERSAL, Fault(FaultKind.FAIL), times=99)
    payment = await payment_of(world, opened.booking_id)
    refund = world.sandbox.stripe.dashboard_refund(payment["stripe_charge_id"], 6000)
    await world.sandbox.stripe.deliveries.settled()
    await works(world)
    await gone_with_its_worker(world)
    world.sandbox.faults.clear()
    assert await reversals(world) == [("REQUESTED", 5400)]
    world.sandbox.stripe.settle_refund(refund["id"])  # the bank did not take it
    await world.sandbox.stripe.deliveries.settled()
    await works(world)
    await passes(world, NOT_UNDER_WAY, step=5 * MINUTE)
    assert at_stripe(world) == [(8050, "usd", 0)]
    assert await reversals(world) == [("REFUSED", 5400)]
    await returned(world, opened, 1000)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 900)]


# --- transfers by hand, and what comes to no end -------------------------------------------------


async def test_a_transfer_by_hand_in_the_currency_of_settlement_is_the_payout_and_all_of_it(
    world: World,
) -> None:
    world.sandbox.stripe.settle_in("usd", "jpy", Decimal(150))
    account_id = await connects(world, world.olena)
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    await rested(world, opened)
    world.sandbox.stripe.transfer(payment["stripe_charge_id"], account_id, 13500)  # 90.00 USD
    await news(world)
    await payday(world)
    assert at_stripe(world) == [(13500, "jpy", 0)]
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "PAID"
    await returned(world, opened)
    assert at_stripe(world) == [(13500, "jpy", 13500)]
    await assert_nothing_amiss(world)


async def test_a_transfer_by_hand_to_somebody_else_that_was_taken_back_leaves_a_reason(
    world: World,
) -> None:
    elsewhere = await connects(world, world.yuki, "JP")
    await connects(world, world.olena)
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    made = world.sandbox.stripe.transfer(payment["stripe_charge_id"], elsewhere, 8050)
    await by_hand(world, f"transfers/{made['id']}/reversals")
    await news(world)
    await rested(world, opened)
    await payday(world)
    unpaid = [(each.id, each.reason) for each in await operations.unpaid(world.app, None)]
    assert unpaid == [(await payout_id_of(world, opened), PayoutReason.UNDERPAID)]
    assert at_stripe(world) == [(8050, "usd", 8050)]
    assert not any("Paid out" in subject for subject in world.mails("olena@example.com"))


async def test_of_a_payout_that_comes_to_no_end_the_operator_hears_once(world: World) -> None:
    opened = await due(world)
    world.sandbox.faults.plan(TRANSFER, Fault(FaultKind.FAIL), times=9)
    payout_id = await payout_id_of(world, opened)
    for _ in range(3):  # each run tries, and its tries are used up
        with pytest.raises(ProviderError) as failure:
            await payout_transfers.pay_out(world.app, payout_id)
        await payout_transfers.give_up(world.app, payout_id, str(failure.value))
        await world.worker.drain()
    assert (await payout_of(world, world.olena, opened.booking_id))["reason"] == "REFUSED"
    assert len(world.mails("operator@example.com")) == 1
    world.sandbox.faults.clear()
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "PAID"
    await assert_nothing_amiss(world)
