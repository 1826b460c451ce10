"""Subscriptions of which no webhook ever tells: the sweeper alone finds everything in time."""

from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.plan_lives import (
    Life,
    Newcomers,
    assert_each_message_arrived_once,
    begins,
    newcomers,
)
from tests.stories.subscriber import DAY, STARTER, YEARLY
from tests.world import World

__all__ = ["newcomers"]


async def a_day_passes(life: Life) -> str:
    """The status that our row shows then."""
    await life.world.time_passes(DAY)
    await assert_nothing_amiss(life.world)
    return str((await life.row())["status"])


async def test_without_any_webhook_the_sweeper_follows_a_whole_life_within_a_day_each(
    world: World, newcomers: Newcomers
) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 100_000)
    life = await begins(world, await newcomers(world))
    assert await a_day_passes(life) == "ACTIVE"
    await life.renews()
    assert await a_day_passes(life) == "ACTIVE"
    assert await life.money() == [(10000, 0, "FULFILLED")] * 2
    await life.fails()
    assert await a_day_passes(life) == "PAST_DUE"
    await life.pays()
    assert await a_day_passes(life) == "ACTIVE"
    await life.cancels()
    await a_day_passes(life)
    assert (await life.row())["cancel_at"] is not None
    await life.keeps()
    await a_day_passes(life)
    assert (await life.row())["cancel_at"] is None
    await life.pauses()
    assert await a_day_passes(life) == "PAUSED"
    await life.resumes()
    assert await a_day_passes(life) == "ACTIVE"
    await life.touched()
    await life.changes(YEARLY)
    await a_day_passes(life)
    assert str((await life.row())["plan_id"]) == YEARLY
    paid_more = (await life.money())[3:]
    assert [outcome for *_, outcome in paid_more] == ["FULFILLED"]
    await life.ends()
    assert await a_day_passes(life) == "CANCELED"
    assert await world.rows("select from private.stripe_events") == []
    assert sorted(set(await life.kinds())) == [
        "CHANNEL_INVITE",
        "CHANNEL_LEFT",
        "RENEWAL_FAILED",
        "SUBSCRIPTION_ENDED",
        "SUBSCRIPTION_ENDING",
        "SUBSCRIPTION_STARTED",
    ]
    await assert_each_message_arrived_once(world)


async def test_without_any_webhook_a_trial_and_its_first_payment_are_found(
    world: World, newcomers: Newcomers
) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 100_000)
    life = await begins(world, await newcomers(world), STARTER)
    await world.time_passes(4 * DAY)
    assert await a_day_passes(life) == "TRIALING"
    assert await life.money() == []
    await life.renews()
    assert await a_day_passes(life) == "ACTIVE"
    assert await life.money() == [(5000, 0, "FULFILLED")]
    await life.fails()
    assert await a_day_passes(life) == "PAST_DUE"
    await world.time_passes(world.app.settings.grace)
    await world.time_passes(15 * DAY)  # Stripe gives up
    assert await a_day_passes(life) == "CANCELED"
    assert await life.kinds() == [
        "GRACE_OVER",
        "RENEWAL_FAILED",
        "SUBSCRIPTION_ENDED",
        "SUBSCRIPTION_STARTED",
        "TRIAL_ENDING",
    ]
    assert await life.money() == [(5000, 0, "FULFILLED")]
