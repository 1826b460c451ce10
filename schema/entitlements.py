"""What a person may do now because of what they pay for, as clients see it."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from schema.plans import Channel, PlanSubscription
from services.domain import plans
from services.domain.plans import AccessStatus

BEYOND_THE_LINK = frozenset({AccessStatus.JOINED, AccessStatus.LEFT})

InviteUrl = Callable[[plans.ChannelAccess | None, plans.Channel], str | None]
"""The address by which a person gets into a channel now; None when there is none to show."""


@strawberry.enum(description="Where the viewer stands with a channel that they pay for.")
class ChannelAccessStatus(Enum):
    PREPARING = strawberry.enum_value(
        "PREPARING", description="Their link is being made; it is there within seconds."
    )
    INVITED = strawberry.enum_value("INVITED", description="`inviteUrl` lets them in.")
    JOINED = strawberry.enum_value("JOINED", description="They are in it.")
    LEFT = strawberry.enum_value("LEFT", description="They went out by themselves.")


@strawberry.type(description="A channel that the viewer pays for, and how they get into it.")
class ChannelAccess:
    channel: Channel = strawberry.field(description="The channel.")
    status: ChannelAccessStatus = strawberry.field(description="Where they stand with it.")
    invite_url: str | None = strawberry.field(
        description=(
            "The link into the channel, for the viewer alone wherever the channel allows it; null "
            "while there is none to use."
        )
    )

    @classmethod
    def of(
        cls, channel: plans.Channel, access: plans.ChannelAccess | None, invite_url: str | None
    ) -> Self:
        return cls(
            channel=Channel.of(channel),
            status=_standing(access, invite_url),
            invite_url=invite_url,
        )


def _standing(access: plans.ChannelAccess | None, invite_url: str | None) -> ChannelAccessStatus:
    if access is not None and access.status in BEYOND_THE_LINK:
        return ChannelAccessStatus(access.status.value)
    return ChannelAccessStatus.INVITED if invite_url else ChannelAccessStatus.PREPARING


@strawberry.type(description="What the viewer's plans give them now.")
class Entitlements:
    active: bool = strawberry.field(description="Whether any plan of theirs is in force.")
    grace_until: datetime | None = strawberry.field(
        description=(
            "Until when what a failed payment was for goes on, if it is not paid before; null "
            "while none is owed."
        )
    )
    credits_left: int = strawberry.field(
        description="Session credits of the current periods that are not spent."
    )
    subscriptions: list[PlanSubscription] = strawberry.field(
        description="The subscriptions that give all this; empty when none does."
    )
    channels: list[ChannelAccess] = strawberry.field(
        description="The channels that they open; empty when they open none."
    )

    @classmethod
    def of(cls, now: plans.Entitlements, *, invite_url: InviteUrl) -> Self:
        return cls(
            active=now.active,
            grace_until=now.grace_until,
            credits_left=now.credits_left,
            subscriptions=[PlanSubscription.of(row) for row in now.entitling],
            channels=[
                ChannelAccess.of(channel, access, invite_url(access, channel))
                for channel, access in now.channels
            ],
        )
