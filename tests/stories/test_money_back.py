"""What becomes of money that comes late, twice, slowly, or for a time that can't be had."""

from datetime import timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import fulfilment
from tests.world import CONSULTATION, Opened, World


async def expired_but_paid(world: World, *, rival: bool) -> Opened:
    """The hold ended in our eyes, though the client was paying on Stripe's page all along.

    Happens when Stripe's own clock runs behind ours: here the row is cancelled by hand.
    """
    opened = await world.client.books()
    await world.rows(
        "update public.bookings set status = 'CANCELLED', status_reason = 'test' where id = $1",
        opened.booking_id,
    )
    await fulfilment.leave_calendar(world.app, UUID(opened.booking_id))
    if rival:
        theirs = await world.other.books(opened.starts_at)
        await world.pays(theirs)
        await world.worker.drain()
    await world.pays(opened)
    await world.worker.drain()
    return opened


async def test_a_late_payment_whose_slot_is_free_books_it(world: World) -> None:
    opened = await expired_but_paid(world, rival=False)
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert booking["payments"][0]["outcome"] == "FULFILLED"
    assert await refunds_at_stripe(world) == []


async def test_a_late_payment_whose_slot_is_taken_goes_back_and_says_so(world: World) -> None:
    opened = await expired_but_paid(world, rival=True)
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["statusReason"] == (
        "The payment arrived after the time had been given to somebody else."
    )
    [payment] = booking["payments"]
    assert payment["outcome"] == "REFUNDED"
    assert payment["refunded"] == {"amountMinor": 9000}
    assert await refunds_at_stripe(world) == [(9000, "succeeded")]
    assert world.mails() == ["Not booked, money goes back: Mentoring session with Olena Koval"]
    assert len(world.sandbox.calcom.history) == 1


async def refunds_at_stripe(world: World) -> list[tuple[int, str]]:
    found = []
    for session in world.sandbox.stripe.sessions():
        if session["payment_intent"]:
            for refund in await world.app.refunds.of_payment(session["payment_intent"]):
                found.append((refund.amount.amount_minor, refund.status.lower()))
    return found


async def test_a_calendar_that_refuses_gives_the_money_back_by_itself(world: World) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
    opened = await world.client.books()
    await world.pays(opened)
    jobs = await world.worker.drain()

    assert jobs.count("refund") == 1
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["meeting"] is None
    assert booking["payments"][0]["outcome"] == "REFUNDED"
    assert await refunds_at_stripe(world) == [(9000, "succeeded")]
    assert await world.client.notifications() == ["BOOKING_REJECTED"]
    assert (await world.client.asks("{ me { paid } }"))["me"]["paid"] is False
    answer = await world.client.confirms(opened.session_id)
    assert answer["success"] is False
    assert answer["errors"][0]["code"] == "BOOKING_REJECTED"
    assert opened.starts_at in await world.other.slots()


async def test_a_calendar_that_fails_for_a_while_is_asked_again(world: World) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.FAIL), times=4)
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert await refunds_at_stripe(world) == []


async def test_a_calendar_that_never_answers_gives_the_money_back(world: World) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.FAIL), times=1000)
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["statusReason"] == "The host's calendar could not be reached."
    assert booking["payments"][0]["outcome"] == "REFUNDED"
    logs = await world.rows("select source, vendor, times, final from private.error_logs")
    assert {tuple(log) for log in logs} == {
        ("book_calendar", "calcom", 25, True),
    }
    assert world.sandbox.calcom.history == []


