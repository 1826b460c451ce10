"""What a change of plan will cost, told before it is done."""

from dataclasses import dataclass

from sandbox.stripe import periods, subscriptions
from sandbox.stripe.account import Account
from sandbox.stripe.money import is_chargeable
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import item_of


@dataclass(frozen=True, slots=True)
class Preview:
    """Minor units of the subscription's currency; less than zero is credit for later invoices.

    `next_at` is when the plan is charged next, in epoch seconds.
    """

    now_minor: int
    next_minor: int
    next_at: int


def preview(account: Account, sub: Json, price: Json, settings: Json) -> Preview:
    """What a change will ask for; `settings` are those of the portal's `subscription_update`.

    Amounts are those of `subscriptions.change_price`, less the credit that the customer has.
    """
    item, proration = item_of(sub), settings["proration_behavior"]
    start, end, now = item["current_period_start"], item["current_period_end"], account.now()
    full = price["unit_amount"] * item["quantity"]
    if sub["status"] == "trialing":
        if settings["trial_update_behavior"] == "continue_trial":
            return Preview(0, 0, end)
        return Preview(_owed(account, sub, full), 0, _period_from(now, price))
    back = subscriptions.credit_line(account, sub)["amount"] if proration != "none" else 0
    if _pace(item["price"]) != _pace(price):
        return Preview(_owed(account, sub, back + full), 0, _period_from(now, price))
    rest = back + periods.prorated(full, start, end, now) if proration != "none" else 0
    if proration == "always_invoice":
        return Preview(_owed(account, sub, rest), 0, end)
    return Preview(0, rest, end)


def _period_from(now: int, price: Json) -> int:
    """The end of a period of this price that begins now."""
    return periods.next_boundary(now, *_pace(price), now)


def _owed(account: Account, sub: Json, amount: int) -> int:
    """What is to be paid of an amount with what waits for the next invoice and the balance."""
    waiting = sum(line["amount"] for line in sub["_pending"])
    balance = account.require(sub["customer"], "customer")["balance"]
    owed = int(amount + waiting + balance)
    return owed if is_chargeable(owed, sub["currency"]) else 0


def _pace(price: Json) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]
