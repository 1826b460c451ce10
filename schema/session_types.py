"""What is on sale, by whom and when, as clients see it."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Self

import strawberry
from strawberry import Info

from schema.loading import HasLoaders
from schema.money import Money
from schema.policies import CancellationPolicy
from services.domain import models
from services.domain.slots import Interval


@strawberry.enum(description="Where a session takes place.")
class LocationKind(Enum):
    VIDEO = strawberry.enum_value("VIDEO", description="In a video room; the booking has its link.")


@strawberry.enum(description="What comes first, the time or the payment.")
class PaymentFlow(Enum):
    SLOT_FIRST = strawberry.enum_value(
        "SLOT_FIRST", description="The client chooses a time, then pays."
    )
    PAY_FIRST = strawberry.enum_value(
        "PAY_FIRST", description="The client pays, then chooses a time by `scheduleBooking`."
    )


@strawberry.type(description="Somebody who sells their time.")
class Host:
    id: strawberry.ID = strawberry.field(description="UUID of the host.")
    name: str = strawberry.field(description="Name to show.")
    bio: str = strawberry.field(description="A few sentences about the host; may be empty.")
    time_zone: str = strawberry.field(description="IANA zone the host works in.")

    @classmethod
    def of(cls, row: models.Host) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)), name=row.name, bio=row.bio, time_zone=row.time_zone
        )


@strawberry.type(description="A thing a host sells: a name, a length, a price.")
class SessionType:
    row: strawberry.Private[models.SessionType]
    id: strawberry.ID = strawberry.field(description="UUID of the session type.")
    name: str = strawberry.field(description="Name to show.")
    description: str = strawberry.field(description="A few sentences about it; may be empty.")
    duration_minutes: int = strawberry.field(description="Length of the session in minutes.")
    price: Money = strawberry.field(description="What one session costs.")
    credits: int | None = strawberry.field(
        description="How many session credits it costs instead; null if it is not for credits."
    )
    location_kind: LocationKind = strawberry.field(description="Where it takes place.")
    payment_flow: PaymentFlow = strawberry.field(description="What comes first, time or payment.")
    cancellation_policy: CancellationPolicy = strawberry.field(
        description="On what terms it may be called off or moved by who books it now."
    )

    @strawberry.field(description="Who holds the session.")
    async def host(self, info: Info[HasLoaders, None]) -> Host:
        return Host.of(await info.context.loaders.host(self.row.host_id))

    @classmethod
    def of(cls, row: models.SessionType) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            description=row.description,
            duration_minutes=row.duration // timedelta(minutes=1),
            price=Money.of(row.price),
            credits=row.credits,
            location_kind=LocationKind(row.location_kind),
            payment_flow=PaymentFlow(row.payment_flow.value),
            cancellation_policy=CancellationPolicy.of(row.policy),
        )


@strawberry.type(description="An open time of a session type.")
class Slot:
    starts_at: datetime = strawberry.field(description="Start, to pass as `startsAt`.")
    ends_at: datetime = strawberry.field(description="End.")

    @classmethod
    def of(cls, interval: Interval) -> Self:
        return cls(starts_at=interval.start, ends_at=interval.end)
