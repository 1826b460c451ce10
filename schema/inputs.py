"""Inputs of the mutations."""

from datetime import datetime

import strawberry

from schema.payloads import CheckoutUiMode


@strawberry.input(description="What to buy, and how the payment page is shown.")
class CreateCheckoutSessionInput:
    session_type_id: strawberry.ID = strawberry.field(description="UUID of the session type.")
    starts_at: datetime | None = strawberry.field(
        default=None,
        description="A start from `availableSlots`; left out for a session type paid first.",
    )
    ui_mode: CheckoutUiMode = strawberry.field(
        default=CheckoutUiMode.HOSTED, description="How the payment page is shown."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="The client's own key, 1 to 255 characters: retries get the same booking.",
    )
    time_zone: str | None = strawberry.field(
        default=None, description="IANA zone of the client, in which messages print the time."
    )
    return_url: str | None = strawberry.field(
        default=None,
        description=(
            "Where to go after payment, on an allowed origin; `{CHECKOUT_SESSION_ID}` in it is "
            "replaced. The service's own page if left out."
        ),
    )
    cancel_url: str | None = strawberry.field(
        default=None,
        description="Where the hosted page leads back, on an allowed origin; ours if left out.",
    )


@strawberry.input(one_of=True, description="Which payment to confirm: exactly one of the two.")
class ConfirmBookingInput:
    checkout_session_id: strawberry.Maybe[str] = strawberry.field(
        description="Stripe's id of the checkout session, `cs_…`."
    )
    payment_intent_id: strawberry.Maybe[str] = strawberry.field(
        description="Stripe's id of the payment intent, `pi_…`."
    )


@strawberry.input(description="The time for a session that was paid first.")
class ScheduleBookingInput:
    booking_id: strawberry.ID = strawberry.field(description="UUID of the paid booking.")
    starts_at: datetime = strawberry.field(description="A start from `availableSlots`.")
    time_zone: str | None = strawberry.field(
        default=None, description="IANA zone of the client, in which messages print the time."
    )


@strawberry.input(description="Which booking to call off.")
class CancelBookingInput:
    booking_id: strawberry.ID = strawberry.field(description="UUID of the booking.")


@strawberry.input(description="Which messages were read.")
class MarkNotificationsReadInput:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="UUIDs of messages, at most 100; null marks all of them."
    )
