"""Refunds: asked for in the change that needs them, sent by a job, followed to their end."""

import logging
from uuid import UUID

from services import bookings, jobs, notifications, story
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
from services.domain.story import StepKind
from services.providers.ports import RefundRefused, RefundState
from services.store import payments as payment_store
from services.store import refunds as store
from services.store import user_sessions
from services.store import users as user_store
from services.story import Failure

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
    assert payment.booking_id is not None
    if await store.request(conn, payment, reason=reason, now=app.clock.now()):
        await story.step(app, conn, payment.booking_id, StepKind.REFUND_REQUESTED, detail=reason)
    await jobs.enqueue(conn, Job.REFUND, payment.booking_id, cause=str(payment.id))


async def reject(app: App, conn: Conn, booking_id: UUID, event: Event, *, reason: str) -> None:
    """A paid booking can't be had: REJECTED, the money goes back, the client is told at once."""
    if await bookings.advance(app, conn, booking_id, event, reason=reason):
        await notifications.announce(app, conn, booking_id, NotificationKind.BOOKING_REJECTED)


async def under_way(conn: Conn, payment_id: UUID) -> bool:
    """Whether money of this payment is on its way back."""
    return any(refund.status in UNSETTLED for refund in await store.of_payment(conn, payment_id))


async def wait_for_human(
    app: App, conn: Conn, payment: Payment, *, reason: str, detail: str | None = None
) -> None:
    """The payment ends with a named human; `reason` is fit for the client, `detail` is not."""
    await payment_store.wait_for_human(
        conn,
        payment.id,
        reason=reason,
        owner=app.settings.operator_email,
        now=app.clock.now(),
    )
    if payment.booking_id is not None:
        await story.trouble(
            app,
            conn,
            payment.booking_id,
            StepKind.WAITING_FOR_HUMAN,
            Failure(detail or reason, vendor=None),
            source="payments",
            detail=reason,
            payment_id=payment.id,
        )
        for kind in (NotificationKind.PAYMENT_WAITING, NotificationKind.OPERATOR_ASKED):
            await notifications.announce(app, conn, payment.booking_id, kind)
    log.warning("payment waits for a human", extra={"payment_id": payment.id, "reason": reason})


async def leave_to_human(app: App, conn: Conn, booking_id: UUID, *, reason: str) -> None:
    """Whatever was paid for the booking and is not on its way back waits for a human."""
    for payment in await payment_store.succeeded_of_booking(conn, booking_id):
        settled = payment.outcome in (Outcome.WAITING, Outcome.REFUNDED)
        if not settled and not await under_way(conn, payment.id):
            await wait_for_human(app, conn, payment, reason=reason)


async def refund_booking(app: App, booking_id: UUID) -> None:
    """Job: send every refund of the booking that was asked for, follow those under way."""
    for refund in await _due(app, booking_id):
        if refund.stripe_refund_id is None:
            await _send(app, booking_id, refund)
        else:
            await follow(app, refund.payment_intent_id)


async def _due(app: App, booking_id: UUID) -> list[Refund]:
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is Status.REJECTED:
            for payment in await payment_store.succeeded_of_booking(conn, booking_id):
                if payment.outcome is None:
                    reason = booking.status_reason or "The session could not be booked."
                    if await store.request(conn, payment, reason=reason, now=app.clock.now()):
                        await story.step(app, conn, booking_id, StepKind.REFUND_REQUESTED)
        return await store.unsettled_of_booking(conn, booking_id)


async def _send(app: App, booking_id: UUID, refund: Refund) -> None:
    try:
        await app.refunds.create(
            key=str(refund.id),
            payment_id=refund.payment_intent_id,
            amount=refund.amount,
        )
    except RefundRefused as refusal:
        await _refused(app, booking_id, refund, str(refusal))
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
    if known is None or known.booking_id is None:
        return False
    booking = await bookings.lock(conn, known.booking_id)
    payment = await payment_store.lock_by_intent(conn, payment_intent_id)
    assert payment is not None
    rows = await store.of_payment(conn, payment.id)
    for state in states:
        await _write(app, conn, payment, _row_of(rows, state), state)
    await _conclude(app, conn, booking, payment)
    return True


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


