"""Whether a host may be paid for a session now, and if not, why."""

from dataclasses import dataclass
from datetime import datetime

from services.domain.booking import Status
from services.domain.disputes import DisputeStanding
from services.domain.payments import Outcome
from services.domain.payouts import (
    AccountStatus,
    Fee,
    Lines,
    PayoutAccount,
    PayoutReason,
    PayoutStatus,
)
from services.domain.policy import Absent, Party


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that decides about a payout, as it stands at one moment.

    `due_at` is None while nobody can say when: the session has no time, or was called off.
    """

    booking_status: Status
    called_off_by: Party | None
    absent: Absent | None
    outcome: Outcome | None
    dispute: DisputeStanding
    refund_under_way: bool
    held: bool
    keeps_cancellation_fees: bool
    due_at: datetime | None
    account: PayoutAccount | None
    lines: Lines
    fee: Fee


@dataclass(frozen=True, slots=True)
class Decision:
    """WAITING and CANCELLED with their reason, or SENDING: it may be paid now."""

    status: PayoutStatus
    reason: PayoutReason | None = None


PAY = Decision(PayoutStatus.SENDING)


def decide(facts: Facts, now: datetime) -> Decision:
    """Whether a payout may be made now; the reason that lasts longest comes first."""
    if never := _never(facts):
        return Decision(PayoutStatus.CANCELLED, never)
    if not_yet := _not_yet(facts, now):
        return Decision(PayoutStatus.WAITING, not_yet)
    return PAY


def _never(facts: Facts) -> PayoutReason | None:
    all_back = facts.lines.returned_minor == facts.lines.amount.amount_minor
    if facts.dispute is DisputeStanding.LOST and all_back:
        return PayoutReason.DISPUTE_LOST
    if facts.absent is Absent.HOST:
        return PayoutReason.HOST_ABSENT
    if facts.outcome is Outcome.REFUNDED or all_back:
        return PayoutReason.REFUNDED
    earned = facts.called_off_by is Party.CLIENT and facts.keeps_cancellation_fees
    if facts.booking_status in (Status.CANCELLED, Status.REJECTED) and not earned:
        return PayoutReason.NOT_HELD
    return None


def _not_yet(facts: Facts, now: datetime) -> PayoutReason | None:
    account = facts.account
    checks = (
        (facts.dispute is DisputeStanding.OPEN, PayoutReason.DISPUTED),
        (facts.held, PayoutReason.ON_HOLD),
        (facts.outcome is Outcome.WAITING, PayoutReason.UNDER_REVIEW),
        (facts.refund_under_way, PayoutReason.REFUND_UNDER_WAY),
        (facts.outcome is not Outcome.FULFILLED, PayoutReason.NOT_DUE),
        (facts.due_at is None or facts.due_at > now, PayoutReason.NOT_DUE),
        (facts.lines.net_minor < facts.fee.minimum_minor, PayoutReason.BELOW_MINIMUM),
        (account is None or account.stripe_account_id is None, PayoutReason.NO_ACCOUNT),
        (
            account is not None and account.status is AccountStatus.CLOSED,
            PayoutReason.ACCOUNT_CLOSED,
        ),
        (
            account is not None and account.status is not AccountStatus.ACTIVE,
            PayoutReason.REQUIREMENTS_DUE,
        ),
    )
    return next((reason for holds, reason in checks if holds), None)