@pytest.mark.parametrize(
    ("ok", "status", "outcome"), [(True, "ACCEPTED", "FULFILLED"), (False, "CANCELLED", None)]
)
async def test_a_delayed_method_holds_the_slot_until_it_settles(
    world: World, ok: bool, status: str, outcome: str | None
) -> None:
    slot = (await world.client.slots(days=20))[-1]
    opened = await world.client.books(slot)
    world.sandbox.stripe.pay(opened.session_id, debit_account="DE89370400440532013000")
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    waiting = await world.client.booking(opened.booking_id)
    assert waiting["status"] == "AWAITING_PAYMENT"
    assert waiting["payments"][0]["status"] == "PROCESSING"
    answer = await world.client.confirms(opened.session_id)
    assert answer["errors"][0]["code"] == "PAYMENT_PROCESSING"

    await world.time_passes(timedelta(hours=2))
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    assert slot not in await world.other.slots(days=20)

    intent = world.sandbox.stripe.sessions()[0]["payment_intent"]
    world.sandbox.stripe.settle(intent, ok=ok)
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == status
    assert booking["payments"][0]["outcome"] == outcome
    assert (slot in await world.other.slots(days=20)) is not ok


async def test_a_refund_in_the_dashboard_gives_up_the_booking(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened))
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "CANCELLED"
    assert booking["payments"][0]["outcome"] == "REFUNDED"
    assert await world.client.notifications() == ["BOOKING_CANCELLED", "BOOKING_CONFIRMED"]
    assert "Cancelled" in world.mails("olena@example.com")[-1]
    assert world.entered() == []
    assert world.sandbox.zoom.meetings == []
    assert opened.starts_at in await world.other.slots()


async def test_a_partial_refund_in_the_dashboard_leaves_the_booking(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 1000)
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    [payment] = booking["payments"]
    assert payment["refunded"] == {"amountMinor": 1000}
    assert payment["outcome"] == "FULFILLED"


async def charge_of(world: World, opened: Opened) -> str:
    row = await world.row(
        "select stripe_charge_id as id from public.payments where booking_id = $1",
        opened.booking_id,
    )
    charge: str = row["id"]
    return charge


@pytest.mark.parametrize("card", ["4000000000007726", "4000000000005126"])
async def test_a_refund_is_followed_to_its_end(world: World, card: str) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
    opened = await world.client.books()
    await world.pays(opened, card)
    await world.worker.drain()
    pending = card.endswith("7726")
    [before] = (await world.client.booking(opened.booking_id))["payments"]
    assert before["outcome"] == (None if pending else "REFUNDED")

    [refund] = await world.rows("select stripe_refund_id as id from private.refunds")
    world.sandbox.stripe.settle_refund(refund["id"])
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    [after] = (await world.client.booking(opened.booking_id))["payments"]
    assert after["outcome"] == ("REFUNDED" if pending else "WAITING")
    waits = await world.row("select outcome_owner as owner from public.payments")
    assert waits["owner"] == (None if pending else "operator@example.com")


async def test_a_session_paid_first_and_never_placed_is_reminded_then_refunded(
    world: World,
) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    await world.time_passes(timedelta(days=8))
    assert world.mails()[1:] == ["Reminder: choose your time: First consultation with Olena Koval"]
    await world.time_passes(timedelta(days=1))
    assert len(world.mails()) == 2
    await world.time_passes(timedelta(days=6))
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["payments"][0]["outcome"] == "REFUNDED"


async def test_a_session_never_placed_may_wait_for_a_human_instead(world: World) -> None:
    await world.rows("update public.session_types set placement_lapse = 'HUMAN'")
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    await world.time_passes(timedelta(days=15))
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "WAITING"
    assert payment["outcomeReason"] == "No time was chosen by the day set for it."
    await world.time_passes(timedelta(days=1))
    assert len(await world.rows("select from private.error_logs")) == 1
    slot = (await world.client.slots(CONSULTATION, days=40))[-1]
    assert (await world.client.schedules(opened.booking_id, slot))["errors"] == []
    await world.worker.drain()
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "FULFILLED"


async def test_another_sum_than_ours_waits_for_a_named_human(world: World) -> None:
    opened = await world.client.books()
    await world.rows("update public.bookings set price_minor = 9001")
    await world.pays(opened)
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "CANCELLED"
    assert booking["payments"][0]["outcome"] == "WAITING"
    row = await world.row("select outcome_owner, outcome_reason from public.payments")
    assert tuple(row) == (
        "operator@example.com",
        "Stripe took 90.00 USD, the booking costs 90.01 USD.",
    )
