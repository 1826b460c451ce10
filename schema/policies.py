"""On what terms a session may be called off or moved, and who did what, as clients see it."""

from datetime import timedelta
from enum import Enum
from typing import Self

import strawberry

from services.domain import policy

_MINUTE = timedelta(minutes=1)


@strawberry.type(description="How much comes back while the start is at least so far away.")
class RefundTier:
    minutes_before: int = strawberry.field(
        description="Minutes from the cancellation to the start, at least."
    )
    percent: int = strawberry.field(description="Percent of the price that comes back, 0 to 100.")

    @classmethod
    def of(cls, tier: policy.RefundTier) -> Self:
        return cls(minutes_before=tier.before // _MINUTE, percent=tier.percent)


@strawberry.type(
    description=(
        "Until when a client may call a session off or give it another time, and what comes back. "
        "When the host or the seller calls it off everything comes back."
    )
)
class CancellationPolicy:
    cancel_until_minutes: int = strawberry.field(
        description="The client may call it off until so many minutes before its start."
    )
    refund_tiers: list[RefundTier] = strawberry.field(
        description=(
            "What comes back then, the earliest first; the first that fits counts, and nothing "
            "comes back when none does."
        )
    )
    reschedule_until_minutes: int = strawberry.field(
        description="The client may give it another time until so many minutes before its start."
    )
    reschedule_limit: int | None = strawberry.field(
        description="How often the client may give it another time; null for any number."
    )
    no_show_percent: int = strawberry.field(
        description="Percent of the price that comes back to a client who did not come."
    )

    @classmethod
    def of(cls, terms: policy.Policy) -> Self:
        return cls(
            cancel_until_minutes=terms.cancel_until // _MINUTE,
            refund_tiers=list(map(RefundTier.of, terms.refunds)),
            reschedule_until_minutes=terms.reschedule_until // _MINUTE,
            reschedule_limit=terms.reschedule_limit,
            no_show_percent=terms.no_show_percent,
        )


@strawberry.enum(description="Who called a session off after it was paid for.")
class CalledOffBy(Enum):
    CLIENT = strawberry.enum_value("CLIENT", description="Who booked it, by its terms.")
    HOST = strawberry.enum_value("HOST", description="Who was to hold it.")
    OPERATOR = strawberry.enum_value(
        "OPERATOR", description="The seller, also by returning all the money at Stripe."
    )
    BANK = strawberry.enum_value("BANK", description="The client's bank, which took the money.")


@strawberry.enum(description="Who did not come to a session.")
class Absent(Enum):
    CLIENT = strawberry.enum_value(
        "CLIENT", description="Who booked it: it counts as held, what comes back is in the terms."
    )
    HOST = strawberry.enum_value(
        "HOST", description="Who was to hold it: it was not held, and everything comes back."
    )
