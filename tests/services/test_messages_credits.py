"""What is said of a session that was had for session credits: nothing of money."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.domain.policy import Party
from services.messages.compose import compose
from services.messages.facts import Text
from services.messages.languages import Language
from tests.services.messages_rig import PAGES, of_booking

EN = Language.ENGLISH
WHAT = "Mentoring session with Olena Koval"
SESSION = f"{WHAT}\nTue 24 Nov 2026, 09:30 (Berlin time, GMT+1)"


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "Your session credit is yours again."), (2, "Your session credits are yours again.")],
)
def test_a_session_had_for_credits_and_not_booked_gives_them_back(count: int, said: str) -> None:
    facts = replace(of_booking(credits=count), receipt_url=None)
    assert compose(NotificationKind.BOOKING_REJECTED, facts, EN) == Text(
        f"Not booked: {WHAT}",
        f"We could not book your session.\n\n{SESSION}\n\n{said}\n\nChoose another time: {PAGES}/",
    )


@pytest.mark.parametrize(
    ("count", "returned", "said"),
    [
        (1, True, "Your session credit is yours again."),
        (2, True, "Your session credits are yours again."),
        (1, False, "The credit is used up, because it was called off too late."),
        (2, False, "The credits are used up, because it was called off too late."),
    ],
)
def test_a_session_had_for_credits_and_called_off_says_what_becomes_of_them(
    count: int, returned: bool, said: str
) -> None:
    facts = of_booking(credits=count, status_reason="Called off by the client.")
    facts = replace(facts, credit_returned=returned)
    assert compose(NotificationKind.BOOKING_CANCELLED, facts, EN) == Text(
        f"Cancelled: {WHAT}",
        f"You have called your session off.\n\n{SESSION}\n\n{said}",
    )


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "Its session credit is used up."), (2, "Its session credits are used up.")],
)
def test_who_did_not_come_to_a_session_had_for_credits_reads_of_no_money(
    count: int, said: str
) -> None:
    assert compose(NotificationKind.CLIENT_ABSENT, of_booking(credits=count), EN).body == (
        "We were told that you did not come, so your session counts as held."
        f"\n\n{SESSION}\n\n{said}"
    )


def test_the_host_of_a_session_had_for_credits_reads_of_no_payout() -> None:
    facts = replace(of_booking(credits=1, called_off_by=Party.CLIENT), payout=None)
    assert compose(NotificationKind.HOST_CANCELLED, facts, EN).body == (
        "The client has called this session off.\n\nMentoring session\n"
        "Tue 24 Nov 2026, 10:30 (Kyiv time, GMT+2)\nBooked by: Demo Client"
    )


def test_who_gave_credits_is_thanked_for_no_payment() -> None:
    text = compose(NotificationKind.CHOOSE_TIME, of_booking(credits=1), EN)
    assert text.body.startswith(f"{WHAT}\n\nChoose the time of your session: ")
