"""Meetings: the video room of an accepted booking is opened, shown in the calendar, removed."""

from datetime import datetime
from uuid import UUID

from services import appointments, bookings, jobs, notifications, story
from services.app import App
from services.appointments import Case
from services.db import Conn
from services.domain.booking import OVER, Status
from services.domain.jobs import Job
from services.domain.models import Booking, CalendarKind, NotificationKind, VideoKind
from services.domain.story import StepKind
from services.providers.calendar_ports import Room
from services.providers.errors import ProviderError
from services.store import booking_places, user_sessions


async def open_meeting(app: App, booking_id: UUID) -> None:
    """Job: open the room, then tell client and host; without a room they are told without it."""
    case = await appointments.read(app, booking_id)
    async with app.db.connection() as conn:
        opened = await user_sessions.of_bookings(conn, [booking_id])
    if opened:
        return
    if case.booking.status in OVER:
        await _close_unheard(app, case)  # an earlier try may have died after it was opened
        return
    await _note_asking(app, booking_id)
    try:
        room = await _open(app, case)
    except ProviderError:
        await _note_asking(app, booking_id)  # looked for and not found meanwhile, it may be there
        await _announce_confirmed(app, booking_id)
        raise
    if not await _keep(app, case, room):
        await appointments.rooms_of(app, case.host).close(room.ref)


async def _note_asking(app: App, booking_id: UUID) -> None:
    """From now on a room may be there although its answer was lost."""
    async with app.db.transaction() as conn:
        await booking_places.set_room_asked(conn, booking_id, app.clock.now())


async def _open(app: App, case: Case) -> Room:
    return await appointments.rooms_of(app, case.host).open(
        appointments.appointment(app, case), key=case.booking.room_key, until=link_end(app, case)
    )


def _is_ahead(app: App, booking: Booking) -> bool:
    return booking.ends_at is not None and booking.ends_at > app.clock.now()


def link_end(app: App, case: Case) -> datetime:
    """Until when the booking's link is given out."""
    assert case.booking.ends_at is not None
    return case.booking.ends_at + app.settings.meeting_link_life


async def _keep(app: App, case: Case, room: Room) -> bool:
    """Write the room and tell of it; False when the booking was given up while it was opened."""
    booking_id = case.booking.id
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is not Status.ACCEPTED:
            await booking_places.set_room_asked(conn, booking_id, app.clock.now())
            return False
        if booking.sequence != case.booking.sequence:
            raise bookings.OutOfOrder("moved meanwhile")  # and so opened for the new time
        await user_sessions.add(
            conn,
            booking,
            url=room.url,
            host_url=room.host_url,
            ref=appointments.room_ref(app, case.host, room),
            expires_at=link_end(app, case),
            now=app.clock.now(),
        )
        await story.step(app, conn, booking_id, StepKind.ROOM_OPENED)
        if not await notifications.announce(
            app, conn, booking_id, NotificationKind.BOOKING_CONFIRMED
        ):
            await notifications.announce(app, conn, booking_id, NotificationKind.MEETING_LINK)
        await notifications.announce(app, conn, booking_id, NotificationKind.HOST_BOOKED)
        if shows_link(app, case):
            await jobs.enqueue(conn, Job.SHOW_LINK, booking_id)
    return True


def shows_link(app: App, case: Case) -> bool:
    """Whether the room's link has to be written into the calendar: our own calendar has the row,
    and a calendar's own room is in its entry already."""
    calendar = appointments.calendar_holding(app, case)
    own_room = appointments.video_of(app, case.host) is VideoKind.CALENDAR
    return calendar.kind is not CalendarKind.BUILTIN and not own_room


async def _announce_confirmed(app: App, booking_id: UUID) -> None:
    """A room that fails must not keep anybody from knowing: the link follows."""
    async with app.db.transaction() as conn:
        if (await bookings.lock(conn, booking_id)).status is not Status.ACCEPTED:
            return
        await notifications.announce(app, conn, booking_id, NotificationKind.BOOKING_CONFIRMED)
        await notifications.announce(app, conn, booking_id, NotificationKind.HOST_BOOKED)


async def meeting_gave_up(app: App, booking_id: UUID) -> None:
    """Whatever kept the room from being opened, everybody is told of the booking."""
    await _announce_confirmed(app, booking_id)


async def show_link(app: App, booking_id: UUID) -> None:
    """Job: the host finds the meeting's link in their own calendar."""
    case = await appointments.read(app, booking_id)
    async with app.db.connection() as conn:
        meeting = (await user_sessions.of_bookings(conn, [booking_id])).get(booking_id)
    if case.booking.status is not Status.ACCEPTED or meeting is None or meeting.withheld_at:
        return
    calendar = appointments.calendar_holding(app, case)
    # The client may be invited to the same entry: the host's own link stays out of it.
    await calendar.links.show(appointments.appointment(app, case), meeting.url)
    async with app.db.transaction() as conn:
        await user_sessions.shown(conn, booking_id, url=meeting.url, now=app.clock.now())


async def move_meeting(app: App, conn: Conn, case: Case, room: Room, *, ref: str) -> None:
    """Write where the room is after the booking was given another time; `ref` names the service
    that opened it, which the host may have left since."""
    await user_sessions.move(
        conn,
        case.booking.id,
        url=room.url,
        host_url=room.host_url,
        ref=ref,
        expires_at=link_end(app, case),
    )


async def close_room(app: App, booking_id: UUID) -> None:
    """Job: the room of a booking that is off, or long over, is removed at its service."""
    case = await appointments.read(app, booking_id)
    async with app.db.connection() as conn:
        meeting = await user_sessions.still_open(conn, booking_id)
    booking = case.booking
    off = booking.status in OVER
    if not off and booking.moved_from is not None and _is_ahead(app, booking):
        return  # its room is about to follow it to another time
    if meeting is not None and (off or meeting.expires_at <= app.clock.now()):
        rooms, ref = appointments.room_holding(app, meeting.room_ref)
        await rooms.close(ref)
    elif meeting is None and off and case.booking.room_asked_at is not None:
        await _close_unheard(app, case)
    else:
        return
    async with app.db.transaction() as conn:
        await user_sessions.closed(conn, booking_id, now=app.clock.now())
        await booking_places.set_room_asked(conn, booking_id, None)
        if meeting is None or appointments.is_removed(meeting.room_ref):
            await story.step(app, conn, booking_id, StepKind.ROOM_CLOSED)


async def _close_unheard(app: App, case: Case) -> None:
    """A room may have been opened although its answer was lost, or whoever asked had died."""
    rooms = appointments.rooms_of(app, case.host)
    if ref := await rooms.find(appointments.appointment(app, case)):
        await rooms.close(ref)
