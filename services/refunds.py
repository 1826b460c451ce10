"""Refunds: asked for in the change that needs them, sent by a job, followed to their end."""

import logging
from uuid import UUID

from services import bookings, jobs, notifications
from services.app import App
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.jobs import Job
from services.domain.models import (
    NotificationKind,
    Outcome,
    Payment,
    Refund,
    RefundStatus,
)
from services.providers.ports import RefundRefused, RefundState
from services.store import bookings as booking_store
from services.store import error_logs
from services.store import payments as payment_store
from services.store import refunds as store
from services.store import users as user_store

log = logging.getLogger(__name__)

REFUND_KEY = "sessionpay_refund_id"
"""Metadata of a Stripe refund that names our row."""

GONE_BACK = ("PENDING", "REQUIRES_ACTION", "SUCCEEDED")


async def request(app: App, conn: Conn, payment: Payment, *, reason: str) -> None:
    """Ask for what is left of a payment, once, in the caller's transaction."""
    assert payment.booking_id is not None
    await store.request(conn, payment, reason=reason, now=app.clock.now())
    await jobs.enqueue(conn, Job.REFUND, payment.booking_id, cause=str(payment.id))


async def wait_for_human(app: App, conn: Conn, payment: Payment, *, reason: str) -> None:
    """The payment ends with a named human; the reason is for them and for the client."""
    await payment_store.wait_for_human(
        conn,
        payment.id,
        reason=reason,
        owner=app.settings.operator_email,
        now=app.clock.now(),
    )
    await error_logs.add(
        conn,
        source="payments",
        message=reason,
        final=True,
        booking_id=payment.booking_id,
        payment_id=payment.id,
    )
    log.warning("payment waits for a human", extra={"payment_id": payment.id, "reason": reason})


async def refund_booking(app: App, booking_id: UUID) -> None:
    """Job: send every refund of the booking that was asked for, follow those under way."""
    for refund in await _due(app, booking_id):
        try:
            await app.refunds.create(
                key=str(refund.id),
                payment_id=refund.payment_intent_id,
                amount=refund.amount,
                metadata={REFUND_KEY: str(refund.id)},
            )
        except RefundRefused as refusal:
            await _refused(app, refund, str(refusal))
        else:
            await follow(app, refund.payment_intent_id)


async def _due(app: App, booking_id: UUID) -> list[Refund]:
    async with app.db.transaction() as conn:
        booking = await booking_store.lock(conn, booking_id)
        if booking is not None and booking.status is Status.REJECTED:
            for payment in await payment_store.succeeded_of_booking(conn, booking_id):
                if payment.outcome is None:
                    reason = booking.status_reason or "The session could not be booked."
                    await store.request(conn, payment, reason=reason, now=app.clock.now())
        return await store.unsettled_of_booking(conn, booking_id)


async def follow(app: App, payment_intent_id: str) -> None:
    """Read a payment's refunds at Stripe and write what they came to."""
    states = await app.refunds.of_payment(payment_intent_id)
    async with app.db.transaction() as conn:
        await apply(app, conn, payment_intent_id, states)


async def apply(app: App, conn: Conn, payment_intent_id: str, states: list[RefundState]) -> bool:
    """Write what Stripe tells of a payment's refunds, ours and the dashboard's.

    False when the payment isn't ours, or not known yet.
    """
    known = await payment_store.by_intent(conn, payment_intent_id)
    if known is None or known.booking_id is None:
        return False
    await booking_store.lock(conn, known.booking_id)
    payment = await payment_store.lock_by_intent(conn, payment_intent_id)
    assert payment is not None
    ours = {str(refund.id): refund for refund in await store.of_payment(conn, payment.id)}
    for state in states:
        await _write(app, conn, payment, ours.get(state.metadata.get(REFUND_KEY, "")), state)
    await _conclude(app, conn, payment, states)
    return True


