"""Mutations: each one use-case call; expected failures leave as data."""

from typing import Annotated

import strawberry
from strawberry import Info

from resolvers.arguments import stripe_id_of, uuid_of, uuids_of
from resolvers.calling_off import cancelled
from resolvers.context import Context
from resolvers.host_mutations import HostMutations
from resolvers.purchases import plan_opened, purchase_of, session_opened
from schema.bookings import Booking
from schema.errors import as_data
from schema.inputs import (
    CancelBookingInput,
    ConfirmBookingInput,
    CreateCheckoutSessionInput,
    MarkNotificationsReadInput,
    PortalUrlInput,
    RescheduleBookingInput,
    ScheduleBookingInput,
)
from schema.payloads import (
    CancelBookingPayload,
    ConfirmBookingPayload,
    CreateCheckoutSessionPayload,
    CreateTelegramLinkPayload,
    MarkNotificationsReadPayload,
    PortalUrlPayload,
    RescheduleBookingPayload,
    ScheduleBookingPayload,
)
from schema.plans import PlanSubscription
from services import (
    billing_portal,
    cancellation,
    checkout,
    confirmation,
    notifications,
    plan_checkout,
    rescheduling,
    scheduling,
    telegram,
)
from services.domain import models, plans
from services.domain.errors import DomainError
from services.domain.plans import PortalFlow
from services.domain.purchase import PlanPurchase

Request = Info[Context, None]
_INPUT = strawberry.argument(description="What is asked for.")


def _reference(input: ConfirmBookingInput) -> confirmation.Reference:
    session, intent = input.checkout_session_id, input.payment_intent_id
    return confirmation.Reference(
        checkout_session_id=stripe_id_of(session.value, "cs") if session else None,
        payment_intent_id=stripe_id_of(intent.value, "pi") if intent else None,
    )


def _confirmed(confirmed: confirmation.Confirmed) -> ConfirmBookingPayload:
    return ConfirmBookingPayload(
        success=True,
        booking=_booking(confirmed.booking),
        subscription=_subscription(confirmed.subscription),
        meeting_url=confirmed.meeting.url if confirmed.meeting else None,
    )


def _unconfirmed(error: confirmation.Unconfirmed) -> ConfirmBookingPayload:
    return ConfirmBookingPayload(
        booking=_booking(error.booking),
        subscription=_subscription(error.subscription),
        errors=[as_data(error.why)],
    )


def _booking(row: models.Booking | None) -> Booking | None:
    return Booking.of(row) if row else None


def _subscription(row: plans.Subscription | None) -> PlanSubscription | None:
    return PlanSubscription.of(row) if row else None


