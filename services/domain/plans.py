"""Plans, subscriptions and channels as frozen values, and what a subscription's states mean."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.domain.money import Money


class Interval(StrEnum):
    """Unit of a billing period."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class SubscriptionStatus(StrEnum):
    """Stripe's own states."""

    INCOMPLETE = "INCOMPLETE"
    INCOMPLETE_EXPIRED = "INCOMPLETE_EXPIRED"
    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    UNPAID = "UNPAID"
    PAUSED = "PAUSED"
    CANCELED = "CANCELED"


OVER = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})
"""States of a subscription that never goes on; the unique indexes list all others."""

OWING = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})
"""States in which a payment failed and is still owed."""


class PortalFlow(StrEnum):
    """Where the customer portal begins."""

    HOME = "HOME"
    PAYMENT_METHOD = "PAYMENT_METHOD"
    CANCEL = "CANCEL"
    CHANGE_PLAN = "CHANGE_PLAN"


@dataclass(frozen=True, slots=True)
class Channel:
    """A private channel; `telegram_chat_id` is None where `link` lets everybody in who has it."""

    id: UUID
    name: str
    description: str
    telegram_chat_id: int | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """`interval` is None for what is paid once and kept."""

    id: UUID
    name: str
    description: str
    price: Money
    interval: Interval | None
    interval_count: int
    trial_days: int | None
    session_credits: int
    channel_id: UUID | None
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays for a plan: a user, or somebody in Telegram without an account.

    `telegram_id` is their chat, None while nobody linked one. `customer_id` is Stripe's.
    """

    user_id: UUID | None
    telegram_buyer_id: UUID | None
    telegram_id: int | None
    email: str | None
    name: str | None
    language: str | None
    customer_id: str | None

    @property
    def key(self) -> UUID:
        """The id of their row."""
        found = self.user_id or self.telegram_buyer_id
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Subscription:
    """A row of public.subscriptions.

    `stripe_id` is None before the first payment, for a trial granted by the adopter's own code and
    for what is paid once. `plan_id` is None when Stripe shows a price that is none of ours.
    `read_ticket` numbers the reading at Stripe that it shows, 0 before the first.
    """

    id: UUID
    user_id: UUID | None
    telegram_buyer_id: UUID | None
    plan_id: UUID | None
    stripe_id: str | None
    customer_id: str | None
    status: SubscriptionStatus
    price: Money | None
    current_period_start: datetime | None
    current_period_end: datetime | None
    trial_end: datetime | None
    cancel_at: datetime | None
    canceled_at: datetime | None
    ended_at: datetime | None
    grace_until: datetime | None
    lapsed_at: datetime | None
    duplicate_of: UUID | None
    created_at: datetime
    read_ticket: int = 0

    @property
    def is_order(self) -> bool:
        """Whether nothing was paid yet: a checkout was opened, that is all."""
        return self.status is SubscriptionStatus.INCOMPLETE and self.stripe_id is None

    @property
    def is_own_trial(self) -> bool:
        """Whether it is a trial that the adopter's own code granted."""
        return self.status is SubscriptionStatus.TRIALING and self.stripe_id is None

    @property
    def is_ownerless(self) -> bool:
        """Whether whoever had it has deleted their account."""
        return self.user_id is None and self.telegram_buyer_id is None

    @property
    def was_given_up(self) -> bool:
        """Whether it is over without ever having been paid here or begun at Stripe."""
        never_began = self.stripe_id is None and self.current_period_start is None
        return self.status in OVER and never_began


class AccessStatus(StrEnum):
    """Where a person stands with a channel."""

    WANTED = "WANTED"  # a link is to be made
    INVITED = "INVITED"  # there is a link
    JOINED = "JOINED"
    LEFT = "LEFT"  # gone by themselves
    ENDED = "ENDED"  # put out, or never came


@dataclass(frozen=True, slots=True)
class ChannelAccess:
    """A row of private.channel_accesses.

    `person_id` is who is in the channel, or alone may come in; None while nobody knows.
    """

    id: UUID
    channel_id: UUID
    user_id: UUID | None
    telegram_buyer_id: UUID | None
    person_id: int | None
    status: AccessStatus
    invite_link: str | None
    round: int


@dataclass(frozen=True, slots=True)
class Entitlements:
    """What a person may do now.

    `grace_until` is the end of what goes on although a payment is owed, None if none is.
    `credits_left` are session credits of the current periods. `entitling` are the subscriptions
    that give all this.
    """

    entitling: tuple[Subscription, ...]
    grace_until: datetime | None
    credits_left: int
    channels: tuple[tuple[Channel, ChannelAccess | None], ...]

    @property
    def active(self) -> bool:
        return bool(self.entitling)
