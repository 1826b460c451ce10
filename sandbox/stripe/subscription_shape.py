"""How a Subscription and its item look when they are made."""

from copy import deepcopy
from dataclasses import dataclass, field

from sandbox.stripe.account import Account
from sandbox.stripe.periods import next_boundary
from sandbox.stripe.state import Json, new_id

_UNUSED: Json = {
    "object": "subscription",
    "application": None,
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor_config": None,
    "billing_mode": {
        "flexible": {"proration_discounts": "included"},
        "type": "flexible",
        "updated_at": None,
    },
    "billing_schedules": [],
    "billing_thresholds": None,
    "cancel_at": None,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "cancellation_details": {
        "comment": None,
        "feedback": None,
        "feedback_option": None,
        "reason": None,
    },
    "collection_method": "charge_automatically",
    "customer_account": None,
    "days_until_due": None,
    "default_source": None,
    "default_tax_rates": [],
    "discounts": [],
    "ended_at": None,
    "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
    "latest_invoice": None,
    "livemode": False,
    "next_pending_invoice_item_invoice": None,
    "on_behalf_of": None,
    "pause_collection": None,
    "payment_settings": {
        "payment_method_options": None,
        "payment_method_types": None,
        "save_default_payment_method": "off",
    },
    "pending_invoice_item_interval": None,
    "pending_setup_intent": None,
    "pending_update": None,
    "schedule": None,
    "status_details": None,
    "test_clock": None,
    "transfer_data": None,
    # Invoice lines that wait for the next invoice.
    "_pending": [],
    "_told_of_trial_end": False,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is subscribed to; `one_off` are session line items of the first invoice only."""

    price: Json
    quantity: int = 1
    metadata: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    trial_end: int | None = None
    missing_payment_method: str = "create_invoice"
    one_off: tuple[Json, ...] = ()


def new_subscription(
    account: Account, customer: Json, order: Order, *, status: str, method: Json | None
) -> Json:
    """A subscription with one item; its first period is the trial, if there is one."""
    now = account.now()
    recurring = order.price["recurring"]
    anchor = order.trial_end or now
    end = order.trial_end or next_boundary(
        now, recurring["interval"], recurring["interval_count"], now
    )
    sub_id = new_id("sub_")
    item = _new_item(order, sub_id, now, end)
    return deepcopy(_UNUSED) | {
        "id": sub_id,
        "billing_cycle_anchor": anchor,
        "created": now,
        "currency": order.price["currency"],
        "customer": customer["id"],
        "default_payment_method": method and method["id"],
        "description": order.description,
        "items": {
            "object": "list",
            "data": [item],
            "has_more": False,
            "total_count": 1,
            "url": f"/v1/subscription_items?subscription={sub_id}",
        },
        "metadata": dict(order.metadata),
        "start_date": now,
        "status": status,
        "trial_end": order.trial_end,
        "trial_settings": {
            "end_behavior": {"missing_payment_method": order.missing_payment_method}
        },
        "trial_start": now if order.trial_end else None,
    }


def item_of(sub: Json) -> Json:
    """The subscription's one item."""
    item: Json = sub["items"]["data"][0]
    return item


def put_price(item: Json, price: Json) -> None:
    item["price"] = deepcopy(price)
    item["plan"] = _as_plan(price)


def _new_item(order: Order, sub_id: str, start: int, end: int) -> Json:
    item: Json = {
        "id": new_id("si_", 14),
        "object": "subscription_item",
        "billed_until": end,
        "billing_thresholds": None,
        "created": start,
        "current_period_end": end,
        "current_period_start": start,
        "current_trial": None,
        "discounts": [],
        "metadata": {},
        "quantity": order.quantity,
        "subscription": sub_id,
        "tax_rates": [],
    }
    put_price(item, order.price)
    return item


def _as_plan(price: Json) -> Json:
    """The price in the older form that items still carry."""
    same = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata")
    recurring = price["recurring"]
    return {name: deepcopy(price[name]) for name in same} | {
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
