"""Nobody sees or moves what is another's: by GraphQL and by SQL as `authenticated`."""

import json

import asyncpg
import pytest

from tests.world import World

OWN = ("users", "bookings", "payments", "user_sessions", "notifications")
CLOSED = (
    "private.stripe_events",
    "private.checkouts",
    "private.refunds",
    "private.error_logs",
    "jobs.pgqueuer",
)


async def test_a_stranger_sees_nothing_of_a_booking_by_graphql(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    intent = world.sandbox.stripe.sessions()[0]["payment_intent"]

    assert await world.other.booking(opened.booking_id) == {}
    for answer in (
        await world.other.confirms(opened.session_id),
        await world.other.confirms(payment_intent_id=intent),
        await world.other.confirms("cs_test_nobody_has_this"),
    ):
        assert answer["booking"] is None
        assert [error["code"] for error in answer["errors"]] == ["PAYMENT_NOT_FOUND"]
    slot = (await world.other.slots())[0]
    for refused in (
        await world.other.cancels(opened.booking_id),
        await world.other.schedules(opened.booking_id, slot),
    ):
        assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]
    lists = await world.other.asks(
        "{ myBookings { nodes { id } } myPayments { nodes { id } } myNotifications { nodes { id } }"
        " me { email paid bookingsToPlace { id } } }"
    )
    assert lists == {
        "myBookings": {"nodes": []},
        "myPayments": {"nodes": []},
        "myNotifications": {"nodes": []},
        "me": {"email": "rival@example.com", "paid": False, "bookingsToPlace": []},
    }
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


async def test_a_stranger_cannot_mark_messages_read(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    mark = (
        "mutation ($input: MarkNotificationsReadInput!) "
        "{ markNotificationsRead(input: $input) { markedCount errors { code } } }"
    )
    mine = await world.client.asks("{ myNotifications { nodes { id readAt } } }")
    [message] = mine["myNotifications"]["nodes"]
    theirs = await world.other.asks(mark, input={"ids": [message["id"]]})
    assert theirs["markNotificationsRead"] == {"markedCount": 0, "errors": []}
    assert (await world.client.asks("{ me { unreadNotifications } }"))["me"] == {
        "unreadNotifications": 1
    }
    own = await world.client.asks(mark, input={"ids": [message["id"]]})
    assert own["markNotificationsRead"]["markedCount"] == 1
    unread = await world.client.asks("{ myNotifications(unreadOnly: true) { nodes { id } } }")
    assert unread["myNotifications"]["nodes"] == []
    bad = await world.client.asks(mark, input={"ids": ["no-uuid"]})
    assert bad["markNotificationsRead"]["errors"][0]["code"] == "VALIDATION"


@pytest.mark.parametrize(
    "query",
    [
        "{ me { id } }",
        "{ myBookings { nodes { id } } }",
        "{ myPayments { nodes { id } } }",
        "{ myNotifications { nodes { id } } }",
        '{ booking(id: "00000000-0000-4000-8000-000000000000") { id } }',
        'mutation { cancelBooking(input: {bookingId: "x"}) { errors { code } } }',
        "mutation { markNotificationsRead(input: {}) { markedCount } }",
        'mutation { confirmBooking(input: {checkoutSessionId: "cs_1"}) { success } }',
        'mutation { createCheckoutSession(input: {sessionTypeId: "x"}) { errors { code } } }',
        'mutation { scheduleBooking(input: {bookingId: "x", startsAt: "2030-01-01T00:00:00Z"})'
        " { errors { code } } }",
    ],
)
async def test_what_is_personal_needs_a_sign_in(world: World, query: str) -> None:
    body = await world.nobody.posts(query)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]


async def as_user(world: World, user_id: object, query: str) -> list[asyncpg.Record]:
    """What PostgREST would get for this user."""
    async with world.app.db.transaction() as conn:
        claims = json.dumps({"sub": str(user_id), "role": "authenticated"})
        await conn.execute(
            "select set_config('request.jwt.claims', $1, true), "
            "set_config('role', 'authenticated', true)",
            claims,
        )
        return list(await conn.fetch(query))


async def test_row_security_shows_everybody_their_own_rows_only(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    for table in OWN:
        mine = await as_user(
            world,
            world.client.user_id,
            f"select id from public.{table}"
            if table != "user_sessions"
            else "select session_id from public.user_sessions",
        )
        theirs = await as_user(world, world.other.user_id, f"select count(*) from public.{table}")
        assert len(mine) == 1, table
        assert theirs[0]["count"] == (1 if table == "users" else 0), table


@pytest.mark.parametrize("table", CLOSED)
async def test_internal_tables_are_closed_to_clients(world: World, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_user(world, world.client.user_id, f"select * from {table}")


@pytest.mark.parametrize("table", OWN)
async def test_clients_write_nothing_by_sql(world: World, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_user(world, world.client.user_id, f"delete from public.{table}")


async def test_the_hosts_address_is_not_for_clients(world: World) -> None:
    assert len(await as_user(world, world.client.user_id, "select name from public.hosts")) == 4
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_user(world, world.client.user_id, "select email from public.hosts")
