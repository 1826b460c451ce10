"""Subscriptions, pages and payments of an account that was deleted: nobody pays for nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services.plan_payments import NOBODY
from tests.databases import TestServer
from tests.stories.subscriber import DAY, FOR_GOOD, MENTORING_PLAN, subscribes, will_subscribe
from tests.world import World

OPERATOR = "operator@example.com"
MINUTE = timedelta(minutes=1)

Deletes = Callable[[UUID | None], Awaitable[None]]


@pytest.fixture
async def deletes(world: World, test_server: TestServer) -> AsyncIterator[Deletes]:
    """Somebody's account is gone, as Supabase deletes it."""
    name = (await world.row("select current_database() as name"))["name"]
    conn = await asyncpg.connect(test_server.cluster.superuser_dsn(name))

    async def delete(user_id: UUID | None) -> None:
        assert await conn.execute("delete from auth.users where id = $1", user_id) == "DELETE 1"

    yield delete
    await conn.close()


async def money(world: World) -> list[tuple[int, str | None, str | None]]:
    """Amount, outcome and its reason of each payment, oldest first."""
    rows = await world.rows(
        "select amount_minor, outcome, outcome_reason from public.payments order by created_at, id"
    )
    return [tuple(row) for row in rows]


async def test_a_subscription_of_a_deleted_account_is_ended_at_stripe(
    world: World, deletes: Deletes
) -> None:
    await subscribes(world)
    await deletes(world.client.user_id)
    await world.time_passes(2 * MINUTE)
    [left] = world.sandbox.stripe.subscriptions()
    assert left["status"] == "canceled"
    [row] = await world.rows("select status, user_id from public.subscriptions")
    assert tuple(row) == ("CANCELED", None)
    await world.time_passes(32 * DAY)
    assert await money(world) == [(10000, "FULFILLED", None)]
    assert world.mails(OPERATOR) == []


async def test_what_a_deleted_account_still_pays_waits_for_a_human(
    world: World, deletes: Deletes
) -> None:
    await subscribes(world)
    await deletes(world.client.user_id)
    await world.time_passes(32 * DAY)  # the service was down meanwhile
    assert await money(world) == [(10000, "FULFILLED", None), (10000, "WAITING", NOBODY)]
    assert len(world.mails(OPERATOR)) == 1
    assert [each["status"] for each in world.sandbox.stripe.subscriptions()] == ["canceled"]


@pytest.mark.parametrize("plan", [MENTORING_PLAN, FOR_GOOD])
async def test_the_page_of_a_deleted_account_is_closed(
    world: World, deletes: Deletes, plan: str
) -> None:
    await will_subscribe(world, plan).opens()
    await deletes(world.client.user_id)
    await world.time_passes(2 * MINUTE)
    assert [each["status"] for each in world.sandbox.stripe.sessions()] == ["expired"]
    [row] = await world.rows("select status, user_id from public.subscriptions")
    assert tuple(row) == ("CANCELED", None)


@pytest.mark.parametrize(("plan", "amount"), [(MENTORING_PLAN, 10000), (FOR_GOOD, 12000)])
async def test_a_page_paid_after_the_account_was_deleted_waits_for_a_human(
    world: World, deletes: Deletes, plan: str, amount: int
) -> None:
    who = will_subscribe(world, plan)
    page = await who.opens()
    await deletes(world.client.user_id)
    await who.pays(page)
    assert await money(world) == [(amount, "WAITING", NOBODY)]
    assert len(world.mails(OPERATOR)) == 1
