"""Invoices: drawn up, finalized, charged to the kept card, retried, and paid by hand."""

from datetime import timedelta

from sandbox.stripe import disputes, intents, lifecycle, payment_methods, payments
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card
from sandbox.stripe.changes import changing
from sandbox.stripe.invoice_shape import new_invoice, new_payment
from sandbox.stripe.money import is_chargeable
from sandbox.stripe.payments import Attempt, Result
from sandbox.stripe.state import Json, new_id

# Pauses after the first, second and third failed attempt, in sandbox time; Stripe's Smart
# Retries choose their own moments.
RETRY_AFTER = (timedelta(days=3), timedelta(days=5), timedelta(days=7))


def of_customer(account: Account, customer_id: str) -> list[Json]:
    """A customer's invoices, newest first."""
    found = account.state.newest_first("invoice")
    return [invoice for invoice in found if invoice["customer"] == customer_id]


def amount_left(invoice: Json) -> int:
    """What is still to be paid, in minor units."""
    left: int = invoice["amount_remaining"]
    return left


def draft(account: Account, sub: Json, reason: str, lines: list[Json]) -> Json:
    """A draft with these lines and those that waited for the next invoice; no event yet."""
    customer = account.require(sub["customer"], "customer")
    waiting, sub["_pending"] = sub["_pending"], []
    account.state.put(sub)
    return account.state.put(new_invoice(account, customer, sub, reason, [*waiting, *lines]))


def issue(account: Account, invoice: Json) -> None:
    """Finalize a draft; the customer's balance is used, and one with nothing due is paid."""
    account.events.record("invoice.created", invoice)
    customer = account.require(invoice["customer"], "customer")
    due = _use_balance(account, customer, invoice)
    number = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = number + 1
    account.state.put(customer)
    url = f"{account.base_url}/invoices/{invoice['id']}"
    invoice.update(
        status="open",
        amount_due=due,
        amount_remaining=due,
        effective_at=account.now(),
        hosted_invoice_url=url,
        invoice_pdf=f"{url}/pdf",
        number=f"{customer['invoice_prefix']}-{number:04}",
    )
    _note_transition(account, invoice, "finalized_at")
    account.events.record("invoice.finalized", invoice)
    if due == 0:
        _mark_paid(account, invoice)
        lifecycle.invoice_paid(account, invoice)


def settle(account: Account, invoice: Json, intent: Json) -> None:
    """Mark a finalized invoice paid by a PaymentIntent that has succeeded already."""
    _receive(account, invoice, _payment_of(account, invoice, intent))


def pay(account: Account, invoice: Json, card: Card | None) -> Attempt:
    """Pay as the customer does who is present: 3D Secure is answered; None is the kept card.

    CLOSED when the invoice is not open, DECLINED with a message when the card is, or when there
    is no kept card.
    """
    return _try(account, invoice, card, present=True)


def pay_absent(account: Account, invoice: Json) -> Attempt:
    """Charge the kept card as the API does: AUTHENTICATE when the bank wants the customer."""
    return _try(account, invoice, None, present=False)


def collect(account: Account, invoice: Json) -> Attempt:
    """Charge the kept card as the calendar demands; a failure is tried again later.

    After the last failure the subscription is canceled, and the invoice stays open.
    """
    attempt = _try(account, invoice, None, present=False, scheduled=True)
    sub = lifecycle.subscription_of(account, invoice)
    given_up = invoice["status"] == "open" and invoice["next_payment_attempt"] is None
    if given_up and sub["status"] == "past_due":
        lifecycle.end(account, sub, "payment_failed")
    return attempt


def void(account: Account, invoice: Json) -> None:
    """Nobody has to pay an open invoice any more."""
    invoice.update(status="void", auto_advance=False, next_payment_attempt=None)
    _note_transition(account, invoice, "voided_at")
    for payment in payments_of(account, invoice):
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = account.now()
        account.state.put(payment)
        intent = account.require(payment["payment"]["payment_intent"], "payment_intent")
        payments.cancel(account, intent, "void_invoice")
    account.events.record("invoice.voided", invoice)


def payments_of(account: Account, invoice: Json) -> list[Json]:
    """The InvoicePayments of an invoice, oldest first."""
    found = account.state.oldest_first("invoice_payment")
    return [payment for payment in found if payment["invoice"] == invoice["id"]]


