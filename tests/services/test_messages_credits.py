"""What is said of a session that was had for session credits: nothing of money."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
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
        f"Your session does not take place. Called off by the client.\n\n{SESSION}\n\n{said}",
    )


def test_who_gave_credits_is_thanked_for_no_payment() -> None:
    text = compose(NotificationKind.CHOOSE_TIME, of_booking(credits=1), EN)
    assert text.body.startswith(f"{WHAT}\n\nChoose the time of your session: ")