async def _conclude(app: App, conn: Conn, booking: Booking, payment: Payment) -> None:
    """What all refunds of the payment together mean for it and for its booking."""
    rows = await store.of_payment(conn, payment.id)
    whole = payment.amount.amount_minor
    back = sum(row.amount.amount_minor for row in rows if row.status in GONE_BACK)
    settled = sum(row.amount.amount_minor for row in rows if row.status is RefundStatus.SUCCEEDED)
    failed = [row for row in rows if row.status in FAILED]
    if settled >= whole:
        await _returned(app, conn, booking, payment, rows)
    else:
        await payment_store.set_amount_refunded(conn, payment.id, back)
        if failed and back < whole and payment.outcome in (None, Outcome.REFUNDED):
            await story.step(app, conn, booking.id, StepKind.REFUND_FAILED)
            await wait_for_human(
                app,
                conn,
                payment,
                reason="The bank could not take the money back; a person is looking after it.",
                detail=f"Stripe could not return the money: {failed[0].failure_reason}.",
            )
    if back >= whole:
        await _release(app, conn, booking, payment)
    if payment.user_id is not None:
        await user_store.refresh_paid(conn, payment.user_id)


async def _returned(
    app: App, conn: Conn, booking: Booking, payment: Payment, rows: list[Refund]
) -> None:
    await payment_store.refunded(
        conn,
        payment.id,
        amount_minor=payment.amount.amount_minor,
        reason=rows[0].reason,
        now=app.clock.now(),
    )
    if payment.outcome is not Outcome.REFUNDED:
        await story.step(app, conn, booking.id, StepKind.REFUND_SUCCEEDED)
        log.info("payment refunded", extra={"payment_id": payment.id})


async def _release(app: App, conn: Conn, booking: Booking, payment: Payment) -> None:
    """All the money is on its way back: a live booking is given up."""
    others = [
        other
        for other in await payment_store.succeeded_of_booking(conn, booking.id)
        if other.id != payment.id and other.outcome is not Outcome.REFUNDED
    ]
    if others:  # a second payment of the same session went back; the first still stands
        await notifications.announce(app, conn, booking.id, NotificationKind.PAYMENT_RETURNED)
    elif booking.status in (Status.PENDING, Status.ACCEPTED):
        await _give_up_booking(app, conn, booking)


async def _give_up_booking(app: App, conn: Conn, booking: Booking) -> None:
    await bookings.advance(
        app,
        conn,
        booking.id,
        Event.REFUNDED_OUTSIDE,
        reason="The payment was returned by the seller.",
    )
    await user_sessions.end(conn, booking.id, now=app.clock.now())
    await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_CANCELLED)
    if booking.status is Status.ACCEPTED:
        await notifications.announce(app, conn, booking.id, NotificationKind.HOST_CANCELLED)


async def _refused(app: App, booking_id: UUID, refund: Refund, why: str) -> None:
    """Stripe never will: perhaps since the money went back another way; if not, a human."""
    states = await app.refunds.of_payment(refund.payment_intent_id)
    async with app.db.transaction() as conn:
        await bookings.lock(conn, booking_id)
        await store.give_up(conn, refund.id, failure_reason=why, now=app.clock.now())
        await apply(app, conn, refund.payment_intent_id, states)
        payment = await payment_store.by_intent(conn, refund.payment_intent_id)
        assert payment is not None
        if payment.outcome is Outcome.WAITING:
            return
        if payment.amount_refunded_minor < payment.amount.amount_minor:
            await wait_for_human(app, conn, payment, reason=NOT_SENT, detail=why)


async def give_up(app: App, booking_id: UUID, why: str) -> None:
    """The job's retries are used up: every refund it could not send waits for a human."""
    async with app.db.transaction() as conn:
        await bookings.lock(conn, booking_id)
        for refund in await store.unsettled_of_booking(conn, booking_id):
            payment = await payment_store.by_intent(conn, refund.payment_intent_id)
            assert payment is not None
            if payment.outcome is None and refund.stripe_refund_id is None:
                await wait_for_human(app, conn, payment, reason=NOT_SENT, detail=why)
