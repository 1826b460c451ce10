"""Where connected accounts can be, and the currency that each of them settles in."""

from collections.abc import Mapping


def _all(text: str, currency: str) -> dict[str, str]:
    return dict.fromkeys(text.split(), currency)


# docs.stripe.com/connect/cross-border-payouts and docs.stripe.com/global
CURRENCIES: Mapping[str, str] = {
    **_all("AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK", "eur"),
    **_all("CH LI", "chf"),
    **_all("GB GI", "gbp"),
    "AE": "aed",
    "AU": "aud",
    "BR": "brl",
    "CA": "cad",
    "CZ": "czk",
    "DK": "dkk",
    "HK": "hkd",
    "HU": "huf",
    "JP": "jpy",
    "MX": "mxn",
    "NO": "nok",
    "NZ": "nzd",
    "PL": "pln",
    "RO": "ron",
    "SE": "sek",
    "SG": "sgd",
    "TH": "thb",
    "US": "usd",
}
"""By the country's two letters."""
