"""Money of a plan that goes back, is disputed, came twice, or was not asked for by any plan."""

from typing import Any

import pytest

from sandbox.stripe.app import SECRET_KEY
from services import plan_payments
from tests.stories.subscriber import (
    DAY,
    FAILING_CARD,
    FOR_GOOD,
    INNER_CIRCLE,
    MENTORING_PLAN,
    STARTER,
    YEARLY,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import World

OPERATOR = "operator@example.com"
RETURNED = "Payment returned: Mentoring"
TWICE = "You had this plan already."


async def charge_of(world: World, nth: int) -> str:
    """The charge of a payment, counted from the oldest, 0, or from the newest, -1."""
    rows = await world.rows("select stripe_charge_id from public.payments order by created_at, id")
    return str(rows[nth][0])


async def refunds(who: Subscriber, nth: int, amount: int | None = None) -> None:
    """The operator returns a payment in Stripe's dashboard."""
    charge = await charge_of(who.world, nth)
    who.world.sandbox.stripe.dashboard_refund(charge, amount)
    await who.comes_to_rest()


async def disputed(who: Subscriber, nth: int = -1) -> str:
    """The payer's bank takes a payment back for now; the dispute's id."""
    dispute = who.world.sandbox.stripe.dispute(await charge_of(who.world, nth))
    await who.comes_to_rest()
    return str(dispute["id"])


async def asked_why(world: World) -> list[str]:
    """What the operator was asked about plans, oldest first, ids of payments left out."""
    rows = await world.rows(
        "select message from private.error_logs where source = 'plans' order by created_at, id"
    )
    return [row[0].rpartition(": ")[2] for row in rows]


async def rows_of_plan(world: World) -> list[tuple[str, bool]]:
    """Status of each subscription and whether it is a second one, by status."""
    rows = await world.rows("select status, duplicate_of is not null from public.subscriptions")
    return sorted((row[0], row[1]) for row in rows)


def at_stripe(world: World) -> list[str]:
    """Status of each subscription at Stripe, oldest first."""
    return [each["status"] for each in reversed(world.sandbox.stripe.subscriptions())]


async def subscribed_again_at_stripe(who: Subscriber, plan: str = MENTORING_PLAN) -> Any:
    """Somebody subscribes the customer once more, in Stripe's dashboard."""
    price = await who.world.row(
        "select stripe_price_id from private.plan_prices where plan_id = $1", plan
    )
    customer = (await who.at_stripe())["customer"]
    made = who.world.sandbox.stripe.subscribe(customer, price[0])
    await who.comes_to_rest()
    return made


async def two_open_pages(who: Subscriber) -> tuple[str, str]:
    """The first page ended in our eyes, and Stripe goes on showing it.

    Happens when Stripe's own clock runs behind ours: here the row is closed by hand.
    """
    old = await who.opens()
    await who.world.rows("update private.checkouts set status = 'EXPIRED'")
    return old, await who.opens()


def told_last(world: World) -> str:
    """The text of the newest mail to the client, as one line."""
    return " ".join(world.sandbox.inbox.to("demo@example.com")[-1].text.split())


async def test_the_current_period_returned_ends_what_it_gave_until_the_next_is_paid(
    world: World,
) -> None:
    who = await subscribes(world)
    await refunds(who, -1)
    assert await who.status() == "ACTIVE"  # Stripe goes on with it until somebody ends it there
    assert await who.is_entitled() is await who.has_paid() is False
    [paid] = await who.payments()
    assert (paid["outcome"], paid["refunded"]) == ("REFUNDED", {"amountMinor": 10000})
    assert who.mails()[1:] == [RETURNED]

    await who.renews()
    assert await who.is_entitled() is await who.has_paid() is True
    assert await who.outcomes() == [(10000, "REFUNDED"), (10000, "FULFILLED")]
    assert who.mails()[1:] == [RETURNED]


async def test_a_grace_is_not_for_who_got_the_last_period_back(world: World) -> None:
    who = await subscribes(world)
    await refunds(who, -1)
    await who.changes_card(FAILING_CARD)
    await who.renews()
    assert await who.status() == "PAST_DUE"
    assert await who.is_entitled() is await who.has_paid() is False


async def test_an_old_period_returned_changes_nothing_now(world: World) -> None:
    who = await subscribes(world)
    await who.renews()
    await refunds(who, 0)
    assert await who.outcomes() == [(10000, "REFUNDED"), (10000, "FULFILLED")]
    assert (await who.entitlements())["creditsLeft"] == 2
    assert await who.has_paid() is True
    assert await who.status() == "ACTIVE"


async def test_a_part_returned_changes_nothing_but_the_history(world: World) -> None:
    who = await subscribes(world)
    await refunds(who, -1, 4000)
    [paid] = await who.payments()
    assert (paid["outcome"], paid["refunded"]) == ("FULFILLED", {"amountMinor": 4000})
    assert await who.is_entitled() is await who.has_paid() is True
    assert who.mails()[1:] == []
    await refunds(who, -1)
    assert await who.is_entitled() is False
    assert who.mails()[1:] == [RETURNED]


async def test_a_refund_that_the_bank_does_not_take_gives_back_what_it_took_away(
    world: World,
) -> None:
    who = will_subscribe(world)
    await who.pays(await who.opens(), "4000000000005126")
    await refunds(who, -1)
    assert await who.is_entitled() is False
    [refund] = await world.rows("select stripe_refund_id from private.refunds")
    world.sandbox.stripe.settle_refund(refund[0])
    await who.comes_to_rest()
    assert await who.is_entitled() is await who.has_paid() is True
    assert (await who.payments())[0]["refunded"] == {"amountMinor": 0}
    assert (await who.payments())[0]["outcome"] == "WAITING"
    assert len(world.mails(OPERATOR)) == 1


async def test_what_was_paid_once_and_returned_is_over_and_can_be_bought_again(
    world: World,
) -> None:
    who = await subscribes(world, FOR_GOOD)
    await refunds(who, -1)
    assert await who.status() == "CANCELED"
    assert await who.is_entitled() is await who.has_paid() is False
    assert await who.outcomes() == [(12000, "REFUNDED")]

    await who.pays(await who.opens())
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is await who.has_paid() is True
    assert await rows_of_plan(world) == [("ACTIVE", False), ("CANCELED", False)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_paid_once_by_two_pages_the_second_payment_goes_back_and_the_plan_stays(
    world: World, order: tuple[int, int]
) -> None:
    who = will_subscribe(world, FOR_GOOD)
    pages = await two_open_pages(who)
    for nth in order:
        await who.pays(pages[nth])
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(12000, "FULFILLED"), (12000, "REFUNDED")]
    assert (await who.payments())[1]["outcomeReason"] == TWICE
    assert await who.is_entitled() is await who.has_paid() is True
    assert (await who.entitlements())["channels"] != []
    assert len(who.mails()) == 2
    assert "We have returned the second payment in full; your plan stands." in told_last(world)


async def test_a_dispute_ends_what_was_paid_for_and_one_that_is_won_gives_it_back(
    world: World,
) -> None:
    who = await subscribes(world)
    dispute = await disputed(who)
    assert await who.is_entitled() is await who.has_paid() is False
    assert (await who.payments())[0]["disputed"] is True
    assert await asked_why(world) == ["answer it in Stripe's dashboard."]
    assert len(world.mails(OPERATOR)) == 1

    world.sandbox.stripe.close_dispute(dispute, won=True)
    await who.comes_to_rest()
    assert await who.is_entitled() is await who.has_paid() is True
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert len(world.mails(OPERATOR)) == 1
    assert who.mails()[1:] == []


async def test_a_dispute_that_is_lost_stays_until_another_period_is_paid(world: World) -> None:
    who = await subscribes(world)
    world.sandbox.stripe.close_dispute(await disputed(who), won=False)
    await who.comes_to_rest()
    assert await who.is_entitled() is await who.has_paid() is False
    assert len(world.mails(OPERATOR)) == 1
    await who.renews()
    assert await who.is_entitled() is await who.has_paid() is True


async def test_a_dispute_about_an_old_period_changes_nothing_but_is_told(world: World) -> None:
    who = await subscribes(world)
    await who.renews()
    await disputed(who, 0)
    assert await who.is_entitled() is await who.has_paid() is True
    assert len(world.mails(OPERATOR)) == 1


async def test_a_card_disputed_at_once_never_keeps_anything(world: World) -> None:
    who = will_subscribe(world)
    await who.pays(await who.opens(), "4000000000000259")
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is await who.has_paid() is False
    assert len(world.mails(OPERATOR)) == 1


async def test_a_second_subscription_to_a_plan_is_ended_and_its_money_returned(
    world: World,
) -> None:
    who = await subscribes(world)
    first = await who.subscription()
    await subscribed_again_at_stripe(who)
    assert at_stripe(world) == ["active", "canceled"]
    assert await rows_of_plan(world) == [("ACTIVE", False), ("CANCELED", True)]
    assert await who.subscription() == first
    assert await who.is_entitled() is await who.has_paid() is True
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, "REFUNDED")]
    assert (await who.payments())[1]["outcomeReason"] == TWICE
    assert who.mails()[1:] == [RETURNED]
    assert await who.told() == ["SUBSCRIPTION_STARTED", "PLAN_PAYMENT_RETURNED"]
    assert world.mails(OPERATOR) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_of_two_pages_that_were_paid_the_first_payment_counts(
    world: World, order: tuple[int, int]
) -> None:
    who = will_subscribe(world)
    pages = await two_open_pages(who)
    await who.pays(pages[order[0]])
    first = await who.subscription()
    await who.pays(pages[order[1]])
    assert await who.subscription() == first
    assert at_stripe(world) == ["active", "canceled"]
    assert await rows_of_plan(world) == [("ACTIVE", False), ("CANCELED", True)]
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, "REFUNDED")]
    assert await who.is_entitled() is True
    assert who.mails()[1:] == [RETURNED]


