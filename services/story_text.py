"""A booking's story as text for a terminal."""

from collections.abc import Iterator
from datetime import UTC, datetime

from services.domain.models import (
    Booking,
    Notification,
)
from services.domain.payments import Payment
from services.domain.story import BookingStep
from services.store.error_logs import ErrorLog
from services.story import Account


def written(account: Account) -> str:
    """The booking, each step as its client reads it, and below a step what the operator needs."""
    return "\n".join(_lines(account))


def _lines(account: Account) -> Iterator[str]:
    booking = account.booking
    yield f"Booking {booking.id}: {booking.status}" + _because(booking.status_reason)
    when = _moment(booking.starts_at) if booking.starts_at else "no time yet"
    yield f"  {_price(booking)}, {when}, client {booking.user_id or 'has left'}"
    yield f"  calendar {booking.calendar_ref or 'no entry'}"
    yield ""
    errors = {error.step_id: error for error in account.errors if error.step_id is not None}
    for step in account.steps:
        yield from _step(step, errors.get(step.id))
    for error in account.errors:
        if error.step_id is None:
            yield f"{_moment(error.created_at)}  {_trouble(error)}"
    yield ""
    for payment in account.payments:
        yield _payment(payment)
    for message in account.messages:
        yield _message(message)


def _price(booking: Booking) -> str:
    if booking.credits is None:
        return booking.price.display
    return f"{booking.credits} session credit{'s' if booking.credits > 1 else ''}"


def _step(step: BookingStep, error: ErrorLog | None) -> Iterator[str]:
    often = f" ({step.times} times, last {_moment(step.last_at)})" if step.times > 1 else ""
    of = f" [{step.subject}]" if step.subject else ""
    yield f"{_moment(step.at)}  {step.kind}{of}: {step.sentence}{often}"
    if error is not None:
        yield f"{'':25}{_trouble(error)}"


def _trouble(error: ErrorLog) -> str:
    state = "mended" if error.resolved_at else "given up" if error.final else "tried again"
    work = f", correlation {error.correlation_id}" if error.correlation_id else ""
    return f"{error.source}: {error.message} ({state}{work})"


def _payment(payment: Payment) -> str:
    end = payment.outcome or "no outcome yet"
    return (
        f"Payment {payment.payment_intent_id}: {payment.amount.display}, {payment.status}, {end}"
        + _because(payment.outcome_reason)
    )


def _message(message: Notification) -> str:
    return f"Message {message.kind} by {message.medium}: {message.status}"


def _because(reason: str | None) -> str:
    return f" ({reason})" if reason else ""


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
