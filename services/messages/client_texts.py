"""What each kind of notification about a booking says to its client."""

from collections.abc import Callable, Mapping

from services.domain.models import NotificationKind
from services.domain.policy import Absent, Party
from services.messages.draft import Draft
from services.messages.facts import Text
from services.messages.layout import sentences
from services.messages.moments import when
from services.messages.reasons import called_off_by


def _confirmed(draft: Draft) -> Text:
    words, receipt_url = draft.words, draft.facts.receipt_url
    return draft.to_client(
        words.confirmed_title,
        words.confirmed,
        draft.session_and_time,
        draft.joining,
        words.receipt.format(url=receipt_url) if receipt_url else None,
    )


def _rescheduled(draft: Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.rescheduled_title, words.rescheduled, draft.session_and_time, draft.joining
    )


def _kept_time(draft: Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.kept_time_title, words.kept_time, draft.session_and_time, draft.joining
    )


def _reminder_day(draft: Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.reminder_day_title, words.reminder_day, draft.session_and_time, draft.joining
    )


def _reminder_hour(draft: Draft) -> Text:
    words = draft.words
    return draft.to_client(
        words.reminder_hour_title, words.reminder_hour, draft.session_and_time, draft.joining
    )


def _meeting_link(draft: Draft) -> Text:
    return draft.to_client(draft.words.meeting_link_title, draft.session_and_time, draft.joining)


def _rejected(draft: Draft) -> Text:
    words = draft.words
    by_credits = draft.facts.booking.credits is not None
    return draft.to_client(
        words.rejected_title_credits if by_credits else words.rejected_title,
        sentences(words.rejected, draft.why),
        draft.session_and_time,
        draft.credits_back if by_credits else words.money_goes_back.format(price=draft.price),
        words.choose_another.format(url=draft.facts.book_again_url),
    )


def _cancelled(draft: Draft) -> Text:
    words = draft.words
    by_host = called_off_by(draft.facts.booking) is Party.HOST
    return draft.to_client(
        words.cancelled_title,
        _who_called_it_off(draft),
        draft.session_and_time,
        _price_of_cancelled(draft),
        words.choose_another.format(url=draft.facts.book_again_url) if by_host else None,
    )


def _who_called_it_off(draft: Draft) -> str:
    words, booking = draft.words, draft.facts.booking
    party = called_off_by(booking)
    if booking.absent is Absent.HOST:
        return words.cancelled_host_absent
    if draft.why is not None or party is None:
        return sentences(words.cancelled, draft.why)
    return {
        Party.CLIENT: words.cancelled_by_client,
        Party.HOST: words.cancelled_by_host,
        Party.OPERATOR: words.cancelled_by_seller,
        Party.BANK: words.cancelled_by_bank,
    }[party]


def _price_of_cancelled(draft: Draft) -> str:
    words, booking = draft.words, draft.facts.booking
    if booking.credits is not None:
        if draft.facts.credit_returned:
            return draft.credits_back
        return words.credit_used_up if booking.credits == 1 else words.credits_used_up
    if called_off_by(booking) is Party.BANK:
        return words.returned_by_bank
    return _money_back(draft)


def _money_back(draft: Draft) -> str:
    """What becomes of the money by the terms, unless a bank decides."""
    words, facts = draft.words, draft.facts
    if facts.disputed:
        return words.bank_decides
    if facts.returned.amount_minor >= facts.paid.amount_minor:
        return words.money_on_its_way
    return draft.of_money(words.part_back if facts.returned.amount_minor else words.nothing_back)


def _absent(draft: Draft) -> Text:
    words, count = draft.words, draft.facts.booking.credits
    if count is None:
        price = _money_back(draft)
    else:
        price = words.absent_credit if count == 1 else words.absent_credits
    return draft.to_client(words.absent_title, words.absent, draft.session_and_time, price)


def _choose_time(draft: Draft) -> Text:
    return _asked_to_choose(draft, draft.words.choose_time_title)


def _choose_time_reminder(draft: Draft) -> Text:
    return _asked_to_choose(draft, draft.words.choose_time_reminder_title)


def _asked_to_choose(draft: Draft, title: str) -> Text:
    words, facts, place_by = draft.words, draft.facts, draft.facts.booking.place_by
    until = when(place_by, facts.client_zone, draft.language) if place_by else None
    return draft.to_client(
        title,
        words.payment_arrived if facts.booking.credits is None else None,
        draft.what,
        words.choose_time.format(url=facts.choose_time_url),
        words.choose_until.format(until=until) if until else None,
    )


def _part_returned(draft: Draft) -> Text:
    words = draft.words
    part = draft.of_money(words.part_returned)
    return draft.to_client(words.part_returned_title, part, draft.session_and_time)


def _payment_returned(draft: Draft) -> Text:
    words = draft.words
    returned = words.payment_returned.format(price=draft.price)
    return draft.to_client(words.payment_returned_title, returned, draft.session_and_time)


def _payment_waiting(draft: Draft) -> Text:
    words = draft.words
    waiting = words.payment_waiting.format(price=draft.price)
    return draft.to_client(words.payment_waiting_title, waiting, draft.session_and_time)


CLIENT_WRITERS: Mapping[NotificationKind, Callable[[Draft], Text]] = {
    NotificationKind.BOOKING_CONFIRMED: _confirmed,
    NotificationKind.BOOKING_REJECTED: _rejected,
    NotificationKind.BOOKING_CANCELLED: _cancelled,
    NotificationKind.BOOKING_RESCHEDULED: _rescheduled,
    NotificationKind.BOOKING_KEPT_TIME: _kept_time,
    NotificationKind.REMINDER_DAY: _reminder_day,
    NotificationKind.REMINDER_HOUR: _reminder_hour,
    NotificationKind.MEETING_LINK: _meeting_link,
    NotificationKind.CHOOSE_TIME: _choose_time,
    NotificationKind.CHOOSE_TIME_REMINDER: _choose_time_reminder,
    NotificationKind.CLIENT_ABSENT: _absent,
    NotificationKind.PART_RETURNED: _part_returned,
    NotificationKind.PAYMENT_RETURNED: _payment_returned,
    NotificationKind.PAYMENT_WAITING: _payment_waiting,
}
