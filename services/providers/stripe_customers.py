"""Stripe customers."""

from collections.abc import Mapping
from uuid import UUID

from stripe.params import CustomerCreateParams

from services.providers.stripe_client import Stripe
from services.providers.stripe_keys import key_of


class StripeCustomers:
    """Implements the port Customers."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def create(
        self, *, key: UUID, metadata: Mapping[str, str], email: str | None, name: str | None
    ) -> str:
        params: CustomerCreateParams = {"metadata": dict(metadata)}
        if email:
            params["email"] = email
        if name:
            params["name"] = name
        customer = await self._stripe.ask(
            lambda: self._stripe.v1.customers.create_async(
                params, {"idempotency_key": key_of(f"customer:{key}", params)}
            )
        )
        return customer.id
