"""What /sandbox shows: everything the stand-ins hold, as JSON, newest first and bounded."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.faults import FaultKind
from sandbox.mails import Mail
from services.domain.money import from_stripe

if TYPE_CHECKING:
    from sandbox.app import Sandbox
    from sandbox.stripe.app import StripeSandbox

Json = dict[str, Any]

_SHOWN = 60

WITH_WEBHOOKS = ("calendly", "sendgrid", "telegram")
"""Stripe's have controls of their own."""


def clock(sandbox: "Sandbox") -> Json:
    now, offset = sandbox.clock.now(), sandbox.clock.offset
    return {"now": now.isoformat(), "offsetSeconds": offset.total_seconds()}


def services(sandbox: "Sandbox") -> list[str]:
    """What faults can be planned for: a service, or one operation of it such as `calcom.book`."""
    operations = [
        f"{standin.name}.{operation}"
        for standin in sandbox.standins
        for operation in dict.fromkeys(endpoint.operation for endpoint in standin.endpoints())
    ]
    webhooks = [f"{name}.webhook" for name in WITH_WEBHOOKS]
    names = [standin.name for standin in sandbox.standins]
    return ["stripe", "mail", *names, *operations, *webhooks]


def faults(sandbox: "Sandbox") -> Json:
    down = sandbox.faults.down(sandbox.clock.now())
    return {
        "planned": sandbox.faults.planned(),
        "down": {name: until.isoformat() for name, until in down.items()},
        "services": services(sandbox),
        "kinds": [kind.value for kind in FaultKind],
    }


def everything(sandbox: "Sandbox") -> Json:
    """All but the clock; it is the same for as long as nothing happens."""
    events = sandbox.stripe.events()
    calls = reversed(list(sandbox.journal))
    return {
        "faults": faults(sandbox),
        "deliveries": sandbox.stripe.deliveries.planned(),
        "checkouts": _checkouts(sandbox.stripe, events),
        "subscriptions": sandbox.stripe.billing.subscriptions()[:_SHOWN],
        "invoices": sandbox.stripe.billing.invoices()[:_SHOWN],
        "keepableCards": sandbox.stripe.billing.keepable_cards(),
        "events": [_event(entry) for entry in events[:_SHOWN]],
        "mails": [_mail(mail) for mail in islice(reversed(sandbox.inbox.mails), _SHOWN)],
        "standins": [
            {"name": standin.name, "things": standin.shown()[:_SHOWN]}
            for standin in sandbox.standins
        ],
        "calls": [call.as_json() for call in islice(calls, _SHOWN)],
    }


def _checkouts(stripe: "StripeSandbox", events: Iterable[Json]) -> list[Json]:
    """Checkout sessions with their payments, as the newest events tell of these."""
    newest = _newest_by_kind(events)
    intents = newest["payment_intent"]
    charges = {charge["payment_intent"]: charge for charge in reversed(newest["charge"].values())}
    refunds = list(newest["refund"].values())
    found = []
    for session in islice(stripe.sessions(), _SHOWN):
        intent_id = session["payment_intent"]
        charge = charges.get(intent_id)
        own_refunds = [refund for refund in refunds if refund["payment_intent"] == intent_id]
        disputes = stripe.billing.disputes(charge["id"]) if charge else []
        found.append(_checkout(session, intents.get(intent_id), charge, own_refunds, disputes))
    return found


def _newest_by_kind(events: Iterable[Json]) -> dict[str, dict[str, Json]]:
    """Snapshots by kind and id; the first that an object has here is its newest."""
    found: dict[str, dict[str, Json]] = {"payment_intent": {}, "charge": {}, "refund": {}}
    for entry in events:
        snapshot = entry["event"]["data"]["object"]
        if snapshot["object"] in found:
            found[snapshot["object"]].setdefault(snapshot["id"], snapshot)
    return found


def _checkout(
    session: Json,
    intent: Json | None,
    charge: Json | None,
    refunds: list[Json],
    disputes: list[Json],
) -> Json:
    return {
        "id": session["id"],
        "createdAt": _moment(session["created"]),
        "amount": _amount(session["amount_total"], session["currency"]),
        "status": session["status"],
        "paymentStatus": session["payment_status"],
        "url": session["url"],
        "metadata": session["metadata"],
        "subscription": session["subscription"],
        "intent": intent and {"id": intent["id"], "status": intent["status"]},
        "charge": charge and _charge(charge),
        "refunds": [
            {
                "id": refund["id"],
                "status": refund["status"],
                "amount": _amount(refund["amount"], refund["currency"]),
            }
            for refund in refunds
        ],
        "disputes": disputes,
    }


def _charge(charge: Json) -> Json:
    left = charge["amount"] - charge["amount_refunded"] if charge["paid"] else 0
    return {
        "id": charge["id"],
        "status": charge["status"],
        "refundable": _amount(left, charge["currency"]) if left else None,
        "receiptUrl": charge["receipt_url"],
    }


def _event(entry: Json) -> Json:
    event = entry["event"]
    return {
        "id": event["id"],
        "type": event["type"],
        "createdAt": _moment(event["created"]),
        "objectId": event["data"]["object"]["id"],
        "delivery": entry["delivery"],
        "attempts": entry["attempts"],
        "payload": event,
    }


def _mail(mail: Mail) -> Json:
    return {
        "number": mail.number,
        "receivedAt": mail.received_at.isoformat(),
        "subject": mail.subject,
        "from": mail.sender,
        "to": list(mail.to),
        "messageId": mail.message_id,
        "text": mail.text,
        "hasHtml": mail.html is not None,
        "hasInvitation": mail.invitation is not None,
        "files": [file.filename for file in mail.files],
        "repeats": mail.repeats,
    }


def _moment(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()


def _amount(amount: int, currency: str) -> str:
    return from_stripe(amount, currency).display
