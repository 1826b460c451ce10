"""Plans, subscriptions and entitlements through /graphql: what is public and what is one's own."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from resolvers.context import RequestLoaders
from sandbox.accounts import DEMO_USER
from services.auth import Viewer
from tests.resolvers.billing_rig import (
    FOR_GOOD,
    MENTORING_PLAN,
    STARTER_PLAN,
    given_subscription,
    mine,
)
from tests.resolvers.counting import CountingDatabase
from tests.world import World

CHANNEL = UUID("c4a00000-0000-4000-8000-000000000001")


async def test_plans_are_told_without_a_sign_in_newest_first(world: World) -> None:
    answer = await world.nobody.asks(
        "{ plans { nodes { name price { display } interval intervalCount trialDays sessionCredits"
        " channel { id name } } } }"
    )
    nodes = answer["plans"]["nodes"]
    assert [node["name"] for node in nodes] == [
        "Mentoring",
        "Mentoring, yearly",
        "Starter",
        "Inner circle",
        "Inner circle, for good",
    ]
    circle = {"id": str(CHANNEL), "name": "Inner circle"}
    assert nodes[2] == {
        "name": "Starter",
        "price": {"display": "50.00 USD"},
        "interval": "MONTH",
        "intervalCount": 1,
        "trialDays": 7,
        "sessionCredits": 1,
        "channel": None,
    }
    assert (nodes[4]["interval"], nodes[4]["trialDays"], nodes[4]["channel"]) == (
        None,
        None,
        circle,
    )


async def test_plans_come_page_by_page_and_only_those_on_sale(world: World) -> None:
    await world.rows("update public.plans set active = false where id = $1", UUID(STARTER_PLAN))
    query = (
        "query ($after: String) { plans(first: 2, after: $after)"
        " { nodes { name } pageInfo { endCursor hasNextPage } } }"
    )
    first = (await world.nobody.asks(query))["plans"]
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await world.nobody.asks(query, after=first["pageInfo"]["endCursor"]))["plans"]
    assert [node["name"] for page in (first, second) for node in page["nodes"]] == [
        "Mentoring",
        "Mentoring, yearly",
        "Inner circle",
        "Inner circle, for good",
    ]
    assert second["pageInfo"]["hasNextPage"] is False


async def test_of_several_subscriptions_the_newest_that_goes_on_is_told(world: World) -> None:
    assert await mine(world) is None
    live = await given_subscription(world, "ACTIVE")
    starter = await given_subscription(world, "PAST_DUE", plan_id=UUID(STARTER_PLAN))
    over = await given_subscription(world, "CANCELED")
    assert await mine(world) == {
        "id": str(starter),
        "status": "PAST_DUE",
        "plan": {"name": "Starter"},
    }
    of_plan = await mine(world, MENTORING_PLAN)
    assert of_plan is not None
    assert of_plan["id"] == str(live) != str(over)
    assert await mine(world, FOR_GOOD) is None


async def test_all_that_ever_began_is_listed_with_what_the_portal_can_manage(world: World) -> None:
    over = await given_subscription(world, "CANCELED")
    live = await given_subscription(world, "ACTIVE")
    ours = {"stripe_subscription_id": None}
    granted = await given_subscription(world, "TRIALING", plan_id=UUID(STARTER_PLAN), **ours)
    never_paid = {"plan_id": UUID(FOR_GOOD), "current_period_start": None}
    await given_subscription(world, "INCOMPLETE", **never_paid, **ours)
    await given_subscription(world, "ACTIVE", user_id=world.other.user_id)
    answer = await world.client.asks("{ me { subscriptions { id status managed } } }")
    assert answer["me"]["subscriptions"] == [
        {"id": str(granted), "status": "TRIALING", "managed": False},
        {"id": str(live), "status": "ACTIVE", "managed": True},
        {"id": str(over), "status": "CANCELED", "managed": False},
    ]


async def test_a_subscription_to_a_plan_no_longer_sold_keeps_its_plan(world: World) -> None:
    await given_subscription(world, "ACTIVE")
    await world.rows("update public.plans set active = false")
    found = await mine(world)
    assert found is not None
    assert found["plan"] == {"name": "Mentoring"}


@pytest.mark.parametrize(
    "query", ["{ mySubscription { id } }", "{ me { entitlements { active } } }"]
)
async def test_what_one_pays_for_is_told_to_nobody_else(world: World, query: str) -> None:
    await given_subscription(world, "ACTIVE")
    [error] = (await world.nobody.posts(query))["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    answer = await world.other.asks(
        "{ mySubscription { id } me { entitlements { active creditsLeft subscriptions { id }"
        " channels { status } } } }"
    )
    nothing = {"active": False, "creditsLeft": 0, "subscriptions": [], "channels": []}
    assert answer == {"mySubscription": None, "me": {"entitlements": nothing}}


async def test_a_subscription_in_force_entitles_to_its_credits_and_its_channel(
    world: World,
) -> None:
    subscription = await given_subscription(world, "ACTIVE")
    answer = await world.client.asks(
        "{ me { entitlements { active graceUntil creditsLeft subscriptions { id }"
        " channels { status inviteUrl channel { id } } } } }"
    )
    assert answer["me"]["entitlements"] == {
        "active": True,
        "graceUntil": None,
        "creditsLeft": 2,
        "subscriptions": [{"id": str(subscription)}],
        "channels": [
            {
                "status": "PREPARING",
                "inviteUrl": None,
                "channel": {"id": str(CHANNEL)},
            }
        ],
    }


async def test_however_many_objects_ask_plans_and_subscriptions_are_read_once(
    world: World,
) -> None:
    subscription = await given_subscription(world, "ACTIVE")
    strangers = await given_subscription(world, "ACTIVE", user_id=world.other.user_id)
    db = CountingDatabase(world.app.db.pool)
    viewer = Viewer(DEMO_USER.id, DEMO_USER.email, is_anonymous=False, language=None)
    loaders = RequestLoaders(replace(world.app, db=db), viewer)

    asked = [subscription, strangers, uuid4(), subscription]
    found = await asyncio.gather(*map(loaders.subscription, asked))
    assert [row and row.id for row in found] == [subscription, None, None, subscription]
    assert db.reads == 1
    assert (await loaders.plan(UUID(STARTER_PLAN))).name == "Starter"
    assert (await loaders.channel(CHANNEL)).name == "Inner circle"
    assert db.reads == 3
    nobody = RequestLoaders(replace(world.app, db=db), None)
    assert await nobody.subscription(subscription) is None
    assert db.reads == 3
