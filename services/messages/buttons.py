"""The one button below a message in a chat."""

from services.domain.models import NotificationKind
from services.domain.policy import Party
from services.messages.facts import Facts
from services.messages.languages import Language
from services.messages.plan_facts import PlanFacts
from services.messages.reasons import called_off_by
from services.messages.translations import PLAN_TRANSLATIONS, TRANSLATIONS
from services.providers.message_ports import Button

_TO_JOIN = frozenset(
    {
        NotificationKind.BOOKING_CONFIRMED,
        NotificationKind.BOOKING_RESCHEDULED,
        NotificationKind.BOOKING_KEPT_TIME,
        NotificationKind.REMINDER_DAY,
        NotificationKind.REMINDER_HOUR,
        NotificationKind.MEETING_LINK,
    }
)
_TO_CHOOSE = frozenset({NotificationKind.CHOOSE_TIME, NotificationKind.CHOOSE_TIME_REMINDER})
_TO_PAY = frozenset(
    {
        NotificationKind.RENEWAL_FAILED,
        NotificationKind.GRACE_OVER,
        NotificationKind.CHANNEL_LEFT,
    }
)
_TO_MANAGE = frozenset(
    {
        NotificationKind.RENEWAL_FAILED,
        NotificationKind.TRIAL_ENDING,
        NotificationKind.SUBSCRIPTION_ENDING,
    }
)


def button(kind: NotificationKind, facts: Facts, language: Language) -> Button | None:
    """What the client most likely does next; None when there is nothing to open."""
    words = TRANSLATIONS[language]
    if kind in _TO_JOIN and facts.meeting is not None:
        return Button(words.join_button, facts.meeting.url)
    if kind in _TO_CHOOSE:
        return Button(words.choose_time_button, facts.choose_time_url)
    lost = kind is NotificationKind.BOOKING_REJECTED or (
        kind is NotificationKind.BOOKING_CANCELLED and called_off_by(facts.booking) is Party.HOST
    )
    if lost:
        return Button(words.choose_another_button, facts.book_again_url)
    return None


def plan_button(kind: NotificationKind, facts: PlanFacts, language: Language) -> Button | None:
    """What a subscriber most likely does next; None when there is nothing to open."""
    words = PLAN_TRANSLATIONS[language]
    if kind is NotificationKind.CHANNEL_INVITE and facts.channel_link is not None:
        return Button(words.channel_button, facts.channel_link)
    if kind in _TO_PAY and facts.open_invoice_url is not None:
        return Button(words.invoice_button, facts.open_invoice_url)
    if kind in _TO_MANAGE and facts.has_account:
        return Button(words.account_button, facts.account_url)
    return None
