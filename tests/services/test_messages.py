"""What every message says in English, and what becomes of facts that are missing or nasty."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind, User
from services.messages.compose import WRITERS, compose, with_calendar_file
from services.messages.facts import Text
from services.messages.languages import Language
from tests.services.messages_rig import (
    BOOKING,
    CLIENT,
    FACTS,
    HOST_LINK,
    ID,
    LINK,
    MEETING,
    PAGES,
    RECEIPT,
    of_booking,
)

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN
KYIV = "Tue 24 Nov 2026, 10:30 (Kyiv time, GMT+2)"
BERLIN = "Tue 24 Nov 2026, 09:30 (Berlin time, GMT+1)"
WHAT = "Mentoring session with Olena Koval"
SESSION = f"{WHAT}\n{BERLIN}"
JOIN = f"Join here: {LINK}"
CHOOSE = (
    f"Thank you, your payment has arrived.\n\n{WHAT}\n\n"
    f"Choose the time of your session: {PAGES}/booking?booking={ID}\n\n"
    "Please choose by Tue 8 Dec 2026, 12:00 (Berlin time, GMT+1)."
)
FOR_HOST = f"Mentoring session\n{KYIV}\nBooked by: Demo Client"

TEXTS = {
    NotificationKind.BOOKING_CONFIRMED: Text(
        f"Confirmed: {WHAT}",
        f"Your session is confirmed.\n\n{SESSION}\n\n{JOIN}\n\nReceipt: {RECEIPT}",
    ),
    NotificationKind.BOOKING_RESCHEDULED: Text(
        f"New time: {WHAT}", f"Your session has been moved to a new time.\n\n{SESSION}\n\n{JOIN}"
    ),
    NotificationKind.REMINDER_DAY: Text(
        f"Coming up: {WHAT}",
        f"Your session takes place within the next 24 hours.\n\n{SESSION}\n\n{JOIN}",
    ),
    NotificationKind.REMINDER_HOUR: Text(
        f"Starting soon: {WHAT}", f"Your session starts within the hour.\n\n{SESSION}\n\n{JOIN}"
    ),
    NotificationKind.MEETING_LINK: Text(f"Your meeting link: {WHAT}", f"{SESSION}\n\n{JOIN}"),
    NotificationKind.BOOKING_REJECTED: Text(
        f"Not booked, money goes back: {WHAT}",
        f"We could not book your session.\n\n{SESSION}\n\n"
        "90.00 USD goes back to the way you paid, in full and by itself. "
        "Banks usually show it within five to ten days.\n\n"
        f"Choose another time: {PAGES}/",
    ),
    NotificationKind.BOOKING_CANCELLED: Text(
        f"Cancelled: {WHAT}",
        f"Your session does not take place.\n\n{SESSION}\n\n"
        "By the terms you agreed to, nothing of the 90.00 USD you paid comes back.",
    ),
    NotificationKind.BOOKING_KEPT_TIME: Text(
        f"The time stays: {WHAT}",
        "The host's calendar did not take the new time, so your session stays at the time it had."
        f"\n\n{SESSION}\n\n{JOIN}",
    ),
    NotificationKind.CLIENT_ABSENT: Text(
        f"Missed: {WHAT}",
        "We were told that you did not come, so your session counts as held."
        f"\n\n{SESSION}\n\n"
        "By the terms you agreed to, nothing of the 90.00 USD you paid comes back.",
    ),
    NotificationKind.PART_RETURNED: Text(
        f"Part of your payment goes back: {WHAT}",
        "Of the 90.00 USD you paid, 0.00 USD in all comes back to you, by the way you paid. "
        f"Nothing else changes.\n\n{SESSION}",
    ),
    NotificationKind.CHOOSE_TIME: Text(f"Choose your time: {WHAT}", CHOOSE),
    NotificationKind.CHOOSE_TIME_REMINDER: Text(f"Reminder: choose your time: {WHAT}", CHOOSE),
    NotificationKind.PAYMENT_RETURNED: Text(
        f"Payment returned: {WHAT}",
        "This session was paid for twice. We have returned the second payment of 90.00 USD in "
        f"full; your booking stands.\n\n{SESSION}",
    ),
    NotificationKind.PAYMENT_WAITING: Text(
        f"We are looking after your payment: {WHAT}",
        "Your payment of 90.00 USD could not be settled by itself. A person is looking after it "
        f"and will write to you. Please don't pay again.\n\n{SESSION}",
    ),
    NotificationKind.OPERATOR_ASKED: Text(
        f"Something needs a decision of yours: booking {ID}",
        f"Something about the payment or the payout of booking {ID} (90.00 USD) needs a decision "
        "of yours. The reason is in private.error_logs, and in public.payments.outcome_reason "
        "where money waits.",
    ),
    NotificationKind.HOST_BOOKED: Text(
        f"Booked: Mentoring session, {KYIV}",
        f"You have a new booking.\n\n{FOR_HOST}\n\nMeeting link: {HOST_LINK}",
    ),
    NotificationKind.HOST_RESCHEDULED: Text(
        f"New time: Mentoring session, {KYIV}",
        f"A booking has been moved to a new time.\n\n{FOR_HOST}\n\nMeeting link: {HOST_LINK}",
    ),
    NotificationKind.HOST_CANCELLED: Text(
        f"Cancelled: Mentoring session, {KYIV}",
        f"This session does not take place.\n\n{FOR_HOST}\n\nNothing is paid out for it.",
    ),
}
TO_CLIENT_ABOUT_A_TIME = [kind for kind, text in TEXTS.items() if SESSION in text.body]
WITH_JOINING = [kind for kind, text in TEXTS.items() if JOIN in text.body]


@pytest.mark.parametrize("kind", TEXTS)
def test_a_message_says_exactly_this(kind: NotificationKind) -> None:
    assert compose(kind, FACTS, EN) == TEXTS[kind]


@pytest.mark.parametrize("kind", WITH_JOINING)
def test_without_its_room_a_message_promises_the_link(kind: NotificationKind) -> None:
    text = compose(kind, replace(FACTS, meeting=None), EN)
    assert "\n\nThe meeting link follows in a separate message." in text.body
    assert "Join here" not in text.body
    assert "None" not in text.body


def test_without_its_room_the_host_reads_of_no_link() -> None:
    text = compose(NotificationKind.HOST_BOOKED, replace(FACTS, meeting=None), EN)
    assert text.body == f"You have a new booking.\n\n{FOR_HOST}"


def test_where_hosts_have_no_entrance_of_their_own_they_use_the_same_link() -> None:
    facts = replace(FACTS, meeting=replace(MEETING, host_url=None))
    text = compose(NotificationKind.HOST_BOOKED, facts, EN)
    assert text.body.endswith(f"\n\nMeeting link: {LINK}")


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if not kind.startswith("HOST_")])
def test_nobody_but_the_host_gets_the_hosts_entrance(kind: NotificationKind) -> None:
    assert HOST_LINK not in compose(kind, FACTS, EN).body


def test_without_a_receipt_none_is_named() -> None:
    facts = replace(FACTS, receipt_url=None)
    text = compose(NotificationKind.BOOKING_CONFIRMED, facts, EN)
    assert text.body == f"Your session is confirmed.\n\n{SESSION}\n\n{JOIN}"


@pytest.mark.parametrize(
    ("kind", "opening"),
    [
        (NotificationKind.BOOKING_REJECTED, "We could not book your session."),
        (NotificationKind.BOOKING_CANCELLED, "Your session does not take place."),
    ],
)
def test_a_reason_is_told(kind: NotificationKind, opening: str) -> None:
    why = "The host's calendar did not take it: The host is busy at this time."
    assert compose(kind, of_booking(status_reason=why), EN).body.startswith(f"{opening} {why}\n\n")


def test_without_a_last_day_none_is_named() -> None:
    text = compose(NotificationKind.CHOOSE_TIME, of_booking(place_by=None), EN)
    assert text.body.endswith(f"{PAGES}/booking?booking={ID}")


@pytest.mark.parametrize(
    "kind",
    [
        NotificationKind.BOOKING_CANCELLED,
        NotificationKind.BOOKING_REJECTED,
        NotificationKind.PAYMENT_RETURNED,
        NotificationKind.PAYMENT_WAITING,
    ],
)
def test_a_session_without_a_time_is_named_without_one(kind: NotificationKind) -> None:
    text = compose(kind, of_booking(starts_at=None, ends_at=None), EN)
    assert text.body == TEXTS[kind].body.replace(f"\n{BERLIN}", "")


@pytest.mark.parametrize(
    ("chosen", "client", "said"),
    [
        ("Europe/Berlin", CLIENT, BERLIN),
        (None, CLIENT, "Tue 24 Nov 2026, 03:30 (New York time, GMT-5)"),
        (None, replace(CLIENT, time_zone=None), "Tue 24 Nov 2026, 08:30 (UTC)"),
        (None, None, "Tue 24 Nov 2026, 08:30 (UTC)"),
        # A zone that nobody knows must not keep the message back.
        (None, replace(CLIENT, time_zone="UTC+2"), "Tue 24 Nov 2026, 08:30 (UTC)"),
    ],
)
@pytest.mark.parametrize("kind", TO_CLIENT_ABOUT_A_TIME)
def test_a_client_reads_times_in_the_zone_they_chose_or_live_in(
    kind: NotificationKind, chosen: str | None, client: User | None, said: str
) -> None:
    facts = replace(FACTS, booking=replace(BOOKING, time_zone=chosen), client=client)
    assert f"{WHAT}\n{said}" in compose(kind, facts, EN).body
    assert KYIV in compose(NotificationKind.HOST_BOOKED, facts, EN).body


@pytest.mark.parametrize(
    ("client", "who"),
    [
        (CLIENT, "\nBooked by: Demo Client"),
        (replace(CLIENT, name=None), "\nBooked by: demo@shop.test"),
        (replace(CLIENT, name=None, email=None), ""),
        (None, ""),
    ],
)
def test_the_host_is_told_who_comes_as_far_as_it_is_known(client: User | None, who: str) -> None:
    text = compose(NotificationKind.HOST_CANCELLED, replace(FACTS, client=client), EN)
    assert f"place.\n\nMentoring session\n{KYIV}{who}\n\nNothing is paid" in text.body


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (EN, "The attached calendar file adds the session to your calendar."),
        (UK, "Відкрийте доданий файл, щоб сесія з’явилася у Вашому календарі."),
        (RU, "Откройте вложенный файл, чтобы сессия появилась в Вашем календаре."),
    ],
)
def test_an_email_says_what_its_attachment_is_for(language: Language, said: str) -> None:
    assert with_calendar_file(Text("Title", "Body"), language) == Text("Title", f"Body\n\n{said}")
