"""What Stripe tells of a payment's refunds, ours and the dashboard's, and what it means."""

import logging
from collections.abc import Sequence

from services import (
    bookings,
    entitlements,
    notifications,
    payouts,
    refund_failures,
    returns,
    story,
)
from services.app import App
from services.db import Conn
from services.domain.booking import Event
from services.domain.models import (
    Booking,
    NotificationKind,
)
from services.domain.payments import (
    Outcome,
    Payment,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from services.domain.plans import Subscription
from services.domain.story import StepKind
from services.providers.ports import RefundState
from services.refund_failures import GONE_BACK, UNSETTLED, total
from services.store import entitlements as entitlement_store
from services.store import payment_outcomes
from services.store import payments as payment_store
from services.store import refunds as store

log = logging.getLogger(__name__)

RANK = {
    RefundStatus.REQUESTED: 0,
    RefundStatus.PENDING: 1,
    RefundStatus.REQUIRES_ACTION: 2,
    RefundStatus.SUCCEEDED: 3,
    RefundStatus.FAILED: 4,
    RefundStatus.CANCELED: 4,
}
"""A refund moves up only; success may still turn into failure weeks later."""


def gone_back(states: Sequence[RefundState]) -> int:
    """What Stripe returned of a payment or is returning, in minor units."""
    return sum(
        state.amount.amount_minor for state in states if RefundStatus(state.status) in GONE_BACK
    )


async def apply(
    app: App, conn: Conn, payment_intent_id: str, states: Sequence[RefundState]
) -> bool:
    """Write what Stripe tells of a payment's refunds, ours and the dashboard's.

    What was read may be older than what is written already, so a refund only ever moves on:
    to its end, and from success to failure, which banks do. False when the payment isn't ours,
    or not known yet.
    """
    known = await payment_store.by_intent(conn, payment_intent_id)
    if known is None:
        return False
    paid_for = await _lock(conn, known)
    payment = await payment_store.lock_by_intent(conn, payment_intent_id)
    assert payment is not None
    rows = await store.of_payment(conn, payment.id)
    for state in states:
        await _write(app, conn, payment, _row_of(rows, state), state)
    await _conclude(app, conn, paid_for, payment)
    return True


async def lock(conn: Conn, payment_intent_id: str) -> Payment | None:
    """The payment, locked after what was paid for; None when it isn't known."""
    known = await payment_store.by_intent(conn, payment_intent_id)
    if known is None:
        return None
    await _lock(conn, known)
    return await payment_store.lock_by_intent(conn, payment_intent_id)


async def _lock(conn: Conn, payment: Payment) -> Booking | Subscription:
    """What was paid for, locked after whose it is."""
    if payment.booking_id is not None:
        return await bookings.lock(conn, payment.booking_id)
    assert payment.subscription_id is not None, "a payment is for a booking or a subscription"
    return await entitlements.lock(conn, payment.subscription_id)


def _row_of(rows: list[Refund], state: RefundState) -> Refund | None:
    for row in rows:
        if row.stripe_refund_id == state.id or (
            row.stripe_refund_id is None and str(row.id) == state.key
        ):
            return row
    return None


async def _write(
    app: App, conn: Conn, payment: Payment, row: Refund | None, state: RefundState
) -> None:
    now = app.clock.now()
    status = RefundStatus(state.status)
    if row is None:
        await store.adopt(
            conn,
            payment_id=payment.id,
            stripe_refund_id=state.id,
            amount_minor=state.amount.amount_minor,
            status=status,
            failure_reason=state.failure_reason,
            now=now,
        )
    elif row.stripe_refund_id is None or RANK[status] > RANK[row.status]:
        await store.set_state(
            conn,
            row.id,
            stripe_refund_id=state.id,
            status=status,
            failure_reason=state.failure_reason,
            now=now,
        )
    elif status is row.status and status in UNSETTLED:
        await store.looked_at(conn, row.id, now=now)


async def _conclude(
    app: App, conn: Conn, paid_for: Booking | Subscription, payment: Payment
) -> None:
    """What all refunds of the payment together mean for it and for what it paid for."""
    rows = await store.of_payment(conn, payment.id)
    back = total(row for row in rows if row.status in GONE_BACK)
    settled = total(row for row in rows if row.status is RefundStatus.SUCCEEDED)
    lost = min(payment.amount_lost_minor, payment.amount.amount_minor - settled)
    await payment_outcomes.set_amount_lost(conn, payment.id, lost)
    whole = payment.amount.amount_minor - lost
    was_back = payment.amount_refunded_minor >= whole
    if settled >= whole:
        await _returned(app, conn, payment, rows, settled=settled, lost=lost)
    else:
        await payment_outcomes.set_amount_refunded(conn, payment.id, back)
        await refund_failures.look_at(app, conn, paid_for, payment, rows, was_back=was_back)
    if isinstance(paid_for, Booking):
        if back >= whole:
            await returns.of_booking(app, conn, paid_for, payment, Event.REFUNDED_OUTSIDE)
        elif back > payment.amount_refunded_minor:
            await _part_returned(app, conn, paid_for, rows)
    elif (back >= whole) is not was_back:
        # A refund that a bank did not take gives back what it took away.
        await (
            returns.of_subscription(app, conn, paid_for, payment)
            if back >= whole
            else entitlements.changed(app, conn, paid_for)
        )
    await payouts.review(app, conn, payment.id)
    if payment.user_id is not None:
        await entitlement_store.refresh_paid(conn, payment.user_id, now=app.clock.now())


async def _part_returned(app: App, conn: Conn, booking: Booking, rows: list[Refund]) -> None:
    """The client is told of a part that somebody returned by hand."""
    if rows[-1].origin is RefundOrigin.DASHBOARD:
        await notifications.announce(
            app, conn, booking.id, NotificationKind.PART_RETURNED, round_=len(rows) - 1
        )


async def _returned(
    app: App, conn: Conn, payment: Payment, rows: list[Refund], *, settled: int, lost: int
) -> None:
    await payment_outcomes.refunded(
        conn,
        payment.id,
        amount_minor=settled,
        reason=rows[0].reason if not lost else None,
        now=app.clock.now(),
    )
    if payment.outcome is not Outcome.REFUNDED:
        if payment.booking_id is not None:
            await story.step(app, conn, payment.booking_id, StepKind.REFUND_SUCCEEDED)
        log.info("payment refunded", extra={"payment_id": payment.id})
