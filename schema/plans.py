"""Plans, the channels they open, and who has subscribed to them, as clients see them."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry
from strawberry import Info

from schema.loading import HasLoaders
from schema.money import Money
from services.domain import plans


@strawberry.enum(description="Unit of a billing period.")
class BillingInterval(Enum):
    DAY = strawberry.enum_value("DAY", description="Days.")
    WEEK = strawberry.enum_value("WEEK", description="Weeks.")
    MONTH = strawberry.enum_value("MONTH", description="Calendar months.")
    YEAR = strawberry.enum_value("YEAR", description="Calendar years.")


@strawberry.enum(description="How a subscription stands; Stripe's own states.")
class SubscriptionStatus(Enum):
    INCOMPLETE = strawberry.enum_value(
        "INCOMPLETE", description="Begun, but its first payment has not come."
    )
    INCOMPLETE_EXPIRED = strawberry.enum_value(
        "INCOMPLETE_EXPIRED", description="Over: its first payment never came."
    )
    TRIALING = strawberry.enum_value("TRIALING", description="Free until `trialEnd`.")
    ACTIVE = strawberry.enum_value("ACTIVE", description="Paid.")
    PAST_DUE = strawberry.enum_value(
        "PAST_DUE", description="A payment failed and is tried again; `graceUntil` says how long."
    )
    UNPAID = strawberry.enum_value(
        "UNPAID", description="A payment failed and is no longer tried by itself."
    )
    PAUSED = strawberry.enum_value(
        "PAUSED", description="Stopped until it is resumed, as after a trial without a card."
    )
    CANCELED = strawberry.enum_value("CANCELED", description="Over.")


@strawberry.type(description="A private channel that plans open.")
class Channel:
    id: strawberry.ID = strawberry.field(description="UUID of the channel.")
    name: str = strawberry.field(description="Name to show.")
    description: str = strawberry.field(description="What is in it; may be empty.")

    @classmethod
    def of(cls, row: plans.Channel) -> Self:
        return cls(id=strawberry.ID(str(row.id)), name=row.name, description=row.description)


@strawberry.type(description="Something sold by subscription, or once for good.")
class Plan:
    row: strawberry.Private[plans.Plan]
    id: strawberry.ID = strawberry.field(
        description="UUID of the plan; `createCheckoutSession` takes it as `planId`."
    )
    name: str = strawberry.field(description="Name to show.")
    description: str = strawberry.field(description="What one gets; may be empty.")
    price: Money = strawberry.field(
        description="What each period costs a new subscriber, or what is paid once."
    )
    interval: BillingInterval | None = strawberry.field(
        description="Unit of the billing period; null for what is paid once and kept."
    )
    interval_count: int = strawberry.field(
        description="How many of the unit are one period; without meaning for what is paid once."
    )
    trial_days: int | None = strawberry.field(
        description="Free days before a person's first payment; null for none."
    )
    session_credits: int = strawberry.field(
        description="Session credits that each period gives; 0 for none."
    )
    created_at: datetime = strawberry.field(description="When the plan was made.")

    @strawberry.field(description="The private channel it opens; null for none.")
    async def channel(self, info: Info[HasLoaders, None]) -> Channel | None:
        if self.row.channel_id is None:
            return None
        return Channel.of(await info.context.loaders.channel(self.row.channel_id))

    @classmethod
    def of(cls, row: plans.Plan) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            description=row.description,
            price=Money.of(row.price),
            interval=BillingInterval(row.interval.value) if row.interval else None,
            interval_count=row.interval_count,
            trial_days=row.trial_days,
            session_credits=row.session_credits,
            created_at=row.created_at,
        )


# GraphQL keeps the name Subscription for the root of what can be followed.
@strawberry.type(description="Somebody's subscription to a plan, or a plan they bought for good.")
class PlanSubscription:
    row: strawberry.Private[plans.Subscription]
    id: strawberry.ID = strawberry.field(description="UUID of the subscription.")
    status: SubscriptionStatus = strawberry.field(description="How it stands.")
    price: Money | None = strawberry.field(
        description="What each of its periods costs, or what was paid once; null before it is paid."
    )
    current_period_start: datetime | None = strawberry.field(
        description="Start of the current period; null before the first."
    )
    current_period_end: datetime | None = strawberry.field(
        description="When the next period begins and is paid; null for what is kept for good."
    )
    trial_end: datetime | None = strawberry.field(
        description="Until when it is free; null without a trial."
    )
    cancel_at: datetime | None = strawberry.field(
        description="When it ends because somebody cancelled it; null while it goes on."
    )
    cancel_at_period_end: bool = strawberry.field(
        description="Whether it was cancelled and ends at `cancelAt` in place of being renewed."
    )
    canceled_at: datetime | None = strawberry.field(
        description="When somebody cancelled it; null if nobody did."
    )
    ended_at: datetime | None = strawberry.field(
        description="When it ended; null while it goes on."
    )
    grace_until: datetime | None = strawberry.field(
        description="Until when it counts although a payment failed; null while none is owed."
    )
    created_at: datetime = strawberry.field(description="When it was begun.")
    managed: bool = strawberry.field(
        description=(
            "Whether Stripe goes on with it, so that `portalUrl` changes or ends it; false for a "
            "trial granted without Stripe, for what was paid once, and before the first payment."
        )
    )

    @strawberry.field(description="The plan; null where Stripe shows a price that is none of ours.")
    async def plan(self, info: Info[HasLoaders, None]) -> Plan | None:
        if self.row.plan_id is None:
            return None
        return Plan.of(await info.context.loaders.plan(self.row.plan_id))

    @classmethod
    def of(cls, row: plans.Subscription) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            status=SubscriptionStatus(row.status.value),
            price=Money.of(row.price) if row.price else None,
            current_period_start=row.current_period_start,
            current_period_end=row.current_period_end,
            trial_end=row.trial_end,
            cancel_at=row.cancel_at,
            cancel_at_period_end=row.cancel_at is not None,
            canceled_at=row.canceled_at,
            ended_at=row.ended_at,
            grace_until=row.grace_until,
            created_at=row.created_at,
            managed=row.stripe_id is not None and row.status not in plans.OVER,
        )
