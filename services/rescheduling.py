"""Rescheduling: an accepted booking gets another time; calendar, room and everybody follow."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services import (
    appointments,
    bookings,
    catalogue,
    escalation,
    jobs,
    meetings,
    notifications,
    story,
)
from services.app import App
from services.appointments import Case
from services.auth import Viewer
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.errors import (
    NotFound,
    NotReschedulable,
    PaymentDisputed,
    PaymentUnderReview,
    SlotTaken,
    TooLate,
)
from services.domain.jobs import Job
from services.domain.models import (
    Booking,
    Meeting,
    NotificationKind,
    Outcome,
    Payment,
    SessionType,
)
from services.domain.payouts import DisputeStanding, standing
from services.domain.slots import Interval
from services.domain.story import StepKind
from services.domain.zones import require_time_zone
from services.providers.calendar_ports import Room
from services.providers.errors import SlotRefused
from services.store import booking_places, user_sessions
from services.store import bookings as booking_store
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
        await booking_store.move_time(conn, booking_id, slot, _occupied(slot, bought))
        await booking_store.moved_by_client(conn, booking_id, times=1, time_zone=time_zone)
        moved = await bookings.advance(app, conn, booking_id, Event.RESCHEDULED)
        assert moved is not None
        return moved


def _occupied(slot: Interval, of: SessionType) -> Interval:
    return Interval(slot.start - of.rules.buffer_before, slot.end + of.rules.buffer_after)


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
    if any(standing(payment.dispute_status) is DisputeStanding.OPEN for payment in paid):
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
        await booking_store.move_time(conn, booking.id, slot, _occupied(slot, of))
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
        await _move_back(app, case, refusal.reason)
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
        await story.step(app, conn, booking.id, StepKind.MOVE_REFUSED)
        await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_KEPT_TIME)


async def _back(conn: Conn, booking: Booking, of: SessionType) -> None:
    """Give it the time that its calendar still has. Raises SlotTaken (the transaction stays
    usable), also when nobody knows that time."""
    if booking.moved_from is None or booking.moved_from == booking.starts_at:
        raise SlotTaken
    await host_store.lock(conn, booking.host_id)
    slot = Interval(booking.moved_from, booking.moved_from + booking.duration)
    async with conn.transaction():
        await booking_store.move_time(conn, booking.id, slot, _occupied(slot, of))
    await booking_store.calendar_followed(conn, booking.id)
    await booking_store.moved_by_client(conn, booking.id, times=-1, time_zone=None)


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
        await booking_store.calendar_followed(conn, booking_id)
        await story.step(app, conn, booking_id, StepKind.CALENDAR_MOVED)
        for kind in (NotificationKind.BOOKING_RESCHEDULED, NotificationKind.HOST_RESCHEDULED):
            await notifications.announce(app, conn, booking_id, kind)
