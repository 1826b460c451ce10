"""Stripe subscriptions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.domain.billing import SubscriptionState
from services.domain.money import Money, from_stripe
from services.domain.plans import OVER, SubscriptionStatus
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.providers.stripe_client import Stripe
from services.providers.stripe_moments import moment, moment_or_none
from services.providers.stripe_prices import PLAN_KEY

ORDER_KEY = "sessionpay_subscription_id"
"""Metadata that names our row of a subscription that a checkout of ours began."""


class StripeSubscriptions:
    """Implements the port Subscriptions."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def read(self, subscription_id: str) -> SubscriptionState:
        if not subscription_id:  # an empty id would list instead
            raise Unknown("id")
        subscription = await self._stripe.ask(
            lambda: self._stripe.v1.subscriptions.retrieve_async(subscription_id)
        )
        return _subscription(subscription.to_dict())

    async def cancel(self, subscription_id: str, *, key: str) -> SubscriptionState:
        if not subscription_id:
            raise Unknown("id")
        try:
            subscription = await self._stripe.ask(
                lambda: self._stripe.v1.subscriptions.cancel_async(
                    subscription_id, {}, {"idempotency_key": key}
                )
            )
        except (Unknown, ProviderError) as refusal:
            if isinstance(refusal, ProviderError) and (refusal.retryable or refusal.status != 400):
                raise
            # Stripe calls a subscription that is over missing, yet lets it be read.
            found = await self.read(subscription_id)
            if found.status not in OVER:
                raise
            return found
        return _subscription(subscription.to_dict())


def _subscription(subscription: dict[str, Any]) -> SubscriptionState:
    items: list[dict[str, Any]] = subscription["items"]["data"]
    item = _of_a_plan(items)
    price = item.get("price") or {}
    period_end = moment_or_none(item.get("current_period_end"))
    return SubscriptionState(
        id=subscription["id"],
        customer_id=subscription["customer"],
        status=SubscriptionStatus(subscription["status"].upper()),
        price_id=price.get("id"),
        price=_money(price, item.get("quantity")),
        current_period_start=moment_or_none(item.get("current_period_start")),
        current_period_end=period_end,
        trial_end=moment_or_none(subscription.get("trial_end")),
        cancel_at=_cancel_at(subscription, period_end),
        canceled_at=moment_or_none(subscription.get("canceled_at")),
        ended_at=moment_or_none(subscription.get("ended_at")),
        created_at=moment(subscription["created"]),
        order_id=_ours(subscription, ORDER_KEY),
        plan_id=_ours(price, PLAN_KEY),
    )


def _of_a_plan(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The item whose price is one of our plans', whatever was added to it; else the first."""
    ours = (item for item in items if _ours(item.get("price") or {}, PLAN_KEY))
    return next(ours, items[0] if items else {})


def _money(price: Mapping[str, Any], quantity: int | None) -> Money | None:
    """What a period costs; None for tiers, fractions of a cent and metered use."""
    amount = price.get("unit_amount")
    if amount is None or quantity is None:
        return None
    return from_stripe(amount * quantity, price["currency"])


def _cancel_at(subscription: Mapping[str, Any], period_end: datetime | None) -> datetime | None:
    """The portal sets the moment, the API's own parameter only says "at the period's end"."""
    set_at = moment_or_none(subscription.get("cancel_at"))
    return set_at or (period_end if subscription.get("cancel_at_period_end") else None)


def _ours(thing: Mapping[str, Any], key: str) -> UUID | None:
    """An id that we gave along; whoever uses Stripe's dashboard may write anything there."""
    try:
        return UUID((thing.get("metadata") or {}).get(key, ""))
    except ValueError:
        return None
