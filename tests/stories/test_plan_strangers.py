"""Nobody sees or manages a plan that is another's: by GraphQL and by SQL as `authenticated`."""

import json
from uuid import UUID

import asyncpg
import pytest

from tests.stories.subscriber import MENTORING_PLAN, Subscriber, subscribes
from tests.world import MENTORING, World

SHOWN = (
    "id, user_id, plan_id, stripe_subscription_id, status, price_minor, currency, "
    "current_period_start, current_period_end, trial_end, cancel_at, canceled_at, ended_at, "
    "grace_until, created_at, updated_at"
)
FORBIDDEN = (
    "select telegram_chat_id from public.channels",
    "select link from public.channels",
    "select stripe_customer_id from public.subscriptions",
    "select telegram_buyer_id from public.subscriptions",
    "select * from private.plan_prices",
    "select * from private.portal_configurations",
    "select * from private.telegram_buyers",
    "select * from private.channel_accesses",
    "insert into public.subscriptions (status) values ('ACTIVE')",
    "update public.subscriptions set status = 'ACTIVE'",
    "update public.plans set price_minor = 1",
    "delete from public.credit_uses",
    "delete from public.channels",
)
PERSONAL = (
    "{ mySubscription { id } }",
    "{ me { entitlements { active } } }",
    'mutation { createCheckoutSession(input: {planId: "x"}) { errors { code } } }',
    "mutation { portalUrl(input: {}) { url } }",
)


async def as_role(
    world: World, query: str, user_id: UUID | None, role: str = "authenticated"
) -> list[asyncpg.Record]:
    """What PostgREST would get."""
    async with world.app.db.transaction() as conn:
        await conn.execute(
            "select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)",
            json.dumps({"sub": str(user_id), "role": role}),
            role,
        )
        return list(await conn.fetch(query))


async def counts(world: World, query: str) -> tuple[int, int]:
    """How many rows the subscriber sees, and how many a stranger."""
    mine = await as_role(world, query, world.client.user_id)
    theirs = await as_role(world, query, world.other.user_id)
    return len(mine), len(theirs)


async def test_a_stranger_sees_nothing_of_a_subscription_by_graphql(world: World) -> None:
    who = await subscribes(world)
    stranger = Subscriber(world, world.other, MENTORING_PLAN)
    assert await stranger.subscription() == {}
    assert await stranger.payments() == []
    assert await stranger.told() == []
    assert await stranger.is_entitled() is await stranger.has_paid() is False
    assert stranger.mails() == []
    lists = await world.other.asks(
        "{ mySubscription { id } me { entitlements { subscriptions { id } } }"
        " myNotifications { nodes { subscription { id } } } }"
    )
    assert lists == {
        "mySubscription": None,
        "me": {"entitlements": {"subscriptions": []}},
        "myNotifications": {"nodes": []},
    }
    assert await who.status() == "ACTIVE"


@pytest.mark.parametrize("paid", [False, True])
async def test_a_stranger_cannot_confirm_somebody_elses_checkout(world: World, paid: bool) -> None:
    who = Subscriber(world, world.client, MENTORING_PLAN)
    session_id = await who.opens()
    world.sandbox.stripe.deliveries.plan("drop", 100)
    if paid:
        await who.pays(session_id)
    answer = await Subscriber(world, world.other, MENTORING_PLAN).confirms(session_id)
    assert (answer["success"], answer["subscription"]) == (False, None)
    assert [error["code"] for error in answer["errors"]] == ["PAYMENT_NOT_FOUND"]
    assert await who.subscription() == {}
    assert (await who.confirms(session_id))["success"] is paid


async def test_a_stranger_gets_a_page_of_their_own(world: World) -> None:
    mine = await Subscriber(world, world.client, MENTORING_PLAN).opens()
    stranger = Subscriber(world, world.other, MENTORING_PLAN)
    theirs = await stranger.opens()
    assert theirs != mine
    await stranger.pays(theirs)
    assert await stranger.status() == "ACTIVE"
    assert await Subscriber(world, world.client, MENTORING_PLAN).subscription() == {}
    rows = await world.rows("select count(distinct stripe_customer_id) as n from public.users")
    assert rows[0]["n"] == 2


async def test_row_security_shows_everybody_their_own_plan_only(world: World) -> None:
    who = await subscribes(world)
    slot = (await world.client.slots())[0]
    booked = await world.client.opens_checkout(slot, MENTORING, useCredits=True)
    assert booked["errors"] == []
    assert await counts(world, f"select {SHOWN} from public.subscriptions") == (1, 0)
    assert await counts(world, "select credits from public.credit_uses") == (1, 0)
    paid = "select subscription_id, invoice_url, period_end, dispute_status from public.payments"
    assert await counts(world, paid) == (1, 0)
    [row] = await as_role(world, "select id from public.subscriptions", world.client.user_id)
    assert str(row["id"]) == (await who.subscription())["id"]


async def test_what_is_on_sale_is_everybodys_who_signed_in(world: World) -> None:
    assert await counts(world, "select name, price_minor from public.plans") == (5, 5)
    assert await counts(world, "select id, name, description from public.channels") == (1, 1)
    await world.rows("update public.plans set active = false where id = $1", MENTORING_PLAN)
    assert await counts(world, "select id from public.plans") == (4, 4)
    for table in ("plans", "channels", "subscriptions", "credit_uses"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role(world, f"select id from public.{table}", None, role="anon")


async def test_what_is_not_for_clients_is_closed_to_them(world: World) -> None:
    for query in FORBIDDEN:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role(world, query, world.client.user_id)


async def test_what_is_personal_of_plans_needs_a_sign_in(world: World) -> None:
    for query in PERSONAL:
        body = await world.nobody.posts(query)
        assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]


async def test_plans_are_shown_without_a_sign_in_newest_first(world: World) -> None:
    data = await world.nobody.asks(
        "{ plans { nodes { name price { display } interval trialDays sessionCredits"
        " channel { name } } } }"
    )
    assert [plan["name"] for plan in data["plans"]["nodes"]] == [
        "Mentoring",
        "Mentoring, yearly",
        "Starter",
        "Inner circle",
        "Inner circle, for good",
    ]
    assert data["plans"]["nodes"][2] == {
        "name": "Starter",
        "price": {"display": "50.00 USD"},
        "interval": "MONTH",
        "trialDays": 7,
        "sessionCredits": 1,
        "channel": None,
    }