async def _write(
    app: App, conn: Conn, payment: Payment, refund: Refund | None, state: RefundState
) -> None:
    now = app.clock.now()
    status = RefundStatus(state.status)
    if refund is None:
        await store.adopt(
            conn,
            payment_id=payment.id,
            stripe_refund_id=state.id,
            amount_minor=state.amount.amount_minor,
            status=status,
            failure_reason=state.failure_reason,
            now=now,
        )
    else:
        await store.set_state(
            conn,
            refund.id,
            stripe_refund_id=state.id,
            status=status,
            failure_reason=state.failure_reason,
            now=now,
        )


async def _conclude(app: App, conn: Conn, payment: Payment, states: list[RefundState]) -> None:
    """What all refunds of the payment together mean for it and for its booking."""
    back = sum(state.amount.amount_minor for state in states if state.status in GONE_BACK)
    settled = sum(state.amount.amount_minor for state in states if state.status == "SUCCEEDED")
    failed = [state for state in states if state.status in ("FAILED", "CANCELED")]
    if settled == payment.amount.amount_minor:
        await _returned(app, conn, payment)
    elif failed and back < payment.amount.amount_minor:
        await payment_store.set_amount_refunded(conn, payment.id, back)
        if payment.outcome is not Outcome.FULFILLED:
            why = failed[0].failure_reason or "no reason given"
            await wait_for_human(
                app, conn, payment, reason=f"Stripe could not return the money: {why}."
            )
    else:
        await payment_store.set_amount_refunded(conn, payment.id, back)
    if back == payment.amount.amount_minor:
        await _tell_and_release(app, conn, payment)
    if payment.user_id is not None:
        await user_store.refresh_paid(conn, payment.user_id)


async def _returned(app: App, conn: Conn, payment: Payment) -> None:
    asked = await store.of_payment(conn, payment.id)
    await payment_store.refunded(
        conn,
        payment.id,
        amount_minor=payment.amount.amount_minor,
        reason=asked[0].reason if asked else None,
        now=app.clock.now(),
    )
    if payment.outcome is not Outcome.REFUNDED:
        log.info("payment refunded", extra={"payment_id": payment.id})


async def _tell_and_release(app: App, conn: Conn, payment: Payment) -> None:
    """All the money is on its way back: the client is told, a live booking is given up."""
    assert payment.booking_id is not None
    booking = await booking_store.get(conn, payment.booking_id)
    assert booking is not None
    others = [
        other
        for other in await payment_store.succeeded_of_booking(conn, booking.id)
        if other.id != payment.id and other.outcome is not Outcome.REFUNDED
    ]
    if others:  # a second payment of the same session went back; the first still stands
        await notifications.announce(app, conn, booking.id, NotificationKind.PAYMENT_RETURNED)
        return
    if booking.status in (Status.PENDING, Status.ACCEPTED):
        await bookings.advance(
            app,
            conn,
            booking.id,
            Event.REFUNDED_OUTSIDE,
            reason="The payment was returned by the seller.",
        )
        await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_CANCELLED)
        if booking.status is Status.ACCEPTED:
            await notifications.announce(app, conn, booking.id, NotificationKind.HOST_CANCELLED)
    elif booking.status is Status.REJECTED:
        await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_REJECTED)


async def _refused(app: App, refund: Refund, why: str) -> None:
    """Stripe never will: perhaps since the money went back another way; if not, a human."""
    states = await app.refunds.of_payment(refund.payment_intent_id)
    back = sum(state.amount.amount_minor for state in states if state.status in GONE_BACK)
    async with app.db.transaction() as conn:
        payment = await payment_store.lock_by_intent(conn, refund.payment_intent_id)
        assert payment is not None
        await store.give_up(conn, refund.id, failure_reason=why, now=app.clock.now())
        if back < payment.amount.amount_minor:
            await wait_for_human(
                app, conn, payment, reason=f"Stripe refuses to return the money: {why}"
            )
        else:
            await apply(app, conn, refund.payment_intent_id, states)


async def give_up(app: App, booking_id: UUID, why: str) -> None:
    """The job's retries are used up: every refund it could not send waits for a human."""
    async with app.db.transaction() as conn:
        for refund in await store.unsettled_of_booking(conn, booking_id):
            payment = await payment_store.lock_by_intent(conn, refund.payment_intent_id)
            assert payment is not None
            await wait_for_human(app, conn, payment, reason=f"The refund could not be sent: {why}")
