"""Stripe refunds."""

from typing import Any

from services.domain.money import Money, from_stripe, to_stripe
from services.providers.errors import ProviderError
from services.providers.ports import RefundRefused, RefundState
from services.providers.stripe_client import Stripe

REFUND_KEY = "sessionpay_refund_id"
"""Metadata that finds an earlier refund again when Stripe has forgotten its idempotency key."""


class StripeRefunds:
    """Implements the port Refunds."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def create(self, *, key: str, payment_id: str, amount: Money) -> RefundState:
        # Stripe forgets idempotency keys after a day; the metadata remembers for ever.
        for earlier in await self.of_payment(payment_id):
            if earlier.key == key:
                return earlier
        try:
            refund = await self._stripe.ask(
                lambda: self._stripe.v1.refunds.create_async(
                    {
                        "payment_intent": payment_id,
                        "amount": to_stripe(amount),
                        "metadata": {REFUND_KEY: key},
                    },
                    {"idempotency_key": f"refund:{key}"},
                )
            )
        except ProviderError as error:
            if error.retryable or error.status != 400:
                raise
            raise RefundRefused(error.message) from error
        return _refund(refund.to_dict())

    async def of_payment(self, payment_id: str) -> list[RefundState]:
        page = await self._stripe.ask(
            lambda: self._stripe.v1.refunds.list_async({"payment_intent": payment_id, "limit": 100})
        )
        return [_refund(refund.to_dict()) for refund in page.data]


def _refund(refund: dict[str, Any]) -> RefundState:
    return RefundState(
        id=refund["id"],
        payment_id=refund["payment_intent"],
        status=refund["status"].upper(),
        amount=from_stripe(refund["amount"], refund["currency"]),
        failure_reason=refund.get("failure_reason"),
        key=(refund.get("metadata") or {}).get(REFUND_KEY),
    )
