"""What the operator does by hand: gives money back, holds and releases payouts, lists them."""

from datetime import timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import escalation, operations
from services.domain.errors import (
    InvalidInput,
    NotFound,
)
from services.domain.money import Money
from services.domain.payments import Outcome
from services.domain.payouts import PayoutReason, PayoutStatus
from services.domain.refusals import PaymentDisputed
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import (
    at_stripe,
    booked,
    connects,
    news,
    payday,
    payment_of,
    payout_of,
    rested,
)
from tests.world import World

WHY = "The room could not be heard."
UNKNOWN = UUID(int=1)


async def test_all_of_a_payment_for_a_session_to_come_calls_it_off_and_ends_its_payout(
    world: World,
) -> None:
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    _, back = await operations.refund(world.app, payment["id"], None, reason=f" {WHY} ")
    assert back == Money(9000, "USD")
    await news(world)
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "CANCELLED"
    assert (booking["payments"][0]["outcome"], booking["payments"][0]["refunded"]) == (
        "REFUNDED",
        {"amountMinor": 9000},
    )
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("CANCELLED", "REFUNDED")
    [refund] = await world.rows("select reason, requested_by, status from private.refunds")
    assert tuple(refund) == (WHY, "OPERATOR", "SUCCEEDED")
    with pytest.raises(InvalidInput):  # nothing is left
        await operations.refund(world.app, payment["id"], None, reason=WHY)
    await assert_nothing_amiss(world)


async def test_a_part_is_told_to_the_client_and_the_session_goes_on(world: World) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    for _ in range(2):
        await operations.refund(world.app, payment["id"], 1500, reason=WHY)
        await news(world)
    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["payments"][0]["outcome"]) == ("ACCEPTED", "FULFILLED")
    assert (await world.client.notifications()).count("PART_RETURNED") == 2
    with pytest.raises(InvalidInput) as refused:
        await operations.refund(world.app, payment["id"], 6001, reason=WHY)
    assert refused.value.message == "Between nothing and 60.00 USD can go back."
    await rested(world, opened)
    await payday(world)
    assert at_stripe(world) == [(5350, "usd", 0)]
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("amount", [0, -1, 9001])
async def test_what_cannot_go_back_is_refused_and_nothing_moves(world: World, amount: int) -> None:
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    with pytest.raises(InvalidInput):
        await operations.refund(world.app, payment["id"], amount, reason=WHY)
    with pytest.raises(InvalidInput):
        await operations.refund(world.app, payment["id"], 100, reason="  ")
    with pytest.raises(NotFound):
        await operations.refund(world.app, UNKNOWN, 100, reason=WHY)
    world.sandbox.stripe.dispute(payment["stripe_charge_id"])
    await news(world)
    with pytest.raises(PaymentDisputed):
        await operations.refund(world.app, payment["id"], 100, reason=WHY)
    assert await world.rows("select from private.refunds") == []
    assert await world.worker.waiting() == []


async def test_a_release_looks_anew_at_what_had_come_to_its_end(world: World) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    assert (await world.olena.cancels(opened.booking_id))["errors"] == []
    await news(world)
    row = await world.row("select id from public.payouts")
    held = await operations.hold(world.app, row["id"], reason="A question.")
    assert (held.status, held.reason) == (PayoutStatus.CANCELLED, PayoutReason.REFUNDED)
    released = await operations.release(world.app, row["id"])
    assert (released.status, released.reason, released.held_reason) == (
        PayoutStatus.CANCELLED,
        PayoutReason.REFUNDED,
        None,
    )
    await payday(world)
    assert at_stripe(world) == []
    with pytest.raises(NotFound):
        await operations.hold(world.app, UNKNOWN, reason=WHY)


async def test_what_waits_is_listed_oldest_first_and_by_its_reason(world: World) -> None:
    first, second = await booked(world), await booked(world)
    rows = await world.rows("select id, booking_id from public.payouts")
    of = {str(row["booking_id"]): row["id"] for row in rows}
    await operations.hold(world.app, of[second.booking_id], reason="A question.")
    listed = await operations.unpaid(world.app, None)
    assert [payout.id for payout in listed] == [of[first.booking_id], of[second.booking_id]]
    assert [payout.reason for payout in listed] == [PayoutReason.NOT_DUE, PayoutReason.ON_HOLD]
    [held] = await operations.unpaid(world.app, PayoutReason.ON_HOLD)
    assert held.id == of[second.booking_id]
    assert await operations.unpaid(world.app, PayoutReason.DISPUTED) == []
    assert len(await operations.unpaid(world.app, None, limit=1)) == 1


async def test_what_waits_for_a_human_is_settled_by_keeping_it_and_its_host_is_paid(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    async with world.app.db.transaction() as conn:
        await escalation.leave_to_human(
            world.app, conn, UUID(opened.booking_id), reason="The host's calendar is odd."
        )
    await rested(world, opened)
    await payday(world)
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("WAITING", "UNDER_REVIEW")

    payment = await payment_of(world, opened.booking_id)
    with pytest.raises(InvalidInput):
        await operations.keep(world.app, payment["id"], reason=" ")
    kept = await operations.keep(world.app, payment["id"], reason="They agreed on the phone.")
    assert kept.outcome is Outcome.FULFILLED
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    [shown] = (await world.client.booking(opened.booking_id))["payments"]
    assert (shown["outcome"], shown["outcomeReason"]) == ("FULFILLED", "They agreed on the phone.")
    with pytest.raises(InvalidInput):  # it waits no more
        await operations.keep(world.app, payment["id"], reason=WHY)
    with pytest.raises(NotFound):
        await operations.keep(world.app, UNKNOWN, reason=WHY)
    await assert_nothing_amiss(world)


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_what_could_not_be_sent_is_not_asked_for_a_second_time(world: World) -> None:
    opened = await booked(world)
    world.sandbox.faults.plan("stripe.POST /v1/refunds", Fault(FaultKind.FAIL), times=100)
    assert (await world.client.cancels(opened.booking_id))["errors"] == []
    await world.worker.drain()
    payment = await payment_of(world, opened.booking_id)
    assert payment["outcome"] == "WAITING"
    with pytest.raises(InvalidInput, match="as soon as Stripe can be reached"):
        await operations.refund(world.app, payment["id"], None, reason=WHY)
    world.sandbox.faults.clear()
    await world.time_passes(timedelta(hours=2))
    [shown] = (await world.client.booking(opened.booking_id))["payments"]
    assert (shown["outcome"], shown["refunded"]) == ("REFUNDED", {"amountMinor": 9000})
    await assert_nothing_amiss(world)
