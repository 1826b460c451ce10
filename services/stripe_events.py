"""Stripe's events: stored once, then each read back from Stripe rather than believed.

An event is a hint: which checkout or payment to look at. So repetition, order and loss of events
do not matter.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from services import (
    disputes,
    jobs,
    payout_accounts,
    refund_states,
    settlement,
    subscriptions,
    transfer_states,
)
from services.app import App
from services.bookings import OutOfOrder
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import StripeEvent
from services.providers.billing_ports import InvoiceState
from services.providers.ports import CheckoutState, SignedEvent, Unknown
from services.store import stripe_events as store
from services.subscriptions import Reading

log = logging.getLogger(__name__)

Write = Callable[[Conn], Awaitable[str]]
"""Writes an event's effects in a transaction; answers with what was done, in a word."""


async def receive(app: App, body: bytes, signature: str) -> bool:
    """Store a webhook's event and queue its job in one transaction; False if it was known.

    Raises BadSignature, MalformedEvent.
    """
    event = app.events.verify(body, signature)
    async with app.db.transaction() as conn:
        taken = await store.take(
            conn,
            event_id=event.id,
            event_type=event.type,
            livemode=event.livemode,
            body=body.decode(),
            now=app.clock.now(),
        )
        unused = _unused(app, event)
        if taken and unused:
            await store.processed(conn, event.id, outcome=unused, now=app.clock.now())
        elif taken:
            await jobs.enqueue(conn, Job.STRIPE_EVENT, event.id)
    log.info(
        "stripe event received", extra={"event_id": event.id, "type": event.type, "new": taken}
    )
    return taken


def _unused(app: App, event: SignedEvent) -> str | None:
    """Why nothing follows from this event; None when something does."""
    if event.livemode is not app.settings.stripe_livemode:
        return "other mode"
    return None if event.type in HANDLERS else "not used"


async def handle(app: App, event_id: str) -> None:
    """Job: read what the event points at, then write its effects and `processed_at` together."""
    async with app.db.connection() as conn:
        event = await store.get(conn, event_id)
    if event is None or event.processed_at is not None:
        return
    write = await _read(app, event)
    async with app.db.transaction() as conn:
        outcome = await write(conn)
        await store.processed(conn, event_id, outcome=outcome, now=app.clock.now())
    log.info("stripe event processed", extra={"event_id": event_id, "outcome": outcome})


async def _read(app: App, event: StripeEvent) -> Write:
    try:
        return await HANDLERS[event.type](app, _thing(event.payload))
    except Unknown:
        return _nothing("unknown at Stripe")


def _thing(payload: dict[str, Any]) -> dict[str, Any]:
    """What the event is about: whole in most, in thin ones (API v2) its id alone; an account that
    left the platform is named beside the event."""
    if payload.get("type") == "account.application.deauthorized":
        return {"id": payload.get("account")}
    thin = payload.get("object") == "v2.core.event"
    thing: dict[str, Any] | None = (
        payload.get("related_object") if thin else payload["data"]["object"]
    )
    return thing or {}


def _nothing(outcome: str) -> Write:
    async def write(_: Conn) -> str:
        return outcome

    return write


async def checkout_moved(app: App, session: dict[str, Any]) -> Write:
    """checkout.session.*: look at the session, and at the subscription that it began."""
    return await _apply_checkout(app, await app.checkouts.read(session["id"]))


async def payment_moved(app: App, intent: dict[str, Any]) -> Write:
    """payment_intent.*: look at the checkout the payment came through, or at its invoice."""
    state = await app.checkouts.of_payment(intent["id"])
    if state is not None:
        return await _apply_checkout(app, state)
    return await _apply_invoice(app, await app.billing.invoices.of_payment(intent["id"]))


async def _apply_checkout(app: App, state: CheckoutState) -> Write:
    reading = await settlement.look(app, state)

    async def write(conn: Conn) -> str:
        return "applied" if await settlement.apply(app, conn, state, reading) else "not ours"

    return write


async def subscription_moved(app: App, subscription: dict[str, Any]) -> Write:
    """customer.subscription.*: look at the subscription."""
    reading = await subscriptions.read(app, subscription["id"])
    return _apply_reading(app, reading)


async def invoice_moved(app: App, invoice: dict[str, Any]) -> Write:
    """invoice.*: look at the invoice and its subscription."""
    return await _apply_invoice(app, await app.billing.invoices.read(invoice["id"]))


