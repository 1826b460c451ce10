"""What happened to a booking, step by step, as clients see it."""

from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry

from services.domain.story import SENTENCES, StepKind
from services.domain.story import BookingStep as Row


def _kind(kind: StepKind) -> Any:
    return strawberry.enum_value(kind.value, description=SENTENCES[kind])


@strawberry.enum(
    description=(
        "What happened to a booking. Those that end in FAILING are tried again, those that end in "
        "GIVEN_UP are not."
    )
)
class BookingStepKind(Enum):
    HELD = _kind(StepKind.HELD)
    PAYMENT_PROCESSING = _kind(StepKind.PAYMENT_PROCESSING)
    PAYMENT_SUCCEEDED = _kind(StepKind.PAYMENT_SUCCEEDED)
    CREDIT_SPENT = _kind(StepKind.CREDIT_SPENT)
    PAYMENT_FAILED = _kind(StepKind.PAYMENT_FAILED)
    HOLD_LAPSED = _kind(StepKind.HOLD_LAPSED)
    CLIENT_CANCELLED = _kind(StepKind.CLIENT_CANCELLED)
    TIME_CLOSED = _kind(StepKind.TIME_CLOSED)
    SLOT_LOST = _kind(StepKind.SLOT_LOST)
    SLOT_CHOSEN = _kind(StepKind.SLOT_CHOSEN)
    PLACEMENT_LAPSED = _kind(StepKind.PLACEMENT_LAPSED)
    CALENDAR_FAILING = _kind(StepKind.CALENDAR_FAILING)
    CALENDAR_BOOKED = _kind(StepKind.CALENDAR_BOOKED)
    CALENDAR_REFUSED = _kind(StepKind.CALENDAR_REFUSED)
    CALENDAR_GIVEN_UP = _kind(StepKind.CALENDAR_GIVEN_UP)
    CALENDAR_LEFT = _kind(StepKind.CALENDAR_LEFT)
    RESCHEDULED = _kind(StepKind.RESCHEDULED)
    CALENDAR_MOVED = _kind(StepKind.CALENDAR_MOVED)
    CALLED_OFF = _kind(StepKind.CALLED_OFF)
    CREDIT_RETURNED = _kind(StepKind.CREDIT_RETURNED)
    REFUNDED_OUTSIDE = _kind(StepKind.REFUNDED_OUTSIDE)
    DISPUTED = _kind(StepKind.DISPUTED)
    DISPUTE_WON = _kind(StepKind.DISPUTE_WON)
    DISPUTE_LOST = _kind(StepKind.DISPUTE_LOST)
    CLIENT_ABSENT = _kind(StepKind.CLIENT_ABSENT)
    MOVE_REFUSED = _kind(StepKind.MOVE_REFUSED)
    PAGE_FAILING = _kind(StepKind.PAGE_FAILING)
    PAGE_GIVEN_UP = _kind(StepKind.PAGE_GIVEN_UP)
    PAGE_OFFERED = _kind(StepKind.PAGE_OFFERED)
    ROOM_FAILING = _kind(StepKind.ROOM_FAILING)
    ROOM_OPENED = _kind(StepKind.ROOM_OPENED)
    ROOM_GIVEN_UP = _kind(StepKind.ROOM_GIVEN_UP)
    ROOM_CLOSED = _kind(StepKind.ROOM_CLOSED)
    MESSAGE_FAILING = _kind(StepKind.MESSAGE_FAILING)
    MESSAGE_SENT = _kind(StepKind.MESSAGE_SENT)
    MESSAGE_GIVEN_UP = _kind(StepKind.MESSAGE_GIVEN_UP)
    CHECKOUT_UNKNOWN = _kind(StepKind.CHECKOUT_UNKNOWN)
    REFUND_REQUESTED = _kind(StepKind.REFUND_REQUESTED)
    REFUND_FAILING = _kind(StepKind.REFUND_FAILING)
    REFUND_SUCCEEDED = _kind(StepKind.REFUND_SUCCEEDED)
    REFUND_GIVEN_UP = _kind(StepKind.REFUND_GIVEN_UP)
    REFUND_FAILED = _kind(StepKind.REFUND_FAILED)
    WAITING_FOR_HUMAN = _kind(StepKind.WAITING_FOR_HUMAN)


@strawberry.type(description="One step of what happened to a booking.")
class BookingStep:
    kind: BookingStepKind = strawberry.field(description="What happened.")
    subject: str = strawberry.field(
        description="Of which thing, such as `BOOKING_CONFIRMED by EMAIL`; empty if there is one."
    )
    message: str = strawberry.field(description="A sentence in English, fit to be shown.")
    times: int = strawberry.field(description="How often, for what failed again and again.")
    at: datetime = strawberry.field(description="When, for the first time.")
    last_at: datetime = strawberry.field(description="When, for the last time.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            kind=BookingStepKind(row.kind.value),
            subject=row.subject,
            message=row.sentence,
            times=row.times,
            at=row.at,
            last_at=row.last_at,
        )
