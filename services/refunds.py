"""Refunds: asked for in the change that needs them, sent by a job, followed to their end."""

from collections.abc import Sequence
from uuid import UUID

from services import (
    bookings,
    escalation,
    jobs,
    notifications,
    refund_failures,
    refund_states,
    story,
)
from services.app import App
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.jobs import Job
from services.domain.models import (
    Booking,
    NotificationKind,
)
from services.domain.payments import (
    Outcome,
    Payment,
    Refund,
    RefundBy,
)
from services.domain.policy import WHOLE
from services.domain.story import StepKind
from services.providers.ports import RefundRefused
from services.store import bookings as booking_store
from services.store import payment_outcomes
from services.store import payments as payment_store
from services.store import refunds as store


async def request(
    app: App,
    conn: Conn,
    payment: Payment,
    *,
    reason: str,
    amount_minor: int | None = None,
    cause: str = WHOLE,
    by: RefundBy = RefundBy.SYSTEM,
    by_user: UUID | None = None,
) -> bool:
    """Ask for so much of a payment back, or with None for what is left, once a cause, in the
    caller's transaction, which has locked the payment. False when nothing was asked anew."""
    asked = await store.request(
        conn,
        payment,
        amount_minor=amount_minor,
        reason=reason,
        cause=cause,
        by=by,
        by_user=by_user,
        now=app.clock.now(),
    )
    if asked and payment.booking_id is not None:
        await story.step(app, conn, payment.booking_id, StepKind.REFUND_REQUESTED, detail=reason)
    subject = payment.booking_id or payment.id
    await jobs.enqueue(conn, Job.REFUND, subject, cause=str(asked or payment.id))
    return asked is not None


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
        if payment.outcome not in (Outcome.WAITING, Outcome.REFUNDED):
            reason = booking.status_reason or "The session could not be booked."
            await payment_store.lock_by_intent(conn, payment.payment_intent_id)
            asked = await store.request(
                conn,
                payment,
                amount_minor=None,
                reason=reason,
                cause=WHOLE,
                by=RefundBy.SYSTEM,
                by_user=None,
                now=app.clock.now(),
            )
            if asked:
                await payment_outcomes.returning(conn, payment.id)
                await story.step(app, conn, booking.id, StepKind.REFUND_REQUESTED)


async def _send(app: App, refund: Refund) -> None:
    if await _is_made_good(app, refund):
        return
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


async def _is_made_good(app: App, refund: Refund) -> bool:
    """Whether the person who was asked, because it could not be sent, has returned as much by hand:
    then it is not sent as well."""
    async with app.db.connection() as conn:
        payment = await payment_store.get(conn, refund.payment_id)
    if payment is None or payment.outcome is not Outcome.WAITING:
        return False
    states = await app.refunds.of_payment(refund.payment_intent_id)
    async with app.db.transaction() as conn:
        await refund_states.apply(app, conn, refund.payment_intent_id, states)
        if not await refund_failures.is_covered(conn, refund):
            return False
        await store.give_up(
            conn, refund.id, failure_reason="Returned by hand.", now=app.clock.now()
        )
        await refund_states.apply(app, conn, refund.payment_intent_id, states)
        return True


async def follow(app: App, payment_intent_id: str) -> None:
    """Read a payment's refunds at Stripe and write what they came to."""
    states = await app.refunds.of_payment(payment_intent_id)
    async with app.db.transaction() as conn:
        await refund_states.apply(app, conn, payment_intent_id, states)


async def _refused(app: App, refund: Refund, why: str) -> None:
    """Stripe never will: perhaps since the money went back another way, or a part of it, so that
    less is left; if not, a human."""
    states = await app.refunds.of_payment(refund.payment_intent_id)
    async with app.db.transaction() as conn:
        payment = await refund_states.lock(conn, refund.payment_intent_id)
        assert payment is not None
        gone = refund_states.gone_back(states) + payment.amount_lost_minor
        left = payment.amount.amount_minor - gone
        if 0 < left < refund.amount.amount_minor:
            await refund_states.apply(app, conn, refund.payment_intent_id, states)
            await store.lessen(conn, refund.id, left, now=app.clock.now())
            subject = payment.booking_id or payment.id
            await jobs.enqueue(conn, Job.REFUND, subject, cause=f"lessened {refund.id}")
            return
        given_up = await store.give_up(conn, refund.id, failure_reason=why, now=app.clock.now())
        await refund_states.apply(app, conn, refund.payment_intent_id, states)
        after = await payment_store.get(conn, payment.id)
        assert after is not None
        if given_up and after.outcome is not Outcome.WAITING and left > 0:
            await escalation.wait_for_human(
                app, conn, after, reason=refund_failures.NOT_SENT, detail=why
            )


async def give_up(app: App, subject_id: UUID, why: str) -> None:
    """The job's retries are used up: every refund it could not send waits for a human, and is sent
    as soon as it can be, unless they were quicker."""
    async with app.db.transaction() as conn:
        for refund in await store.unsettled_of(conn, subject_id):
            payment = await refund_states.lock(conn, refund.payment_intent_id)
            assert payment is not None
            unsent = await store.is_unsent(conn, refund.id)  # nobody has heard of it meanwhile
            if unsent and payment.outcome is not Outcome.WAITING:
                await escalation.wait_for_human(
                    app, conn, payment, reason=refund_failures.NOT_SENT, detail=why
                )


async def of_payments(app: App, ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    """Every refund of these payments, oldest first."""
    async with app.db.connection() as conn:
        return await store.of_payments(conn, ids)
