"""Stripe Checkout Sessions: one payment, or the beginning of a subscription."""

from typing import Any

from stripe.params.checkout import (
    SessionCreateParams,
    SessionCreateParamsLineItemPriceData,
    SessionCreateParamsPaymentIntentData,
    SessionCreateParamsSubscriptionData,
)

from services.domain.money import to_stripe
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState, NewCheckout, NewSubscription, Unknown
from services.providers.stripe_client import Stripe
from services.providers.stripe_moments import moment, seconds
from services.providers.stripe_payments import payment_of_checkout


class StripeCheckouts:
    """Implements the port Checkouts."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def open(self, new: NewCheckout) -> CheckoutState:
        session = await self._stripe.ask(
            lambda: self._stripe.v1.checkout.sessions.create_async(
                _params(new), {"idempotency_key": new.key}
            )
        )
        return _checkout(session.to_dict())

    async def read(self, checkout_id: str) -> CheckoutState:
        if not checkout_id:  # an empty id would list instead
            raise Unknown("id")
        session = await self._stripe.ask(
            lambda: self._stripe.v1.checkout.sessions.retrieve_async(
                checkout_id, {"expand": ["payment_intent.latest_charge"]}
            )
        )
        return _checkout(session.to_dict())

    async def expire(self, checkout_id: str) -> CheckoutState:
        try:
            session = await self._stripe.ask(
                lambda: self._stripe.v1.checkout.sessions.expire_async(
                    checkout_id, {"expand": ["payment_intent.latest_charge"]}
                )
            )
        except ProviderError as error:
            if error.retryable or error.status != 400:
                raise
            return await self.read(checkout_id)  # not open any more: what is it now?
        return _checkout(session.to_dict())

    async def of_payment(self, payment_id: str) -> CheckoutState | None:
        page = await self._stripe.ask(
            lambda: self._stripe.v1.checkout.sessions.list_async(
                {"payment_intent": payment_id, "limit": 1}
            )
        )
        return await self.read(page.data[0].id) if page.data else None


def _params(new: NewCheckout) -> SessionCreateParams:
    bought = (
        _payment_params(new)
        if new.subscription is None
        else _subscription_params(new, new.subscription)
    )
    return {
        **_where(new),
        **bought,
        "client_reference_id": str(new.client_reference),
        "customer": new.customer_id,
        "metadata": dict(new.metadata),
        # One currency: the amount that comes back must equal the price.
        "adaptive_pricing": {"enabled": False},
        "expires_at": seconds(new.expires_at),
    }


def _where(new: NewCheckout) -> SessionCreateParams:
    if new.ui_mode == "EMBEDDED":
        return {"ui_mode": "embedded_page", "return_url": new.success_url}
    return {
        "ui_mode": "hosted_page",
        "success_url": new.success_url,
        "cancel_url": new.cancel_url,
    }


def _payment_params(new: NewCheckout) -> SessionCreateParams:
    price: SessionCreateParamsLineItemPriceData = {
        "currency": new.price.currency.lower(),
        "unit_amount": to_stripe(new.price),
        "product_data": {"name": new.product},
    }
    # Stripe does not copy it by itself: events of the payment must name our rows too.
    data: SessionCreateParamsPaymentIntentData = {"metadata": dict(new.metadata)}
    if new.transfer_group is not None:
        data["transfer_group"] = new.transfer_group
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": data,
    }


def _subscription_params(new: NewCheckout, begun: NewSubscription) -> SessionCreateParams:
    # Nor does Stripe copy it from the checkout to the subscription.
    data: SessionCreateParamsSubscriptionData = {"metadata": dict(new.metadata)}
    if begun.trial_days is not None:
        data["trial_period_days"] = begun.trial_days
    if begun.trial_end is not None:
        data["trial_end"] = seconds(begun.trial_end)
    return {
        "mode": "subscription",
        "line_items": [{"quantity": 1, "price": begun.price_id}],
        "subscription_data": data,
    }


def _checkout(session: dict[str, Any]) -> CheckoutState:
    intent = session.get("payment_intent")
    return CheckoutState(
        id=session["id"],
        status=session["status"].upper(),
        url=session.get("url"),
        client_secret=session.get("client_secret"),
        expires_at=moment(session["expires_at"]),
        metadata=session.get("metadata") or {},
        payment=payment_of_checkout(intent, complete=session["status"] == "complete")
        if isinstance(intent, dict)
        else None,
        subscription_id=session.get("subscription"),
        email=(session.get("customer_details") or {}).get("email"),
    )
