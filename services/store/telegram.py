"""private.telegram_links, whose chat is whose in public.users, and what a chat may be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn


@dataclass(frozen=True, slots=True)
class Link:
    """A code of a user; it may be expired or used."""

    user_id: UUID
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChatUser:
    """The user whose chat it is, as far as the bot speaks with them."""

    id: UUID
    language: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A paid session as the bot tells of it.

    `starts_at` is None while its client has not chosen a time, `time_zone` while nobody told ours,
    `meeting_url` while there is no valid link.
    """

    booking_id: UUID
    name: str
    host_name: str
    starts_at: datetime | None
    time_zone: str | None
    meeting_url: str | None


def _session(record: Record) -> Session:
    return Session(
        booking_id=record["id"],
        name=record["name"],
        host_name=record["host_name"],
        starts_at=record["starts_at"],
        time_zone=record["time_zone"],
        meeting_url=record["meeting_url"],
    )


async def add_link(
    conn: Conn, *, code_hash: bytes, user_id: UUID, expires_at: datetime, now: datetime
) -> None:
    await conn.execute(
        "insert into private.telegram_links (code_hash, user_id, expires_at, created_at) "
        "values ($1, $2, $3, $4)",
        code_hash,
        user_id,
        expires_at,
        now,
    )


async def void_links(conn: Conn, user_id: UUID) -> None:
    """Make the user's codes that were not used worth nothing."""
    await conn.execute(
        "delete from private.telegram_links where user_id = $1 and used_at is null", user_id
    )


async def lock_link(conn: Conn, code_hash: bytes) -> Link | None:
    """The code, with everybody else kept from using it until the transaction ends."""
    record = await conn.fetchrow(
        "select user_id, expires_at, used_at from private.telegram_links "
        "where code_hash = $1 for update",
        code_hash,
    )
    return Link(record["user_id"], record["expires_at"], record["used_at"]) if record else None


async def use_link(conn: Conn, code_hash: bytes, *, now: datetime) -> None:
    await conn.execute(
        "update private.telegram_links set used_at = $2 where code_hash = $1", code_hash, now
    )


async def lock_chat(conn: Conn, chat_id: int) -> None:
    """Let one transaction at a time give this chat to a user: it may be nobody's row yet."""
    await conn.execute(
        "select pg_advisory_xact_lock(hashtextextended('telegram chat ' || $1::text, 0))",
        str(chat_id),
    )


async def give_chat(conn: Conn, user_id: UUID, chat_id: int) -> None:
    """Make this the user's one chat, to which the bot may write."""
    await conn.execute(
        "update public.users set telegram_id = $2, telegram_blocked_at = null where id = $1",
        user_id,
        chat_id,
    )


async def free_chat(conn: Conn, chat_id: int) -> UUID | None:
    """Make this nobody's chat; answers with whose it was."""
    user_id: UUID | None = await conn.fetchval(
        "update public.users set telegram_id = null, telegram_blocked_at = null "
        "where telegram_id = $1 returning id",
        chat_id,
    )
    return user_id


async def user_of(conn: Conn, chat_id: int) -> ChatUser | None:
    record = await conn.fetchrow(
        "select id, language from public.users where telegram_id = $1", chat_id
    )
    return ChatUser(record["id"], record["language"]) if record else None


async def block(conn: Conn, chat_id: int, *, now: datetime) -> None:
    """The person keeps the bot from writing to them; the first time it was noticed is kept."""
    await conn.execute(
        "update public.users set telegram_blocked_at = coalesce(telegram_blocked_at, $2) "
        "where telegram_id = $1",
        chat_id,
        now,
    )


async def unblock(conn: Conn, chat_id: int) -> None:
    await conn.execute(
        "update public.users set telegram_blocked_at = null where telegram_id = $1", chat_id
    )


async def upcoming(conn: Conn, user_id: UUID, *, limit: int, now: datetime) -> Sequence[Session]:
    """The user's accepted sessions that are not over, the next one first."""
    records = await conn.fetch(
        "select b.id, t.name, h.name as host_name, b.starts_at, "
        "coalesce(b.time_zone, u.time_zone) as time_zone, s.meeting_url "
        "from public.bookings b "
        "join public.users u on u.id = b.user_id "
        "join public.session_types t on t.id = b.session_type_id "
        "join public.hosts h on h.id = b.host_id "
        "left join public.user_sessions s on s.booking_id = b.id and s.expires_at > $3 "
        "and s.withheld_at is null "
        "where b.user_id = $1 and b.status = 'ACCEPTED' and b.ends_at > $3 "
        "order by b.starts_at limit $2",
        user_id,
        limit,
        now,
    )
    return [_session(record) for record in records]


async def to_place(conn: Conn, user_id: UUID, *, limit: int) -> Sequence[Session]:
    """The user's paid sessions that have no time yet, oldest first."""
    records = await conn.fetch(
        "select b.id, t.name, h.name as host_name, b.starts_at, b.time_zone, "
        "null::text as meeting_url "
        "from public.bookings b "
        "join public.session_types t on t.id = b.session_type_id "
        "join public.hosts h on h.id = b.host_id "
        "where b.user_id = $1 and b.status = 'PENDING' and b.starts_at is null "
        "order by b.created_at limit $2",
        user_id,
        limit,
    )
    return [_session(record) for record in records]


async def prune_links(conn: Conn, before: datetime) -> None:
    """Forget codes that are worth nothing any more."""
    await conn.execute("delete from private.telegram_links where expires_at < $1", before)
