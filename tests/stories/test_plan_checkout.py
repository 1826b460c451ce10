"""Buying a plan: one open page and one customer, whatever happens on the way to the payment."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from tests.stories.subscriber import (
    DAY,
    FOR_GOOD,
    MENTORING_PLAN,
    STARTER,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import MENTORING, World

MINUTE = timedelta(minutes=1)


def sessions(world: World) -> Counter[str]:
    """How many of Stripe's sessions are in which state."""
    return Counter(each["status"] for each in world.sandbox.stripe.sessions())


def customers(world: World) -> int:
    made = Counter(each["event"]["type"] for each in world.sandbox.stripe.events())
    return made["customer.created"]


async def orders(world: World) -> int:
    return len(await world.rows("select from public.subscriptions"))


async def reprices(world: World, plan: str, price_minor: int) -> None:
    await world.rows("update public.plans set price_minor = $2 where id = $1", plan, price_minor)


async def test_fifty_at_once_get_one_page_of_one_customer(world: World) -> None:
    who = will_subscribe(world)
    opened = await asyncio.gather(*(who.opens() for _ in range(50)))
    assert len(set(opened)) == 1
    assert sessions(world) == {"open": 1}
    assert customers(world) == 1
    assert await orders(world) == 1
    await who.pays(opened[0])
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert await orders(world) == 1


async def test_fifty_at_once_in_two_forms_leave_one_page_open(world: World) -> None:
    who = will_subscribe(world)
    payloads = await asyncio.gather(
        *(who.asks(uiMode=("HOSTED", "EMBEDDED")[n % 2]) for n in range(50))
    )
    codes = {error["code"] for payload in payloads for error in payload["errors"]}
    assert codes <= {"PAYMENT_PROVIDER_UNAVAILABLE"}  # "the same request may be sent again"
    assert sessions(world)["open"] == customers(world) == await orders(world) == 1
    [still_open] = [
        each["id"] for each in world.sandbox.stripe.sessions() if each["status"] == "open"
    ]
    ids = {payload["checkout"]["sessionId"] for payload in payloads if payload["checkout"]}
    assert still_open in ids
    await who.pays(still_open)
    assert await who.status() == "ACTIVE"


async def test_two_people_at_once_get_a_page_each(world: World) -> None:
    mine = will_subscribe(world)
    theirs = Subscriber(world, world.other, MENTORING_PLAN)
    opened = await asyncio.gather(*(who.opens() for who in [mine, theirs] * 10))
    assert Counter(opened) == {opened[0]: 10, opened[1]: 10}
    assert customers(world) == await orders(world) == 2
    prices = await world.rows("select stripe_price_id from private.plan_prices")
    assert len(prices) == 1
    await theirs.pays(opened[1])
    assert (await theirs.status(), await mine.status()) == ("ACTIVE", None)


async def test_asked_again_it_is_the_same_page_until_it_has_ended(world: World) -> None:
    who = will_subscribe(world)
    first = await who.opens()
    await world.time_passes(timedelta(hours=11))
    assert await who.opens() == first
    assert await who.opens(idempotencyKey="tap-1") == first
    await world.time_passes(timedelta(hours=1, minutes=2))
    second = await who.opens()
    assert second != first
    assert sessions(world) == {"open": 1, "expired": 1}
    assert await orders(world) == 1
    assert await who.subscription() == {}


async def test_another_form_closes_the_page_before(world: World) -> None:
    who = will_subscribe(world)
    hosted = await who.asks()
    assert hosted["checkout"]["url"].startswith(world.base)
    assert hosted["checkout"]["clientSecret"] is hosted["booking"] is None
    assert hosted["subscription"]["status"] == "INCOMPLETE"
    embedded = await who.asks(uiMode="EMBEDDED")
    assert embedded["checkout"]["url"] is None
    assert embedded["checkout"]["clientSecret"].startswith(embedded["checkout"]["sessionId"])
    assert embedded["subscription"] == hosted["subscription"]
    assert sessions(world) == {"open": 1, "expired": 1}


async def test_who_has_the_plan_is_not_sold_it_again(world: World) -> None:
    who = await subscribes(world)
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]
    assert await who.refusal(uiMode="EMBEDDED") == ["ALREADY_SUBSCRIBED"]
    assert sessions(world) == {"complete": 1}
    assert await orders(world) == 1


async def test_who_has_paid_is_not_sold_it_again_though_no_webhook_came(world: World) -> None:
    who = will_subscribe(world)
    session_id = await who.opens()
    world.sandbox.stripe.deliveries.plan("drop", 100)
    await who.pays(session_id)
    assert await who.subscription() == {}
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")]


