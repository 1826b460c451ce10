"""When a payout is made, and how much it is: each reason, their order, and sums that add up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.booking import Status
from services.domain.disputes import DisputeStanding, is_taken, standing
from services.domain.money import EXPONENTS, Money, to_stripe, transferable
from services.domain.payments import Outcome
from services.domain.payout_rules import PAY, Decision, Facts, decide
from services.domain.payouts import (
    AccountStatus,
    Fee,
    Payout,
    PayoutAccount,
    PayoutReason,
    PayoutStatus,
    in_settlement,
    lines,
    lines_by_hand,
    lines_of_transfer,
)
from services.domain.policy import Absent, Party

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ID = UUID("00000000-0000-4000-8000-000000000001")
FEE = Fee(fixed_minor=50, percent=Decimal(10))
ACCOUNT = PayoutAccount(
    id=ID,
    host_id=ID,
    stripe_account_id="acct_1",
    country="US",
    status=AccountStatus.ACTIVE,
    requirements=(),
    disabled_reason=None,
    read_at=NOW,
    created_at=NOW,
)
PRICE = Money(9000, "USD")
HELD = Facts(
    booking_status=Status.ACCEPTED,
    called_off_by=None,
    absent=None,
    outcome=Outcome.FULFILLED,
    dispute=DisputeStanding.NONE,
    refund_under_way=False,
    held=False,
    keeps_cancellation_fees=False,
    due_at=NOW,
    account=ACCOUNT,
    lines=lines(PRICE, returned_minor=0, fee=FEE),
    fee=FEE,
)
"""A session that was held, and is due this moment."""


def never(reason: PayoutReason) -> Decision:
    return Decision(PayoutStatus.CANCELLED, reason)


def not_yet(reason: PayoutReason) -> Decision:
    return Decision(PayoutStatus.WAITING, reason)


def account(status: AccountStatus, **changes: Any) -> PayoutAccount:
    return replace(ACCOUNT, status=status, **changes)


ALL_BACK = lines(PRICE, returned_minor=9000, fee=FEE)

# Each of these holds a payout up, and each goes before all those below it.
IN_ORDER: list[tuple[dict[str, Any], Decision]] = [
    (
        {"dispute": DisputeStanding.LOST, "lines": ALL_BACK},
        never(PayoutReason.DISPUTE_LOST),
    ),
    ({"absent": Absent.HOST}, never(PayoutReason.HOST_ABSENT)),
    ({"outcome": Outcome.REFUNDED}, never(PayoutReason.REFUNDED)),
    ({"booking_status": Status.CANCELLED}, never(PayoutReason.NOT_HELD)),
    ({"dispute": DisputeStanding.OPEN}, not_yet(PayoutReason.DISPUTED)),
    ({"held": True}, not_yet(PayoutReason.ON_HOLD)),
    ({"outcome": Outcome.WAITING}, not_yet(PayoutReason.UNDER_REVIEW)),
    ({"refund_under_way": True}, not_yet(PayoutReason.REFUND_UNDER_WAY)),
    ({"outcome": None}, not_yet(PayoutReason.NOT_DUE)),
    ({"due_at": NOW + timedelta(seconds=1)}, not_yet(PayoutReason.NOT_DUE)),
    ({"fee": replace(FEE, minimum_minor=8051)}, not_yet(PayoutReason.BELOW_MINIMUM)),
    ({"account": None}, not_yet(PayoutReason.NO_ACCOUNT)),
]


def test_what_was_held_and_has_rested_is_paid() -> None:
    assert decide(HELD, NOW) == PAY
    assert decide(replace(HELD, absent=Absent.CLIENT), NOW) == PAY
    assert decide(replace(HELD, fee=replace(FEE, minimum_minor=8050)), NOW) == PAY
    assert decide(replace(HELD, keeps_cancellation_fees=True), NOW) == PAY


@pytest.mark.parametrize(("changes", "decision"), IN_ORDER)
def test_whatever_speaks_against_it_keeps_it_back_and_says_why(
    changes: dict[str, Any], decision: Decision
) -> None:
    assert decide(replace(HELD, **changes), NOW) == decision


@pytest.mark.parametrize("first", range(len(IN_ORDER)))
def test_of_several_reasons_the_one_that_lasts_longest_is_told(first: int) -> None:
    together: dict[str, Any] = {}
    for changes, _ in reversed(IN_ORDER[first:]):  # what comes first has the last word
        together |= changes
    assert decide(replace(HELD, **together), NOW) == IN_ORDER[first][1]


@pytest.mark.parametrize(
    ("given_account", "reason"),
    [
        (None, PayoutReason.NO_ACCOUNT),
        (account(AccountStatus.CREATING, stripe_account_id=None), PayoutReason.NO_ACCOUNT),
        (account(AccountStatus.ONBOARDING), PayoutReason.REQUIREMENTS_DUE),
        (account(AccountStatus.RESTRICTED), PayoutReason.REQUIREMENTS_DUE),
        (account(AccountStatus.CLOSED), PayoutReason.ACCOUNT_CLOSED),
    ],
)
def test_an_account_that_takes_no_money_is_waited_for(
    given_account: PayoutAccount | None, reason: PayoutReason
) -> None:
    assert decide(replace(HELD, account=given_account), NOW) == not_yet(reason)


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.REJECTED])
@pytest.mark.parametrize("by", [None, *Party])
@pytest.mark.parametrize("keeps", [True, False])
def test_what_was_not_held_is_earned_only_by_a_host_who_keeps_what_a_client_called_off(
    status: Status, by: Party | None, keeps: bool
) -> None:
    facts = replace(HELD, booking_status=status, called_off_by=by, keeps_cancellation_fees=keeps)
    earned = keeps and by is Party.CLIENT
    assert decide(facts, NOW) == (PAY if earned else never(PayoutReason.NOT_HELD))


def test_while_nobody_can_say_when_it_is_not_due() -> None:
    unplaced = replace(HELD, booking_status=Status.PENDING, due_at=None)
    assert decide(unplaced, NOW) == not_yet(PayoutReason.NOT_DUE)


def test_what_went_back_whole_by_several_ways_is_never_paid() -> None:
    """A refund and a lost part of a dispute: the outcome need not say so."""
    assert decide(replace(HELD, lines=ALL_BACK), NOW) == never(PayoutReason.REFUNDED)


def test_of_a_payment_of_which_a_bank_took_a_part_for_good_the_rest_is_paid() -> None:
    part = lines(PRICE, returned_minor=4500, fee=FEE)
    assert decide(replace(HELD, dispute=DisputeStanding.LOST, lines=part), NOW) == PAY


def test_a_fee_that_eats_everything_leaves_less_than_the_least_payout() -> None:
    tiny = replace(HELD, lines=lines(Money(50, "USD"), returned_minor=0, fee=FEE))
    assert (tiny.lines.fee_minor, tiny.lines.net_minor) == (50, 0)
    assert decide(tiny, NOW) == not_yet(PayoutReason.BELOW_MINIMUM)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (None, DisputeStanding.NONE),
        ("won", DisputeStanding.NONE),
        ("warning_closed", DisputeStanding.NONE),
        ("prevented", DisputeStanding.NONE),
        ("lost", DisputeStanding.LOST),
        ("needs_response", DisputeStanding.OPEN),
        ("under_review", DisputeStanding.OPEN),
        ("warning_needs_response", DisputeStanding.OPEN),
        ("warning_under_review", DisputeStanding.OPEN),
        ("a word that Stripe adds one day", DisputeStanding.OPEN),
    ],
)
def test_a_dispute_is_open_until_stripe_says_how_it_ended(
    status: str | None, meaning: DisputeStanding
) -> None:
    assert standing(status) is meaning


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        (None, False),
        ("needs_response", True),
        ("under_review", True),
        ("warning_needs_response", False),
        ("warning_under_review", False),
        ("won", False),
        ("lost", False),
    ],
)
def test_at_an_inquiry_the_money_is_still_ours(status: str | None, taken: bool) -> None:
    assert is_taken(status) is taken


@pytest.mark.parametrize(
    ("amount", "returned", "fee", "kept_and_net"),
    [
        (Money(9000, "USD"), 0, FEE, (950, 8050)),
        (Money(9000, "USD"), 4500, FEE, (500, 4000)),
        (Money(9000, "USD"), 9000, FEE, (0, 0)),
        (Money(9000, "USD"), 8960, FEE, (40, 0)),
        (Money(7500, "EUR"), 0, Fee(0, Decimal("12.5")), (938, 6562)),  # a half is the fee's
        (Money(12000, "JPY"), 0, Fee(100, Decimal(8)), (1060, 10940)),
        (Money(12000, "JPY"), 3000, Fee(100, Decimal(8)), (820, 8180)),
        (Money(10000, "KWD"), 0, Fee(0, Decimal("12.34")), (1240, 8760)),  # 8.766 ends in a 6
        (Money(10000, "KWD"), 0, Fee(5, Decimal(0)), (10, 9990)),
        (Money(12345, "ISK"), 0, Fee(0, Decimal(10)), (1235, 11110)),
        (Money(12300, "MGA"), 0, Fee(1, Decimal(0)), (100, 12200)),  # ariary go to Stripe whole
        (Money(100, "USD"), 0, Fee(0, Decimal(0)), (0, 100)),
        (Money(100, "USD"), 0, Fee(0, Decimal(100)), (100, 0)),
        (Money(1, "JPY"), 0, Fee(0, Decimal(50)), (1, 0)),
    ],
)
def test_a_statement_to_the_minor_unit(
    amount: Money, returned: int, fee: Fee, kept_and_net: tuple[int, int]
) -> None:
    stated = lines(amount, returned_minor=returned, fee=fee)
    assert (stated.fee_minor, stated.net_minor) == kept_and_net


CURRENCIES = ("USD", "JPY", "KWD", "MGA", "ISK")
FEES = st.builds(
    Fee,
    fixed_minor=st.integers(0, 10_000),
    percent=st.decimals(0, 100, places=2),
)


@given(
    amount=st.builds(Money, st.integers(1, 10**12), st.sampled_from(CURRENCIES)),
    part=st.integers(0, 10**12),
    fee=FEES,
)
def test_any_statement_adds_up_and_what_it_leaves_can_be_transferred(
    amount: Money, part: int, fee: Fee
) -> None:
    returned = part % (amount.amount_minor + 1)
    stated = lines(amount, returned_minor=returned, fee=fee)
    assert stated.amount == amount
    assert stated.returned_minor + stated.fee_minor + stated.net_minor == amount.amount_minor
    assert min(stated.fee_minor, stated.net_minor) >= 0
    to_stripe(Money(stated.net_minor, amount.currency))  # raises for what Stripe can't carry


@given(
    amount=st.builds(Money, st.integers(1, 10**9), st.sampled_from(CURRENCIES)),
    parts=st.lists(st.integers(0, 10**9), max_size=5),
    fee=FEES,
)
def test_the_more_went_back_the_less_the_host_is_to_have(
    amount: Money, parts: list[int], fee: Fee
) -> None:
    returned = sorted(part % (amount.amount_minor + 1) for part in parts)
    nets = [lines(amount, returned_minor=each, fee=fee).net_minor for each in returned]
    assert nets == sorted(nets, reverse=True)


@pytest.mark.parametrize(
    ("net", "amount", "settled", "moved"),
    [
        (8050, Money(9000, "USD"), Money(9000, "USD"), Money(8050, "USD")),
        (8050, Money(9000, "USD"), Money(8280, "EUR"), Money(7406, "EUR")),
        (10940, Money(12000, "JPY"), Money(7800, "USD"), Money(7111, "USD")),
        (8760, Money(10000, "KWD"), Money(32541, "USD"), Money(28505, "USD")),
        (8050, Money(9000, "USD"), Money(27650, "KWD"), Money(24730, "KWD")),  # 24.731 by rate
        (0, Money(9000, "USD"), Money(8280, "EUR"), Money(0, "EUR")),
        (1, Money(9000, "USD"), Money(8280, "EUR"), Money(0, "EUR")),
    ],
)
def test_a_share_of_what_settled_in_another_currency_is_rounded_down(
    net: int, amount: Money, settled: Money, moved: Money
) -> None:
    assert in_settlement(net, amount=amount, settled=settled) == moved


@given(
    amount=st.builds(Money, st.integers(1, 10**9), st.sampled_from(CURRENCIES)),
    settled=st.builds(Money, st.integers(1, 10**9), st.sampled_from(sorted(EXPONENTS))),
    part=st.integers(0, 10**9),
)
def test_no_share_is_more_than_what_came_in_nor_finer_than_stripe_can_carry(
    amount: Money, settled: Money, part: int
) -> None:
    net = part % (amount.amount_minor + 1)
    moved = in_settlement(net, amount=amount, settled=settled)
    assert 0 <= moved.amount_minor <= settled.amount_minor
    assert moved == transferable(moved)
    assert moved.amount_minor * amount.amount_minor <= net * settled.amount_minor


def payout(**changes: Any) -> Payout:
    whole = Money(9000, "USD")
    made = Payout(
        id=ID,
        payment_id=ID,
        booking_id=ID,
        host_id=ID,
        status=PayoutStatus.PAID,
        reason=None,
        amount=whole,
        returned_minor=0,
        fee_minor=950,
        net_minor=8050,
        held_reason=None,
        stripe_account_id="acct_1",
        terms=FEE,
        left_minor=0,
        settled=whole,
        transfer=Money(8050, "USD"),
        transfer_due_minor=8050,
        stripe_transfer_id="tr_1",
        reversed_minor=0,
        sending_at=NOW,
        paid_at=NOW,
        due_at=NOW,
        created_at=NOW,
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("changes", "overpaid", "underpaid"),
    [
        ({}, 0, False),
        ({"transfer_due_minor": 4000}, 4050, False),
        ({"transfer_due_minor": 4000, "reversed_minor": 1000}, 3050, False),
        ({"transfer_due_minor": 4000, "reversed_minor": 4050}, 0, False),
        ({"transfer_due_minor": 4000, "reversed_minor": 8050}, 0, True),  # by hand, and too much
        ({"transfer_due_minor": 0}, 8050, False),
        ({"transfer_due_minor": 0, "paid_at": None}, 0, False),  # being sent: nothing is there yet
        ({"transfer_due_minor": None}, 0, False),
    ],
)
def test_what_the_host_has_too_much_is_what_was_moved_less_what_came_back(
    changes: dict[str, Any], overpaid: int, underpaid: bool
) -> None:
    moved = payout(**changes)
    assert (moved.overpaid_minor, moved.is_underpaid) == (overpaid, underpaid)


@pytest.mark.parametrize(
    ("moved", "settled", "returned", "kept_and_net"),
    [
        (Money(5000, "USD"), Money(9000, "USD"), 0, (4000, 5000)),
        (Money(9000, "USD"), Money(9000, "USD"), 1000, (0, 8000)),  # too much: taken back after
        (Money(4140, "EUR"), Money(8280, "EUR"), 0, (4500, 4500)),
        (Money(5000, "USD"), None, 0, (4000, 5000)),
    ],
)
def test_of_a_transfer_by_hand_what_was_left_is_the_fee(
    moved: Money, settled: Money | None, returned: int, kept_and_net: tuple[int, int]
) -> None:
    stated = lines_of_transfer(PRICE, returned_minor=returned, moved=moved, settled=settled)
    assert (stated.fee_minor, stated.net_minor) == kept_and_net
    assert stated.returned_minor == returned


@pytest.mark.parametrize(
    ("returned", "kept_and_net"), [(0, (4000, 5000)), (2000, (4000, 3000)), (8000, (1000, 0))]
)
def test_what_goes_back_after_a_transfer_by_hand_is_the_hosts_before_it_is_the_fee(
    returned: int, kept_and_net: tuple[int, int]
) -> None:
    by_hand = payout(terms=None, left_minor=4000, fee_minor=4000, net_minor=5000)
    stated = lines_by_hand(by_hand, returned_minor=returned)
    assert (stated.fee_minor, stated.net_minor) == kept_and_net
