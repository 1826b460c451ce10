"""How a type gets at what belongs to it: batched, and only what the viewer may see."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.domain.models import (
    Booking,
    Host,
    Meeting,
    SessionType,
    User,
)
from services.domain.payments import Payment, Refund
from services.domain.payouts import Payout, Total
from services.domain.plans import Channel, ChannelAccess, Entitlements, Plan, Subscription
from services.domain.story import BookingStep


class HostLoaders(Protocol):
    """What a viewer who is a host sees of their own; nothing for anybody else."""

    async def viewer_host(self) -> Host | None: ...

    async def host_booking(self, booking_id: UUID) -> Booking | None: ...

    async def client(self, user_id: UUID) -> User | None: ...

    async def payout(self, booking_id: UUID) -> Payout | None: ...

    async def payout_totals(self) -> Sequence[Total]: ...

    def host_may_cancel(self, booking: Booking) -> bool: ...

    def host_may_mark(self, booking: Booking) -> bool: ...


class Loaders(HostLoaders, Protocol):
    """The loaders of one request; the resolvers' context has them."""

    async def host(self, host_id: UUID) -> Host: ...

    async def session_type(self, session_type_id: UUID) -> SessionType: ...

    async def meeting(self, booking_id: UUID) -> Meeting | None: ...

    async def payments(self, booking_id: UUID) -> list[Payment]: ...

    async def refunds(self, payment_id: UUID) -> list[Refund]: ...

    async def steps(self, booking_id: UUID) -> list[BookingStep]: ...

    async def has_scheduling_page(self, booking: Booking) -> bool: ...

    async def booking(self, booking_id: UUID) -> Booking | None: ...

    async def plan(self, plan_id: UUID) -> Plan: ...

    async def channel(self, channel_id: UUID) -> Channel: ...

    async def subscription(self, subscription_id: UUID) -> Subscription | None: ...

    async def subscriptions_of(self, user_id: UUID) -> Sequence[Subscription]: ...

    async def entitlements(self, user_id: UUID) -> Entitlements: ...

    def invite_url(self, access: ChannelAccess | None, channel: Channel) -> str | None: ...


class HasLoaders(Protocol):
    """What types ask of the context."""

    @property
    def loaders(self) -> Loaders: ...
