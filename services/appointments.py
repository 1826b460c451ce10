"""A booking as outside services see it, and which of them serve its host."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from services.app import App
from services.db import Conn
from services.domain.models import Booking, CalendarKind, Host, SessionType, User, VideoKind
from services.providers.calendar_ports import Appointment, HostCalendar, Room, Rooms
from services.store import bookings as booking_store
from services.store import hosts as host_store
from services.store import session_types as session_type_store
from services.store import users as user_store

PATIENCE = timedelta(seconds=8)
"""How long somebody in front of a page waits for a host's calendar."""


@dataclass(frozen=True, slots=True)
class Case:
    """A booking with everybody and everything it concerns; the client is None once they left."""

    booking: Booking
    session_type: SessionType
    host: Host
    client: User | None


async def read(app: App, booking_id: UUID) -> Case:
    async with app.db.connection() as conn:
        return await of(conn, booking_id)


async def of(conn: Conn, booking_id: UUID) -> Case:
    booking = await booking_store.get(conn, booking_id)
    assert booking is not None, "jobs are queued with ids of rows"
    types = await session_type_store.by_ids(conn, [booking.session_type_id])
    hosts = await host_store.by_ids(conn, [booking.host_id])
    client = await user_store.get(conn, booking.user_id) if booking.user_id else None
    return Case(booking, types[booking.session_type_id], hosts[booking.host_id], client)


def appointment(app: App, case: Case) -> Appointment:
    """The booking, which has a time, in the words of the ports."""
    booking, client = case.booking, case.client
    assert booking.starts_at is not None
    assert booking.ends_at is not None
    name = (client.name or client.email) if client else None
    return Appointment(
        booking_id=booking.id,
        title=case.session_type.name,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        client_name=name or "Client",
        client_email=client.email if client else None,
        client_time_zone=booking.time_zone or (client and client.time_zone) or "UTC",
        client_language=(client and client.language) or "en",
        host=replace(case.host, calendar=calendar_holding(app, case).kind),
        event_type=case.session_type.calendar_event_type,
        ref=id_in(booking.calendar_ref) if booking.calendar_ref else None,
        asked_before=booking.calendar_asked_at is not None,
        wants_room=video_of(app, case.host) is VideoKind.CALENDAR,
    )


def calendar_of(app: App, host: Host) -> HostCalendar:
    """The calendar that a new booking of the host goes into."""
    return app.calendars[host.calendar or app.settings.default_calendar]


def calendar_holding(app: App, case: Case) -> HostCalendar:
    """The calendar that holds the booking already, also if its host has changed services since."""
    ref = case.booking.calendar_ref or case.booking.calendar_reservation
    return app.calendars[_kind_in(ref)] if ref else calendar_of(app, case.host)


def calendar_ref(calendar: HostCalendar, entry_id: str) -> str:
    """What is kept of an entry or a reservation: the service and its id there."""
    return f"{calendar.kind}:{entry_id}"


def reserved(booking: Booking) -> str | None:
    """The reservation's id at the calendar; None when none is known."""
    held = booking.calendar_reservation
    return (id_in(held) or None) if held else None


def _kind_in(ref: str) -> CalendarKind:
    return CalendarKind(ref.partition(":")[0].upper())


def id_in(ref: str) -> str:
    """The id at the service of what `calendar_ref` made."""
    return ref.partition(":")[2]


def video_of(app: App, host: Host) -> VideoKind:
    return host.video or app.settings.default_video


def rooms_of(app: App, host: Host) -> Rooms:
    return app.rooms[video_of(app, host)]


def room_ref(app: App, host: Host, room: Room) -> str:
    """What is kept of a room: the service and its id there."""
    return f"{video_of(app, host)}:{room.ref}"


def room_holding(app: App, ref: str) -> tuple[Rooms, str]:
    """The service that opened a room, and the room's id there.

    Rooms from before there was a choice carry no service: they were addresses.
    """
    kind, colon, inner = ref.partition(":")
    return (app.rooms[VideoKind(kind)], inner) if colon else (app.rooms[VideoKind.ADDRESS], ref)


def is_removed(ref: str) -> bool:
    """Whether closing this room does something: an address is no room, and a calendar's entry
    takes its own along."""
    kind, colon, _ = ref.partition(":")
    return bool(colon) and VideoKind(kind) not in (VideoKind.ADDRESS, VideoKind.CALENDAR)
