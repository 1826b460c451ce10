"""Charges a PaymentIntent: what the bank answers, and what becomes of the intent and its charge."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.stripe import intents
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card, Decline
from sandbox.stripe.state import Json


class Result(StrEnum):
    """How an attempt to pay ended."""

    PAID = "paid"
    PROCESSING = "processing"  # the session is complete, the money comes later or never
    AUTHENTICATE = "authenticate"  # the buyer's bank wants to hear from the buyer
    DECLINED = "declined"  # the session or invoice stays open for another try
    CLOSED = "closed"  # the session or invoice was not open: nothing happened


@dataclass(frozen=True, slots=True)
class Attempt:
    result: Result
    message: str = ""


def charge(account: Account, intent: Json, card: Card, buyer: Json) -> Attempt:
    """Charge a card at once, its 3D Secure question answered; PAID or DECLINED.

    The intent names the payment method; `buyer` holds `email` and `name`.
    """
    intent["next_action"] = None
    method = intents.card_details(account, card)
    made = intents.new_charge(account, intent, buyer, method)
    made["_refund"] = card.refund
    if card.decline:
        intents.refuse(account, made, card.decline)
        account.events.record("charge.failed", made)
        return fail(account, intent, card.decline, made["id"])
    made["_disputed_as"] = "fraudulent" if card.disputed else None
    receive(account, intent, made)
    return Attempt(Result.PAID)


def receive(account: Account, intent: Json, charge: Json) -> None:
    """The money of a charge has come in."""
    intents.capture(account, charge)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        last_payment_error=None,
    )
    account.state.put(intent)
    account.events.record("charge.succeeded", charge)
    account.events.record("payment_intent.succeeded", intent)


def fail(account: Account, intent: Json, decline: Decline, charge_id: str | None) -> Attempt:
    """The bank said no: the intent waits for another payment method."""
    intent.update(
        status="requires_payment_method",
        latest_charge=charge_id or intent["latest_charge"],
        last_payment_error={
            "type": decline.kind,
            "code": decline.code,
            "decline_code": decline.decline_code,
            "message": decline.message,
            "charge": charge_id,
            "payment_method": {"id": intent["payment_method"], "object": "payment_method"},
        },
        payment_method=None,
    )
    account.state.put(intent)
    account.events.record("payment_intent.payment_failed", intent)
    return Attempt(Result.DECLINED, decline.message)


def ask_bank(account: Account, intent: Json, url: str) -> Attempt:
    """The bank wants to hear from the buyer, who answers at `url`."""
    intent.update(
        status="requires_action",
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": None},
        },
    )
    account.state.put(intent)
    account.events.record("payment_intent.requires_action", intent)
    return Attempt(Result.AUTHENTICATE, "Your bank wants you to confirm the payment.")


def cancel(account: Account, intent: Json, reason: str) -> None:
    intent.update(status="canceled", canceled_at=account.now(), cancellation_reason=reason)
    intent["next_action"] = None
    account.state.put(intent)
    account.events.record("payment_intent.canceled", intent)
