"""Refunds: whole, partial, pending, and those that fail days after they were reported done."""

from datetime import timedelta

from sandbox.stripe import balance_transactions, connect_settings, disputes
from sandbox.stripe.account import Account
from sandbox.stripe.errors import ApiError, decided, invalid_parameter, missing_parameter
from sandbox.stripe.money import display
from sandbox.stripe.state import Json, new_id

# When a test card's delayed refund moves on, in sandbox time.
_MOVES_ON = timedelta(hours=1)
# Why a card refund waits when the platform's balance is short.
_NO_MONEY = "insufficient_funds"


def create(account: Account, params: Json) -> Json:
    """Refund a charge; raises ApiError when there is nothing, or not enough, left of it."""
    charge = _charge_to_refund(account, params)
    amount = _amount_to_refund(charge, params.get("amount"))
    behaviour = charge["_refund"]
    refund = _new(account, charge, amount, params)
    if connect_settings.read(account).refunds_short:
        _let_wait(refund, charge)
    else:
        refund["balance_transaction"] = _pay(account, charge, amount)
        if behaviour == "pending":
            refund.update(status="pending", pending_reason="processing")
        if behaviour != "succeeded":
            refund["_moves_on_at"] = _later(account)
    account.state.put(refund)
    previous = _take_from(account, charge, amount)
    account.events.record("refund.created", refund)
    if refund["status"] == "succeeded":
        account.events.record("charge.refunded", charge, previous)
    return refund


def move_on(account: Account, refund: Json) -> None:
    """End a delayed refund: a pending one succeeds, one that will fail fails."""
    if is_waiting(refund):
        _pay_waiting(account, refund)
        return
    if refund["_moves_on_at"] is None:
        raise decided(f"This refund has reached its end: {refund['status']}.")
    refund["_moves_on_at"] = None
    if refund["status"] == "pending":
        _succeed(account, refund)
        return
    charge = account.require(refund["charge"], "charge")
    movement = balance_transactions.record(account, charge, "refund_failure", refund["amount"])
    refund.update(
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=movement["id"],
    )
    account.state.put(refund)
    _take_from(account, charge, -refund["amount"])
    account.events.record("refund.updated", refund, {"status": "succeeded"})
    account.events.record("refund.failed", refund)


def is_waiting(refund: Json) -> bool:
    """Whether a refund waits for the platform's balance to suffice."""
    return refund.get("pending_reason") == _NO_MONEY


def pay_waiting(account: Account) -> None:
    """Let every refund go on that waits for money."""
    for refund in account.state.oldest_first("refund"):
        if is_waiting(refund):
            _pay_waiting(account, refund)


def move_due(account: Account) -> None:
    """Move on every delayed refund whose time has come."""
    for refund in account.state.oldest_first("refund"):
        due = refund["_moves_on_at"]
        if due is not None and due <= account.now():
            move_on(account, refund)


def _new(account: Account, charge: Json, amount: int, params: Json) -> Json:
    return {
        "id": new_id("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
        "_moves_on_at": None,
    }


def _let_wait(refund: Json, charge: Json) -> None:
    """Without money a card refund waits and any other is refused (docs.stripe.com/refunds)."""
    if charge["payment_method_details"]["type"] != "card":
        why = "Insufficient funds in your Stripe balance to refund this amount."
        raise decided(why, code="balance_insufficient")
    refund.update(status="pending", pending_reason=_NO_MONEY)


def _pay_waiting(account: Account, refund: Json) -> None:
    charge = account.require(refund["charge"], "charge")
    refund["balance_transaction"] = _pay(account, charge, refund["amount"])
    if charge["_refund"] == "failing":
        refund["_moves_on_at"] = _later(account)
    _succeed(account, refund)


def _pay(account: Account, charge: Json, amount: int) -> str:
    """The movement of the balance by which a refund is paid; its id."""
    movement: str = balance_transactions.record(account, charge, "refund", -amount)["id"]
    return movement


def _succeed(account: Account, refund: Json) -> None:
    refund.update(status="succeeded", pending_reason=None)
    account.state.put(refund)
    account.events.record("refund.updated", refund, {"status": "pending"})
    account.events.record("charge.refunded", account.require(refund["charge"], "charge"))


def _later(account: Account) -> int:
    return account.now() + int(_MOVES_ON.total_seconds())


def _charge_to_refund(account: Account, params: Json) -> Json:
    named = [name for name in ("payment_intent", "charge") if name in params]
    if not named:
        why = "Provide one of payment_intent and charge."
        raise missing_parameter("payment_intent", why)
    if len(named) == 2:
        raise ApiError("Give only one of payment_intent and charge.")
    if named == ["charge"]:
        charge = account.require(params["charge"], "charge", "charge")
    else:
        charge = _charge_of_intent(account, params["payment_intent"])
    if charge["status"] != "succeeded":
        raise decided(
            f"Charge {charge['id']} has not succeeded and cannot be refunded.",
            code="charge_not_refundable",
        )
    if disputes.forbids_refund(account, charge):
        raise decided(f"Charge {charge['id']} is disputed.", code="charge_disputed")
    return charge


def _charge_of_intent(account: Account, intent_id: str) -> Json:
    intent = account.require(intent_id, "payment_intent", "payment_intent")
    if intent["latest_charge"] is None:
        raise decided(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            code="charge_not_refundable",
            param="payment_intent",
        )
    return account.require(intent["latest_charge"], "charge")


def _amount_to_refund(charge: Json, asked: int | None) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise decided(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if asked is None:
        return left
    if asked > left:
        currency = charge["currency"]
        why = (
            f"Refund amount ({display(asked, currency)}) is greater than unrefunded amount "
            f"on charge ({display(left, currency)})"
        )
        raise decided(why, param="amount")
    if asked == 0:
        raise invalid_parameter("amount", "Invalid positive integer", "parameter_invalid_integer")
    return asked


def _take_from(account: Account, charge: Json, amount: int) -> Json:
    """Count a refund (or, negative, its failure) on the charge; the values from before."""
    previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.state.put(charge)
    return previous
