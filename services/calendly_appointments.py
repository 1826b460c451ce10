"""What becomes of an appointment that was made or called off at a host's Calendly."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from services import bookings, calling_off, escalation, jobs, rescheduling
from services.app import App
from services.bookings import OutOfOrder
from services.db import Conn
from services.domain.booking import OVER, Event, Status
from services.domain.errors import InvalidInput, SlotTaken
from services.domain.jobs import Job
from services.domain.models import Booking, CalendarKind
from services.domain.policy import Party
from services.domain.slots import Interval
from services.domain.zones import require_time_zone
from services.providers.calendly_ports import Invitee
from services.store import booking_places, booking_times, payment_outcomes, placements
from services.store import hosts as host_store
from services.store import session_types as session_type_store

BY_HOST = "The host called it off in their Calendly."
BY_CLIENT = "The client called it off in the host's Calendly."
CLASH = "The appointment was moved in the host's Calendly to a time that is taken here."


@dataclass(frozen=True, slots=True)
class Told:
    """An invitee, the booking they name, and the appointments they had before, newest first."""

    invitee: Invitee
    booking_id: UUID | None
    earlier: tuple[str, ...]

    @property
    def ref(self) -> str:
        return calendar_ref(self.invitee)


@dataclass(frozen=True, slots=True)
class CallOff:
    """An appointment that can't stand: `reason` is read by who made it, `noted` by the operator;
    the client of the booking `offer_again` gets a new link."""

    reason: str
    noted: str | None = None
    offer_again: UUID | None = None


def calendar_ref(invitee: Invitee) -> str:
    return f"{CalendarKind.CALENDLY}:{invitee.event_ref}"


async def _booking_of(conn: Conn, told: Told) -> Booking | None:
    """The booking, locked."""
    found = await placements.booking_of(conn, told.booking_id, [told.ref, *told.earlier])
    return None if found is None else await bookings.lock(conn, found)


async def created(app: App, conn: Conn, told: Told, last_try: bool) -> CallOff | None:
    """A time was taken, by choice on the page, by moving an earlier one, or by ourselves.

    Raises OutOfOrder while a payment may yet come.
    """
    if told.invitee.replaced:
        return None  # moved on since: who took its place tells
    booking = await _booking_of(conn, told)
    unpaid = booking is None or booking.status is Status.AWAITING_PAYMENT
    if booking is None or (unpaid and last_try):
        return await _nobody_paid(app, conn, told)
    if unpaid:
        raise OutOfOrder("a time was taken before its payment is known")
    if booking.status in OVER:
        return CallOff("The booking of this session was called off.")
    return await _of_paid(app, conn, booking, told)


async def _of_paid(app: App, conn: Conn, booking: Booking, told: Told) -> CallOff | None:
    if booking.starts_at is None:
        return await _chosen(app, conn, booking, told)
    if booking.calendar_ref in told.earlier:
        return await _moved(app, conn, booking, told)
    if told.ref == booking.calendar_ref or told.invitee.starts_at == booking.starts_at:
        return None  # the entry of this very booking, known or just being made by our own job
    return CallOff("Another time was chosen for this session already.")


async def _nobody_paid(app: App, conn: Conn, told: Told) -> CallOff | None:
    if not await placements.is_sold(conn, told.invitee.event_type):
        return None  # the host's own business
    return CallOff(
        f"This session is booked and paid for at {app.settings.public_url}.",
        noted=f"{told.ref} was made without a payment and has been called off.",
    )


async def _chosen(app: App, conn: Conn, booking: Booking, told: Told) -> CallOff | None:
    """The client of a session paid first chose its time."""
    types = await session_type_store.by_ids(conn, [booking.session_type_id])
    if types[booking.session_type_id].calendar_event_type != told.invitee.event_type:
        return await _nobody_paid(app, conn, told)  # something else than what was paid for
    if told.invitee.cancelled:
        await offer_again(conn, booking.id, told)  # their link took its one choice
        return None
    try:
        await _place(app, conn, booking, told)
    except SlotTaken:
        return CallOff(
            "This time has just been taken. Please choose another one with the new link.",
            offer_again=booking.id,
        )
    return None


async def _place(app: App, conn: Conn, booking: Booking, told: Told) -> None:
    """The job that follows finds the entry by its ref. Raises SlotTaken."""
    await host_store.lock(conn, booking.host_id)
    types = await session_type_store.by_ids(conn, [booking.session_type_id])
    rules = types[booking.session_type_id].rules
    slot = Interval(told.invitee.starts_at, told.invitee.ends_at)
    async with conn.transaction():
        await booking_times.place(
            conn, booking.id, slot, rules.occupied(slot), time_zone=_known_zone(told.invitee)
        )
    await booking_places.set_calendar_ref(conn, booking.id, told.ref)
    await payment_outcomes.resume(conn, booking.id)
    await bookings.advance(app, conn, booking.id, Event.SLOT_CHOSEN)


def _known_zone(invitee: Invitee) -> str | None:
    try:
        require_time_zone(invitee.time_zone)
    except InvalidInput:
        return None
    return invitee.time_zone


async def offer_again(conn: Conn, booking_id: UUID, told: Told) -> None:
    """The client's link has taken its one choice: a new one is made."""
    await booking_places.set_scheduling_url(conn, booking_id, None)
    await jobs.enqueue(conn, Job.OFFER_PAGE, booking_id, cause=told.ref)


