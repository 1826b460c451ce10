"""A booking's states and events: the only table of what may follow what."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from services.domain.jobs import Job


class Status(StrEnum):
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


class Event(StrEnum):
    """What can happen to a booking."""

    PAYMENT_PROCESSING = "PAYMENT_PROCESSING"  # a delayed method was submitted; money not here yet
    PAYMENT_SUCCEEDED = "PAYMENT_SUCCEEDED"
    CREDIT_SPENT = "CREDIT_SPENT"  # a subscription's session credit was taken in place of money
    PAYMENT_FAILED = "PAYMENT_FAILED"  # a delayed method failed for good
    HOLD_LAPSED = "HOLD_LAPSED"  # Stripe confirmed that the checkout can't be paid any more
    CLIENT_CANCELLED = "CLIENT_CANCELLED"  # likewise confirmed, at the client's wish
    TIME_CLOSED = "TIME_CLOSED"  # the host's calendar is not free, found before the payment
    SLOT_LOST = "SLOT_LOST"  # paid after the hold ended, and somebody else has the slot
    SLOT_CHOSEN = "SLOT_CHOSEN"  # a session paid first was given its time
    PLACEMENT_LAPSED = "PLACEMENT_LAPSED"  # a session paid first was given no time
    CALENDAR_BOOKED = "CALENDAR_BOOKED"
    CALENDAR_REFUSED = "CALENDAR_REFUSED"
    RESCHEDULED = "RESCHEDULED"  # an accepted booking was given another time
    CALLED_OFF = "CALLED_OFF"  # by client or host, after it was paid for
    REFUNDED_OUTSIDE = "REFUNDED_OUTSIDE"  # all the money went back by Stripe's dashboard
    DISPUTE_LOST = "DISPUTE_LOST"  # all the money went back by the client's bank


@dataclass(frozen=True, slots=True)
class Step:
    """Where an event leads and which jobs follow it."""

    to: Status
    then: tuple[Job, ...] = ()


class Meaning(Enum):
    """An event that leads nowhere."""

    OLD_NEWS = "old news"  # it happened already, or was overtaken: nothing to do
    OUT_OF_ORDER = "out of order"  # it can't be true yet: look again later


OLD, EARLY = Meaning.OLD_NEWS, Meaning.OUT_OF_ORDER

FLOW: Mapping[Status, Mapping[Event, Step | Meaning]] = {
    Status.AWAITING_PAYMENT: {
        Event.PAYMENT_PROCESSING: Step(Status.AWAITING_PAYMENT),
        Event.PAYMENT_SUCCEEDED: Step(Status.PENDING, then=(Job.BOOK_CALENDAR,)),
        Event.CREDIT_SPENT: Step(Status.PENDING, then=(Job.BOOK_CALENDAR,)),
        Event.PAYMENT_FAILED: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR,)),
        Event.HOLD_LAPSED: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR,)),
        Event.CLIENT_CANCELLED: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR,)),
        Event.TIME_CLOSED: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR,)),
        Event.SLOT_LOST: EARLY,
        Event.SLOT_CHOSEN: EARLY,
        Event.PLACEMENT_LAPSED: EARLY,
        Event.CALENDAR_BOOKED: EARLY,
        Event.CALENDAR_REFUSED: EARLY,
        Event.RESCHEDULED: EARLY,
        Event.CALLED_OFF: EARLY,
        Event.REFUNDED_OUTSIDE: EARLY,
        Event.DISPUTE_LOST: EARLY,
    },
    Status.PENDING: {
        Event.PAYMENT_PROCESSING: OLD,
        Event.PAYMENT_SUCCEEDED: OLD,
        Event.CREDIT_SPENT: OLD,
        Event.PAYMENT_FAILED: OLD,
        Event.HOLD_LAPSED: OLD,
        Event.CLIENT_CANCELLED: OLD,
        Event.TIME_CLOSED: OLD,
        Event.SLOT_LOST: OLD,
        Event.SLOT_CHOSEN: Step(Status.PENDING, then=(Job.BOOK_CALENDAR,)),
        Event.PLACEMENT_LAPSED: Step(Status.REJECTED, then=(Job.REFUND,)),
        Event.CALENDAR_BOOKED: Step(Status.ACCEPTED, then=(Job.OPEN_MEETING,)),
        # An entry may stand there although the answer was lost: it is taken out in any case.
        Event.CALENDAR_REFUSED: Step(Status.REJECTED, then=(Job.REFUND, Job.LEAVE_CALENDAR)),
        Event.RESCHEDULED: EARLY,
        Event.CALLED_OFF: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR,)),
        Event.REFUNDED_OUTSIDE: Step(Status.REJECTED, then=(Job.LEAVE_CALENDAR,)),
        Event.DISPUTE_LOST: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR,)),
    },
    Status.ACCEPTED: {
        Event.PAYMENT_PROCESSING: OLD,
        Event.PAYMENT_SUCCEEDED: OLD,
        Event.CREDIT_SPENT: OLD,
        Event.PAYMENT_FAILED: OLD,
        Event.HOLD_LAPSED: OLD,
        Event.CLIENT_CANCELLED: OLD,
        Event.TIME_CLOSED: OLD,
        Event.SLOT_LOST: OLD,
        Event.SLOT_CHOSEN: OLD,
        Event.PLACEMENT_LAPSED: OLD,
        Event.CALENDAR_BOOKED: OLD,
        Event.CALENDAR_REFUSED: OLD,
        Event.RESCHEDULED: Step(Status.ACCEPTED, then=(Job.MOVE_CALENDAR,)),
        Event.CALLED_OFF: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR, Job.CLOSE_ROOM)),
        Event.REFUNDED_OUTSIDE: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR, Job.CLOSE_ROOM)),
        Event.DISPUTE_LOST: Step(Status.CANCELLED, then=(Job.LEAVE_CALENDAR, Job.CLOSE_ROOM)),
    },
    # A late payment finds its slot still free (PENDING) or taken (REJECTED, money back).
    Status.CANCELLED: {
        Event.PAYMENT_PROCESSING: OLD,
        Event.PAYMENT_SUCCEEDED: Step(Status.PENDING, then=(Job.BOOK_CALENDAR,)),
        Event.CREDIT_SPENT: OLD,
        Event.PAYMENT_FAILED: OLD,
        Event.HOLD_LAPSED: OLD,
        Event.CLIENT_CANCELLED: OLD,
        Event.TIME_CLOSED: OLD,
        Event.SLOT_LOST: Step(Status.REJECTED, then=(Job.REFUND,)),
        Event.SLOT_CHOSEN: OLD,
        Event.PLACEMENT_LAPSED: OLD,
        Event.CALENDAR_BOOKED: OLD,
        Event.CALENDAR_REFUSED: OLD,
        Event.RESCHEDULED: OLD,
        Event.CALLED_OFF: OLD,
        Event.REFUNDED_OUTSIDE: OLD,
        Event.DISPUTE_LOST: OLD,
    },
    Status.REJECTED: dict.fromkeys(Event, OLD),
}

LIVE: frozenset[Status] = frozenset({Status.AWAITING_PAYMENT, Status.PENDING, Status.ACCEPTED})
"""States that keep others out of the slot; the exclusion constraint lists the same."""


OVER: frozenset[Status] = frozenset({Status.CANCELLED, Status.REJECTED})
"""States of a booking that does not take place."""


def diagram() -> str:
    """The table as a Mermaid state diagram, for the README."""
    lines = ["stateDiagram-v2", "    [*] --> AWAITING_PAYMENT"]
    for status, row in FLOW.items():
        for event, meaning in row.items():
            if isinstance(meaning, Step):
                lines.append(f"    {status} --> {meaning.to}: {event}")
    return "\n".join(lines)
