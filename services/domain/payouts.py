"""When a host is paid for a session, how much, and why not yet or not at all."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from services.domain.money import Money, transferable


class PayoutStatus(StrEnum):
    WAITING = "WAITING"
    SENDING = "SENDING"
    PAID = "PAID"
    REVERSED = "REVERSED"
    CANCELLED = "CANCELLED"


class PayoutReason(StrEnum):
    """Why a payout was not made, or why what was too much could not be taken back."""

    NOT_DUE = "NOT_DUE"  # the session is to come, or the payment is too young
    DUE = "DUE"  # the next run pays it
    NO_ACCOUNT = "NO_ACCOUNT"
    REQUIREMENTS_DUE = "REQUIREMENTS_DUE"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    DISPUTED = "DISPUTED"
    REFUND_UNDER_WAY = "REFUND_UNDER_WAY"
    UNDER_REVIEW = "UNDER_REVIEW"  # the payment waits for a named human
    ON_HOLD = "ON_HOLD"  # by the operator
    BELOW_MINIMUM = "BELOW_MINIMUM"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    REFUSED = "REFUSED"  # by Stripe, for a reason that a person has to look at
    REFUNDED = "REFUNDED"
    DISPUTE_LOST = "DISPUTE_LOST"
    NOT_HELD = "NOT_HELD"  # called off, or never booked
    HOST_ABSENT = "HOST_ABSENT"
    HOST_BALANCE_SHORT = "HOST_BALANCE_SHORT"  # too little there to take back what is owed
    UNDERPAID = "UNDERPAID"  # more was taken back than went back: a person has to look


BLOCKED = frozenset(
    {PayoutReason.NO_ACCOUNT, PayoutReason.REQUIREMENTS_DUE, PayoutReason.ACCOUNT_CLOSED}
)
"""What the host alone can mend."""


class AccountStatus(StrEnum):
    """How far a host's account at Stripe is."""

    CREATING = "CREATING"
    ONBOARDING = "ONBOARDING"
    RESTRICTED = "RESTRICTED"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """The account into which a host is paid. `requirements` are Stripe's own words."""

    id: UUID
    host_id: UUID
    stripe_account_id: str | None
    country: str
    status: AccountStatus
    requirements: tuple[str, ...]
    disabled_reason: str | None
    read_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Fee:
    """What the platform keeps of a payment: `fixed_minor`, and `percent` of what was not returned.

    Less than `minimum_minor` is not paid out. All in minor units of the payment's currency.
    """

    fixed_minor: int
    percent: Decimal
    minimum_minor: int = 1


@dataclass(frozen=True, slots=True)
class Lines:
    """A payout's statement: the amount is what was returned, the fee and the net together."""

    amount: Money
    returned_minor: int
    fee_minor: int
    net_minor: int


def lines(amount: Money, *, returned_minor: int, fee: Fee) -> Lines:
    """What becomes of a payment's amount; whole minor units, a half rounded up to the fee.

    The net is an amount that Stripe can carry; what it can't is the platform's.
    """
    rest = amount.amount_minor - returned_minor
    part = (Decimal(rest) * fee.percent / 100).to_integral_value(rounding=ROUND_HALF_UP)
    wanted = max(0, rest - fee.fixed_minor - int(part))
    net = transferable(Money(wanted, amount.currency)).amount_minor
    return Lines(amount, returned_minor, rest - net, net)


def lines_by_hand(payout: "Payout", *, returned_minor: int) -> Lines:
    """The same for a transfer that somebody made by hand: the fee is what they left."""
    rest = payout.amount.amount_minor - returned_minor
    fee = min(payout.left_minor, rest)
    return Lines(payout.amount, returned_minor, fee, rest - fee)


def lines_of_transfer(
    amount: Money, *, returned_minor: int, moved: Money, settled: Money | None
) -> Lines:
    """The statement of a transfer whose amount somebody chose by hand."""
    rest = amount.amount_minor - returned_minor
    sent = moved.amount_minor
    if settled is not None:
        sent = sent * amount.amount_minor // settled.amount_minor
    net = min(rest, sent)
    return Lines(amount, returned_minor, rest - net, net)


def in_settlement(net_minor: int, *, amount: Money, settled: Money) -> Money:
    """The share of a payment's settled sum that `net_minor` is of its amount, rounded down."""
    share = net_minor * settled.amount_minor // amount.amount_minor
    return transferable(Money(share, settled.currency))


@dataclass(frozen=True, slots=True)
class Payout:
    """A row of public.payouts; `net_minor` is what the host is to have as things stand now.

    `due_at` is from when on it can be paid, None while nobody can say. `transfer` is what the
    transfer moves or moved, None before its sending began, and `transfer_due_minor` what it should
    have moved as things stand now. `settled` is what the whole payment came to in the currency in
    which it settled, which is the transfer's. `terms` is the fee as it was when the sending began;
    None before that, and of a transfer that somebody made by hand, which left `left_minor`.
    """

    id: UUID
    payment_id: UUID
    booking_id: UUID
    host_id: UUID
    status: PayoutStatus
    reason: PayoutReason | None
    amount: Money
    returned_minor: int
    fee_minor: int
    net_minor: int
    held_reason: str | None
    stripe_account_id: str | None
    terms: Fee | None
    left_minor: int
    settled: Money | None
    transfer: Money | None
    transfer_due_minor: int | None
    stripe_transfer_id: str | None
    reversed_minor: int
    sending_at: datetime | None
    paid_at: datetime | None
    due_at: datetime | None
    created_at: datetime

    @property
    def overpaid_minor(self) -> int:
        """How much of the transfer is still to be taken back; 0 before it was made."""
        return max(0, self._too_much)

    @property
    def is_underpaid(self) -> bool:
        """Whether more was taken back than there was reason to."""
        return self._too_much < 0

    @property
    def _too_much(self) -> int:
        if self.paid_at is None or self.transfer is None or self.transfer_due_minor is None:
            return 0
        return self.transfer.amount_minor - self.reversed_minor - self.transfer_due_minor


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of a host's payouts in one currency, in its minor units.

    The amount is what was returned, the fees and the net together. `paid_minor` is what was
    transferred and not taken back, `waiting_minor` the net of those that wait for something.
    """

    currency: str
    count: int
    amount_minor: int
    returned_minor: int
    fee_minor: int
    net_minor: int
    paid_minor: int
    waiting_minor: int
