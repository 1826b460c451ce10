"""Calendar and room follow a booking to its new time, and everybody is told; or it stays."""

from dataclasses import replace
from uuid import UUID

from services import appointments, bookings, escalation, jobs, meetings, notifications, story
from services.app import App
from services.appointments import Case
from services.db import Conn
from services.domain.booking import Status
from services.domain.errors import SlotTaken
from services.domain.jobs import Job
from services.domain.models import (
    Booking,
    Meeting,
    NotificationKind,
    SessionType,
)
from services.domain.payments import Outcome
from services.domain.slots import Interval
from services.domain.story import StepKind
from services.providers.calendar_ports import Room
from services.providers.errors import ProviderError, SlotRefused
from services.store import booking_places, booking_times, user_sessions
from services.store import bookings as booking_store
from services.store import hosts as host_store
from services.store import payments as payment_store


async def move_calendar(app: App, booking_id: UUID) -> None:
    """Job: bring calendar and room to the booking's time, then tell everybody.

    Each outside step finds what an earlier run did, so a crash between any two of them heals.
    """
    case = await appointments.read(app, booking_id)
    if case.booking.status is not Status.ACCEPTED or not await _stands(app, booking_id):
        return
    if case.booking.ends_at is not None and case.booking.ends_at <= app.clock.now():
        async with app.db.transaction() as conn:  # over before anything could follow
            await booking_times.calendar_followed(conn, booking_id)
        return
    calendar = appointments.calendar_holding(app, case)
    try:
        entry_id = await calendar.entries.move(appointments.appointment(app, case))
    except SlotRefused as refusal:
        await _stay(app, case, refusal.reason)
        return
    ref = appointments.calendar_ref(calendar, entry_id)
    assert case.booking.starts_at is not None
    async with app.db.transaction() as conn:
        await booking_places.set_calendar_ref(conn, booking_id, ref)
        await booking_times.calendar_stands_at(conn, booking_id, case.booking.starts_at)
    moved = await appointments.read(app, booking_id)
    if moved.booking.sequence != case.booking.sequence:
        raise bookings.OutOfOrder("moved again meanwhile")  # and so begun again
    await _move_room_and_tell(app, moved)


async def _move_room_and_tell(app: App, case: Case) -> None:
    """A room that fails must not keep anybody from knowing: the link follows."""
    async with app.db.connection() as conn:
        meeting = (await user_sessions.of_bookings(conn, [case.booking.id])).get(case.booking.id)
    try:
        room = await _move_room(app, case, meeting) if meeting else None
    except ProviderError:
        await _tell(app, case, None, None, followed=False)
        raise
    await _tell(app, case, meeting, room, followed=True)


async def move_gave_up(app: App, booking_id: UUID, why: str) -> None:
    """Retries are used up: the old time stays if the calendar still has it; if only the room is
    missing, everybody was told of the new one."""
    case = await appointments.read(app, booking_id)
    if case.booking.moved_from not in (None, case.booking.starts_at):
        await _move_back(app, case, why)


async def _move_room(app: App, case: Case, meeting: Meeting) -> Room:
    rooms, ref = appointments.room_holding(app, meeting.room_ref)
    async with app.db.transaction() as conn:  # from now on a new one may be there, unheard
        await booking_places.set_room_asked(conn, case.booking.id, app.clock.now())
    return await rooms.move(
        appointments.appointment(app, case),
        Room(meeting.url, ref, meeting.host_url),
        key=case.booking.room_key,
        until=meetings.link_end(app, case),
    )


async def _stay(app: App, case: Case, why: str) -> None:
    """Bring the calendar to the time that it had, for nobody may know where an earlier try left
    it, then the booking."""
    old = case.booking.moved_from
    if old is not None:
        had = replace(case.booking, starts_at=old, ends_at=old + case.booking.duration)
        calendar = appointments.calendar_holding(app, case)
        try:
            entry_id = await calendar.entries.move(
                appointments.appointment(app, replace(case, booking=had))
            )
        except SlotRefused as refusal:
            await _leave_to_human(app, case.booking.id, refusal.reason)
            return
        async with app.db.transaction() as conn:
            ref = appointments.calendar_ref(calendar, entry_id)
            await booking_places.set_calendar_ref(conn, case.booking.id, ref)
    await _move_back(app, case, why)


