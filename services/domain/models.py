"""The product's rows as frozen values; moments are aware datetimes in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.domain.booking import Status
from services.domain.money import Money
from services.domain.policy import Absent, Party, Policy
from services.domain.slots import SlotRules


class PaymentFlow(StrEnum):
    SLOT_FIRST = "SLOT_FIRST"
    PAY_FIRST = "PAY_FIRST"


class PlacementLapse(StrEnum):
    """What becomes of a paid session that got no time."""

    REFUND = "REFUND"
    HUMAN = "HUMAN"


class CalendarKind(StrEnum):
    """Which service holds a host's calendar."""

    BUILTIN = "BUILTIN"
    CALCOM = "CALCOM"
    GOOGLE = "GOOGLE"
    CALENDLY = "CALENDLY"


class VideoKind(StrEnum):
    """Where a host meets: at a video service, by address alone, or in the calendar's own room."""

    ADDRESS = "ADDRESS"
    ZOOM = "ZOOM"
    DAILY = "DAILY"
    CALENDAR = "CALENDAR"


class Medium(StrEnum):
    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    TELEGRAM = "TELEGRAM"


class NotificationKind(StrEnum):
    BOOKING_CONFIRMED = "BOOKING_CONFIRMED"
    BOOKING_REJECTED = "BOOKING_REJECTED"
    BOOKING_CANCELLED = "BOOKING_CANCELLED"
    BOOKING_RESCHEDULED = "BOOKING_RESCHEDULED"
    REMINDER_DAY = "REMINDER_DAY"
    REMINDER_HOUR = "REMINDER_HOUR"
    MEETING_LINK = "MEETING_LINK"
    CHOOSE_TIME = "CHOOSE_TIME"
    CHOOSE_TIME_REMINDER = "CHOOSE_TIME_REMINDER"
    BOOKING_KEPT_TIME = "BOOKING_KEPT_TIME"
    CLIENT_ABSENT = "CLIENT_ABSENT"
    PART_RETURNED = "PART_RETURNED"
    PAYMENT_RETURNED = "PAYMENT_RETURNED"
    PAYMENT_WAITING = "PAYMENT_WAITING"
    OPERATOR_ASKED = "OPERATOR_ASKED"
    HOST_BOOKED = "HOST_BOOKED"
    HOST_CANCELLED = "HOST_CANCELLED"
    HOST_RESCHEDULED = "HOST_RESCHEDULED"
    HOST_DISPUTED = "HOST_DISPUTED"
    HOST_DISPUTE_WON = "HOST_DISPUTE_WON"
    HOST_DISPUTE_LOST = "HOST_DISPUTE_LOST"
    HOST_PAID_OUT = "HOST_PAID_OUT"
    HOST_PAYOUT_BLOCKED = "HOST_PAYOUT_BLOCKED"
    HOST_PAYOUT_REVERSED = "HOST_PAYOUT_REVERSED"
    SUBSCRIPTION_STARTED = "SUBSCRIPTION_STARTED"
    SUBSCRIPTION_ENDING = "SUBSCRIPTION_ENDING"
    SUBSCRIPTION_ENDED = "SUBSCRIPTION_ENDED"
    TRIAL_ENDING = "TRIAL_ENDING"
    RENEWAL_FAILED = "RENEWAL_FAILED"
    GRACE_OVER = "GRACE_OVER"
    CHANNEL_INVITE = "CHANNEL_INVITE"
    CHANNEL_LEFT = "CHANNEL_LEFT"
    PLAN_PAYMENT_RETURNED = "PLAN_PAYMENT_RETURNED"
    PLAN_PAYMENT_WAITING = "PLAN_PAYMENT_WAITING"
    PLAN_OPERATOR_ASKED = "PLAN_OPERATOR_ASKED"


@dataclass(frozen=True, slots=True)
class User:
    id: UUID
    email: str | None
    name: str | None
    language: str | None
    time_zone: str | None
    paid: bool
    stripe_customer_id: str | None
    telegram_id: int | None
    telegram_blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Host:
    id: UUID
    user_id: UUID | None
    name: str
    bio: str
    email: str
    time_zone: str
    language: str
    calendar: CalendarKind | None
    calendar_account: str | None
    video: VideoKind | None
    video_account: str | None
    keeps_cancellation_fees: bool


@dataclass(frozen=True, slots=True)
class SessionType:
    id: UUID
    host_id: UUID
    name: str
    description: str
    duration: timedelta
    price: Money
    location_kind: str
    payment_flow: PaymentFlow
    rules: SlotRules
    placement: timedelta
    placement_lapse: PlacementLapse
    calendar_event_type: str | None
    credits: int | None
    policy: Policy
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    id: UUID
    user_id: UUID | None
    host_id: UUID
    session_type_id: UUID
    status: Status
    status_reason: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    duration: timedelta
    price: Money
    credits: int | None
    hold_expires_at: datetime | None
    place_by: datetime | None
    calendar_ref: str | None
    calendar_reservation: str | None
    calendar_asked_at: datetime | None
    room_asked_at: datetime | None
    scheduling_url: str | None
    room_key: UUID
    sequence: int
    time_zone: str | None
    policy: Policy
    reschedules: int
    moved_from: datetime | None
    called_off_by: Party | None
    absent: Absent | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """A row of user_sessions: the meeting link of a booking; withheld while its payment is
    disputed."""

    session_id: UUID
    booking_id: UUID
    url: str
    host_url: str | None
    room_ref: str
    expires_at: datetime
    withheld_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    id: UUID
    user_id: UUID | None
    booking_id: UUID | None
    subscription_id: UUID | None
    kind: NotificationKind
    medium: Medium
    recipient: str | None
    title: str
    body: str
    language: str
    round: int
    status: str
    read_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """A stored event; `payload` is what Stripe signed."""

    id: str
    type: str
    livemode: bool
    payload: dict[str, Any]
    processed_at: datetime | None
