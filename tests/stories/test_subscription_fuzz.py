"""Subscriptions whose news come in any order, repeated, at once or never: all ends as at Stripe."""

from contextlib import suppress
from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sandbox.stripe.errors import ApiError
from sandbox.stripe.state import Json
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.plan_lives import (
    Life,
    Newcomers,
    assert_each_message_arrived_once,
    begins,
    newcomers,
    taken_back,
    told_at_once,
    told_in_turn,
    works,
)
from tests.stories.subscriber import MENTORING_PLAN, STARTER, YEARLY
from tests.world import World

__all__ = ["newcomers"]

A_DAY_AND_MORE = timedelta(days=1, minutes=5)
MOST_COPIES = 3
ACTS = (
    *("renews", "renews", "fails", "fails", "pays", "pays", "cancels", "keeps", "ends"),
    *("changes", "pauses", "resumes", "is_refunded", "is_partly_refunded", "is_disputed"),
)
NEVER_LOST = ("charge.", "refund.")
"""News of money that went back: they are not about the subscription, which tells nothing of it."""


async def happens(life: Life, act: str) -> None:
    """One thing at Stripe, or nothing when it can't be done now."""
    with suppress(ApiError):
        match act:
            case "changes":
                await life.changes(YEARLY if life.plan == MENTORING_PLAN else MENTORING_PLAN)
            case "is_partly_refunded":
                if life.charges:
                    await life.is_refunded(100)
            case "is_refunded" | "is_disputed":
                if life.charges:
                    await getattr(life, act)()
            case "renews" | "fails":
                if life.at_stripe["status"] not in ("canceled", "incomplete_expired"):
                    await getattr(life, act)()
            case _:
                await getattr(life, act)()


def heard(events: list[Json], chance: Random) -> list[Json]:
    """Each event never or up to three times, in any order."""
    told = []
    for event in events:
        fewest = 1 if event["type"].startswith(NEVER_LOST) else 0
        told += [event] * chance.randint(fewest, MOST_COPIES)
    chance.shuffle(told)
    return told


async def some_are_told(world: World, chance: Random) -> None:
    tell = chance.choice((told_in_turn, told_at_once))
    await tell(world, heard(await taken_back(world), chance))


async def comes_to_rest(world: World, life: Life, chance: Random) -> None:
    """One more event of a subscription that goes on, or the sweeper."""
    await world.sandbox.advance(timedelta(minutes=2))
    over = life.at_stripe["status"] in ("canceled", "incomplete_expired")
    if over or chance.choice((True, False)):
        await world.sandbox.advance(A_DAY_AND_MORE)
        await works(world)
        await taken_back(world)
    else:
        await life.touched()
        [touch] = [
            event
            for event in await taken_back(world)
            if event["type"] == "customer.subscription.updated"
        ][-1:]
        await told_in_turn(world, [touch])


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    # One world for all examples, which therefore can't be repeated: each is somebody else's life.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(
    plan=st.sampled_from((MENTORING_PLAN, STARTER)),
    chapters=st.lists(
        st.lists(st.sampled_from(ACTS), min_size=1, max_size=2), min_size=1, max_size=4
    ),
    seed=st.integers(0, 10_000),
)
async def test_whatever_is_heard_in_whatever_order_all_ends_as_at_stripe(
    world: World,
    newcomers: Newcomers,
    plan: str,
    chapters: list[list[str]],
    seed: int,
) -> None:
    chance = Random(seed)
    world.sandbox.stripe.deliveries.hold()
    life = await begins(world, await newcomers(world), plan)
    for chapter in chapters:
        for act in chapter:
            await happens(life, act)
        await some_are_told(world, chance)
    await comes_to_rest(world, life, chance)
    await assert_nothing_amiss(world)
    await assert_told_what_is_true(world, life)
    await is_over(world, life)


async def assert_told_what_is_true(world: World, life: Life) -> None:
    await assert_each_message_arrived_once(world)
    told = await life.told()
    assert len(set(told)) == len(told)
    kinds = [kind for kind, _ in told]
    assert kinds.count("SUBSCRIPTION_ENDED") == int(life.at_stripe["status"] == "canceled")
    assert kinds.count("SUBSCRIPTION_STARTED") <= 1


async def is_over(world: World, life: Life) -> None:
    """It leaves the stage to the next one."""
    with suppress(ApiError):
        await life.ends()
    await told_in_turn(world, await taken_back(world))
    assert (await life.row())["status"] == life.at_stripe["status"].upper() == "CANCELED"
