"""Changes of subscriptions at the Stripe stand-in: plans, cancellations, trials, refusals."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from sandbox.stripe import subscriptions
from sandbox.stripe.errors import ApiError
from sandbox.stripe.periods import next_boundary, prorated
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

DAY = 24 * 3600
UPDATED = "customer.subscription.updated"
ISSUED = ["invoice.created", "invoice.finalized"]
CHARGED = [
    *ISSUED,
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


def period(sub: Any) -> tuple[int, int]:
    item = sub["items"].data[0]
    return item.current_period_start, item.current_period_end


async def change(rig: Rig, sub: Any, price_id: str, proration: str | None = None) -> Any:
    """Change the plan by the API, without naming a proration when it is None."""
    item = {"id": sub["items"].data[0].id, "price": price_id}
    params: dict[str, Any] = {"items": [item]}
    if proration:
        params["proration_behavior"] = proration
    await rig.api.v1.subscriptions.update_async(sub.id, params)  # type: ignore[arg-type]  # plain dict
    return await rig.subscription(sub.id)


def amounts(invoice: Any) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def rest(sub: Any, amount: int, moment: int) -> int:
    start, end = period(sub)
    return prorated(amount, start, end, moment)


async def test_always_invoice_charges_the_difference_at_once(rig: Rig) -> None:
    small, big = await rig.price(1_000), await rig.price(10_000)
    sub = await rig.subscribed(small.id)
    await rig.advance(days=10)
    await rig.forget_events()
    changed = await change(rig, sub, big.id, "always_invoice")
    assert await rig.delivered() == [UPDATED, *CHARGED]
    previous = rig.receiver.events[0]["data"]["previous_attributes"]
    assert previous["items"]["data"][0]["price"]["id"] == small.id
    item, invoice = changed["items"].data[0], changed.latest_invoice
    assert (item.price.id, item.plan.id, period(changed)) == (big.id, big.id, period(sub))
    moment = invoice.lines.data[0].period.start
    expected = [-rest(sub, 1_000, moment), rest(sub, 10_000, moment)]
    assert amounts(invoice) == expected
    assert expected[0] < 0 < expected[1]
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    assert invoice.amount_paid == sum(expected)
    assert [line.parent.subscription_item_details.proration for line in invoice.lines.data] == [
        True,
        True,
    ]
    await rig.advance_to(period(sub)[1], seconds=1)
    assert amounts((await rig.subscription(sub.id)).latest_invoice) == [10_000]


async def test_a_cheaper_plan_leaves_credit_that_pays_the_next_invoices(rig: Rig) -> None:
    big, small = await rig.price(10_000), await rig.price(1_000)
    sub = await rig.subscribed(big.id)
    await rig.forget_events()
    changed = await change(rig, sub, small.id, "always_invoice")
    assert await rig.delivered() == [
        UPDATED,
        "invoice.created",
        "customer.updated",
        "invoice.finalized",
        "invoice.paid",
    ]
    invoice = changed.latest_invoice
    credit = -sum(amounts(invoice))
    assert 8_900 < credit <= 9_000
    assert (invoice.total, invoice.amount_due, invoice.status) == (-credit, 0, "paid")
    assert (invoice.starting_balance, invoice.ending_balance) == (0, -credit)
    assert invoice.payments.data == []
    assert changed.customer.balance == -credit
    await rig.advance_to(period(sub)[1], seconds=1)
    renewed = await rig.subscription(sub.id)
    assert (renewed.latest_invoice.total, renewed.latest_invoice.amount_due) == (1_000, 0)
    assert renewed.customer.balance == -credit + 1_000
    assert len((await rig.api.v1.charges.list_async()).data) == 1


async def test_create_prorations_waits_for_the_next_invoice(rig: Rig) -> None:
    small, big = await rig.price(1_000), await rig.price(10_000)
    sub = await rig.subscribed(small.id)
    await rig.advance(days=10)
    changed = await change(rig, sub, big.id)
    assert await rig.delivered() == [UPDATED]
    assert changed.latest_invoice.id == sub.latest_invoice.id
    await rig.advance_to(period(sub)[1], seconds=1)
    invoice = (await rig.subscription(sub.id)).latest_invoice
    moment = invoice.lines.data[0].period.start
    expected = [-rest(sub, 1_000, moment), rest(sub, 10_000, moment), 10_000]
    assert amounts(invoice) == expected
    assert (invoice.status, invoice.amount_paid) == ("paid", sum(expected))


async def test_none_bills_the_new_price_from_the_next_period(rig: Rig) -> None:
    small, big = await rig.price(1_000), await rig.price(10_000)
    sub = await rig.subscribed(small.id)
    changed = await change(rig, sub, big.id, "none")
    assert await rig.delivered() == [UPDATED]
    assert changed["items"].data[0].price.id == big.id
    await rig.advance_to(period(sub)[1], seconds=1)
    assert amounts((await rig.subscription(sub.id)).latest_invoice) == [10_000]


@pytest.mark.parametrize("proration", ["none", "create_prorations", "always_invoice"])
async def test_another_interval_begins_a_period_now(rig: Rig, proration: str) -> None:
    monthly, yearly = await rig.price(1_000), await rig.price(9_000, "year")
    sub = await rig.subscribed(monthly.id)
    await rig.advance(days=10)
    await rig.forget_events()
    changed = await change(rig, sub, yearly.id, proration)
    assert await rig.delivered() == [UPDATED, *CHARGED]
    start, end = period(changed)
    assert changed.billing_cycle_anchor == start > period(sub)[0]
    assert end == next_boundary(start, "year", 1, start)
    back = [] if proration == "none" else [-rest(sub, 1_000, start)]
    assert amounts(changed.latest_invoice) == [*back, 9_000]


async def test_a_difference_too_small_to_charge_is_owed(rig: Rig) -> None:
    first, second = await rig.price(1_000), await rig.price(1_030)
    sub = await rig.subscribed(first.id)
    changed = await change(rig, sub, second.id, "always_invoice")
    owed = sum(amounts(changed.latest_invoice))
    assert 0 < owed <= 30
    assert (changed.latest_invoice.amount_due, changed.latest_invoice.status) == (0, "paid")
    assert changed.customer.balance == owed
    await rig.advance_to(period(sub)[1], seconds=1)
    renewed = await rig.subscription(sub.id)
    assert (renewed.latest_invoice.amount_due, renewed.customer.balance) == (1_030 + owed, 0)


async def test_a_plan_changes_free_of_charge_during_a_trial(rig: Rig) -> None:
    small, big = await rig.price(1_000), await rig.price(10_000, "year")
    session = await rig.open_plan(small.id, subscription_data={"trial_period_days": 7})
    rig.sandbox.pay(session.id)
    await rig.forget_events()
    sub = await rig.subscription((await rig.read(session.id)).subscription)
    changed = await change(rig, sub, big.id, "always_invoice")
    assert await rig.delivered() == [UPDATED]
    assert (changed.status, period(changed)) == ("trialing", period(sub))
    await rig.advance_to(sub.trial_end, seconds=1)
    assert amounts((await rig.subscription(sub.id)).latest_invoice) == [10_000]


async def test_a_failed_upgrade_is_past_due_until_it_is_paid(rig: Rig) -> None:
    small, big = await rig.price(1_000), await rig.price(10_000)
    sub = await rig.subscribed(small.id)
    rig.sandbox.set_card(sub.customer.id, "4000000000000341")
    changed = rig.sandbox.change_plan(sub.id, big.id)
    assert changed["status"] == "past_due"
    assert rig.sandbox.pay_invoice(changed["latest_invoice"], "4242424242424242").result == "paid"
    assert (await rig.subscription(sub.id)).status == "active"
    with pytest.raises(ValueError, match="proration must be one of"):
        rig.sandbox.change_plan(sub.id, small.id, "sometimes")


async def test_the_flag_ends_a_subscription_with_its_period(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    asked = await rig.api.v1.subscriptions.update_async(sub.id, {"cancel_at_period_end": True})
    assert (asked.cancel_at_period_end, asked.cancel_at, asked.status) == (True, None, "active")
    assert asked.canceled_at is not None
    assert asked.cancellation_details is not None
    assert asked.cancellation_details.reason == "cancellation_requested"
    await rig.advance_to(period(sub)[1], seconds=-2)
    assert await rig.delivered() == [UPDATED]
    assert rig.receiver.events[0]["data"]["previous_attributes"]["cancel_at_period_end"] is False
    await rig.advance_to(period(sub)[1], seconds=1)
    assert await rig.delivered() == [UPDATED, "customer.subscription.deleted"]
    over = await rig.subscription(sub.id)
    assert (over.status, over.ended_at) == ("canceled", period(sub)[1])
    assert over.canceled_at == asked.canceled_at
    assert over.latest_invoice.id == sub.latest_invoice.id


async def test_the_portal_sets_a_date_and_not_the_flag(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    account = rig.sandbox._account  # the portal's own way in
    record = account.require(sub.id, "subscription")
    subscriptions.cancel_at_end(account, record)
    asked = await rig.subscription(sub.id)
    assert (asked.cancel_at, asked.cancel_at_period_end) == (period(sub)[1], False)
    subscriptions.keep(account, record)
    kept = await rig.subscription(sub.id)
    assert (kept.cancel_at, kept.canceled_at, kept.cancellation_details.reason) == (
        None,
        None,
        None,
    )
    subscriptions.keep(account, record)
    assert await rig.delivered() == [UPDATED, UPDATED]
    subscriptions.cancel_at_end(account, record)
    await rig.advance(days=40)
    over = await rig.subscription(sub.id)
    assert (over.status, over.ended_at) == ("canceled", period(sub)[1])
    assert len((await rig.api.v1.invoices.list_async()).data) == 1


async def test_a_date_ends_a_subscription_after_some_renewals(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    update = rig.api.v1.subscriptions.update_async
    moment = period(sub)[1] + 40 * DAY
    assert (await update(sub.id, {"cancel_at": moment})).cancel_at == moment
    cleared = await update(sub.id, {"cancel_at": ""})
    assert (cleared.cancel_at, cleared.canceled_at) == (None, None)
    assert (await update(sub.id, {"cancel_at": "min_period_end"})).cancel_at == period(sub)[1]
    await update(sub.id, {"cancel_at": moment})
    await rig.advance(days=120)
    over = await rig.subscription(sub.id)
    assert (over.status, over.ended_at) == ("canceled", moment)
    assert len((await rig.api.v1.invoices.list_async({"subscription": sub.id})).data) == 3


async def test_a_canceled_subscription_is_listed_only_when_asked_for(rig: Rig) -> None:
    price = await rig.price()
    sub, other = await rig.subscribed(price.id), await rig.subscribed((await rig.price()).id)
    canceled = await rig.api.v1.subscriptions.cancel_async(
        sub.id, {"cancellation_details": {"comment": "Too quiet", "feedback": "unused"}}
    )
    assert canceled.cancellation_details is not None
    assert (canceled.status, canceled.cancellation_details.comment) == ("canceled", "Too quiet")
    assert canceled.ended_at == canceled.canceled_at
    assert await rig.delivered() == ["customer.subscription.deleted"]
    listing = rig.api.v1.subscriptions.list_async
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [other.id]),
        ({"status": "all"}, [other.id, sub.id]),
        ({"status": "canceled"}, [sub.id]),
        ({"status": "ended"}, [sub.id]),
        ({"status": "active"}, [other.id]),
        ({"status": "all", "price": price.id}, [sub.id]),
        ({"customer": sub.customer.id}, []),
        ({"customer": other.customer.id}, [other.id]),
        ({"created": {"gt": int(rig.clock.now().timestamp()) + 60}}, []),
    ]
    for given, expected in filters:
        found = await listing(given)  # type: ignore[arg-type]  # plain dicts
        assert [each.id for each in found.data] == expected
    with pytest.raises(stripe.InvalidRequestError) as gone:
        await rig.api.v1.subscriptions.cancel_async(sub.id)
    assert gone.value.code == "resource_missing"
    update = rig.api.v1.subscriptions.update_async
    with pytest.raises(stripe.InvalidRequestError, match="A canceled subscription"):
        await update(sub.id, {"cancel_at_period_end": True})
    assert (await update(sub.id, {"metadata": {"why": "quiet"}})).metadata["why"] == "quiet"


async def test_a_cancellation_may_give_back_the_rest_of_the_period(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    await rig.advance(days=10)
    await rig.api.v1.subscriptions.cancel_async(sub.id, {"prorate": True, "invoice_now": True})
    over = await rig.subscription(sub.id)
    (credit,) = amounts(over.latest_invoice)
    assert credit == -rest(sub, 10_000, over.ended_at)
    assert (over.latest_invoice.status, over.customer.balance) == ("paid", credit)


async def test_a_trial_can_be_ended_or_made_longer(rig: Rig) -> None:
    price = await rig.price()
    session = await rig.open_plan(price.id, subscription_data={"trial_period_days": 7})
    rig.sandbox.pay(session.id)
    await rig.forget_events()
    sub = await rig.subscription((await rig.read(session.id)).subscription)
    update = rig.api.v1.subscriptions.update_async
    longer = await update(sub.id, {"trial_end": sub.trial_end + 7 * DAY})
    assert (longer.status, period(longer)[1]) == ("trialing", sub.trial_end + 7 * DAY)
    await rig.advance(days=8)
    assert await rig.delivered() == [UPDATED]
    ended = await update(sub.id, {"trial_end": "now", "expand": ["latest_invoice"]})
    assert (ended.status, ended.billing_cycle_anchor) == ("active", ended.trial_end)
    assert isinstance(ended.latest_invoice, stripe.Invoice)
    assert ended.latest_invoice.amount_paid == 10_000
    assert await rig.delivered() == [UPDATED, UPDATED, *CHARGED]
    with pytest.raises(stripe.InvalidRequestError, match="running trial"):
        await update(sub.id, {"trial_end": "now"})


async def test_metadata_is_merged_and_nothing_new_is_told_twice(rig: Rig) -> None:
    customer = await rig.api.v1.customers.create_async({"email": "ada@shop.test"})
    price = await rig.price()
    sub = rig.sandbox.subscribe(customer.id, price.id, metadata={"a": "1", "b": "2"})
    await rig.forget_events()
    update = rig.api.v1.subscriptions.update_async
    changed = await update(sub["id"], {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    await update(sub["id"], {"metadata": {"c": "3"}})
    assert await rig.delivered() == [UPDATED]
    invoice = (await rig.subscription(sub["id"])).latest_invoice
    details = invoice.parent.subscription_details
    assert details.metadata.to_dict() == {"a": "1", "b": "2"}
    assert (await update(sub["id"], {"metadata": ""})).metadata.to_dict() == {}


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"colour": "red"}, "colour"),
        ({"pause_collection": {"behavior": "void"}}, "pause_collection"),
        ({"proration_behavior": "sometimes"}, "proration_behavior"),
        ({"cancel_at": 1}, "cancel_at"),
        ({"cancel_at": "tomorrow"}, "cancel_at"),
        ({"cancel_at": "min_period_end", "cancel_at_period_end": True}, "cancel_at"),
        ({"items": [{"price": "price_none"}]}, "items[0][id]"),
        ({"items": [{"id": "si_none", "price": "price_none"}]}, "items[0][id]"),
        ({"items": [{"id": "si_1"}, {"id": "si_2"}]}, "items"),
        ({"items": [{"id": "si_1", "quantity": 2}]}, "items[0][quantity]"),
        ({"trial_end": "now"}, "trial_end"),
        ({"trial_end": "soon"}, "trial_end"),
    ],
)
async def test_an_update_that_stripe_would_refuse_changes_nothing(
    rig: Rig, params: dict[str, Any], param: str
) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v1.subscriptions.update_async(sub.id, params)  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.param == param
    assert await rig.delivered() == []
    assert await rig.subscription(sub.id) == sub


async def test_a_plan_must_fit_the_subscription(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    euros = await rig.price(currency="eur")
    once = await rig.price(recurring=None)
    inactive = await rig.price(active=False)
    await rig.forget_events()
    for price, why in ((euros, "in eur"), (once, "not recurring"), (inactive, "inactive")):
        with pytest.raises(stripe.InvalidRequestError, match=why):
            await change(rig, sub, price.id)
        if price is not euros:
            with pytest.raises(ApiError, match="cannot be subscribed to"):
                rig.sandbox.subscribe(sub.customer.id, price.id)
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await change(rig, sub, "price_none")
    assert unknown.value.code == "resource_missing"
    same = sub["items"].data[0]
    assert await change(rig, sub, same.price.id, "always_invoice") == sub
    update = rig.api.v1.subscriptions.update_async
    assert (await update(sub.id, {"items": [{"id": same.id}]})).status == "active"
    assert await rig.delivered() == []
    waiting = await rig.subscribed(same.price.id, "4000000000000341")
    with pytest.raises(stripe.InvalidRequestError, match="incomplete subscription"):
        await change(rig, waiting, (await rig.price()).id)


async def test_the_dashboard_cancels_now_or_later_and_keeps(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    later = rig.sandbox.cancel_subscription(sub.id, at_period_end=True)
    assert (later["cancel_at_period_end"], later["cancel_at"]) == (True, None)
    kept = rig.sandbox.keep_subscription(sub.id)
    assert (kept["cancel_at_period_end"], kept["canceled_at"]) == (False, None)
    assert rig.sandbox.cancel_subscription(sub.id)["status"] == "canceled"
    assert await rig.delivered() == [UPDATED, UPDATED, "customer.subscription.deleted"]
    for act in (rig.sandbox.cancel_subscription, rig.sandbox.keep_subscription):
        with pytest.raises(ApiError, match="A canceled subscription"):
            act(sub.id)
    with pytest.raises(ApiError, match="Only an active"):
        rig.sandbox.pause_subscription(sub.id)
    assert [each["id"] for each in rig.sandbox.subscriptions()] == [sub.id]
    assert [each["id"] for each in rig.sandbox.invoices()] == [sub.latest_invoice.id]


async def test_ending_an_overdue_subscription_stops_its_retries(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    rig.sandbox.set_card(sub.customer.id, "4000000000000341")
    await rig.advance_to(period(sub)[1], seconds=1)
    await rig.forget_events()
    await rig.api.v1.subscriptions.cancel_async(sub.id)
    assert await rig.delivered() == ["invoice.updated", "customer.subscription.deleted"]
    await rig.advance(days=30)
    assert len(await rig.delivered()) == 2
    left = (await rig.subscription(sub.id)).latest_invoice
    assert (left.status, left.next_payment_attempt) == ("open", None)
