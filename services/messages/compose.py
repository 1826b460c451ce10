"""What each kind of notification about a booking says, to whomever it goes."""

from collections.abc import Callable, Mapping

from services.domain.models import NotificationKind
from services.messages.client_texts import CLIENT_WRITERS
from services.messages.draft import Draft
from services.messages.facts import Facts, Text
from services.messages.host_texts import HOST_WRITERS
from services.messages.languages import Language
from services.messages.layout import paragraphs
from services.messages.translations import TRANSLATIONS


def compose(kind: NotificationKind, facts: Facts, language: Language) -> Text:
    """The message of this kind about these facts; of a payout only when there is one."""
    return WRITERS[kind](Draft(facts, language, TRANSLATIONS[language]))


def with_calendar_file(text: Text, language: Language) -> Text:
    """The same message with a sentence about the calendar file that comes with it."""
    return Text(text.title, paragraphs(text.body, TRANSLATIONS[language].calendar_file))


def _operator_asked(draft: Draft) -> Text:
    booking = draft.facts.booking.id
    return Text(
        draft.words.operator_asked_title.format(booking=booking),
        draft.words.operator_asked.format(booking=booking, price=draft.price),
    )


WRITERS: Mapping[NotificationKind, Callable[[Draft], Text]] = {
    **CLIENT_WRITERS,
    **HOST_WRITERS,
    NotificationKind.OPERATOR_ASKED: _operator_asked,
}
"""The kinds that are about a booking."""
