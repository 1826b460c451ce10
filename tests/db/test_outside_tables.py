"""What the tables of outside services let whom read, and what counts instead of repeating."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from sandbox.accounts import DEMO_USERS
from services import migrations
from services.db import Conn
from services.domain.story import StepKind
from services.store import booking_steps, error_logs
from services.store import bookings as booking_store
from services.store import session_types as session_type_store
from tests.databases import MIGRATIONS, Project
from tests.world import CONSULTATION

CLIENT, STRANGER = (user.id for user in DEMO_USERS[:2])
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PRIVATE = ("telegram_links", "received_events", "vendor_tokens", "error_logs")
NEW_COLUMNS = {
    "hosts": {"language", "calendar", "calendar_account", "video", "video_account"},
    "session_types": {"calendar_event_type"},
    "users": {"telegram_blocked_at"},
    "bookings": {"calendar_reservation", "calendar_asked_at", "scheduling_url"},
    "user_sessions": {"host_url", "closed_at"},
    "notifications": {"provider_ref"},
}


@pytest.fixture
async def conn(seeded: str) -> AsyncIterator[Conn]:
    """The owner of a database with demo users, hosts and session types."""
    conn = await asyncpg.connect(seeded)
    yield conn
    await conn.close()


async def booking_of(conn: Conn, user_id: UUID) -> UUID:
    wanted = UUID(CONSULTATION)
    held = await booking_store.hold(
        conn,
        user_id=user_id,
        session_type=(await session_type_store.by_ids(conn, [wanted]))[wanted],
        slot=None,
        hold_expires_at=NOON,
        idempotency_key=None,
        time_zone=None,
        now=NOON,
    )
    return held.id


async def seen(conn: Conn, query: str, *, by: UUID | None) -> list[asyncpg.Record]:
    """What PostgREST would get for this user, or without a sign-in."""
    role = "authenticated" if by else "anon"
    claims = json.dumps({"role": role} | ({"sub": str(by)} if by else {}))
    async with conn.transaction():
        await conn.execute(
            "select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)",
            claims,
            role,
        )
        return list(await conn.fetch(query))


# --- columns -------------------------------------------------------------------------------------


async def test_of_the_new_columns_clients_read_only_what_is_theirs(
    project: Project,
) -> None:
    readable = {
        f"{table}.{column}"
        for role in ("anon", "authenticated")
        for table, columns in NEW_COLUMNS.items()
        for column in columns
        if await project.owner.fetchval(
            "select has_column_privilege($1, 'public.' || $2, $3, 'select')", role, table, column
        )
    }
    assert readable == {
        "bookings.scheduling_url",
        "notifications.provider_ref",
        "users.telegram_blocked_at",
    }


async def test_a_client_reads_their_link_and_never_the_hosts(conn: Conn) -> None:
    booking_id = await booking_of(conn, CLIENT)
    await conn.execute(
        "insert into public.user_sessions (booking_id, user_id, meeting_url, host_url, room_ref, "
        "expires_at) values ($1, $2, 'https://zoom.test/j/1', 'https://zoom.test/s/1?zak=secret', "
        "'ZOOM:1', now() + interval '1 hour')",
        booking_id,
        CLIENT,
    )
    link = "select booking_id, meeting_url, expires_at > now() from public.user_sessions"
    assert [tuple(row) for row in await seen(conn, link, by=CLIENT)] == [
        (booking_id, "https://zoom.test/j/1", True)
    ]
    assert await seen(conn, link, by=STRANGER) == []
    for query in ("host_url", "room_ref", "*"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await seen(conn, f"select {query} from public.user_sessions", by=CLIENT)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen(conn, link, by=None)


async def test_a_hosts_link_is_an_address(conn: Conn) -> None:
    booking_id = await booking_of(conn, CLIENT)
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute(
            "insert into public.user_sessions (booking_id, meeting_url, host_url, room_ref, "
            "expires_at) values ($1, 'https://zoom.test/j/1', 'javascript:1', 'ZOOM:1', now())",
            booking_id,
        )


@pytest.mark.parametrize(
    ("column", "value"), [("calendar", "OUTLOOK"), ("video", "TEAMS"), ("calendar", "calcom")]
)
async def test_a_host_has_no_service_that_there_is_not(conn: Conn, column: str, value: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute(f"update public.hosts set {column} = $1", value)


async def test_a_message_out_of_the_app_has_a_recipient(conn: Conn) -> None:
    booking_id = await booking_of(conn, CLIENT)
    add = (
        "insert into public.notifications (user_id, booking_id, kind, medium, dedupe_key, title, "
        "body) values ($1, $2, 'BOOKING_CONFIRMED', $3, $3, 'a', 'b')"
    )
    await conn.execute(add, CLIENT, booking_id, "IN_APP")
    for medium in ("EMAIL", "TELEGRAM"):
        with pytest.raises(asyncpg.CheckViolationError, match="has_recipient"):
            await conn.execute(add, CLIENT, booking_id, medium)


async def test_the_language_of_a_sign_up_is_kept_and_unknown_without_one(project: Project) -> None:
    anna, ben = UUID(int=1), UUID(int=2)
    for user_id, metadata in ((anna, '{"language": "uk"}'), (ben, "{}")):
        await project.platform.execute(
            "insert into auth.users (id, email, raw_user_meta_data) values ($1, $2, $3::jsonb)",
            user_id,
            f"{user_id.int}@example.com",
            metadata,
        )
    await project.platform.execute(
        "update auth.users set raw_user_meta_data = '{}', email = 'a@example.com' where id = $1",
        anna,
    )
    rows = await project.owner.fetch("select id, email, language from public.users order by id")
    assert [tuple(row) for row in rows] == [
        (anna, "a@example.com", "uk"),
        (ben, "2@example.com", None),
    ]


# --- private tables ------------------------------------------------------------------------------


@pytest.mark.parametrize("table", PRIVATE)
@pytest.mark.parametrize("by", [CLIENT, None], ids=["client", "nobody"])
async def test_what_is_private_is_closed(conn: Conn, table: str, by: UUID | None) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen(conn, f"select count(*) from private.{table}", by=by)


async def test_news_of_others_than_telegram_and_calendly_is_not_kept(conn: Conn) -> None:
    add = "insert into private.received_events values ($1, 'k', '{}', now())"
    await conn.execute(add, "calendly")
    await conn.execute(add, "telegram")
    with pytest.raises(asyncpg.UniqueViolationError):
        await conn.execute(add, "telegram")
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute(add, "stripe")


# --- steps of a booking --------------------------------------------------------------------------


async def test_a_bookings_steps_are_its_clients_alone(conn: Conn) -> None:
    mine, theirs = await booking_of(conn, CLIENT), await booking_of(conn, STRANGER)
    for booking_id in (mine, theirs):
        await booking_steps.add(conn, booking_id, StepKind.HELD, now=NOON)
    steps = "select booking_id from public.booking_steps"
    assert [row["booking_id"] for row in await seen(conn, steps, by=CLIENT)] == [mine]
    assert [row["booking_id"] for row in await seen(conn, steps, by=STRANGER)] == [theirs]
    assert await seen(conn, steps, by=UUID(int=9)) == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen(conn, steps, by=None)


@pytest.mark.parametrize(
    "query",
    [
        "insert into public.booking_steps (booking_id, kind, at, last_at) "
        "select id, 'HELD', now(), now() from public.bookings",
        "update public.booking_steps set detail = 'paid'",
        "delete from public.booking_steps",
    ],
)
async def test_nobody_rewrites_a_bookings_steps(conn: Conn, query: str) -> None:
    booking_id = await booking_of(conn, CLIENT)
    await booking_steps.add(conn, booking_id, StepKind.HELD, now=NOON)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen(conn, query, by=CLIENT)
    assert await conn.fetchval("select count(*) from public.booking_steps") == 1


async def test_what_fails_again_is_one_step_that_counts_and_what_happens_again_is_two(
    conn: Conn,
) -> None:
    booking_id = await booking_of(conn, CLIENT)

    async def add(kind: StepKind, minutes: int, *, subject: str = "", detail: str = "") -> int:
        return await booking_steps.add(
            conn,
            booking_id,
            kind,
            subject=subject,
            detail=detail,
            now=NOON + timedelta(minutes=minutes),
        )

    first = await add(StepKind.CALENDAR_FAILING, 0, subject="book_calendar", detail="old")
    assert await add(StepKind.CALENDAR_FAILING, 5, subject="book_calendar", detail="new") == first
    other = await add(StepKind.CALENDAR_FAILING, 6, subject="show_link")
    given_up = await add(StepKind.CALENDAR_GIVEN_UP, 7, subject="book_calendar")
    assert await add(StepKind.CALENDAR_GIVEN_UP, 8, subject="book_calendar") == given_up
    assert len({first, other, given_up, await add(StepKind.RESCHEDULED, 9)}) == 4
    await add(StepKind.RESCHEDULED, 10)

    steps = (await booking_steps.of_bookings(conn, [booking_id]))[booking_id]
    minute = timedelta(minutes=1)
    assert [(step.kind, step.times, step.at, step.last_at) for step in steps] == [
        (StepKind.CALENDAR_FAILING, 2, NOON, NOON + 5 * minute),
        (StepKind.CALENDAR_FAILING, 1, NOON + 6 * minute, NOON + 6 * minute),
        (StepKind.CALENDAR_GIVEN_UP, 2, NOON + 7 * minute, NOON + 8 * minute),
        (StepKind.RESCHEDULED, 1, NOON + 9 * minute, NOON + 9 * minute),
        (StepKind.RESCHEDULED, 1, NOON + 10 * minute, NOON + 10 * minute),
    ]
    assert steps[0].detail == "new"


async def test_the_operators_line_of_a_step_counts_with_it(conn: Conn) -> None:
    booking_id = await booking_of(conn, CLIENT)
    step_id = await booking_steps.add(conn, booking_id, StepKind.ROOM_FAILING, now=NOON)

    async def note(message: str, correlation_id: str, *, step: int | None) -> None:
        await error_logs.add(
            conn,
            source="open_meeting",
            vendor="zoom",
            message=message,
            final=False,
            booking_id=booking_id if step else None,
            step_id=step,
            correlation_id=correlation_id,
        )

    await note("zoom: answered 500", "c1", step=step_id)
    [once] = await error_logs.of_booking(conn, booking_id)
    assert (once.times, once.last_at, once.resolved_at) == (1, None, None)
    await conn.execute("update private.error_logs set resolved_at = now()")
    await note("zoom: no answer", "c2", step=step_id)
    [twice] = await error_logs.of_booking(conn, booking_id)
    assert (twice.id, twice.times, twice.message) == (once.id, 2, "zoom: no answer")
    assert (twice.correlation_id, twice.resolved_at) == ("c2", None)
    assert twice.last_at is not None
    assert twice.last_at >= twice.created_at == once.created_at

    for message in ("evt_1: KeyError", "evt_2: KeyError", "evt_1: KeyError"):
        await note(message, "c3", step=None)  # of no booking: a line for each message
    newest = await error_logs.newest(conn, 10)
    assert sorted((log.message, log.times) for log in newest) == [
        ("evt_1: KeyError", 2),
        ("evt_2: KeyError", 1),
        ("zoom: no answer", 2),
    ]
    await conn.execute("update private.error_logs set resolved_at = now()")
    await note("evt_1: KeyError", "c4", step=None)  # looked after, and there again: news
    assert len(await error_logs.newest(conn, 10)) == 4
    assert len(await error_logs.newest(conn, 2)) == 2


async def test_an_account_that_is_deleted_takes_its_links_along_and_a_booking_its_story(
    conn: Conn,
) -> None:
    booking_id = await booking_of(conn, CLIENT)
    step_id = await booking_steps.add(conn, booking_id, StepKind.ROOM_FAILING, now=NOON)
    await error_logs.add(
        conn,
        source="open_meeting",
        message="zoom: no answer",
        final=False,
        booking_id=booking_id,
        step_id=step_id,
    )
    await conn.execute(
        "insert into private.telegram_links values ('\\x01', $1, now(), null, now())", CLIENT
    )
    await conn.execute("delete from public.users where id = $1", CLIENT)
    assert await conn.fetchval("select count(*) from private.telegram_links") == 0
    assert await conn.fetchval("select count(*) from public.booking_steps") == 1
    await conn.execute("delete from public.bookings")
    assert await conn.fetchval("select count(*) from public.booking_steps") == 0
    assert await conn.fetchval("select count(*) from private.error_logs") == 0


# --- Realtime ------------------------------------------------------------------------------------

MESSAGES = """
create schema realtime;
create table realtime.messages (
  id uuid primary key default gen_random_uuid(), topic text not null, extension text not null
);
alter table realtime.messages enable row level security;
grant usage on schema realtime to anon, authenticated;
grant select, insert on realtime.messages to anon, authenticated;
"""
TOPIC = """
create function realtime.topic() returns text language sql stable
  as $$ select nullif(current_setting('realtime.topic', true), '') $$;
