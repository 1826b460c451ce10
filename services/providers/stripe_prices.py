"""Stripe prices, each with the product it is of."""

from uuid import UUID

from stripe.params import PriceCreateParams, ProductCreateParams

from services.domain.billing import PriceState
from services.domain.money import Money, to_stripe
from services.domain.plans import Interval
from services.providers.stripe_client import Stripe
from services.providers.stripe_keys import key_of

PLAN_KEY = "sessionpay_plan_id"
"""Metadata that names our plan in Stripe's dashboard."""


class StripePrices:
    """Implements the port Prices."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def create(
        self,
        *,
        plan_id: UUID,
        name: str,
        description: str,
        price: Money,
        interval: Interval,
        interval_count: int,
    ) -> PriceState:
        """Raises InvalidInput for an amount that Stripe cannot charge, before anything is made."""
        amount = to_stripe(price)
        product_id = await self._product(plan_id, name, description)
        params: PriceCreateParams = {
            "currency": price.currency.lower(),
            "unit_amount": amount,
            "recurring": {"interval": interval.lower(), "interval_count": interval_count},
            "product": product_id,
            "metadata": {PLAN_KEY: str(plan_id)},
        }
        made = await self._stripe.ask(
            lambda: self._stripe.v1.prices.create_async(
                params, {"idempotency_key": key_of(f"price:{plan_id}", params)}
            )
        )
        return PriceState(id=made.id, product_id=product_id)

    async def _product(self, plan_id: UUID, name: str, description: str) -> str:
        params: ProductCreateParams = {"name": name, "metadata": {PLAN_KEY: str(plan_id)}}
        if description:
            params["description"] = description
        product = await self._stripe.ask(
            lambda: self._stripe.v1.products.create_async(
                params, {"idempotency_key": key_of(f"product:{plan_id}", params)}
            )
        )
        return product.id
