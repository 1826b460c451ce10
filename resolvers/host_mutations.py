"""Mutations for hosts: each one use-case call; expected failures leave as data."""

from typing import Annotated

import strawberry
from strawberry import Info

from resolvers.arguments import uuid_of
from resolvers.context import Context
from schema.errors import as_data
from schema.hosting import HostBooking
from schema.inputs import CreatePayoutAccountLinkInput, MarkNoShowInput
from schema.payloads import CreatePayoutAccountLinkPayload, MarkNoShowPayload
from services import no_shows, payout_accounts
from services.domain import policy
from services.domain.errors import DomainError

Request = Info[Context, None]
_INPUT = strawberry.argument(description="What is asked for.")


@strawberry.type(description="What only hosts can do.")
class HostMutations:
    @strawberry.mutation(
        description=(
            "Tell who did not come to a session of which the viewer is the host, from its start "
            f"until {no_shows.MARKED_WITHIN.days} days after its end. It can't be taken back."
        )
    )
    async def mark_no_show(
        self, info: Request, input: Annotated[MarkNoShowInput, _INPUT]
    ) -> MarkNoShowPayload:
        viewer = info.context.require_viewer()
        try:
            booking = await no_shows.mark(
                info.context.app,
                viewer,
                uuid_of(input.booking_id, "bookingId"),
                policy.Absent[input.absent.name],
            )
        except DomainError as error:
            return MarkNoShowPayload(errors=[as_data(error)])
        return MarkNoShowPayload(host_booking=HostBooking.of(booking))

    @strawberry.mutation(
        description=(
            "Make a link to Stripe's page where a host tells what their account needs; the first "
            "time the account is begun."
        )
    )
    async def create_payout_account_link(
        self, info: Request, input: Annotated[CreatePayoutAccountLinkInput, _INPUT]
    ) -> CreatePayoutAccountLinkPayload:
        viewer = info.context.require_viewer()
        try:
            link = await payout_accounts.create_link(
                info.context.app, viewer, country=input.country, return_url=input.return_url
            )
        except DomainError as error:
            return CreatePayoutAccountLinkPayload(errors=[as_data(error)])
        return CreatePayoutAccountLinkPayload(url=link.url, expires_at=link.expires_at)
