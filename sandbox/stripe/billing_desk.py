"""What /sandbox shows of subscriptions, invoices and disputes, newest first, as JSON."""

from datetime import UTC, datetime

from sandbox.stripe import billing_words as words
from sandbox.stripe import invoice_views, invoices, subscriptions
from sandbox.stripe.account import Account
from sandbox.stripe.cards import CARDS
from sandbox.stripe.state import Json
from services.domain.money import from_stripe


class BillingDesk:
    """Reads the account; what acts on it is the Dashboard's."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def subscriptions(self) -> list[Json]:
        found = self._account.state.newest_first("subscription")
        return [self._subscription(each) for each in found]

    def invoices(self) -> list[Json]:
        return [self._invoice(each) for each in self._account.state.newest_first("invoice")]

    def disputes(self, charge_id: str) -> list[Json]:
        return [
            {
                "id": dispute["id"],
                "status": dispute["status"],
                "reason": dispute["reason"],
                "amount": _amount(dispute["amount"], dispute),
            }
            for dispute in self._account.state.newest_first("dispute")
            if dispute["charge"] == charge_id
        ]

    def keepable_cards(self) -> list[Json]:
        """The test cards that a bank would let Stripe keep for later."""
        return [
            {"number": card.number, "label": card.label}
            for card in CARDS
            if card.attaches or not card.decline
        ]

    def _subscription(self, subscription: Json) -> Json:
        ends_at = words.ends_at(subscription)
        customer = self._account.require(subscription["customer"], "customer")
        kept = subscriptions.card_of(self._account, customer["id"])
        return {
            "id": subscription["id"],
            "createdAt": _moment(subscription["created"]),
            "customer": {"id": customer["id"], "name": customer["email"] or customer["name"]},
            "plan": words.plan_of(self._account, subscription),
            "status": subscription["status"],
            "periodEndsAt": _moment(words.period_end(subscription)),
            "endsAt": _moment(ends_at) if ends_at else None,
            "card": words.card(kept) if kept else None,
            "otherPlans": self._other_plans(words.price_of(subscription)),
            "metadata": subscription["metadata"],
        }

    def _other_plans(self, current: Json) -> list[Json]:
        """What a subscription can change to: active recurring prices of its currency."""
        return [
            {"price": price["id"], "name": words.plan(self._account, price)}
            for price in self._account.state.newest_first("price")
            if price["active"]
            and price["recurring"]
            and price["currency"] == current["currency"]
            and price["id"] != current["id"]
        ]

    def _invoice(self, invoice: Json) -> Json:
        left = invoices.amount_left(invoice)
        attempt = invoice["next_payment_attempt"]
        charge = invoice_views.paying_charge(self._account, invoice)
        return {
            "id": invoice["id"],
            "number": invoice["number"],
            "createdAt": _moment(invoice["created"]),
            "customer": invoice["customer_email"] or invoice["customer"],
            "reason": invoice["billing_reason"],
            "amount": _amount(invoice["total"], invoice),
            "left": _amount(left, invoice) if left else None,
            "status": invoice["status"],
            "attempts": invoice["attempt_count"],
            "nextAttemptAt": _moment(attempt) if attempt else None,
            "url": invoice["hosted_invoice_url"],
            "charge": charge and charge["id"],
            "refundable": charge and _refundable(charge),
            "receiptUrl": charge and charge["receipt_url"],
            "disputes": self.disputes(charge["id"]) if charge else [],
        }


def _moment(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()


def _refundable(charge: Json) -> str | None:
    left = charge["amount"] - charge["amount_refunded"]
    return _amount(left, charge) if left else None


def _amount(amount: int, record: Json) -> str:
    return from_stripe(amount, record["currency"]).display
