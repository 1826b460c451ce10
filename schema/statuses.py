"""How far bookings and payments have come."""

from enum import Enum

import strawberry


@strawberry.enum(description="How far a booking has come.")
class BookingStatus(Enum):
    AWAITING_PAYMENT = strawberry.enum_value(
        "AWAITING_PAYMENT", description="The time is held while its client pays."
    )
    PENDING = strawberry.enum_value(
        "PENDING", description="Paid; being booked, or its time is not chosen yet."
    )
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="Booked: the session takes place.")
    CANCELLED = strawberry.enum_value(
        "CANCELLED", description="Abandoned, expired, failed or called off."
    )
    REJECTED = strawberry.enum_value(
        "REJECTED", description="Paid, but it could not be booked; the money goes back by itself."
    )


@strawberry.enum(description="Whether the money of a payment came.")
class PaymentStatus(Enum):
    PROCESSING = strawberry.enum_value(
        "PROCESSING", description="On its way: a delayed method takes up to some days."
    )
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="It came.")
    FAILED = strawberry.enum_value("FAILED", description="It did not come.")


@strawberry.enum(description="How a payment ended; each ends in exactly one of these.")
class PaymentOutcome(Enum):
    FULFILLED = strawberry.enum_value(
        "FULFILLED",
        description=(
            "What it paid for was given: the session is confirmed, the plan in force; or what was "
            "agreed was done with it when the session was called off."
        ),
    )
    REFUNDED = strawberry.enum_value("REFUNDED", description="All of it went back.")
    WAITING = strawberry.enum_value(
        "WAITING", description="A named person looks after it; the reason says why."
    )