grant execute on function realtime.topic() to anon, authenticated;
"""
"""As far as policies know it: Realtime sets the topic and asks for a row of its own."""


async def policies(project: Project) -> list[tuple[str, ...]]:
    rows = await project.owner.fetch(
        "select schemaname, tablename, policyname, cmd, permissive, roles::text[] as roles "
        "from pg_policies where schemaname = 'realtime'"
    )
    return [(*list(row)[:-1], *row["roles"]) for row in rows]


@pytest.mark.parametrize("stub", ["", MESSAGES], ids=["none", "without topic()"])
async def test_without_realtime_the_migration_does_nothing(bare: Project, stub: str) -> None:
    if stub:
        await bare.owner.execute(stub)
    await migrations.apply(bare.owner, MIGRATIONS)
    assert await migrations.pending(bare.owner, MIGRATIONS) == []
    assert await policies(bare) == []
    there = await bare.owner.fetchval("select to_regnamespace('realtime') is not null")
    assert there is bool(stub)


@pytest.fixture
async def realtime(bare: Project) -> Project:
    """A migrated project that has Realtime."""
    await bare.owner.execute(MESSAGES + TOPIC)
    await migrations.apply(bare.owner, MIGRATIONS)
    return bare


async def hears(project: Project, topic: str, *, by: UUID | None, extension: str) -> bool:
    """Whether Realtime would let them join: it asks for a row of that topic as that user."""
    role = "authenticated" if by else "anon"
    claims = json.dumps({"role": role} | ({"sub": str(by)} if by else {}))
    async with project.owner.transaction():
        await project.owner.execute("delete from realtime.messages")
        await project.owner.execute(
            "insert into realtime.messages (topic, extension) values ($1, $2)", topic, extension
        )
        await project.owner.execute(
            "select set_config('request.jwt.claims', $1, true), "
            "set_config('realtime.topic', $2, true), set_config('role', $3, true)",
            claims,
            topic,
            role,
        )
        rows: int = await project.owner.fetchval("select count(*) from realtime.messages")
        await project.owner.execute("reset role")
        return rows == 1


async def test_the_one_policy_lets_signed_in_users_listen(realtime: Project) -> None:
    assert await policies(realtime) == [
        ("realtime", "messages", "sessionpay_user_channel", "SELECT", "PERMISSIVE", "authenticated")
    ]


@pytest.mark.parametrize(
    ("topic", "by", "extension", "heard"),
    [
        (f"user:{CLIENT}", CLIENT, "broadcast", True),
        (f"user:{STRANGER}", STRANGER, "broadcast", True),
        (f"user:{STRANGER}", CLIENT, "broadcast", False),
        (f"user:{CLIENT}", None, "broadcast", False),
        (f"user:{CLIENT}", CLIENT, "presence", False),
        (f"user:{CLIENT}:more", CLIENT, "broadcast", False),
        ("user:", CLIENT, "broadcast", False),
        ("", CLIENT, "broadcast", False),
    ],
)
async def test_everybody_hears_their_own_channel_and_no_other(
    realtime: Project, topic: str, by: UUID | None, extension: str, *, heard: bool
) -> None:
    assert await hears(realtime, topic, by=by, extension=extension) is heard


async def test_nobody_but_us_sends_to_a_channel(realtime: Project) -> None:
    async with realtime.owner.transaction():
        await realtime.owner.execute(
            "select set_config('request.jwt.claims', $1, true), "
            "set_config('realtime.topic', $2, true), set_config('role', 'authenticated', true)",
            json.dumps({"role": "authenticated", "sub": str(CLIENT)}),
            f"user:{CLIENT}",
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with realtime.owner.transaction():
                await realtime.owner.execute(
                    "insert into realtime.messages (topic, extension) values ($1, 'broadcast')",
                    f"user:{CLIENT}",
                )
