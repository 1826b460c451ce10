"""Subscriptions: begun, changed, paused, and ended at once or later."""

from sandbox.stripe import cards, invoices, lifecycle, payment_methods, periods
from sandbox.stripe.account import Account
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import decided, invalid_parameter
from sandbox.stripe.invoice_lines import one_off_line, period_line, proration_line
from sandbox.stripe.lifecycle import UPDATED
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import Order, item_of, new_subscription, put_price

PRORATIONS = ("always_invoice", "create_prorations", "none")
_ASKED = "cancellation_requested"


def of_customer(account: Account, customer_id: str) -> list[Json]:
    """A customer's subscriptions, newest first, ended ones too."""
    found = account.state.newest_first("subscription")
    return [sub for sub in found if sub["customer"] == customer_id]


def card_of(account: Account, customer_id: str) -> cards.Card | None:
    """The card that is kept for a customer."""
    method = payment_methods.of_customer(account, customer_id)
    return payment_methods.card_of(method) if method else None


def set_card(account: Account, customer_id: str, card: cards.Card) -> None:
    """Keep a card for a customer and charge it for all their subscriptions from now on.

    Raises ApiError (402 card_error) for a card that cannot be kept, as every declined test card
    but 4000000000000341.
    """
    payment_methods.require_attachable(card)
    customer = account.require(customer_id, "customer")
    with changing(account, customer, "customer.updated"):
        method = payment_methods.keep(account, customer, card)
        account.events.record("payment_method.attached", method)
    for sub in reversed(of_customer(account, customer_id)):
        if sub["status"] not in lifecycle.ENDED:
            with changing(account, sub, UPDATED):
                sub["default_payment_method"] = method["id"]


def create(account: Account, customer: Json, order: Order, *, status: str) -> tuple[Json, Json]:
    """A subscription and its first invoice, which is finalized and, if nothing is due, paid."""
    method = payment_methods.of_customer(account, customer["id"])
    sub = new_subscription(account, customer, order, status=status, method=method)
    account.state.put(sub)
    item = item_of(sub)
    start, end = item["current_period_start"], item["current_period_end"]
    lines = [period_line(account, sub, item["price"], start, end)]
    lines += [one_off_line(account, sub, bought) for bought in order.one_off]
    invoice = invoices.draft(account, sub, "subscription_create", lines)
    sub["latest_invoice"] = invoice["id"]
    account.state.put(sub)
    account.events.record("customer.subscription.created", sub)
    invoices.issue(account, invoice)
    return sub, invoice


def cancel_at_end(account: Account, sub: Json) -> None:
    """As the customer portal does in flexible billing: a date, and the flag stays false."""
    lifecycle.require_live(sub)
    with changing(account, sub, UPDATED):
        sub["cancel_at"] = item_of(sub)["current_period_end"]
        note_asked(account, sub)


def keep(account: Account, sub: Json) -> None:
    """Take back a cancellation that has not come to pass."""
    lifecycle.require_live(sub)
    with changing(account, sub, UPDATED):
        sub.update(cancel_at=None, cancel_at_period_end=False)
        note_asked(account, sub)


def cancel_now(account: Account, sub: Json, reason: str = _ASKED) -> None:
    """End a subscription at once; nothing is given back. Raises ApiError when it is over."""
    lifecycle.require_live(sub)
    lifecycle.end(account, sub, reason)


def note_asked(account: Account, sub: Json) -> None:
    """Keep when a cancellation to come was first asked for, or that there is none."""
    asked = sub["cancel_at"] is not None or sub["cancel_at_period_end"]
    sub["canceled_at"] = (sub["canceled_at"] or account.now()) if asked else None
    details = sub["cancellation_details"] | {"reason": _ASKED if asked else None}
    sub["cancellation_details"] = details


def resume(account: Account, sub: Json) -> None:
    """End a pause: a period that is not over goes on, else one begins now with an invoice."""
    if sub["status"] != "paused":
        raise decided(f"Only a paused subscription can be resumed, not one that is {sub['status']}")
    item = item_of(sub)
    over = item["current_period_end"] <= account.now()
    sub.update(status="active", status_details=None)
    invoice = restart(account, sub, "subscription_cycle", []) if over else None
    account.state.put(sub)
    account.events.record("customer.subscription.resumed", sub)
    if invoice:
        bill(account, invoice)


