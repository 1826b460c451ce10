"""Terms of calling off: until when, how much comes back, and that no minor unit is lost by it."""

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.money import Money, to_stripe
from services.domain.policy import Policy, RefundTier, share

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)

TERMS = Policy(
    cancel_until=2 * HOUR,
    refunds=(RefundTier(DAY, 100), RefundTier(2 * HOUR, 50)),
    reschedule_until=4 * HOUR,
    reschedule_limit=2,
    no_show_percent=0,
)
STORED = {
    "cancel_until_minutes": 120,
    "refunds": [
        {"minutes_before": 120, "percent": 50},
        {"minutes_before": 1440, "percent": 100},
    ],
    "reschedule_until_minutes": 240,
    "reschedule_limit": 2,
    "no_show_percent": 0,
}


def test_tiers_are_read_in_any_order() -> None:
    assert Policy.from_json(json.dumps(STORED)) == TERMS
    assert (
        Policy.from_json(json.dumps(STORED | {"reschedule_limit": None})).reschedule_limit is None
    )


@pytest.mark.parametrize(
    ("before", "may_cancel", "percent", "may_move"),
    [
        (30 * DAY, True, 100, True),
        (DAY + INSTANT, True, 100, True),
        (DAY, True, 100, True),
        (DAY - INSTANT, True, 50, True),
        (4 * HOUR, True, 50, True),
        (4 * HOUR - INSTANT, True, 50, False),
        (2 * HOUR, True, 50, False),
        (2 * HOUR - INSTANT, False, 0, False),
        (timedelta(), False, 0, False),
        (-HOUR, False, 0, False),
    ],
)
def test_each_bound_still_counts_as_early(
    before: timedelta, may_cancel: bool, percent: int, may_move: bool
) -> None:
    now = START - before
    assert TERMS.may_cancel(START, now) is may_cancel
    assert TERMS.percent_back(START, now) == percent
    assert TERMS.may_reschedule(START, now) is may_move


@pytest.mark.parametrize("before", [timedelta(), -INSTANT, -HOUR])
def test_what_may_be_called_off_until_the_start_may_not_once_it_has_begun(
    before: timedelta,
) -> None:
    terms = Policy(timedelta(), (), timedelta(), None, 0)
    assert terms.may_cancel(START, START - INSTANT)
    assert terms.may_reschedule(START, START - INSTANT)
    assert not terms.may_cancel(START, START - before)
    assert not terms.may_reschedule(START, START - before)


def test_without_a_time_all_comes_back_for_ever() -> None:
    nothing = Policy(365 * DAY, (), timedelta(), None, 0)
    assert nothing.may_cancel(None, START)
    assert nothing.percent_back(None, START) == 100
    assert nothing.holds_until(None, START) is None


def test_without_tiers_nothing_comes_back() -> None:
    terms = Policy(timedelta(), (), timedelta(), None, 0)
    assert terms.percent_back(START, START - 300 * DAY) == 0


MINUTES = st.integers(0, 525_600)
POLICIES = st.builds(
    lambda until, tiers: Policy.from_json(
        json.dumps(
            STORED
            | {
                "cancel_until_minutes": until,
                "refunds": [{"minutes_before": m, "percent": p} for m, p in tiers],
            }
        )
    ),
    MINUTES,
    st.lists(st.tuples(MINUTES, st.integers(0, 100)), max_size=4),
)


@given(POLICIES, MINUTES, st.floats(0, 1))
def test_until_the_moment_that_is_told_the_answer_stays_the_same(
    policy: Policy, minutes: int, part: float
) -> None:
    now = START - minutes * MINUTE
    until = policy.holds_until(START, now)
    end = START + DAY if until is None else until
    then = now + (end - now) * part

    def answer(moment: datetime) -> tuple[bool, int]:
        allowed = policy.may_cancel(START, moment)
        return allowed, policy.percent_back(START, moment) if allowed else 0

    assert until is None or now <= until <= START
    if then < START or until is None:
        assert answer(then) == answer(now)


