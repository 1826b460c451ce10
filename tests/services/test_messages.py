"""The words of every message for one set of facts, and their HTML."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services import messages
from services.domain.booking import Status
from services.domain.models import (
    Booking,
    Host,
    Meeting,
    NotificationKind,
    PaymentFlow,
    PlacementLapse,
    SessionType,
    User,
)
from services.domain.money import Money
from services.domain.slots import SlotRules
from services.messages import Facts, Text

ID = UUID("b0000000-0000-4000-8000-000000000001")
STARTS = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
KIEV = "Tue 24 Nov 2026, 10:30 (Europe/Kyiv)"
BERLIN = "Tue 24 Nov 2026, 09:30 (Europe/Berlin)"
WHAT = "Mentoring session with Olena Koval"
LINK = "https://meet.jit.si/session-x"

BOOKING = Booking(
    id=ID,
    user_id=ID,
    host_id=ID,
    session_type_id=ID,
    status=Status.ACCEPTED,
    status_reason=None,
    starts_at=STARTS,
    ends_at=STARTS + HOUR,
    duration=HOUR,
    price=Money(9000, "USD"),
    hold_expires_at=None,
    place_by=datetime(2026, 12, 8, 11, tzinfo=UTC),
    calendar_ref=None,
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
    duration=HOUR,
    price=Money(9000, "USD"),
    location_kind="VIDEO",
    payment_flow=PaymentFlow.SLOT_FIRST,
    rules=SlotRules(
        duration=HOUR,
        step=HOUR,
        buffer_before=timedelta(0),
        buffer_after=timedelta(0),
        minimum_notice=timedelta(0),
        horizon=timedelta(days=60),
        daily_cap=None,
    ),
    placement=timedelta(days=14),
    placement_lapse=PlacementLapse.REFUND,
    created_at=STARTS,
)
HOST = Host(ID, "Olena Koval", "", "olena@shop.test", "Europe/Kyiv")
CLIENT = User(ID, "demo@shop.test", "Demo Client", "en", "America/New_York", True, None)
FACTS = Facts(
    booking=BOOKING,
    session_type=SESSION_TYPE,
    host=HOST,
    client=CLIENT,
    meeting=Meeting(ID, ID, LINK, STARTS + HOUR),
    public_url="https://pay.shop.test",
)


def of_booking(**changes: Any) -> Facts:
    return replace(FACTS, booking=replace(BOOKING, **changes))


WORDS = {
    NotificationKind.BOOKING_CONFIRMED: Text(
        f"Confirmed: {WHAT}",
        f"Your session is confirmed.\n\n{WHAT}\n{BERLIN}\n\nJoin here: {LINK}",
    ),
    NotificationKind.MEETING_LINK: Text(
        f"Your meeting link: {WHAT}", f"{WHAT}\n{BERLIN}\n\nJoin here: {LINK}"
    ),
    NotificationKind.BOOKING_REJECTED: Text(
        f"Not booked, money goes back: {WHAT}",
        "We could not book your session. The time could not be booked.\n\n"
        "90.00 USD goes back to the way you paid, in full and by itself. "
        "Banks usually show it within five to ten days.\n\n"
        "Choose another time: https://pay.shop.test/",
    ),
    NotificationKind.BOOKING_CANCELLED: Text(
        f"Cancelled: {WHAT}",
        f"{WHAT} does not take place. It was cancelled.\n\n"
        "Your money is on its way back to the way you paid.",
    ),
    NotificationKind.PAYMENT_RETURNED: Text(
        f"Payment returned: {WHAT}",
        f"{WHAT} was paid for twice. We have returned the second payment of 90.00 USD in full; "
        "your booking stands.",
    ),
    NotificationKind.CHOOSE_TIME: Text(
        f"Choose your time: {WHAT}",
        "Thank you, your payment has arrived.\n\n"
        "Choose the time of your session until Tue 8 Dec 2026, 12:00 (Europe/Berlin): "
        f"https://pay.shop.test/booking?booking={ID}",
    ),
    NotificationKind.CHOOSE_TIME_REMINDER: Text(
        f"Reminder: choose your time: {WHAT}",
        "Thank you, your payment has arrived.\n\n"
        "Choose the time of your session until Tue 8 Dec 2026, 12:00 (Europe/Berlin): "
        f"https://pay.shop.test/booking?booking={ID}",
    ),
    NotificationKind.PAYMENT_WAITING: Text(
        f"We are looking after your payment: {WHAT}",
        f"Your payment of 90.00 USD for {WHAT} could not be settled by itself. "
        "A person is looking after it and will write to you. Please don't pay again.",
    ),
    NotificationKind.OPERATOR_ASKED: Text(
        f"A payment waits for you: booking {ID}",
        f"The payment of booking {ID} (90.00 USD) could not end by itself. "
        "The reason is in public.payments.outcome_reason, the details are in private.error_logs.",
    ),
    NotificationKind.HOST_BOOKED: Text(
        f"Booked: Mentoring session, {KIEV}",
        f"Demo Client booked Mentoring session.\n\n{KIEV}\n\nMeeting link: {LINK}",
    ),
    NotificationKind.HOST_CANCELLED: Text(
        f"Cancelled: Mentoring session, {KIEV}",
        f"Mentoring session at {KIEV} does not take place.",
    ),
}


def test_every_kind_has_its_words_here() -> None:
    assert set(WORDS) == set(NotificationKind)


@pytest.mark.parametrize("kind", NotificationKind)
def test_a_message_says_exactly_this(kind: NotificationKind) -> None:
    assert messages.compose(kind, FACTS) == WORDS[kind]


def test_without_its_room_the_confirmation_promises_the_link() -> None:
    facts = replace(FACTS, meeting=None)
    confirmed = messages.compose(NotificationKind.BOOKING_CONFIRMED, facts)
    assert confirmed.body.endswith("\n\nThe meeting link follows in a separate message.")
    assert "Join here" not in confirmed.body
    told_host = messages.compose(NotificationKind.HOST_BOOKED, facts)
    assert told_host.body == f"Demo Client booked Mentoring session.\n\n{KIEV}"


def test_a_reason_is_told_in_its_own_words() -> None:
    facts = of_booking(status_reason="The host's calendar did not take it: busy.")
    rejected = messages.compose(NotificationKind.BOOKING_REJECTED, facts)
    cancelled = messages.compose(NotificationKind.BOOKING_CANCELLED, facts)
    assert "book your session. The host's calendar did not take it: busy.\n\n" in rejected.body
    assert "take place. The host's calendar did not take it: busy.\n\n" in cancelled.body


def test_without_a_last_day_none_is_named() -> None:
    text = messages.compose(NotificationKind.CHOOSE_TIME, of_booking(place_by=None))
    assert f"time of your session: https://pay.shop.test/booking?booking={ID}" in text.body


@pytest.mark.parametrize(
    ("chosen", "client", "printed"),
    [
        ("Europe/Berlin", CLIENT, BERLIN),
        (None, CLIENT, "Tue 24 Nov 2026, 03:30 (America/New_York)"),
        (None, replace(CLIENT, time_zone=None), "Tue 24 Nov 2026, 08:30 (UTC)"),
        (None, None, "Tue 24 Nov 2026, 08:30 (UTC)"),
        # A zone that nobody knows must not keep the message back.
        (None, replace(CLIENT, time_zone="UTC+2"), "Tue 24 Nov 2026, 08:30 (UTC)"),
        (None, replace(CLIENT, time_zone="../etc"), "Tue 24 Nov 2026, 08:30 (UTC)"),
    ],
)
def test_a_client_reads_times_in_the_zone_they_chose_or_live_in(
    chosen: str | None, client: User | None, printed: str
) -> None:
    facts = replace(FACTS, booking=replace(BOOKING, time_zone=chosen), client=client)
    assert f"\n{printed}\n" in messages.compose(NotificationKind.BOOKING_CONFIRMED, facts).body
    assert KIEV in messages.compose(NotificationKind.HOST_BOOKED, facts).body


@pytest.mark.parametrize(
    ("moment", "zone", "printed"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Europe/Berlin", "Sun 29 Mar 2026, 01:30"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Berlin", "Sun 29 Mar 2026, 03:30"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Asia/Kolkata", "Fri 1 Jan 2027, 05:00"),
    ],
)
def test_a_moment_is_said_as_the_clock_there_shows_it(
    moment: datetime, zone: str, printed: str
) -> None:
    assert messages.when(moment, zone) == f"{printed} ({zone})"


@pytest.mark.parametrize(
    ("client", "who"),
    [
        (CLIENT, "Demo Client"),
        (replace(CLIENT, name=None), "demo@shop.test"),
        (replace(CLIENT, name=None, email=None), "A client"),
        (None, "A client"),
    ],
)
def test_the_host_is_told_who_comes_as_far_as_it_is_known(client: User | None, who: str) -> None:
    text = messages.compose(NotificationKind.HOST_BOOKED, replace(FACTS, client=client))
    assert text.body.startswith(f"{who} booked Mentoring session.")


def body_of(html: str) -> str:
    return (
        html.partition("</h1>")[2]
        .removesuffix("</body></html>")
        .replace(' style="margin:0 0 16px"', "")
    )


def test_paragraphs_lines_and_addresses_become_html() -> None:
    html = messages.as_html(WORDS[NotificationKind.BOOKING_CONFIRMED])
    assert html.startswith('<!doctype html><html lang="en">')
    assert f">Confirmed: {WHAT}</h1>" in html
    assert body_of(html) == (
        "<p>Your session is confirmed.</p>"
        f"<p>{WHAT}<br>{BERLIN}</p>"
        f'<p>Join here: <a href="{LINK}">{LINK}</a></p>'
    )


def test_what_people_call_themselves_never_becomes_markup() -> None:
    facts = replace(
        FACTS,
        client=replace(CLIENT, name='<b>"Bob"</b> & <script>alert(1)</script>'),
        session_type=replace(SESSION_TYPE, name="<img src=x>"),
    )
    html = messages.as_html(messages.compose(NotificationKind.HOST_BOOKED, facts))
    assert "<b>" not in html
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;b&gt;&quot;Bob&quot;&lt;/b&gt; &amp; &lt;script&gt;" in html
    assert ">Booked: &lt;img src=x&gt;, " in html


def test_an_address_cannot_break_out_of_its_link() -> None:
    text = Text("x", 'See https://a.test/?q="onmouseover="evil()&b=<i> now')
    assert body_of(messages.as_html(text)) == (
        '<p>See <a href="https://a.test/?q=&quot;onmouseover=&quot;evil()&amp;b=&lt;i&gt;">'
        "https://a.test/?q=&quot;onmouseover=&quot;evil()&amp;b=&lt;i&gt;</a> now</p>"
    )


def test_only_web_addresses_become_links() -> None:
    html = messages.as_html(Text("x", "javascript:alert(1) mailto:a@b.test ftp://c.test"))
    assert "<a " not in html
