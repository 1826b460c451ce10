"""Stripe's currencies: which exist, their decimals, the smallest charge, and how they are shown."""

from sandbox.stripe.errors import ApiError, invalid_parameter


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# docs.stripe.com/currencies
SUPPORTED = _codes(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp "
    "byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel "
    "gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd "
    "kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn "
    "nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd "
    "shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst "
    "xaf xcd xof xpf yer zar zmw"
)
ZERO_DECIMAL = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
THREE_DECIMAL = _codes("bhd jod kwd omr tnd")
# Sent with two decimals that must be 00.
WHOLE_UNITS = frozenset(("isk", "ugx"))

_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
_LARGEST = 99_999_999
_SMALLEST = {
    "aed": 200, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000,
    "myr": 200, "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000,
    **dict.fromkeys(
        _codes("usd ars aud brl cad chf cop eur idr ils inr jpy krw nzd php rub sgd zar"), 50
    ),
}  # fmt: skip  # a line each would hide the list


def require_chargeable(amount: int, currency: str) -> None:
    """Raises ApiError when Stripe would not charge this amount; zero needs no charge at all."""
    if not is_chargeable(amount, currency):
        why = f"The total must be at least {display(_SMALLEST[currency], currency)}."
        raise ApiError(why, code="amount_too_small")
    if amount > _LARGEST:
        raise ApiError(
            f"The total must be at most {display(_LARGEST, currency)}.", code="amount_too_large"
        )


def is_chargeable(amount: int, currency: str) -> bool:
    """Whether an amount is not between zero and the smallest that Stripe charges."""
    return amount <= 0 or amount >= _SMALLEST.get(currency, 1)


def require_representable(amount: int, currency: str, param: str) -> None:
    """Raises ApiError when an amount has digits that its currency cannot carry."""
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid_parameter(param, f"The last digit of an amount in {currency} must be 0.")
    if currency in WHOLE_UNITS and amount % 100:
        raise invalid_parameter(param, f"An amount in {currency} must be divisible by 100.")


def decimals(currency: str) -> int:
    """How many digits of an amount come after the decimal point."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def display(amount: int, currency: str) -> str:
    """The amount for people, e.g. `$30.00` or `CHF 12.50`."""
    digits = decimals(currency)
    symbol = _SYMBOLS.get(currency, f"{currency.upper()} ")
    return f"{symbol}{amount / 10**digits:,.{digits}f}"
