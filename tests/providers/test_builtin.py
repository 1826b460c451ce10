"""Our own calendar, rooms by address, rooms of calendar entries, and services not set up."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.domain.models import CalendarKind
from services.domain.slots import Interval
from services.providers.builtin import (
    AddressRooms,
    RoomsNotSetUp,
    builtin_calendar,
    calendar_not_set_up,
)
from services.providers.calendar_ports import Appointment, OpenTimes, Room, Rooms
from services.providers.entry_rooms import EntryRooms
from services.providers.errors import ProviderError
from tests.providers.standin_rig import BOOKING_ID, appointment, host

KEY = UUID("c0000000-0000-4000-8000-000000000001")
UNTIL = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WANTED = appointment()
ROOM = Room(url="https://meet.test/a", ref="a")


async def test_our_own_calendar_takes_what_the_database_took() -> None:
    calendar = builtin_calendar()
    assert calendar.kind is CalendarKind.BUILTIN

    assert await calendar.entries.book(WANTED) == str(BOOKING_ID)
    assert await calendar.entries.move(replace(WANTED, ref=str(BOOKING_ID))) == str(BOOKING_ID)
    await calendar.entries.cancel(WANTED, reason="The client cancelled.")
    assert await calendar.entries.book(WANTED) == str(BOOKING_ID)


async def test_our_own_calendar_knows_nothing_that_our_bookings_do_not() -> None:
    times = builtin_calendar().times

    assert await times.open_times(host(), None, HOUR, WANTED.interval) == OpenTimes()
    assert await times.reserve(WANTED, until=UNTIL) is None
    await times.release("none")


async def test_our_own_calendar_has_no_rooms() -> None:
    links = builtin_calendar().links

    with pytest.raises(ProviderError, match="has no video rooms") as caught:
        await links.link(WANTED)

    assert not caught.value.retryable
    await links.show(WANTED, "https://meet.test/a")


async def test_the_room_of_a_booking_is_always_the_same_and_nobody_guesses_it() -> None:
    rooms: Rooms = AddressRooms("https://meet.shop.test/x/")

    opened = await rooms.open(WANTED, key=KEY, until=UNTIL)

    assert opened == Room(url=f"https://meet.shop.test/x/session-{KEY}", ref=f"session-{KEY}")
    assert await rooms.open(WANTED, key=KEY, until=UNTIL + HOUR) == opened
    assert await rooms.move(WANTED, opened, key=KEY, until=UNTIL) == opened
    assert str(BOOKING_ID) not in opened.url
    assert await rooms.find(WANTED) is None
    await rooms.close(opened.ref)


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.entries.book(WANTED),
        lambda c: c.entries.move(WANTED),
        lambda c: c.entries.cancel(WANTED, reason=""),
        lambda c: c.times.open_times(host(), None, HOUR, Interval(UNTIL, UNTIL + HOUR)),
        lambda c: c.times.reserve(WANTED, until=UNTIL),
        lambda c: c.times.release("r1"),
        lambda c: c.links.link(WANTED),
        lambda c: c.links.show(WANTED, "https://meet.test/a"),
    ],
)
async def test_a_calendar_without_settings_says_which_is_missing(
    call: Callable[[object], Awaitable[object]],
) -> None:
    calendar = calendar_not_set_up(CalendarKind.CALCOM, "calcom", "CALCOM_API_KEY")
    assert calendar.kind is CalendarKind.CALCOM

    with pytest.raises(ProviderError) as caught:
        await call(calendar)

    assert str(caught.value) == "calcom: is not set up: CALCOM_API_KEY is missing"
    assert (caught.value.status, caught.value.retryable) == (401, True)


@pytest.mark.parametrize(
    "call",
    [
        lambda rooms: rooms.open(WANTED, key=KEY, until=UNTIL),
        lambda rooms: rooms.move(WANTED, ROOM, key=KEY, until=UNTIL),
        lambda rooms: rooms.find(WANTED),
        lambda rooms: rooms.close("a"),
    ],
)
async def test_rooms_without_settings_say_which_is_missing(
    call: Callable[[Rooms], Awaitable[object]],
) -> None:
    with pytest.raises(ProviderError) as caught:
        await call(RoomsNotSetUp("zoom", "ZOOM_ACCOUNT_ID"))

    assert str(caught.value) == "zoom: is not set up: ZOOM_ACCOUNT_ID is missing"
    assert (caught.value.status, caught.value.retryable) == (401, True)


class Links:
    """A calendar's rooms: one for each entry and time."""

    async def link(self, wanted: Appointment) -> str:
        return f"https://meet.test/{wanted.ref}/{wanted.starts_at:%d}"

    async def show(self, wanted: Appointment, url: str) -> None:
        raise AssertionError


def entry_rooms(default: CalendarKind) -> EntryRooms:
    google = replace(builtin_calendar(), kind=CalendarKind.GOOGLE, links=Links())
    return EntryRooms(
        {CalendarKind.BUILTIN: builtin_calendar(), CalendarKind.GOOGLE: google}, default
    )


async def test_a_room_of_the_calendar_is_the_link_of_the_bookings_entry() -> None:
    rooms: Rooms = entry_rooms(CalendarKind.BUILTIN)
    wanted = appointment(ref="e1", host=host(calendar=CalendarKind.GOOGLE))

    opened = await rooms.open(wanted, key=KEY, until=UNTIL)
    assert opened == Room(url=f"https://meet.test/e1/{wanted.starts_at:%d}", ref="e1")

    later = replace(wanted, starts_at=wanted.starts_at + timedelta(days=1), ref="e2")
    moved = await rooms.move(later, opened, key=KEY, until=UNTIL)
    assert moved == Room(url=f"https://meet.test/e2/{later.starts_at:%d}", ref="e2")
    assert await rooms.find(later) is None
    await rooms.close("e2")


async def test_a_host_who_chose_no_calendar_meets_in_the_default_ones_room() -> None:
    wanted = appointment(ref="e1", host=host(calendar=None))

    opened = await entry_rooms(CalendarKind.GOOGLE).open(wanted, key=KEY, until=UNTIL)
    assert opened.ref == "e1"

    with pytest.raises(ProviderError, match="builtin"):
        await entry_rooms(CalendarKind.BUILTIN).open(wanted, key=KEY, until=UNTIL)
