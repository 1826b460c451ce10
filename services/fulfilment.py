"""Fulfilment: a paid booking goes into the calendar, gets its room, and everybody is told."""

import logging
from uuid import UUID

from services import bookings, notifications, refunds
from services.app import App
from services.domain.booking import Event, Status
from services.domain.jobs import Job
from services.domain.models import Booking, NotificationKind, SessionType
from services.log import correlation_id
from services.providers.errors import ProviderError, SlotRefused
from services.store import bookings as booking_store
from services.store import error_logs, user_sessions
from services.store import payments as payment_store
from services.store import session_types as session_type_store

log = logging.getLogger(__name__)

GIVEN_UP = (Status.CANCELLED, Status.REJECTED)


async def book_calendar(app: App, booking_id: UUID) -> None:
    """Job: read, call, write. No lock is held while the calendar thinks."""
    booking, session_type = await _read(app, booking_id)
    if booking.status in GIVEN_UP:
        await app.calendar.cancel(booking)  # an earlier try may have died after it was entered
        return
    if booking.status is not Status.PENDING or booking.starts_at is None:
        return
    if booking.starts_at <= app.clock.now():
        await refuse(app, booking_id, "The time had passed before the payment arrived.")
        return
    try:
        ref = await app.calendar.book(booking, title=session_type.name)
    except SlotRefused as refusal:
        await refuse(app, booking_id, f"The host's calendar did not take it: {refusal.reason}")
        return
    if not await _accept(app, booking_id, ref):
        await app.calendar.cancel(booking)


async def leave_calendar(app: App, booking_id: UUID) -> None:
    """Job: a booking that was given up leaves the host's calendar."""
    booking, _ = await _read(app, booking_id)
    if booking.status in GIVEN_UP:
        await app.calendar.cancel(booking)
        async with app.db.transaction() as conn:
            await booking_store.set_calendar_ref(conn, booking_id, None)


async def leaving_gave_up(app: App, booking_id: UUID, why: str) -> None:
    """Retries are used up: the operator is told that an entry may be left behind."""
    await _log_final(app, Job.LEAVE_CALENDAR, booking_id, why)


async def _read(app: App, booking_id: UUID) -> tuple[Booking, SessionType]:
    async with app.db.connection() as conn:
        booking = await booking_store.get(conn, booking_id)
        assert booking is not None
        types = await session_type_store.by_ids(conn, [booking.session_type_id])
    return booking, types[booking.session_type_id]


async def _accept(app: App, booking_id: UUID, calendar_ref: str) -> bool:
    """False when the booking was given up while the calendar took it."""
    async with app.db.transaction() as conn:
        moved = await bookings.advance(app, conn, booking_id, Event.CALENDAR_BOOKED)
        if moved is None:
            current = await booking_store.get(conn, booking_id)
            return current is not None and current.status is Status.ACCEPTED
        await booking_store.set_calendar_ref(conn, booking_id, calendar_ref)
        await payment_store.fulfilled(conn, booking_id, now=app.clock.now())
        return True


async def refuse(app: App, booking_id: UUID, reason: str) -> None:
    """The booking can't be had: REJECTED, and the money goes back."""
    async with app.db.transaction() as conn:
        await refunds.reject(app, conn, booking_id, Event.CALENDAR_REFUSED, reason=reason)


async def calendar_gave_up(app: App, booking_id: UUID, why: str) -> None:
    """Retries are used up: the same as a refusal, and the operator is told."""
    await _log_final(app, Job.BOOK_CALENDAR, booking_id, why)
    await refuse(app, booking_id, "The host's calendar could not be reached.")


async def open_meeting(app: App, booking_id: UUID) -> None:
    """Job: open the room, then tell client and host; without a room they are told without it."""
    async with app.db.connection() as conn:
        booking = await booking_store.get(conn, booking_id)
        opened = await user_sessions.of_bookings(conn, [booking_id])
    assert booking is not None
    if booking.status is not Status.ACCEPTED or opened:
        return
    assert booking.ends_at is not None
    until = booking.ends_at + app.settings.meeting_link_life
    try:
        room = await app.rooms.open(booking, until=until)
    except ProviderError:
        await _announce_confirmed(app, booking_id)
        raise
    async with app.db.transaction() as conn:
        if (await bookings.lock(conn, booking_id)).status is not Status.ACCEPTED:
            return  # given up while the room was opened
        await user_sessions.add(conn, booking, url=room.url, ref=room.ref, expires_at=until)
        if not await notifications.announce(
            app, conn, booking_id, NotificationKind.BOOKING_CONFIRMED
        ):
            await notifications.announce(app, conn, booking_id, NotificationKind.MEETING_LINK)
        await notifications.announce(app, conn, booking_id, NotificationKind.HOST_BOOKED)


async def _announce_confirmed(app: App, booking_id: UUID) -> None:
    """A room that fails must not keep anybody from knowing: the link follows."""
    async with app.db.transaction() as conn:
        if (await bookings.lock(conn, booking_id)).status is not Status.ACCEPTED:
            return
        await notifications.announce(app, conn, booking_id, NotificationKind.BOOKING_CONFIRMED)
        await notifications.announce(app, conn, booking_id, NotificationKind.HOST_BOOKED)


async def meeting_gave_up(app: App, booking_id: UUID, why: str) -> None:
    """Retries are used up for now: the operator is told, the sweeper asks again later."""
    await _log_final(app, Job.OPEN_MEETING, booking_id, why)


async def _log_final(app: App, job: Job, booking_id: UUID, why: str) -> None:
    async with app.db.transaction() as conn:
        await error_logs.add(
            conn,
            source=job,
            message=why,
            final=True,
            booking_id=booking_id,
            correlation_id=correlation_id.get(),
        )
