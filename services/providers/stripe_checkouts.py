"""Stripe Checkout Sessions and the customers they are for."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.domain.money import from_stripe, to_stripe
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState, NewCheckout, PaymentState, Unknown
from services.providers.stripe_client import Stripe


class StripeCustomers:
    """Implements the port Customers."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def create(self, *, user_id: UUID, email: str | None, name: str | None) -> str:
        params: dict[str, Any] = {"metadata": {"user_id": str(user_id)}}
        if email:
            params["email"] = email
        if name:
            params["name"] = name
        customer = await self._stripe.ask(
            lambda: self._stripe.v1.customers.create_async(
                params,  # type: ignore[arg-type]  # built step by step, so no literal TypedDict
                {"idempotency_key": f"customer:{user_id}:{_digest(params)}"},
            )
        )
        return customer.id


def _digest(params: dict[str, Any]) -> str:
    """For a day Stripe refuses a key with other parameters, such as a changed address."""
    return sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16]


class StripeCheckouts:
    """Implements the port Checkouts."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def open(self, new: NewCheckout) -> CheckoutState:
        session = await self._stripe.ask(
            lambda: self._stripe.v1.checkout.sessions.create_async(
                _checkout_params(new),  # type: ignore[arg-type]  # as above
                {"idempotency_key": new.key},
            )
        )
        return _checkout(session.to_dict())

    async def read(self, checkout_id: str) -> CheckoutState:
        if not checkout_id:  # an empty id would list instead
            raise Unknown
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


def _checkout_params(new: NewCheckout) -> dict[str, Any]:
    where = (
        {"ui_mode": "hosted_page", "success_url": new.success_url, "cancel_url": new.cancel_url}
        if new.ui_mode == "HOSTED"
        else {"ui_mode": "embedded_page", "return_url": new.success_url}
    )
    return where | {
        "mode": "payment",
        "client_reference_id": str(new.user_id),
        "customer": new.customer_id,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": new.price.currency.lower(),
                    "unit_amount": to_stripe(new.price),
                    "product_data": {"name": new.product},
                },
            }
        ],
        # Stripe copies none of these by itself: events of the payment must name our rows too.
        "metadata": dict(new.metadata),
        "payment_intent_data": {"metadata": dict(new.metadata)},
        # One currency: the amount that comes back must equal the price.
        "adaptive_pricing": {"enabled": False},
        "expires_at": int(new.expires_at.timestamp()),
    }


def _checkout(session: dict[str, Any]) -> CheckoutState:
    intent = session.get("payment_intent")
    return CheckoutState(
        id=session["id"],
        status=session["status"].upper(),
        url=session.get("url"),
        client_secret=session.get("client_secret"),
        expires_at=datetime.fromtimestamp(session["expires_at"], UTC),
        metadata=session.get("metadata") or {},
        payment=_payment(intent, complete=session["status"] == "complete")
        if isinstance(intent, dict)
        else None,
    )


def _payment(intent: dict[str, Any], *, complete: bool) -> PaymentState:
    charge = intent.get("latest_charge") or {}
    trouble = intent.get("last_payment_error") or {}
    return PaymentState(
        id=intent["id"],
        status=_payment_status(intent["status"], failed=bool(trouble), complete=complete),
        amount=from_stripe(intent["amount"], intent["currency"]),
        amount_refunded_minor=charge.get("amount_refunded", 0),
        charge_id=charge.get("id"),
        customer_id=intent.get("customer"),
        receipt_url=charge.get("receipt_url"),
        failure_reason=trouble.get("message"),
    )


def _payment_status(status: str, *, failed: bool, complete: bool) -> Any:
    """In a completed checkout the client has done their part: what is not paid yet is on its way
    (a voucher or transfer waits as `requires_action`) or failed for good."""
    if status == "succeeded":
        return "SUCCEEDED"
    if status in ("processing", "requires_capture"):
        return "PROCESSING"
    if status == "canceled" or (status == "requires_payment_method" and (failed or complete)):
        return "FAILED"
    return "PROCESSING" if complete else "OPEN"
