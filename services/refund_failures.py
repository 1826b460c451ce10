"""Refunds that failed: what the client is still to have, and who sees to it."""

from collections.abc import Iterable

from services import escalation, story
from services.app import App
from services.db import Conn
from services.domain.models import (
    Booking,
)
from services.domain.payments import (
    Outcome,
    Payment,
    Refund,
    RefundBy,
    RefundOrigin,
    RefundStatus,
)
from services.domain.plans import Subscription
from services.domain.policy import CALLED_OFF
from services.domain.story import StepKind
from services.store import payment_outcomes
from services.store import refunds as store

NOT_SENT = "The money could not be sent back by itself; a person is looking after it."
NOT_TAKEN = "The bank could not take the money back; a person is looking after it."

UNSETTLED = frozenset({RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION})
FAILED = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})
GONE_BACK = frozenset({RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED})


async def look_at(
    app: App,
    conn: Conn,
    paid_for: Booking | Subscription,
    payment: Payment,
    rows: list[Refund],
    *,
    was_back: bool,
) -> None:
    """A refund that failed needs a human, unless somebody returned as much by hand since."""
    failed = _owed(paid_for, payment, rows, was_back=was_back)
    if not failed:
        if not any(row.status in FAILED for row in rows):  # one given up was made after all
            await _end_waiting(app, conn, payment, rows)
        return
    since = min(row.created_at for row in failed)
    by_hand = [row for row in rows if _by_hand(row) and row.created_at > since]
    missing = total(row for row in failed if row not in by_hand)  # another try is no other debt
    gone = total(row for row in rows if row.status in GONE_BACK)
    whole = payment.amount.amount_minor - payment.amount_lost_minor
    if payment.outcome is not Outcome.WAITING:
        if total(row for row in by_hand if row.status in GONE_BACK) < missing and gone < whole:
            await _failed(app, conn, payment, failed[0])
    elif total(row for row in by_hand if row.status is RefundStatus.SUCCEEDED) >= missing:
        await _end_waiting(app, conn, payment, rows)


async def _failed(app: App, conn: Conn, payment: Payment, refund: Refund) -> None:
    if payment.booking_id is not None:
        await story.step(app, conn, payment.booking_id, StepKind.REFUND_FAILED)
    await escalation.wait_for_human(
        app,
        conn,
        payment,
        reason=NOT_TAKEN,
        detail=f"Stripe could not return the money: {refund.failure_reason}.",
    )


def _waits(payment: Payment) -> bool:
    """Whether a person was asked because a refund did not work."""
    refund = payment.outcome_reason in (NOT_SENT, NOT_TAKEN)
    return payment.outcome is Outcome.WAITING and refund


async def _end_waiting(app: App, conn: Conn, payment: Payment, rows: list[Refund]) -> None:
    """What a person was asked for because a refund did not work is done."""
    if not _waits(payment) or not rows:
        return
    if not any(row.status in UNSETTLED for row in rows):
        await payment_outcomes.kept(conn, payment.id, reason=rows[0].reason, now=app.clock.now())


def _owed(
    paid_for: Booking | Subscription, payment: Payment, rows: list[Refund], *, was_back: bool
) -> list[Refund]:
    """Refunds that failed and whose money the client is still to have. A part that somebody gave of
    their own accord for something that goes on is not owed."""
    called_off = isinstance(paid_for, Booking) and paid_for.called_off_by is not None
    asked = [row.created_at for row in rows if row.cause == CALLED_OFF]
    all_of_them = was_back or payment.outcome is None or (_waits(payment) and not asked)
    return [
        row
        for row in rows
        if row.status in FAILED
        and (
            all_of_them
            or row.origin is RefundOrigin.SESSIONPAY
            # What had failed by then was counted when the rest was asked back.
            or (called_off and all(row.updated_at > at for at in asked))
        )
    ]


async def is_covered(conn: Conn, refund: Refund) -> bool:
    """Whether somebody has returned, or asked back, as much by hand since the refund was asked
    for."""
    rows = await store.of_payment(conn, refund.payment_id)
    return refund.amount.amount_minor <= total(
        row
        for row in rows
        if row.id != refund.id
        and _by_hand(row)
        and row.status not in FAILED
        and row.created_at > refund.created_at
    )


def _by_hand(row: Refund) -> bool:
    return row.origin is RefundOrigin.DASHBOARD or row.requested_by is RefundBy.OPERATOR


def total(rows: Iterable[Refund]) -> int:
    return sum(row.amount.amount_minor for row in rows)