def _use_balance(account: Account, customer: Json, invoice: Json) -> int:
    """What is due after the balance: a negative one is credit, a positive one is owed.

    An amount too small to charge is owed until the next invoice.
    """
    before = customer["balance"]
    owed = invoice["total"] + before
    due = max(owed, 0) if is_chargeable(owed, invoice["currency"]) else 0
    invoice.update(starting_balance=before, ending_balance=owed - due)
    if owed - due != before:
        with changing(account, customer, "customer.updated"):
            customer.update(balance=owed - due, currency=invoice["currency"])
    return due


def _try(
    account: Account, invoice: Json, card: Card | None, *, present: bool, scheduled: bool = False
) -> Attempt:
    if invoice["status"] != "open":
        return Attempt(Result.CLOSED)
    sub = lifecycle.subscription_of(account, invoice)
    method = payment_methods.of_subscription(account, sub)
    intent = _intent_of(account, invoice)
    payment = _payment_of(account, invoice, intent)
    if card is None and method is not None:
        intent["payment_method"] = method["id"]
        card = payment_methods.card_of(method)
    else:
        intent["payment_method"] = new_id("pm_") if card else None
    attempt = _charge(account, invoice, intent, card, present)
    if attempt.result is Result.PAID:
        _receive(account, invoice, payment)
        disputes.open_announced(account)
    else:
        _note_failure(account, invoice, attempt, scheduled)
    return attempt


def _charge(
    account: Account, invoice: Json, intent: Json, card: Card | None, present: bool
) -> Attempt:
    if card is None:
        intent["last_payment_error"] = None
        account.state.put(intent)
        return Attempt(Result.DECLINED, "There is no card to charge: none was kept.")
    if card.needs_authentication and not present:
        return payments.ask_bank(account, intent, invoice["hosted_invoice_url"])
    buyer = {"email": invoice["customer_email"], "name": invoice["customer_name"]}
    return payments.charge(account, intent, card, buyer)


def _intent_of(account: Account, invoice: Json) -> Json:
    for payment in payments_of(account, invoice):
        return account.require(payment["payment"]["payment_intent"], "payment_intent")
    first = invoice["billing_reason"] == "subscription_create"
    return intents.new_intent(
        account,
        amount=invoice["amount_remaining"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        methods=["card"],
        data={"description": f"Subscription {'creation' if first else 'update'}"},
    )


def _payment_of(account: Account, invoice: Json, intent: Json) -> Json:
    for payment in payments_of(account, invoice):
        return payment
    return account.state.put(new_payment(account, invoice, intent))


def _receive(account: Account, invoice: Json, payment: Json) -> None:
    amount = invoice["amount_remaining"]
    payment.update(status="paid", amount_paid=amount)
    payment["status_transitions"]["paid_at"] = account.now()
    account.state.put(payment)
    invoice.update(attempted=True, amount_paid=amount, amount_remaining=0)
    if invoice["attempt_count"] == 0:
        invoice["attempt_count"] = 1
    _mark_paid(account, invoice)
    account.events.record("invoice.payment_succeeded", invoice)
    account.events.record("invoice_payment.paid", payment)
    lifecycle.invoice_paid(account, invoice)


def _mark_paid(account: Account, invoice: Json) -> None:
    invoice.update(status="paid", auto_advance=False, next_payment_attempt=None)
    _note_transition(account, invoice, "paid_at")
    account.events.record("invoice.paid", invoice)


def _note_failure(account: Account, invoice: Json, attempt: Attempt, scheduled: bool) -> None:
    """Attempts by hand do not count and do not change the schedule."""
    invoice["attempted"] = True
    incomplete = lifecycle.subscription_of(account, invoice)["status"] == "incomplete"
    if scheduled:
        invoice["attempt_count"] += 1
        pauses = () if incomplete else RETRY_AFTER[invoice["attempt_count"] - 1 :]
        next_at = account.now() + int(pauses[0].total_seconds()) if pauses else None
        invoice.update(next_payment_attempt=next_at, auto_advance=next_at is not None)
    account.state.put(invoice)
    if attempt.result is Result.AUTHENTICATE:
        account.events.record("invoice.payment_action_required", invoice)
    account.events.record("invoice.payment_failed", invoice)
    lifecycle.invoice_failed(account, invoice)


def _note_transition(account: Account, invoice: Json, name: str) -> None:
    transitions = invoice["status_transitions"] | {name: account.now()}
    invoice["status_transitions"] = transitions
    account.state.put(invoice)
