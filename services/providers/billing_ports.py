"""What the product asks of the payment service about subscriptions, in its own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.domain.billing import PriceState, SubscriptionState
from services.domain.money import Money
from services.domain.plans import Interval, PortalFlow
from services.providers.ports import PaymentState


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """An invoice as the payment service tells it now.

    `subscription_id` is None for one of no subscription. `payments` are those tried or made for it,
    oldest first; none for a free one. `period_start` and `period_end` are what it pays for;
    `paid_at` is None while it is owed.
    """

    id: str
    subscription_id: str | None
    customer_id: str
    number: str | None
    url: str | None
    pdf_url: str | None
    period_start: datetime | None
    period_end: datetime | None
    payments: tuple[PaymentState, ...]
    paid_at: datetime | None = None


class Subscriptions(Protocol):
    async def read(self, subscription_id: str) -> SubscriptionState:
        """Raises `Unknown` when there is none, ProviderError."""

    async def cancel(self, subscription_id: str, *, key: str) -> SubscriptionState:
        """End it now; one that is over comes back as it is. Raises `Unknown`, ProviderError."""


class Invoices(Protocol):
    async def read(self, invoice_id: str) -> InvoiceState:
        """Raises `Unknown` when there is none, ProviderError."""

    async def of_payment(self, payment_id: str) -> InvoiceState | None:
        """The invoice that a payment is for, if it is for one."""

    async def of_subscription(self, subscription_id: str, *, limit: int) -> Sequence[InvoiceState]:
        """Its newest invoices, newest first, at most `limit`."""


class Prices(Protocol):
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
        """The price of a plan as it is now, with its product; asked twice within a day, the same.

        Raises ProviderError.
        """


class Portal(Protocol):
    async def configure(self, offers: Sequence[PriceState], *, key: str, return_url: str) -> str:
        """The id of a configuration that lets customers change address and card, see invoices,
        cancel at the period's end and, with two offers or more, change between them."""

    async def open(
        self,
        *,
        customer_id: str,
        configuration_id: str,
        return_url: str,
        flow: PortalFlow,
        subscription_id: str | None,
    ) -> str:
        """A short-lived address of the portal for one customer; `subscription_id` is needed for
        CANCEL and CHANGE_PLAN. Raises `Unknown` (customer or configuration), ProviderError."""


@dataclass(frozen=True, slots=True)
class DisputeState:
    """A dispute about a payment; `status` is the payment service's own word, `amount` how much of
    the payment the buyer disputes."""

    id: str
    payment_id: str
    status: str
    amount: Money


class Disputes(Protocol):
    async def of_payment(self, payment_id: str) -> Sequence[DisputeState]:
        """Every dispute about a payment, newest first."""


@dataclass(frozen=True, slots=True)
class Billing:
    """Everything about subscriptions at the payment service."""

    subscriptions: Subscriptions
    invoices: Invoices
    prices: Prices
    portal: Portal
