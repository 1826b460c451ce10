"""What the calendar does to subscriptions at the Stripe stand-in: trials, renewals, retries."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from sandbox.stripe.errors import ApiError
from sandbox.stripe.payments import Attempt, Result
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

FAILS_LATER = "4000000000000341"
ASKS = "4000002760003184"
DAY = 24 * 3600
UPDATED = "customer.subscription.updated"
CHARGED = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]
RENEWED = [UPDATED, "invoice.created", "invoice.finalized", *CHARGED]
REFUSED = ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


def period(sub: Any) -> tuple[int, int]:
    item = sub["items"].data[0]
    return item.current_period_start, item.current_period_end


async def on_trial(rig: Rig, number: str = "4242424242424242", **data: Any) -> Any:
    """A running trial of seven days, its events forgotten."""
    price = await rig.price()
    session = await rig.open_plan(
        price.id,
        payment_method_collection="always" if number else "if_required",
        subscription_data={"trial_period_days": 7} | data,
    )
    rig.sandbox.pay(session.id, number)
    await rig.forget_events()
    return await rig.subscription((await rig.read(session.id)).subscription)


async def failing(rig: Rig) -> Any:
    """A subscription whose first renewal has just failed, its events forgotten."""
    sub = await rig.subscribed((await rig.price()).id)
    rig.sandbox.set_card(sub.customer.id, FAILS_LATER)
    await rig.advance_to(period(sub)[1], seconds=1)
    await rig.forget_events()
    return await rig.subscription(sub.id)


async def test_two_renewals_charge_the_kept_card_twice(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    _, first_end = period(sub)
    await rig.advance_to(first_end, seconds=-2)
    assert await rig.delivered() == []
    await rig.advance_to(first_end, seconds=1)
    assert await rig.delivered() == RENEWED
    updated = rig.receiver.events[0]["data"]
    assert set(updated["previous_attributes"]) == {"items", "latest_invoice"}
    old_item = updated["previous_attributes"]["items"]["data"][0]
    assert old_item["current_period_end"] == first_end
    assert updated["object"]["items"]["data"][0]["current_period_start"] == first_end
    once = await rig.subscription(sub.id)
    invoice = once.latest_invoice
    assert (once.status, period(once)[0]) == ("active", first_end)
    assert (invoice.billing_reason, invoice.status) == ("subscription_cycle", "paid")
    assert (invoice.amount_paid, invoice.created) == (10_000, first_end)
    assert invoice.number.endswith("-0002")
    (line,) = invoice.lines.data
    assert (line.period.start, line.period.end) == period(once)
    await rig.forget_events()
    await rig.advance_to(period(once)[1], seconds=1)
    assert await rig.delivered() == RENEWED
    listed = await rig.api.v1.invoices.list_async({"subscription": sub.id, "status": "paid"})
    assert [each.billing_reason for each in listed.data] == [
        "subscription_cycle",
        "subscription_cycle",
        "subscription_create",
    ]
    assert len((await rig.api.v1.charges.list_async({"customer": sub.customer.id})).data) == 3


async def test_a_long_jump_renews_each_month_as_of_its_own_moment(rig: Rig) -> None:
    january = datetime(rig.clock.now().year + 1, 1, 31, 12, tzinfo=UTC)
    await rig.advance_to(int(january.timestamp()))
    sub = await rig.subscribed((await rig.price()).id)
    await rig.advance_to(period(sub)[1], days=70)
    invoices = (await rig.api.v1.invoices.list_async({"subscription": sub.id})).data
    starts = [
        datetime.fromtimestamp(invoice.lines.data[0].period.start, UTC) for invoice in invoices
    ]
    assert [(start.month, start.day) for start in reversed(starts)] == [
        (1, 31),
        (2, 28 if january.year % 4 else 29),
        (3, 31),
        (4, 30),
    ]
    assert [invoice.created for invoice in invoices] == [int(start.timestamp()) for start in starts]
    assert await rig.delivered() == RENEWED * 3


async def test_a_yearly_plan_renews_after_a_year(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price(interval="year")).id)
    await rig.advance(days=364)
    assert await rig.delivered() == []
    await rig.advance(days=3)
    assert await rig.delivered() == RENEWED
    assert period(await rig.subscription(sub.id))[0] == period(sub)[1]


async def test_a_trial_is_announced_and_becomes_paid(rig: Rig) -> None:
    sub = await on_trial(rig)
    await rig.advance_to(sub.trial_end, days=-3, seconds=-2)
    assert await rig.delivered() == []
    await rig.advance_to(sub.trial_end, days=-3, seconds=1)
    await rig.sandbox.tick()
    assert await rig.delivered() == ["customer.subscription.trial_will_end"]
    await rig.forget_events()
    await rig.advance_to(sub.trial_end, seconds=1)
    assert await rig.delivered() == RENEWED
    before = rig.receiver.events[0]["data"]["previous_attributes"]
    assert before["status"] == "trialing"
    paid = await rig.subscription(sub.id)
    assert (paid.status, period(paid)[0]) == ("active", sub.trial_end)
    assert (paid.latest_invoice.amount_paid, paid.trial_end) == (10_000, sub.trial_end)


async def test_a_trial_whose_first_charge_fails_is_past_due(rig: Rig) -> None:
    sub = await on_trial(rig, FAILS_LATER)
    await rig.advance_to(sub.trial_end, seconds=1)
    assert await rig.delivered() == [
        "customer.subscription.trial_will_end",
        UPDATED,
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        *REFUSED,
        UPDATED,
    ]
    assert (await rig.subscription(sub.id)).status == "past_due"


@pytest.mark.parametrize(
    ("behaviour", "status", "events"),
    [
        ("cancel", "canceled", ["customer.subscription.deleted"]),
        ("pause", "paused", ["customer.subscription.paused"]),
        (
            "create_invoice",
            "past_due",
            [
                UPDATED,
                "invoice.created",
                "invoice.finalized",
                "payment_intent.created",
                "invoice.payment_failed",
                UPDATED,
            ],
        ),
    ],
)
async def test_a_trial_without_a_card_ends_as_it_was_told_to(
    rig: Rig, behaviour: str, status: str, events: list[str]
) -> None:
    settings = {"end_behavior": {"missing_payment_method": behaviour}}
    sub = await on_trial(rig, "", trial_settings=settings)
    await rig.advance_to(sub.trial_end, seconds=1)
    assert (await rig.delivered())[1:] == events
    ended = await rig.subscription(sub.id)
    assert ended.status == status
    if status == "paused":
        why = ended.status_details.paused.subscription.type
        assert why == "trial_end_without_payment_method"
        rig.sandbox.set_card(ended.customer.id, "4242424242424242")
        rig.sandbox.resume_subscription(sub.id)
        resumed = await rig.subscription(sub.id)
        assert (resumed.status, resumed.latest_invoice.amount_paid) == ("active", 10_000)


async def test_a_failed_renewal_is_retried_after_3_5_and_7_days_and_then_ends(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    rig.sandbox.set_card(sub.customer.id, FAILS_LATER)
    await rig.forget_events()
    due = period(sub)[1]
    await rig.advance_to(due, seconds=1)
    assert await rig.delivered() == [
        UPDATED,
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        *REFUSED,
        UPDATED,
    ]
    assert rig.receiver.events[-1]["data"]["previous_attributes"] == {"status": "active"}
    late = await rig.subscription(sub.id)
    invoice = late.latest_invoice
    assert (late.status, invoice.status, invoice.attempt_count) == ("past_due", "open", 1)
    assert invoice.next_payment_attempt == due + 3 * DAY
    assert (invoice.amount_remaining, invoice.amount_paid) == (10_000, 0)
    (payment,) = invoice.payments.data
    assert (payment.status, payment.amount_paid) == ("open", None)
    intent = await rig.api.v1.payment_intents.retrieve_async(payment.payment.payment_intent)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.decline_code == "generic_decline"
    for attempts, (days, following) in enumerate([(3, 8), (8, 15)], start=2):
        await rig.forget_events()
        await rig.advance_to(due, days=days, seconds=1)
        assert await rig.delivered() == REFUSED
        tried = (await rig.subscription(sub.id)).latest_invoice
        assert (tried.attempt_count, tried.id) == (attempts, invoice.id)
        assert tried.next_payment_attempt == due + following * DAY
    await rig.forget_events()
    await rig.advance_to(due, days=15, seconds=1)
    assert await rig.delivered() == [*REFUSED, "customer.subscription.deleted"]
    over = await rig.subscription(sub.id)
    assert (over.status, over.ended_at) == ("canceled", due + 15 * DAY)
    assert over.cancellation_details.reason == "payment_failed"
    left = over.latest_invoice
    assert (left.status, left.attempt_count, left.next_payment_attempt) == ("open", 4, None)
    await rig.forget_events()
    await rig.advance(days=60)
    assert await rig.delivered() == []
    assert rig.sandbox.pay_invoice(left.id, "4242424242424242").result is Result.PAID
    assert (await rig.subscription(sub.id)).status == "canceled"


async def test_one_jump_over_all_retries_ends_at_the_same_moment(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    rig.sandbox.set_card(sub.customer.id, FAILS_LATER)
    await rig.advance(days=200)
    over = await rig.subscription(sub.id)
    assert (over.status, over.ended_at) == ("canceled", period(sub)[1] + 15 * DAY)
    assert len((await rig.api.v1.invoices.list_async({"subscription": sub.id})).data) == 2


async def test_a_new_card_pays_at_the_next_retry(rig: Rig) -> None:
    sub = await failing(rig)
    rig.sandbox.set_card(sub.customer.id, "5555555555554444")
    await rig.delivered()
    await rig.forget_events()
    await rig.advance(days=3)
    assert await rig.delivered() == [*CHARGED[1:], UPDATED]
    paid = await rig.subscription(sub.id)
    assert (paid.status, paid.latest_invoice.attempt_count) == ("active", 1)
    assert paid.latest_invoice.next_payment_attempt is None
    await rig.forget_events()
    await rig.advance(days=7)
    assert await rig.delivered() == []


async def test_paying_the_open_invoice_makes_the_subscription_active(rig: Rig) -> None:
    sub = await failing(rig)
    invoice = sub.latest_invoice
    refused = rig.sandbox.pay_invoice(invoice.id)
    assert refused == Attempt(Result.DECLINED, "Your card was declined.")
    assert await rig.delivered() == REFUSED
    unchanged = (await rig.subscription(sub.id)).latest_invoice
    assert unchanged.next_payment_attempt == invoice.next_payment_attempt
    assert unchanged.attempt_count == 1
    await rig.forget_events()
    assert rig.sandbox.pay_invoice(invoice.id, ASKS) == Attempt(Result.PAID)
    assert await rig.delivered() == [*CHARGED[1:], UPDATED]
    assert (await rig.subscription(sub.id)).status == "active"
    assert rig.sandbox.pay_invoice(invoice.id) == Attempt(Result.CLOSED)
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        await rig.api.v1.invoices.pay_async(invoice.id)


async def test_the_api_pays_an_invoice_with_the_kept_card_only(rig: Rig) -> None:
    sub = await failing(rig)
    invoice = sub.latest_invoice.id
    with pytest.raises(stripe.CardError) as refused:
        await rig.api.v1.invoices.pay_async(invoice)
    assert refused.value.error is not None
    assert (refused.value.code, refused.value.error.decline_code) == (
        "card_declined",
        "generic_decline",
    )
    rig.sandbox.set_card(sub.customer.id, ASKS)
    with pytest.raises(stripe.CardError) as asked:
        await rig.api.v1.invoices.pay_async(invoice)
    assert asked.value.code == "invoice_payment_intent_requires_action"
    paid = await rig.api.v1.invoices.pay_async(invoice, {"off_session": False})
    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    assert (await rig.subscription(sub.id)).status == "active"


async def test_an_invoice_without_a_kept_card_waits_for_one(rig: Rig) -> None:
    sub = await on_trial(rig, "")
    await rig.advance_to(sub.trial_end, seconds=1)
    invoice = (await rig.subscription(sub.id)).latest_invoice
    with pytest.raises(stripe.InvalidRequestError, match="no card to charge"):
        await rig.api.v1.invoices.pay_async(invoice.id)
    assert rig.sandbox.pay_invoice(invoice.id, FAILS_LATER).result is Result.DECLINED
    with pytest.raises(stripe.InvalidRequestError, match="no card to charge"):
        await rig.api.v1.invoices.pay_async(invoice.id)
    rig.sandbox.set_card(sub.customer.id, "4242424242424242")
    assert (await rig.api.v1.invoices.pay_async(invoice.id)).status == "paid"
    assert (await rig.subscription(sub.id)).status == "active"


async def test_a_free_plan_renews_without_a_payment(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price(0)).id)
    assert (sub.status, sub.latest_invoice.status) == ("active", "paid")
    await rig.advance_to(period(sub)[1], seconds=1)
    assert await rig.delivered() == [
        UPDATED,
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
    ]
    assert (await rig.api.v1.charges.list_async()).data == []


async def test_a_card_that_asks_every_time_cannot_renew_alone(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    rig.sandbox.set_card(sub.customer.id, ASKS)
    await rig.forget_events()
    await rig.advance_to(period(sub)[1], seconds=1)
    assert await rig.delivered() == [
        UPDATED,
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "payment_intent.requires_action",
        "invoice.payment_action_required",
        "invoice.payment_failed",
        UPDATED,
    ]
    late = await rig.subscription(sub.id)
    (payment,) = late.latest_invoice.payments.data
    intent = await rig.api.v1.payment_intents.retrieve_async(payment.payment.payment_intent)
    assert (late.status, intent.status) == ("past_due", "requires_action")
    assert rig.sandbox.pay_invoice(late.latest_invoice.id).result is Result.PAID
    assert (await rig.subscription(sub.id)).status == "active"


async def test_a_subscription_whose_first_payment_fails_lapses_after_23_hours(rig: Rig) -> None:
    price = await rig.price()
    sub = await rig.subscribed(price.id, FAILS_LATER)
    assert (sub.status, sub.latest_invoice.status) == ("incomplete", "open")
    assert sub.latest_invoice.next_payment_attempt is None
    await rig.advance(hours=24)
    assert await rig.delivered() == [UPDATED, "payment_intent.canceled", "invoice.voided"]
    lapsed = await rig.subscription(sub.id)
    assert (lapsed.status, lapsed.latest_invoice.status) == ("incomplete_expired", "void")
    assert lapsed.latest_invoice.payments.data[0].status == "canceled"
    other = await rig.subscribed(price.id, FAILS_LATER)
    assert rig.sandbox.pay_invoice(other.latest_invoice.id, "4242424242424242").result == "paid"
    assert (await rig.subscription(other.id)).status == "active"


async def test_a_weekly_plan_goes_on_while_a_retry_is_open(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price(interval="week")).id)
    rig.sandbox.set_card(sub.customer.id, FAILS_LATER)
    await rig.advance_to(period(sub)[1], days=9)
    invoices = (await rig.api.v1.invoices.list_async({"status": "open"})).data
    assert [invoice.attempt_count for invoice in invoices] == [1, 3]
    assert (await rig.subscription(sub.id)).status == "past_due"
    assert rig.sandbox.pay_invoice(invoices[1].id, "4242424242424242").result is Result.PAID
    assert (await rig.subscription(sub.id)).status == "past_due"
    assert rig.sandbox.pay_invoice(invoices[0].id, "4242424242424242").result is Result.PAID
    assert (await rig.subscription(sub.id)).status == "active"


async def test_a_paused_subscription_is_not_billed_until_it_resumes(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    paused = rig.sandbox.pause_subscription(sub.id)
    assert paused["status"] == "paused"
    assert paused["status_details"]["paused"]["subscription"] == {"type": "pause_requested"}
    assert rig.sandbox.resume_subscription(sub.id)["status"] == "active"
    assert await rig.delivered() == [
        "customer.subscription.paused",
        "customer.subscription.resumed",
    ]
    same = await rig.subscription(sub.id)
    assert (period(same), same.status_details) == (period(sub), None)
    rig.sandbox.pause_subscription(sub.id)
    await rig.forget_events()
    await rig.advance(days=100)
    assert await rig.delivered() == []
    rig.sandbox.resume_subscription(sub.id)
    assert await rig.delivered() == [
        "customer.subscription.resumed",
        "invoice.created",
        "invoice.finalized",
        *CHARGED,
    ]
    again = await rig.subscription(sub.id)
    now = int(rig.clock.now().timestamp())
    assert (again.status, again.latest_invoice.amount_paid) == ("active", 10_000)
    assert now - 5 <= period(again)[0] <= now
    with pytest.raises(ApiError, match="Only a paused"):
        rig.sandbox.resume_subscription(sub.id)


async def test_a_declined_card_is_not_kept(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    with pytest.raises(ApiError, match="declined") as refused:
        rig.sandbox.set_card(sub.customer.id, "4000000000000002")
    assert refused.value.status == 402
    assert await rig.delivered() == []
    rig.sandbox.set_card(sub.customer.id, FAILS_LATER)
    assert await rig.delivered() == ["payment_method.attached", "customer.updated", UPDATED]
    rig.sandbox.cancel_subscription(sub.id)
    await rig.forget_events()
    rig.sandbox.set_card(sub.customer.id, "5555555555554444")
    assert await rig.delivered() == ["payment_method.attached", "customer.updated"]


async def test_subscriptions_survive_a_restart(tmp_path: Any) -> None:
    async with running(tmp_path / "stripe.db") as before:
        sub = await before.subscribed((await before.price()).id)
    async with running(tmp_path / "stripe.db") as after:
        await after.advance_to(period(sub)[1], seconds=1)
        assert await after.delivered() == RENEWED
