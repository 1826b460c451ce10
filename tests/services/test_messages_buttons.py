"""What the one button below a chat message says and opens."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.messages.buttons import button
from services.messages.languages import Language
from services.providers.message_ports import Button
from tests.services.messages_rig import FACTS, ID, LINK, PAGES

JOIN = Button("Join the meeting", LINK)
CHOOSE = Button("Choose a time", f"{PAGES}/booking?booking={ID}")

BUTTONS = {
    NotificationKind.BOOKING_CONFIRMED: JOIN,
    NotificationKind.BOOKING_RESCHEDULED: JOIN,
    NotificationKind.REMINDER_DAY: JOIN,
    NotificationKind.REMINDER_HOUR: JOIN,
    NotificationKind.MEETING_LINK: JOIN,
    NotificationKind.CHOOSE_TIME: CHOOSE,
    NotificationKind.CHOOSE_TIME_REMINDER: CHOOSE,
    NotificationKind.BOOKING_REJECTED: Button("Choose another time", f"{PAGES}/"),
}


@pytest.mark.parametrize("kind", NotificationKind)
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
