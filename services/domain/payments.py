"""Payments, the checkouts they come through, and refunds, as frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.domain.disputes import DisputeStanding, standing
from services.domain.money import Money


class UiMode(StrEnum):
    HOSTED = "HOSTED"
    EMBEDDED = "EMBEDDED"


class CheckoutStatus(StrEnum):
    CREATING = "CREATING"
    OPEN = "OPEN"
    COMPLETE = "COMPLETE"
    EXPIRED = "EXPIRED"


class PaymentStatus(StrEnum):
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Outcome(StrEnum):
    """How a payment ends; each ends in exactly one."""

    FULFILLED = "FULFILLED"
    REFUNDED = "REFUNDED"
    WAITING = "WAITING"


class RefundOrigin(StrEnum):
    """Through what a refund was asked for."""

    SESSIONPAY = "SESSIONPAY"
    DASHBOARD = "DASHBOARD"


class RefundBy(StrEnum):
    """Who decided a refund: SYSTEM for the rules by themselves."""

    SYSTEM = "SYSTEM"
    CLIENT = "CLIENT"
    HOST = "HOST"
    OPERATOR = "OPERATOR"
    DASHBOARD = "DASHBOARD"


class RefundStatus(StrEnum):
    REQUESTED = "REQUESTED"
    PENDING = "PENDING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True)
class Checkout:
    id: UUID
    booking_id: UUID | None
    subscription_id: UUID | None
    attempt: int
    ui_mode: UiMode
    status: CheckoutStatus
    stripe_session_id: str | None
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """Of `amount`, `amount_refunded_minor` went back by refunds or is on its way, and
    `amount_lost_minor` by disputes that were lost."""

    id: UUID
    user_id: UUID | None
    telegram_buyer_id: UUID | None
    booking_id: UUID | None
    subscription_id: UUID | None
    checkout_session_id: str | None
    payment_intent_id: str
    charge_id: str | None
    amount: Money
    amount_refunded_minor: int
    amount_lost_minor: int
    status: PaymentStatus
    failure_reason: str | None
    receipt_url: str | None
    invoice_number: str | None
    invoice_url: str | None
    invoice_pdf_url: str | None
    period_start: datetime | None
    period_end: datetime | None
    dispute_status: str | None
    dispute_count: int
    outcome: Outcome | None
    outcome_reason: str | None
    paid_at: datetime | None
    created_at: datetime

    @property
    def is_disputed(self) -> bool:
        """Whether a bank is deciding about it now."""
        return standing(self.dispute_status) is DisputeStanding.OPEN

    @property
    def returned_minor(self) -> int:
        """What went back to the payer in all, or is on its way."""
        return min(self.amount.amount_minor, self.amount_refunded_minor + self.amount_lost_minor)


@dataclass(frozen=True, slots=True)
class Refund:
    """`updated_at` is when its status last changed."""

    id: UUID
    payment_id: UUID
    payment_intent_id: str
    stripe_refund_id: str | None
    amount: Money
    status: RefundStatus
    origin: RefundOrigin
    cause: str
    requested_by: RefundBy
    requested_by_user: UUID | None
    reason: str
    failure_reason: str | None
    created_at: datetime
    updated_at: datetime
