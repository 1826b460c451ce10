"""Follows `expand[]`: puts whole objects where the API otherwise shows their ids."""

from sandbox.stripe.errors import ApiError, decided
from sandbox.stripe.state import Json, State, rendered

_DEEPEST = 4
# object → field that holds an id → kind of the object it names
_EXPANDABLE = {
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "payment_intent": "payment_intent",
    },
    "checkout.session": {
        "customer": "customer",
        "invoice": "invoice",
        "payment_intent": "payment_intent",
        "subscription": "subscription",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "invoice": {"customer": "customer", "payments": "list"},
    "invoice_payment": {"invoice": "invoice"},
    "payment_intent": {"customer": "customer", "latest_charge": "charge"},
    "price": {"product": "product"},
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "payment_intent": "payment_intent",
    },
    "transfer": {
        "balance_transaction": "balance_transaction",
        "destination": "account",
        "source_transaction": "charge",
    },
    "transfer_reversal": {"balance_transaction": "balance_transaction", "transfer": "transfer"},
    "subscription": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "latest_invoice": "invoice",
    },
}


def expand(state: State, answer: Json, paths: list[str]) -> Json:
    """The answer with these dotted paths expanded; lists are entered by `data.`.

    Raises ApiError for a path that leads nowhere.
    """
    for path in paths:
        parts = path.split(".")
        targets = [answer]
        if answer["object"] == "list" and parts[0] == "data":
            targets, parts = answer["data"], parts[1:]
        if not parts or len(parts) > _DEEPEST:
            raise _cannot(path)
        for target in targets:
            _require_known(target["object"], parts, path)
            _follow(state, target, parts)
    return answer


def _require_known(kind: str, parts: list[str], path: str) -> None:
    for part in parts:
        if part not in _EXPANDABLE.get(kind, {}):
            raise _cannot(path)
        kind = _EXPANDABLE[kind][part]


def _follow(state: State, target: Json, parts: list[str]) -> None:
    name, *deeper = parts
    if (target["object"], name) == ("invoice", "payments"):
        target[name] = _payments(state, target)
    if isinstance(target[name], str):
        found = state.find(target[name], _EXPANDABLE[target["object"]][name])
        target[name] = rendered(found) if found else None
    if target[name] is not None and deeper:
        _follow(state, target[name], deeper)


def _payments(state: State, invoice: Json) -> Json:
    """What an invoice shows only when asked for: the ways it was, or is to be, paid."""
    found = state.oldest_first("invoice_payment")
    return {
        "object": "list",
        "data": [rendered(each) for each in found if each["invoice"] == invoice["id"]],
        "has_more": False,
        "url": f"/v1/invoice_payments?invoice={invoice['id']}",
    }


def _cannot(path: str) -> ApiError:
    return decided(f"This property cannot be expanded ({path}).", param="expand")
