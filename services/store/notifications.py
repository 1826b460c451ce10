"""public.notifications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.models import Medium, Notification, NotificationKind
from services.domain.paging import Page, PageRequest


def _row(record: Record) -> Notification:
    return Notification(
        id=record["id"],
        user_id=record["user_id"],
        booking_id=record["booking_id"],
        subscription_id=record["subscription_id"],
        kind=NotificationKind(record["kind"]),
        medium=Medium(record["medium"]),
        recipient=record["recipient"],
        title=record["title"],
        body=record["body"],
        language=record["language"],
        round=record["round"],
        status=record["status"],
        read_at=record["read_at"],
        created_at=record["created_at"],
    )


async def add(
    conn: Conn,
    *,
    user_id: UUID | None,
    booking_id: UUID | None = None,
    subscription_id: UUID | None = None,
    kind: NotificationKind,
    medium: Medium,
    recipient: str | None,
    round_: int,
    language: str,
    title: str,
    body: str,
    now: datetime,
) -> UUID | None:
    """Write a message about a booking or a subscription once in each round (from 0); None when it
    was written before. In the app it has arrived by this."""
    subject = f"booking:{booking_id}" if booking_id else f"subscription:{subscription_id}"
    made: UUID | None = await conn.fetchval(
        "insert into public.notifications (user_id, booking_id, kind, medium, recipient, "
        "dedupe_key, title, body, status, sent_at, created_at, language, round, "
        "subscription_id) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, "
        "case when $4 = 'IN_APP' then 'SENT' else 'QUEUED' end, "
        "case when $4 = 'IN_APP' then $9::timestamptz end, $9, $10, $11, $12) "
        "on conflict (dedupe_key) do nothing returning id",
        user_id,
        booking_id,
        kind,
        medium,
        recipient,
        f"{subject}:{kind}:{medium}" + (f":{round_}" if round_ else ""),
        title,
        body,
        now,
        language,
        round_,
        subscription_id,
    )
    return made


async def count_rounds(conn: Conn, booking_id: UUID, kind: NotificationKind) -> int:
    """The first round of this kind of message about a booking that was not told yet."""
    count: int = await conn.fetchval(
        "select coalesce(max(round) + 1, 0) from public.notifications "
        "where booking_id = $1 and kind = $2",
        booking_id,
        kind,
    )
    return count


async def get(conn: Conn, notification_id: UUID) -> Notification | None:
    record = await conn.fetchrow(
        "select * from public.notifications where id = $1", notification_id
    )
    return _row(record) if record else None


async def sent(
    conn: Conn, notification_id: UUID, provider_ref: str | None = None, *, now: datetime
) -> bool:
    """It was handed over; False when that was known already."""
    written: UUID | None = await conn.fetchval(
        "update public.notifications set status = 'SENT', sent_at = $2, "
        "provider_ref = coalesce($3, provider_ref) "
        "where id = $1 and status = 'QUEUED' returning id",
        notification_id,
        now,
        provider_ref,
    )
    return written is not None


async def unheard(conn: Conn, notification_id: UUID) -> int:
    """The service was silent once more; answers with how often by now."""
    times: int = await conn.fetchval(
        "update public.notifications set unheard = unheard + 1 where id = $1 returning unheard",
        notification_id,
    )
    return times


async def failed(conn: Conn, notification_id: UUID) -> None:
    await conn.execute(
        "update public.notifications set status = 'FAILED' where id = $1 and status = 'QUEUED'",
        notification_id,
    )


async def was_told(conn: Conn, subscription_id: UUID, kind: NotificationKind) -> bool:
    """Whether this was ever said of the subscription, over whatever medium."""
    told: bool = await conn.fetchval(
        "select exists (select from public.notifications where subscription_id = $1 and kind = $2)",
        subscription_id,
        kind,
    )
    return told


async def of_booking(conn: Conn, booking_id: UUID) -> list[Notification]:
    """Every message about a booking, oldest first."""
    records = await conn.fetch(
        "select * from public.notifications where booking_id = $1 order by created_at, id",
        booking_id,
    )
    return [_row(record) for record in records]


async def overtaken(conn: Conn, notification_id: UUID) -> None:
    await conn.execute(
        "update public.notifications set status = 'OVERTAKEN' where id = $1 and status = 'QUEUED'",
        notification_id,
    )


async def page_of_user(
    conn: Conn, user_id: UUID, page: PageRequest, *, unread_only: bool
) -> Page[Notification]:
    """Messages in the app, newest first."""
    records = await conn.fetch(
        "select * from public.notifications where user_id = $1 and medium = 'IN_APP' "
        "and (not $5 or read_at is null) "
        "and (created_at, id) < ($2, $3) "
        "order by created_at desc, id desc limit $4",
        user_id,
        page.start.created_at,
        page.start.id,
        page.limit,
        unread_only,
    )
    return Page.cut([_row(record) for record in records], page)


async def count_unread(conn: Conn, user_id: UUID) -> int:
    count: int = await conn.fetchval(
        "select count(*) from public.notifications "
        "where user_id = $1 and medium = 'IN_APP' and read_at is null",
        user_id,
    )
    return count


async def mark_read(conn: Conn, user_id: UUID, ids: Sequence[UUID] | None, *, now: datetime) -> int:
    """Mark these, or with None all, of the user's messages in the app; tells how many changed."""
    rows = await conn.fetch(
        "update public.notifications set read_at = $3 where user_id = $1 and medium = 'IN_APP' "
        "and read_at is null and ($2::uuid[] is null or id = any($2)) returning id",
        user_id,
        ids,
        now,
    )
    return len(rows)
