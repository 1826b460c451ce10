"""Sessions and payouts as the host of them sees them."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import Info

from schema.connections import Connection
from schema.loading import HasLoaders
from schema.money import Money
from schema.payout_accounts import PayoutTotal
from schema.payout_states import SENTENCES, PayoutReason, PayoutStatus
from schema.policies import Absent, CalledOffBy
from schema.session_types import SessionType
from schema.statuses import BookingStatus
from services.domain import models, money, payouts


@strawberry.type(
    description=(
        "What the viewer is to have of one payment: the amount is what was returned, the fee and "
        "the net together."
    )
)
class Payout:
    row: strawberry.Private[payouts.Payout]
    id: strawberry.ID = strawberry.field(description="UUID of the payout.")
    status: PayoutStatus = strawberry.field(description="How far it has come.")
    reason: PayoutReason | None = strawberry.field(
        description="Why it was not made, or what hinders taking back; null if nothing does."
    )
    message: str | None = strawberry.field(
        description="The reason as one English sentence for the host; null without a reason."
    )
    amount: Money = strawberry.field(description="What the client paid.")
    returned: Money = strawberry.field(
        description="What of it went back to the client or is on its way back."
    )
    fee: Money = strawberry.field(description="What the platform keeps.")
    net: Money = strawberry.field(description="What the viewer is to have, as things stand now.")
    transferred: Money | None = strawberry.field(
        description=(
            "What was transferred, in the currency in which the payment settled at Stripe; null "
            "before."
        )
    )
    reversed: Money | None = strawberry.field(
        description="What of that was taken back, in the same currency; null before the transfer."
    )
    due_at: datetime | None = strawberry.field(
        description="From when on it can be made; null while nobody can say."
    )
    paid_at: datetime | None = strawberry.field(
        description="When it was transferred; null before that."
    )
    held_reason: str | None = strawberry.field(
        description="Why the seller holds it back; null if they don't."
    )
    created_at: datetime = strawberry.field(
        description="When the payment was known to be for the viewer."
    )

    @strawberry.field(description="The session that was paid for; null if it is not found.")
    async def host_booking(
        self, info: Info[HasLoaders, None]
    ) -> Annotated["HostBooking", strawberry.lazy("schema.hosting")] | None:
        found = await info.context.loaders.host_booking(self.row.booking_id)
        return HostBooking.of(found) if found else None

    @classmethod
    def of(cls, row: payouts.Payout) -> Self:
        def shown(minor: int) -> Money:
            return Money.of(money.Money(minor, row.amount.currency))

        moved = row.transfer if row.paid_at else None
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            status=PayoutStatus(row.status.value),
            reason=PayoutReason(row.reason.value) if row.reason else None,
            message=SENTENCES[row.reason] if row.reason else None,
            amount=Money.of(row.amount),
            returned=shown(row.returned_minor),
            fee=shown(row.fee_minor),
            net=shown(row.net_minor),
            transferred=Money.of(moved) if moved else None,
            reversed=Money.of(money.Money(row.reversed_minor, moved.currency)) if moved else None,
            due_at=row.due_at,
            paid_at=row.paid_at,
            held_reason=row.held_reason,
            created_at=row.created_at,
        )


@strawberry.type(description="One page of the viewer's payouts, newest first, and their sums.")
class PayoutConnection(Connection[Payout]):
    @strawberry.field(
        description="Sums of all the viewer's payouts, a currency each; not of this page alone."
    )
    async def totals(self, info: Info[HasLoaders, None]) -> list[PayoutTotal]:
        return [PayoutTotal.of(sums) for sums in await info.context.loaders.payout_totals()]


@strawberry.type(description="A session that was paid for, as its host sees it.")
class HostBooking:
    row: strawberry.Private[models.Booking]
    id: strawberry.ID = strawberry.field(description="UUID of the booking.")
    status: BookingStatus = strawberry.field(description="How far it has come.")
    status_reason: str | None = strawberry.field(
        description="Why it was cancelled or rejected; null otherwise."
    )
    starts_at: datetime | None = strawberry.field(
        description="Start; null while the client has chosen no time."
    )
    ends_at: datetime | None = strawberry.field(description="End; null like the start.")
    price: Money = strawberry.field(
        description="The price when it was booked, also where credits took its place."
    )
    called_off_by: CalledOffBy | None = strawberry.field(
        description="Who called it off after it was paid for; null if nobody did."
    )
    absent: Absent | None = strawberry.field(
        description="Who did not come, as host or seller told; null if nobody told so."
    )
    created_at: datetime = strawberry.field(description="When the booking was begun.")

    @strawberry.field(
        description="Name of who booked it; null if they gave none, or deleted their account."
    )
    async def client_name(self, info: Info[HasLoaders, None]) -> str | None:
        client = await self._client(info)
        return client.name if client else None

    @strawberry.field(
        description="E-mail address of who booked it; null if they have none, or are gone."
    )
    async def client_email(self, info: Info[HasLoaders, None]) -> str | None:
        client = await self._client(info)
        return client.email if client else None

    @strawberry.field(description="What was booked.")
    async def session_type(self, info: Info[HasLoaders, None]) -> SessionType:
        return SessionType.of(await info.context.loaders.session_type(self.row.session_type_id))

    @strawberry.field(
        description=(
            "The host's own link to the meeting; null before the room is open, after the link "
            "expired, and while the payment is disputed."
        )
    )
    async def meeting_url(self, info: Info[HasLoaders, None]) -> str | None:
        found = await info.context.loaders.meeting(self.row.id)
        return (found.host_url or found.url) if found else None

    @strawberry.field(description="Whether `cancelBooking` by the host would call it off now.")
    def can_be_cancelled(self, info: Info[HasLoaders, None]) -> bool:
        return info.context.loaders.host_may_cancel(self.row)

    @strawberry.field(description="Whether `markNoShow` would take it now.")
    def can_be_marked_absent(self, info: Info[HasLoaders, None]) -> bool:
        return info.context.loaders.host_may_mark(self.row)

    @strawberry.field(
        description="What the viewer is to have of it; null while nothing is, and for credits."
    )
    async def payout(self, info: Info[HasLoaders, None]) -> Payout | None:
        found = await info.context.loaders.payout(self.row.id)
        return Payout.of(found) if found else None

    async def _client(self, info: Info[HasLoaders, None]) -> models.User | None:
        if self.row.user_id is None:
            return None
        return await info.context.loaders.client(self.row.user_id)

    @classmethod
    def of(cls, row: models.Booking) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            status=BookingStatus(row.status.value),
            status_reason=row.status_reason,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            price=Money.of(row.price),
            called_off_by=CalledOffBy(row.called_off_by.value) if row.called_off_by else None,
            absent=Absent(row.absent.value) if row.absent else None,
            created_at=row.created_at,
        )
