"""What the calendar does to subscriptions: trials, renewals, retries and ends, each in its turn."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from sandbox.stripe import invoices, lifecycle, payment_methods, subscriptions
from sandbox.stripe.account import Account
from sandbox.stripe.changes import changing
from sandbox.stripe.lifecycle import UPDATED
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import item_of

_WARNING = timedelta(days=3)
_FIRST_PAYMENT_WITHIN = timedelta(hours=23)


class _Due(NamedTuple):
    """Something to do at a moment; at one moment the lower rank comes first."""

    moment: int
    rank: int
    act: Callable[[Account, Json], object]
    record: Json


def bring_up_to_date(account: Account) -> None:
    """Do all that is due by now, one thing after another, each as of its own moment."""
    while True:
        passed = [due for due in _all_due(account) if due.moment <= account.now()]
        if not passed:
            return
        first = min(passed, key=lambda due: (due.moment, due.rank))
        first.act(account.as_of(first.moment), first.record)


def _all_due(account: Account) -> Iterator[_Due]:
    for sub in account.state.oldest_first("subscription"):
        if sub["status"] not in lifecycle.ENDED:
            yield from _due_of(sub)
    for invoice in account.state.oldest_first("invoice"):
        retry_at = invoice["next_payment_attempt"]
        if retry_at and lifecycle.subscription_of(account, invoice)["status"] != "paused":
            yield _Due(retry_at, 1, invoices.collect, invoice)


def _due_of(sub: Json) -> Iterator[_Due]:
    period_end = item_of(sub)["current_period_end"]
    if sub["cancel_at"]:
        yield _Due(sub["cancel_at"], 0, lifecycle.end, sub)
    if sub["cancel_at_period_end"]:
        yield _Due(period_end, 0, lifecycle.end, sub)
    if sub["status"] == "trialing" and not sub["_told_of_trial_end"]:
        warn_at = sub["trial_end"] - int(_WARNING.total_seconds())
        yield _Due(max(warn_at, sub["created"]), 1, _warn, sub)
    if sub["status"] == "incomplete":
        lapses_at = sub["created"] + int(_FIRST_PAYMENT_WITHIN.total_seconds())
        yield _Due(lapses_at, 2, _lapse, sub)
    elif sub["status"] == "trialing":
        yield _Due(period_end, 2, _end_trial, sub)
    elif sub["status"] != "paused":
        yield _Due(period_end, 2, _renew, sub)


def _warn(account: Account, sub: Json) -> None:
    sub["_told_of_trial_end"] = True
    account.state.put(sub)
    account.events.record("customer.subscription.trial_will_end", sub)


def _end_trial(account: Account, sub: Json) -> None:
    """Charge for the first period; without a kept card, do what the trial's settings say."""
    without = sub["trial_settings"]["end_behavior"]["missing_payment_method"]
    if payment_methods.of_subscription(account, sub) is None and without != "create_invoice":
        if without == "cancel":
            lifecycle.end(account, sub)
        else:
            lifecycle.pause(account, sub, "trial_end_without_payment_method")
        return
    _renew(account, sub)


def _renew(account: Account, sub: Json) -> None:
    """The next period begins, and is charged for."""
    start = item_of(sub)["current_period_end"]
    with changing(account, sub, UPDATED):
        if sub["status"] == "trialing":
            sub["status"] = "active"
        invoice = subscriptions.begin_period(account, sub, start, "subscription_cycle")
    subscriptions.bill(account, invoice)


def _lapse(account: Account, sub: Json) -> None:
    """The first payment never came: the subscription has not begun."""
    with changing(account, sub, UPDATED):
        sub.update(status="incomplete_expired", ended_at=account.now())
    for invoice in lifecycle.open_invoices(account, sub):
        invoices.void(account, invoice)
