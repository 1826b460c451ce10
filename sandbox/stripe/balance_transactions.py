"""Movements of balances: the platform's by charges, refunds and transfers, connected accounts'."""

from decimal import ROUND_HALF_UP, Decimal

from sandbox.stripe import connect_settings
from sandbox.stripe.account import Account
from sandbox.stripe.money import decimals
from sandbox.stripe.state import Json, new_id

KIND = "balance_transaction"

_REPORTED_AS = {"transfer_refund": "transfer_reversal", "payment": "charge"}


def record(account: Account, source: Json, kind: str, amount: int) -> Json:
    """A movement of the platform's balance by something in the currency of `source`.

    A charge is converted as the settings say; what takes its money away again goes by the rate
    of the charge. Stripe's fee, 2.9 % + 30, is taken from charges only.
    """
    currency, rate = _settlement(account, source, kind)
    if rate is not None:
        amount = _converted(amount, source["currency"], currency, rate)
    fee = amount * 29 // 1000 + 30 if kind == "charge" else 0
    made = _new(account, source, kind, amount, currency)
    made |= {"exchange_rate": None if rate is None else float(rate)}
    made |= {"fee": fee, "net": amount - fee}
    return account.state.put(made)


def record_connected(account: Account, source: Json, kind: str, amount: int) -> Json:
    """A movement of a connected account's balance; `source` names it as `_owner`."""
    made = _new(account, source, kind, amount, source["currency"])
    return account.state.put(made | {"_owner": source["_owner"]})


def owned(account: Account, owner: str | None) -> list[Json]:
    """The movements of a connected account's balance, or of the platform's, newest first."""
    # What an earlier version of the sandbox wrote down has no owner: it was the platform's.
    found = account.state.newest_first(KIND)
    return [each for each in found if each.get("_owner") == owner]


def available(account: Account, owner: str | None, currency: str) -> int:
    """What is there now; money is available as soon as it comes in."""
    return sum(each["net"] for each in owned(account, owner) if each["currency"] == currency)


def of_charge(account: Account, charge: Json) -> Json:
    """The movement by which the money of a successful charge came in."""
    return account.require(charge["balance_transaction"], KIND)


def _settlement(account: Account, source: Json, kind: str) -> tuple[str, Decimal | None]:
    """The currency in which the balance moves, and the rate when that is another one."""
    if kind == "charge":
        into = connect_settings.read(account).settles_in.get(source["currency"])
        return (into["currency"], Decimal(into["rate"])) if into else (source["currency"], None)
    charge = source if source["object"] == "charge" else _disputed(account, source)
    if charge is None or charge["balance_transaction"] is None:
        return source["currency"], None
    came_in = of_charge(account, charge)
    rate = came_in["exchange_rate"]
    return came_in["currency"], None if rate is None else Decimal(str(rate))


def _disputed(account: Account, source: Json) -> Json | None:
    return account.state.find(source["charge"], "charge") if "charge" in source else None


def _converted(amount: int, currency: str, into: str, rate: Decimal) -> int:
    scaled = amount * rate * Decimal(10) ** (decimals(into) - decimals(currency))
    return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))


def _new(account: Account, source: Json, kind: str, amount: int, currency: str) -> Json:
    now = account.now()
    return {
        "id": new_id("txn_"),
        "object": KIND,
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": _REPORTED_AS.get(kind, kind),
        "source": source["id"],
        "status": "available",
        "type": kind,
    }