async def test_what_is_not_on_sale_is_not_found(world: World) -> None:
    await world.rows("update public.plans set active = false where id = $1", STARTER)
    assert await will_subscribe(world, STARTER).refusal() == ["NOT_FOUND"]
    assert await will_subscribe(world, MENTORING).refusal() == ["NOT_FOUND"]
    assert await will_subscribe(world, "no-uuid").refusal() == ["VALIDATION"]
    assert world.sandbox.stripe.sessions() == []
    assert customers(world) == await orders(world) == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"returnUrl": "https://evil.example/"}, "returnUrl"),
        ({"cancelUrl": "https://evil.example/"}, "cancelUrl"),
    ],
)
async def test_a_page_that_would_lead_elsewhere_is_refused(
    world: World, given: dict[str, str], field: str
) -> None:
    payload = await will_subscribe(world).asks(**given)
    [error] = payload["errors"]
    assert (error["code"], error["field"]) == ("RETURN_URL_REFUSED", field)
    assert payload["checkout"] is None
    assert await orders(world) == 0


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_while_stripe_is_down_nothing_is_begun_twice(world: World) -> None:
    who = will_subscribe(world)
    world.sandbox.faults.plan("stripe", Fault(FaultKind.FAIL), 3)
    assert await who.refusal() == ["PAYMENT_PROVIDER_UNAVAILABLE"]
    assert world.sandbox.stripe.sessions() == []
    world.sandbox.faults.clear()
    await who.pays(await who.opens())
    assert await who.status() == "ACTIVE"
    assert sessions(world) == {"complete": 1}
    assert customers(world) == await orders(world) == 1


@pytest.mark.usefixtures("impatient_stripe_sdk")
@pytest.mark.parametrize("calls_that_succeed", range(4))
async def test_an_answer_of_stripe_that_is_lost_makes_nothing_twice(
    world: World, calls_that_succeed: int
) -> None:
    """The customer, the product, the price, the session: whichever answer it is."""
    who = will_subscribe(world)
    world.sandbox.faults.plan("stripe", Fault(FaultKind.DELAY), calls_that_succeed)
    world.sandbox.faults.plan("stripe", Fault(FaultKind.LOSE_ANSWER))
    session_id = await who.opens()
    assert await who.opens() == session_id
    assert [each["id"] for each in world.sandbox.stripe.sessions()] == [session_id]
    made = Counter(each["event"]["type"] for each in world.sandbox.stripe.events())
    assert (made["customer.created"], made["product.created"], made["price.created"]) == (1, 1, 1)
    assert await orders(world) == 1


@pytest.mark.parametrize(("plan", "before"), [(MENTORING_PLAN, 10000), (FOR_GOOD, 12000)])
async def test_a_new_price_closes_the_page_with_the_old_one(
    world: World, plan: str, before: int
) -> None:
    who = will_subscribe(world, plan)
    old = await who.opens()
    await reprices(world, plan, before + 2000)
    new = await who.opens()
    assert new != old
    assert sessions(world) == {"open": 1, "expired": 1}
    await who.pays(new)
    assert await who.status() == "ACTIVE"
    assert (await who.subscription())["price"]["amountMinor"] == before + 2000
    assert await who.outcomes() == [(before + 2000, "FULFILLED")]


@pytest.mark.parametrize(("plan", "before"), [(MENTORING_PLAN, 10000), (FOR_GOOD, 12000)])
async def test_a_page_opened_before_the_new_price_keeps_its_word(
    world: World, plan: str, before: int
) -> None:
    who = will_subscribe(world, plan)
    old = await who.opens()
    await reprices(world, plan, before + 2000)
    await who.pays(old)
    assert (await who.subscription())["price"]["amountMinor"] == before
    assert await who.outcomes() == [(before, "FULFILLED")]
    assert await who.is_entitled() is True


async def test_a_subscription_begun_at_the_old_price_is_renewed_at_it(world: World) -> None:
    who = await subscribes(world)
    await reprices(world, MENTORING_PLAN, 15000)
    await who.renews()
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2
    assert await who.is_entitled() is True


async def test_a_customer_that_stripe_forgot_is_made_again(world: World) -> None:
    who = will_subscribe(world)
    await world.rows(
        "update public.users set stripe_customer_id = 'cus_gone' where id = $1",
        world.client.user_id,
    )
    await who.pays(await who.opens())
    assert await who.status() == "ACTIVE"
    row = await world.row(
        "select u.stripe_customer_id = s.stripe_customer_id as same, u.stripe_customer_id as id "
        "from public.users u join public.subscriptions s on s.user_id = u.id"
    )
    assert row["same"] is True
    assert row["id"] != "cus_gone"
    assert await orders(world) == 1


async def test_a_price_that_stripe_forgot_is_made_again(world: World) -> None:
    await Subscriber(world, world.other, MENTORING_PLAN).opens()
    await world.rows("update private.plan_prices set stripe_price_id = 'price_gone'")
    who = will_subscribe(world)
    await who.pays(await who.opens())
    assert await who.status() == "ACTIVE"
    [row] = await world.rows("select stripe_price_id from private.plan_prices")
    assert row[0].startswith("price_") and row[0] != "price_gone"


async def test_a_page_of_another_stripe_account_is_not_shown_again(world: World) -> None:
    who = will_subscribe(world)
    first = await who.opens()
    await world.rows("update private.checkouts set stripe_session_id = 'cs_test_elsewhere'")
    assert await who.opens() != first
    assert await orders(world) == 1


