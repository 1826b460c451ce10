"""Calling off what was paid for: what comes back by the terms, and everything that is undone."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services import (
    bookings,
    escalation,
    notifications,
    payouts,
    refunds,
    session_credits,
)
from services.app import App
from services.db import Conn
from services.domain.booking import OVER, Event, Status
from services.domain.errors import (
    DomainError,
    NotCancellable,
    PaymentProcessing,
    PaymentUnderReview,
)
from services.domain.models import (
    Booking,
    NotificationKind,
)
from services.domain.money import Money
from services.domain.payments import Outcome, Payment, RefundBy
from services.domain.policy import CALLED_OFF, Party, Share, share
from services.domain.refusals import PaymentDisputed, TooLate
from services.store import bookings as booking_store
from services.store import payment_outcomes, user_sessions
from services.store import payments as payment_store
from services.store import refunds as refund_store

log = logging.getLogger(__name__)

BY_CLIENT = "Called off by the client."
BY_HOST = "Called off by the host."
BY_OPERATOR = "Called off by the seller."
WHILE_WAITING = "The session was called off while a person looks after the payment."
WHILE_DISPUTED = "The session was called off while the payment is disputed."

REASONS = {Party.CLIENT: BY_CLIENT, Party.HOST: BY_HOST, Party.OPERATOR: BY_OPERATOR}


@dataclass(frozen=True, slots=True)
class Part:
    """One payment of a session, and what comes back of it now."""

    payment: Payment
    share: Share


@dataclass(frozen=True, slots=True)
class Quote:
    """What calling a session off does now, and `by` whom it would be.

    `refusal` is why it can't be; then nothing comes back. `percent` is None where no money was
    paid. `holds_until` is until when this answer holds, None for as long as nothing else happens.
    """

    booking: Booking
    by: Party
    refund: Money
    kept: Money
    percent: int | None
    credits_returned: int
    holds_until: datetime | None
    parts: tuple[Part, ...]
    refusal: DomainError | None


async def quote(
    app: App, conn: Conn, booking: Booking, by: Party, *, outside_at: datetime | None = None
) -> Quote:
    """What calling it off would do at this moment; `call_off` does just that. What was called off
    in the host's own calendar, at `outside_at`, is refused nothing: there it is off already."""
    now = outside_at or app.clock.now()
    paid = await payment_store.succeeded_of_booking(conn, booking.id)
    refusal = _refusal(booking, by, paid, now, outside=outside_at is not None)
    if booking.status is Status.AWAITING_PAYMENT and refusal is None:
        refusal = (
            PaymentProcessing() if await payment_store.is_processing(conn, booking.id) else None
        )
    in_time = _credits_come_back(app, booking, by, now)
    percent = 100 if by is not Party.CLIENT else booking.policy.percent_back(booking.starts_at, now)
    parts = () if refusal else await shares(conn, paid, percent)
    currency = booking.price.currency
    return Quote(
        booking=booking,
        by=by,
        refund=Money(sum(part.share.back.amount_minor for part in parts), currency),
        kept=Money(sum(part.share.kept.amount_minor for part in parts), currency),
        percent=percent if parts else None,
        credits_returned=(booking.credits or 0) if in_time and not refusal else 0,
        holds_until=booking.policy.holds_until(booking.starts_at, now)
        if by is Party.CLIENT
        else booking.starts_at,
        parts=parts,
        refusal=refusal,
    )


def _refusal(
    booking: Booking, by: Party, paid: Sequence[Payment], now: datetime, *, outside: bool
) -> DomainError | None:
    """Why it can't be called off; None when it can."""
    if booking.status in OVER:
        return NotCancellable("This booking does not take place any more.")
    if booking.status is Status.AWAITING_PAYMENT:
        return None if by is Party.CLIENT else NotCancellable("Nobody has paid for it yet.")
    if by is Party.OPERATOR:
        return None
    if booking.starts_at is not None and booking.starts_at <= now and not outside:
        return NotCancellable("This session has begun already.")
    return None if by is Party.HOST else _refusal_of_client(booking, paid, now, outside=outside)


def host_may(booking: Booking, now: datetime) -> bool:
    """Whether its host can call it off."""
    return _refusal(booking, Party.HOST, (), now, outside=False) is None


