"""Transfers of the platform's money to connected accounts."""

from sandbox.stripe import balance_transactions, connect_settings, connected_accounts
from sandbox.stripe.account import Account
from sandbox.stripe.catalog import merged_metadata
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import ApiError, decided, missing_object
from sandbox.stripe.money import display
from sandbox.stripe.state import Json, new_id, rendered

KIND = "transfer"

_INCAPABLE = (
    "Your destination account needs to have at least one of the following capabilities enabled: "
    "transfers, crypto_transfers, legacy_payments"
)
_SHORT = (
    "You have insufficient available funds in your Stripe account. Try adding funds directly to "
    "your available balance by creating Charges using the 4000000000000077 test card. See: "
    "https://stripe.com/docs/testing#available-balance"
)


def create(account: Account, params: Json) -> Json:
    """Move money to a connected account, out of a charge or out of the available balance.

    Raises ApiError when the destination cannot take it, when the charge has not enough of it (what
    was reversed counts as transferred) or settled in another currency, and when a transfer without
    a charge exceeds the available balance.
    """
    _require_capable(account, params["destination"])
    charge = _source(account, params)
    _require_money(account, params, charge)
    transfer = account.state.put(_new(account, params, charge))
    movement = balance_transactions.record(account, transfer, "transfer", -transfer["amount"])
    came_in = {**transfer, "id": transfer["destination_payment"], "_owner": transfer["destination"]}
    balance_transactions.record_connected(account, came_in, "payment", transfer["amount"])
    transfer["balance_transaction"] = movement["id"]
    account.state.put(transfer)
    account.events.record("transfer.created", transfer)
    return transfer


def update(account: Account, given: Json, transfer_id: str, _path: str) -> Json:
    """Change description and metadata, the only things of a transfer that can change."""
    transfer = account.require(transfer_id, KIND)
    with changing(account, transfer, "transfer.updated"):
        transfer["description"] = given.get("description", transfer["description"])
        if "metadata" in given:
            old = transfer["metadata"]
            transfer["metadata"] = merged_metadata(old, given["metadata"])
    return rendered(transfer)


def _require_capable(account: Account, destination: str) -> None:
    record = connected_accounts.find(account, destination)
    if record is None:
        raise missing_object("destination", destination, "destination")
    if not connected_accounts.may_receive(record):
        raise decided(
            _INCAPABLE, code="insufficient_capabilities_for_transfer", param="destination"
        )


def _source(account: Account, params: Json) -> Json | None:
    """The charge that the money is of, if one is named; raises ApiError when it cannot be it."""
    charge_id = params.get("source_transaction")
    if charge_id is None:
        return None
    charge = account.state.find(charge_id, "charge")
    if charge is None:
        raise missing_object("charge", charge_id, "source_transaction")
    if charge["status"] != "succeeded":
        raise _not_from(f"Charge {charge_id} has not succeeded: it cannot be transferred.")
    if charge["refunded"]:
        raise _not_from(f"Charge {charge_id} has been fully refunded: nothing is left of it.")
    group = params.get("transfer_group")
    if charge["transfer_group"] is not None and group not in (None, charge["transfer_group"]):
        raise decided(
            f"The transfer_group of a transfer must be that of its source_transaction "
            f"({charge['transfer_group']}).",
            param="transfer_group",
        )
    _require_room(account, params, charge)
    return charge


def _require_room(account: Account, params: Json, charge: Json) -> None:
    came_in = balance_transactions.of_charge(account, charge)
    currency = came_in["currency"]
    if params["currency"] != currency:
        raise decided(
            f"The currency of source_transaction's balance transaction ({currency}) must be the "
            f"same as the transfer currency ({params['currency']})",
            param="currency",
        )
    before = [
        each["amount"]
        for each in account.state.newest_first(KIND)
        if each["source_transaction"] == charge["id"]
    ]
    if sum(before) + params["amount"] <= came_in["amount"]:
        return
    why = (
        "Transfers using this transaction as a source must not exceed the source amount of "
        f"{display(came_in['amount'], currency)}."
    )
    if before:
        why += (
            f" (There is already a transfer using this source, amounting to "
            f"{display(sum(before), currency)}.)"
        )
    raise decided(why, param="amount")


def _require_money(account: Account, params: Json, charge: Json | None) -> None:
    if connect_settings.read(account).transfers_short:
        raise _short()
    if charge is not None:
        return
    if balance_transactions.available(account, None, params["currency"]) < params["amount"]:
        raise _short()


def _short() -> ApiError:
    return decided(_SHORT, code="balance_insufficient")


def _not_from(why: str) -> ApiError:
    return decided(why, param="source_transaction")


def _new(account: Account, params: Json, charge: Json | None) -> Json:
    transfer_id = new_id("tr_")
    return {
        "id": transfer_id,
        "object": KIND,
        "amount": params["amount"],
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": account.now(),
        "currency": params["currency"],
        "description": params.get("description"),
        "destination": params["destination"],
        "destination_payment": new_id("py_"),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "reversals": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/transfers/{transfer_id}/reversals",
        },
        "reversed": False,
        "source_transaction": charge and charge["id"],
        "source_type": "card",
        "transfer_group": _group(account, params, charge),
    }


def _group(account: Account, params: Json, charge: Json | None) -> str | None:
    """The charge's group, which gets one by its first transfer if it has none."""
    given: str | None = params.get("transfer_group")
    if charge is None:
        return given
    if charge["transfer_group"] is None:
        charge["transfer_group"] = given or f"group_{charge['id']}"
        account.state.put(charge)
    group: str = charge["transfer_group"]
    return group