# --- shares of what was paid ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "percent", "back", "kept"),
    [
        (Money(9000, "USD"), 100, 9000, 0),
        (Money(9000, "USD"), 50, 4500, 4500),
        (Money(9001, "USD"), 50, 4501, 4500),
        (Money(9001, "USD"), 33, 2971, 6030),
        (Money(9000, "USD"), 0, 0, 9000),
        (Money(12000, "JPY"), 25, 3000, 9000),
        (Money(12001, "JPY"), 50, 6001, 6000),
        (Money(5010, "KWD"), 50, 2510, 2500),
        (Money(5000, "KWD"), 33, 1650, 3350),
        (Money(10, "KWD"), 1, 10, 0),
        (Money(333, "ISK"), 50, 167, 166),
        (Money(500_100, "MGA"), 50, 250_100, 250_000),
        (Money(9_007_199_254_740_993, "USD"), 99, 8_917_127_262_193_584, 90_071_992_547_409),
    ],
)
def test_a_part_that_cannot_be_refunded_is_rounded_in_the_clients_favour(
    paid: Money, percent: int, back: int, kept: int
) -> None:
    found = share(paid, gone_back_minor=0, percent=percent)
    assert (found.back, found.kept) == (Money(back, paid.currency), Money(kept, paid.currency))


@pytest.mark.parametrize(
    ("gone", "percent", "back", "kept"),
    [
        (1000, 50, 3500, 4500),
        (4500, 50, 0, 4500),
        (6000, 50, 0, 3000),
        (1000, 100, 8000, 0),
        (9000, 100, 0, 0),
        (1000, 0, 0, 8000),
    ],
)
def test_what_went_back_before_counts_towards_the_part(
    gone: int, percent: int, back: int, kept: int
) -> None:
    found = share(Money(9000, "USD"), gone_back_minor=gone, percent=percent)
    assert (found.back.amount_minor, found.kept.amount_minor) == (back, kept)


STEPS = {"USD": 1, "JPY": 1, "ISK": 1, "UGX": 1, "KWD": 10, "BHD": 10, "MGA": 100}


@st.composite
def paid_and_gone(draw: st.DrawFn) -> tuple[Money, int]:
    """What was paid, and how much of that went back before; both as Stripe can carry it."""
    currency = draw(st.sampled_from(sorted(STEPS)))
    steps = draw(st.integers(1, 10**12))
    gone = draw(st.integers(0, steps))
    return Money(steps * STEPS[currency], currency), gone * STEPS[currency]


@given(paid_and_gone(), st.integers(0, 100))
def test_whatever_the_part_the_shares_make_up_what_was_paid(
    given_: tuple[Money, int], percent: int
) -> None:
    paid, gone = given_
    found = share(paid, gone_back_minor=gone, percent=percent)
    back, kept = found.back.amount_minor, found.kept.amount_minor
    assert gone + back + kept == paid.amount_minor
    assert min(back, kept) >= 0
    assert to_stripe(found.back) >= 0  # raises for what Stripe can't carry
    in_all, exact = gone + back, paid.amount_minor * percent
    assert in_all * 100 >= exact
    if back:  # no more in the client's favour than the least step
        assert (in_all - STEPS[paid.currency]) * 100 < exact


@given(paid_and_gone(), st.integers(0, 100), st.integers(0, 100))
def test_who_calls_off_earlier_never_has_less(
    given_: tuple[Money, int], one: int, other: int
) -> None:
    paid, gone = given_
    less, more = sorted([one, other])
    first = share(paid, gone_back_minor=gone, percent=less).back.amount_minor
    assert first <= share(paid, gone_back_minor=gone, percent=more).back.amount_minor


# --- held against the database -------------------------------------------------------------------

WRONG: tuple[dict[str, object], ...] = (
    {"cancel_until_minutes": -1},
    {"cancel_until_minutes": None},
    {"cancel_until_minutes": 525_601},
    {"reschedule_until_minutes": -1},
    {"reschedule_limit": -1},
    {"reschedule_limit": 101},
    {"no_show_percent": 101},
    {"no_show_percent": None},
    {"refunds": None},
    {"refunds": {}},
    {"refunds": [7]},
    {"refunds": [{"minutes_before": 0}]},
    {"refunds": [{"minutes_before": 0, "percent": 101}]},
    {"refunds": [{"minutes_before": None, "percent": 1}]},
)

RIGHT: tuple[dict[str, object], ...] = (
    {},
    {"refunds": []},
    {"reschedule_limit": None},
    {"reschedule_limit": 0},
)


async def test_the_database_stores_whole_policies_alone(database: str) -> None:
    conn = await asyncpg.connect(database)
    try:
        asked = "select private.is_policy($1::jsonb)"
        for missing in STORED:
            part = {name: value for name, value in STORED.items() if name != missing}
            assert await conn.fetchval(asked, json.dumps(part)) is False, missing
        for wrong in WRONG:
            assert await conn.fetchval(asked, json.dumps(STORED | wrong)) is False, wrong
        for right in RIGHT:
            assert await conn.fetchval(asked, json.dumps(STORED | right)) is True, right
    finally:
        await conn.close()
