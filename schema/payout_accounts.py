"""The account into which a host is paid, and the sums of their payouts, as the host sees them."""

from datetime import datetime
from typing import Self

import strawberry

from schema.money import Money
from schema.payout_states import PayoutAccountStatus
from services.domain import money, payouts
from services.domain.payouts import AccountStatus, Total


@strawberry.type(description="The viewer's account at Stripe into which they are paid.")
class PayoutAccount:
    status: PayoutAccountStatus = strawberry.field(description="How far it is.")
    can_be_paid: bool = strawberry.field(
        description="Whether payouts arrive; if not, `createPayoutAccountLink` leads on."
    )
    country: str = strawberry.field(
        description="ISO 3166 code of its country; it can't be changed once Stripe made it."
    )
    requirements: list[str] = strawberry.field(
        description="What Stripe wants from the viewer now, in its own words; empty for nothing."
    )
    disabled_reason: str | None = strawberry.field(
        description="Why Stripe lets no payout in, in its own words; null if it gives no reason."
    )
    created_at: datetime = strawberry.field(description="When it was begun.")

    @classmethod
    def of(cls, row: payouts.PayoutAccount) -> Self:
        return cls(
            status=PayoutAccountStatus(row.status.value),
            can_be_paid=row.status is AccountStatus.ACTIVE,
            country=row.country,
            requirements=list(row.requirements),
            disabled_reason=row.disabled_reason,
            created_at=row.created_at,
        )


@strawberry.type(
    description=(
        "Sums of all payouts of the viewer in one currency: the amount is what was returned, the "
        "fees and the net together."
    )
)
class PayoutTotal:
    currency: str = strawberry.field(description="ISO 4217 code in upper case.")
    count: int = strawberry.field(description="How many payouts.")
    amount: Money = strawberry.field(description="What clients paid.")
    returned: Money = strawberry.field(description="What of it went back or is on its way back.")
    fee: Money = strawberry.field(description="What the platform keeps.")
    net: Money = strawberry.field(description="What the viewer is to have.")
    paid: Money = strawberry.field(description="The net of payouts that were transferred.")
    waiting: Money = strawberry.field(description="The net of payouts that wait for something.")

    @classmethod
    def of(cls, sums: Total) -> Self:
        def shown(minor: int) -> Money:
            return Money.of(money.Money(minor, sums.currency))

        return cls(
            currency=sums.currency,
            count=sums.count,
            amount=shown(sums.amount_minor),
            returned=shown(sums.returned_minor),
            fee=shown(sums.fee_minor),
            net=shown(sums.net_minor),
            paid=shown(sums.paid_minor),
            waiting=shown(sums.waiting_minor),
        )
