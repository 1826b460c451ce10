"""Terms on which a session may be called off or moved: until when, how often, what comes back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from services.domain.money import Money, refundable

MINUTE = timedelta(minutes=1)


WHOLE = "WHOLE"
"""The cause of a refund of all that is left, because what was paid for can't be had."""

CALLED_OFF = "CALLED_OFF"
"""The cause of what comes back because a session was called off."""

NO_SHOW = "NO_SHOW"
"""The cause of what comes back to a client who did not come."""


class Party(StrEnum):
    """Who calls a session off after it was paid for; BANK when a lost dispute does."""

    CLIENT = "CLIENT"
    HOST = "HOST"
    OPERATOR = "OPERATOR"
    BANK = "BANK"


class Absent(StrEnum):
    """Who did not come to a session."""

    CLIENT = "CLIENT"
    HOST = "HOST"


@dataclass(frozen=True, slots=True)
class RefundTier:
    """So much comes back, in percent of the price, while the start is at least `before` away."""

    before: timedelta
    percent: int


@dataclass(frozen=True, slots=True)
class Policy:
    """A session type's terms; a booking keeps those that it was made under.

    `refunds` are in order, the earliest first. `reschedule_limit` None: as often as wanted.
    `no_show_percent` comes back to a client who did not come.
    """

    cancel_until: timedelta
    refunds: tuple[RefundTier, ...]
    reschedule_until: timedelta
    reschedule_limit: int | None
    no_show_percent: int

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What the column `policy` holds; its check has vouched for the shape."""
        stored: Mapping[str, Any] = json.loads(text)
        tiers = (
            RefundTier(tier["minutes_before"] * MINUTE, tier["percent"])
            for tier in stored["refunds"]
        )
        return cls(
            cancel_until=stored["cancel_until_minutes"] * MINUTE,
            refunds=tuple(sorted(tiers, key=lambda tier: tier.before, reverse=True)),
            reschedule_until=stored["reschedule_until_minutes"] * MINUTE,
            reschedule_limit=stored["reschedule_limit"],
            no_show_percent=stored["no_show_percent"],
        )

    def may_cancel(self, starts_at: datetime | None, now: datetime) -> bool:
        """Whether the client may still call it off; without a time yet, always."""
        return starts_at is None or (now < starts_at and starts_at - now >= self.cancel_until)

    def may_reschedule(self, starts_at: datetime, now: datetime) -> bool:
        return now < starts_at and starts_at - now >= self.reschedule_until

    def percent_back(self, starts_at: datetime | None, now: datetime) -> int:
        """What comes back to a client who calls it off now; all of it while it has no time."""
        if starts_at is None:
            return 100
        left = starts_at - now
        return next((tier.percent for tier in self.refunds if left >= tier.before), 0)

    def holds_until(self, starts_at: datetime | None, now: datetime) -> datetime | None:
        """Until when `may_cancel` and `percent_back` answer as now; None for ever."""
        if starts_at is None:
            return None
        bounds = [
            starts_at - self.cancel_until,
            *(starts_at - tier.before for tier in self.refunds),
        ]
        ahead = [bound for bound in bounds if bound >= now]
        return min(ahead, default=None)


@dataclass(frozen=True, slots=True)
class Share:
    """Of what was paid, what is to come back beside what went back before, and what is kept."""

    back: Money
    kept: Money


def share(paid: Money, *, gone_back_minor: int, percent: int) -> Share:
    """`percent` of what was paid comes back in all; never less than what went back already.

    A fraction that can't be refunded is rounded in the client's favour.
    """
    owed = refundable(Money(-(-paid.amount_minor * percent // 100), paid.currency))
    left = paid.amount_minor - gone_back_minor
    back = min(max(0, owed.amount_minor - gone_back_minor), left)
    return Share(Money(back, paid.currency), Money(left - back, paid.currency))
