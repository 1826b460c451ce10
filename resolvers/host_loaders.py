"""What a viewer who is a host sees of their own sessions and payouts, batched."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from resolvers.batching import batched
from services import calling_off, hosting, no_shows
from services.app import App
from services.auth import Viewer
from services.domain.models import Booking, Host, User
from services.domain.payouts import Payout, Total


class HostLoaders:
    """One query a kind and request, however many objects ask; nothing for who is no host."""

    def __init__(self, app: App, viewer: Viewer | None) -> None:
        self._app = app
        self._viewer = viewer

        async def own_payouts(ids: Sequence[UUID]) -> Mapping[UUID, Payout]:
            host = await self.viewer_host()
            return await hosting.payouts_of(app, host.id, ids) if host else {}

        self._clients = batched(lambda ids: hosting.clients(app, ids))
        self._payouts = batched(own_payouts)
        self._host_bookings = batched(self._hosted)

    async def viewer_host(self) -> Host | None:
        return await hosting.of_viewer(self._app, self._viewer) if self._viewer else None

    async def host_booking(self, booking_id: UUID) -> Booking | None:
        return await self._host_bookings.load(booking_id)

    async def client(self, user_id: UUID) -> User | None:
        return await self._clients.load(user_id)

    async def payout(self, booking_id: UUID) -> Payout | None:
        return await self._payouts.load(booking_id)

    async def payout_totals(self) -> Sequence[Total]:
        return await hosting.payout_totals(self._app, self._viewer) if self._viewer else []

    def host_may_cancel(self, booking: Booking) -> bool:
        """As `cancellation.quote` answers its host."""
        return calling_off.host_may(booking, self._app.clock.now())

    def host_may_mark(self, booking: Booking) -> bool:
        """As `no_shows.mark` takes it."""
        return no_shows.why_not(booking, self._app.clock.now()) is None

    async def _hosted(self, ids: Sequence[UUID]) -> Mapping[UUID, Booking]:
        host = await self.viewer_host()
        return await hosting.bookings_by_ids(self._app, host.id, ids) if host else {}