def change_price(account: Account, sub: Json, price: Json, *, proration: str) -> Json:
    """Change the plan; the subscription.

    With the same interval the period stays. The rest of it, to the second and rounded half up to
    whole minor units, is given back at the old price and asked for at the new one: never
    (`none`), on the next invoice (`create_prorations`), or at once (`always_invoice`); what is
    then left over becomes credit on the customer's balance. With another interval a period
    begins now, with an invoice. During a trial and a pause nothing is charged.
    """
    lifecycle.require_live(sub)
    _require_fitting(sub, price)
    item = item_of(sub)
    old = item["price"]
    if old["id"] == price["id"]:
        return sub
    lines: list[Json] = []
    if sub["status"] in ("active", "past_due") and proration != "none":
        lines = _prorations(account, sub, price)
    restarts = _pace(old) != _pace(price) and sub["status"] in ("active", "past_due")
    invoice = None
    with changing(account, sub, UPDATED):
        put_price(item, price)
        if restarts:
            invoice = restart(account, sub, "subscription_update", lines[:1])
        elif lines and proration == "always_invoice":
            invoice = invoices.draft(account, sub, "subscription_update", lines)
            sub["latest_invoice"] = invoice["id"]
        else:
            sub["_pending"] = [*sub["_pending"], *lines]
    if invoice:
        bill(account, invoice)
    return sub


def restart(account: Account, sub: Json, reason: str, lines: list[Json]) -> Json:
    """Begin a period now; the draft of its invoice, with these lines before the period's own."""
    sub["billing_cycle_anchor"] = account.now()
    return begin_period(account, sub, account.now(), reason, lines)


def begin_period(
    account: Account, sub: Json, start: int, reason: str, lines: list[Json] | None = None
) -> Json:
    """Let the period that begins at `start` begin; the draft of its invoice. No event yet."""
    item = item_of(sub)
    end = periods.next_boundary(sub["billing_cycle_anchor"], *_pace(item["price"]), start)
    own = period_line(account, sub, item["price"], start, end)
    invoice = invoices.draft(account, sub, reason, [*(lines or []), own])
    item.update(current_period_start=start, current_period_end=end, billed_until=end)
    sub["latest_invoice"] = invoice["id"]
    account.state.put(sub)
    return invoice


def bill(account: Account, invoice: Json) -> None:
    """Finalize a draft and charge the kept card."""
    invoices.issue(account, invoice)
    if invoice["status"] == "open":
        invoices.collect(account, invoice)


def credit_line(account: Account, sub: Json) -> Json:
    """What the rest of the period is worth, given back."""
    item = item_of(sub)
    start, end, now = item["current_period_start"], item["current_period_end"], account.now()
    worth = item["price"]["unit_amount"] * item["quantity"]
    back = -periods.prorated(worth, start, end, now)
    return proration_line(account, sub, item["price"], back, (now, end))


def _prorations(account: Account, sub: Json, price: Json) -> list[Json]:
    item = item_of(sub)
    start, end, now = item["current_period_start"], item["current_period_end"], account.now()
    cost = periods.prorated(price["unit_amount"] * item["quantity"], start, end, now)
    charge = proration_line(account, sub, price, cost, (now, end))
    return [credit_line(account, sub), charge]


def _pace(price: Json) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def _require_fitting(sub: Json, price: Json) -> None:
    if sub["status"] == "incomplete":
        raise decided("An incomplete subscription waits for its first payment and cannot change.")
    if price["recurring"] is None:
        why = f"The price {price['id']} is not recurring and cannot be subscribed to."
        raise invalid_parameter("items[0][price]", why)
    if not price["active"]:
        raise decided(f"The price {price['id']} is inactive.", param="items[0][price]")
    if price["currency"] != sub["currency"]:
        why = f"A subscription in {sub['currency']} cannot take a price in {price['currency']}."
        raise invalid_parameter("items[0][price]", why)
