"""What the product asks of the payment service, in its own words; the vendor fits itself in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from services.domain.money import Money


@dataclass(frozen=True, slots=True)
class NewCheckout:
    """A checkout to open; `key` makes asking twice open one.

    `client_reference` is the id of whoever pays. With `subscription` it begins one, without it
    takes `price` for `product` once. `transfer_group` names what its money will be paid out for;
    it is None for what no host is paid for, and where a subscription is begun.
    """

    key: str
    client_reference: UUID
    customer_id: str
    ui_mode: Literal["HOSTED", "EMBEDDED"]
    product: str
    price: Money
    subscription: "NewSubscription | None"
    success_url: str
    cancel_url: str
    expires_at: datetime
    metadata: Mapping[str, str]
    transfer_group: str | None = None


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What a checkout begins: `price_id` is the payment service's; a trial ends at `trial_end` or
    after `trial_days`, at most one of which is given."""

    price_id: str
    trial_days: int | None = None
    trial_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment as the payment service tells it now.

    `status` is `PROCESSING`, `SUCCEEDED`, `FAILED` (final or for now) or `OPEN` (not tried yet).
    """

    id: str
    status: Literal["OPEN", "PROCESSING", "SUCCEEDED", "FAILED"]
    amount: Money
    amount_refunded_minor: int
    charge_id: str | None
    customer_id: str | None
    receipt_url: str | None
    failure_reason: str | None


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """A checkout as the payment service tells it now.

    `url` and `client_secret` are for the client and only there while `status` is `OPEN`.
    `payment` is None before the client tried to pay, and where a subscription is begun: then
    `subscription_id` names it once it is paid. `email` is what the client gave on the page.
    """

    id: str
    status: Literal["OPEN", "COMPLETE", "EXPIRED"]
    url: str | None
    client_secret: str | None
    expires_at: datetime
    metadata: Mapping[str, str]
    payment: PaymentState | None
    subscription_id: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class RefundState:
    """A refund as the payment service tells it now; `key` is ours, None for somebody else's."""

    id: str
    payment_id: str
    status: Literal["PENDING", "REQUIRES_ACTION", "SUCCEEDED", "FAILED", "CANCELED"]
    amount: Money
    failure_reason: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """An event whose signature was verified."""

    id: str
    type: str
    livemode: bool


class Customers(Protocol):
    async def create(
        self, *, key: UUID, metadata: Mapping[str, str], email: str | None, name: str | None
    ) -> str:
        """The id of a person's customer; the same for every call of a day with this `key`."""


class Checkouts(Protocol):
    async def open(self, new: NewCheckout) -> CheckoutState:
        """Open a checkout. Raises ProviderError."""

    async def read(self, checkout_id: str) -> CheckoutState:
        """The checkout as it is now. Raises `Unknown` when there is none, ProviderError."""

    async def expire(self, checkout_id: str) -> CheckoutState:
        """Close an open checkout so that it can't be paid any more, and tell what it is now.

        A checkout that was no longer open comes back as it is: it may be paid.
        """

    async def of_payment(self, payment_id: str) -> CheckoutState | None:
        """The checkout through which a payment came, if one did."""


class Refunds(Protocol):
    async def create(self, *, key: str, payment_id: str, amount: Money) -> RefundState:
        """Return money. An earlier refund with the same `key` is returned instead of a second one.

        Raises `RefundRefused` when the service never will, ProviderError otherwise.
        """

    async def of_payment(self, payment_id: str) -> list[RefundState]:
        """Every refund of a payment, newest first."""


class EventVerifier(Protocol):
    def verify(self, body: bytes, signature: str) -> SignedEvent:
        """The event of a webhook. Raises `BadSignature` or `MalformedEvent`."""


class Unknown(Exception):
    """The payment service has no such object; `parameter` names the one that held its id."""

    def __init__(self, parameter: str | None = None) -> None:
        super().__init__(parameter or "")
        self.parameter = parameter


class RefundRefused(Exception):
    """The payment service will not return this money; the message says why."""


class BadSignature(Exception):
    """The webhook was not signed with our secret, or too long ago."""


class MalformedEvent(Exception):
    """The webhook's body is no event."""
