"""Names and reasons are free text: in a message they are nothing but text."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.messages.compose import WRITERS, compose
from services.messages.facts import Facts
from services.messages.languages import Language
from tests.services.messages_rig import CLIENT, FACTS, HOST, SESSION_TYPE, of_booking

EN, UK = Language.ENGLISH, Language.UKRAINIAN
NASTY = "{what} %s %(x)s {0.__class__} 'a' \"b\" <b>&amp;\\n $x"


def called(name: str) -> Facts:
    return replace(
        FACTS,
        host=replace(HOST, name=name),
        client=replace(CLIENT, name=name),
        session_type=replace(SESSION_TYPE, name=name),
    )


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("language", Language)
def test_names_stand_as_they_are_whatever_is_in_them(
    kind: NotificationKind, language: Language
) -> None:
    plain, nasty = compose(kind, called("NAME"), language), compose(kind, called(NASTY), language)
    assert nasty.title == plain.title.replace("NAME", NASTY)
    assert nasty.body == plain.body.replace("NAME", NASTY)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_line_end_in_a_name_breaks_neither_heading_nor_paragraph(kind: NotificationKind) -> None:
    split = compose(kind, called("One\r\n\r\nBcc: two\u2028three\t four"), EN)
    assert split == compose(kind, called("One Bcc: two three four"), EN)
    assert len(split.title.splitlines()) == 1


def test_braces_in_a_reason_are_only_text() -> None:
    why = "The host's calendar did not take it: {host} {0}"
    text = compose(NotificationKind.BOOKING_REJECTED, of_booking(status_reason=why), UK)
    assert "Календар не прийняв бронювання: {host} {0}\n\n" in text.body
