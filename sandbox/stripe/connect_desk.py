"""What /sandbox shows of connected accounts, transfers and balances, newest first, as JSON."""

from datetime import UTC, datetime

from sandbox.stripe import (
    account_requirements,
    balance,
    balance_transactions,
    connect_settings,
    connected_accounts,
    transfer_reversals,
    transfers,
)
from sandbox.stripe.account import Account
from sandbox.stripe.money import display
from sandbox.stripe.state import Json


def everything(account: Account) -> Json:
    """Amounts are {minor, currency, display}; `transferable` are the charges with money left."""
    state = account.state
    return {
        "settings": settings(account),
        "balance": _balance(account, None),
        "accounts": [
            _account(account, record) for record in state.newest_first(connected_accounts.KIND)
        ],
        "transfers": [
            _transfer(account, transfer) for transfer in state.newest_first(transfers.KIND)
        ],
        "transferable": [
            _charge(account, charge)
            for charge in state.newest_first("charge")
            if charge["balance_transaction"] is not None and not charge["refunded"]
        ],
    }


def settings(account: Account) -> Json:
    """`settlesIn` is by the currency of a charge: {currency, rate}, the rate as text."""
    kept = connect_settings.read(account)
    return {
        "accountsApi": kept.accounts_api,
        "transfersShort": kept.transfers_short,
        "refundsShort": kept.refunds_short,
        "settlesIn": kept.settles_in,
    }


def _account(account: Account, record: Json) -> Json:
    capability = account_requirements.capability(record, account_requirements.TRANSFERS)
    return {
        "id": record["id"],
        "createdAt": _moment(record["created"]),
        "name": record["_display_name"] or record["email"] or record["id"],
        "country": record["country"],
        "madeBy": record["_made_by"],
        "transfers": capability["status"] if record["_requested"] else None,
        "payoutsEnabled": record["payouts_enabled"],
        "detailsSubmitted": record["details_submitted"],
        "due": list(record["_due"]),
        "rejected": record["_rejected"],
        "closed": record["_closed"],
        "mayOwe": record["_may_owe"],
        "balance": _balance(account, record["id"]),
        "metadata": record["metadata"],
    }


def _transfer(account: Account, transfer: Json) -> Json:
    currency = transfer["currency"]
    reversals = account.state.newest_first(transfer_reversals.KIND)
    return {
        "id": transfer["id"],
        "createdAt": _moment(transfer["created"]),
        "amount": _amount(transfer["amount"], currency),
        "destination": transfer["destination"],
        "charge": transfer["source_transaction"],
        "group": transfer["transfer_group"],
        "metadata": transfer["metadata"],
        "reversed": transfer["reversed"],
        "reversals": [
            {
                "id": reversal["id"],
                "createdAt": _moment(reversal["created"]),
                "amount": _amount(reversal["amount"], currency),
                "metadata": reversal["metadata"],
            }
            for reversal in reversals
            if reversal["transfer"] == transfer["id"]
        ],
    }


def _charge(account: Account, charge: Json) -> Json:
    came_in = balance_transactions.of_charge(account, charge)
    return {
        "id": charge["id"],
        "createdAt": _moment(charge["created"]),
        "amount": _amount(came_in["amount"], came_in["currency"]),
        "group": charge["transfer_group"],
    }


def _balance(account: Account, owner: str | None) -> list[Json]:
    sums = balance.by_currency(account, owner)
    return [_amount(amount, currency) for currency, amount in sums.items()]


def _amount(amount: int, currency: str) -> Json:
    return {"minor": amount, "currency": currency, "display": display(amount, currency)}


def _moment(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()
