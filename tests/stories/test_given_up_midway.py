"""What is given up, overtaken or too late while something outside is under way."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.telegram_chats import DEMO
from services import appointments, bookings, calendar_moves, fulfilment, meetings, refunds
from services.app import App
from services.domain.models import CalendarKind, VideoKind
from services.providers import http
from services.providers.calendar_ports import Appointment, Calendar, Room
from services.providers.errors import ProviderError
from services.store import booking_places
from services.store import telegram as telegram_store
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.steps import kinds_of
from tests.stories.test_calendly import CAREER
from tests.stories.test_left_behind import StubbornRooms, meeting_in
from tests.stories.test_rescheduled import another_slot, at, moved
from tests.stories.test_telegram import links
from tests.world import COACHING, CONSULTATION, MENTORING, REVIEW, Client, Opened, World

MINUTES = timedelta(minutes=2)
"""Enough for what stood still to be looked at again."""

Happens = Callable[[], Awaitable[None]]

CALENDARS = pytest.mark.parametrize(
    ("kind", "session_type"),
    [(CalendarKind.CALCOM, MENTORING), (CalendarKind.GOOGLE, COACHING)],
    ids=["Cal.com", "Google"],
)
CANCEL = {CalendarKind.CALCOM: "calcom.cancel", CalendarKind.GOOGLE: "google.delete"}


@pytest.fixture(autouse=True)
def impatient_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between a door's own tries would be most of these tests' time."""
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.001)


class Overtaken:
    """A calendar whose requests to book arrive only after something else has happened."""

    def __init__(self, entries: Calendar, happens: Happens) -> None:
        self._entries = entries
        self._happens = happens

    async def book(self, wanted: Appointment) -> str:
        await self._happens()
        return await self._entries.book(wanted)

    async def move(self, wanted: Appointment) -> str:
        return await self._entries.move(wanted)

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        await self._entries.cancel(wanted, reason=reason)


class LagsBehind(Overtaken):
    """A calendar that does not list yet what it was just given: nothing to take out."""

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        return


class OvertakenRooms(StubbornRooms):
    """Zoom, whose rooms open only after something else has happened."""

    def __init__(self, app: App, happens: Happens) -> None:
        super().__init__(0)
        self._zoom = app.rooms[VideoKind.ZOOM]
        self._happens = happens

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        await self._happens()
        return await self._zoom.open(wanted, key=key, until=until)


class BrokenRooms(StubbornRooms):
    """Fails by a fault of its own, not by the service's."""

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        raise RuntimeError("a fault of ours")


async def nothing_happens() -> None:
    """Nothing comes between."""


def with_entries(app: App, kind: CalendarKind, made: type[Overtaken], happens: Happens) -> App:
    """The product, whose calendar of this kind is overtaken."""
    calendar = app.calendars[kind]
    entries = made(calendar.entries, happens)
    return replace(app, calendars={**app.calendars, kind: replace(calendar, entries=entries)})


async def paid(world: World, session_type: str = MENTORING) -> Opened:
    """Paid and known to be; no job was done yet."""
    opened = await world.client.books(session_type=session_type)
    await world.pays(opened)
    await world.client.confirms(opened.session_id)
    return opened


async def returned(world: World, opened: Opened) -> None:
    """The seller returns the money in the dashboard, and the product has heard of it."""
    row = await world.row(
        "select stripe_charge_id as charge, stripe_payment_intent_id as intent "
        "from public.payments where booking_id = $1",
        UUID(opened.booking_id),
    )
    world.sandbox.stripe.dashboard_refund(row["charge"])
    await world.sandbox.stripe.deliveries.settled()
    await refunds.follow(world.app, row["intent"])


async def told_without_sending(world: World) -> Opened:
    """Accepted with a room; every message about it still waits to be handed over."""
    opened = await paid(world)
    await fulfilment.book_calendar(world.app, UUID(opened.booking_id))
    await meetings.open_meeting(world.app, UUID(opened.booking_id))
    assert world.mails() == []
    return opened


async def messages(world: World, medium: str) -> set[tuple[str, str]]:
    """Kinds and states of the messages over a medium."""
    rows = await world.rows(
        "select kind, status from public.notifications where medium = $1", medium
    )
    return {(row["kind"], row["status"]) for row in rows}


def entries(world: World) -> list[dict[str, Any]]:
    """What stands in the calendars of Cal.com and Google."""
    return [*world.sandbox.calcom.bookings, *world.sandbox.google.events]


# --- calendars -----------------------------------------------------------------------------------


@CALENDARS
async def test_a_booking_refunded_while_its_calendar_takes_it_is_taken_out_again(
    world: World, kind: CalendarKind, session_type: str
) -> None:
    opened = await paid(world, session_type)
    booking_id = UUID(opened.booking_id)

    async def given_up() -> None:
        await returned(world, opened)
        await fulfilment.leave_calendar(world.app, booking_id)

    app = with_entries(world.app, kind, Overtaken, given_up)
    await fulfilment.book_calendar(app, booking_id)
    assert len(world.sandbox.calcom.history + world.sandbox.google.history) == 1
    assert entries(world) == []
    await world.time_passes(MINUTES)
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert [payment["outcome"] for payment in booking["payments"]] == ["REFUNDED"]
    assert len(world.sandbox.calcom.history + world.sandbox.google.history) == 1
    await assert_nothing_amiss(world)


