"""Money that goes back: what a cancellation would return, and refunds that were asked for."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from schema.errors import UserError
from schema.money import Money
from services.domain import payments


@strawberry.enum(description="How far a refund has come; Stripe's own states but the first.")
class RefundStatus(Enum):
    REQUESTED = strawberry.enum_value(
        "REQUESTED", description="Decided; Stripe is asked for it by itself."
    )
    PENDING = strawberry.enum_value("PENDING", description="Stripe is sending it.")
    REQUIRES_ACTION = strawberry.enum_value(
        "REQUIRES_ACTION", description="Stripe waits for the payer, as for their bank account."
    )
    SUCCEEDED = strawberry.enum_value(
        "SUCCEEDED", description="It was returned; banks may show it some days later."
    )
    FAILED = strawberry.enum_value(
        "FAILED", description="It could not be returned so; a person looks after it."
    )
    CANCELED = strawberry.enum_value("CANCELED", description="It was called off at Stripe.")


@strawberry.enum(description="Who decided a refund.")
class RefundBy(Enum):
    SYSTEM = strawberry.enum_value(
        "SYSTEM", description="The rules by themselves, as for a session that can't be had."
    )
    CLIENT = strawberry.enum_value("CLIENT", description="The client, by the terms.")
    HOST = strawberry.enum_value("HOST", description="The host.")
    OPERATOR = strawberry.enum_value("OPERATOR", description="The seller, through this service.")
    DASHBOARD = strawberry.enum_value("DASHBOARD", description="The seller, at Stripe.")


@strawberry.type(description="Money of a payment that goes back.")
class PaymentRefund:
    amount: Money = strawberry.field(description="How much.")
    status: RefundStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="One sentence for the payer: why.")
    requested_by: RefundBy = strawberry.field(description="Who decided it.")
    created_at: datetime = strawberry.field(description="When it was decided, or first heard of.")

    @classmethod
    def of(cls, row: payments.Refund) -> Self:
        return cls(
            amount=Money.of(row.amount),
            status=RefundStatus(row.status.value),
            reason=row.reason,
            requested_by=RefundBy(row.requested_by.value),
            created_at=row.created_at,
        )


@strawberry.type(
    description=(
        "What `cancelBooking` by the viewer does now: for a client by the terms of the booking, "
        "for its host with all the money back."
    )
)
class RefundQuote:
    booking_id: strawberry.ID = strawberry.field(description="UUID of the booking it is about.")
    can_cancel: bool = strawberry.field(description="Whether the viewer can call it off now.")
    refund: Money = strawberry.field(
        description="What goes back to the client; zero if nothing does, or it can't be called off."
    )
    kept: Money = strawberry.field(
        description="What of the money does not go back; zero when it can't be called off."
    )
    percent: int | None = strawberry.field(
        description=(
            "Percent of the price that comes back in all by the rule that counts now; null when "
            "it can't be called off, and where no money was paid."
        )
    )
    credits_returned: int = strawberry.field(
        description="Session credits that come back; zero for what was paid with money."
    )
    holds_until: datetime | None = strawberry.field(
        description=(
            "Until when the rules give this answer; null where no moment changes it. A payment "
            "that moves meanwhile may: `expectedRefundMinor` guards against that."
        )
    )
    refusal: UserError | None = strawberry.field(
        description="Why it can't be called off; null when it can."
    )
