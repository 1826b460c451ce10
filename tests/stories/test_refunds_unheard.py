"""Refunds that failed, were given up or went unheard: what is owed is sent once, and no more."""

import asyncio
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import operations, refund_failures, refund_states, refunds
from services.domain.money import Money
from tests.stories.disputing import charge_of, decides, disputed, paid_for, stripes
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, news, payment_of, unheard
from tests.stories.terms import DAY, HOUR, MINUTE, before, codes
from tests.world import Opened, World

OPERATOR = "operator@example.com"
REFUNDS = "stripe.POST /v1/refunds"
LATE = DAY - MINUTE  # half of it comes back by the terms
CALLED_OFF = "Called off by the client."
BY_THE_TERMS = f"{CALLED_OFF} By the terms 45.00 USD goes back and 45.00 USD is kept."


async def bank_lets_refunds(world: World, opened: Opened, do: str) -> None:
    """The client's bank treats refunds from now on like a test card: 'succeeded', 'pending' or
    'failing', both for an hour."""
    charge = stripes(world).require(await charge_of(world, opened), "charge")
    charge["_refund"] = do
    stripes(world).state.put(charge)
    stripes(world).state.commit()


async def bank_is_done(world: World) -> None:
    await news(world)
    await world.time_passes(HOUR + MINUTE)
    await news(world)


async def outcome(world: World, opened: Opened) -> tuple[str, str | None, int]:
    """How the payment ended, why, and how much of it went back."""
    row = await payment_of(world, opened.booking_id)
    return row["outcome"], row["outcome_reason"], row["amount_refunded_minor"]


async def asked_back(world: World) -> list[tuple[int, str, str]]:
    """Amount, status and origin of each refund as our rows tell it, oldest first."""
    rows = await world.rows(
        "select amount_minor, status, origin from private.refunds order by created_at"
    )
    return [(row["amount_minor"], row["status"], row["origin"]) for row in rows]


async def called_off(world: World, opened: Opened) -> None:
    assert codes(await world.client.cancels(opened.booking_id)) == []


async def made_unheard(world: World, opened: Opened) -> str:
    """Stripe makes the one refund that was asked for, and nobody hears of it; the payment there."""
    row = await world.row("select id, amount_minor from private.refunds")
    intent_id: str = (await payment_of(world, opened.booking_id))["stripe_payment_intent_id"]
    async with unheard(world):
        await world.app.refunds.create(
            key=str(row["id"]), payment_id=intent_id, amount=Money(row["amount_minor"], "USD")
        )
    return intent_id


async def waits_for_a_lock(world: World, task: "asyncio.Task[None]") -> None:
    """The task has come to where another transaction holds it up, or to its end."""
    while not task.done():
        if await world.rows(
            "select from pg_stat_activity where datname = current_database() "
            "and wait_event_type = 'Lock'"
        ):
            return


async def test_a_part_that_had_failed_before_it_was_called_off_is_not_owed(world: World) -> None:
    opened = await booked(world)
    await bank_lets_refunds(world, opened, "failing")
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 3000)
    await bank_is_done(world)
    assert await outcome(world, opened) == ("FULFILLED", None, 0)
    await bank_lets_refunds(world, opened, "succeeded")
    await before(world, opened, LATE)
    await called_off(world, opened)
    await news(world)
    assert await outcome(world, opened) == ("FULFILLED", BY_THE_TERMS, 4500)
    assert await asked_back(world) == [
        (3000, "FAILED", "DASHBOARD"),
        (4500, "SUCCEEDED", "SESSIONPAY"),
    ]
    assert world.mails(OPERATOR) == []
    await assert_nothing_amiss(world)


