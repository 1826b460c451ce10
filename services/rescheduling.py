"""Rescheduling: an accepted booking gets another time; calendar, room and everybody follow."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services import (
    bookings,
    catalogue,
)
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.errors import (
    NotFound,
    PaymentUnderReview,
    SlotTaken,
)
from services.domain.models import (
    Booking,
    SessionType,
)
from services.domain.payments import Outcome, Payment
from services.domain.refusals import NotReschedulable, PaymentDisputed, TooLate
from services.domain.slots import Interval
from services.domain.zones import require_time_zone
from services.store import booking_places, booking_times
from services.store import hosts as host_store
from services.store import payments as payment_store
from services.store import session_types as session_type_store


async def reschedule(
    app: App, viewer: Viewer, booking_id: UUID, starts_at: datetime, time_zone: str | None
) -> Booking:
    """Give the client's booking another time, for the same payment; asked again, the same answer.

    Raises NotFound, NotReschedulable, TooLate, PaymentDisputed, PaymentUnderReview, SlotTaken,
    SlotUnavailable.
    """
    require_time_zone(time_zone)
    booking = await bookings.get(app, viewer.user_id, booking_id)
    if booking is None:
        raise NotFound("booking")
    if booking.status is Status.ACCEPTED and booking.starts_at == starts_at:
        return booking
    async with app.db.connection() as conn:
        await _require_movable(app, conn, booking)
    wanted = (await catalogue.session_types_by_ids(app, [booking.session_type_id]))[
        booking.session_type_id
    ]
    # What was bought counts, not what the type has become since.
    rules = replace(wanted.rules, duration=booking.duration)
    bought = replace(wanted, duration=booking.duration, rules=rules)
    try:
        await catalogue.require_open_outside(app, bought, starts_at, moving=booking)
        return await _move(app, booking.id, bought, starts_at, time_zone)
    except SlotTaken:
        raise await catalogue.taken(app, bought, starts_at) from None


async def _move(
    app: App, booking_id: UUID, bought: SessionType, starts_at: datetime, time_zone: str | None
) -> Booking:
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is Status.ACCEPTED and booking.starts_at == starts_at:
            return booking  # a repeat came in between
        await _require_movable(app, conn, booking)
        await host_store.lock(conn, booking.host_id)
        now = app.clock.now()
        slot = await catalogue.slot_at(conn, bought, starts_at, now, moving=booking)
        await booking_times.move_time(conn, booking_id, slot, bought.rules.occupied(slot))
        await booking_times.moved_by_client(conn, booking_id, times=1, time_zone=time_zone)
        moved = await bookings.advance(app, conn, booking_id, Event.RESCHEDULED)
        assert moved is not None
        return moved


async def _require_movable(app: App, conn: Conn, booking: Booking) -> None:
    """Raises NotReschedulable, TooLate, PaymentDisputed, PaymentUnderReview."""
    now, policy = app.clock.now(), booking.policy
    if booking.status is not Status.ACCEPTED or booking.starts_at is None:
        raise NotReschedulable("Only a confirmed session can be given another time.")
    _require_paid_for_good(await payment_store.succeeded_of_booking(conn, booking.id))
    if booking.starts_at <= now:
        raise NotReschedulable("This session has begun already.")
    if not policy.may_reschedule(booking.starts_at, now):
        until = booking.starts_at - policy.reschedule_until
        raise TooLate("It is too late to give this session another time.", until)
    if policy.reschedule_limit is not None and booking.reschedules >= policy.reschedule_limit:
        times = f"{policy.reschedule_limit} time{'' if policy.reschedule_limit == 1 else 's'}"
        raise NotReschedulable(
            f"This session can be given another time at most {times}."
            if policy.reschedule_limit
            else "The time of this session can't be changed."
        )


def _require_paid_for_good(paid: list[Payment]) -> None:
    if any(payment.is_disputed for payment in paid):
        raise PaymentDisputed
    if any(payment.outcome is Outcome.WAITING for payment in paid):
        raise PaymentUnderReview


async def moved_outside(
    app: App, conn: Conn, booking: Booking, slot: Interval, *, calendar_ref: str | None = None
) -> None:
    """The host's calendar was given another time for the booking: take it over.

    `booking` is locked by the caller. Raises SlotTaken when our own constraint refuses the time
    (the transaction stays usable), OutOfOrder before the booking is accepted.
    """
    await host_store.lock(conn, booking.host_id)
    of = (await session_type_store.by_ids(conn, [booking.session_type_id]))[booking.session_type_id]
    async with conn.transaction():
        await booking_times.move_time(conn, booking.id, slot, of.rules.occupied(slot))
    await booking_times.calendar_stands_at(conn, booking.id, slot.start)
    if calendar_ref is not None:
        await booking_places.set_calendar_ref(conn, booking.id, calendar_ref)
    await bookings.advance(app, conn, booking.id, Event.RESCHEDULED)
