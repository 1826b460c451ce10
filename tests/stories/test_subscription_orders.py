"""A subscription's news in every order: too early, twice, backwards, of two at one time."""

from collections.abc import Iterator, Sequence
from itertools import permutations

import pytest

from sandbox.stripe.state import Json
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.plan_lives import (
    Newcomers,
    assert_each_message_arrived_once,
    begins,
    newcomers,
    price_of,
    taken_back,
    told_at_once,
    told_in_turn,
    works,
)
from tests.stories.subscriber import MENTORING_PLAN, SECOND, STARTER
from tests.world import World

__all__ = ["newcomers"]

COMPLETED, PAID = "checkout.session.completed", "invoice.paid"
CREATED, DELETED = "customer.subscription.created", "customer.subscription.deleted"


def orders(events: Sequence[Json], types: Sequence[str]) -> Iterator[list[Json]]:
    """The newest event of each type, in every order."""
    newest = {event["type"]: event for event in events}
    return (list(order) for order in permutations([newest[name] for name in types]))


async def test_a_first_payment_told_in_any_order_begins_a_plan_once(
    world: World, newcomers: Newcomers
) -> None:
    world.sandbox.stripe.deliveries.hold()
    for number in range(6):
        life = await begins(world, await newcomers(world))
        order = list(orders(await taken_back(world), (COMPLETED, CREATED, PAID)))[number]
        await told_in_turn(world, order)
        await told_at_once(world, order)
        assert (await life.row())["status"] == "ACTIVE", order
        assert await life.money() == [(10000, 0, "FULFILLED")], order
        assert await life.kinds() == ["CHANNEL_INVITE", "SUBSCRIPTION_STARTED"], order
    assert len(await world.rows("select from public.subscriptions")) == 6
    await assert_each_message_arrived_once(world)
    await assert_nothing_amiss(world)


async def test_a_trial_told_in_any_order_begins_once_and_costs_nothing(
    world: World, newcomers: Newcomers
) -> None:
    world.sandbox.stripe.deliveries.hold()
    for number in range(6):
        life = await begins(world, await newcomers(world), STARTER)
        order = list(orders(await taken_back(world), (COMPLETED, CREATED, PAID)))[number]
        await told_in_turn(world, order)
        assert (await life.row())["status"] == "TRIALING", order
        assert await life.kinds() == ["SUBSCRIPTION_STARTED"], order
    assert len(await world.rows("select from public.subscriptions")) == 6
    assert await world.rows("select from public.payments") == []
    await assert_nothing_amiss(world)


async def test_an_end_told_before_the_beginning_is_the_end(
    world: World, newcomers: Newcomers
) -> None:
    world.sandbox.stripe.deliveries.hold()
    for number in range(6):
        life = await begins(world, await newcomers(world))
        await life.ends()
        events = await taken_back(world)
        order = list(orders(events, (DELETED, CREATED, COMPLETED)))[number]
        await told_in_turn(world, order)
        assert (await life.row())["status"] == "CANCELED", order
        assert await life.money() == [(10000, 0, "FULFILLED")], order
        assert await life.kinds() == ["SUBSCRIPTION_ENDED"], order
    assert world.sandbox.telegram.links() == []
    assert await world.rows("select from private.channel_accesses") == []
    await assert_nothing_amiss(world)


async def test_a_failed_and_paid_renewal_told_backwards_never_ends_what_was_paid_for(
    world: World, newcomers: Newcomers
) -> None:
    life = await begins(world, await newcomers(world))
    await world.time_passes(SECOND)
    world.sandbox.stripe.deliveries.hold()
    await life.fails()
    await life.pays()
    await told_in_turn(world, list(reversed(await taken_back(world))))
    assert (await life.row())["status"] == "ACTIVE"
    assert await life.money() == [(10000, 0, "FULFILLED")] * 2
    assert await life.kinds() == ["CHANNEL_INVITE", "SUBSCRIPTION_STARTED"]
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
async def test_of_two_subscriptions_to_a_plan_one_counts_and_the_other_goes_back(
    world: World, newcomers: Newcomers, *, backwards: bool, at_once: bool
) -> None:
    """The second was made at Stripe, beside the checkout."""
    world.sandbox.stripe.deliveries.hold()
    life = await begins(world, await newcomers(world))
    price = await price_of(world, MENTORING_PLAN)
    world.sandbox.stripe.subscribe(life.at_stripe["customer"], price)
    events = await taken_back(world)
    world.sandbox.stripe.deliveries.release()
    told = told_at_once if at_once else told_in_turn
    await told(world, list(reversed(events)) if backwards else events)
    await works(world)
    rows = await world.rows(
        "select status, duplicate_of is null as counts from public.subscriptions "
        "order by duplicate_of nulls first"
    )
    assert [tuple(row) for row in rows] == [("ACTIVE", True), ("CANCELED", False)]
    money = await world.rows(
        "select amount_refunded_minor, outcome from public.payments order by 1"
    )
    assert [tuple(row) for row in money] == [(0, "FULFILLED"), (10000, "REFUNDED")]
    statuses = [each["status"] for each in world.sandbox.stripe.subscriptions()]
    assert sorted(statuses) == ["active", "canceled"]
    await assert_each_message_arrived_once(world)
    await assert_nothing_amiss(world)
