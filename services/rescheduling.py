"""Rescheduling: an accepted booking gets another time; calendar, room and everybody follow."""

from uuid import UUID

from services import appointments, bookings, escalation, jobs, meetings, notifications, story
from services.app import App
from services.appointments import Case
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.jobs import Job
from services.domain.models import Booking, Meeting, NotificationKind, Outcome
from services.domain.slots import Interval
from services.domain.story import StepKind
from services.providers.calendar_ports import Room
from services.providers.errors import SlotRefused
from services.store import booking_places, user_sessions
from services.store import bookings as booking_store
from services.store import hosts as host_store
from services.store import payments as payment_store
from services.store import session_types as session_type_store


async def moved_outside(
    app: App, conn: Conn, booking: Booking, slot: Interval, *, calendar_ref: str | None = None
) -> None:
    """The host's calendar was given another time for the booking: take it over.

    `booking` is locked by the caller. Raises SlotTaken when our own constraint refuses the time
    (the transaction stays usable), OutOfOrder before the booking is accepted.
    """
    await host_store.lock(conn, booking.host_id)
    rules = (await session_type_store.by_ids(conn, [booking.session_type_id]))[
        booking.session_type_id
    ].rules
    occupied = Interval(slot.start - rules.buffer_before, slot.end + rules.buffer_after)
    async with conn.transaction():
        await booking_store.move_time(conn, booking.id, slot, occupied)
    if calendar_ref is not None:
        await booking_places.set_calendar_ref(conn, booking.id, calendar_ref)
    await bookings.advance(app, conn, booking.id, Event.RESCHEDULED)


async def move_calendar(app: App, booking_id: UUID) -> None:
    """Job: bring calendar and room to the booking's time, then tell everybody.

    Each outside step finds what an earlier run did, so a crash between any two of them heals.
    """
    case = await appointments.read(app, booking_id)
    if case.booking.status is not Status.ACCEPTED or not await _stands(app, booking_id):
        return
    calendar = appointments.calendar_holding(app, case)
    try:
        entry_id = await calendar.entries.move(appointments.appointment(app, case))
    except SlotRefused as refusal:
        await _leave_to_human(app, booking_id, refusal.reason)
        return
    ref = appointments.calendar_ref(calendar, entry_id)
    if ref != case.booking.calendar_ref:
        async with app.db.transaction() as conn:
            await booking_places.set_calendar_ref(conn, booking_id, ref)
        case = await appointments.read(app, booking_id)
    async with app.db.connection() as conn:
        meeting = (await user_sessions.of_bookings(conn, [booking_id])).get(booking_id)
    room = await _move_room(app, case, meeting) if meeting else None
    await _tell(app, case, meeting, room)


async def _move_room(app: App, case: Case, meeting: Meeting) -> Room:
    rooms, ref = appointments.room_holding(app, meeting.room_ref)
    return await rooms.move(
        appointments.appointment(app, case),
        Room(meeting.url, ref, meeting.host_url),
        key=case.booking.room_key,
        until=meetings.link_end(app, case),
    )


async def _leave_to_human(app: App, booking_id: UUID, why: str) -> None:
    """It has a time here that its calendar does not take: client and host have to agree."""
    reason = f"The host's calendar did not take the new time: {why}"
    async with app.db.transaction() as conn:
        await bookings.lock(conn, booking_id)
        await escalation.leave_to_human(app, conn, booking_id, reason=reason)


async def _stands(app: App, booking_id: UUID) -> bool:
    """Whether a payment, or credits, have bought it for good: a human who looks after a payment
    decides what moves."""
    async with app.db.connection() as conn:
        booking = await booking_store.get(conn, booking_id)
        paid = await payment_store.succeeded_of_booking(conn, booking_id)
    with_credits = booking is not None and booking.credits is not None
    return with_credits or any(payment.outcome is Outcome.FULFILLED for payment in paid)


async def _tell(app: App, case: Case, meeting: Meeting | None, room: Room | None) -> None:
    booking_id = case.booking.id
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is not Status.ACCEPTED:
            return
        if booking.sequence != case.booking.sequence:
            raise bookings.OutOfOrder("moved again meanwhile")  # and so begun again
        if meeting is not None and room is not None:
            service = meeting.room_ref.partition(":")[0]
            await meetings.move_meeting(app, conn, case, room, ref=f"{service}:{room.ref}")
            if meetings.shows_link(app, case):
                await jobs.enqueue(conn, Job.SHOW_LINK, booking_id)
        await story.step(app, conn, booking_id, StepKind.CALENDAR_MOVED)
        for kind in (NotificationKind.BOOKING_RESCHEDULED, NotificationKind.HOST_RESCHEDULED):
            await notifications.announce(app, conn, booking_id, kind)