@CALENDARS
async def test_an_entry_that_could_not_be_taken_out_at_once_is_found_by_the_sweeper(
    world: World, kind: CalendarKind, session_type: str
) -> None:
    opened = await paid(world, session_type)
    booking_id = UUID(opened.booking_id)

    async def given_up_long_since() -> None:
        await returned(world, opened)
        await world.sandbox.advance(MINUTES)
        await fulfilment.leave_calendar(world.app, booking_id)
        row = await world.row("select calendar_asked_at as asked from public.bookings")
        assert row["asked"] is None  # looked for, not found, and not just asked for
        world.sandbox.faults.plan(CANCEL[kind], Fault(FaultKind.FAIL))

    app = with_entries(world.app, kind, Overtaken, given_up_long_since)
    with pytest.raises(ProviderError):
        await fulfilment.book_calendar(app, booking_id)
    assert len(entries(world)) == 1
    assert world.sandbox.faults.planned() == {}
    await world.rows("delete from jobs.pgqueuer")  # whoever had tried is gone

    await world.time_passes(MINUTES)
    assert entries(world) == []
    await world.time_passes(MINUTES)
    await assert_nothing_amiss(world)


async def test_an_entry_nobody_heard_of_is_looked_for_again_though_it_was_not_found(
    world: World,
) -> None:
    opened = await paid(world)
    booking_id = UUID(opened.booking_id)
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan("calcom.list", Fault(FaultKind.UNAUTHORIZED))
    with pytest.raises(ProviderError):
        await fulfilment.book_calendar(world.app, booking_id)
    assert world.sandbox.faults.planned() == {}
    await returned(world, opened)
    lagging = with_entries(world.app, CalendarKind.CALCOM, LagsBehind, nothing_happens)
    await fulfilment.leave_calendar(lagging, booking_id)
    await world.rows("delete from jobs.pgqueuer")
    assert world.entered() == [opened.booking_id]

    await world.time_passes(MINUTES)
    assert world.entered() == []
    assert len(world.sandbox.calcom.history) == 1
    await assert_nothing_amiss(world)


async def test_what_was_asked_for_just_now_is_not_forgotten_unseen(world: World) -> None:
    opened = await world.client.books()
    now = world.app.clock.now()
    long_ago, entry = now - MINUTES, "CALCOM:entry"
    for status, ref, asked_at, kept in (
        ("CANCELLED", None, now, (True, None, now)),
        ("CANCELLED", None, long_ago, (True, None, None)),
        ("CANCELLED", entry, now, (True, None, None)),
        ("PENDING", entry, long_ago, (False, entry, long_ago)),
    ):
        await world.rows(
            "update public.bookings set status = $1, calendar_ref = $2, calendar_asked_at = $3",
            status,
            ref,
            asked_at,
        )
        async with world.app.db.transaction() as conn:
            done = await booking_places.forget_calendar(
                conn, UUID(opened.booking_id), heard_by=now - fulfilment.SETTLED
            )
        row = await world.row("select calendar_ref, calendar_asked_at from public.bookings")
        assert (done, *row) == kept


async def test_a_calendar_that_asks_to_wait_beyond_the_start_means_a_refund_at_once(
    world: World,
) -> None:
    opened = await paid(world)
    before = at(opened.starts_at or "") - timedelta(minutes=50)
    await world.sandbox.advance(before - world.sandbox.clock.now())
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.RATE_LIMIT, seconds=7200))
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["statusReason"]) == (
        "REJECTED",
        "The host's calendar could not be reached.",
    )
    assert [payment["outcome"] for payment in booking["payments"]] == ["REFUNDED"]
    assert await world.client.notifications() == ["BOOKING_REJECTED"]
    assert world.sandbox.calcom.history == []


async def test_a_booking_that_waited_for_us_until_it_began_does_not_blame_the_client(
    world: World,
) -> None:
    opened = await paid(world)
    await world.sandbox.advance(at(opened.starts_at or "") - world.sandbox.clock.now())
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["statusReason"] == "The time had passed before it could be booked."
    assert world.sandbox.calcom.history == []


# --- rooms ---------------------------------------------------------------------------------------


async def test_a_booking_moved_while_its_room_opens_has_the_room_for_the_new_time(
    world: World,
) -> None:
    opened = await paid(world)
    booking_id = UUID(opened.booking_id)
    await fulfilment.book_calendar(world.app, booking_id)
    later = await another_slot(world)

    async def moves() -> None:
        await moved(world, opened, later)
        await calendar_moves.move_calendar(world.app, booking_id)

    app = meeting_in(world.app, OvertakenRooms(world.app, moves))
    with pytest.raises(bookings.OutOfOrder):
        await meetings.open_meeting(app, booking_id)
    assert await world.rows("select from public.user_sessions") == []
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    assert at(booking["startsAt"]) == later
    assert at(booking["meeting"]["expiresAt"]) == at(booking["endsAt"]) + timedelta(hours=12)
    [meeting] = world.sandbox.zoom.history
    assert at(meeting["start_time"]) == later
    await assert_nothing_amiss(world)


