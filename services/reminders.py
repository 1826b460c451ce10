"""Reminders: a day and an hour before a session, found by the sweeper and so never lost."""

from datetime import timedelta
from uuid import UUID

from services import bookings, notifications
from services.app import App
from services.domain.booking import Status
from services.domain.models import NotificationKind

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
TOO_FRESH = timedelta(hours=1)
"""Whoever booked that shortly before the reminder was due has just been told."""


async def remind(app: App, booking_id: UUID) -> None:
    """Job: send the reminder that is due now, once for each time the booking was given."""
    now = app.clock.now()
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is not Status.ACCEPTED or booking.starts_at is None:
            return
        left = booking.starts_at - now
        if timedelta() < left <= HOUR:
            kind = NotificationKind.REMINDER_HOUR
        elif HOUR < left <= DAY:
            kind = NotificationKind.REMINDER_DAY
        else:
            return
        await notifications.announce(app, conn, booking_id, kind)
