"""What was read at Stripe and is written late, or of what is no subscription of its own."""

from uuid import UUID

from services import stripe_events, subscriptions
from services.domain.plans import Subscription
from tests.stories.plan_lives import price_of
from tests.stories.subscriber import (
    DAY,
    MENTORING_PLAN,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.stories.telegram_buyer import INNER_CIRCLE, TelegramBuyer, rests
from tests.world import World


async def reads(world: World, stripe_id: str) -> Subscription:
    """A reading of a subscription is written; its jobs wait."""
    reading = await subscriptions.read(world.app, stripe_id, invoices=3)
    async with world.app.db.transaction() as conn:
        written = await subscriptions.apply(world.app, conn, reading)
    assert written is not None
    return written


async def test_a_second_subscription_whose_money_goes_back_never_counts(world: World) -> None:
    """The first one ends before the second one was ended."""
    who = await subscribes(world)
    first = await who.at_stripe()
    mine = await who.subscription()
    world.sandbox.stripe.deliveries.hold()
    price = await price_of(world, MENTORING_PLAN)
    second = world.sandbox.stripe.subscribe(first["customer"], price)
    assert str((await reads(world, second["id"])).duplicate_of) == mine["id"]
    world.sandbox.stripe.cancel_subscription(first["id"])
    await reads(world, first["id"])
    assert str((await reads(world, second["id"])).duplicate_of) == mine["id"]
    assert await who.is_entitled() is False

    await world.worker.drain()
    statuses = [each["status"] for each in world.sandbox.stripe.subscriptions()]
    assert statuses == ["canceled", "canceled"]
    world.sandbox.stripe.deliveries.release()
    await who.comes_to_rest()
    await world.time_passes(2 * DAY)
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, "REFUNDED")]
    assert await who.is_entitled() is await who.has_paid() is False
    assert (await who.told()).count("SUBSCRIPTION_STARTED") == 1


async def test_an_old_reading_of_a_dispute_changes_nothing(world: World) -> None:
    who = await subscribes(world)
    paid = await world.row(
        "select stripe_charge_id as charge, stripe_payment_intent_id as intent from public.payments"
    )
    dispute = world.sandbox.stripe.dispute(paid["charge"])
    write_late = await stripe_events.dispute_moved(world.app, {"payment_intent": paid["intent"]})
    world.sandbox.stripe.close_dispute(dispute["id"], won=True)
    await who.comes_to_rest()
    assert await who.is_entitled() is True

    async with world.app.db.transaction() as conn:
        await write_late(conn)
    await world.worker.drain()
    [row] = await world.rows("select dispute_status from public.payments")
    assert row[0] == "won"
    assert await who.is_entitled() is await who.has_paid() is True


async def test_an_old_reading_of_what_has_ended_leaves_a_newer_order_alone(world: World) -> None:
    who = await subscribes(world)
    ended = (await who.at_stripe())["id"]
    old = await subscriptions.read(world.app, ended)
    world.sandbox.stripe.cancel_subscription(ended)
    await who.comes_to_rest()
    page = await who.opens()

    async with world.app.db.transaction() as conn:
        await subscriptions.apply(world.app, conn, old)
    await world.worker.drain()
    statuses = {each["id"]: each["status"] for each in world.sandbox.stripe.sessions()}
    assert statuses[page] == "open"
    assert await who.opens() == page
    await who.pays(page)
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2


async def test_what_is_begun_at_stripe_for_a_linked_chats_customer_is_the_accounts(
    world: World,
) -> None:
    await TelegramBuyer(world).buys()
    [buyer] = await world.rows(
        "update private.telegram_buyers set user_id = $1 returning id, stripe_customer_id",
        world.client.user_id,
    )
    await world.rows(
        "update public.subscriptions set user_id = $1 where telegram_buyer_id = $2",
        world.client.user_id,
        buyer["id"],
    )
    price = await price_of(world, MENTORING_PLAN)
    world.sandbox.stripe.subscribe(buyer["stripe_customer_id"], price)
    await rests(world)

    who = will_subscribe(world)
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert (await who.entitlements())["creditsLeft"] == 2
    assert await who.has_paid() is True
    both = await world.rows("select plan_id, user_id from public.subscriptions")
    assert {(str(row["plan_id"]), row["user_id"]) for row in both} == {
        (plan, world.client.user_id) for plan in (INNER_CIRCLE, MENTORING_PLAN)
    }


async def test_the_portal_is_that_of_the_new_customer_when_only_the_old_ones_plan_is_over(
    world: World,
) -> None:
    who = await subscribes(world)
    mine = await who.subscription()
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await who.comes_to_rest()
    await world.rows("update public.subscriptions set stripe_customer_id = 'cus_deleted'")
    assert (await who.opens_portal()).status_code == 200

    of_the_old_one = await who.portal(subscriptionId=mine["id"])
    assert [error["code"] for error in of_the_old_one["errors"]] == ["NO_BILLING"]
    assert await customer_of(world, world.client.user_id) is not None
    assert (await who.opens_portal()).status_code == 200


async def customer_of(world: World, user_id: UUID | None) -> str | None:
    row = await world.row("select stripe_customer_id from public.users where id = $1", user_id)
    found: str | None = row[0]
    return found


async def test_the_portal_of_a_named_subscription_is_that_of_its_own_customer(
    world: World,
) -> None:
    who = await subscribes(world)
    await world.rows(
        "update public.users set stripe_customer_id = 'cus_new' where id = $1",
        world.client.user_id,
    )
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await who.comes_to_rest()
    named = (await Subscriber(world, world.client, MENTORING_PLAN).subscription())["id"]
    assert (await who.opens_portal(subscriptionId=named)).status_code == 200
