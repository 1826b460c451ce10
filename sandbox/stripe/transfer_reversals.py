"""Reversals: money of a transfer comes back from the connected account."""

from sandbox.stripe import balance_transactions, lists, transfers
from sandbox.stripe.account import Account
from sandbox.stripe.catalog import merged_metadata
from sandbox.stripe.errors import decided, missing_resource
from sandbox.stripe.money import display
from sandbox.stripe.state import Json, new_id, rendered

KIND = "transfer_reversal"
# The newest reversals come with the transfer itself.
_SHOWN = 10


def create(account: Account, given: Json, transfer_id: str, _path: str) -> Json:
    """Take back what is named, or all that is left of a transfer.

    Raises ApiError when it is more than is left, and when the connected account has not enough
    and may not owe it.
    """
    transfer = account.require(transfer_id, transfers.KIND)
    amount = _amount(transfer, given.get("amount"))
    _require_money(account, transfer, amount)
    reversal = account.state.put(_new(account, transfer, amount, given))
    movement = balance_transactions.record(account, reversal, "transfer_refund", amount)
    went_out = {
        **reversal,
        "id": reversal["destination_payment_refund"],
        "_owner": transfer["destination"],
    }
    balance_transactions.record_connected(account, went_out, "payment_refund", -amount)
    reversal["balance_transaction"] = movement["id"]
    account.state.put(reversal)
    _count(account, transfer, reversal)
    return rendered(reversal)


def update(account: Account, given: Json, transfer_id: str, path: str) -> Json:
    reversal = _of_path(account, transfer_id, path)
    if "metadata" in given:
        reversal["metadata"] = merged_metadata(reversal["metadata"], given["metadata"])
        account.state.put(reversal)
    return rendered(reversal)


def retrieve(account: Account, _given: Json, transfer_id: str, path: str) -> Json:
    return rendered(_of_path(account, transfer_id, path))


def page(account: Account, given: Json, transfer_id: str, path: str) -> Json:
    transfer = account.require(transfer_id, transfers.KIND)
    return lists.page(_of(account, transfer), given, path)


def _of(account: Account, transfer: Json) -> list[Json]:
    """The reversals of a transfer, newest first."""
    found = account.state.newest_first(KIND)
    return [each for each in found if each["transfer"] == transfer["id"]]


def _of_path(account: Account, transfer_id: str, path: str) -> Json:
    account.require(transfer_id, transfers.KIND)
    reversal_id = path.rpartition("/")[2]
    reversal = account.state.find(reversal_id, KIND)
    if reversal is None or reversal["transfer"] != transfer_id:
        raise missing_resource("reversal", reversal_id)
    return reversal


def _amount(transfer: Json, asked: int | None) -> int:
    left: int = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise decided(f"The transfer {transfer['id']} is already fully reversed.")
    if asked is not None and asked > left:
        currency = transfer["currency"]
        raise decided(
            f"The amount to reverse ({display(asked, currency)}) is greater than the unreversed "
            f"amount of the transfer ({display(left, currency)}).",
            param="amount",
        )
    return left if asked is None else asked


def _require_money(account: Account, transfer: Json, amount: int) -> None:
    owner, currency = transfer["destination"], transfer["currency"]
    if account.require(owner, "account")["_may_owe"]:
        return
    if balance_transactions.available(account, owner, currency) < amount:
        raise decided(
            f"The connected account {owner} has not enough of its balance left to reverse "
            f"{display(amount, currency)}.",
            code="balance_insufficient",
            param="amount",
        )


def _new(account: Account, transfer: Json, amount: int, given: Json) -> Json:
    return {
        "id": new_id("trr_"),
        "object": KIND,
        "amount": amount,
        "balance_transaction": None,
        "created": account.now(),
        "currency": transfer["currency"],
        "destination_payment_refund": new_id("pyr_"),
        "metadata": given.get("metadata", {}),
        "source_refund": None,
        "transfer": transfer["id"],
        "_description": given.get("description"),
    }


def _count(account: Account, transfer: Json, reversal: Json) -> None:
    previous = {name: transfer[name] for name in ("amount_reversed", "reversals", "reversed")}
    transfer["amount_reversed"] += reversal["amount"]
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    newest = _of(account, transfer)
    transfer["reversals"] = {
        **transfer["reversals"],
        "data": [rendered(each) for each in newest[:_SHOWN]],
        "has_more": len(newest) > _SHOWN,
    }
    account.state.put(transfer)
    account.events.record("transfer.reversed", transfer, previous)
