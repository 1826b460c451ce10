"""Mutations: each one use-case call; expected failures leave as data."""

from typing import Annotated

import strawberry
from strawberry import Info

from resolvers.arguments import stripe_id_of, uuid_of, uuids_of
from resolvers.context import Context
from schema.bookings import Booking
from schema.errors import as_data
from schema.inputs import (
    CancelBookingInput,
    ConfirmBookingInput,
    CreateCheckoutSessionInput,
    MarkNotificationsReadInput,
    ScheduleBookingInput,
)
from schema.payloads import (
    CancelBookingPayload,
    Checkout,
    CheckoutUiMode,
    ConfirmBookingPayload,
    CreateCheckoutSessionPayload,
    CreateTelegramLinkPayload,
    MarkNotificationsReadPayload,
    ScheduleBookingPayload,
)
from services import checkout, confirmation, holds, notifications, scheduling, telegram
from services.domain.errors import DomainError
from services.domain.models import UiMode
from services.domain.purchase import Purchase

Request = Info[Context, None]
_INPUT = strawberry.argument(description="What is asked for.")


def _purchase(input: CreateCheckoutSessionInput) -> Purchase:
    return Purchase(
        session_type_id=uuid_of(input.session_type_id, "sessionTypeId"),
        starts_at=input.starts_at,
        ui_mode=UiMode[input.ui_mode.name],
        idempotency_key=input.idempotency_key,
        time_zone=input.time_zone,
        return_url=input.return_url,
        cancel_url=input.cancel_url,
    )


def _reference(input: ConfirmBookingInput) -> confirmation.Reference:
    session, intent = input.checkout_session_id, input.payment_intent_id
    return confirmation.Reference(
        checkout_session_id=stripe_id_of(session.value, "cs") if session else None,
        payment_intent_id=stripe_id_of(intent.value, "pi") if intent else None,
    )


def _opened(opened: checkout.Opened) -> CreateCheckoutSessionPayload:
    return CreateCheckoutSessionPayload(
        checkout=Checkout(
            session_id=opened.checkout.id,
            ui_mode=CheckoutUiMode[opened.ui_mode.name],
            url=opened.checkout.url,
            client_secret=opened.checkout.client_secret,
            expires_at=opened.checkout.expires_at,
        ),
        booking=Booking.of(opened.booking),
    )


@strawberry.type(description="Everything that can be done.")
class Mutation:
    @strawberry.mutation(description="Hold a time and open a Stripe Checkout Session for it.")
    async def create_checkout_session(
        self, info: Request, input: Annotated[CreateCheckoutSessionInput, _INPUT]
    ) -> CreateCheckoutSessionPayload:
        viewer = info.context.require_viewer()
        try:
            return _opened(await checkout.start(info.context.app, viewer, _purchase(input)))
        except DomainError as error:
            return CreateCheckoutSessionPayload(errors=[as_data(error)])

    @strawberry.mutation(
        description="After payment: take it in and wait a few seconds for the booking."
    )
    async def confirm_booking(
        self, info: Request, input: Annotated[ConfirmBookingInput, _INPUT]
    ) -> ConfirmBookingPayload:
        viewer = info.context.require_viewer()
        try:
            confirmed = await confirmation.confirm(info.context.app, viewer, _reference(input))
        except confirmation.Unconfirmed as error:
            return ConfirmBookingPayload(
                booking=Booking.of(error.booking), errors=[as_data(error.why)]
            )
        except DomainError as error:
            return ConfirmBookingPayload(errors=[as_data(error)])
        return ConfirmBookingPayload(
            success=True,
            booking=Booking.of(confirmed.booking),
            meeting_url=confirmed.meeting.url if confirmed.meeting else None,
        )

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

    @strawberry.mutation(description="Release an unpaid hold, so that others may take the time.")
    async def cancel_booking(
        self, info: Request, input: Annotated[CancelBookingInput, _INPUT]
    ) -> CancelBookingPayload:
        viewer = info.context.require_viewer()
        try:
            booking = await holds.cancel(
                info.context.app, viewer, uuid_of(input.booking_id, "bookingId")
            )
        except DomainError as error:
            return CancelBookingPayload(errors=[as_data(error)])
        return CancelBookingPayload(booking=Booking.of(booking))

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
