"""What can happen to a booking, as its client, its operator and the logs all tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.domain.booking import Event


class StepKind(StrEnum):
    """A step of a booking's story. Those that end in FAILING are tried again and count up."""

    HELD = "HELD"
    PAYMENT_PROCESSING = "PAYMENT_PROCESSING"
    PAYMENT_SUCCEEDED = "PAYMENT_SUCCEEDED"
    CREDIT_SPENT = "CREDIT_SPENT"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    HOLD_LAPSED = "HOLD_LAPSED"
    CLIENT_CANCELLED = "CLIENT_CANCELLED"
    TIME_CLOSED = "TIME_CLOSED"
    SLOT_LOST = "SLOT_LOST"
    SLOT_CHOSEN = "SLOT_CHOSEN"
    PLACEMENT_LAPSED = "PLACEMENT_LAPSED"
    CALENDAR_FAILING = "CALENDAR_FAILING"
    CALENDAR_BOOKED = "CALENDAR_BOOKED"
    CALENDAR_REFUSED = "CALENDAR_REFUSED"
    CALENDAR_GIVEN_UP = "CALENDAR_GIVEN_UP"
    CALENDAR_LEFT = "CALENDAR_LEFT"
    RESCHEDULED = "RESCHEDULED"
    CALENDAR_MOVED = "CALENDAR_MOVED"
    CALLED_OFF = "CALLED_OFF"
    CREDIT_RETURNED = "CREDIT_RETURNED"
    REFUNDED_OUTSIDE = "REFUNDED_OUTSIDE"
    DISPUTED = "DISPUTED"
    DISPUTE_WON = "DISPUTE_WON"
    DISPUTE_LOST = "DISPUTE_LOST"
    CLIENT_ABSENT = "CLIENT_ABSENT"
    MOVE_REFUSED = "MOVE_REFUSED"
    PAGE_FAILING = "PAGE_FAILING"
    PAGE_GIVEN_UP = "PAGE_GIVEN_UP"
    PAGE_OFFERED = "PAGE_OFFERED"
    ROOM_FAILING = "ROOM_FAILING"
    ROOM_OPENED = "ROOM_OPENED"
    ROOM_GIVEN_UP = "ROOM_GIVEN_UP"
    ROOM_CLOSED = "ROOM_CLOSED"
    MESSAGE_FAILING = "MESSAGE_FAILING"
    MESSAGE_SENT = "MESSAGE_SENT"
    MESSAGE_GIVEN_UP = "MESSAGE_GIVEN_UP"
    CHECKOUT_UNKNOWN = "CHECKOUT_UNKNOWN"
    REFUND_REQUESTED = "REFUND_REQUESTED"
    REFUND_FAILING = "REFUND_FAILING"
    REFUND_SUCCEEDED = "REFUND_SUCCEEDED"
    REFUND_GIVEN_UP = "REFUND_GIVEN_UP"
    REFUND_FAILED = "REFUND_FAILED"
    WAITING_FOR_HUMAN = "WAITING_FOR_HUMAN"

    @classmethod
    def of(cls, event: Event) -> "StepKind":
        """The step that an event of the state table is; a test holds the two to one another."""
        return cls(event.value)


SENTENCES: Mapping[StepKind, str] = {
    StepKind.HELD: "The booking was begun.",
    StepKind.PAYMENT_PROCESSING: "The payment is on its way.",
    StepKind.PAYMENT_SUCCEEDED: "The payment arrived.",
    StepKind.CREDIT_SPENT: "It was booked with session credits.",
    StepKind.PAYMENT_FAILED: "The payment failed.",
    StepKind.HOLD_LAPSED: "The time for paying was over.",
    StepKind.CLIENT_CANCELLED: "The client called it off before paying.",
    StepKind.TIME_CLOSED: "The host's calendar was not free.",
    StepKind.SLOT_LOST: "The time had been given to somebody else.",
    StepKind.SLOT_CHOSEN: "The time was chosen.",
    StepKind.PLACEMENT_LAPSED: "No time was chosen.",
    StepKind.CALENDAR_FAILING: "The host's calendar could not be reached; it is tried again.",
    StepKind.CALENDAR_BOOKED: "It is in the host's calendar.",
    StepKind.CALENDAR_REFUSED: "The host's calendar did not take it.",
    StepKind.CALENDAR_GIVEN_UP: "The host's calendar could not be reached for too long.",
    StepKind.CALENDAR_LEFT: "It was taken out of the host's calendar.",
    StepKind.RESCHEDULED: "It was given another time.",
    StepKind.CALENDAR_MOVED: "Calendar and meeting were moved to the new time.",
    StepKind.CALLED_OFF: "It was called off.",
    StepKind.CREDIT_RETURNED: "The session credits came back.",
    StepKind.REFUNDED_OUTSIDE: "The seller returned the payment.",
    StepKind.DISPUTED: "The payment is disputed: nothing is given out until the bank has decided.",
    StepKind.DISPUTE_WON: "The dispute is over: everything goes on as before.",
    StepKind.DISPUTE_LOST: "The bank returned the payment.",
    StepKind.CLIENT_ABSENT: "The client did not come.",
    StepKind.MOVE_REFUSED: "The host's calendar did not take the new time: the old one stays.",
    StepKind.PAGE_FAILING: "The host's scheduling page could not be reached; it is tried again.",
    StepKind.PAGE_GIVEN_UP: "The host's scheduling page could not be reached for too long.",
    StepKind.PAGE_OFFERED: "The link to the host's scheduling page is ready.",
    StepKind.ROOM_FAILING: "The meeting room could not be opened; it is tried again.",
    StepKind.ROOM_OPENED: "The meeting room is open.",
    StepKind.ROOM_GIVEN_UP: "The meeting room could not be opened; a person looks after it.",
    StepKind.ROOM_CLOSED: "The meeting room was removed.",
    StepKind.MESSAGE_FAILING: "A message could not be handed over; it is tried again.",
    StepKind.MESSAGE_SENT: "A message was handed over.",
    StepKind.MESSAGE_GIVEN_UP: "A message could not be handed over.",
    StepKind.CHECKOUT_UNKNOWN: "Stripe does not know the payment page any more.",
    StepKind.REFUND_REQUESTED: "The money goes back.",
    StepKind.REFUND_FAILING: "The refund could not be sent; it is tried again.",
    StepKind.REFUND_SUCCEEDED: "The money was returned.",
    StepKind.REFUND_GIVEN_UP: "The refund could not be sent by itself.",
    StepKind.REFUND_FAILED: "The bank could not take the money back.",
    StepKind.WAITING_FOR_HUMAN: "A person looks after the payment.",
}
"""What a step says when it has no sentence of its own."""


@dataclass(frozen=True, slots=True)
class BookingStep:
    """One step. `subject` says of which thing, `detail` is a sentence fit for the client, empty
    where the kind's own says it all."""

    id: int
    booking_id: UUID
    kind: StepKind
    subject: str
    detail: str
    times: int
    at: datetime
    last_at: datetime

    @property
    def sentence(self) -> str:
        return self.detail or SENTENCES[self.kind]