def _refusal_of_client(
    booking: Booking, paid: Sequence[Payment], now: datetime, *, outside: bool
) -> DomainError | None:
    if outside:
        return None
    if any(payment.is_disputed for payment in paid):
        return PaymentDisputed()
    if any(payment.outcome is Outcome.WAITING for payment in paid):
        return PaymentUnderReview()
    if booking.policy.may_cancel(booking.starts_at, now):
        return None
    assert booking.starts_at is not None
    last = booking.starts_at - booking.policy.cancel_until
    return TooLate("It is too late to call this session off.", last)


def _credits_come_back(app: App, booking: Booking, by: Party, now: datetime) -> bool:
    if booking.credits is None:
        return False
    early = booking.starts_at is None or booking.starts_at - now >= app.settings.credit_return
    return early or by is not Party.CLIENT


async def shares(conn: Conn, paid: Sequence[Payment], percent: int) -> tuple[Part, ...]:
    """What comes back of each payment so that `percent` of it has come back in all; nothing of what
    is with a bank. What went back whole is left out."""
    parts = []
    for payment in paid:
        gone = payment.amount_lost_minor + await refund_store.live(conn, payment.id)
        if gone < payment.amount.amount_minor:
            given = 0 if payment.is_disputed else percent  # the bank decides about its money
            parts.append(Part(payment, share(payment.amount, gone_back_minor=gone, percent=given)))
    return tuple(parts)


async def lock(conn: Conn, booking_id: UUID) -> Booking:
    """The booking with all its payments, locked in the order that everybody keeps."""
    booking = await bookings.lock(conn, booking_id)
    for payment in await payment_store.succeeded_of_booking(conn, booking_id):
        await payment_store.lock_by_intent(conn, payment.payment_intent_id)
    return booking


async def call_off(
    app: App, conn: Conn, quoted: Quote, *, reason: str, by_user: UUID | None = None
) -> None:
    """The session does not take place: undo calendar, room, reminders, access and payout, and ask
    back what was quoted, all in the caller's transaction, which has locked the booking by `lock`
    before it was quoted."""
    booking = quoted.booking
    if booking.credits is not None:
        await session_credits.call_off(
            app, conn, booking, reason=reason, returned=quoted.credits_returned > 0
        )
        await booking_store.called_off(conn, booking.id, quoted.by)
        return
    if await bookings.advance(app, conn, booking.id, Event.CALLED_OFF, reason=reason) is None:
        return
    await booking_store.called_off(conn, booking.id, quoted.by)
    await user_sessions.end(conn, booking.id, now=app.clock.now())
    await give_back(
        app,
        conn,
        quoted.parts,
        cause=CALLED_OFF,
        by=quoted.by,
        reason=reason,
        by_user=by_user,
    )
    await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_CANCELLED)
    if booking.status is Status.ACCEPTED:
        await notifications.announce(app, conn, booking.id, NotificationKind.HOST_CANCELLED)
    log.info(
        "session called off",
        extra={"booking_id": booking.id, "by": quoted.by, "refund": str(quoted.refund)},
    )


async def give_back(
    app: App,
    conn: Conn,
    parts: Sequence[Part],
    *,
    cause: str,
    by: Party,
    reason: str,
    by_user: UUID | None,
) -> None:
    """Ask these parts back, and say how each payment ends by that."""
    for part in parts:
        payment = part.payment
        if why := _decided_by_others(payment, by):
            await escalation.wait_for_human(app, conn, payment, reason=why)
            await payouts.review(app, conn, payment.id)
            continue
        await refunds.request(
            app,
            conn,
            payment,
            amount_minor=part.share.back.amount_minor,
            reason=reason,
            cause=cause,
            by=RefundBy(by),
            by_user=by_user,
        )
        if part.share.kept.amount_minor:
            await payment_outcomes.kept(
                conn,
                payment.id,
                reason=f"{reason} {_terms(part.share)}",
                now=app.clock.now(),
            )
        else:
            await payment_outcomes.returning(conn, payment.id)
        await payouts.review(app, conn, payment.id)


def _decided_by_others(payment: Payment, by: Party) -> str | None:
    """Why nothing is asked back by itself: its money is with a bank, and may never come back to be
    returned; or a person looks after it, who is not the one that calls off."""
    if payment.is_disputed:
        return WHILE_DISPUTED
    waits = payment.outcome is Outcome.WAITING and by is Party.CLIENT
    return WHILE_WAITING if waits else None


def _terms(of: Share) -> str:
    if of.back.amount_minor:
        return f"By the terms {of.back} goes back and {of.kept} is kept."
    return "By the terms nothing goes back."
