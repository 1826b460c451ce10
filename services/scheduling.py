"""Sessions paid first: given their time by the client, reminded, and let go when none is chosen."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services import bookings, catalogue, escalation, notifications, refunds
from services.app import App
from services.auth import Viewer
from services.domain.booking import Event, Status
from services.domain.errors import NotFound, NotSchedulable, PaymentUnderReview, SlotTaken
from services.domain.models import (
    Booking,
    NotificationKind,
    PlacementLapse,
    SessionType,
)
from services.domain.payments import Outcome
from services.domain.zones import require_time_zone
from services.store import booking_times, payment_outcomes
from services.store import hosts as host_store
from services.store import payments as payment_store
from services.store import session_types as session_type_store


async def schedule(
    app: App, viewer: Viewer, booking_id: UUID, starts_at: datetime, time_zone: str | None
) -> Booking:
    """Give a paid session its time. Raises NotFound, NotSchedulable, PaymentUnderReview,
    SlotTaken, SlotUnavailable."""
    require_time_zone(time_zone)
    booking = await bookings.get(app, viewer.user_id, booking_id)
    if booking is None:
        raise NotFound("booking")
    session_type = (await catalogue.session_types_by_ids(app, [booking.session_type_id]))[
        booking.session_type_id
    ]
    try:
        await catalogue.require_open_outside(app, session_type, starts_at)
        return await _place(app, booking, session_type, starts_at, time_zone)
    except SlotTaken:
        raise await catalogue.taken(app, session_type, starts_at) from None


async def _place(
    app: App,
    booking: Booking,
    session_type: SessionType,
    starts_at: datetime,
    time_zone: str | None,
) -> Booking:
    # What was bought counts, not what the type has become since.
    rules = replace(session_type.rules, duration=booking.duration)
    bought = replace(session_type, duration=booking.duration, rules=rules)
    async with app.db.transaction() as conn:
        current = await bookings.lock(conn, booking.id)
        if current.status is not Status.PENDING or current.starts_at is not None:
            raise NotSchedulable
        await host_store.lock(conn, booking.host_id)
        slot = await catalogue.slot_at(conn, bought, starts_at, app.clock.now())
        await booking_times.place(conn, booking.id, slot, rules.occupied(slot), time_zone=time_zone)
        await payment_outcomes.resume(conn, booking.id)
        paid = await payment_store.succeeded_of_booking(conn, booking.id)
        if paid and all(payment.outcome is Outcome.WAITING for payment in paid):
            raise PaymentUnderReview
        placed = await bookings.advance(app, conn, booking.id, Event.SLOT_CHOSEN)
        assert placed is not None
        return placed


async def remind(app: App, booking_id: UUID) -> None:
    """Job: half of the time for choosing is over: say so once."""
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is not Status.PENDING or booking.starts_at is not None:
            return
        await notifications.announce(app, conn, booking_id, NotificationKind.CHOOSE_TIME_REMINDER)


async def lapse(app: App, booking_id: UUID) -> None:
    """Job: no time was chosen: money back or a human, as the session type says."""
    reason = "No time was chosen by the day set for it."
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is not Status.PENDING or booking.starts_at is not None:
            return
        types = await session_type_store.by_ids(conn, [booking.session_type_id])
        if types[booking.session_type_id].placement_lapse is PlacementLapse.REFUND:
            await refunds.reject(app, conn, booking_id, Event.PLACEMENT_LAPSED, reason=reason)
            return
        await escalation.leave_to_human(app, conn, booking_id, reason=reason)
