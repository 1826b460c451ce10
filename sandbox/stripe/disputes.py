"""Disputes of charges: opened by a test card or by hand, and closed won or lost."""

from datetime import timedelta

from sandbox.stripe import balance_transactions
from sandbox.stripe.account import Account
from sandbox.stripe.errors import decided, invalid_parameter
from sandbox.stripe.state import Json, new_id

REASONS = (
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
)
_TIME_TO_ANSWER = timedelta(days=9)


def create(account: Account, charge: Json, reason: str = "fraudulent") -> Json:
    """The buyer's bank takes the money of a charge back until it has decided.

    Raises ApiError for a reason that Stripe does not know, and for a charge without money to
    take or with a dispute already.
    """
    if reason not in REASONS:
        raise invalid_parameter("reason", f"Invalid reason: must be one of {', '.join(REASONS)}")
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if amount == 0 or charge["disputed"]:
        state = "disputed already" if charge["disputed"] else "not paid, or refunded"
        raise decided(f"Charge {charge['id']} cannot be disputed: it is {state}.")
    dispute = account.state.put(_new(account, charge, reason, amount))
    charge.update(disputed=True, _disputed_as=None)
    account.state.put(charge)
    account.events.record("charge.dispute.created", dispute)
    movement = balance_transactions.record(account, dispute, "adjustment", -amount)
    dispute["balance_transactions"] = [movement]
    account.state.put(dispute)
    account.events.record("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(account: Account, dispute: Json, *, won: bool) -> Json:
    """The bank's decision; money that was won comes back. Raises ApiError for a closed one."""
    if dispute["status"] in ("won", "lost"):
        raise decided(f"This dispute is closed: {dispute['status']}.")
    dispute.update(status="won" if won else "lost", is_charge_refundable=won)
    account.state.put(dispute)
    account.events.record("charge.dispute.closed", dispute)
    if won:
        back = balance_transactions.record(account, dispute, "adjustment", dispute["amount"])
        dispute["balance_transactions"] = [*dispute["balance_transactions"], back]
        account.state.put(dispute)
        account.events.record("charge.dispute.funds_reinstated", dispute)
    return dispute


def forbids_refund(account: Account, charge: Json) -> bool:
    """Whether the charge's money is, or stays, with the bank."""
    if not charge["disputed"]:
        return False
    own = (each for each in account.state.newest_first("dispute") if each["charge"] == charge["id"])
    return all(each["status"] != "won" for each in own)


def open_announced(account: Account) -> None:
    """Open the disputes of charges on the test card that is disputed at once."""
    for charge in account.state.oldest_first("charge"):
        # A charge that an earlier version of the sandbox wrote down has no such key.
        if reason := charge.get("_disputed_as"):
            create(account, charge, reason)


def _new(account: Account, charge: Json, reason: str, amount: int) -> Json:
    now = account.now()
    brand = charge["payment_method_details"].get("card", {}).get("brand", "visa")
    return {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": now + int(_TIME_TO_ANSWER.total_seconds()),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10.4" if reason == "fraudulent" else None,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {"brand": brand, "case_type": "chargeback", "network_reason_code": None},
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }
