"""Payments that can't end by themselves: each waits for a named human, with the reason."""

import logging
from uuid import UUID

from services import bookings, notifications, session_credits, story
from services.app import App
from services.db import Conn
from services.domain.models import (
    NotificationKind,
)
from services.domain.payments import Outcome, Payment
from services.domain.story import StepKind
from services.log import correlation_id
from services.store import error_logs, payment_outcomes
from services.store import payments as payment_store
from services.store import refunds as refund_store
from services.story import Failure

log = logging.getLogger(__name__)


async def wait_for_human(
    app: App, conn: Conn, payment: Payment, *, reason: str, detail: str | None = None
) -> None:
    """The payment ends with a named human; `reason` is fit for the client, `detail` is not."""
    await payment_outcomes.wait_for_human(
        conn,
        payment.id,
        reason=reason,
        owner=app.settings.operator_email,
        now=app.clock.now(),
    )
    if payment.subscription_id is not None:
        await _plan_waits(app, conn, payment, payment.subscription_id, detail or reason)
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
            await notifications.announce_anew(app, conn, payment.booking_id, kind)
    log.warning("payment waits for a human", extra={"payment_id": payment.id, "reason": reason})


async def _plan_waits(
    app: App, conn: Conn, payment: Payment, subscription_id: UUID, detail: str
) -> None:
    why = f"Payment {payment.id}: {detail}"
    round_ = await ask_operator(app, conn, subscription_id, why=why, payment_id=payment.id)
    await notifications.announce_plan(
        app, conn, subscription_id, NotificationKind.PLAN_PAYMENT_WAITING, round_=round_
    )


async def ask_operator(
    app: App, conn: Conn, subscription_id: UUID, *, why: str, payment_id: UUID | None = None
) -> int:
    """Something about a plan that only a person can decide: written down, and told by mail as often
    as there is something new. Answers with which time it is, from 0."""
    await error_logs.add(
        conn,
        source="plans",
        message=why,
        final=True,
        payment_id=payment_id,
        subscription_id=subscription_id,
        correlation_id=correlation_id.get(),
        now=app.clock.now(),
    )
    round_ = max(0, await error_logs.count_asked(conn, subscription_id) - 1)
    await notifications.announce_plan(
        app, conn, subscription_id, NotificationKind.PLAN_OPERATOR_ASKED, round_=round_
    )
    return round_


async def tell_operator(
    app: App, conn: Conn, booking_id: UUID, *, source: str, message: str, payment_id: UUID
) -> None:
    """Something about a booking's money at Stripe that only a person can mend: written down, and
    told by mail."""
    await error_logs.add(
        conn,
        source=source,
        message=message,
        final=True,
        vendor="stripe",
        booking_id=booking_id,
        payment_id=payment_id,
        correlation_id=correlation_id.get(),
        now=app.clock.now(),
    )
    await notifications.announce_anew(app, conn, booking_id, NotificationKind.OPERATOR_ASKED)


async def leave_to_human(app: App, conn: Conn, booking_id: UUID, *, reason: str) -> None:
    """Whatever was paid for the booking and is not on its way back whole waits for a human; credits
    that it was booked with come back by themselves."""
    booking = await bookings.lock(conn, booking_id)
    if booking.credits is not None:
        await session_credits.call_off(app, conn, booking, reason=reason, returned=True)
    for payment in await payment_store.succeeded_of_booking(conn, booking_id):
        settled = payment.outcome in (Outcome.WAITING, Outcome.REFUNDED)
        left = payment.amount.amount_minor - payment.amount_lost_minor
        if not settled and await refund_store.live(conn, payment.id) < left:
            await wait_for_human(app, conn, payment, reason=reason)
