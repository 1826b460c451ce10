"""The API's changes of a subscription: update, cancel, and the list's own filters."""

from sandbox.stripe import invoices, lifecycle, lists, subscriptions
from sandbox.stripe.account import Account
from sandbox.stripe.catalog import merged_metadata
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import decided, invalid_parameter, missing_parameter, missing_resource
from sandbox.stripe.lifecycle import ENDED, UPDATED
from sandbox.stripe.state import Json, rendered
from sandbox.stripe.subscription_shape import item_of

_ALWAYS_TAKEN = {"metadata", "cancellation_details"}


def update(account: Account, given: Json, sub_id: str, _path: str) -> Json:
    """Take over the given fields; raises ApiError for what Stripe, or the sandbox, refuses."""
    sub = account.require(sub_id, "subscription")
    if set(given) - _ALWAYS_TAKEN:
        lifecycle.require_live(sub)
    price = _new_price(account, sub, given)
    _require_cancellation(account, given)
    _require_trial(account, sub, given)
    if price:
        proration = given.get("proration_behavior", "create_prorations")
        subscriptions.change_price(account, sub, price, proration=proration)
    with changing(account, sub, UPDATED):
        if "metadata" in given:
            sub["metadata"] = merged_metadata(sub["metadata"], given["metadata"])
        _take_details(sub, given)
        _take_cancellation(account, sub, given)
    if "trial_end" in given:
        _move_trial_end(account, sub, given["trial_end"])
    return rendered(sub)


def cancel(account: Account, given: Json, sub_id: str, _path: str) -> Json:
    """End a subscription now.

    `prorate` gives the rest of the period back: on a last invoice with `invoice_now`, whose
    credit stays on the customer's balance, else as a line that waits for an invoice.
    """
    sub = account.require(sub_id, "subscription")
    if sub["status"] in ENDED:
        raise missing_resource("subscription", sub_id)
    if given.get("prorate") and sub["status"] in ("active", "past_due"):
        sub["_pending"] = [*sub["_pending"], subscriptions.credit_line(account, sub)]
    _take_details(sub, given)
    invoice = None
    if given.get("invoice_now") and sub["_pending"]:
        invoice = invoices.draft(account, sub, "subscription_update", [])
        sub["latest_invoice"] = invoice["id"]
    lifecycle.end(account, sub, "cancellation_requested")
    if invoice:
        subscriptions.bill(account, invoice)
    return rendered(sub)


def page(account: Account, given: Json, _id: str, path: str) -> Json:
    """A page of subscriptions; those that are over only when `status` asks for them."""
    status, price = given.pop("status", None), given.pop("price", None)
    found = [
        sub
        for sub in account.state.newest_first("subscription")
        if _has_status(sub, status) and price in (None, item_of(sub)["price"]["id"])
    ]
    return lists.page(found, given, path)


def _has_status(sub: Json, status: str | None) -> bool:
    match status:
        case None:
            return bool(sub["status"] != "canceled")
        case "all":
            return True
        case "ended":
            return sub["status"] in ENDED
        case _:
            return bool(sub["status"] == status)


def _new_price(account: Account, sub: Json, given: Json) -> Json | None:
    if "items" not in given:
        return None
    if len(given["items"]) != 1:
        why = "The sandbox serves subscriptions with one item."
        raise invalid_parameter("items", why)
    entry = given["items"][0]
    if "id" not in entry:
        why = "Without its `id` this would add an item; the sandbox serves one only."
        raise missing_parameter("items[0][id]", why)
    if entry["id"] != item_of(sub)["id"]:
        raise missing_resource("subscription_item", entry["id"], "items[0][id]")
    if "price" not in entry:
        return None
    return account.require(entry["price"], "price", "items[0][price]")


def _require_cancellation(account: Account, given: Json) -> None:
    cancel_at = given.get("cancel_at")
    if cancel_at and given.get("cancel_at_period_end"):
        why = "You may only specify one of: cancel_at, cancel_at_period_end."
        raise invalid_parameter("cancel_at", why)
    if isinstance(cancel_at, int) and cancel_at <= account.now():
        raise invalid_parameter("cancel_at", "`cancel_at` must be in the future.")


def _take_cancellation(account: Account, sub: Json, given: Json) -> None:
    if not {"cancel_at", "cancel_at_period_end"} & set(given):
        return
    if "cancel_at_period_end" in given:
        sub["cancel_at_period_end"] = given["cancel_at_period_end"]
        if given["cancel_at_period_end"]:
            sub["cancel_at"] = None
    if "cancel_at" in given:
        moment = given["cancel_at"]
        named = moment in ("min_period_end", "max_period_end")
        sub["cancel_at"] = item_of(sub)["current_period_end"] if named else moment or None
    subscriptions.note_asked(account, sub)


def _take_details(sub: Json, given: Json) -> None:
    if details := given.get("cancellation_details"):
        sub["cancellation_details"] = sub["cancellation_details"] | details


def _require_trial(account: Account, sub: Json, given: Json) -> None:
    trial_end = given.get("trial_end")
    if trial_end is None:
        return
    if sub["status"] != "trialing":
        why = f"The sandbox moves the end of a running trial only; this is {sub['status']}."
        raise decided(why, param="trial_end")
    if trial_end != "now" and trial_end <= account.now():
        raise invalid_parameter("trial_end", "`trial_end` must be in the future, or `now`.")


def _move_trial_end(account: Account, sub: Json, moment: int | str) -> None:
    """A trial that ends now is followed by a paid period; else its end and the anchor move."""
    if moment != "now":
        item = item_of(sub)
        with changing(account, sub, UPDATED):
            sub.update(trial_end=moment, billing_cycle_anchor=moment, _told_of_trial_end=False)
            item.update(current_period_end=moment, billed_until=moment)
        return
    with changing(account, sub, UPDATED):
        sub.update(status="active", trial_end=account.now())
        invoice = subscriptions.restart(account, sub, "subscription_update", [])
    subscriptions.bill(account, invoice)
