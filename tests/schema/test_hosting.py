"""Policies, refunds and payouts as clients and hosts read them, with all the domain's values."""

from datetime import timedelta
from enum import Enum
from uuid import UUID

import pytest

from schema.bookings import Booking
from schema.hosting import HostBooking, Payout
from schema.money import Money
from schema.payout_accounts import PayoutAccount, PayoutTotal
from schema.payout_states import SENTENCES, PayoutAccountStatus, PayoutReason, PayoutStatus
from schema.policies import Absent, CalledOffBy, CancellationPolicy, RefundTier
from schema.refunds import PaymentRefund, RefundBy, RefundStatus
from schema.steps import BookingStepKind
from services.domain import money, payments, payouts, policy
from services.domain.payouts import AccountStatus, Total
from services.domain.story import StepKind
from tests.schema.billing_rows import NOON, TERMS, booking, refund

USD_90, EUR_80 = money.Money(9_000, "USD"), money.Money(8_000, "EUR")


def payout(**changed: object) -> payouts.Payout:
    given: dict[str, object] = dict.fromkeys(payouts.Payout.__annotations__)
    given |= {
        "id": UUID(int=40),
        "status": payouts.PayoutStatus.WAITING,
        "reason": payouts.PayoutReason.ON_HOLD,
        "amount": USD_90,
        "returned_minor": 3_000,
        "fee_minor": 600,
        "net_minor": 5_400,
        "reversed_minor": 0,
        "held_reason": "A question is open.",
        "due_at": NOON,
        "created_at": NOON,
    }
    return payouts.Payout(**(given | changed))  # type: ignore[arg-type]  # a row's columns by name


@pytest.mark.parametrize(
    ("shown", "held"),
    [
        (CalledOffBy, policy.Party),
        (Absent, policy.Absent),
        (RefundStatus, payments.RefundStatus),
        (RefundBy, payments.RefundBy),
        (PayoutStatus, payouts.PayoutStatus),
        (PayoutReason, payouts.PayoutReason),
        (PayoutAccountStatus, payouts.AccountStatus),
        (BookingStepKind, StepKind),
    ],
)
def test_the_api_has_exactly_the_values_of_the_domain(shown: type[Enum], held: type[Enum]) -> None:
    assert [each.name for each in shown] == [each.name for each in held]
    assert [each.value for each in shown] == [each.value for each in held]


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert set(SENTENCES) == set(payouts.PayoutReason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_terms_are_told_in_minutes_and_percent() -> None:
    assert CancellationPolicy.of(TERMS) == CancellationPolicy(
        cancel_until_minutes=60,
        refund_tiers=[
            RefundTier(minutes_before=1440, percent=100),
            RefundTier(minutes_before=60, percent=50),
        ],
        reschedule_until_minutes=120,
        reschedule_limit=3,
        no_show_percent=25,
    )


def test_a_booking_says_who_called_it_off_and_who_did_not_come() -> None:
    row = booking(called_off_by=policy.Party.BANK, absent=policy.Absent.HOST, reschedules=2)
    shown = Booking.of(row)
    assert (shown.called_off_by, shown.absent, shown.reschedules) == (
        CalledOffBy.BANK,
        Absent.HOST,
        2,
    )
    hosts = HostBooking.of(row)
    assert (hosts.called_off_by, hosts.absent) == (CalledOffBy.BANK, Absent.HOST)
    untouched = Booking.of(booking())
    assert (untouched.called_off_by, untouched.absent, untouched.reschedules) == (None, None, 0)


def test_a_refund_says_how_much_why_and_by_whom() -> None:
    assert PaymentRefund.of(refund()) == PaymentRefund(
        amount=Money.of(money.Money(2_500, "USD")),
        status=RefundStatus.SUCCEEDED,
        reason="Called off by the client.",
        requested_by=RefundBy.CLIENT,
        created_at=NOON,
    )


def test_a_payout_that_waits_says_why_and_moved_nothing() -> None:
    shown = Payout.of(payout(transfer=EUR_80))  # what a transfer would move, fixed but not made
    assert (shown.reason, shown.message) == (PayoutReason.ON_HOLD, "The seller holds it back.")
    assert shown.held_reason == "A question is open."
    assert [each.amount_minor for each in (shown.amount, shown.returned, shown.fee, shown.net)] == [
        9_000,
        3_000,
        600,
        5_400,
    ]
    assert (shown.transferred, shown.reversed, shown.paid_at) == (None, None, None)


def test_a_payout_that_was_made_says_what_arrived_and_what_was_taken_back() -> None:
    paid = payout(
        status=payouts.PayoutStatus.PAID,
        reason=None,
        transfer=EUR_80,
        reversed_minor=1_000,
        paid_at=NOON,
    )
    shown = Payout.of(paid)
    assert (shown.status, shown.reason, shown.message) == (PayoutStatus.PAID, None, None)
    assert shown.transferred == Money.of(EUR_80)
    assert shown.reversed == Money.of(money.Money(1_000, "EUR"))


@pytest.mark.parametrize("status", list(AccountStatus))
def test_only_an_active_account_can_be_paid(status: AccountStatus) -> None:
    row = payouts.PayoutAccount(
        id=UUID(int=41),
        host_id=UUID(int=20),
        stripe_account_id=None,
        country="DE",
        status=status,
        requirements=("external_account",),
        disabled_reason=None,
        read_at=None,
        created_at=NOON - timedelta(days=1),
    )
    shown = PayoutAccount.of(row)
    assert shown.can_be_paid is (status is AccountStatus.ACTIVE)
    assert (shown.status.name, shown.requirements) == (status.name, ["external_account"])


def test_sums_are_told_in_their_currency() -> None:
    total = PayoutTotal.of(Total("JPY", 2, 9_000, 3_000, 600, 5_400, 5_000, 400))
    assert (total.currency, total.count) == ("JPY", 2)
    told = (total.amount, total.returned, total.fee, total.net, total.paid, total.waiting)
    assert [each.display for each in told] == [
        "9,000 JPY",
        "3,000 JPY",
        "600 JPY",
        "5,400 JPY",
        "5,000 JPY",
        "400 JPY",
    ]