@strawberry.type(description="Everything that can be done.")
class Mutation(HostMutations):
    @strawberry.mutation(
        description=(
            "Hold a time and open a Stripe Checkout Session for it, or book it with session "
            "credits; or open one for a plan."
        )
    )
    async def create_checkout_session(
        self, info: Request, input: Annotated[CreateCheckoutSessionInput, _INPUT]
    ) -> CreateCheckoutSessionPayload:
        viewer = info.context.require_viewer()
        app = info.context.app
        try:
            purchase = purchase_of(input)
            if isinstance(purchase, PlanPurchase):
                return plan_opened(await plan_checkout.start(app, viewer, purchase))
            return session_opened(await checkout.start(app, viewer, purchase))
        except DomainError as error:
            return CreateCheckoutSessionPayload(errors=[as_data(error)])

    @strawberry.mutation(
        description=(
            "After payment: take it in and wait a few seconds for the booking. A paid plan is "
            "confirmed by it too: with its subscription, and without a booking."
        )
    )
    async def confirm_booking(
        self, info: Request, input: Annotated[ConfirmBookingInput, _INPUT]
    ) -> ConfirmBookingPayload:
        viewer = info.context.require_viewer()
        try:
            return _confirmed(
                await confirmation.confirm(info.context.app, viewer, _reference(input))
            )
        except confirmation.Unconfirmed as error:
            return _unconfirmed(error)
        except DomainError as error:
            return ConfirmBookingPayload(errors=[as_data(error)])

    @strawberry.mutation(description="Give a session that was paid first its time.")
    async def schedule_booking(
        self, info: Request, input: Annotated[ScheduleBookingInput, _INPUT]
    ) -> ScheduleBookingPayload:
        viewer = info.context.require_viewer()
        try:
            booking = await scheduling.schedule(
                info.context.app,
                viewer,
                uuid_of(input.booking_id, "bookingId"),
                input.starts_at,
                input.time_zone,
            )
        except DomainError as error:
            return ScheduleBookingPayload(errors=[as_data(error)])
        return ScheduleBookingPayload(booking=Booking.of(booking))

    @strawberry.mutation(
        description=(
            "Release an unpaid hold, so that others may take the time; or call a session off: its "
            "client by its terms, its host with all the money back. `quoteRefund` says what goes "
            "back. Session credits come back if it is early enough."
        )
    )
    async def cancel_booking(
        self, info: Request, input: Annotated[CancelBookingInput, _INPUT]
    ) -> CancelBookingPayload:
        viewer = info.context.require_viewer()
        app = info.context.app
        try:
            booking = await cancellation.cancel(
                app,
                viewer,
                uuid_of(input.booking_id, "bookingId"),
                expected_refund_minor=input.expected_refund_minor,
            )
        except DomainError as error:
            return CancelBookingPayload(errors=[as_data(error)])
        return await cancelled(app, viewer, booking)

    @strawberry.mutation(
        description=(
            "Give the viewer's confirmed session another time, for the same payment. Calendar, "
            "meeting and messages follow; if the host's calendar does not take it, the old time "
            "stays and the viewer is told."
        )
    )
    async def reschedule_booking(
        self, info: Request, input: Annotated[RescheduleBookingInput, _INPUT]
    ) -> RescheduleBookingPayload:
        viewer = info.context.require_viewer()
        try:
            booking = await rescheduling.reschedule(
                info.context.app,
                viewer,
                uuid_of(input.booking_id, "bookingId"),
                input.starts_at,
                input.time_zone,
            )
        except DomainError as error:
            return RescheduleBookingPayload(errors=[as_data(error)])
        return RescheduleBookingPayload(booking=Booking.of(booking))

    @strawberry.mutation(
        description=(
            "Make a link into Stripe's customer portal, where the viewer changes their card or "
            "plan, cancels, and finds their invoices."
        )
    )
    async def portal_url(
        self, info: Request, input: Annotated[PortalUrlInput, _INPUT]
    ) -> PortalUrlPayload:
        viewer = info.context.require_viewer()
        wanted = input.subscription_id
        try:
            url = await billing_portal.portal_url(
                info.context.app,
                viewer,
                flow=PortalFlow[input.flow.name],
                subscription_id=None if wanted is None else uuid_of(wanted, "subscriptionId"),
                return_url=input.return_url,
            )
        except DomainError as error:
            return PortalUrlPayload(errors=[as_data(error)])
        return PortalUrlPayload(url=url)

    @strawberry.mutation(
        description="Make a link by which the viewer connects their Telegram chat to this account."
    )
    async def create_telegram_link(self, info: Request) -> CreateTelegramLinkPayload:
        viewer = info.context.require_viewer()
        try:
            url, expires_at = await telegram.create_link(info.context.app, viewer)
        except DomainError as error:
            return CreateTelegramLinkPayload(errors=[as_data(error)])
        return CreateTelegramLinkPayload(url=url, expires_at=expires_at)

    @strawberry.mutation(description="Mark messages of the viewer read.")
    async def mark_notifications_read(
        self, info: Request, input: Annotated[MarkNotificationsReadInput, _INPUT]
    ) -> MarkNotificationsReadPayload:
        viewer = info.context.require_viewer()
        try:
            ids = None if input.ids is None else uuids_of(input.ids, "ids")
            count = await notifications.mark_read(info.context.app, viewer.user_id, ids)
        except DomainError as error:
            return MarkNotificationsReadPayload(errors=[as_data(error)])
        return MarkNotificationsReadPayload(marked_count=count)
