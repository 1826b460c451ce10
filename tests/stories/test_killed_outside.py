"""The worker dies around calls of Google, Daily and the rest, for bookings kept and given up."""

import pytest

from tests.stories.deaths import (
    RESTARTS,
    DoomedWorker,
    Restart,
    doomed_worker,
    drained,
    killed_everywhere,
)
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.world import COACHING, MENTORING, REVIEW, Opened, World

__all__ = ["doomed_worker"]

CALCOM_BOOK = "POST calcom/v2/bookings"
ZOOM_CREATE = "POST zoom/v2/users/olena@example.com/meetings"
GOOGLE_INSERT = "POST google/calendar/v3/calendars/marcus@example.com/events"
DAILY_CREATE, DAILY_TOKEN = "POST daily/v1/rooms", "POST daily/v1/meeting-tokens"


@RESTARTS
async def test_an_entry_and_its_meet_room_are_there_once_wherever_google_was_cut_off(
    doomed_worker: DoomedWorker, world: World, seeded: str, restart: Restart
) -> None:
    purchases = await killed_everywhere(
        doomed_worker,
        world,
        seeded,
        restart,
        calls=[GOOGLE_INSERT],
        session_type=COACHING,
        only_at=GOOGLE_INSERT,
    )
    events = world.sandbox.google.history
    links = {
        event["extendedProperties"]["private"]["booking_id"]: event["hangoutLink"]
        for event in events
    }
    assert len(events) == len(purchases)
    assert await addresses(world, purchases) == links
    await assert_nothing_amiss(world)


@RESTARTS
async def test_a_room_is_there_once_wherever_daily_was_cut_off(
    doomed_worker: DoomedWorker, world: World, seeded: str, restart: Restart
) -> None:
    purchases = await killed_everywhere(
        doomed_worker,
        world,
        seeded,
        restart,
        calls=[DAILY_CREATE, DAILY_TOKEN],
        session_type=REVIEW,
        only_at="daily/",
    )
    rooms = world.sandbox.daily.history
    assert sorted(room["name"] for room in rooms) == sorted(
        f"s-{opened.booking_id}" for opened in purchases
    )
    links = await addresses(world, purchases)
    assert {booking_id: link.partition("?t=")[0] for booking_id, link in links.items()} == {
        room["name"].removeprefix("s-"): room["url"] for room in rooms
    }
    await assert_nothing_amiss(world)


async def addresses(world: World, purchases: list[Opened]) -> dict[str, str]:
    """Where each client meets the host."""
    return {
        opened.booking_id: (await world.client.booking(opened.booking_id))["meeting"]["url"]
        for opened in purchases
    }


ENTRIES = ((MENTORING, CALCOM_BOOK), (COACHING, GOOGLE_INSERT))
ROOMS = ((MENTORING, ZOOM_CREATE), (REVIEW, DAILY_CREATE))


@RESTARTS
@pytest.mark.parametrize("made", [ENTRIES, ROOMS], ids=["entries", "rooms"])
async def test_what_a_dead_worker_made_outside_goes_when_the_booking_is_given_up(
    doomed_worker: DoomedWorker,
    world: World,
    seeded: str,
    restart: Restart,
    made: tuple[tuple[str, str], ...],
) -> None:
    """The seller returns the money before anybody takes over what the dead worker left."""
    for session_type, call in made:
        opened = await world.client.books(session_type=session_type)
        await world.pays(opened)
        await doomed_worker.dies(world, seeded, f"after {call}")
        assert any(stands_outside(world).values())
        await restart.after_each(world)
        await returned_by_the_seller(world)
        await drained(world)
    await restart.in_the_end(world)
    assert stands_outside(world) == {"Cal.com": 0, "Zoom": 0, "Google": 0, "Daily": 0}
    await assert_nothing_amiss(world)


def stands_outside(world: World) -> dict[str, int]:
    return {
        "Cal.com": len(world.sandbox.calcom.bookings),
        "Zoom": len(world.sandbox.zoom.meetings),
        "Google": len(world.sandbox.google.events),
        "Daily": len(world.sandbox.daily.rooms),
    }


async def returned_by_the_seller(world: World) -> None:
    """All the money of the newest payment goes back by Stripe's dashboard."""
    charges = (
        event["event"]["data"]["object"]["id"]
        for event in world.sandbox.stripe.events()  # newest first
        if event["event"]["type"] == "charge.succeeded"
    )
    world.sandbox.stripe.dashboard_refund(next(charges))
    await world.sandbox.stripe.deliveries.settled()
