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
from services.domain.slots import SlotRules
from services.messages.facts import Facts

ID = UUID("b0000000-0000-4000-8000-000000000001")
STARTS = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
LINK = "https://meet.jit.si/session-x"
HOST_LINK = "https://zoom.test/s/1?zak=secret"
RECEIPT = "https://pay.stripe.test/receipts/r_1"
PAGES = "https://pay.shop.test"

_HOUR = timedelta(hours=1)

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
    created_at=STARTS,
)
HOST = Host(
    id=ID,
    name="Olena Koval",
    bio="",
    email="olena@shop.test",
    time_zone="Europe/Kyiv",
    language="uk",
    calendar=CalendarKind.BUILTIN,
    calendar_account=None,
    video=VideoKind.ADDRESS,
    video_account=None,
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
FACTS = Facts(
    booking=BOOKING,
    session_type=SESSION_TYPE,
    host=HOST,
    client=CLIENT,
    meeting=MEETING,
    receipt_url=RECEIPT,
    public_url=PAGES,
)


def of_booking(**changes: Any) -> Facts:
    """The facts with another booking."""
    return replace(FACTS, booking=replace(BOOKING, **changes))
