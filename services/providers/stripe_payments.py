"""What a PaymentIntent of Stripe's is in our words."""

from typing import Any, Literal

from services.domain.money import from_stripe
from services.providers.ports import PaymentState

CONFIRMATION_WANTED = "Your bank wants you to confirm this payment."

Status = Literal["OPEN", "PROCESSING", "SUCCEEDED", "FAILED"]


def payment_of_checkout(intent: dict[str, Any], *, complete: bool) -> PaymentState:
    """`complete` tells that the client has done their part on the page: what is not paid yet is on
    its way (a voucher or transfer waits as `requires_action`) or failed for good.

    `latest_charge` must have been expanded.
    """
    failed = bool(intent.get("last_payment_error"))
    return _payment(intent, _status_in_checkout(intent["status"], failed=failed, complete=complete))


def payment_of_invoice(intent: dict[str, Any]) -> PaymentState:
    """Nobody sits before an invoice that Stripe charges by itself: a payment that waits for the
    buyer failed for now. `latest_charge` must have been expanded.
    """
    status = intent["status"]
    if status == "requires_action":
        return _payment(intent, "FAILED", CONFIRMATION_WANTED)
    if (
        status == "requires_payment_method"
    ):  # an invoice that nobody has tried to pay has not failed
        return _payment(intent, "FAILED" if intent.get("last_payment_error") else "OPEN")
    return _payment(intent, _status(status))


def _payment(intent: dict[str, Any], status: Status, reason: str | None = None) -> PaymentState:
    charge = intent.get("latest_charge") or {}
    trouble = intent.get("last_payment_error") or {}
    return PaymentState(
        id=intent["id"],
        status=status,
        amount=from_stripe(intent["amount"], intent["currency"]),
        amount_refunded_minor=charge.get("amount_refunded", 0),
        charge_id=charge.get("id"),
        customer_id=intent.get("customer"),
        receipt_url=charge.get("receipt_url"),
        failure_reason=reason or trouble.get("message"),
    )


def _status_in_checkout(status: str, *, failed: bool, complete: bool) -> Status:
    if status == "requires_payment_method" and (failed or complete):
        return "FAILED"
    known = _status(status)
    return "PROCESSING" if complete and known == "OPEN" else known


def _status(status: str) -> Status:
    match status:
        case "succeeded":
            return "SUCCEEDED"
        case "processing" | "requires_capture":
            return "PROCESSING"
        case "canceled":
            return "FAILED"
        case _:
            return "OPEN"
