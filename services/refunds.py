"""Refunds: asked for in the change that needs them, sent by a job, followed to their end."""

import logging
from uuid import UUID

from services import bookings, entitlements, escalation, jobs, notifications, returns, story
from services.app import App
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.jobs import Job
from services.domain.models import (
    Booking,
    NotificationKind,
    Outcome,
    Payment,
    Refund,
    RefundStatus,
)
from services.domain.plans import Subscription
from services.domain.story import StepKind
from services.providers.ports import RefundRefused, RefundState
from services.store import bookings as booking_store
from services.store import entitlements as entitlement_store
from services.store import payments as payment_store
from services.store import refunds as store

log = logging.getLogger(__name__)

NOT_SENT = "The money could not be sent back by itself; a person is looking after it."

UNSETTLED = frozenset({RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION})
FAILED = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})
GONE_BACK = frozenset({RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED})

RANK = {
    RefundStatus.REQUESTED: 0,
    RefundStatus.PENDING: 1,
    RefundStatus.REQUIRES_ACTION: 2,
    RefundStatus.SUCCEEDED: 3,
    RefundStatus.FAILED: 4,
    RefundStatus.CANCELED: 4,
}
"""A refund moves up only; success may still turn into failure weeks later."""


async def request(app: App, conn: Conn, payment: Payment, *, reason: str) -> None:
    """Ask for what is left of a payment, once, in the caller's transaction."""
    asked = await store.request(conn, payment, reason=reason, now=app.clock.now())
    if asked and payment.booking_id is not None:
        await story.step(app, conn, payment.booking_id, StepKind.REFUND_REQUESTED, detail=reason)
    await jobs.enqueue(conn, Job.REFUND, payment.booking_id or payment.id, cause=str(payment.id))


async def reject(app: App, conn: Conn, booking_id: UUID, event: Event, *, reason: str) -> None:
    """A paid booking can't be had: REJECTED, the money goes back, the client is told at once."""
    if await bookings.advance(app, conn, booking_id, event, reason=reason):
        await notifications.announce(app, conn, booking_id, NotificationKind.BOOKING_REJECTED)


async def send(app: App, subject_id: UUID) -> None:
    """Job: send every refund of a booking, or of one payment of a plan, that was asked for, and
    follow those under way."""
    for refund in await _due(app, subject_id):
        if refund.stripe_refund_id is None:
            await _send(app, refund)
        else:
            await follow(app, refund.payment_intent_id)


async def _due(app: App, subject_id: UUID) -> list[Refund]:
    async with app.db.transaction() as conn:
        if await booking_store.get(conn, subject_id) is not None:
            await _return_rejected(app, conn, await bookings.lock(conn, subject_id))
        return await store.unsettled_of(conn, subject_id)


async def _return_rejected(app: App, conn: Conn, booking: Booking) -> None:
    """What was paid for a rejected booking goes back."""
    if booking.status is not Status.REJECTED:
        return
    for payment in await payment_store.succeeded_of_booking(conn, booking.id):
        if payment.outcome is None:
            reason = booking.status_reason or "The session could not be booked."
            if await store.request(conn, payment, reason=reason, now=app.clock.now()):
                await story.step(app, conn, booking.id, StepKind.REFUND_REQUESTED)


async def _send(app: App, refund: Refund) -> None:
    try:
        await app.refunds.create(
            key=str(refund.id),
            payment_id=refund.payment_intent_id,
            amount=refund.amount,
        )
    except RefundRefused as refusal:
        await _refused(app, refund, str(refusal))
    else:
        await follow(app, refund.payment_intent_id)


async def follow(app: App, payment_intent_id: str) -> None:
    """Read a payment's refunds at Stripe and write what they came to."""
    states = await app.refunds.of_payment(payment_intent_id)
    async with app.db.transaction() as conn:
        await apply(app, conn, payment_intent_id, states)


async def apply(app: App, conn: Conn, payment_intent_id: str, states: list[RefundState]) -> bool:
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
    whole = payment.amount.amount_minor
    back = sum(row.amount.amount_minor for row in rows if row.status in GONE_BACK)
    settled = sum(row.amount.amount_minor for row in rows if row.status is RefundStatus.SUCCEEDED)
    failed = [row for row in rows if row.status in FAILED]
    was_back = payment.amount_refunded_minor >= whole
    if settled >= whole:
        await _returned(app, conn, payment, rows)
    else:
        await payment_store.set_amount_refunded(conn, payment.id, back)
        ended = payment.outcome is Outcome.FULFILLED and not was_back
        if failed and back < whole and payment.outcome is not Outcome.WAITING and not ended:
            await _failed(app, conn, payment, failed[0])
    if isinstance(paid_for, Booking):
        if back >= whole:
            await returns.of_booking(app, conn, paid_for, payment)
    elif (back >= whole) is not was_back:
        # A refund that a bank did not take gives back what it took away.
        await (
            returns.of_subscription(app, conn, paid_for, payment)
            if back >= whole
            else entitlements.changed(app, conn, paid_for)
        )
    if payment.user_id is not None:
        await entitlement_store.refresh_paid(conn, payment.user_id, now=app.clock.now())


async def _failed(app: App, conn: Conn, payment: Payment, refund: Refund) -> None:
    if payment.booking_id is not None:
        await story.step(app, conn, payment.booking_id, StepKind.REFUND_FAILED)
    await escalation.wait_for_human(
        app,
        conn,
        payment,
        reason="The bank could not take the money back; a person is looking after it.",
        detail=f"Stripe could not return the money: {refund.failure_reason}.",
    )


async def _returned(app: App, conn: Conn, payment: Payment, rows: list[Refund]) -> None:
    await payment_store.refunded(
        conn,
        payment.id,
        amount_minor=payment.amount.amount_minor,
        reason=rows[0].reason,
        now=app.clock.now(),
    )
    if payment.outcome is not Outcome.REFUNDED:
        if payment.booking_id is not None:
            await story.step(app, conn, payment.booking_id, StepKind.REFUND_SUCCEEDED)
        log.info("payment refunded", extra={"payment_id": payment.id})


async def _refused(app: App, refund: Refund, why: str) -> None:
    """Stripe never will: perhaps since the money went back another way; if not, a human."""
    states = await app.refunds.of_payment(refund.payment_intent_id)
    async with app.db.transaction() as conn:
        known = await payment_store.by_intent(conn, refund.payment_intent_id)
        assert known is not None
        await _lock(conn, known)
        await store.give_up(conn, refund.id, failure_reason=why, now=app.clock.now())
        await apply(app, conn, refund.payment_intent_id, states)
        payment = await payment_store.by_intent(conn, refund.payment_intent_id)
        assert payment is not None
        if payment.outcome is Outcome.WAITING:
            return
        if payment.amount_refunded_minor < payment.amount.amount_minor:
            await escalation.wait_for_human(app, conn, payment, reason=NOT_SENT, detail=why)


async def give_up(app: App, subject_id: UUID, why: str) -> None:
    """The job's retries are used up: every refund it could not send waits for a human."""
    async with app.db.transaction() as conn:
        for refund in await store.unsettled_of(conn, subject_id):
            payment = await payment_store.by_intent(conn, refund.payment_intent_id)
            assert payment is not None
            await _lock(conn, payment)
            if payment.outcome is None and refund.stripe_refund_id is None:
                await escalation.wait_for_human(app, conn, payment, reason=NOT_SENT, detail=why)
