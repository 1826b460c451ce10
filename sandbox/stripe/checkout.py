"""What happens when a buyer presses Pay, and what a delayed payment becomes later."""

from dataclasses import dataclass
from datetime import timedelta

from sandbox.stripe import cards, customers, disputes, intents, payments, subscription_checkout
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card, Decline, UnreadableCardError
from sandbox.stripe.errors import decided
from sandbox.stripe.payments import Attempt, Result
from sandbox.stripe.state import Json, new_id

# How long a bank debit takes, in sandbox time.
CLEARING = timedelta(days=3)
_DEBIT_RETURNED = Decline(
    "payment_intent_payment_attempt_failed",
    "The bank returned the debit unpaid.",
    kind="invalid_request_error",
)


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
    if not asks_for_payment(session):
        _note_buyer(account, session, entry)
        return _complete(account, session, "no_payment_required")
    card = _chosen_card(session, entry)
    _note_buyer(account, session, entry)
    if card is None:
        return _debit(account, session, _intent_of(account, session), entry.account or "")
    if card.needs_authentication:
        return _ask_bank(account, session, card)
    return _take(account, session, card)


def asks_for_payment(session: Json) -> bool:
    """Whether the buyer has to give a card or bank account: not when nothing is or will be due."""
    return bool(session["amount_total"] > 0 or session["payment_method_collection"] == "always")


def authenticate(account: Account, session: Json, *, ok: bool) -> Attempt:
    """The buyer's answer to the 3D Secure question of their bank."""
    if session["status"] != "open" or session["_authenticating"] is None:
        return Attempt(Result.CLOSED)
    card = cards.find(session["_authenticating"])
    session["_authenticating"] = None
    account.state.put(session)
    if ok:
        return _take(account, session, card)
    refusal = cards.AUTHENTICATION_FAILED
    if session["amount_total"] == 0:
        return Attempt(Result.DECLINED, refusal.message)
    intent = _intent_of(account, session)
    return payments.fail(account, intent, refusal, charge_id=None)


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
        payments.fail(account, intent, _DEBIT_RETURNED, charge["id"])
        account.events.record("checkout.session.async_payment_failed", session)
        return
    payments.receive(account, intent, charge)
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
    """The session's PaymentIntent; in subscription mode the session does not show it."""
    subscribes = session["mode"] == "subscription"
    named = "_subscription_intent" if subscribes else "payment_intent"
    if session[named]:
        intent = account.require(session[named], "payment_intent")
        intent["next_action"] = None
        return intent
    if session["customer_creation"] == "always" and not subscribes:
        _require_customer(account, session)
    data = session["_payment_intent_data"]
    intent = intents.new_intent(
        account,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        methods=session["payment_method_types"],
        data={"description": "Subscription creation"} if subscribes else data,
    )
    intent["_session"] = session["id"]
    session[named] = intent["id"]
    account.state.put(session)
    return account.state.put(intent)


def _require_customer(account: Account, session: Json) -> None:
    """A session without a customer gets a new one, with what the buyer typed."""
    if session["customer"] is None:
        buyer = session["customer_details"]
        known = {name: buyer[name] for name in ("email", "name") if buyer[name]}
        session["customer"] = customers.create(account, known)["id"]
        account.state.put(session)


def _ask_bank(account: Account, session: Json, card: Card) -> Attempt:
    session["_authenticating"] = card.number
    account.state.put(session)
    if session["amount_total"] == 0:
        return Attempt(Result.AUTHENTICATE)
    intent = _intent_of(account, session)
    intent["payment_method"] = new_id("pm_")
    url = f"{account.base_url}/pay/{session['id']}/authenticate"
    payments.ask_bank(account, intent, url)
    return Attempt(Result.AUTHENTICATE)


def _take(account: Account, session: Json, card: Card) -> Attempt:
    """Charge the card, or only keep it when the first payment comes later."""
    if session["amount_total"] == 0:
        if card.decline and not card.attaches:
            return Attempt(Result.DECLINED, card.decline.message)
        return _complete(account, session, "no_payment_required", card)
    intent = _intent_of(account, session)
    if session["mode"] == "subscription" and card.decline is None:
        _require_customer(account, session)
        intent["customer"] = session["customer"]
    intent["payment_method"] = new_id("pm_")
    attempt = payments.charge(account, intent, card, session["customer_details"])
    if attempt.result is Result.PAID:
        _complete(account, session, "paid", card)
        disputes.open_announced(account)
    return attempt


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


def _complete(
    account: Account, session: Json, payment_status: str, card: Card | None = None
) -> Attempt:
    if session["mode"] == "subscription":
        _require_customer(account, session)
        subscription_checkout.start(account, session, card)
    session.update(status="complete", payment_status=payment_status, url=None)
    account.state.put(session)
    account.events.record("checkout.session.completed", session)
    return Attempt(Result.PAID)