async def _moved(app: App, conn: Conn, booking: Booking, told: Told) -> CallOff | None:
    """The booking's entry got another time at Calendly. Raises OutOfOrder until it is accepted."""
    invitee = told.invitee
    if invitee.cancelled:
        await _called_off(app, conn, booking.id, invitee)
        return None
    slot = Interval(invitee.starts_at, invitee.ends_at)
    try:
        await rescheduling.moved_outside(app, conn, booking, slot, calendar_ref=told.ref)
    except SlotTaken:
        # Whatever the person decides, it is the new entry that is to be called off.
        await booking_places.set_calendar_ref(conn, booking.id, told.ref)
        await escalation.leave_to_human(app, conn, booking.id, reason=CLASH)
    return None


async def cancelled(app: App, conn: Conn, told: Told, _last_try: bool) -> CallOff | None:
    """An appointment was called off by the host, by its invitee, or by ourselves."""
    how = told.invitee.cancellation
    if told.invitee.replaced or how is None or how.by_us:
        return None
    booking = await _booking_of(conn, told)
    if booking is None or booking.status not in (Status.PENDING, Status.ACCEPTED):
        return None
    if booking.starts_at != told.invitee.starts_at:
        return None  # our own job called it off after moving the booking
    if booking.calendar_ref is None:
        raise OutOfOrder("an appointment was called off before its booking knew it")
    if booking.calendar_ref == told.ref:
        await _called_off(app, conn, booking.id, told.invitee)
    return None


async def _called_off(app: App, conn: Conn, booking_id: UUID, invitee: Invitee) -> None:
    """It was called off there, so it is here: with all the money back when the host did, by the
    terms when the client did, also when they would have been too late for it here."""
    cancellation = invitee.cancellation
    assert cancellation is not None
    by = Party.HOST if cancellation.by_host else Party.CLIENT
    booking = await calling_off.lock(conn, booking_id)
    at = cancellation.at or app.clock.now()
    # The terms go by the time that the appointment had there, which we may not have heard of.
    there = booking if booking.starts_at is None else replace(booking, starts_at=invitee.starts_at)
    quoted = await calling_off.quote(app, conn, there, by, outside_at=at)
    reason = BY_HOST if by is Party.HOST else BY_CLIENT
    if quoted.refusal is None:
        await calling_off.call_off(app, conn, quoted, reason=reason)
    elif booking.status not in OVER:
        await escalation.leave_to_human(app, conn, booking_id, reason=reason)


HANDLERS: Mapping[str, Callable[[App, Conn, Told, bool], Awaitable[CallOff | None]]] = {
    "invitee.created": created,
    "invitee.canceled": cancelled,
}
