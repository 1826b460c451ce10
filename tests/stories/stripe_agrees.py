"""Whether Stripe's stand-in tells the same as our rows: its money, and its subscriptions."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.domain.money import from_stripe
from services.providers.stripe_prices import PLAN_KEY
from tests.world import World

_CUSTOMERS = """
    select stripe_customer_id as id from public.users where stripe_customer_id is not null
    union select stripe_customer_id from private.telegram_buyers
      where stripe_customer_id is not null
    union select stripe_customer_id from public.subscriptions
      where stripe_customer_id is not null"""

_SHOWN = """
    select stripe_subscription_id as id, stripe_customer_id as customer, status,
      price_minor, currency, current_period_start, current_period_end, trial_end, cancel_at,
      canceled_at, ended_at
    from public.subscriptions where stripe_subscription_id is not null"""


async def assert_stripe_agrees(world: World) -> None:
    """Every payment that came, and every subscription, is here once and as it is there."""
    await _assert_payments_agree(world)
    await _assert_subscriptions_agree(world)
    await _assert_transfers_agree(world)


async def _assert_payments_agree(world: World) -> None:
    told = await _through_sessions(world) + await _through_invoices(world)
    ours = await world.rows(
        "select stripe_payment_intent_id as id, amount_minor, currency, amount_refunded_minor "
        "from public.payments where status = 'SUCCEEDED'"
    )
    assert Counter(told) == Counter(tuple(row) for row in ours)


async def _assert_transfers_agree(world: World) -> None:
    """One transfer a payout, of what our row says, and so much of it taken back."""
    told = [
        (
            transfer["id"],
            transfer["destination"],
            from_stripe(transfer["amount"], transfer["currency"]).amount_minor,
            from_stripe(transfer["amount_reversed"], transfer["currency"]).amount_minor,
        )
        for transfer in world.sandbox.stripe.transfers()
    ]
    ours = await world.rows(
        "select stripe_transfer_id, stripe_account_id, transfer_minor, reversed_minor "
        "from public.payouts where stripe_transfer_id is not null"
    )
    assert Counter(told) == Counter(tuple(row) for row in ours)
    sources = [transfer["source_transaction"] for transfer in world.sandbox.stripe.transfers()]
    assert len(sources) == len(set(sources))


_Paid = tuple[str, int, str, int]
"""Id of a payment, what it came to, in which currency, and what of it went back."""


async def _through_sessions(world: World) -> list[_Paid]:
    told = []
    for session in world.sandbox.stripe.sessions():
        payment = (await world.app.checkouts.read(session["id"])).payment
        if payment is not None and payment.status == "SUCCEEDED":
            amount = payment.amount
            returned = await _returned_minor(world, payment.id)
            told.append((payment.id, amount.amount_minor, amount.currency, returned))
    return told


async def _through_invoices(world: World) -> list[_Paid]:
    told = []
    ours = {subscription["id"] for subscription in await _of_our_customers(world)}
    for invoice in world.sandbox.stripe.invoices():
        state = await world.app.billing.invoices.read(invoice["id"])
        if state.subscription_id not in ours:
            continue
        for payment in state.payments:
            if payment.status == "SUCCEEDED":
                amount = payment.amount
                returned = await _returned_minor(world, payment.id)
                told.append((payment.id, amount.amount_minor, amount.currency, returned))
    return told


async def _returned_minor(world: World, payment_id: str) -> int:
    """What Stripe returned or is about to return of a payment."""
    refunds = await world.app.refunds.of_payment(payment_id)
    gone = [refund for refund in refunds if refund.status not in ("FAILED", "CANCELED")]
    return sum(refund.amount.amount_minor for refund in gone)


async def _assert_subscriptions_agree(world: World) -> None:
    told = {sub["id"]: _as_a_row(sub) for sub in await _of_our_customers(world)}
    ours = {row["id"]: dict(row) for row in await world.rows(_SHOWN)}
    assert ours == told


async def _of_our_customers(world: World) -> list[dict[str, Any]]:
    """Subscriptions to plans of ours, and those that have a row: a customer may buy more of the
    same seller than we know of."""
    customers = {row["id"] for row in await world.rows(_CUSTOMERS)}
    known = {row["id"] for row in await world.rows(_SHOWN)}
    return [
        sub
        for sub in world.sandbox.stripe.subscriptions()
        if sub["id"] in known
        or (sub["customer"] in customers and PLAN_KEY in _metadata_of_price(sub))
    ]


def _metadata_of_price(subscription: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata: Mapping[str, Any] = subscription["items"]["data"][0]["price"]["metadata"]
    return metadata


def _as_a_row(subscription: Mapping[str, Any]) -> dict[str, Any]:
    """What our row must show, read from Stripe's own words by no code of the product."""
    [item] = subscription["items"]["data"]
    ends_with_period = subscription["cancel_at_period_end"]
    cancel_at = item["current_period_end"] if ends_with_period else subscription["cancel_at"]
    return {
        "id": subscription["id"],
        "customer": subscription["customer"],
        "status": subscription["status"].upper(),
        "price_minor": item["price"]["unit_amount"] * item["quantity"],
        "currency": item["price"]["currency"].upper(),
        "current_period_start": _moment(item["current_period_start"]),
        "current_period_end": _moment(item["current_period_end"]),
        "trial_end": _moment(subscription["trial_end"]),
        "cancel_at": _moment(cancel_at),
        "canceled_at": _moment(subscription["canceled_at"]),
        "ended_at": _moment(subscription["ended_at"]),
    }


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
