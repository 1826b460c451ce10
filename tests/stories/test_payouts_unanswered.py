"""Stripe's answer is lost, or its asker: no second transfer and no second reversal, ever."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from services import payouts
from services.payouts import IN_FLIGHT
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.passing_time import MINUTE, passes, works
from tests.stories.payday import (
    at_stripe,
    booked,
    connects,
    news,
    paid_out,
    payday,
    payment_of,
    payout_of,
    rested,
    returned,
)
from tests.world import Opened, World

pytestmark = pytest.mark.usefixtures("impatient_stripe_sdk")

HOUR = timedelta(hours=1)
A_DAY_AND_MORE = timedelta(hours=25)
"""After a day Stripe forgets an idempotency key."""

TRANSFER = "stripe.POST /v1/transfers"
REVERSAL = "stripe.POST /v1/transfers/{id}/reversals"
TRIES = 3  # of the SDK in one call


def made_but_unheard(world: World, operation: str, *, calls: int = 1) -> None:
    """Stripe does what the first request asks and answers neither it nor those that repeat it."""
    world.sandbox.faults.plan(operation, Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan(operation, Fault(FaultKind.FAIL), times=TRIES * calls - 1)


def never_arrives(world: World, operation: str) -> None:
    """Stripe is asked and nothing happens there."""
    world.sandbox.faults.plan(operation, Fault(FaultKind.FAIL), times=TRIES)


async def gone_with_its_worker(world: World) -> None:
    """Nothing of the queue is left, and no event of Stripe is on its way."""
    await world.sandbox.stripe.deliveries.settled()
    await world.rows("delete from jobs.pgqueuer")
    await world.rows("update private.stripe_events set processed_at = now(), outcome = 'applied'")


async def asked_until_it_fails(world: World) -> None:
    """What is due is tried once; the tries that would follow go with the worker."""
    await works(world)
    await gone_with_its_worker(world)


async def run_and_die(world: World) -> None:
    await payouts.run(world.app)
    await asked_until_it_fails(world)


async def due(world: World) -> Opened:
    await connects(world, world.olena)
    opened = await booked(world)
    await rested(world, opened)
    return opened


def asked(world: World, what: str) -> list[int]:
    """Statuses of the answers to requests that move money."""
    calls = world.sandbox.journal.of("stripe")
    return [call.status for call in calls if call.method == "POST" and call.path.endswith(what)]


def only_once(mails: Iterable[str], subject: str) -> bool:
    return sum(subject in mail for mail in mails) == 1


@pytest.mark.parametrize("heard", ["at once", "by the sweeper", "a day later"])
async def test_a_transfer_whose_answer_was_lost_is_found_and_not_made_again(
    world: World, heard: str
) -> None:
    opened = await due(world)
    world.sandbox.stripe.deliveries.plan("drop", 10, event_type="transfer.created")
    made_but_unheard(world, TRANSFER)
    if heard == "at once":
        await payday(world)
    else:
        await run_and_die(world)
        assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "SENDING"
        assert at_stripe(world) == [(8050, "usd", 0)]
        if heard == "a day later":
            world.sandbox.clock.advance(A_DAY_AND_MORE)
        await world.time_passes(2 * MINUTE)  # the sweeper alone
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "PAID"
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    assert asked(world, "/v1/transfers") == [500] * TRIES
    assert only_once(world.mails("olena@example.com"), "Paid out")
    assert world.mails("operator@example.com") == []
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("heard", ["at once", "by the sweeper", "a day later"])
async def test_a_reversal_whose_answer_was_lost_is_found_and_not_made_again(
    world: World, heard: str
) -> None:
    opened = await paid_out(world, world.olena)
    world.sandbox.stripe.deliveries.plan("drop", 10, event_type="transfer.reversed")
    made_but_unheard(world, REVERSAL)
    if heard == "at once":
        await returned(world, opened, 3000)
    else:
        payment = await payment_of(world, opened.booking_id)
        world.sandbox.stripe.dashboard_refund(payment["stripe_charge_id"], 3000)
        await world.sandbox.stripe.deliveries.settled()
        await asked_until_it_fails(world)
        assert at_stripe(world) == [(8050, "usd", 2700)]
        if heard == "a day later":
            world.sandbox.clock.advance(A_DAY_AND_MORE)
        await world.time_passes(2 * MINUTE)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 2700)]
    assert asked(world, "/reversals") == [500] * TRIES
    assert only_once(world.mails("olena@example.com"), "taken back")
    assert world.mails("operator@example.com") == []
    [row] = await world.rows("select status, amount_minor from private.transfer_reversals")
    assert tuple(row) == ("MADE", 2700)
    await assert_nothing_amiss(world)


async def test_while_stripe_is_down_it_is_asked_again_and_pays_once(world: World) -> None:
    opened = await due(world)
    world.sandbox.faults.take_down("stripe", world.sandbox.clock.now() + timedelta(hours=2))
    await payouts.run(world.app)
    await works(world)
    assert at_stripe(world) == []
    await passes(world, 3 * HOUR, step=timedelta(minutes=20))
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "PAID"
    assert at_stripe(world) == [(8050, "usd", 0)]
    await assert_nothing_amiss(world)


async def test_an_account_changed_while_the_answer_was_lost_gets_nothing_a_second_time(
    world: World,
) -> None:
    """The host's row names another account meanwhile: what was begun is still looked for first."""
    await due(world)
    made_but_unheard(world, TRANSFER)
    await run_and_die(world)
    [before] = world.sandbox.stripe.transfers()
    await world.rows("update private.payout_accounts set stripe_account_id = 'acct_another'")
    await world.time_passes(2 * MINUTE)
    await news(world)
    [after] = world.sandbox.stripe.transfers()
    assert (after["id"], after["destination"]) == (before["id"], before["destination"])
    row = await world.row("select status, stripe_account_id from public.payouts")
    assert tuple(row) == ("PAID", before["destination"])


