"""Amounts in ISO 4217 minor units, and how they differ from what Stripe calls an amount."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.domain.errors import InvalidInput


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ISO 4217, circulating currencies by the number of digits after the point.
_NO_DECIMALS = _codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF")
_THREE_DECIMALS = _codes("BHD IQD JOD KWD LYD OMR TND")
_TWO_DECIMALS = _codes(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD"
    " CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ"
    " GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL"
    " MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR"
    " PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT"
    " TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG"
)

EXPONENTS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(_NO_DECIMALS, 0)
    | dict.fromkeys(_TWO_DECIMALS, 2)
    | dict.fromkeys(_THREE_DECIMALS, 3)
)

# Where Stripe's unit is not ISO's: króna and shilling are sent with two zeros they do not have,
# ariary without the two decimals they have on paper. (docs.stripe.com/currencies)
_STRIPE_EXPONENTS: Mapping[str, int] = MappingProxyType({"ISK": 2, "UGX": 2, "MGA": 0})

# Stripe rounds three-decimal currencies to the ten: the last digit of its amount must be 0.
_STRIPE_STEP: Mapping[str, int] = MappingProxyType(dict.fromkeys(_THREE_DECIMALS, 10))

# The least that Stripe charges, in our minor units; it goes by the currency of settlement, so
# a charge above it may still be refused. (docs.stripe.com/currencies, minimum charge amounts)
_MINIMUM_CHARGE: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(
        _codes("USD ARS AUD BRL CAD CHF COP EUR IDR ILS INR NZD PHP RUB SGD ZAR"),
        50,
    )
    | {"AED": 200, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500, "JPY": 50}
    | {"KRW": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "PLN": 200, "RON": 200, "SEK": 300}
    | {"THB": 1000}
)


@dataclass(frozen=True, slots=True)
class Money:
    """So many minor units of one currency: 3000 USD is thirty dollars, 5000 JPY five thousand yen.

    `currency` is kept in upper case, whatever case it comes in. Raises InvalidInput for a code
    that ISO 4217 does not list.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        code = self.currency.upper()
        if code not in EXPONENTS:
            raise InvalidInput("currency", f"{self.currency!r} is not an ISO 4217 currency code.")
        object.__setattr__(self, "currency", code)

    def __str__(self) -> str:
        return self.display

    @property
    def exponent(self) -> int:
        """Digits after the point: 2 for USD, 0 for JPY, 3 for KWD."""
        return EXPONENTS[self.currency]

    @property
    def display(self) -> str:
        """For people, in one form for every language: `30.00 USD`, `5,000 JPY`, `1.234 KWD`."""
        # Integers only: a float would lose the cents of large amounts.
        whole, rest = divmod(abs(self.amount_minor), 10**self.exponent)
        sign = "-" if self.amount_minor < 0 else ""
        decimals = f".{rest:0{self.exponent}d}" if self.exponent else ""
        return f"{sign}{whole:,}{decimals} {self.currency}"


def minimum_charge(currency: str) -> Money | None:
    """The least Stripe takes in this currency; None where it publishes no figure."""
    least = _MINIMUM_CHARGE.get(currency.upper())
    return None if least is None else Money(least, currency)


def require_chargeable(price: Money, *, field: str) -> None:
    """Raises InvalidInput unless Stripe can charge `price`: large enough, and in its unit."""
    least = minimum_charge(price.currency)
    if price.amount_minor <= 0 or (least and price.amount_minor < least.amount_minor):
        floor = f"at least {least}" if least else "more than zero"
        raise InvalidInput(field, f"The amount must be {floor}.")
    to_stripe(price, field=field)


def to_stripe(money: Money, *, field: str = "amountMinor") -> int:
    """The integer Stripe calls `amount`. Raises InvalidInput for a fraction it cannot carry."""
    amount, lost = _rescaled(money.amount_minor, money.exponent, _stripe_exponent(money))
    if lost or amount % _STRIPE_STEP.get(money.currency, 1):
        raise InvalidInput(field, f"{money} is finer than the payment service can charge.")
    return amount


def from_stripe(amount: int, currency: str) -> Money:
    """What Stripe's `amount` and lower-case `currency` are in our minor units.

    Raises ArithmeticError for a fraction of a króna or shilling, which Stripe documents as
    impossible: rounding it away would make our books and Stripe's differ in silence.
    """
    unscaled = Money(amount, currency)
    minor, lost = _rescaled(amount, _stripe_exponent(unscaled), unscaled.exponent)
    if lost:
        raise ArithmeticError(f"Stripe amount {amount} {currency} has a fraction it cannot have")
    return Money(minor, currency)


def refundable(money: Money) -> Money:
    """The least amount, not below this one, that Stripe can carry: 1.230 KWD for 1.224."""
    step = _step(money)
    return Money(-(-money.amount_minor // step) * step, money.currency)


def transferable(money: Money) -> Money:
    """The greatest amount, not above this one, that Stripe can carry: 1.220 KWD for 1.224."""
    step = _step(money)
    return Money(money.amount_minor // step * step, money.currency)


def _step(money: Money) -> int:
    """The distance between amounts that Stripe can carry, in our minor units."""
    finer: int = 10 ** max(0, money.exponent - _stripe_exponent(money))
    return _STRIPE_STEP.get(money.currency, finer)


def _stripe_exponent(money: Money) -> int:
    return _STRIPE_EXPONENTS.get(money.currency, money.exponent)


def _rescaled(amount: int, exponent: int, wanted: int) -> tuple[int, int]:
    """The amount with `wanted` digits after the point, and what does not fit in them."""
    numerator: int = amount * 10**wanted
    denominator: int = 10**exponent
    return divmod(numerator, denominator)
