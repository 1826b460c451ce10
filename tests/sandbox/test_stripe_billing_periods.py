"""The calendar of the Stripe stand-in: where periods end, and what a part of one costs."""

from datetime import UTC, datetime

import pytest

from sandbox.stripe.periods import boundary, next_boundary, prorated


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("interval", "count", "ends"),
    [
        ("month", 1, ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("month", 3, ["2027-04-30", "2027-07-31", "2027-10-31", "2028-01-31"]),
        ("year", 1, ["2028-01-31", "2029-01-31", "2030-01-31", "2031-01-31"]),
        ("week", 2, ["2027-02-14", "2027-02-28", "2027-03-14", "2027-03-28"]),
        ("day", 1, ["2027-02-01", "2027-02-02", "2027-02-03", "2027-02-04"]),
    ],
)
def test_periods_from_the_last_of_january(interval: str, count: int, ends: list[str]) -> None:
    anchor = at("2027-01-31T10:30:15")
    moment = anchor
    for end in ends:
        moment = next_boundary(anchor, interval, count, moment)
        assert moment == at(f"{end}T10:30:15")


def test_a_leap_day_comes_back_in_leap_years() -> None:
    anchor = at("2028-02-29T00:00:00")
    assert boundary(anchor, "year", 1, 1) == at("2029-02-28T00:00:00")
    assert boundary(anchor, "year", 1, 4) == at("2032-02-29T00:00:00")


def test_a_boundary_is_never_the_moment_itself() -> None:
    anchor = at("2027-05-01T00:00:00")
    assert next_boundary(anchor, "month", 1, anchor) == at("2027-06-01T00:00:00")
    assert next_boundary(anchor, "month", 1, at("2027-06-01T00:00:00")) == at("2027-07-01T00:00:00")
    assert next_boundary(anchor, "month", 1, at("2027-05-31T23:59:59")) == at("2027-06-01T00:00:00")


@pytest.mark.parametrize(
    ("now", "part"), [(0, 1001), (50, 501), (100, 0), (99, 10), (1, 991), (200, 0)]
)
def test_the_rest_of_a_period_is_rounded_half_up(now: int, part: int) -> None:
    # At 50 of 100 seconds the half of 1001 is 500.5; at 99 a hundredth is 10.01.
    assert prorated(1001, 0, 100, now) == part
