"""GET /v1/balance: what the platform, or a connected account, has by currency."""

from collections import defaultdict

from sandbox.stripe import balance_transactions
from sandbox.stripe.account import Account
from sandbox.stripe.state import Json

_PLATFORM_CURRENCY = "usd"


def shown(account: Account, owner: str | None) -> Json:
    """The balance of a connected account, or of the platform when `owner` is None."""
    sums = by_currency(account, owner) or {_currency(account, owner): 0}
    return {
        "object": "balance",
        "available": [_part(amount, currency) for currency, amount in sums.items()],
        "connect_reserved": [_part(0, currency) for currency in sums],
        "livemode": False,
        "pending": [_part(0, currency) for currency in sums],
        "refund_and_dispute_prefunding": {
            "available": [_part(0, currency) for currency in sums],
            "pending": [_part(0, currency) for currency in sums],
        },
    }


def by_currency(account: Account, owner: str | None) -> dict[str, int]:
    """Minor units by currency, in the order of the alphabet."""
    sums: defaultdict[str, int] = defaultdict(int)
    for movement in balance_transactions.owned(account, owner):
        sums[movement["currency"]] += movement["net"]
    return dict(sorted(sums.items()))


def _currency(account: Account, owner: str | None) -> str:
    if owner is None:
        return _PLATFORM_CURRENCY
    currency: str = account.require(owner, "account")["default_currency"]
    return currency


def _part(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
