"""Queries for hosts: each one use-case call."""

import strawberry
from strawberry import Info

from resolvers.context import Context
from schema.connections import After, Connection, First, page_request
from schema.hosting import HostBooking, Payout, PayoutConnection
from schema.payout_accounts import PayoutAccount
from services import hosting, payout_accounts
from services.domain import models, payouts
from services.domain.paging import DEFAULT_FIRST, Cursor

Request = Info[Context, None]


def _key(row: models.Booking | payouts.Payout) -> Cursor:
    return Cursor(row.created_at, row.id)


@strawberry.type(description="What only hosts can ask.")
class HostQueries:
    @strawberry.field(
        description=(
            "Sessions of the viewer as their host that were paid for, newest first; NOT_A_HOST for "
            "anybody else."
        )
    )
    async def host_bookings(
        self, info: Request, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[HostBooking]:
        viewer = info.context.require_viewer()
        page = await hosting.bookings(info.context.app, viewer, page_request(first, after))
        return Connection[HostBooking].of(page, node=HostBooking.of, key=_key)

    @strawberry.field(
        description=(
            "The viewer's account at Stripe; null while they have begun none, or are no host."
        )
    )
    async def my_payout_account(self, info: Request) -> PayoutAccount | None:
        viewer = info.context.require_viewer()
        found = await payout_accounts.mine(info.context.app, viewer)
        return PayoutAccount.of(found) if found else None

    @strawberry.field(
        description=(
            "What the viewer is paid as a host, newest first; NOT_A_HOST for anybody else."
        )
    )
    async def my_payouts(
        self, info: Request, first: First = DEFAULT_FIRST, after: After = None
    ) -> PayoutConnection:
        viewer = info.context.require_viewer()
        page = await hosting.own_payouts(info.context.app, viewer, page_request(first, after))
        return PayoutConnection.of(page, node=Payout.of, key=_key)
