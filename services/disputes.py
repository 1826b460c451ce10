"""Disputes: a bank took the money back for now, and with it goes what was paid for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from services import entitlements, escalation, notifications
from services.app import App
from services.db import Conn
from services.domain.models import NotificationKind, Payment
from services.log import correlation_id
from services.providers.billing_ports import DisputeState
from services.store import entitlements as entitlement_store
from services.store import error_logs
from services.store import payments as payment_store
from services.store import plan_payments as plan_payment_store
from services.store import subscriptions as subscription_store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What Stripe told of a payment's disputes, newest first; of two readings the one with the
    greater `ticket` began later."""

    ticket: int
    states: Sequence[DisputeState]


async def read(app: App, payment_intent_id: str) -> Reading:
    """Ask Stripe. Raises ProviderError."""
    async with app.db.connection() as conn:
        ticket = await subscription_store.next_ticket(conn)
    return Reading(ticket, await app.disputes.of_payment(payment_intent_id))


async def apply(app: App, conn: Conn, payment_intent_id: str, reading: Reading) -> bool:
    """Write what Stripe told of the newest dispute about a payment, unless a later reading was
    written.

    The operator is told once, for only a person can answer it. False when the payment isn't known.
    """
    known = await payment_store.by_intent(conn, payment_intent_id)
    if known is None:
        return False
    subscription = (
        await entitlements.lock(conn, known.subscription_id) if known.subscription_id else None
    )
    payment = await payment_store.lock_by_intent(conn, payment_intent_id)
    assert payment is not None
    status = reading.states[0].status if reading.states else None
    if not await plan_payment_store.set_dispute(conn, payment.id, status, ticket=reading.ticket):
        return True
    if status == payment.dispute_status:
        return True
    log.warning("payment disputed", extra={"payment_id": payment.id, "status": status})
    if payment.dispute_status is None:
        await _tell_operator(app, conn, payment)
    if subscription is not None:
        await entitlements.changed(app, conn, subscription)
    if payment.user_id is not None:
        await entitlement_store.refresh_paid(conn, payment.user_id, now=app.clock.now())
    return True


async def _tell_operator(app: App, conn: Conn, payment: Payment) -> None:
    """Only a person can answer a dispute."""
    why = f"Payment {payment.id} is disputed: answer it in Stripe's dashboard."
    if payment.subscription_id is not None:
        await escalation.ask_operator(
            app, conn, payment.subscription_id, why=why, payment_id=payment.id
        )
        return
    await error_logs.add(
        conn,
        source="disputes",
        message=why,
        final=True,
        vendor="stripe",
        booking_id=payment.booking_id,
        payment_id=payment.id,
        correlation_id=correlation_id.get(),
        now=app.clock.now(),
    )
    if payment.booking_id is not None:
        await notifications.announce(app, conn, payment.booking_id, NotificationKind.OPERATOR_ASKED)
