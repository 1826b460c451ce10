"""One booking with everything a message may speak of, to be changed by the tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.domain.booking import Status
from services.domain.models import (
    Booking,
    CalendarKind,
    Host,
    Meeting,
    PaymentFlow,
    PlacementLapse,
    SessionType,
    User,
    VideoKind,
)
from services.domain.money import Money
from services.domain.payouts import Payout, PayoutReason, PayoutStatus
from services.domain.policy import Policy, RefundTier
from services.domain.slots import SlotRules
from services.messages.facts import Facts

ID = UUID("b0000000-0000-4000-8000-000000000001")
STARTS = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
LINK = "https://meet.jit.si/session-x"
HOST_LINK = "https://zoom.test/s/1?zak=secret"
RECEIPT = "https://pay.stripe.test/receipts/r_1"
PAGES = "https://pay.shop.test"

_HOUR = timedelta(hours=1)

POLICY = Policy(
    cancel_until=timedelta(0),
    refunds=(RefundTier(timedelta(hours=24), 100), RefundTier(timedelta(hours=4), 50)),
    reschedule_until=timedelta(hours=24),
    reschedule_limit=2,
    no_show_percent=0,
)
BOOKING = Booking(
    id=ID,
    user_id=ID,
    host_id=ID,
    session_type_id=ID,
    status=Status.ACCEPTED,
    status_reason=None,
    starts_at=STARTS,
    ends_at=STARTS + _HOUR,
    duration=_HOUR,
    price=Money(9000, "USD"),
    credits=None,
    hold_expires_at=None,
    place_by=datetime(2026, 12, 8, 11, tzinfo=UTC),
    calendar_ref=None,
    calendar_reservation=None,
    calendar_asked_at=None,
    room_asked_at=None,
    scheduling_url=None,
    room_key=ID,
    sequence=0,
    time_zone="Europe/Berlin",
    policy=POLICY,
    reschedules=0,
    moved_from=None,
    called_off_by=None,
    absent=None,
    created_at=STARTS,
)
SESSION_TYPE = SessionType(
    id=ID,
    host_id=ID,
    name="Mentoring session",
    description="",
    duration=_HOUR,
    price=Money(9000, "USD"),
    location_kind="VIDEO",
    payment_flow=PaymentFlow.SLOT_FIRST,
    rules=SlotRules(
        duration=_HOUR,
        step=_HOUR,
        buffer_before=timedelta(0),
        buffer_after=timedelta(0),
        minimum_notice=timedelta(0),
        horizon=timedelta(days=60),
        daily_cap=None,
    ),
    placement=timedelta(days=14),
    placement_lapse=PlacementLapse.REFUND,
    calendar_event_type=None,
    credits=None,
    policy=POLICY,
    created_at=STARTS,
)
HOST = Host(
    id=ID,
    user_id=None,
    name="Olena Koval",
    bio="",
    email="olena@shop.test",
    time_zone="Europe/Kyiv",
    language="uk",
    calendar=CalendarKind.BUILTIN,
    calendar_account=None,
    video=VideoKind.ADDRESS,
    video_account=None,
    keeps_cancellation_fees=False,
)
CLIENT = User(
    id=ID,
    email="demo@shop.test",
    name="Demo Client",
    language="en",
    time_zone="America/New_York",
    paid=True,
    stripe_customer_id=None,
    telegram_id=None,
    telegram_blocked_at=None,
)
MEETING = Meeting(
    session_id=ID,
    booking_id=ID,
    url=LINK,
    host_url=HOST_LINK,
    room_ref="x",
    expires_at=STARTS + _HOUR,
)
PAYOUT = Payout(
    id=ID,
    payment_id=ID,
    booking_id=ID,
    host_id=ID,
    status=PayoutStatus.WAITING,
    reason=PayoutReason.NOT_DUE,
    amount=Money(9000, "USD"),
    returned_minor=0,
    fee_minor=900,
    net_minor=8100,
    held_reason=None,
    stripe_account_id=None,
    terms=None,
    left_minor=0,
    settled=None,
    transfer=None,
    transfer_due_minor=None,
    stripe_transfer_id=None,
    reversed_minor=0,
    sending_at=None,
    paid_at=None,
    due_at=None,
    created_at=STARTS,
)
PAID_OUT = replace(
    PAYOUT,
    status=PayoutStatus.PAID,
    reason=None,
    transfer=Money(8100, "USD"),
    transfer_due_minor=8100,
    paid_at=STARTS,
)
FACTS = Facts(
    booking=BOOKING,
    session_type=SESSION_TYPE,
    host=HOST,
    client=CLIENT,
    meeting=MEETING,
    receipt_url=RECEIPT,
    public_url=PAGES,
    paid=Money(9000, "USD"),
    returned=Money(0, "USD"),
    payout=PAYOUT,
    disputed=False,
    credit_returned=False,
)


def of_booking(facts: Facts = FACTS, **changes: Any) -> Facts:
    """The facts with another booking."""
    return replace(facts, booking=replace(facts.booking, **changes))


def of_payout(payout: Payout = PAYOUT, **changes: Any) -> Facts:
    """The facts with another payout."""
    return replace(FACTS, payout=replace(payout, **changes))


def came_back(minor: int, facts: Facts = FACTS) -> Facts:
    """The facts when so much of what was paid goes back."""
    return replace(facts, returned=Money(minor, facts.paid.currency))


def paid_in(currency: str, returned_minor: int, facts: Facts = FACTS) -> Facts:
    """9,000 minor units of a currency were paid, and so many went back."""
    return replace(facts, paid=Money(9000, currency), returned=Money(returned_minor, currency))