async def test_rooms_that_break_in_whatever_way_keep_nobody_from_knowing(world: World) -> None:
    world.worker.app = meeting_in(world.app, BrokenRooms(0))
    opened = await paid(world)
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["meeting"]) == ("ACCEPTED", None)
    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]
    assert len(world.mails("olena@example.com")) == 1
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    assert await world.worker.held() == ["open_meeting"]


# --- messages ------------------------------------------------------------------------------------


async def test_a_confirmation_that_waited_until_the_refund_is_not_sent(world: World) -> None:
    opened = await told_without_sending(world)
    await returned(world, opened)
    await world.worker.drain()
    assert world.mails() == ["Cancelled: Mentoring session with Olena Koval"]
    assert len(world.mails("olena@example.com")) == 1
    assert await messages(world, "EMAIL") == {
        ("BOOKING_CONFIRMED", "OVERTAKEN"),
        ("HOST_BOOKED", "OVERTAKEN"),
        ("BOOKING_CANCELLED", "SENT"),
        ("HOST_CANCELLED", "SENT"),
    }
    assert "MESSAGE_GIVEN_UP" not in await kinds_of(world.client, opened.booking_id)


async def test_nobody_is_asked_for_a_time_that_was_chosen_meanwhile(world: World) -> None:
    opened = await paid(world, CONSULTATION)
    assert await messages(world, "EMAIL") == {("CHOOSE_TIME", "QUEUED")}
    slot = (await world.client.slots(CONSULTATION))[0]
    assert (await world.client.schedules(opened.booking_id, slot))["errors"] == []
    await world.worker.drain()
    assert world.mails() == ["Confirmed: First consultation with Olena Koval"]
    assert ("CHOOSE_TIME", "OVERTAKEN") in await messages(world, "EMAIL")


async def test_a_chat_that_was_unlinked_meanwhile_hears_nothing_more(world: World) -> None:
    await links(world)
    heard = len(world.sandbox.telegram.messages())
    await told_without_sending(world)
    async with world.app.db.transaction() as conn:
        await telegram_store.free_chat(conn, DEMO.id)
    await world.worker.drain()
    assert len(world.sandbox.telegram.messages()) == heard
    assert await messages(world, "TELEGRAM") == {("BOOKING_CONFIRMED", "OVERTAKEN")}
    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]


# --- in front of the page ------------------------------------------------------------------------


async def without_email(world: World) -> Client:
    """Somebody of whom neither their token nor Supabase Auth tells an address."""
    assert world.client.user_id is not None
    await world.rows("update public.users set email = null where id = $1", world.client.user_id)
    world.sandbox.faults.plan("supabase.user", Fault(FaultKind.UNAUTHORIZED), 100)
    token = world.sandbox.accounts.token(world.client.user_id, "")
    return Client(world.http, token, world.client.user_id)


async def test_calendars_that_invite_by_e_mail_are_not_sold_to_who_has_none(world: World) -> None:
    nameless = await without_email(world)
    slots = {kind: (await nameless.slots(kind))[0] for kind in (MENTORING, REVIEW)}
    for session_type in (MENTORING, CONSULTATION, CAREER):
        payload = await nameless.opens_checkout(slots.get(session_type), session_type)
        assert [error["code"] for error in payload["errors"]] == ["EMAIL_REQUIRED"]
    assert await world.rows("select from public.bookings") == []
    assert world.sandbox.stripe.sessions() == []

    payload = await nameless.opens_checkout(slots[REVIEW], REVIEW)
    assert payload["errors"] == []


async def test_nobody_waits_long_for_the_times_of_a_slow_calendar(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appointments, "PATIENCE", timedelta(seconds=0.05))
    world.sandbox.faults.plan("calcom.slots", Fault(FaultKind.DELAY, seconds=0.5))
    now = world.app.clock.now()
    answer = await world.client.posts(
        "query ($id: ID!, $from: DateTime!, $to: DateTime!) {"
        " availableSlots(sessionTypeId: $id, from: $from, to: $to) { startsAt } }",
        id=MENTORING,
        **{"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat()},
    )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["CALENDAR_UNAVAILABLE"]


async def test_a_calendar_that_is_slow_to_reserve_keeps_nobody_from_paying(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = (await world.client.slots())[0]
    monkeypatch.setattr(appointments, "PATIENCE", timedelta(seconds=0.05))
    world.sandbox.faults.plan("calcom.reserve", Fault(FaultKind.DELAY, seconds=0.5))
    opened = await world.client.books(slot)
    assert world.sandbox.calcom.reservations == []
    row = await world.row("select calendar_reservation from public.bookings")
    assert row["calendar_reservation"] == "CALCOM:"  # asked once; whether it was made is unknown
    assert [session["id"] for session in world.sandbox.stripe.sessions()] == [opened.session_id]
