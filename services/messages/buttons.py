"""The one button below a message in a chat."""

from services.domain.models import NotificationKind
from services.messages.facts import Facts
from services.messages.languages import Language
from services.messages.translations import TRANSLATIONS
from services.providers.message_ports import Button

_TO_JOIN = frozenset(
    {
        NotificationKind.BOOKING_CONFIRMED,
        NotificationKind.BOOKING_RESCHEDULED,
        NotificationKind.REMINDER_DAY,
        NotificationKind.REMINDER_HOUR,
        NotificationKind.MEETING_LINK,
    }
)
_TO_CHOOSE = frozenset({NotificationKind.CHOOSE_TIME, NotificationKind.CHOOSE_TIME_REMINDER})


def button(kind: NotificationKind, facts: Facts, language: Language) -> Button | None:
    """What the client most likely does next; None when there is nothing to open."""
    words = TRANSLATIONS[language]
    if kind in _TO_JOIN and facts.meeting is not None:
        return Button(words.join_button, facts.meeting.url)
    if kind in _TO_CHOOSE:
        return Button(words.choose_time_button, facts.choose_time_url)
    if kind is NotificationKind.BOOKING_REJECTED:
        return Button(words.choose_another_button, facts.book_again_url)
    return None
