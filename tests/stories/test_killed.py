"""The worker's process is killed between any two steps: after that everything is there once."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services.sweep import SLOW
from tests.stories.deaths import (
    RESTARTS,
    THE_SWEEPER,
    DoomedWorker,
    Restart,
    doomed_worker,
    drained,
    killed_everywhere,
)
from tests.stories.hasty_adapters import hasty_adapters
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.world import Opened, World

__all__ = ["doomed_worker", "hasty_adapters"]

CALLED_TO_FULFIL = (
    "POST calcom/v2/bookings",
    "DELETE calcom/v2/slots/reservations/*",
    "PATCH calcom/v2/bookings/*/location",
    "POST zoom/oauth/token",
    "POST zoom/v2/users/olena@example.com/meetings",
    "mail",
)
CALLED_TO_REFUND = (
    "POST calcom/v2/bookings",
    "DELETE calcom/v2/slots/reservations/*",
    "POST stripe/v1/refunds",
    "mail",
)
RESERVATIONS_LAPSE = timedelta(minutes=40)


@RESTARTS
async def test_fulfilment_killed_anywhere_happens_once(
    doomed_worker: DoomedWorker, world: World, seeded: str, restart: Restart
) -> None:
    purchases = await killed_everywhere(
        doomed_worker, world, seeded, restart, calls=CALLED_TO_FULFIL
    )
    await world.time_passes(RESERVATIONS_LAPSE)
    for opened in purchases:
        await assert_fulfilled_once(world, opened)
    assert_entered_once(world, purchases)
    assert_link_shown(world)
    assert len(world.mails()) == len(world.mails("olena@example.com")) == len(purchases)
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"] * len(purchases)
    assert await world.rows("select from private.error_logs") == []
    assert await world.worker.held() == []
    await assert_nothing_amiss(world)


async def assert_fulfilled_once(world: World, opened: Opened) -> None:
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    [payment] = booking["payments"]
    assert (payment["status"], payment["outcome"]) == ("SUCCEEDED", "FULFILLED")
    assert payment["refunded"] == {"amountMinor": 0}
    assert await refunds_at_stripe(world, opened) == []
    [meeting] = [
        meeting for meeting in world.sandbox.zoom.meetings if opened.booking_id in meeting["agenda"]
    ]
    assert booking["meeting"]["url"] == meeting["join_url"]
    assert await told(world, opened) == [
        ("BOOKING_CONFIRMED", "EMAIL", "SENT", 1),
        ("BOOKING_CONFIRMED", "IN_APP", "SENT", 0),
        ("HOST_BOOKED", "EMAIL", "SENT", 1),
    ]


def assert_entered_once(world: World, purchases: list[Opened]) -> None:
    """Not even for a while was there a second entry or a second meeting of a booking."""
    once = Counter(opened.booking_id for opened in purchases)
    calendar, rooms = world.sandbox.calcom, world.sandbox.zoom
    assert Counter(entry["metadata"]["booking_id"] for entry in calendar.bookings) == once
    assert len(calendar.history) == len(rooms.history) == len(rooms.meetings) == len(purchases)


def assert_link_shown(world: World) -> None:
    """The host finds in the calendar where the client was told to come."""
    links = {
        meeting["agenda"].split()[1]: meeting["join_url"] for meeting in world.sandbox.zoom.meetings
    }
    shown = {
        entry["metadata"]["booking_id"]: entry["location"]
        for entry in world.sandbox.calcom.bookings
    }
    assert shown == links


@RESTARTS
@pytest.mark.usefixtures("hasty_adapters")
async def test_a_refund_killed_anywhere_happens_once(
    doomed_worker: DoomedWorker, world: World, seeded: str, restart: Restart
) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE), times=10_000)
    purchases = await killed_everywhere(
        doomed_worker, world, seeded, restart, calls=CALLED_TO_REFUND
    )
    if restart is THE_SWEEPER:  # refunds asked for are looked at by the hour
        await world.time_passes(SLOW + timedelta(minutes=1))
        await drained(world)
    for opened in purchases:
        await assert_refunded_once(world, opened)
    assert len(world.mails()) == len(purchases)
    assert world.mails("olena@example.com") == []
    assert world.sandbox.calcom.history == world.sandbox.calcom.reservations == []
    assert world.sandbox.zoom.history == []
    assert await world.client.notifications() == ["BOOKING_REJECTED"] * len(purchases)
    assert await world.rows("select from private.error_logs") == []
    assert await world.worker.held() == []
    await assert_nothing_amiss(world)


async def assert_refunded_once(world: World, opened: Opened) -> None:
    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["meeting"]) == ("REJECTED", None)
    [payment] = booking["payments"]
    assert (payment["status"], payment["outcome"]) == ("SUCCEEDED", "REFUNDED")
    assert payment["refunded"] == {"amountMinor": 9000}
    assert await refunds_at_stripe(world, opened) == [(9000, "SUCCEEDED")]
    assert await told(world, opened) == [
        ("BOOKING_REJECTED", "EMAIL", "SENT", 1),
        ("BOOKING_REJECTED", "IN_APP", "SENT", 0),
    ]


async def refunds_at_stripe(world: World, opened: Opened) -> list[tuple[int, str]]:
    state = await world.app.checkouts.read(opened.session_id)
    assert state.payment is not None
    found = await world.app.refunds.of_payment(state.payment.id)
    return [(refund.amount.amount_minor, refund.status) for refund in found]


async def told(world: World, opened: Opened) -> list[tuple[str, str, str, int]]:
    """Kind, medium and status of each message of a booking, and in how many mails it came."""
    messages = await world.rows(
        "select id, kind, medium, status from public.notifications where booking_id = $1 "
        "order by kind, medium",
        UUID(opened.booking_id),
    )
    sent = [mail.message_id for mail in world.sandbox.inbox.mails]
    return [
        (kind, medium, status, sum(str(message_id) in key for key in sent))
        for message_id, kind, medium, status in messages
    ]
