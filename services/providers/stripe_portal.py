"""Stripe's customer portal."""

from collections.abc import Sequence

from stripe.params.billing_portal import (
    ConfigurationCreateParamsFeaturesSubscriptionUpdate as PlanChanges,
)
from stripe.params.billing_portal import (
    ConfigurationCreateParamsFeaturesSubscriptionUpdateProduct as Product,
)
from stripe.params.billing_portal import SessionCreateParams, SessionCreateParamsFlowData

from services.domain.billing import PriceState
from services.domain.plans import PortalFlow
from services.providers.stripe_client import Stripe

_MOST_PRODUCTS = 10
"""Stripe's limit for what can be changed to. (API reference, portal configuration)"""


class StripePortal:
    """Implements the port Portal."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def configure(self, offers: Sequence[PriceState], *, key: str, return_url: str) -> str:
        """Of more products than Stripe takes, those offered first can be changed to."""
        configuration = await self._stripe.ask(
            lambda: self._stripe.v1.billing_portal.configurations.create_async(
                {
                    "features": {
                        "customer_update": {
                            "enabled": True,
                            "allowed_updates": ["email", "address"],
                        },
                        "invoice_history": {"enabled": True},
                        "payment_method_update": {"enabled": True},
                        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
                        "subscription_update": _update(offers),
                    },
                    "default_return_url": return_url,
                },
                {"idempotency_key": f"portal:{key}"},
            )
        )
        return configuration.id

    async def open(
        self,
        *,
        customer_id: str,
        configuration_id: str,
        return_url: str,
        flow: PortalFlow,
        subscription_id: str | None,
    ) -> str:
        """Raises ValueError for a flow that needs a subscription and is given none."""
        params: SessionCreateParams = {
            "customer": customer_id,
            "configuration": configuration_id,
            "return_url": return_url,
        }
        if flow is not PortalFlow.HOME:
            params["flow_data"] = _flow_data(flow, subscription_id)
        session = await self._stripe.ask(
            lambda: self._stripe.v1.billing_portal.sessions.create_async(params)
        )
        return session.url


def _update(offers: Sequence[PriceState]) -> PlanChanges:
    """Stripe wants each product once, with all of its prices."""
    if len(offers) < 2:
        return {"enabled": False}
    prices: dict[str, list[str]] = {}
    for offer in offers:
        prices.setdefault(offer.product_id, []).append(offer.id)
    products: list[Product] = [{"product": of, "prices": its} for of, its in prices.items()]
    return {
        "enabled": True,
        "default_allowed_updates": ["price"],
        "proration_behavior": "always_invoice",
        "products": products[:_MOST_PRODUCTS],
    }


def _flow_data(flow: PortalFlow, subscription_id: str | None) -> SessionCreateParamsFlowData:
    if flow is PortalFlow.PAYMENT_METHOD:
        return {"type": "payment_method_update"}
    if not subscription_id:
        raise ValueError(f"the portal's flow {flow} needs a subscription")
    if flow is PortalFlow.CANCEL:
        return {
            "type": "subscription_cancel",
            "subscription_cancel": {"subscription": subscription_id},
        }
    return {
        "type": "subscription_update",
        "subscription_update": {"subscription": subscription_id},
    }
