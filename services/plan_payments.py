"""Payments of plans: each is fulfilled, goes back, or waits for a named human."""

import logging
from collections.abc import Sequence

from services import entitlements, escalation, notifications, refunds
from services.app import App
from services.db import Conn
from services.domain.models import NotificationKind, Payment, PaymentStatus
from services.domain.plans import Subscription, SubscriptionStatus
from services.providers.billing_ports import InvoiceState
from services.providers.ports import CheckoutState, PaymentState
from services.store import payments as store
from services.store import refunds as refund_store
from services.store import subscriptions as subscription_store
from services.store.payments import Cause

log = logging.getLogger(__name__)

TWICE = "You had this plan already."
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
                await _came(app, conn, subscription, payment)


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
    if payment.amount != subscription.price:
        took = payment.amount.display
        await escalation.wait_for_human(
            app, conn, payment, reason=f"Stripe took {took}, which is not what the plan costs."
        )
    elif subscription.status is not SubscriptionStatus.INCOMPLETE:
        await refunds.request(app, conn, payment, reason=TWICE)
    else:
        await _keep_for_good(app, conn, subscription, payment)


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


async def _came(app: App, conn: Conn, subscription: Subscription, payment: Payment) -> None:
    """Money of an invoice came: its period is given, or the money goes back, or a human looks."""
    if subscription.plan_id is None:
        await escalation.wait_for_human(app, conn, payment, reason=FOREIGN_PRICE)
    elif subscription.duplicate_of is not None:
        await refunds.request(app, conn, payment, reason=TWICE)
    else:
        await store.end_fulfilled(conn, payment.id, now=app.clock.now())


async def _keep_for_good(
    app: App, conn: Conn, subscription: Subscription, payment: Payment
) -> None:
    kept = await subscription_store.set_status(
        conn, subscription.id, SubscriptionStatus.ACTIVE, now=app.clock.now()
    )
    await store.end_fulfilled(conn, payment.id, now=app.clock.now())
    await entitlements.changed(app, conn, kept)
    await notifications.announce_plan(
        app, conn, subscription.id, NotificationKind.SUBSCRIPTION_STARTED
    )


async def conclude(app: App, conn: Conn, subscription: Subscription) -> None:
    """A payment of a plan of which nobody said how it ended, although nothing is under way."""
    for payment in await store.succeeded_of_subscription(conn, subscription.id):
        if payment.outcome is None and not await refund_store.under_way(conn, payment.id):
            await _came(app, conn, subscription, payment)
