"""Payments of plans: each is fulfilled, goes back, or waits for a named human."""

import logging
from collections.abc import Sequence
from datetime import datetime

from services import entitlements, escalation, notifications, plan_orders, refunds
from services.app import App
from services.db import Conn
from services.domain.models import (
    NotificationKind,
)
from services.domain.money import Money
from services.domain.payments import Payment, PaymentStatus
from services.domain.plans import Subscription, SubscriptionStatus
from services.providers.billing_ports import InvoiceState
from services.providers.ports import CheckoutState, PaymentState
from services.store import payments as store
from services.store import plan_payments as plan_payment_store
from services.store import plans as plan_store
from services.store import refunds as refund_store
from services.store import subscriptions as subscription_store
from services.store.payments import Cause

log = logging.getLogger(__name__)

TWICE = "You had this plan already."
TOO_LATE = "It was paid after the subscription had ended."
NOBODY = "Whoever paid has deleted their account."
FOREIGN_PRICE = "Stripe shows a price for this subscription that is none of our plans."


async def apply_invoices(
    app: App, conn: Conn, subscription: Subscription, invoices: Sequence[InvoiceState]
) -> None:
    """Write what Stripe tells of the payments of these invoices, once, in any order.

    Free invoices have none; money that came by another way than Stripe is not ours to tell of.
    """
    for invoice in reversed(invoices):
        cause = Cause(
            subscription.user_id,
            subscription_id=subscription.id,
            telegram_buyer_id=subscription.telegram_buyer_id,
            invoice_id=invoice.id,
            invoice_number=invoice.number,
            invoice_url=invoice.url,
            invoice_pdf_url=invoice.pdf_url,
            period_start=invoice.period_start,
            period_end=invoice.period_end,
        )
        for told in invoice.payments:
            payment = await _record(app, conn, cause, told)
            if payment is not None:
                await _came(app, conn, subscription, payment, paid_at=invoice.paid_at)


async def apply_checkout(
    app: App, conn: Conn, subscription: Subscription, state: CheckoutState
) -> None:
    """Write what Stripe tells of the payment of a plan that is paid once."""
    if state.payment is None:
        return
    cause = Cause(
        subscription.user_id,
        subscription_id=subscription.id,
        telegram_buyer_id=subscription.telegram_buyer_id,
        checkout_session_id=state.id,
    )
    payment = await _record(app, conn, cause, state.payment)
    if payment is None:
        return
    if subscription.is_ownerless:
        await escalation.wait_for_human(app, conn, payment, reason=NOBODY)
    elif payment.amount != await _cost(conn, subscription):
        took = payment.amount.display
        await escalation.wait_for_human(
            app, conn, payment, reason=f"Stripe took {took}, which is not what the plan costs."
        )
    elif await _can_begin(app, conn, subscription):
        await _keep_for_good(app, conn, subscription, payment)
    else:
        await refunds.request(app, conn, payment, reason=TWICE)


async def _cost(conn: Conn, subscription: Subscription) -> Money | None:
    """What was asked for; a trial granted here has no price of its own."""
    if subscription.price is not None or subscription.plan_id is None:
        return subscription.price
    return (await plan_store.by_ids(conn, [subscription.plan_id]))[subscription.plan_id].price


async def _can_begin(app: App, conn: Conn, subscription: Subscription) -> bool:
    """Whether a first payment begins it: also one that was given up meanwhile, unless its owner has
    the plan by another."""
    paid = await plan_payment_store.succeeded_of_subscription(conn, subscription.id)
    given_up = subscription.status is SubscriptionStatus.CANCELED and len(paid) == 1
    if not (subscription.is_order or subscription.is_own_trial or given_up):
        return False
    if subscription.plan_id is None:
        return not given_up
    return await plan_orders.give_way(app, conn, subscription, subscription.plan_id) is None


async def _record(app: App, conn: Conn, cause: Cause, told: PaymentState) -> Payment | None:
    """The payment, if it has just come: written, and nothing said of how it ends."""
    if told.status == "OPEN":
        return None
    before = await store.lock_by_intent(conn, told.id)
    payment = await store.record(
        conn,
        cause,
        payment_intent_id=told.id,
        charge_id=told.charge_id,
        customer_id=told.customer_id,
        amount=told.amount,
        status=PaymentStatus(told.status),
        failure_reason=told.failure_reason if told.status == "FAILED" else None,
        receipt_url=told.receipt_url,
        now=app.clock.now(),
    )
    was = before.status if before else None
    if payment.status is not PaymentStatus.SUCCEEDED or was is PaymentStatus.SUCCEEDED:
        return None
    log.info(
        "plan paid",
        extra={"payment_id": payment.id, "subscription_id": payment.subscription_id},
    )
    return payment


async def _came(
    app: App,
    conn: Conn,
    subscription: Subscription,
    payment: Payment,
    *,
    paid_at: datetime | None = None,
) -> None:
    """Money of an invoice came: its period is given, or the money goes back, or a human looks."""
    ended_at = subscription.ended_at
    if subscription.is_ownerless:
        await escalation.wait_for_human(app, conn, payment, reason=NOBODY)
    elif subscription.plan_id is None:
        await escalation.wait_for_human(app, conn, payment, reason=FOREIGN_PRICE)
    elif subscription.duplicate_of is not None:
        await refunds.request(app, conn, payment, reason=TWICE)
    elif ended_at is not None and paid_at is not None and paid_at > ended_at:
        # Stripe leaves what was owed open, and does not begin the subscription again for it.
        await escalation.wait_for_human(app, conn, payment, reason=TOO_LATE)
    else:
        await plan_payment_store.end_fulfilled(conn, payment.id, now=app.clock.now())


async def _keep_for_good(
    app: App, conn: Conn, subscription: Subscription, payment: Payment
) -> None:
    kept = await subscription_store.set_status(
        conn, subscription.id, SubscriptionStatus.ACTIVE, now=app.clock.now()
    )
    await plan_payment_store.end_fulfilled(conn, payment.id, now=app.clock.now())
    await entitlements.changed(app, conn, kept)
    await notifications.announce_plan(
        app, conn, subscription.id, NotificationKind.SUBSCRIPTION_STARTED
    )


async def conclude(app: App, conn: Conn, subscription: Subscription) -> None:
    """A payment of a plan of which nobody said how it ended, although nothing is under way."""
    for payment in await plan_payment_store.succeeded_of_subscription(conn, subscription.id):
        if payment.outcome is None and not await refund_store.under_way(conn, payment.id):
            await _came(app, conn, subscription, payment)
