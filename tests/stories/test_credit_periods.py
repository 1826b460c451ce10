"""Credits belong to a period of a subscription that entitles: when there are new ones, and none."""

from datetime import timedelta
from uuid import UUID

from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.spending import (
    DAY,
    booked,
    credits_left,
    of_sessions,
    refusal,
    slots_ahead,
    uses,
)
from tests.stories.subscriber import (
    FAILING_CARD,
    GOOD_CARD,
    MENTORING_PLAN,
    STARTER,
    YEARLY,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import World

NO_CREDITS = ("NO_CREDITS", 0)


async def refused(world: World) -> tuple[str, int]:
    """Code of the error for which nothing is booked, and the credits it speaks of."""
    error = await refusal(world.client, (await slots_ahead(world, 1))[0])
    return error["code"], error["left"]


async def changes_to(who: Subscriber, plan: str) -> None:
    """The subscription is changed at Stripe, to a plan that somebody else looks at just now."""
    world = who.world
    await Subscriber(world, world.other, plan).opens()
    price = await world.row(
        "select stripe_price_id as id from private.plan_prices where plan_id = $1", UUID(plan)
    )
    world.sandbox.stripe.change_plan((await who.at_stripe())["id"], price["id"])
    await who.comes_to_rest()


async def test_a_renewal_gives_new_credits_and_those_that_were_left_are_gone(world: World) -> None:
    who = await subscribes(world)
    await booked(world, (await slots_ahead(world, 2))[0])
    await who.renews()
    assert await credits_left(world.client) == 2
    await who.renews()
    assert await credits_left(world.client) == 2
    slots = await slots_ahead(world, 1)
    await booked(world, slots[0])
    await booked(world, slots[1])
    assert await refused(world) == NO_CREDITS
    assert await uses(world) == [(1, False)] * 3


async def test_a_credit_of_a_period_that_is_over_does_not_count_when_it_comes_back(
    world: World,
) -> None:
    who = await subscribes(world)
    booking_id = await booked(world, (await slots_ahead(world, 40))[0])
    await who.renews()
    await booked(world, (await slots_ahead(world, 1))[0])
    assert await credits_left(world.client) == 1

    assert (await world.client.cancels(booking_id))["booking"]["status"] == "CANCELLED"
    await world.worker.drain()
    assert await uses(world) == [(1, True), (1, False)]
    assert await credits_left(world.client) == 1
    await assert_nothing_amiss(world)


async def test_another_plan_gives_its_own_credits_less_what_its_period_has_spent(
    world: World,
) -> None:
    who = await subscribes(world)
    await booked(world, (await slots_ahead(world, 2))[0])
    await changes_to(who, STARTER)  # the same month goes on
    assert await credits_left(world.client) == 0
    assert await refused(world) == NO_CREDITS

    await changes_to(Subscriber(world, world.client, STARTER), YEARLY)  # a year begins
    assert await credits_left(world.client) == 24
    await booked(world, (await slots_ahead(world, 3))[0])
    assert await credits_left(world.client) == 23


async def test_a_period_gives_its_credits_once_it_is_paid_and_what_was_booked_before_stands(
    world: World,
) -> None:
    who = await subscribes(world)
    booking_id = await booked(world, (await slots_ahead(world, 40))[0])
    await who.changes_card(FAILING_CARD)
    await who.renews()
    assert (await who.status(), await who.is_entitled()) == ("PAST_DUE", True)
    assert await refused(world) == NO_CREDITS

    await who.waits_until((await who.subscription())["graceUntil"])
    assert await who.is_entitled() is False
    assert await refused(world) == NO_CREDITS
    assert (await world.client.booking(booking_id))["status"] == "ACCEPTED"

    await who.changes_card(GOOD_CARD)
    [owed] = [each for each in world.sandbox.stripe.invoices() if each["status"] == "open"]
    world.sandbox.stripe.pay_invoice(owed["id"])
    await who.comes_to_rest()
    assert await credits_left(world.client) == 2
    await booked(world, (await slots_ahead(world, 1))[0])
    assert await credits_left(world.client) == 1
    await assert_nothing_amiss(world)


async def test_a_cancelled_plan_gives_credits_until_its_end_and_its_sessions_take_place(
    world: World,
) -> None:
    who = await subscribes(world)
    late = await booked(world, (await slots_ahead(world, 40))[0])
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"], at_period_end=True)
    await who.comes_to_rest()
    end = (await who.subscription())["currentPeriodEnd"]
    await who.waits_until(end, and_then=-DAY)
    assert await credits_left(world.client) == 1

    await who.waits_until(end)
    assert await refused(world) == NO_CREDITS
    assert (await world.client.booking(late))["status"] == "ACCEPTED"
    assert (await world.client.cancels(late))["booking"]["status"] == "CANCELLED"
    assert await credits_left(world.client) == 0


async def test_a_plan_whose_payment_went_back_gives_no_credits(world: World) -> None:
    who = await subscribes(world)
    booking_id = await booked(world, (await slots_ahead(world, 2))[0])
    charge = await world.row("select stripe_charge_id as id from public.payments")
    world.sandbox.stripe.dashboard_refund(charge["id"])
    await who.comes_to_rest()
    assert await refused(world) == NO_CREDITS
    assert (await world.client.booking(booking_id))["status"] == "ACCEPTED"
    await who.renews()
    assert await credits_left(world.client) == 2


async def test_a_plan_that_is_paused_or_disputed_gives_no_credits_meanwhile(world: World) -> None:
    who = await subscribes(world)
    charge = await world.row("select stripe_charge_id as id from public.payments")
    dispute = world.sandbox.stripe.dispute(charge["id"])
    await who.comes_to_rest()
    assert await refused(world) == NO_CREDITS
    world.sandbox.stripe.close_dispute(dispute["id"], won=True)
    await who.comes_to_rest()
    assert await credits_left(world.client) == 2

    stripe_id = (await who.at_stripe())["id"]
    world.sandbox.stripe.pause_subscription(stripe_id)
    await who.comes_to_rest()
    assert await refused(world) == NO_CREDITS
    world.sandbox.stripe.resume_subscription(stripe_id)
    await who.comes_to_rest()
    assert await credits_left(world.client) == 2


async def test_of_two_plans_the_one_whose_period_ends_first_gives_the_credit(world: World) -> None:
    await subscribes(world, MENTORING_PLAN)
    starter = will_subscribe(world, STARTER)
    await starter.pays(await starter.opens())
    assert await credits_left(world.client) == 3
    slots = await slots_ahead(world, 2)
    for slot in slots[:3]:
        await booked(world, slot)
    spent = await world.rows(
        "select s.plan_id::text as plan from public.credit_uses u "
        "join public.subscriptions s on s.id = u.subscription_id order by u.used_at"
    )
    assert [row["plan"] for row in spent] == [STARTER, MENTORING_PLAN, MENTORING_PLAN]
    assert (await refusal(world.client, slots[3]))["code"] == "NO_CREDITS"
    assert len(of_sessions(world)) == 3


async def test_a_renewal_that_nobody_told_of_gives_its_credits_within_a_day(world: World) -> None:
    who = await subscribes(world)
    for slot in (await slots_ahead(world, 2))[:2]:
        await booked(world, slot)
    world.sandbox.stripe.deliveries.plan("drop", 1000)
    await who.renews()
    await world.time_passes(DAY + timedelta(minutes=2))
    assert await credits_left(world.client) == 2
