"""Moments always have an offset, and amounts are never rounded."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.money import Money
from schema.scalars import check_minor_units, parse_date_time, print_date_time
from services.domain import money


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29T09:30:00Z", datetime(2026, 3, 29, 9, 30, tzinfo=UTC)),
        ("2026-03-29t09:30:00z", datetime(2026, 3, 29, 9, 30, tzinfo=UTC)),
        ("2026-03-29T09:30:00+02:00", datetime(2026, 3, 29, 7, 30, tzinfo=UTC)),
        ("2026-03-29T00:30:00+05:45", datetime(2026, 3, 28, 18, 45, tzinfo=UTC)),
        ("2026-03-29T09:30:00.123Z", datetime(2026, 3, 29, 9, 30, 0, 123_000, tzinfo=UTC)),
        ("2026-03-29T09:30:00.123456789Z", datetime(2026, 3, 29, 9, 30, 0, 123_456, tzinfo=UTC)),
        ("2026-03-29T09:30:00+00:00", datetime(2026, 3, 29, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_with_an_offset_is_read_as_utc(text: str, moment: datetime) -> None:
    assert parse_date_time(text) == moment
    assert parse_date_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29T09:30:00",
        "2026-03-29",
        "2026-03-29T09:30Z",
        "2026-03-29 09:30:00Z",
        "20260329T093000Z",
        "2026-W13-7T09:30:00Z",
        "2026-03-29T09:30:00,5Z",
        "2026-03-29T09:30:00+0200",
        "2026-03-29T09:30:00+02",
        "2026-03-29T09:30:00-00:00",
        "2026-03-29T09:30:00Z\n",
        "٢٠٢٦-03-29T09:30:00Z",
        "now",
        "",
        1774776600,
        None,
        True,
    ],
)
def test_anything_but_rfc_3339_with_an_offset_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="RFC 3339 text with an offset"):
        parse_date_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T09:30:00Z",
        "2026-03-29T24:30:00Z",
        "2026-03-29T09:30:60Z",
        "2026-03-29T09:30:00+24:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_moment_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such moment"):
        parse_date_time(text)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 29, 9, 30, tzinfo=UTC), "2026-03-29T09:30:00Z"),
        (
            datetime(2026, 3, 29, 9, 30, 0, 5, tzinfo=timezone(timedelta(hours=-3))),
            "2026-03-29T12:30:00.000005Z",
        ),
    ],
)
def test_a_moment_is_printed_in_utc(moment: datetime, text: str) -> None:
    assert print_date_time(moment) == text


@pytest.mark.parametrize("value", [datetime(2026, 3, 29), "2026-03-29T09:30:00Z", None])  # noqa: DTZ001  # what is refused
def test_a_naive_moment_of_ours_is_a_bug(value: object) -> None:
    with pytest.raises(TypeError, match="no time zone"):
        print_date_time(value)


@given(st.datetimes(min_value=datetime(2, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # bounds are naive
def test_a_printed_moment_is_read_back_exactly(moment: datetime) -> None:
    assert parse_date_time(print_date_time(moment)) == moment


@pytest.mark.parametrize("value", [0, -5, 2**31, 2**53 - 1, -(2**53) + 1])
def test_an_amount_beyond_32_bits_is_a_plain_number(value: int) -> None:
    assert check_minor_units(value) == value


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**30])
def test_an_amount_that_json_readers_would_round_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="9007199254740991"):
        check_minor_units(value)


@pytest.mark.parametrize("value", [1.0, "1", None, True])
def test_an_amount_is_a_whole_number(value: object) -> None:
    with pytest.raises(TypeError, match="whole number"):
        check_minor_units(value)


def test_money_shows_what_the_domain_holds() -> None:
    shown = Money.of(money.Money(5_000_000_000, "idr"))
    assert (shown.amount_minor, shown.currency) == (5_000_000_000, "IDR")
    assert shown.display == "50,000,000.00 IDR"
