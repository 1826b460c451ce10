"""Free trials: those that a plan gives, and those that the adopter's own code has granted."""

import asyncio
from datetime import datetime, timedelta

from tests.stories.subscriber import (
    DAY,
    FAILING_CARD,
    MENTORING_PLAN,
    SECOND,
    STARTER,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import World


async def granted(world: World, plan: str = MENTORING_PLAN, *, days: int = 5) -> Subscriber:
    """The adopter's own code gives the client a trial, by a row."""
    end = world.sandbox.clock.now().replace(microsecond=0) + timedelta(days=days)
    await world.rows(
        "insert into public.subscriptions (user_id, plan_id, status, trial_end) "
        "values ($1, $2, 'TRIALING', $3)",
        world.client.user_id,
        plan,
        end,
    )
    return will_subscribe(world, plan)


async def test_a_trial_is_free_until_its_end_and_spoken_of_three_days_before(world: World) -> None:
    who = await subscribes(world, STARTER)
    mine = await who.subscription()
    assert mine["status"] == "TRIALING"
    assert mine["trialEnd"] == mine["currentPeriodEnd"]
    assert await who.payments() == []
    assert (await who.entitlements())["creditsLeft"] == 1
    assert await who.has_paid() is False

    await who.waits_until(mine["trialEnd"], and_then=-3 * DAY - 60 * SECOND)
    assert await who.told() == ["SUBSCRIPTION_STARTED"]
    await who.waits_until(mine["trialEnd"], and_then=-3 * DAY + SECOND)
    await who.waits_until(mine["trialEnd"], and_then=-DAY)
    assert await who.told() == ["SUBSCRIPTION_STARTED", "TRIAL_ENDING"]

    await who.waits_until(mine["trialEnd"])
    paid = await who.subscription()
    assert (paid["status"], paid["id"]) == ("ACTIVE", mine["id"])
    assert await who.outcomes() == [(5000, "FULFILLED")]
    assert await who.has_paid() is True
    assert who.mails() == [
        "Your free trial has begun: Starter",
        "Your free trial ends soon: Starter",
    ]


async def test_a_trial_is_given_once(world: World) -> None:
    who = await subscribes(world, STARTER)
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await who.comes_to_rest()
    assert await who.status() == "CANCELED"
    assert await who.is_entitled() is False

    await who.pays(await who.opens())
    mine = await who.subscription()
    assert (mine["status"], mine["trialEnd"]) == ("ACTIVE", None)
    assert await who.outcomes() == [(5000, "FULFILLED")]


async def test_a_trial_whose_first_payment_fails_has_the_grace_too(world: World) -> None:
    who = await subscribes(world, STARTER)
    await who.changes_card(FAILING_CARD)
    await who.renews()
    mine = await who.subscription()
    assert mine["status"] == "PAST_DUE"
    assert await who.is_entitled() is True
    assert await who.has_paid() is False
    await who.waits_until(mine["graceUntil"])
    assert await who.is_entitled() is False


async def test_a_trial_of_our_own_counts_and_goes_on_through_a_checkout_to_the_same_end(
    world: World,
) -> None:
    who = await granted(world)
    trial = await who.subscription()
    assert trial["status"] == "TRIALING"
    assert (await who.entitlements())["creditsLeft"] == 2
    assert await who.has_paid() is False

    await who.pays(await who.opens())
    mine = await who.subscription()
    assert (mine["id"], mine["status"]) == (trial["id"], "TRIALING")
    assert mine["trialEnd"] == mine["currentPeriodEnd"] == trial["trialEnd"]
    assert await who.payments() == []
    assert await who.told() == ["SUBSCRIPTION_STARTED"]
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]
    await who.renews()
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert len(await world.rows("select from public.subscriptions")) == 1


async def test_the_end_of_a_trial_of_our_own_is_told_once(world: World) -> None:
    who = await granted(world)
    end = (await who.subscription())["trialEnd"]
    await who.waits_until(end, and_then=-5 * SECOND)
    assert await who.is_entitled() is True
    await who.waits_until(end)
    await world.time_passes(DAY)
    mine = await who.subscription()
    assert mine["status"] == "CANCELED"
    assert datetime.fromisoformat(mine["endedAt"]) >= datetime.fromisoformat(end)
    assert await who.is_entitled() is False
    assert (await who.told()).count("SUBSCRIPTION_ENDED") == 1
    assert who.mails().count("Your plan has ended: Mentoring") == 1


async def test_who_had_a_trial_of_our_own_gets_no_other_one(world: World) -> None:
    who = await granted(world, STARTER)
    await who.waits_until((await who.subscription())["trialEnd"])
    await who.pays(await who.opens())
    mine = await who.subscription()
    assert (mine["status"], mine["trialEnd"]) == ("ACTIVE", None)
    assert await who.outcomes() == [(5000, "FULFILLED")]


async def test_a_trial_of_our_own_that_ends_within_two_days_is_followed_by_a_payment(
    world: World,
) -> None:
    """Stripe takes no end that near: what was left of it is given up."""
    who = await granted(world, days=1)
    await who.pays(await who.opens())
    mine = await who.subscription()
    assert (mine["status"], mine["trialEnd"]) == ("ACTIVE", None)
    assert await who.outcomes() == [(10000, "FULFILLED")]
    await world.time_passes(2 * DAY)
    assert await who.status() == "ACTIVE"
    assert "SUBSCRIPTION_ENDED" not in await who.told()


async def test_a_trial_of_our_own_ends_in_time_and_closes_its_page(world: World) -> None:
    who = await granted(world, days=3)
    end = (await who.subscription())["trialEnd"]
    await who.waits_until(end, and_then=-DAY / 4)
    await who.opens()
    await who.waits_until(end)
    assert await who.status() == "CANCELED"
    assert await who.is_entitled() is False
    assert [each["status"] for each in world.sandbox.stripe.sessions()] == ["expired"]
    await who.pays(await who.opens())
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert await who.is_entitled() is await who.has_paid() is True


async def test_fifty_at_once_in_a_trial_of_our_own_get_one_page(world: World) -> None:
    who = await granted(world)
    opened = await asyncio.gather(*(who.opens() for _ in range(50)))
    assert len(set(opened)) == 1
    assert len(world.sandbox.stripe.sessions()) == 1
    assert len(await world.rows("select from public.subscriptions")) == 1


async def test_a_trial_of_our_own_has_the_channel_of_its_plan_and_is_told_of_its_end(
    world: World,
) -> None:
    who = await granted(world)
    await world.time_passes(timedelta(minutes=1))
    [channel] = (await who.entitlements())["channels"]
    assert channel["status"] == "INVITED"
    await who.waits_until((await who.subscription())["trialEnd"], and_then=-3 * DAY - 60 * SECOND)
    assert await who.told() == []
    await who.waits_until((await who.subscription())["trialEnd"], and_then=-2 * DAY)
    await world.time_passes(DAY)
    assert await who.told() == ["TRIAL_ENDING"]
    assert who.mails() == ["Your free trial ends soon: Mentoring"]
