"""What resolvers know of a request: the app, the viewer, and loaders that batch."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from resolvers.batching import batched
from resolvers.graphql_request import RequestRefused
from resolvers.host_loaders import HostLoaders
from resolvers.masking import Unauthenticated
from services import (
    bookings,
    catalogue,
    entitlements,
    payments,
    plans,
    refunds,
    scheduling_page,
    story,
    subscriptions,
)
from services.app import App
from services.auth import AuthUnavailable, TokenRefused, TokenVerifier, Viewer
from services.channel import link_for
from services.domain.models import (
    Booking,
    Host,
    Meeting,
    SessionType,
)
from services.domain.payments import Payment, Refund
from services.domain.plans import Channel, ChannelAccess, Entitlements, Plan, Subscription
from services.domain.story import BookingStep


class RequestLoaders(HostLoaders):
    """One query a kind and request, however many objects ask."""

    def __init__(self, app: App, viewer: Viewer | None) -> None:
        super().__init__(app, viewer)

        async def own_bookings(ids: Sequence[UUID]) -> Mapping[UUID, Booking]:
            return await bookings.by_ids(app, viewer.user_id, ids) if viewer else {}

        async def own_subscriptions(ids: Sequence[UUID]) -> Mapping[UUID, Subscription]:
            return await subscriptions.by_ids(app, viewer.user_id, ids) if viewer else {}

        self._hosts = batched(lambda ids: catalogue.hosts_by_ids(app, ids))
        self._types = batched(lambda ids: catalogue.session_types_by_ids(app, ids))
        self._meetings = batched(lambda ids: bookings.meetings(app, ids))
        self._payments = batched(lambda ids: payments.of_bookings(app, ids))
        self._refunds = batched(lambda ids: refunds.of_payments(app, ids))
        self._steps = batched(lambda ids: story.of_bookings(app, ids))
        self._bookings = batched(own_bookings)
        self._plans = batched(lambda ids: plans.by_ids(app, ids))
        self._channels = batched(lambda ids: plans.channels_by_ids(app, ids))
        self._subscriptions = batched(own_subscriptions)

    async def host(self, host_id: UUID) -> Host:
        host = await self._hosts.load(host_id)
        assert host is not None
        return host

    async def session_type(self, session_type_id: UUID) -> SessionType:
        session_type = await self._types.load(session_type_id)
        assert session_type is not None
        return session_type

    async def meeting(self, booking_id: UUID) -> Meeting | None:
        return await self._meetings.load(booking_id)

    async def payments(self, booking_id: UUID) -> list[Payment]:
        return await self._payments.load(booking_id) or []

    async def refunds(self, payment_id: UUID) -> list[Refund]:
        return await self._refunds.load(payment_id) or []

    async def steps(self, booking_id: UUID) -> list[BookingStep]:
        return await self._steps.load(booking_id) or []

    async def has_scheduling_page(self, booking: Booking) -> bool:
        host = await self.host(booking.host_id)
        session_type = await self.session_type(booking.session_type_id)
        return scheduling_page.used_by(self._app, host, session_type)

    async def booking(self, booking_id: UUID) -> Booking | None:
        return await self._bookings.load(booking_id)

    async def plan(self, plan_id: UUID) -> Plan:
        plan = await self._plans.load(plan_id)
        assert plan is not None
        return plan

    async def channel(self, channel_id: UUID) -> Channel:
        channel = await self._channels.load(channel_id)
        assert channel is not None
        return channel

    async def subscription(self, subscription_id: UUID) -> Subscription | None:
        return await self._subscriptions.load(subscription_id)

    async def subscriptions_of(self, user_id: UUID) -> Sequence[Subscription]:
        return await subscriptions.all_of(self._app, user_id)

    async def entitlements(self, user_id: UUID) -> Entitlements:
        return await entitlements.of_user(self._app, user_id)

    def invite_url(self, access: ChannelAccess | None, channel: Channel) -> str | None:
        return link_for(self._app, access, channel)


@dataclass(frozen=True, slots=True)
class Context:
    """The context of one operation; `viewer` is None for who is not signed in."""

    app: App
    viewer: Viewer | None
    loaders: RequestLoaders

    def require_viewer(self) -> Viewer:
        """The signed-in person. Raises Unauthenticated."""
        if self.viewer is None:
            raise Unauthenticated
        return self.viewer


def context_of(app: App, verifier: TokenVerifier) -> Callable[[Request], Awaitable[Context]]:
    """Makes the context of a request; a token that is there must be good."""

    async def make(request: Request) -> Context:
        viewer = await _viewer(verifier, request)
        return Context(app, viewer, RequestLoaders(app, viewer))

    return make


async def _viewer(verifier: TokenVerifier, request: Request) -> Viewer | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthenticated("Write the header as `Authorization: Bearer <access token>`.")
    try:
        return await verifier.verify(token.strip())
    except TokenRefused as refusal:
        raise _unauthenticated(refusal.message) from None
    except AuthUnavailable:
        raise RequestRefused(
            503,
            "AUTH_UNAVAILABLE",
            "Sign-ins cannot be checked just now. Please try again.",
            {"retry-after": "5"},
        ) from None


def _unauthenticated(message: str) -> RequestRefused:
    return RequestRefused(
        401, "UNAUTHENTICATED", message, {"www-authenticate": 'Bearer error="invalid_token"'}
    )
