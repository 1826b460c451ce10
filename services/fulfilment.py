"""Fulfilment: a paid booking goes into the host's calendar, or out of it again."""

import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services import appointments, bookings, payouts, refunds, story
from services.app import App
from services.appointments import Case
from services.domain.booking import OVER, Event, Status
from services.domain.models import Booking
from services.domain.story import StepKind
from services.providers.calendar_ports import HostCalendar
from services.providers.errors import ProviderError, SlotRefused
from services.store import booking_places, payment_outcomes
from services.store import bookings as booking_store
from services.store import payments as payment_store

log = logging.getLogger(__name__)

SETTLED = timedelta(minutes=1)
"""How long after asking an entry of which nobody heard may still appear: it is looked for twice."""

WITHDRAWN = "The booking was called off."
PAID_LATE = "The time had passed before the payment arrived."
BOOKED_LATE = "The time had passed before it could be booked."


async def book_calendar(app: App, booking_id: UUID) -> None:
    """Job: read, call, write. No lock is held while the calendar thinks."""
    case = await appointments.read(app, booking_id)
    booking = case.booking
    if booking.status in OVER:
        await _leave(app, case, look=True)  # an earlier try may have died after it was entered
        return
    if booking.status is not Status.PENDING or booking.starts_at is None:
        return
    if booking.starts_at <= app.clock.now():
        await refuse(app, booking_id, await _why_late(app, booking))
        return
    calendar = appointments.calendar_holding(app, case)
    wanted = appointments.appointment(app, case)
    await _note_asking(app, booking_id)
    try:
        entry_id = await calendar.entries.book(wanted)
    except SlotRefused as refusal:
        await refuse(app, booking_id, f"The host's calendar did not take it: {refusal.reason}")
        return
    except ProviderError as error:
        # It may have been given up, looked for and not found meanwhile: it is to be looked for
        # again.
        await _note_asking(app, booking_id)
        if app.clock.now() + (error.retry_after or timedelta()) >= booking.starts_at:
            raise ProviderError(
                error.vendor, f"{error.message}, for too long", retryable=False
            ) from error
        raise
    ref = appointments.calendar_ref(calendar, entry_id)
    if await _accept(app, booking_id, ref):
        await _release(app, calendar, case)
    else:
        await calendar.entries.cancel(replace(wanted, ref=entry_id), reason=WITHDRAWN)


async def _why_late(app: App, booking: Booking) -> str:
    if booking.credits is not None:
        return BOOKED_LATE
    async with app.db.connection() as conn:
        paid = await payment_store.succeeded_of_booking(conn, booking.id)
    in_time = any(
        payment.paid_at and booking.starts_at and payment.paid_at < booking.starts_at
        for payment in paid
    )
    return BOOKED_LATE if in_time else PAID_LATE


async def _note_asking(app: App, booking_id: UUID) -> None:
    """From now on an entry may stand there although its answer was lost."""
    async with app.db.transaction() as conn:
        await booking_places.set_calendar_asked(conn, booking_id, now=app.clock.now())


async def _accept(app: App, booking_id: UUID, calendar_ref: str) -> bool:
    """False when the booking was given up while the calendar took it."""
    async with app.db.transaction() as conn:
        moved = await bookings.advance(app, conn, booking_id, Event.CALENDAR_BOOKED)
        if moved is None:
            current = await booking_store.get(conn, booking_id)
            if current is not None and current.status is Status.ACCEPTED:
                return True
            # Looked for and not found meanwhile: until it was taken out, it is to be looked for.
            await booking_places.set_calendar_asked(conn, booking_id, now=app.clock.now())
            return False
        await booking_places.set_calendar_ref(conn, booking_id, calendar_ref)
        await payment_outcomes.fulfilled(conn, booking_id, now=app.clock.now())
        await payouts.open_(app, conn, booking_id)
        return True


async def _release(app: App, calendar: HostCalendar, case: Case) -> None:
    """The entry has taken the reservation's place; one that stays behind lapses by itself."""
    if (reservation := appointments.reserved(case.booking)) is None:
        return
    try:
        await calendar.times.release(reservation)
    except ProviderError as error:
        log.warning("reservation not released", extra={"why": str(error)})
    async with app.db.transaction() as conn:
        await booking_places.set_reservation(conn, case.booking.id, None)


async def leave_calendar(app: App, booking_id: UUID) -> None:
    """Job: a booking that was given up leaves the host's calendar."""
    case = await appointments.read(app, booking_id)
    if case.booking.status in OVER:
        await _leave(app, case)


async def _leave(app: App, case: Case, *, look: bool = False) -> None:
    """Take out what stands in the calendar; with `look` also what we never heard of."""
    booking = case.booking
    calendar = appointments.calendar_holding(app, case)
    wanted = appointments.appointment(app, case) if booking.starts_at else None
    if wanted is not None and (look or wanted.ref is not None or wanted.asked_before):
        await calendar.entries.cancel(
            replace(wanted, asked_before=True), reason=booking.status_reason or WITHDRAWN
        )
    if reservation := appointments.reserved(booking):
        await calendar.times.release(reservation)
    async with app.db.transaction() as conn:
        left = await booking_places.forget_calendar(
            conn, booking.id, heard_by=app.clock.now() - SETTLED
        )
        if left and booking.calendar_ref is not None:
            await story.step(app, conn, booking.id, StepKind.CALENDAR_LEFT)


async def refuse(app: App, booking_id: UUID, reason: str) -> None:
    """The booking can't be had: REJECTED, and the money goes back."""
    async with app.db.transaction() as conn:
        await refunds.reject(app, conn, booking_id, Event.CALENDAR_REFUSED, reason=reason)


async def calendar_gave_up(app: App, booking_id: UUID) -> None:
    """Retries are used up: the same as a refusal."""
    await refuse(app, booking_id, "The host's calendar could not be reached.")
