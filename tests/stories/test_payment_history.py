"""A person's payments for sessions and plans: one list, read page by page while it grows."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.db import Conn
from services.domain.paging import Cursor, PageRequest
from services.store import booking_lists, payment_lists
from tests.stories.spending import slots_ahead
from tests.stories.subscriber import subscribes
from tests.world import MENTORING, Client, World

PAGE = """query ($first: Int!, $after: String) { myPayments(first: $first, after: $after) {
  nodes { id booking { id } subscription { id } createdAt }
  edges { cursor } pageInfo { hasNextPage endCursor } } }"""

_BOOKINGS = (
    "insert into public.bookings (id, user_id, host_id, session_type_id, status, starts_at, "
    "ends_at, occupied, duration_minutes, price_minor, currency, created_at) "
    "select b.id, $1, t.host_id, t.id, 'CANCELLED', $3, $3::timestamptz + interval '1 hour', "
    "tstzrange($3, $3::timestamptz + interval '1 hour'), 60, 9000, 'USD', $3 "
    "from unnest($2::uuid[]) as b (id) join public.session_types t on t.id = $4"
)
_PAYMENTS = (
    "insert into public.payments (id, user_id, stripe_payment_intent_id, amount_minor, currency, "
    "status, outcome, outcome_at, paid_at, created_at) "
    "select p.id, $1, 'pi_' || p.id, 9000, 'USD', 'SUCCEEDED', 'FULFILLED', p.at, p.at, p.at "
    "from unnest($2::uuid[], $3::timestamptz[]) as p (id, at)"
)


async def page_of(client: Client, first: int, after: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await client.asks(PAGE, first=first, after=after))["myPayments"]
    return found


def ids_of(page: dict[str, Any]) -> list[str]:
    return [node["id"] for node in page["nodes"]]


async def paid_at(world: World, *moments: datetime) -> list[str]:
    """The client paid at each of these moments; the payments' ids, newest first."""
    made = [(moment, uuid4()) for moment in moments]
    await world.rows(
        _PAYMENTS, world.client.user_id, [key for _, key in made], [moment for moment, _ in made]
    )
    return [str(key) for _, key in sorted(made, reverse=True)]


async def read_whole(world: World, first: int) -> list[str]:
    """Every payment, page after page, while a newer one comes after each page."""
    found, after = list[str](), None
    while True:
        page = await page_of(world.client, first, after)
        found += ids_of(page)
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
        await paid_at(world, world.app.clock.now())