async def test_two_pages_paid_before_any_webhook_leave_one_subscription(world: World) -> None:
    who = will_subscribe(world)
    pages = await two_open_pages(who)
    world.sandbox.stripe.deliveries.hold()
    for page in pages:
        world.sandbox.stripe.pay(page)
    world.sandbox.stripe.deliveries.release()
    await who.comes_to_rest()
    assert sorted(at_stripe(world)) == ["active", "canceled"]
    assert await rows_of_plan(world) == [("ACTIVE", False), ("CANCELED", True)]
    assert sorted(await who.outcomes()) == [(10000, "FULFILLED"), (10000, "REFUNDED")]
    assert await who.is_entitled() is True


async def test_a_second_subscription_of_which_was_heard_late_is_ended_then(world: World) -> None:
    who = await subscribes(world)
    world.sandbox.stripe.deliveries.plan("drop", 1000)
    await subscribed_again_at_stripe(who)
    assert await rows_of_plan(world) == [("ACTIVE", False)]
    world.sandbox.stripe.deliveries.clear_plans()
    world.sandbox.stripe.cancel_subscription(
        world.sandbox.stripe.subscriptions()[0]["id"], at_period_end=True
    )
    await who.comes_to_rest()
    assert at_stripe(world) == ["active", "canceled"]
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, "REFUNDED")]


