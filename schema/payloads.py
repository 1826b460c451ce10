"""What the mutations answer: the result, or errors as data."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.bookings import Booking
from schema.errors import UserError
from schema.hosting import HostBooking
from schema.money import Money
from schema.plans import PlanSubscription

_ERRORS = "What kept it from being done; empty when it was done."


@strawberry.enum(description="How Stripe's payment page is shown.")
class CheckoutUiMode(Enum):
    HOSTED = strawberry.enum_value("HOSTED", description="On Stripe's page; `url` leads there.")
    EMBEDDED = strawberry.enum_value(
        "EMBEDDED", description="In the app's own page, by Stripe.js and `clientSecret`."
    )


@strawberry.type(description="An open Stripe Checkout Session.")
class Checkout:
    session_id: str = strawberry.field(
        description="Stripe's id, `cs_…`; `confirmBooking` takes it."
    )
    ui_mode: CheckoutUiMode = strawberry.field(description="How the page is shown.")
    url: str | None = strawberry.field(
        description="Where to send the client; null when the page is embedded."
    )
    client_secret: str | None = strawberry.field(
        description="For Stripe.js; null when the page is hosted. Never keep or log it."
    )
    expires_at: datetime = strawberry.field(description="Until when it can be paid.")


@strawberry.type(description="The open checkout, and the booking or subscription it pays for.")
class CreateCheckoutSessionPayload:
    checkout: Checkout | None = strawberry.field(
        default=None,
        description="The checkout; null when there are errors, and when credits were spent.",
    )
    booking: Booking | None = strawberry.field(
        default=None,
        description=(
            "The booking that holds the time, or that credits have paid for; null for a plan, and "
            "when there are errors."
        ),
    )
    subscription: PlanSubscription | None = strawberry.field(
        default=None,
        description=(
            "The subscription that begins once the checkout is paid; null for a session, and when "
            "there are errors."
        ),
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="How far the paid booking, or the paid plan, has come.")
class ConfirmBookingPayload:
    success: bool = strawberry.field(
        default=False,
        description="Whether the payment came and nothing speaks against what it paid for so far.",
    )
    booking: Booking | None = strawberry.field(
        default=None,
        description="The booking, PENDING while it is on its way; null for a plan and if unknown.",
    )
    subscription: PlanSubscription | None = strawberry.field(
        default=None, description="The subscription; null for a session and if unknown."
    )
    meeting_url: str | None = strawberry.field(
        default=None, description="Where to meet; null until the room is open."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="The booking with its time.")
class ScheduleBookingPayload:
    booking: Booking | None = strawberry.field(
        default=None, description="The booking; null when there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="The booking that was called off.")
class CancelBookingPayload:
    booking: Booking | None = strawberry.field(
        default=None,
        description="The viewer's booking; null for its host, and when there are errors.",
    )
    host_booking: HostBooking | None = strawberry.field(
        default=None,
        description="The booking for its host; null for its client, and when there are errors.",
    )
    refund: Money | None = strawberry.field(
        default=None,
        description=(
            "What goes back by this call, or by the earlier one that called it off; null where "
            "no money was paid, and when there are errors."
        ),
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="The booking with its other time.")
class RescheduleBookingPayload:
    booking: Booking | None = strawberry.field(
        default=None, description="The booking; null when there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="The session to which somebody did not come.")
class MarkNoShowPayload:
    host_booking: HostBooking | None = strawberry.field(
        default=None, description="The booking; null when there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="A link to Stripe's page where a host tells what their account needs.")
class CreatePayoutAccountLinkPayload:
    url: str | None = strawberry.field(
        default=None,
        description=(
            "Where to send the viewer at once: it is good for one visit, for whoever has it. Null "
            "when there are errors."
        ),
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when it works; null when there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="A link into Stripe's customer portal.")
class PortalUrlPayload:
    url: str | None = strawberry.field(
        default=None,
        description=(
            "Where to send the viewer at once: it is good for minutes and opens their billing to "
            "whoever has it. Null when there are errors."
        ),
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="How many messages were marked read.")
class MarkNotificationsReadPayload:
    marked_count: int = strawberry.field(default=0, description="Messages that were unread before.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="A link that opens Telegram and connects the viewer's chat.")
class CreateTelegramLinkPayload:
    url: str | None = strawberry.field(
        default=None, description="Where to send the viewer; null when there are errors."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when it works, once; null when there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)
