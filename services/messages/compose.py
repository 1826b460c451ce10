"""What each kind of notification says; the sentences themselves are in the languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.domain.models import NotificationKind
from services.messages.facts import Facts, Text
from services.messages.languages import Language
from services.messages.layout import lines, one_line, paragraphs, sentences
from services.messages.moments import when
from services.messages.reasons import explain
from services.messages.translations import TRANSLATIONS
from services.messages.words import Words


def compose(kind: NotificationKind, facts: Facts, language: Language) -> Text:
    """The message of this kind about these facts; to the host only of a session with a time."""
    return WRITERS[kind](_Draft(facts, language, TRANSLATIONS[language]))


def with_calendar_file(text: Text, language: Language) -> Text:
    """The same message with a sentence about the calendar file that comes with it."""
    return Text(text.title, paragraphs(text.body, TRANSLATIONS[language].calendar_file))


@dataclass(frozen=True, slots=True)
class _Draft:
    """The facts in one language, as pieces that several messages share."""

    facts: Facts
    language: Language
    words: Words

    @property
    def session(self) -> str:
        return one_line(self.facts.session_type.name)

    @property
    def what(self) -> str:
        return self.words.what.format(session=self.session, host=one_line(self.facts.host.name))

    @property
    def price(self) -> str:
        return self.facts.booking.price.display

    def time_in(self, zone: str) -> str | None:
        """None while no time is chosen."""
        starts_at = self.facts.booking.starts_at
        return None if starts_at is None else when(starts_at, zone, self.language)

    @property
    def session_and_time(self) -> str:
        """As the client sees it."""
        return lines(self.what, self.time_in(self.facts.client_zone))

    @property
    def joining(self) -> str:
        if self.facts.meeting is None:
            return self.words.link_follows
        return self.words.join.format(url=self.facts.meeting.url)

    @property
    def why(self) -> str | None:
        reason = self.facts.booking.status_reason
        return explain(reason, self.words) if reason else None

    @property
    def credits_back(self) -> str:
        one = self.facts.booking.credits == 1
        return self.words.credit_back if one else self.words.credits_back

    def to_client(self, title: str, *body: str | None) -> Text:
        return Text(title.format(what=self.what), paragraphs(*body))

    def to_host(self, title: str, opening: str, *, with_link: bool) -> Text:
        time = self.time_in(self.facts.host.time_zone)
        assert time is not None
        client = self.facts.client and (self.facts.client.name or self.facts.client.email)
        booked_by = self.words.booked_by.format(client=one_line(client)) if client else None
        meeting = self.facts.meeting if with_link else None
        link = self.words.host_link.format(url=meeting.host_url or meeting.url) if meeting else None
        return Text(
            title.format(session=self.session, time=time),
            paragraphs(opening, lines(self.session, time, booked_by), link),
        )


def _confirmed(draft: _Draft) -> Text:
    words, receipt_url = draft.words, draft.facts.receipt_url
    return draft.to_client(
        words.confirmed_title,
        words.confirmed,
        draft.session_and_time,
        draft.joining,
        words.receipt.format(url=receipt_url) if receipt_url else None,
    )


def _rescheduled(draft: _Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.rescheduled_title, words.rescheduled, draft.session_and_time, draft.joining
    )


def _reminder_day(draft: _Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.reminder_day_title, words.reminder_day, draft.session_and_time, draft.joining
    )


def _reminder_hour(draft: _Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.reminder_hour_title, words.reminder_hour, draft.session_and_time, draft.joining
    )


def _meeting_link(draft: _Draft) -> Text:
    return draft.to_client(draft.words.meeting_link_title, draft.session_and_time, draft.joining)


def _rejected(draft: _Draft) -> Text:
    words = draft.words
    by_credits = draft.facts.booking.credits is not None
    return draft.to_client(
        words.rejected_title_credits if by_credits else words.rejected_title,
        sentences(words.rejected, draft.why),
        draft.session_and_time,
        draft.credits_back if by_credits else words.money_goes_back.format(price=draft.price),
        words.choose_another.format(url=draft.facts.book_again_url),
    )


def _cancelled(draft: _Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.cancelled_title,
        sentences(words.cancelled, draft.why),
        draft.session_and_time,
        _what_becomes_of_the_price(draft),
    )


def _what_becomes_of_the_price(draft: _Draft) -> str:
    words, count = draft.words, draft.facts.booking.credits
    if count is None:
        return words.money_on_its_way
    if draft.facts.credit_returned:
        return draft.credits_back
    return words.credit_used_up if count == 1 else words.credits_used_up


def _choose_time(draft: _Draft) -> Text:
    return _asked_to_choose(draft, draft.words.choose_time_title)


def _choose_time_reminder(draft: _Draft) -> Text:
    return _asked_to_choose(draft, draft.words.choose_time_reminder_title)


def _asked_to_choose(draft: _Draft, title: str) -> Text:
    words, facts, place_by = draft.words, draft.facts, draft.facts.booking.place_by
    until = when(place_by, facts.client_zone, draft.language) if place_by else None
    return draft.to_client(
        title,
        words.payment_arrived if facts.booking.credits is None else None,
        draft.what,
        words.choose_time.format(url=facts.choose_time_url),
        words.choose_until.format(until=until) if until else None,
    )


def _payment_returned(draft: _Draft) -> Text:
    words = draft.words
    returned = words.payment_returned.format(price=draft.price)
    return draft.to_client(words.payment_returned_title, returned, draft.session_and_time)


def _payment_waiting(draft: _Draft) -> Text:
    words = draft.words
    waiting = words.payment_waiting.format(price=draft.price)
    return draft.to_client(words.payment_waiting_title, waiting, draft.session_and_time)


def _operator_asked(draft: _Draft) -> Text:
    booking = draft.facts.booking.id
    return Text(
        draft.words.operator_asked_title.format(booking=booking),
        draft.words.operator_asked.format(booking=booking, price=draft.price),
    )


def _host_booked(draft: _Draft) -> Text:
    words = draft.words
    return draft.to_host(words.host_booked_title, words.host_booked, with_link=True)


def _host_rescheduled(draft: _Draft) -> Text:
    words = draft.words
    return draft.to_host(words.host_rescheduled_title, words.host_rescheduled, with_link=True)


def _host_cancelled(draft: _Draft) -> Text:
    words = draft.words
    return draft.to_host(words.host_cancelled_title, words.host_cancelled, with_link=False)


WRITERS: Mapping[NotificationKind, Callable[[_Draft], Text]] = {
    NotificationKind.BOOKING_CONFIRMED: _confirmed,
    NotificationKind.BOOKING_REJECTED: _rejected,
    NotificationKind.BOOKING_CANCELLED: _cancelled,
    NotificationKind.BOOKING_RESCHEDULED: _rescheduled,
    NotificationKind.REMINDER_DAY: _reminder_day,
    NotificationKind.REMINDER_HOUR: _reminder_hour,
    NotificationKind.MEETING_LINK: _meeting_link,
    NotificationKind.CHOOSE_TIME: _choose_time,
    NotificationKind.CHOOSE_TIME_REMINDER: _choose_time_reminder,
    NotificationKind.PAYMENT_RETURNED: _payment_returned,
    NotificationKind.PAYMENT_WAITING: _payment_waiting,
    NotificationKind.OPERATOR_ASKED: _operator_asked,
    NotificationKind.HOST_BOOKED: _host_booked,
    NotificationKind.HOST_RESCHEDULED: _host_rescheduled,
    NotificationKind.HOST_CANCELLED: _host_cancelled,
}
"""The kinds that are about a booking."""
