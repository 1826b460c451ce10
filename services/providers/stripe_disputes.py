"""Stripe disputes."""

from collections.abc import Sequence
from typing import Any

from services.domain.money import from_stripe
from services.providers.billing_ports import DisputeState
from services.providers.stripe_client import Stripe


class StripeDisputes:
    """Implements the port Disputes."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def of_payment(self, payment_id: str) -> Sequence[DisputeState]:
        page = await self._stripe.ask(
            lambda: self._stripe.v1.disputes.list_async(
                {"payment_intent": payment_id, "limit": 100}
            )
        )
        return [_dispute(dispute.to_dict()) for dispute in page.data]


def _dispute(dispute: dict[str, Any]) -> DisputeState:
    return DisputeState(
        id=dispute["id"],
        payment_id=dispute["payment_intent"],
        status=dispute["status"],
        amount=from_stripe(dispute["amount"], dispute["currency"]),
    )