async def test_a_declined_card_begins_nothing_and_leaves_the_page_open(world: World) -> None:
    who = will_subscribe(world)
    session_id = await who.opens()
    await who.pays(session_id, "4000000000000002")
    confirmed = await who.confirms(session_id)
    assert confirmed["success"] is False
    assert [error["code"] for error in confirmed["errors"]] == ["PAYMENT_FAILED"]
    assert await who.is_entitled() is False
    assert who.mails() == []
    assert await who.opens() == session_id
    await who.pays(session_id)
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")]


async def test_without_any_webhook_confirm_booking_begins_the_plan(world: World) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 1000)
    who = will_subscribe(world)
    session_id = await who.opens()
    await who.pays(session_id)
    assert await who.subscription() == {}

    confirmed = await who.confirms(session_id)
    assert (confirmed["success"], confirmed["errors"]) == (True, [])
    assert confirmed["booking"] is None
    assert confirmed["subscription"]["status"] == "ACTIVE"
    await world.worker.drain()
    assert await who.confirms(session_id) == confirmed
    assert await world.worker.drain() == []
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert await who.told() == ["SUBSCRIPTION_STARTED"]
    assert len(who.mails()) == 1


async def test_confirm_booking_and_the_webhooks_together_begin_it_once(world: World) -> None:
    who = will_subscribe(world)
    session_id = await who.opens()
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(session_id)
    answers = await asyncio.gather(*(who.confirms(session_id) for _ in range(10)))
    assert {answer["subscription"]["status"] for answer in answers} == {"ACTIVE"}
    world.sandbox.stripe.deliveries.release()
    await who.comes_to_rest()
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert await who.told() == ["SUBSCRIPTION_STARTED"]
    assert len(who.mails()) == 1


async def test_before_the_payment_confirm_booking_says_so(world: World) -> None:
    who = will_subscribe(world)
    confirmed = await who.confirms(await who.opens())
    assert confirmed["success"] is False
    assert confirmed["subscription"]["status"] == "INCOMPLETE"
    assert [error["code"] for error in confirmed["errors"]] == ["PAYMENT_FAILED"]


async def test_paid_without_webhooks_and_nobody_comes_back_the_sweeper_finds_it(
    world: World,
) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 1000)
    who = will_subscribe(world)
    await who.pays(await who.opens())
    await world.time_passes(timedelta(hours=11))
    assert await who.subscription() == {}
    await world.time_passes(timedelta(hours=1) + MINUTE)
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is await who.has_paid() is True
    assert await who.outcomes() == [(10000, "FULFILLED")]


async def test_a_page_that_nobody_paid_ends_quietly(world: World) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 1000)
    who = will_subscribe(world)
    await who.opens()
    await world.time_passes(timedelta(hours=12) + MINUTE)
    [row] = await world.rows("select status from private.checkouts")
    assert row["status"] == "EXPIRED"
    assert (await who.subscription(), who.mails()) == ({}, [])
    world.sandbox.stripe.deliveries.clear_plans()
    await who.pays(await who.opens())
    assert await who.status() == "ACTIVE"
    assert await orders(world) == 1


async def test_what_is_paid_once_is_kept_for_good(world: World) -> None:
    who = await subscribes(world, FOR_GOOD)
    mine = await who.subscription()
    assert (mine["status"], mine["currentPeriodEnd"]) == ("ACTIVE", None)
    [paid] = await who.payments()
    assert (paid["amount"], paid["outcome"]) == ({"amountMinor": 12000}, "FULFILLED")
    assert (paid["invoiceNumber"], paid["periodEnd"]) == (None, None)
    await world.time_passes(400 * DAY)
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is await who.has_paid() is True
    assert len(await who.payments()) == 1
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]
    assert who.mails() == ["Your plan has begun: Inner circle, for good"]


async def test_a_bank_debit_for_what_is_paid_once_counts_when_it_has_settled(world: World) -> None:
    who = will_subscribe(world, FOR_GOOD)
    session_id = await who.opens()
    world.sandbox.stripe.pay(session_id, debit_account="000123456789")
    await who.comes_to_rest()
    assert await who.is_entitled() is False
    assert await who.refusal() == ["PAYMENT_PROCESSING"]
    confirmed = await who.confirms(session_id)
    assert [error["code"] for error in confirmed["errors"]] == ["PAYMENT_PROCESSING"]

    world.sandbox.stripe.settle(world.sandbox.stripe.sessions()[0]["payment_intent"])
    await who.comes_to_rest()
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(12000, "FULFILLED")]
    assert (await who.confirms(session_id))["success"] is True


async def test_after_a_bank_debit_that_failed_it_can_be_paid_again(world: World) -> None:
    who = will_subscribe(world, FOR_GOOD)
    session_id = await who.opens()
    world.sandbox.stripe.pay(session_id, debit_account="000123456789")
    world.sandbox.stripe.settle(world.sandbox.stripe.sessions()[0]["payment_intent"], ok=False)
    await who.comes_to_rest()
    assert (await who.is_entitled(), who.mails()) == (False, [])
    await who.pays(await who.opens())
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(12000, None), (12000, "FULFILLED")]