async def test_after_the_first_has_ended_a_second_one_begun_at_stripe_counts(world: World) -> None:
    who = await subscribes(world)
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await who.comes_to_rest()
    await subscribed_again_at_stripe(who)
    assert await rows_of_plan(world) == [("ACTIVE", False), ("CANCELED", False)]
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2
    assert await who.is_entitled() is True


async def test_a_second_one_made_by_a_change_of_plan_is_left_to_a_human(world: World) -> None:
    who = await subscribes(world)
    starter = await subscribes(world, STARTER)
    await starter.renews()
    price = (await who.at_stripe())["items"]["data"][0]["price"]["id"]
    world.sandbox.stripe.change_plan((await starter.at_stripe())["id"], price)
    await who.comes_to_rest()
    assert at_stripe(world) == ["active", "active"]
    assert await rows_of_plan(world) == [("ACTIVE", False), ("ACTIVE", True)]
    assert await asked_why(world) == ["It is to a plan that its owner has already."]
    assert len(world.mails(OPERATOR)) == 1
    assert (await who.entitlements())["creditsLeft"] == 2
    assert sorted(await who.outcomes()) == [
        (5000, "FULFILLED"),
        (5000, "REFUNDED"),  # what the change cost was for nothing
        (10000, "FULFILLED"),
    ]
    await world.time_passes(2 * DAY)
    await world.time_passes(2 * DAY)
    assert len(world.mails(OPERATOR)) == 1
    assert at_stripe(world) == ["active", "active"]


