"""The statuses of a subscription: what paid and failed invoices, pauses and ends make of it."""

from sandbox.stripe.account import Account
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import decided
from sandbox.stripe.state import Json

UPDATED = "customer.subscription.updated"
ENDED = ("canceled", "incomplete_expired")


def invoice_paid(account: Account, invoice: Json) -> None:
    """The payment of its latest invoice makes an overdue or incomplete subscription active."""
    sub = subscription_of(account, invoice)
    if sub["latest_invoice"] == invoice["id"] and sub["status"] in ("incomplete", "past_due"):
        with changing(account, sub, UPDATED):
            sub["status"] = "active"


def invoice_failed(account: Account, invoice: Json) -> None:
    """A failed renewal makes a subscription overdue; a first payment leaves it incomplete."""
    sub = subscription_of(account, invoice)
    if sub["status"] in ("active", "trialing"):
        with changing(account, sub, UPDATED):
            sub["status"] = "past_due"


def end(account: Account, sub: Json, reason: str | None = None) -> None:
    """Cancel now; without a `reason` it ends as was asked for before. Open invoices stay open."""
    now = account.now()
    if reason:
        sub["cancellation_details"] = sub["cancellation_details"] | {"reason": reason}
        sub["canceled_at"] = now
    sub.update(status="canceled", ended_at=now, canceled_at=sub["canceled_at"] or now)
    account.state.put(sub)
    for invoice in open_invoices(account, sub):
        with changing(account, invoice, "invoice.updated"):
            invoice.update(auto_advance=False, next_payment_attempt=None)
    account.events.record("customer.subscription.deleted", sub)


def pause(account: Account, sub: Json, why: str) -> None:
    """Nothing is billed until it resumes; `why` is the type of status_details.paused."""
    sub["status"] = "paused"
    sub["status_details"] = {
        "paused": {
            "subscription": {"type": why},
            "transitioned_at": account.now(),
            "type": "subscription",
        }
    }
    account.state.put(sub)
    account.events.record("customer.subscription.paused", sub)


def require_live(sub: Json) -> None:
    """Raises ApiError for a subscription that is over."""
    if sub["status"] in ENDED:
        raise decided(
            "A canceled subscription can only update its cancellation_details and metadata."
        )


def subscription_of(account: Account, invoice: Json) -> Json:
    details = invoice["parent"]["subscription_details"]
    return account.require(details["subscription"], "subscription")


def open_invoices(account: Account, sub: Json) -> list[Json]:
    """The invoices of a subscription that wait for money, oldest first."""
    return [
        invoice
        for invoice in account.state.oldest_first("invoice")
        if invoice["status"] == "open"
        and invoice["parent"]["subscription_details"]["subscription"] == sub["id"]
    ]