async def _apply_invoice(app: App, invoice: InvoiceState | None) -> Write:
    if invoice is None or invoice.subscription_id is None:
        return _nothing("not ours")
    reading = await subscriptions.read(app, invoice.subscription_id, invoices=0)
    return _apply_reading(app, replace(reading, invoices=[invoice]))


def _apply_reading(app: App, reading: Reading) -> Write:
    async def write(conn: Conn) -> str:
        return "applied" if await subscriptions.apply(app, conn, reading) else "not ours"

    return write


async def refund_moved(app: App, thing: dict[str, Any]) -> Write:
    """charge.refunded and refund.*: look at all refunds of the payment."""
    intent_id = thing.get("payment_intent")
    if not intent_id:
        return _nothing("not ours")
    bring_in = await payment_moved(app, {"id": intent_id})
    states = await app.refunds.of_payment(intent_id)

    async def write(conn: Conn) -> str:
        if await bring_in(conn) != "applied":
            return "not ours"
        if not await refund_states.apply(app, conn, intent_id, states):
            raise OutOfOrder("a refund before its payment")
        return "applied"

    return write


async def dispute_moved(app: App, dispute: dict[str, Any]) -> Write:
    """charge.dispute.*: look at all disputes about the payment."""
    intent_id = dispute.get("payment_intent")
    if not intent_id:
        return _nothing("not ours")
    bring_in = await payment_moved(app, {"id": intent_id})
    reading = await disputes.read(app, intent_id)

    async def write(conn: Conn) -> str:
        if await bring_in(conn) != "applied":
            return "not ours"
        if not await disputes.apply(app, conn, intent_id, reading):
            raise OutOfOrder("a dispute before its payment")
        return "applied"

    return write


async def transfer_moved(app: App, transfer: dict[str, Any]) -> Write:
    """transfer.*: look at the transfer."""
    reading = await transfer_states.look(app, transfer["id"])

    async def write(conn: Conn) -> str:
        return "applied" if await transfer_states.apply(app, conn, reading) else "not ours"

    return write


async def account_moved(app: App, account: dict[str, Any]) -> Write:
    """account.updated and v2.core.account*: look at the host's account."""
    if not account.get("id"):
        return _nothing("not ours")
    reading = await payout_accounts.read(app, account["id"])

    async def write(conn: Conn) -> str:
        return "applied" if await payout_accounts.apply_known(app, conn, reading) else "not ours"

    return write


HANDLERS: Mapping[str, Callable[[App, dict[str, Any]], Awaitable[Write]]] = {
    "checkout.session.completed": checkout_moved,
    "checkout.session.async_payment_succeeded": checkout_moved,
    "checkout.session.async_payment_failed": checkout_moved,
    "checkout.session.expired": checkout_moved,
    "payment_intent.succeeded": payment_moved,
    "payment_intent.payment_failed": payment_moved,
    "payment_intent.canceled": payment_moved,
    "charge.refunded": refund_moved,
    "refund.created": refund_moved,
    "refund.updated": refund_moved,
    "refund.failed": refund_moved,
    "charge.dispute.created": dispute_moved,
    "charge.dispute.updated": dispute_moved,
    "charge.dispute.closed": dispute_moved,
    "charge.dispute.funds_withdrawn": dispute_moved,
    "charge.dispute.funds_reinstated": dispute_moved,
    "transfer.created": transfer_moved,
    "transfer.updated": transfer_moved,
    "transfer.reversed": transfer_moved,
    "account.updated": account_moved,
    "account.application.deauthorized": account_moved,
    "v2.core.account.updated": account_moved,
    "v2.core.account.closed": account_moved,
    "v2.core.account[requirements].updated": account_moved,
    "v2.core.account[configuration.recipient].updated": account_moved,
    "v2.core.account[configuration.recipient].capability_status_updated": account_moved,
    "customer.subscription.created": subscription_moved,
    "customer.subscription.updated": subscription_moved,
    "customer.subscription.deleted": subscription_moved,
    "customer.subscription.paused": subscription_moved,
    "customer.subscription.resumed": subscription_moved,
    "customer.subscription.trial_will_end": subscription_moved,
    "invoice.paid": invoice_moved,
    "invoice.payment_failed": invoice_moved,
    "invoice.payment_action_required": invoice_moved,
}
