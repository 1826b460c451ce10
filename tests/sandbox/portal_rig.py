"""What tests of the customer portal and of hosted invoices begin with: plans and a subscriber."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.sandbox.stripe_rig import Rig

KEPT_CARD = "4242424242424242"
RETURN_URL = "http://shop.test/account"


@dataclass
class Plans:
    """One product with a price of $100 a month, one of $40, one of $900 a year, one of €90."""

    product: str
    monthly: str
    small: str
    yearly: str
    euro: str


async def sell_plans(rig: Rig) -> Plans:
    product = await rig.api.v1.products.create_async({"name": "Inner <circle>"})

    async def price(amount: int, interval: Any = "month", currency: str = "usd") -> str:
        made = await rig.api.v1.prices.create_async(
            {
                "product": product.id,
                "currency": currency,
                "unit_amount": amount,
                "recurring": {"interval": interval},
            }
        )
        return made.id

    return Plans(
        product.id,
        monthly=await price(10000),
        small=await price(4000),
        yearly=await price(90000, "year"),
        euro=await price(9000, currency="eur"),
    )


async def customer_of(rig: Rig, email: str = "ada@shop.test") -> str:
    return (await rig.api.v1.customers.create_async({"email": email, "name": "Ada"})).id


def everything_on(plans: Plans, **changes: dict[str, Any]) -> Any:
    """The features of a configuration that allows all there is; `changes` by feature."""
    features: dict[str, dict[str, Any]] = {
        "customer_update": {"enabled": True, "allowed_updates": ["email", "name", "address"]},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "proration_behavior": "always_invoice",
            "products": [
                {
                    "product": plans.product,
                    "prices": [plans.monthly, plans.small, plans.yearly, plans.euro],
                }
            ],
        },
    }
    return {name: {**details, **changes.get(name, {})} for name, details in features.items()}


async def configuration_of(rig: Rig, features: Any, **others: Any) -> str:
    params: Any = {"features": features, **others}
    made = await rig.api.v1.billing_portal.configurations.create_async(params)
    return made.id


async def open_portal(rig: Rig, customer: str, configuration: str, **others: Any) -> Any:
    params: Any = {
        "customer": customer,
        "configuration": configuration,
        "return_url": RETURN_URL,
        **others,
    }
    return await rig.api.v1.billing_portal.sessions.create_async(params)


@dataclass
class Subscriber:
    plans: Plans
    customer: str
    subscription: str


async def subscriber(rig: Rig, number: str = KEPT_CARD) -> Subscriber:
    """A customer with a subscription at $100 a month, paid today by this card."""
    plans, customer = await sell_plans(rig), await customer_of(rig)
    made = rig.sandbox.subscribe(customer, plans.monthly, number)
    return Subscriber(plans, customer, made["id"])


async def portal_of(rig: Rig, who: Subscriber, **changes: dict[str, Any]) -> Any:
    """An open portal session of a subscriber to whom everything is allowed, but for `changes`."""
    configuration = await configuration_of(rig, everything_on(who.plans, **changes))
    return await open_portal(rig, who.customer, configuration)


def words(html: str) -> str:
    """A page as its reader sees it: text without tags, spaces collapsed."""
    text = re.sub(r"<[^>]+>", " ", html)
    for entity, character in (("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return " ".join(text.split())


def day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y")
