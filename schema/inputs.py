"""Inputs of the mutations."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.payloads import CheckoutUiMode
from schema.policies import Absent
from schema.scalars import MinorUnits


@strawberry.input(
    description=(
        "What to buy, exactly one of `sessionTypeId` and `planId`, and how the payment page is "
        "shown."
    )
)
class CreateCheckoutSessionInput:
    session_type_id: strawberry.ID | None = strawberry.field(
        default=None, description="UUID of the session type; left out for a plan."
    )
    plan_id: strawberry.ID | None = strawberry.field(
        default=None, description="UUID of the plan; left out for a session."
    )
    starts_at: datetime | None = strawberry.field(
        default=None,
        description=(
            "A start from `availableSlots`; left out for a session type paid first and for a plan."
        ),
    )
    use_credits: bool = strawberry.field(
        default=False,
        description=(
            "Spend session credits of the viewer's plans in place of money: the session is booked "
            "at once, without a payment page. Not for a plan."
        ),
    )
    ui_mode: CheckoutUiMode = strawberry.field(
        default=CheckoutUiMode.HOSTED, description="How the payment page is shown."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=(
            "The client's own key, 1 to 255 characters: retries get the same booking. For a plan "
            "it changes nothing: a person has one open checkout of it, with or without a key."
        ),
    )
    time_zone: str | None = strawberry.field(
        default=None,
        description=(
            "IANA zone of the client, in which messages print the time; left out for a plan."
        ),
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
    expected_refund_minor: MinorUnits | None = strawberry.field(
        default=None,
        description=(
            "`quoteRefund`'s refund in minor units: it is called off only if just so much goes "
            "back, QUOTE_CHANGED otherwise. Null for whatever goes back; without meaning for a "
            "hold that was not paid."
        ),
    )


@strawberry.input(description="Another time for a confirmed session.")
class RescheduleBookingInput:
    booking_id: strawberry.ID = strawberry.field(description="UUID of the viewer's booking.")
    starts_at: datetime = strawberry.field(description="A start from `availableSlots`.")
    time_zone: str | None = strawberry.field(
        default=None,
        description=(
            "IANA zone of the client, in which messages print the time; as before if left out."
        ),
    )


@strawberry.input(description="Who did not come to which session.")
class MarkNoShowInput:
    booking_id: strawberry.ID = strawberry.field(
        description="UUID of a booking of which the viewer is the host."
    )
    absent: Absent = strawberry.field(description="Who did not come.")


@strawberry.input(description="The account of a host, and where Stripe's page leads back.")
class CreatePayoutAccountLinkInput:
    country: str | None = strawberry.field(
        default=None,
        description=(
            "ISO 3166 code of the host's country, two letters: needed the first time, and without "
            "meaning once the account is made."
        ),
    )
    return_url: str | None = strawberry.field(
        default=None,
        description="Where Stripe's page leads back, on an allowed origin; ours if left out.",
    )


@strawberry.enum(description="Where Stripe's customer portal begins.")
class PortalFlow(Enum):
    HOME = strawberry.enum_value("HOME", description="At its front page, with everything.")
    PAYMENT_METHOD = strawberry.enum_value(
        "PAYMENT_METHOD", description="At the change of the card or another payment method."
    )
    CANCEL = strawberry.enum_value("CANCEL", description="At the end of one subscription.")
    CHANGE_PLAN = strawberry.enum_value(
        "CHANGE_PLAN", description="At the change of one subscription to another plan."
    )


@strawberry.input(description="Where the customer portal begins and leads back.")
class PortalUrlInput:
    flow: PortalFlow = strawberry.field(
        default=PortalFlow.HOME, description="Where the portal begins."
    )
    subscription_id: strawberry.ID | None = strawberry.field(
        default=None,
        description=(
            "UUID of the viewer's subscription that CANCEL or CHANGE_PLAN is about; their newest "
            "that goes on if left out."
        ),
    )
    return_url: str | None = strawberry.field(
        default=None,
        description="Where the portal leads back, on an allowed origin; ours if left out.",
    )


@strawberry.input(description="Which messages were read.")
class MarkNotificationsReadInput:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="UUIDs of messages, at most 100; null marks all of them."
    )