@pytest.mark.parametrize("first", [1, 7, 20, 60, 100])
async def test_pages_hold_every_payment_once_while_new_ones_come(world: World, first: int) -> None:
    now = world.app.clock.now()
    # Five at a time in the same microsecond: their ids decide.
    old = await paid_at(world, *(now - timedelta(hours=1 + number // 5) for number in range(60)))
    assert await read_whole(world, first) == old

    new = await page_of(world.client, 100)
    came = (60 - 1) // first  # one between each two pages
    assert len(new["nodes"]) == min(100, 60 + came)
    assert ids_of(new)[came:] == old[: 100 - came]


async def test_a_payment_that_is_heard_of_late_is_where_its_time_is(world: World) -> None:
    now = world.app.clock.now()
    old = await paid_at(world, *(now - timedelta(hours=number) for number in range(1, 11)))
    page = await page_of(world.client, 4)
    [late] = await paid_at(world, now - timedelta(hours=5, minutes=30))
    [later] = await paid_at(world, now - timedelta(minutes=30))
    rest = ids_of(await page_of(world.client, 100, page["pageInfo"]["endCursor"]))
    assert rest == [old[4], late, *old[5:]]
    assert later not in rest
    assert ids_of(await page_of(world.client, 1)) == [later]


async def test_every_cursor_of_a_page_leads_on_from_its_own_payment(world: World) -> None:
    now = world.app.clock.now()
    old = await paid_at(world, *(now - timedelta(hours=number) for number in range(1, 7)))
    page = await page_of(world.client, 3)
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
    for place, edge in enumerate(page["edges"], start=1):
        assert ids_of(await page_of(world.client, 100, edge["cursor"])) == old[place:]


async def test_sessions_and_invoices_are_in_one_order_newest_first(world: World) -> None:
    slots = await slots_ahead(world, 40)
    first = await world.client.books(slots[0])
    await world.pays(first)
    await world.worker.drain()
    who = await subscribes(world)
    subscription = (await who.subscription())["id"]
    second = await world.client.books(slots[1])
    await world.pays(second)
    await world.worker.drain()
    await who.renews()

    nodes = (await page_of(world.client, 20))["nodes"]
    assert [(node["booking"], node["subscription"]) for node in nodes] == [
        (None, {"id": subscription}),
        ({"id": second.booking_id}, None),
        (None, {"id": subscription}),
        ({"id": first.booking_id}, None),
    ]
    times = [node["createdAt"] for node in nodes]
    assert times == sorted(times, reverse=True)


async def test_a_stranger_sees_nothing_of_it_also_with_its_cursors(world: World) -> None:
    now = world.app.clock.now()
    await paid_at(world, *(now - timedelta(hours=number) for number in range(1, 11)))
    cursor = (await page_of(world.client, 4))["pageInfo"]["endCursor"]
    for after in (None, cursor):
        page = await page_of(world.other, 100, after)
        assert page["nodes"] == []
        assert page["pageInfo"] == {"hasNextPage": False, "endCursor": None}
    body = await world.nobody.posts(PAGE, first=1, after=cursor)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("cursor", ["", "x", "MTIz", "é", "A" * 34, "=" * 4, "0" * 10_000])
async def test_a_cursor_that_no_page_gave_is_an_error(world: World, cursor: str) -> None:
    await paid_at(world, world.app.clock.now())
    body = await world.client.posts(PAGE, first=20, after=cursor)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["CURSOR_INVALID"]


# --- how much is read ----------------------------------------------------------------------------

LONG = 2_000


async def rows_read(conn: Conn, table: str) -> int:
    """Rows that this transaction has found in a table, by index or without."""
    count: int = await conn.fetchval(
        "select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) "
        "from pg_stat_xact_user_tables where relid = $1::text::regclass",
        table,
    )
    return count


async def test_a_page_reads_its_own_rows_alone_whatever_the_plan(world: World) -> None:
    now = world.app.clock.now()
    await paid_at(world, *(now - timedelta(minutes=number) for number in range(LONG)))
    await world.rows("analyze public.payments")
    user_id = world.client.user_id
    assert user_id is not None
    for mode in ("force_generic_plan", "force_custom_plan"):
        async with world.app.db.transaction() as conn:
            await conn.execute(f"set local plan_cache_mode = {mode}")
            await conn.execute("set local enable_seqscan = off")
            for after in (None, Cursor(now - timedelta(minutes=LONG - 100), UUID(int=0))):
                before = await rows_read(conn, "public.payments")
                page = await payment_lists.page_of_user(conn, user_id, PageRequest(10, after))
                assert len(page.items) == 10
                assert await rows_read(conn, "public.payments") - before == 11


async def test_the_sessions_of_a_page_are_found_by_their_ids_also_among_very_many(
    world: World,
) -> None:
    ids, now = [uuid4() for _ in range(LONG)], world.app.clock.now()
    await world.rows(_BOOKINGS, world.client.user_id, ids, now, UUID(MENTORING))
    # As if they were of a thousand people: then the index of a person's bookings looks short.
    await world.rows("alter table public.bookings alter user_id set (n_distinct = 1000)")
    await world.rows("analyze public.bookings")
    user_id = world.client.user_id
    assert user_id is not None
    async with world.app.db.transaction() as conn:
        await conn.execute("set local plan_cache_mode = force_generic_plan")
        await conn.execute("set local enable_seqscan = off")
        found = await booking_lists.by_ids(conn, user_id, ids[:10])
        assert found.keys() == set(ids[:10])
        [asked] = await conn.fetch(
            "select name from pg_prepared_statements "
            "where statement like 'select * from public.bookings where id = any%'"
        )
        plan = await conn.fetch(f'explain execute "{asked["name"]}" (null, null)')
    told = "\n".join(line[0] for line in plan)
    assert "bookings_pkey" in told
    assert "bookings_user" not in told
