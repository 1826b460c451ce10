"""private.channel_accesses: where people stand with private channels."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.plans import AccessStatus, ChannelAccess

_WHO = (
    "left join public.users u on u.id = a.user_id "
    "left join private.telegram_buyers t on t.id = a.telegram_buyer_id"
)
_PERSON = (
    "coalesce(case when a.status = 'JOINED' then a.person_id end, u.telegram_id, t.telegram_id, "
    "a.person_id)"
)


def _row(record: Record) -> ChannelAccess:
    return ChannelAccess(
        id=record["id"],
        channel_id=record["channel_id"],
        user_id=record["user_id"],
        telegram_buyer_id=record["telegram_buyer_id"],
        person_id=record["person_id"],
        status=AccessStatus(record["status"]),
        invite_link=record["invite_link"],
        round=record["round"],
    )


async def get(conn: Conn, access_id: UUID) -> ChannelAccess | None:
    record = await conn.fetchrow("select * from private.channel_accesses where id = $1", access_id)
    return _row(record) if record else None


async def lock(conn: Conn, access_id: UUID) -> ChannelAccess | None:
    record = await conn.fetchrow(
        "select * from private.channel_accesses where id = $1 for update", access_id
    )
    return _row(record) if record else None


async def of_subscriber(
    conn: Conn, channel_id: UUID, *, user_id: UUID | None, telegram_buyer_id: UUID | None
) -> ChannelAccess | None:
    """Where whoever has this account, or bought in Telegram, stands with the channel."""
    record = await conn.fetchrow(
        "select * from private.channel_accesses where channel_id = $1 "
        "and (user_id = $2 or telegram_buyer_id = $3) "
        "order by status in ('ENDED', 'LEFT'), created_at limit 1",
        channel_id,
        user_id,
        telegram_buyer_id,
    )
    return _row(record) if record else None


async def of_user(conn: Conn, user_id: UUID) -> list[ChannelAccess]:
    records = await conn.fetch(
        "select * from private.channel_accesses where user_id = $1 order by created_at", user_id
    )
    return [_row(record) for record in records]


async def of_buyer(conn: Conn, telegram_buyer_id: UUID) -> list[ChannelAccess]:
    records = await conn.fetch(
        "select * from private.channel_accesses where telegram_buyer_id = $1 order by created_at",
        telegram_buyer_id,
    )
    return [_row(record) for record in records]


async def of_link(conn: Conn, invite_link: str) -> ChannelAccess | None:
    record = await conn.fetchrow(
        "select * from private.channel_accesses where invite_link = $1", invite_link
    )
    return _row(record) if record else None


async def of_person(conn: Conn, channel_id: UUID, person_id: int) -> Sequence[ChannelAccess]:
    """Rows under which somebody with this Telegram id is, or may come, in the channel."""
    records = await conn.fetch(
        f"select a.* from private.channel_accesses a {_WHO} "
        f"where a.channel_id = $1 and {_PERSON} = $2 "
        "order by a.status = 'ENDED', a.created_at",
        channel_id,
        person_id,
    )
    return [_row(record) for record in records]


async def telegram_of(conn: Conn, access: ChannelAccess) -> int | None:
    """The person's Telegram id: who is in, else the linked chat, else who bought there, else who
    first asked by the link."""
    person_id: int | None = await conn.fetchval(
        f"select {_PERSON} from private.channel_accesses a {_WHO} where a.id = $1", access.id
    )
    return person_id


async def want(
    conn: Conn,
    channel_id: UUID,
    *,
    user_id: UUID | None,
    telegram_buyer_id: UUID | None,
    now: datetime,
) -> ChannelAccess:
    """The person's row, made when they have none yet."""
    await conn.execute(
        "insert into private.channel_accesses "
        "(channel_id, user_id, telegram_buyer_id, created_at, updated_at) "
        "select $1, $2, $3, $4, $4 where not exists (select from private.channel_accesses "
        "where channel_id = $1 and (user_id = $2 or telegram_buyer_id = $3)) "
        "on conflict do nothing",
        channel_id,
        user_id,
        telegram_buyer_id,
        now,
    )
    made = await of_subscriber(
        conn, channel_id, user_id=user_id, telegram_buyer_id=telegram_buyer_id
    )
    assert made is not None
    return made


async def invited(
    conn: Conn,
    access_id: UUID,
    *,
    link: str | None,
    person_id: int | None,
    now: datetime,
) -> None:
    await conn.execute(
        "update private.channel_accesses set status = 'INVITED', invite_link = $2, "
        "person_id = $3, updated_at = $4 where id = $1",
        access_id,
        link,
        person_id,
        now,
    )


async def expect(conn: Conn, access_id: UUID, person_id: int, *, now: datetime) -> None:
    """From now on nobody else comes in by the link."""
    await conn.execute(
        "update private.channel_accesses set person_id = $2, updated_at = $3 where id = $1",
        access_id,
        person_id,
        now,
    )


async def want_for_another(conn: Conn, access_id: UUID, *, now: datetime) -> None:
    """Another round, in which somebody else comes in; the link of the one before is still there,
    to be closed."""
    await conn.execute(
        "update private.channel_accesses set status = 'WANTED', person_id = null, "
        "round = round + 1, updated_at = $2 where id = $1",
        access_id,
        now,
    )


async def joined(conn: Conn, access_id: UUID, person_id: int, *, now: datetime) -> None:
    await conn.execute(
        "update private.channel_accesses set status = 'JOINED', person_id = $2, updated_at = $3 "
        "where id = $1",
        access_id,
        person_id,
        now,
    )


async def forget_link(conn: Conn, access_id: UUID, link: str) -> None:
    """The link lets nobody in any more."""
    await conn.execute(
        "update private.channel_accesses set invite_link = null where id = $1 and invite_link = $2",
        access_id,
        link,
    )


async def set_status(
    conn: Conn, access_id: UUID, status: AccessStatus, *, again: bool = False, now: datetime
) -> None:
    """`again` begins another round, of which the person is told anew."""
    await conn.execute(
        "update private.channel_accesses set status = $2, round = round + $3::integer, "
        "updated_at = $4 where id = $1",
        access_id,
        status,
        int(again),
        now,
    )


async def end(conn: Conn, access_id: UUID, *, now: datetime) -> None:
    """Out of the channel: who was in may be somebody else the next time, which is another round."""
    await conn.execute(
        "update private.channel_accesses set status = 'ENDED', person_id = null, "
        "invite_link = null, round = round + 1, updated_at = $2 where id = $1",
        access_id,
        now,
    )


async def give_to(conn: Conn, access_id: UUID, user_id: UUID) -> None:
    await conn.execute(
        "update private.channel_accesses set user_id = $2 where id = $1", access_id, user_id
    )


async def free(conn: Conn, access_id: UUID) -> None:
    """Let go of the account, which has another row of this channel now."""
    await conn.execute(
        "update private.channel_accesses set user_id = null where id = $1", access_id
    )
