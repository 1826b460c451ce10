"""Hosts who are signed in: what they see of their own sessions and payouts."""

from collections.abc import Sequence
from uuid import UUID

from services import payouts
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.models import Booking, Host, User
from services.domain.paging import Page, PageRequest
from services.domain.payouts import Payout, Total
from services.domain.refusals import NotAHost
from services.store import booking_lists, payout_lists
from services.store import hosts as host_store
from services.store import users as user_store


async def host_of(conn: Conn, viewer: Viewer) -> Host | None:
    """The host that the viewer is."""
    return await host_store.of_user(conn, viewer.user_id)


async def require_host(app: App, viewer: Viewer) -> Host:
    """Raises NotAHost."""
    async with app.db.connection() as conn:
        host = await host_of(conn, viewer)
    if host is None:
        raise NotAHost
    return host


async def of_viewer(app: App, viewer: Viewer) -> Host | None:
    """The host that the viewer is; None for a client."""
    async with app.db.connection() as conn:
        return await host_of(conn, viewer)


async def bookings(app: App, viewer: Viewer, page: PageRequest) -> Page[Booking]:
    """Paid sessions of the viewer as their host, newest first. Raises NotAHost."""
    host = await require_host(app, viewer)
    async with app.db.connection() as conn:
        return await booking_lists.page_of_host(conn, host.id, page)


async def bookings_by_ids(app: App, host_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Booking]:
    """Those of these bookings that are the host's."""
    async with app.db.connection() as conn:
        return await booking_lists.of_host(conn, host_id, ids)


async def clients(app: App, ids: Sequence[UUID]) -> dict[UUID, User]:
    """Those who booked, as their hosts may know them."""
    async with app.db.connection() as conn:
        return await user_store.by_ids(conn, ids)


async def own_payouts(app: App, viewer: Viewer, page: PageRequest) -> Page[Payout]:
    """The viewer's payouts as a host, newest first. Raises NotAHost."""
    host = await require_host(app, viewer)
    async with app.db.connection() as conn:
        return await payout_lists.page_of_host(conn, host.id, page, rest=payouts.rest(app))


async def payout_totals(app: App, viewer: Viewer) -> list[Total]:
    """Sums of the viewer's payouts, a currency each. Raises NotAHost."""
    host = await require_host(app, viewer)
    async with app.db.connection() as conn:
        return await payout_lists.totals(conn, host.id)


async def payouts_of(app: App, host_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Payout]:
    """The host's payouts of these bookings."""
    async with app.db.connection() as conn:
        return await payout_lists.by_bookings(conn, host_id, ids, rest=payouts.rest(app))
