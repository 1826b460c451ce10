"""Why a booking ended and who ended it, in the reader's language."""

from collections.abc import Mapping

from services.domain.models import Booking
from services.domain.policy import Party
from services.messages.words import Words

_DETAIL = "{detail}"

WHO: Mapping[str, Party] = {
    "Called off by the client.": Party.CLIENT,
    "The client called it off in the host's Calendly.": Party.CLIENT,
    "Called off by the host.": Party.HOST,
    "The host called it off in their Calendly.": Party.HOST,
    "The host did not come.": Party.HOST,
    "Called off by the seller.": Party.OPERATOR,
    "The payment was returned by the bank.": Party.BANK,
}
"""Reasons that say no more than who called a session off, which each reader is told in words of
their own."""


def says_only_who(reason: str) -> bool:
    return reason in WHO


def called_off_by(booking: Booking) -> Party | None:
    """Who called the session off; None when nobody did, or nobody knows."""
    return booking.called_off_by or WHO.get(booking.status_reason or "")


def explain(reason: str, words: Words) -> str:
    """What the product wrote as a booking's `status_reason`, in these words.

    Calendars may put their own words into it: what has no translation stays as it is.
    """
    if reason in words.reasons:
        return words.reasons[reason]
    sentence, colon, detail = reason.partition(": ")
    template = words.reasons.get(f"{sentence}{colon}{_DETAIL}") if colon else None
    return template.format(detail=explain(detail, words)) if template else reason