async def test_another_try_of_the_operator_that_fails_too_is_no_second_debt(world: World) -> None:
    opened = await booked(world)
    await bank_lets_refunds(world, opened, "failing")
    await before(world, opened, LATE)
    await called_off(world, opened)
    await bank_is_done(world)
    assert await outcome(world, opened) == ("WAITING", refund_failures.NOT_TAKEN, 0)
    payment_id = (await payment_of(world, opened.booking_id))["id"]
    await operations.refund(world.app, payment_id, 4500, reason="Once more.")
    await bank_is_done(world)
    assert await outcome(world, opened) == ("WAITING", refund_failures.NOT_TAKEN, 0)
    await bank_lets_refunds(world, opened, "succeeded")
    await operations.refund(world.app, payment_id, 4500, reason="To another card.")
    await news(world)
    assert await outcome(world, opened) == ("FULFILLED", CALLED_OFF, 4500)
    assert await asked_back(world) == [
        (4500, "FAILED", "SESSIONPAY"),
        (4500, "FAILED", "SESSIONPAY"),
        (4500, "SUCCEEDED", "SESSIONPAY"),
    ]
    await assert_nothing_amiss(world)


async def test_a_refund_given_up_that_was_made_after_all_ends_the_wait(world: World) -> None:
    opened = await booked(world)
    await before(world, opened, LATE)
    await called_off(world, opened)
    intent_id = await made_unheard(world, opened)
    await refunds.give_up(world.app, UUID(opened.booking_id), "no answer")
    await world.rows("delete from jobs.pgqueuer where entrypoint = 'refund'")
    assert await outcome(world, opened) == ("WAITING", refund_failures.NOT_SENT, 0)
    await refunds.follow(world.app, intent_id)  # as its event does
    await world.worker.drain()
    assert await outcome(world, opened) == ("FULFILLED", CALLED_OFF, 4500)
    assert await asked_back(world) == [(4500, "SUCCEEDED", "SESSIONPAY")]
    await assert_nothing_amiss(world)


async def test_a_refund_is_not_given_up_while_its_success_is_written_down(world: World) -> None:
    opened = await booked(world)
    await called_off(world, opened)
    intent_id = await made_unheard(world, opened)
    states = await world.app.refunds.of_payment(intent_id)
    async with world.app.db.transaction() as conn:
        await refund_states.apply(world.app, conn, intent_id, states)
        giving_up = asyncio.create_task(
            refunds.give_up(world.app, UUID(opened.booking_id), "no answer")
        )
        await waits_for_a_lock(world, giving_up)
        assert not giving_up.done()
    await giving_up
    await world.worker.drain()
    assert await outcome(world, opened) == ("REFUNDED", CALLED_OFF, 9000)
    assert world.mails(OPERATOR) == []
    await assert_nothing_amiss(world)


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_what_a_person_returned_because_it_could_not_be_sent_is_not_sent_as_well(
    world: World,
) -> None:
    opened = await booked(world)
    await before(world, opened, LATE)
    world.sandbox.faults.plan(REFUNDS, Fault(FaultKind.FAIL), times=100)
    await called_off(world, opened)
    await world.worker.drain()
    assert await outcome(world, opened) == ("WAITING", refund_failures.NOT_SENT, 0)
    assert len(world.mails(OPERATOR)) == 1
    world.sandbox.faults.clear()
    async with unheard(world):
        world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 4500)
    for _ in range(3):
        await bank_is_done(world)
    ended, _, gone = await outcome(world, opened)
    assert (ended, gone) == ("FULFILLED", 4500)
    at_stripe = await world.app.refunds.of_payment(
        (await payment_of(world, opened.booking_id))["stripe_payment_intent_id"]
    )
    assert [(state.amount.amount_minor, state.status) for state in at_stripe] == [
        (4500, "SUCCEEDED")
    ]
    await assert_nothing_amiss(world)


async def test_a_dispute_of_the_whole_that_is_lost_while_a_part_is_on_its_way_ends_it_once(
    world: World,
) -> None:
    opened = await booked(world)
    await bank_lets_refunds(world, opened, "pending")
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 3000)
    await news(world)
    await decides(world, await disputed(world, opened, 9000), won=False)
    assert (await paid_for(world, opened))["outcome"] == "REFUNDED"
    await bank_is_done(world)
    shown = await paid_for(world, opened)
    assert (shown["outcome"], shown["refunded"], shown["lostToDispute"]) == ("REFUNDED", 3000, 6000)
    assert shown["outcomeReason"] == "The payer's bank returned the money after a dispute."
    assert await asked_back(world) == [(3000, "SUCCEEDED", "DASHBOARD")]
    await assert_nothing_amiss(world)
