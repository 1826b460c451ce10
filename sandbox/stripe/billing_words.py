"""How plans, periods, cards and states of subscriptions and invoices read to their customer."""

from datetime import UTC, datetime

from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card
from sandbox.stripe.catalog import display_price, product_name
from sandbox.stripe.money import display
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import item_of

SUBSCRIPTION_STATES = {
    "active": ("Active", "good"),
    "canceled": ("Canceled", "plain"),
    "incomplete": ("Incomplete", "warn"),
    "incomplete_expired": ("Expired", "plain"),
    "past_due": ("Past due", "bad"),
    "paused": ("Paused", "warn"),
    "trialing": ("Free trial", "good"),
    "unpaid": ("Unpaid", "bad"),
}
"""The words for a status, and the look of the label that carries them."""

INVOICE_STATES = {
    "draft": ("Draft", "plain"),
    "open": ("Open", "warn"),
    "paid": ("Paid", "good"),
    "uncollectible": ("Uncollectible", "bad"),
    "void": ("Void", "plain"),
}
_BRANDS = {"visa": "Visa", "mastercard": "Mastercard"}


def day(seconds: int) -> str:
    """The day in UTC, e.g. `3 December 2026`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y")


def money(amount: int, currency: str) -> str:
    """`$12.00`, or `-$12.00` for what is given back."""
    return f"-{display(-amount, currency)}" if amount < 0 else display(amount, currency)


def plan(account: Account, price: Json, quantity: int = 1) -> str:
    """`Inner circle, $100.00 per month`"""
    return f"{product_name(account, price)}, {display_price(price, quantity)}"


def plan_of(account: Account, subscription: Json) -> str:
    return plan(account, price_of(subscription), item_of(subscription)["quantity"])


def price_of(subscription: Json) -> Json:
    price: Json = item_of(subscription)["price"]
    return price


def period_end(subscription: Json) -> int:
    return int(item_of(subscription)["current_period_end"])


def ends_at(subscription: Json) -> int | None:
    """When a subscription that was canceled ahead ends; None while it goes on."""
    if subscription["cancel_at"]:
        return int(subscription["cancel_at"])
    return period_end(subscription) if subscription["cancel_at_period_end"] else None


def card(kept: Card) -> str:
    """`Visa •••• 4242`"""
    return f"{_BRANDS.get(kept.brand, kept.brand.title())} •••• {kept.number[-4:]}"
