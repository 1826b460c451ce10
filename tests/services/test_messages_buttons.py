"""What the one button below a chat message says and opens."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.domain.policy import Party
from services.messages.buttons import button, plan_button
from services.messages.compose import WRITERS
from services.messages.languages import Language
from services.messages.plan_compose import PLAN_WRITERS
from services.messages.plan_facts import PlanFacts
from services.providers.message_ports import Button
from tests.services.messages_rig import FACTS, ID, LINK, PAGES, of_booking
from tests.services.plan_messages_rig import (
    IN_CHAT_ALONE,
    INVITE,
    INVOICE,
    OWING,
    PLAN_FACTS,
)

JOIN = Button("Join the meeting", LINK)
CHOOSE = Button("Choose a time", f"{PAGES}/booking?booking={ID}")

BUTTONS = {
    NotificationKind.BOOKING_CONFIRMED: JOIN,
    NotificationKind.BOOKING_RESCHEDULED: JOIN,
    NotificationKind.BOOKING_KEPT_TIME: JOIN,
    NotificationKind.REMINDER_DAY: JOIN,
    NotificationKind.REMINDER_HOUR: JOIN,
    NotificationKind.MEETING_LINK: JOIN,
    NotificationKind.CHOOSE_TIME: CHOOSE,
    NotificationKind.CHOOSE_TIME_REMINDER: CHOOSE,
    NotificationKind.BOOKING_REJECTED: Button("Choose another time", f"{PAGES}/"),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_button_opens_what_comes_next(kind: NotificationKind) -> None:
    assert button(kind, FACTS, Language.ENGLISH) == BUTTONS.get(kind)


@pytest.mark.parametrize(
    ("language", "join", "choose", "again"),
    [
        (Language.UKRAINIAN, "Приєднатися до зустрічі", "Обрати час", "Обрати інший час"),
        (Language.RUSSIAN, "Присоединиться к встрече", "Выбрать время", "Выбрать другое время"),
    ],
)
def test_a_button_speaks_the_readers_language(
    language: Language, join: str, choose: str, again: str
) -> None:
    said = [
        pressed.text
        for kind in (
            NotificationKind.REMINDER_HOUR,
            NotificationKind.CHOOSE_TIME,
            NotificationKind.BOOKING_REJECTED,
        )
        if (pressed := button(kind, FACTS, language))
    ]
    assert said == [join, choose, again]


def test_without_a_room_there_is_nothing_to_join() -> None:
    facts = replace(FACTS, meeting=None)
    assert all(
        button(kind, facts, Language.ENGLISH) is None
        for kind, pressed in BUTTONS.items()
        if pressed is JOIN
    )


@pytest.mark.parametrize(
    ("by", "pressed"),
    [
        (Party.HOST, Button("Choose another time", f"{PAGES}/")),
        (Party.CLIENT, None),
        (Party.OPERATOR, None),
        (Party.BANK, None),
        (None, None),
    ],
)
def test_whose_session_the_host_called_off_is_led_to_another_time(
    by: Party | None, pressed: Button | None
) -> None:
    facts = of_booking(called_off_by=by)
    assert button(NotificationKind.BOOKING_CANCELLED, facts, Language.ENGLISH) == pressed


TO_CHANNEL = Button("Join the channel", INVITE)
TO_INVOICE = Button("Pay the invoice", INVOICE)
TO_ACCOUNT = Button("Manage my plan", f"{PAGES}/account")
ALWAYS = {
    NotificationKind.CHANNEL_INVITE: TO_CHANNEL,
    NotificationKind.TRIAL_ENDING: TO_ACCOUNT,
    NotificationKind.SUBSCRIPTION_ENDING: TO_ACCOUNT,
    NotificationKind.RENEWAL_FAILED: TO_ACCOUNT,
}
WHILE_OWED = ALWAYS | {
    NotificationKind.RENEWAL_FAILED: TO_INVOICE,
    NotificationKind.GRACE_OVER: TO_INVOICE,
    NotificationKind.CHANNEL_LEFT: TO_INVOICE,
}


def without_account(facts: PlanFacts) -> PlanFacts:
    return replace(facts, buyer=IN_CHAT_ALONE)


@pytest.mark.parametrize("kind", PLAN_WRITERS)
def test_a_button_about_a_plan_opens_what_comes_next(kind: NotificationKind) -> None:
    assert plan_button(kind, PLAN_FACTS, Language.ENGLISH) == ALWAYS.get(kind)
    assert plan_button(kind, OWING, Language.ENGLISH) == WHILE_OWED.get(kind)


@pytest.mark.parametrize("kind", PLAN_WRITERS)
@pytest.mark.parametrize("facts", [PLAN_FACTS, OWING], ids=["paid", "owing"])
def test_who_has_no_account_gets_no_button_to_it(kind: NotificationKind, facts: PlanFacts) -> None:
    pressed = plan_button(kind, without_account(facts), Language.ENGLISH)
    assert pressed in (None, TO_CHANNEL, TO_INVOICE)


def test_without_a_link_there_is_no_channel_to_join() -> None:
    facts = replace(PLAN_FACTS, channel_link=None)
    assert plan_button(NotificationKind.CHANNEL_INVITE, facts, Language.ENGLISH) is None
