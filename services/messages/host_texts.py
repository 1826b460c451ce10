"""What each kind of notification about a booking says to its host."""

from collections.abc import Callable, Mapping

from services.domain.booking import OVER
from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.payouts import Payout, PayoutReason, PayoutStatus
from services.domain.policy import Absent, Party
from services.messages.draft import Draft
from services.messages.facts import Text
from services.messages.layout import lines, sentences
from services.messages.reasons import called_off_by


def _booked(draft: Draft) -> Text:
    words = draft.words
    return draft.to_host(words.host_booked_title, words.host_booked, _link(draft))


def _rescheduled(draft: Draft) -> Text:
    words = draft.words
    return draft.to_host(words.host_rescheduled_title, words.host_rescheduled, _link(draft))


def _link(draft: Draft) -> str | None:
    meeting = draft.facts.meeting
    return draft.words.host_link.format(url=meeting.host_url or meeting.url) if meeting else None


def _cancelled(draft: Draft) -> Text:
    title = draft.words.host_cancelled_title
    return draft.to_host(title, _who_called_it_off(draft), _pay_of_cancelled(draft))


def _who_called_it_off(draft: Draft) -> str:
    words, booking = draft.words, draft.facts.booking
    party = called_off_by(booking)
    if booking.absent is Absent.HOST:
        return words.host_cancelled_absent
    if draft.why is not None or party is None:
        return sentences(words.host_cancelled, draft.why)
    return {
        Party.CLIENT: words.host_cancelled_by_client,
        Party.HOST: words.host_cancelled_by_host,
        Party.OPERATOR: words.host_cancelled_by_seller,
        Party.BANK: words.host_cancelled_by_bank,
    }[party]


def _pay_of_cancelled(draft: Draft) -> str | None:
    """What the host has of it; None where no money was paid, or the bank decides what of it is
    taken back."""
    words, facts = draft.words, draft.facts
    if facts.booking.credits is not None:
        return None
    if _was_paid_out(facts.payout):
        return None if facts.disputed else words.host_taken_back
    kept = facts.returned.amount_minor < facts.paid.amount_minor
    earned = called_off_by(facts.booking) is Party.CLIENT and facts.host.keeps_cancellation_fees
    if kept and earned:
        return draft.of_money(words.host_keeps)
    return words.host_nothing_paid_out


def _was_paid_out(payout: Payout | None) -> bool:
    return payout is not None and payout.status is PayoutStatus.PAID


def _disputed(draft: Draft) -> Text:
    words, facts = draft.words, draft.facts
    if _was_paid_out(facts.payout):
        payout: str | None = words.host_disputed_paid_out
    elif facts.payout is None or facts.payout.status is not PayoutStatus.CANCELLED:
        payout = words.host_disputed_waits
    else:
        payout = None
    link = None if facts.booking.status in OVER else words.host_disputed_link
    opening = words.host_disputed
    return draft.to_host(words.host_disputed_title, opening, sentences(payout, link))


def _dispute_won(draft: Draft) -> Text:
    words, payout = draft.words, draft.facts.payout
    becomes = None
    if _was_paid_out(payout):
        becomes = words.host_dispute_won_paid_out
    elif payout is not None and payout.status is not PayoutStatus.CANCELLED:
        becomes = words.host_dispute_won_goes_on
    return draft.to_host(words.host_dispute_won_title, words.host_dispute_won, becomes)


def _dispute_lost(draft: Draft) -> Text:
    words = draft.words
    paid_out = _was_paid_out(draft.facts.payout)
    payout = draft.facts.payout
    becomes = words.host_taken_back if paid_out else words.host_nothing_paid_out
    if payout and payout.returned_minor and payout.net_minor and not paid_out:  # lost in part
        becomes = _statement(draft, payout)
    return draft.to_host(words.host_dispute_lost_title, words.host_dispute_lost, becomes)


def _paid_out(draft: Draft) -> Text:
    words, payout = draft.words, _payout(draft)
    opening = words.host_paid_out
    return draft.to_host(words.host_paid_out_title, opening, _statement(draft, payout))


def _payout_blocked(draft: Draft) -> Text:
    words, payout = draft.words, _payout(draft)
    reasons = {
        PayoutReason.NO_ACCOUNT: words.host_blocked_no_account,
        PayoutReason.REQUIREMENTS_DUE: words.host_blocked_requirements,
        PayoutReason.ACCOUNT_CLOSED: words.host_blocked_closed,
    }
    net = Money(payout.net_minor, payout.amount.currency)
    opening = words.host_blocked.format(net=net)
    return draft.to_host(
        words.host_blocked_title,
        sentences(opening, reasons.get(payout.reason) if payout.reason else None),
        words.host_payouts.format(url=draft.facts.payouts_url),
    )


def _payout_reversed(draft: Draft) -> Text:
    words, payout = draft.words, _payout(draft)
    opening = words.host_reversed if payout.returned_minor else words.host_reversed_excess
    return draft.to_host(words.host_reversed_title, opening, _statement(draft, payout))


def _payout(draft: Draft) -> Payout:
    payout = draft.facts.payout
    assert payout is not None, "a payout is written of only when there is one"
    return payout


def _statement(draft: Draft, payout: Payout) -> str:
    """How the host's share comes about, and what moved where that is something else."""
    words, currency = draft.words, payout.amount.currency
    returned, fee = Money(payout.returned_minor, currency), Money(payout.fee_minor, currency)
    net, moved = Money(payout.net_minor, currency), payout.transfer
    taken_back = Money(payout.reversed_minor, moved.currency) if moved else None
    return lines(
        words.statement_paid.format(amount=payout.amount),
        words.statement_returned.format(amount=returned) if returned.amount_minor else None,
        words.statement_fee.format(amount=fee) if fee.amount_minor else None,
        words.statement_net.format(amount=net),
        words.statement_moved.format(amount=moved) if moved and moved != net else None,
        words.statement_taken_back.format(amount=taken_back) if payout.reversed_minor else None,
    )


HOST_WRITERS: Mapping[NotificationKind, Callable[[Draft], Text]] = {
    NotificationKind.HOST_BOOKED: _booked,
    NotificationKind.HOST_RESCHEDULED: _rescheduled,
    NotificationKind.HOST_CANCELLED: _cancelled,
    NotificationKind.HOST_DISPUTED: _disputed,
    NotificationKind.HOST_DISPUTE_WON: _dispute_won,
    NotificationKind.HOST_DISPUTE_LOST: _dispute_lost,
    NotificationKind.HOST_PAID_OUT: _paid_out,
    NotificationKind.HOST_PAYOUT_BLOCKED: _payout_blocked,
    NotificationKind.HOST_PAYOUT_REVERSED: _payout_reversed,
}
