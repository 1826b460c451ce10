"""Checkout in subscription mode at the Stripe stand-in: plans, first invoices and trials."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from sandbox.stripe.cards import UnreadableCardError
from sandbox.stripe.payments import Attempt, Result
from sandbox.stripe.periods import next_boundary
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

FAILS_LATER = "4000000000000341"
DAY = 24 * 3600


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def test_products_and_prices_are_kept_and_listed(rig: Rig) -> None:
    products, prices = rig.api.v1.products, rig.api.v1.prices
    product = await products.create_async(
        {"name": "Premium", "description": "All of it", "metadata": {"plan": "premium"}}
    )
    assert (product.active, product.metadata.to_dict()) == (True, {"plan": "premium"})
    monthly = await prices.create_async(
        {
            "currency": "USD",
            "unit_amount": 10_000,
            "product": product.id,
            "recurring": {"interval": "month"},
            "lookup_key": "premium_monthly",
            "nickname": "Monthly",
        }
    )
    once = await prices.create_async(
        {"currency": "usd", "unit_amount": 500, "product": product.id, "active": False}
    )
    assert monthly.recurring is not None
    assert (monthly.type, monthly.currency, monthly.unit_amount) == ("recurring", "usd", 10_000)
    assert (monthly.recurring.interval, monthly.recurring.interval_count) == ("month", 1)
    assert (once.type, once.recurring) == ("one_time", None)
    assert (await prices.retrieve_async(monthly.id)).lookup_key == "premium_monthly"
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [once.id, monthly.id]),
        ({"active": True}, [monthly.id]),
        ({"product": product.id, "type": "one_time"}, [once.id]),
        ({"product": "prod_other"}, []),
        ({"lookup_keys": ["premium_monthly", "x"]}, [monthly.id]),
        ({"recurring": {"interval": "year"}}, []),
        ({"recurring": {"interval": "month"}}, [monthly.id]),
    ]
    for given, expected in filters:
        listed = await prices.list_async(given)  # type: ignore[arg-type]  # plain dicts
        assert [price.id for price in listed.data] == expected
    found = await prices.list_async({"active": True, "expand": ["data.product"]})
    assert isinstance(found.data[0].product, stripe.Product)
    assert [each.id for each in (await products.list_async({"ids": [product.id]})).data] == [
        product.id
    ]
    assert await rig.delivered() == ["product.created", "price.created", "price.created"]


async def test_a_product_takes_over_what_is_given(rig: Rig) -> None:
    products = rig.api.v1.products
    product = await products.create_async({"name": "Premium", "metadata": {"a": "1", "b": "2"}})
    changed = await products.update_async(
        product.id, {"name": "Gold", "active": False, "metadata": {"a": "", "c": "3"}}
    )
    assert (changed.name, changed.active, changed.description) == ("Gold", False, None)
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert (await products.list_async({"active": True})).data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await products.update_async(product.id, {"unit_label": "seat"})
    assert refused.value.param == "unit_label"
    assert await rig.delivered() == ["product.created", "product.updated"]


async def test_a_price_keeps_its_amount_and_may_be_put_away(rig: Rig) -> None:
    prices = rig.api.v1.prices
    price = await rig.price(lookup_key="premium", metadata={"a": "1", "b": "2"})
    for fixed in ({"unit_amount": 1}, {"currency": "eur"}, {"recurring": {"interval": "year"}}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await prices.update_async(price.id, fixed)  # type: ignore[arg-type]  # wrong on purpose
        assert refused.value.code == "parameter_unknown"
    changed = await prices.update_async(
        price.id, {"active": False, "metadata": {"a": "", "c": "3"}}
    )
    assert (changed.active, changed.unit_amount) == (False, 10_000)
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        await rig.open_plan(price.id)
    await rig.forget_events()
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        await rig.price(lookup_key="premium")
    assert await rig.delivered() == []
    assert (await prices.update_async(price.id, {"lookup_key": "premium"})).nickname is None
    successor = await rig.price(lookup_key="premium", transfer_lookup_key=True)
    assert successor.lookup_key == "premium"
    assert (await prices.retrieve_async(price.id)).lookup_key is None


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"product": "prod_none"}, "product"),
        ({"product": "prod_none", "product_data": None}, "product"),
        ({"product_data": None}, "product"),
        ({"unit_amount": None}, "unit_amount"),
        ({"currency": "xyz"}, "currency"),
        ({"recurring": {"interval": "hour"}}, "recurring[interval]"),
        (
            {"recurring": {"interval": "year", "interval_count": 4}},
            "recurring[interval_count]",
        ),
        ({"recurring": {"interval": "month", "meter": "m"}}, "recurring[meter]"),
        ({"tiers_mode": "volume"}, "tiers_mode"),
    ],
)
async def test_a_price_that_stripe_would_not_make_is_refused(
    rig: Rig, changes: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.price(**changes)
    assert refused.value.param == param
    assert (await rig.api.v1.prices.list_async()).data == []


async def test_paying_begins_a_subscription_with_a_paid_invoice(rig: Rig) -> None:
    price = await rig.price()
    session = await rig.open_plan(
        price.id,
        customer_email="ada@shop.test",
        metadata={"for": "session"},
        subscription_data={"metadata": {"user": "u1"}, "description": "Premium for Ada"},
    )
    assert (session.amount_total, session.payment_method_types) == (10_000, ["card"])
    assert (session.subscription, session.customer, session.invoice) == (None, None, None)
    await rig.forget_events()
    assert rig.sandbox.pay(session.id) == Attempt(Result.PAID)
    assert await rig.delivered() == [
        "payment_intent.created",
        "customer.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "checkout.session.completed",
    ]
    paid = await rig.read(session.id, "subscription", "invoice", "customer")
    assert (paid.status, paid.payment_status, paid.payment_intent) == ("complete", "paid", None)
    assert paid.customer.email == "ada@shop.test"
    sub = paid.subscription
    (item,) = sub["items"].data
    assert (sub.status, sub.customer, sub.currency) == ("active", paid.customer.id, "usd")
    assert (sub.metadata.to_dict(), sub.description) == ({"user": "u1"}, "Premium for Ada")
    assert (sub.billing_mode.type, sub.collection_method) == ("flexible", "charge_automatically")
    assert (sub.cancel_at, sub.cancel_at_period_end, sub.canceled_at) == (None, False, None)
    assert (sub.trial_start, sub.trial_end, sub.ended_at) == (None, None, None)
    assert "current_period_end" not in sub
    assert (item.price.id, item.price.recurring.interval) == (price.id, "month")
    assert (item.quantity, item.subscription) == (1, sub.id)
    assert item.current_period_start == sub.start_date == sub.billing_cycle_anchor
    assert item.current_period_end == next_boundary(sub.start_date, "month", 1, sub.start_date)
    assert sub.latest_invoice == paid.invoice.id


async def test_the_first_invoice_and_its_payment_have_this_versions_shape(rig: Rig) -> None:
    price = await rig.price()
    session = await rig.open_plan(
        price.id,
        metadata={"for": "session"},
        subscription_data={"metadata": {"user": "u1"}},
    )
    rig.sandbox.pay(session.id)
    expanded = await rig.read(session.id, "subscription.latest_invoice.payments")
    sub = expanded.subscription
    invoice = sub.latest_invoice
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_create")
    assert (invoice.total, invoice.amount_due, invoice.amount_paid) == (10_000, 10_000, 10_000)
    assert (invoice.amount_remaining, invoice.next_payment_attempt) == (0, None)
    assert invoice.customer_email == "buyer@example.com"
    assert invoice.hosted_invoice_url == f"{rig.base}/invoices/{invoice.id}"
    assert invoice.invoice_pdf == f"{rig.base}/invoices/{invoice.id}/pdf"
    assert invoice.number.endswith("-0001")
    assert invoice.status_transitions.paid_at == invoice.created
    assert invoice.parent.type == "subscription_details"
    assert invoice.parent.subscription_details.subscription == sub.id
    assert invoice.parent.subscription_details.metadata.to_dict() == {"user": "u1"}
    for gone in ("subscription", "payment_intent", "charge", "paid"):
        assert gone not in invoice
    (line,) = invoice.lines.data
    (item,) = sub["items"].data
    assert line.description == "1 × Premium (at $100.00 per month)"
    assert line.parent.subscription_item_details.subscription_item == item.id
    assert line.parent.subscription_item_details.proration is False
    assert line.pricing.price_details.to_dict() == {"price": price.id, "product": price.product}
    assert (line.period.start, line.period.end) == (
        item.current_period_start,
        item.current_period_end,
    )
    (payment,) = invoice.payments.data
    assert (payment.status, payment.amount_paid, payment.is_default) == ("paid", 10_000, True)
    intent = await rig.api.v1.payment_intents.retrieve_async(
        payment.payment.payment_intent, {"expand": ["latest_charge"]}
    )
    assert (intent.status, intent.amount, intent.customer) == ("succeeded", 10_000, sub.customer)
    assert intent.metadata.to_dict() == {}
    assert "invoice" not in intent
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert str(intent.latest_charge.receipt_url).startswith(f"{rig.base}/receipts/ch_")
    by_intent = await rig.api.v1.invoice_payments.list_async(
        {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    )
    assert [each.invoice for each in by_intent.data] == [invoice.id]
    refund = await rig.api.v1.refunds.create_async({"payment_intent": intent.id})
    assert (refund.status, refund.amount) == ("succeeded", 10_000)


async def test_a_declined_card_leaves_no_subscription_and_no_customer(rig: Rig) -> None:
    price = await rig.price()
    session = await rig.open_plan(price.id)
    await rig.forget_events()
    for number in ("4000000000000002", FAILS_LATER):
        assert rig.sandbox.pay(session.id, number).result is Result.DECLINED
    assert await rig.delivered() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    found = await rig.read(session.id)
    assert (found.status, found.subscription, found.customer) == ("open", None, None)
    assert (await rig.api.v1.subscriptions.list_async({"status": "all"})).data == []
    assert (await rig.api.v1.invoices.list_async()).data == []
    assert (await rig.api.v1.customers.list_async()).data == []
    assert rig.sandbox.pay(session.id).result is Result.PAID
    assert len((await rig.api.v1.subscriptions.list_async()).data) == 1
    assert len((await rig.api.v1.payment_intents.list_async()).data) == 1


async def test_the_named_customer_gets_the_subscription_and_keeps_the_card(rig: Rig) -> None:
    price = await rig.price()
    customer = await rig.api.v1.customers.create_async({"email": "ada@shop.test"})
    session = await rig.open_plan(price.id, customer=customer.id)
    await rig.forget_events()
    rig.sandbox.pay(session.id, "4000002760003184")
    assert "customer.created" not in await rig.delivered()
    sub = (await rig.api.v1.subscriptions.list_async({"customer": customer.id})).data[0]
    kept = await rig.api.v1.subscriptions.retrieve_async(
        sub.id, {"expand": ["default_payment_method"]}
    )
    assert isinstance(kept.default_payment_method, stripe.PaymentMethod)
    assert kept.default_payment_method.card is not None
    assert kept.default_payment_method.card.last4 == "3184"
    listed = await rig.api.v1.checkout.sessions.list_async({"subscription": sub.id})
    assert [each.id for each in listed.data] == [session.id]
    assert (await rig.api.v1.checkout.sessions.list_async({"subscription": "sub_x"})).data == []


async def test_a_trial_costs_nothing_until_it_ends(rig: Rig) -> None:
    price = await rig.price()
    session = await rig.open_plan(price.id, subscription_data={"trial_period_days": 7})
    assert (session.amount_total, session.payment_method_collection) == (0, "always")
    await rig.forget_events()
    assert rig.sandbox.pay(session.id, FAILS_LATER) == Attempt(Result.PAID)
    assert await rig.delivered() == [
        "customer.created",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "checkout.session.completed",
    ]
    started = await rig.read(session.id, "subscription.latest_invoice.payments")
    assert started.payment_status == "no_payment_required"
    sub = started.subscription
    (item,) = sub["items"].data
    assert sub.status == "trialing"
    assert sub.trial_end - sub.trial_start == 7 * DAY
    assert (item.current_period_start, item.current_period_end) == (sub.trial_start, sub.trial_end)
    assert sub.billing_cycle_anchor == sub.trial_end
    invoice = sub.latest_invoice
    assert (invoice.status, invoice.total, invoice.amount_paid) == ("paid", 0, 0)
    assert invoice.payments.data == []
    assert (await rig.api.v1.payment_intents.list_async()).data == []


async def test_a_card_that_cannot_be_kept_begins_no_trial(rig: Rig) -> None:
    price = await rig.price()
    session = await rig.open_plan(price.id, subscription_data={"trial_period_days": 7})
    await rig.forget_events()
    assert rig.sandbox.pay(session.id, "4000000000000002").result is Result.DECLINED
    with pytest.raises(UnreadableCardError):
        rig.sandbox.pay(session.id, "4242424242424241")
    asked = rig.sandbox.pay(session.id, "4000002760003184", authenticates=None)
    assert asked.result is Result.AUTHENTICATE
    assert rig.sandbox.authenticate(session.id, ok=False).result is Result.DECLINED
    assert await rig.delivered() == []
    assert (await rig.read(session.id)).status == "open"
    assert rig.sandbox.pay(session.id, "4000002760003184").result is Result.PAID


async def test_a_trial_may_begin_without_a_card_and_cost_extras_at_once(rig: Rig) -> None:
    price = await rig.price()
    free = await rig.open_plan(
        price.id,
        payment_method_collection="if_required",
        subscription_data={"trial_period_days": 30},
    )
    assert rig.sandbox.pay(free.id).result is Result.PAID
    sub = (await rig.read(free.id, "subscription")).subscription
    assert (sub.status, sub.default_payment_method) == ("trialing", None)
    extra = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Book"}}
    lines = [{"price": price.id, "quantity": 1}, {"price_data": extra, "quantity": 2}]
    mixed = await rig.open_plan(
        price.id, line_items=lines, subscription_data={"trial_period_days": 30}
    )
    assert mixed.amount_total == 1800
    rig.sandbox.pay(mixed.id)
    invoice = (await rig.read(mixed.id, "invoice")).invoice
    assert [(line.amount, line.parent.type) for line in invoice.lines.data] == [
        (0, "subscription_item_details"),
        (1800, "invoice_item_details"),
    ]
    assert (invoice.status, invoice.amount_paid) == ("paid", 1800)


async def test_a_price_made_for_the_session_renews_too(rig: Rig) -> None:
    data = {
        "currency": "eur",
        "unit_amount": 2_500,
        "product_data": {"name": "Choir"},
        "recurring": {"interval": "week", "interval_count": 2},
    }
    session = await rig.open(mode="subscription", line_items=[{"price_data": data, "quantity": 3}])
    assert (session.amount_total, session.currency) == (7_500, "eur")
    rig.sandbox.pay(session.id)
    (item,) = (await rig.read(session.id, "subscription")).subscription["items"].data
    assert item.current_period_end - item.current_period_start == 14 * DAY
    price = await rig.api.v1.prices.retrieve_async(item.price.id)
    assert (price.active, price.unit_amount) == (False, 2_500)


async def test_a_payment_may_use_a_one_time_price(rig: Rig) -> None:
    price = await rig.price(amount=4_200, recurring=None)
    session = await rig.open(line_items=[{"price": price.id, "quantity": 2}])
    assert (session.amount_total, session.payment_method_collection) == (8_400, "if_required")
    rig.sandbox.pay(session.id)
    paid = await rig.read(session.id)
    assert (paid.payment_status, paid.subscription, paid.invoice) == ("paid", None, None)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"payment_intent_data": {"metadata": {"a": "b"}}}, "payment_intent_data"),
        ({"customer_creation": "always"}, "customer_creation"),
        ({"subscription_data": {"trial_period_days": 0}}, "subscription_data[trial_period_days]"),
        ({"subscription_data": {"trial_end": 47 * 3600}}, "subscription_data[trial_end]"),
        (
            {"subscription_data": {"trial_end": 72 * 3600, "trial_period_days": 3}},
            "subscription_data[trial_end]",
        ),
        (
            {"subscription_data": {"billing_cycle_anchor": 1}},
            "subscription_data[billing_cycle_anchor]",
        ),
        (
            {
                "subscription_data": {
                    "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}
                }
            },
            "subscription_data[trial_period_days]",
        ),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]"),
        ({"mode": "setup"}, "mode"),
        ({"mode": "payment"}, "line_items"),
        (
            {"mode": "payment", "subscription_data": {"metadata": {"a": "b"}}},
            "subscription_data",
        ),
        (
            {"mode": "payment", "payment_method_collection": "always"},
            "payment_method_collection",
        ),
        ({"allowed_payment_method_types": ["us_bank_account"]}, "allowed_payment_method_types"),
    ],
)
async def test_what_does_not_fit_the_mode_is_refused(
    rig: Rig, changes: dict[str, Any], param: str
) -> None:
    price = await rig.price()
    data = changes.get("subscription_data", {})
    if "trial_end" in data:  # given in seconds from now
        data = data | {"trial_end": int(rig.clock.now().timestamp()) + data["trial_end"]}
        changes = changes | {"subscription_data": data}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.open_plan(price.id, **changes)
    assert refused.value.param == param
    assert rig.sandbox.sessions() == []


async def test_a_subscription_needs_one_recurring_price(rig: Rig) -> None:
    monthly, once = await rig.price(), await rig.price(recurring=None)
    for prices in ([once], [monthly, monthly]):
        lines = [{"price": price.id, "quantity": 1} for price in prices]
        with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
            await rig.open_plan("", line_items=lines)


async def test_the_page_names_plan_trial_and_what_is_due(rig: Rig) -> None:
    price = await rig.price()
    plain = await rig.http.get(f"/pay/{(await rig.open_plan(price.id)).id}")
    for text in ("$100.00 per month", "Due today: $100.00", ">Subscribe<", "Card number"):
        assert text in plain.text
    assert "free" not in plain.text
    session = await rig.open_plan(price.id, subscription_data={"trial_period_days": 7})
    trial = await rig.http.get(f"/pay/{session.id}")
    for text in ("7 days free, then $100.00 per month", "Due today: $0.00", ">Start trial<"):
        assert text in trial.text
    answer = await rig.http.post(f"/pay/{session.id}", data={"number": "4000002760003184"})
    assert answer.status_code == 303
    asked = await rig.http.get(f"/pay/{session.id}/authenticate")
    assert "confirm <strong>that this is your card</strong>" in asked.text
    await rig.http.post(f"/pay/{session.id}/authenticate", data={"outcome": "complete"})
    assert (await rig.read(session.id, "subscription")).subscription.status == "trialing"
    quarterly = await rig.price(recurring={"interval": "month", "interval_count": 3})
    session = await rig.open_plan(
        quarterly.id,
        payment_method_collection="if_required",
        subscription_data={"trial_end": int(rig.clock.now().timestamp()) + 3 * DAY},
    )
    page = await rig.http.get(f"/pay/{session.id}")
    assert "3 days free, then $100.00 every 3 months" in page.text
    assert "Card number" not in page.text