@pytest.mark.parametrize("amount", [None, 3000], ids=["all", "a part"])
async def test_what_goes_back_before_stripe_was_asked_is_not_sent(
    world: World, amount: int | None
) -> None:
    """Begun by us, unknown at Stripe, and its asker may still be on the way to it."""
    opened = await due(world)
    never_arrives(world, TRANSFER)
    await run_and_die(world)
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "SENDING"
    payment = await payment_of(world, opened.booking_id)
    world.sandbox.stripe.dashboard_refund(payment["stripe_charge_id"], amount)
    await world.sandbox.stripe.deliveries.settled()
    await works(world)
    if amount is None:
        assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "SENDING"
    await passes(world, IN_FLIGHT + 5 * MINUTE)
    await payday(world)
    after = await payout_of(world, world.olena, opened.booking_id)
    if amount is None:
        assert (after["status"], after["reason"]) == ("CANCELLED", "REFUNDED")
        assert at_stripe(world) == []
    else:
        assert after["net"] == {"amountMinor": 5350}
        assert sum(moved - back for moved, _, back in at_stripe(world)) == 5350
    await assert_nothing_amiss(world)


async def test_what_was_made_and_not_written_before_it_went_back_is_written_and_taken_back(
    world: World,
) -> None:
    opened = await due(world)
    world.sandbox.stripe.deliveries.plan("drop", 10, event_type="transfer.created")
    made_but_unheard(world, TRANSFER)
    await run_and_die(world)
    await returned(world, opened)
    assert at_stripe(world) == [(8050, "usd", 8050)]
    after = await payout_of(world, world.olena, opened.booking_id)
    assert (after["status"], after["reversed"]) == ("REVERSED", {"amountMinor": 8050})
    assert asked(world, "/v1/transfers") == [500] * TRIES
    await assert_nothing_amiss(world)
