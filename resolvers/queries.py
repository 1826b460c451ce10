"""Queries: each one use-case call."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import Info

from resolvers.arguments import uuid_of, uuid_or_none
from resolvers.calling_off import quoted
from resolvers.context import Context
from resolvers.host_queries import HostQueries
from schema.accounts import Me, Notification
from schema.bookings import Booking, Payment
from schema.connections import After, Connection, First, page_request
from schema.plans import Plan, PlanSubscription
from schema.refunds import RefundQuote
from schema.session_types import SessionType, Slot
from services import (
    accounts,
    bookings,
    cancellation,
    catalogue,
    notifications,
    payments,
    plans,
    subscriptions,
)
from services.domain import models
from services.domain import plans as plan_models
from services.domain.paging import DEFAULT_FIRST, Cursor
from services.domain.payments import Payment as PaymentRow

Request = Info[Context, None]
Id = Annotated[strawberry.ID, strawberry.argument(description="UUID of the object.")]

Row = models.SessionType | models.Booking | PaymentRow | models.Notification | plan_models.Plan


def _key(row: Row) -> Cursor:
    return Cursor(row.created_at, row.id)


@strawberry.type(description="Everything that can be asked.")
class Query(HostQueries):
    @strawberry.field(description="The signed-in person.")
    async def me(self, info: Request) -> Me:
        viewer = info.context.require_viewer()
        app = info.context.app
        return Me.of(
            await accounts.me(app, viewer),
            unread=await notifications.count_unread(app, viewer.user_id),
            to_place=await bookings.to_place(app, viewer.user_id),
        )

    @strawberry.field(description="What is on sale, newest first. Needs no sign-in.")
    async def session_types(
        self, info: Request, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[SessionType]:
        page = await catalogue.session_types(info.context.app, page_request(first, after))
        return Connection[SessionType].of(page, node=SessionType.of, key=_key)

    @strawberry.field(
        description="One thing on sale; null if there is none of this id. Needs no sign-in."
    )
    async def session_type(self, info: Request, id: Id) -> SessionType | None:
        wanted = uuid_or_none(id)
        found = wanted and await catalogue.session_type(info.context.app, wanted)
        return SessionType.of(found) if found else None

    @strawberry.field(
        description=(
            "Open times of a session type, soonest first. Needs no sign-in. A range with more than"
            f" {catalogue.MOST_SLOTS:,} of them is refused: any month has fewer."
        )
    )
    async def available_slots(
        self,
        info: Request,
        session_type_id: Annotated[
            strawberry.ID, strawberry.argument(description="UUID of the session type.")
        ],
        from_: Annotated[
            datetime,
            strawberry.argument(name="from", description="Times starting then or later."),
        ],
        to: Annotated[
            datetime,
            strawberry.argument(
                description="Times starting before then; at most 62 days after `from`."
            ),
        ],
    ) -> list[Slot]:
        wanted = uuid_of(session_type_id, "sessionTypeId")
        found = await catalogue.available_slots(info.context.app, wanted, from_, to)
        return [Slot.of(interval) for interval in found]

    @strawberry.field(description="Plans on sale, newest first. Needs no sign-in.")
    async def plans(
        self, info: Request, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Plan]:
        page = await plans.on_sale(info.context.app, page_request(first, after))
        return Connection[Plan].of(page, node=Plan.of, key=_key)

    @strawberry.field(description="The viewer's booking; null if they have none of this id.")
    async def booking(self, info: Request, id: Id) -> Booking | None:
        viewer = info.context.require_viewer()
        wanted = uuid_or_none(id)
        found = wanted and await bookings.get(info.context.app, viewer.user_id, wanted)
        return Booking.of(found) if found else None

    @strawberry.field(description="The viewer's bookings, newest first.")
    async def my_bookings(
        self, info: Request, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Booking]:
        viewer = info.context.require_viewer()
        page = await bookings.mine(info.context.app, viewer.user_id, page_request(first, after))
        return Connection[Booking].of(page, node=Booking.of, key=_key)

    @strawberry.field(
        description=(
            "What `cancelBooking` would do now, for the client of the booking or for its host; "
            "NOT_FOUND for anybody else."
        )
    )
    async def quote_refund(
        self,
        info: Request,
        booking_id: Annotated[
            strawberry.ID, strawberry.argument(description="UUID of the booking.")
        ],
    ) -> RefundQuote:
        viewer = info.context.require_viewer()
        wanted = uuid_of(booking_id, "bookingId")
        return quoted(await cancellation.quote(info.context.app, viewer, wanted))

    @strawberry.field(
        description=(
            "The viewer's subscription; of several the one that gives most: what is in force "
            "before what is over, then the newest. Null if they have none that ever began."
        )
    )
    async def my_subscription(
        self,
        info: Request,
        plan_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="UUID of the plan it is to; null for any plan."),
        ] = None,
    ) -> PlanSubscription | None:
        viewer = info.context.require_viewer()
        wanted = None if plan_id is None else uuid_or_none(plan_id)
        if plan_id is not None and wanted is None:
            return None
        found = await subscriptions.mine(info.context.app, viewer.user_id, wanted)
        return PlanSubscription.of(found) if found else None

    @strawberry.field(description="The viewer's payments for sessions and plans, newest first.")
    async def my_payments(
        self, info: Request, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Payment]:
        viewer = info.context.require_viewer()
        page = await payments.mine(info.context.app, viewer.user_id, page_request(first, after))
        return Connection[Payment].of(page, node=Payment.of, key=_key)

    @strawberry.field(description="The viewer's messages in the app, newest first.")
    async def my_notifications(
        self,
        info: Request,
        first: First = DEFAULT_FIRST,
        after: After = None,
        unread_only: Annotated[
            bool, strawberry.argument(description="Leave out what was read.")
        ] = False,
    ) -> Connection[Notification]:
        viewer = info.context.require_viewer()
        page = await notifications.mine(
            info.context.app, viewer.user_id, page_request(first, after), unread_only=unread_only
        )
        return Connection[Notification].of(page, node=Notification.of, key=_key)
