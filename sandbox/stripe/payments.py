"""What happens when a buyer presses Pay, and what a delayed payment becomes later."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sandbox.stripe import cards, customers, intents
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card, Decline, UnreadableCardError
from sandbox.stripe.errors import decided
from sandbox.stripe.state import Json, new_id

# How long a bank debit takes, in sandbox time.
CLEARING = timedelta(days=3)
_DEBIT_RETURNED = Decline(
    "payment_intent_payment_attempt_failed",
    "The bank returned the debit unpaid.",
    kind="invalid_request_error",
)


class Result(StrEnum):
    """How an attempt to pay ended."""

    PAID = "paid"
    PROCESSING = "processing"  # the session is complete, the money comes later or never
    AUTHENTICATE = "authenticate"  # the buyer's bank wants to hear from the buyer
    DECLINED = "declined"  # the session stays open for another try
    CLOSED = "closed"  # the session was not open: nothing happened


@dataclass(frozen=True, slots=True)
class Attempt:
    result: Result
    message: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a buyer typed; a bank `account` chooses the bank debit, else the card is charged."""

    number: str = ""
    account: str | None = None
    email: str | None = None
    name: str | None = None


def pay(account: Account, session: Json, entry: Entry) -> Attempt:
    """Attempt to pay a session.

    Raises UnreadableCardError before anything is sent to a bank, like the form of the real page.
    """
    if session["status"] != "open":
        return Attempt(Result.CLOSED)
    if session["amount_total"] == 0:
        _note_buyer(account, session, entry)
        return _complete(account, session, "no_payment_required")
    card = _chosen_card(session, entry)
    _note_buyer(account, session, entry)
    intent = _intent_of(account, session)
    if card is None:
        return _debit(account, session, intent, entry.account or "")
    if card.needs_authentication:
        return _ask_bank(account, session, intent, card)
    return _charge(account, session, intent, card)


def authenticate(account: Account, session: Json, *, ok: bool) -> Attempt:
    """The buyer's answer to the 3D Secure question of their bank."""
    if session["status"] != "open" or session["_authenticating"] is None:
        return Attempt(Result.CLOSED)
    card = cards.find(session["_authenticating"])
    session["_authenticating"] = None
    account.state.put(session)
    intent = account.require(session["payment_intent"], "payment_intent")
    intent["next_action"] = None
    if ok:
        return _charge(account, session, intent, card)
    return _fail(account, intent, cards.AUTHENTICATION_FAILED, charge_id=None)


def settle(account: Account, intent: Json, *, ok: bool) -> None:
    """The bank's answer to a delayed payment; raises ApiError when none is awaited."""
    if intent["status"] != "processing":
        raise decided(
            f"This PaymentIntent's status is {intent['status']}, not processing.",
            code="payment_intent_unexpected_state",
        )
    charge = account.require(intent["latest_charge"], "charge")
    session = account.require(intent["_session"], "checkout.session")
    intent["processing"] = None
    if not ok:
        intents.refuse(account, charge, _DEBIT_RETURNED)
        account.events.record("charge.failed", charge)
        _fail(account, intent, _DEBIT_RETURNED, charge["id"])
        account.events.record("checkout.session.async_payment_failed", session)
        return
    _receive(account, intent, charge)
    session["payment_status"] = "paid"
    account.state.put(session)
    account.events.record("checkout.session.async_payment_succeeded", session)


def settle_due(account: Account) -> None:
    """Settle every bank debit whose time has come, well or badly as its account number says."""
    for intent in account.state.oldest_first("payment_intent"):
        if intent["status"] == "processing" and intent["_clears_at"] <= account.now():
            settle(account, intent, ok=not intent["_will_fail"])


def _chosen_card(session: Json, entry: Entry) -> Card | None:
    """The card to charge, None for a bank debit; UnreadableCardError for a method not offered."""
    methods = session["payment_method_types"]
    if entry.account is None:
        if "card" not in methods:
            raise UnreadableCardError("This checkout does not take cards.")
        return cards.find(entry.number)
    if methods == ["card"]:
        raise UnreadableCardError("This checkout takes cards only.")
    return None


def _note_buyer(account: Account, session: Json, entry: Entry) -> None:
    """Keep who pays; an address that came with the session outranks the one that was typed."""
    known = session["customer_details"] or {}
    email = session["_known_email"] or entry.email or known.get("email")
    session["_authenticating"] = None
    session["customer_details"] = {
        "address": None,
        "business_name": None,
        "email": email or "buyer@example.com",
        "individual_name": None,
        "name": entry.name or known.get("name"),
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    account.state.put(session)


def _intent_of(account: Account, session: Json) -> Json:
    if session["payment_intent"]:
        intent = account.require(session["payment_intent"], "payment_intent")
        intent["next_action"] = None
        return intent
    if session["customer_creation"] == "always" and session["customer"] is None:
        buyer = session["customer_details"]
        session["customer"] = customers.create(account, {"email": buyer["email"]})["id"]
    intent = intents.new_intent(account, session)
    intent["_session"] = session["id"]
    session["payment_intent"] = intent["id"]
    account.state.put(session)
    return account.state.put(intent)


def _ask_bank(account: Account, session: Json, intent: Json, card: Card) -> Attempt:
    session["_authenticating"] = card.number
    account.state.put(session)
    url = f"{account.base_url}/pay/{session['id']}/authenticate"
    intent.update(
        status="requires_action",
        payment_method=new_id("pm_"),
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": None},
        },
    )
    account.state.put(intent)
    account.events.record("payment_intent.requires_action", intent)
    return Attempt(Result.AUTHENTICATE)


def _charge(account: Account, session: Json, intent: Json, card: Card) -> Attempt:
    intent["payment_method"] = new_id("pm_")
    method = intents.card_details(account, card)
    charge = intents.new_charge(account, intent, session["customer_details"], method)
    charge["_refund"] = card.refund
    if card.decline:
        intents.refuse(account, charge, card.decline)
        account.events.record("charge.failed", charge)
        return _fail(account, intent, card.decline, charge["id"])
    _receive(account, intent, charge)
    return _complete(account, session, "paid")


def _debit(account: Account, session: Json, intent: Json, number: str) -> Attempt:
    kind = session["payment_method_types"][-1]
    intent["payment_method"] = new_id("pm_")
    charge = intents.new_charge(
        account, intent, session["customer_details"], intents.debit_details(kind, number)
    )
    intent.update(
        status="processing",
        latest_charge=charge["id"],
        last_payment_error=None,
        _clears_at=account.now() + int(CLEARING.total_seconds()),
        _will_fail=number.replace(" ", "") in cards.FAILING_ACCOUNTS,
    )
    account.state.put(intent)
    account.events.record("charge.pending", charge)
    account.events.record("payment_intent.processing", intent)
    _complete(account, session, "unpaid")
    return Attempt(Result.PROCESSING)


def _receive(account: Account, intent: Json, charge: Json) -> None:
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


def _fail(account: Account, intent: Json, decline: Decline, charge_id: str | None) -> Attempt:
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


def _complete(account: Account, session: Json, payment_status: str) -> Attempt:
    session.update(status="complete", payment_status=payment_status, url=None)
    account.state.put(session)
    account.events.record("checkout.session.completed", session)
    return Attempt(Result.PAID)
