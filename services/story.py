"""A booking's story: the steps its client reads, and beside them what the operator must know."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import (
    Booking,
    Notification,
)
from services.domain.payments import Payment
from services.domain.story import BookingStep, StepKind
from services.log import correlation_id
from services.store import booking_steps, error_logs, payment_lists
from services.store import bookings as booking_store
from services.store import notifications as notification_store
from services.store.error_logs import ErrorLog

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed, without secrets and personal data; `vendor` is None for our own fault."""

    why: str
    vendor: str | None


FAILING: Mapping[Job, StepKind] = {
    Job.BOOK_CALENDAR: StepKind.CALENDAR_FAILING,
    Job.LEAVE_CALENDAR: StepKind.CALENDAR_FAILING,
    Job.MOVE_CALENDAR: StepKind.CALENDAR_FAILING,
    Job.SHOW_LINK: StepKind.CALENDAR_FAILING,
    Job.OFFER_PAGE: StepKind.PAGE_FAILING,
    Job.OPEN_MEETING: StepKind.ROOM_FAILING,
    Job.CLOSE_ROOM: StepKind.ROOM_FAILING,
    Job.REFUND: StepKind.REFUND_FAILING,
    Job.NOTIFY: StepKind.MESSAGE_FAILING,
}
"""Jobs about a booking; what fails of the others is the operator's alone."""

DETAILS: Mapping[Job, str] = {
    Job.LEAVE_CALENDAR: "It could not be taken out of the host's calendar yet.",
    Job.MOVE_CALENDAR: "The host's calendar could not be told of the new time yet.",
    Job.SHOW_LINK: "The meeting's link could not be written into the host's calendar yet.",
    Job.CLOSE_ROOM: "The meeting room could not be removed yet.",
}
"""What a failing step says of a job that its kind does not speak of."""

GIVEN_UP: Mapping[StepKind, StepKind] = {
    StepKind.CALENDAR_FAILING: StepKind.CALENDAR_GIVEN_UP,
    StepKind.PAGE_FAILING: StepKind.PAGE_GIVEN_UP,
    StepKind.ROOM_FAILING: StepKind.ROOM_GIVEN_UP,
    StepKind.REFUND_FAILING: StepKind.REFUND_GIVEN_UP,
    StepKind.MESSAGE_FAILING: StepKind.MESSAGE_GIVEN_UP,
}


async def step(
    app: App, conn: Conn, booking_id: UUID, kind: StepKind, *, subject: str = "", detail: str = ""
) -> None:
    """Write a step in the transaction of the change that it tells of."""
    await booking_steps.add(
        conn, booking_id, kind, subject=subject, detail=detail, now=app.clock.now()
    )


async def trouble(
    app: App,
    conn: Conn,
    booking_id: UUID,
    kind: StepKind,
    failure: Failure,
    *,
    source: str,
    detail: str = "",
    payment_id: UUID | None = None,
) -> None:
    """Write a step and, beside it, what the operator must know of it."""
    now = app.clock.now()
    step_id = await booking_steps.add(conn, booking_id, kind, detail=detail, now=now)
    await error_logs.add(
        conn,
        source=source,
        vendor=failure.vendor,
        message=failure.why,
        final=True,
        booking_id=booking_id,
        payment_id=payment_id,
        step_id=step_id,
        correlation_id=correlation_id.get(),
        now=now,
    )


async def failed(app: App, job: Job, subject: str, failure: Failure, *, final: bool) -> None:
    """Tell client and operator of a job that failed, for now or for good."""
    async with app.db.transaction() as conn:
        about = await _about(conn, job, subject)
        step_id = None
        if about is not None:
            kind = GIVEN_UP[FAILING[job]] if final else FAILING[job]
            step_id = await booking_steps.add(
                conn,
                about.booking_id,
                kind,
                subject=about.thing,
                detail=DETAILS.get(job, ""),
                now=app.clock.now(),
            )
            if final:
                await error_logs.carry_over(conn, about.booking_id, job, about.thing, step_id)
        elif not final:
            return
        await error_logs.add(
            conn,
            source=job,
            vendor=failure.vendor,
            message=failure.why if about else f"{subject}: {failure.why}",
            final=final,
            booking_id=about.booking_id if about else None,
            step_id=step_id,
            correlation_id=correlation_id.get(),
            now=app.clock.now(),
        )


async def mended(app: App, job: Job, subject: str) -> None:
    """A job that had failed was done in the end."""
    async with app.db.transaction() as conn:
        about = await _about(conn, job, subject)
        if about is not None:
            await error_logs.resolve(conn, about.booking_id, job, about.thing, app.clock.now())


@dataclass(frozen=True, slots=True)
class _About:
    booking_id: UUID
    thing: str


async def _about(conn: Conn, job: Job, subject: str) -> _About | None:
    """The booking a job is about, and which thing of it; None when it is about none."""
    if job not in FAILING:
        return None
    if job is Job.REFUND and await booking_store.get(conn, UUID(subject)) is None:
        return None  # of a plan's payment
    if job is not Job.NOTIFY:
        return _About(UUID(subject), job)
    notification = await notification_store.get(conn, UUID(subject))
    if notification is None or notification.booking_id is None:
        return None
    return _About(notification.booking_id, thing_of(notification))


def thing_of(notification: Notification) -> str:
    """How a message is called in a story, such as `BOOKING_CONFIRMED by EMAIL`."""
    return f"{notification.kind} by {notification.medium}"


async def of_bookings(app: App, booking_ids: Sequence[UUID]) -> dict[UUID, list[BookingStep]]:
    """Every step of each booking, oldest first."""
    async with app.db.connection() as conn:
        return await booking_steps.of_bookings(conn, booking_ids)


@dataclass(frozen=True, slots=True)
class Account:
    """Everything there is to tell of a booking: for the operator."""

    booking: Booking
    steps: list[BookingStep]
    errors: list[ErrorLog]
    payments: list[Payment]
    messages: list[Notification]


async def tell(conn: Conn, booking_id: UUID) -> Account | None:
    """The whole story of a booking; None when there is no such booking."""
    booking = await booking_store.get(conn, booking_id)
    if booking is None:
        return None
    return Account(
        booking=booking,
        steps=(await booking_steps.of_bookings(conn, [booking_id]))[booking_id],
        errors=await error_logs.of_booking(conn, booking_id),
        payments=(await payment_lists.of_bookings(conn, [booking_id])).get(booking_id, []),
        messages=await notification_store.of_booking(conn, booking_id),
    )
