"""Amounts respect each currency's exponent, and Stripe's own idea of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import InvalidInput
from services.domain.money import (
    EXPONENTS,
    Money,
    from_stripe,
    minimum_charge,
    refundable,
    require_chargeable,
    to_stripe,
    transferable,
)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "display"),
    [
        (3000, "USD", "30.00 USD"),
        (5000, "JPY", "5,000 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (5, "EUR", "0.05 EUR"),
        (7, "KWD", "0.007 KWD"),
        (0, "JPY", "0 JPY"),
        (-5, "USD", "-0.05 USD"),
        (-123456789, "GBP", "-1,234,567.89 GBP"),
        (9_007_199_254_740_993, "USD", "90,071,992,547,409.93 USD"),
    ],
)
def test_an_amount_is_shown_with_the_decimals_of_its_currency(
    amount_minor: int, currency: str, display: str
) -> None:
    assert Money(amount_minor, currency).display == display
    assert str(Money(amount_minor, currency)) == display


def test_a_currency_is_kept_in_upper_case() -> None:
    assert Money(1, "usd") == Money(1, "USD")
    assert Money(1, "usd").currency == "USD"


@pytest.mark.parametrize("code", ["", "US", "USDT", "XXX", "XAU", "ZZZ", "€"])
def test_a_code_that_is_no_circulating_currency_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money(1, code)
    assert refused.value.field == "currency"
    assert refused.value.message == f"{code!r} is not an ISO 4217 currency code."


def test_every_listed_currency_has_one_exponent() -> None:
    assert set(EXPONENTS.values()) == {0, 2, 3}
    assert (EXPONENTS["ISK"], EXPONENTS["UGX"], EXPONENTS["MGA"]) == (0, 0, 2)
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        (Money(3000, "USD"), 3000),
        (Money(5000, "JPY"), 5000),
        (Money(1230, "KWD"), 1230),
        (Money(500, "ISK"), 50000),
        (Money(7000, "UGX"), 700000),
        (Money(500000, "MGA"), 5000),
        (Money(12345, "HUF"), 12345),
    ],
)
def test_money_travels_to_stripe_in_its_units_and_back(money: Money, amount: int) -> None:
    assert to_stripe(money) == amount
    assert from_stripe(amount, money.currency.lower()) == money


@pytest.mark.parametrize("money", [Money(1234, "KWD"), Money(5, "BHD"), Money(500001, "MGA")])
def test_a_fraction_that_stripe_cannot_charge_is_refused(money: Money) -> None:
    with pytest.raises(InvalidInput) as refused:
        to_stripe(money, field="price")
    assert refused.value.field == "price"
    assert refused.value.message == f"{money} is finer than the payment service can charge."


def test_a_fraction_of_a_krona_from_stripe_is_not_rounded_away() -> None:
    with pytest.raises(ArithmeticError, match="50001 isk"):
        from_stripe(50001, "isk")


@pytest.mark.parametrize(
    ("currency", "least"),
    [("usd", 50), ("GBP", 30), ("JPY", 50), ("HUF", 17500), ("CZK", 1500), ("THB", 1000)],
)
def test_the_least_charge_is_in_minor_units(currency: str, least: int) -> None:
    assert minimum_charge(currency) == Money(least, currency)
    require_chargeable(Money(least, currency), field="price")
    with pytest.raises(InvalidInput, match=f"at least {Money(least, currency)}"):
        require_chargeable(Money(least - 1, currency), field="price")


def test_a_currency_without_a_published_least_charge_takes_any_positive_price() -> None:
    assert minimum_charge("KWD") is None
    require_chargeable(Money(10, "KWD"), field="price")
    with pytest.raises(InvalidInput, match="more than zero"):
        require_chargeable(Money(0, "KWD"), field="price")


def test_a_price_that_stripe_would_round_is_not_chargeable() -> None:
    with pytest.raises(InvalidInput, match="finer than"):
        require_chargeable(Money(1234, "KWD"), field="price")


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(EXPONENTS)))
def test_no_digit_of_an_amount_is_lost_in_its_display(amount_minor: int, currency: str) -> None:
    digits = Money(amount_minor, currency).display.removesuffix(f" {currency}")
    assert int(digits.replace(",", "").replace(".", "")) == amount_minor


@given(st.integers(0, 10**9), st.sampled_from(sorted(EXPONENTS)))
def test_what_stripe_accepts_comes_back_as_it_was(amount_minor: int, currency: str) -> None:
    money = Money(amount_minor, currency)
    try:
        amount = to_stripe(money)
    except InvalidInput:
        return
    assert from_stripe(amount, currency) == money


@pytest.mark.parametrize(
    ("amount_minor", "currency", "least", "greatest"),
    [
        (1224, "KWD", 1230, 1220),
        (1230, "KWD", 1230, 1230),
        (1, "BHD", 10, 0),
        (500_001, "MGA", 500_100, 500_000),
        (99, "MGA", 100, 0),
        (333, "ISK", 333, 333),
        (7001, "UGX", 7001, 7001),
        (12_345, "HUF", 12_345, 12_345),
        (4501, "USD", 4501, 4501),
        (0, "KWD", 0, 0),
    ],
)
def test_what_stripe_cannot_carry_goes_back_rounded_up_and_out_rounded_down(
    amount_minor: int, currency: str, least: int, greatest: int
) -> None:
    money = Money(amount_minor, currency)
    assert refundable(money) == Money(least, currency)
    assert transferable(money) == Money(greatest, currency)


@given(st.integers(0, 10**15), st.sampled_from(sorted(EXPONENTS)))
def test_whatever_the_currency_stripe_carries_what_is_rounded_and_no_step_is_too_many(
    amount_minor: int, currency: str
) -> None:
    money = Money(amount_minor, currency)
    up, down = refundable(money), transferable(money)
    assert down.amount_minor <= amount_minor <= up.amount_minor
    for rounded in (up, down):
        assert from_stripe(to_stripe(rounded), currency) == rounded
    if up != down:
        with pytest.raises(InvalidInput):
            to_stripe(money)
        assert up.amount_minor - down.amount_minor in (10, 100)
