"""Cards that are kept for later charges: a customer's, and a subscription's own."""

from sandbox.stripe import cards
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card
from sandbox.stripe.errors import ApiError
from sandbox.stripe.intents import card_details
from sandbox.stripe.state import Json, new_id


def keep(account: Account, customer: Json, card: Card, method_id: str | None = None) -> Json:
    """Keep a card for a customer in place of the one before; the payment method."""
    method: Json = {
        "id": method_id or new_id("pm_"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": {
            "address": None,
            "email": customer["email"],
            "name": customer["name"],
            "phone": None,
            "tax_id": None,
        },
        "card": card_details(account, card)["card"],
        "created": account.now(),
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_number": card.number,
    }
    settings = customer["invoice_settings"] | {"default_payment_method": method["id"]}
    customer["invoice_settings"] = settings
    account.state.put(customer)
    return account.state.put(method)


def of_customer(account: Account, customer_id: str) -> Json | None:
    """The payment method kept for a customer."""
    customer = account.require(customer_id, "customer")
    return _found(account, customer["invoice_settings"]["default_payment_method"])


def of_subscription(account: Account, sub: Json) -> Json | None:
    """The payment method that a subscription's invoices are charged to."""
    own = _found(account, sub["default_payment_method"])
    return own or of_customer(account, sub["customer"])


def card_of(method: Json) -> Card:
    return cards.find(method["_number"])


def _found(account: Account, method_id: str | None) -> Json | None:
    return account.require(method_id, "payment_method") if method_id else None


def require_attachable(card: Card) -> None:
    """Raises ApiError (402) for a card that its bank would not let Stripe keep."""
    if card.decline and not card.attaches:
        raise ApiError(
            card.decline.message,
            status=402,
            kind="card_error",
            code=card.decline.code,
            decline_code=card.decline.decline_code,
            replayed=True,
        )