async def _leave_to_human(app: App, booking_id: UUID, why: str) -> None:
    """It has a time here that its calendar does not take: client and host have to agree."""
    async with app.db.transaction() as conn:
        await bookings.lock(conn, booking_id)
        await escalation.leave_to_human(
            app, conn, booking_id, reason=f"The host's calendar did not take the new time: {why}"
        )


async def _move_back(app: App, case: Case, why: str) -> None:
    """Its calendar does not take the new time: the old one stays, or, when that is gone, client and
    host have to agree."""
    reason = f"The host's calendar did not take the new time: {why}"
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, case.booking.id)
        if booking.status is not Status.ACCEPTED:
            return
        if booking.sequence != case.booking.sequence:
            raise bookings.OutOfOrder("moved again meanwhile")
        try:
            await _back(conn, booking, case.session_type)
        except SlotTaken:
            await escalation.leave_to_human(app, conn, booking.id, reason=reason)
            return
        await _room_stays_too(app, conn, booking.id)
        await story.step(app, conn, booking.id, StepKind.MOVE_REFUSED)
        await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_KEPT_TIME)


async def _room_stays_too(app: App, conn: Conn, booking_id: UUID) -> None:
    """A room that had followed to the time between comes back as well."""
    case = await appointments.of(conn, booking_id)
    meeting = (await user_sessions.of_bookings(conn, [booking_id])).get(booking_id)
    if meeting is None or meeting.expires_at == meetings.link_end(app, case):
        return
    assert case.booking.starts_at is not None
    await booking_times.calendar_stands_at(conn, booking_id, case.booking.starts_at)
    await jobs.enqueue(conn, Job.MOVE_CALENDAR, booking_id, cause=f"back {case.booking.sequence}")


async def _back(conn: Conn, booking: Booking, of: SessionType) -> None:
    """Give it the time that its calendar still has. Raises SlotTaken (the transaction stays
    usable), also when nobody knows that time."""
    if booking.moved_from is None or booking.moved_from == booking.starts_at:
        raise SlotTaken
    await host_store.lock(conn, booking.host_id)
    slot = Interval(booking.moved_from, booking.moved_from + booking.duration)
    async with conn.transaction():
        await booking_times.move_time(conn, booking.id, slot, of.rules.occupied(slot))
    await booking_times.calendar_followed(conn, booking.id)
    await booking_times.moved_by_client(conn, booking.id, times=-1, time_zone=None)


async def _stands(app: App, booking_id: UUID) -> bool:
    """Whether a payment, or credits, have bought it for good: a human who looks after a payment
    decides what moves."""
    async with app.db.connection() as conn:
        booking = await booking_store.get(conn, booking_id)
        paid = await payment_store.succeeded_of_booking(conn, booking_id)
    with_credits = booking is not None and booking.credits is not None
    return with_credits or any(payment.outcome is Outcome.FULFILLED for payment in paid)


async def _tell(
    app: App, case: Case, meeting: Meeting | None, room: Room | None, *, followed: bool
) -> None:
    """Tell everybody of the new time; with `followed` nothing is left to be moved."""
    booking_id = case.booking.id
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is not Status.ACCEPTED:
            # Perhaps a new room was opened after the old one was closed, heard of or not.
            await booking_places.set_room_asked(conn, booking_id, app.clock.now())
            return
        if booking.sequence != case.booking.sequence:
            raise bookings.OutOfOrder("moved again meanwhile")  # and so begun again
        if meeting is not None and room is not None:
            service = meeting.room_ref.partition(":")[0]
            await meetings.move_meeting(app, conn, case, room, ref=f"{service}:{room.ref}")
            if meetings.shows_link(app, case):
                await jobs.enqueue(conn, Job.SHOW_LINK, booking_id)
        if followed:
            await booking_times.calendar_followed(conn, booking_id)
            await story.step(app, conn, booking_id, StepKind.CALENDAR_MOVED)
        for kind in (NotificationKind.BOOKING_RESCHEDULED, NotificationKind.HOST_RESCHEDULED):
            await notifications.announce(app, conn, booking_id, kind)