async def test_each_second_one_made_by_a_change_of_plan_is_written_down(world: World) -> None:
    who = await subscribes(world)
    price = (await who.at_stripe())["items"]["data"][0]["price"]["id"]
    for plan in (YEARLY, INNER_CIRCLE):
        changed = await (await subscribes(world, plan)).at_stripe()
        world.sandbox.stripe.change_plan(changed["id"], price)
        await who.comes_to_rest()
    rows = await world.rows(
        "select s.id from public.subscriptions s join private.error_logs e "
        "on e.subscription_id = s.id where s.duplicate_of is not null and e.source = 'plans'"
    )
    assert len({row["id"] for row in rows}) == 2
    assert len(world.mails(OPERATOR)) == 2


async def foreign_price(world: World) -> str:
    """A price that somebody made in Stripe's dashboard."""
    address = f"{world.base}/sandbox/stripe/v1"
    headers = {"authorization": f"Bearer {SECRET_KEY}"}
    product = await world.http.post(
        f"{address}/products", data={"name": "Special"}, headers=headers
    )
    form = {
        "product": product.json()["id"],
        "currency": "usd",
        "unit_amount": "25000",
        "recurring[interval]": "month",
    }
    price = await world.http.post(f"{address}/prices", data=form, headers=headers)
    return str(price.json()["id"])


async def test_what_is_paid_for_a_price_of_nobodys_waits_for_a_human(world: World) -> None:
    who = await subscribes(world)
    ours = (await who.at_stripe())["items"]["data"][0]["price"]["id"]
    subscription_id = (await who.at_stripe())["id"]
    world.sandbox.stripe.change_plan(subscription_id, await foreign_price(world))
    await who.comes_to_rest()
    data = await world.client.asks(
        "{ mySubscription { status plan { id } price { amountMinor } } }"
    )
    assert data["mySubscription"] == {
        "status": "ACTIVE",
        "plan": None,
        "price": {"amountMinor": 25000},
    }
    assert await who.is_entitled() is False
    assert await who.outcomes() == [(10000, "FULFILLED"), (15000, "WAITING")]
    assert (await who.payments())[1]["outcomeReason"] == plan_payments.FOREIGN_PRICE
    assert await asked_why(world) == [plan_payments.FOREIGN_PRICE]
    assert len(world.mails(OPERATOR)) == 1

    world.sandbox.stripe.change_plan(subscription_id, ours)
    await who.comes_to_rest()
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is True


async def test_a_price_that_names_our_plan_is_that_plan(world: World) -> None:
    """Made in Stripe's dashboard, or by an installation before: the price says whose it is."""
    who = await subscribes(world)
    await world.rows("delete from private.plan_prices")
    await who.renews()
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is True
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2


async def test_a_subscription_of_a_customer_of_nobodys_is_not_ours(world: World) -> None:
    who = await subscribes(world)
    price = (await who.at_stripe())["items"]["data"][0]["price"]["id"]
    answer = await world.http.post(
        f"{world.base}/sandbox/stripe/v1/customers",
        data={"email": "somebody@else.example"},
        headers={"authorization": f"Bearer {SECRET_KEY}"},
    )
    world.sandbox.stripe.subscribe(answer.json()["id"], price)
    await who.comes_to_rest()
    assert await rows_of_plan(world) == [("ACTIVE", False)]
    assert len(await who.payments()) == 1
    assert at_stripe(world) == ["active", "active"]
    assert world.mails(OPERATOR) == []
