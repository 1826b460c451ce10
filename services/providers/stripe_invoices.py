"""Stripe invoices, with the payments that were tried or made for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.providers.billing_ports import InvoiceState
from services.providers.ports import PaymentState, Unknown
from services.providers.stripe_client import Stripe
from services.providers.stripe_moments import moment, moment_or_none
from services.providers.stripe_payments import payment_of_invoice


class StripeInvoices:
    """Implements the port Invoices."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def read(self, invoice_id: str) -> InvoiceState:
        if not invoice_id:  # an empty id would list instead
            raise Unknown("id")
        invoice = await self._stripe.ask(
            lambda: self._stripe.v1.invoices.retrieve_async(invoice_id)
        )
        return await self._paid(invoice.to_dict())

    async def of_payment(self, payment_id: str) -> InvoiceState | None:
        page = await self._stripe.ask(
            lambda: self._stripe.v1.invoice_payments.list_async(
                {
                    "payment": {"type": "payment_intent", "payment_intent": payment_id},
                    "limit": 1,
                }
            )
        )
        return await self.read(page.data[0].to_dict()["invoice"]) if page.data else None

    async def of_subscription(self, subscription_id: str, *, limit: int) -> Sequence[InvoiceState]:
        page = await self._stripe.ask(
            lambda: self._stripe.v1.invoices.list_async(
                {"subscription": subscription_id, "limit": limit}
            )
        )
        return [await self._paid(invoice.to_dict()) for invoice in page.data]

    async def _paid(self, invoice: dict[str, Any]) -> InvoiceState:
        """The invoice with its payments, which Stripe no longer tells along with it."""
        page = await self._stripe.ask(
            lambda: self._stripe.v1.invoice_payments.list_async(
                {"invoice": invoice["id"], "limit": 100}
            )
        )
        tried = [listed.to_dict()["payment"] for listed in reversed(page.data)]
        intents = [each["payment_intent"] for each in tried if each["type"] == "payment_intent"]
        return _invoice(invoice, tuple([await self._payment(intent) for intent in intents]))

    async def _payment(self, intent_id: str) -> PaymentState:
        intent = await self._stripe.ask(
            lambda: self._stripe.v1.payment_intents.retrieve_async(
                intent_id, {"expand": ["latest_charge"]}
            )
        )
        return payment_of_invoice(intent.to_dict())


def _invoice(invoice: Mapping[str, Any], payments: tuple[PaymentState, ...]) -> InvoiceState:
    period = _period(invoice["lines"]["data"])
    return InvoiceState(
        id=invoice["id"],
        subscription_id=_details(invoice).get("subscription"),
        customer_id=invoice["customer"],
        number=invoice.get("number"),
        url=invoice.get("hosted_invoice_url"),
        pdf_url=invoice.get("invoice_pdf"),
        period_start=moment(period["start"]) if period else None,
        period_end=moment(period["end"]) if period else None,
        payments=payments,
        paid_at=moment_or_none((invoice.get("status_transitions") or {}).get("paid_at")),
    )


def _period(lines: Sequence[Mapping[str, Any]]) -> Mapping[str, int] | None:
    """The newest period that is paid for: the invoice's own is when items were gathered.

    Prorations only tell it where there is nothing else, after a change within a period.
    """
    regular = [line for line in lines if _is_regular(line)]
    prorated = [line for line in lines if _is_prorated(line)]
    periods: list[Mapping[str, int]] = [line["period"] for line in regular or prorated]
    return max(periods, key=lambda period: period["end"], default=None)


def _is_regular(line: Mapping[str, Any]) -> bool:
    of_item = (line.get("parent") or {}).get("type") == "subscription_item_details"
    return of_item and not _details(line)["proration"]


def _is_prorated(line: Mapping[str, Any]) -> bool:
    """Whether it settles a change: an older subscription's are told as invoice items."""
    details = _details(line)
    return bool(details.get("subscription") and details.get("proration"))


def _details(parented: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an invoice or one of its lines says about what it came from; empty when nothing."""
    parent = parented.get("parent") or {}
    return parent.get(parent.get("type")) or {}
