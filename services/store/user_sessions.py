"""public.user_sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.disputes import SETTLED_DISPUTES
from services.domain.models import Booking, Meeting


def _row(record: Record) -> Meeting:
    return Meeting(
        session_id=record["session_id"],
        booking_id=record["booking_id"],
        url=record["meeting_url"],
        host_url=record["host_url"],
        room_ref=record["room_ref"],
        expires_at=record["expires_at"],
        withheld_at=record["withheld_at"],
    )


async def add(
    conn: Conn,
    booking: Booking,
    *,
    url: str,
    host_url: str | None,
    ref: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Keep the booking's first room; its link is withheld while a bank decides."""
    await conn.execute(
        "insert into public.user_sessions (booking_id, user_id, meeting_url, host_url, room_ref, "
        "expires_at, withheld_at) values ($1, $2, $3, $4, $5, $6, case when exists "
        "(select from public.payments p where p.booking_id = $1 and p.dispute_status is not null "
        "and p.dispute_status <> all($7)) then $8::timestamptz end) "
        "on conflict (booking_id) do nothing",
        booking.id,
        booking.user_id,
        url,
        host_url,
        ref,
        expires_at,
        sorted(SETTLED_DISPUTES | {"lost"}),
        now,
    )


async def move(
    conn: Conn,
    booking_id: UUID,
    *,
    url: str,
    host_url: str | None,
    ref: str,
    expires_at: datetime,
) -> None:
    """Where to meet, and until when, after the booking was given another time."""
    await conn.execute(
        "update public.user_sessions set meeting_url = $2, host_url = $3, room_ref = $4, "
        "expires_at = $5, closed_at = null, shown_at = null where booking_id = $1",
        booking_id,
        url,
        host_url,
        ref,
        expires_at,
    )


async def still_open(conn: Conn, booking_id: UUID) -> Meeting | None:
    """The booking's room if nobody has removed it yet."""
    record = await conn.fetchrow(
        "select * from public.user_sessions where booking_id = $1 and closed_at is null", booking_id
    )
    return _row(record) if record else None


async def shown(conn: Conn, booking_id: UUID, *, url: str, now: datetime) -> None:
    """This link was written into the host's calendar."""
    await conn.execute(
        "update public.user_sessions set shown_at = $3 where booking_id = $1 and meeting_url = $2",
        booking_id,
        url,
        now,
    )


async def closed(conn: Conn, booking_id: UUID, *, now: datetime) -> None:
    """The room was removed at its service."""
    await conn.execute(
        "update public.user_sessions set closed_at = $2 where booking_id = $1", booking_id, now
    )


async def of_bookings(conn: Conn, booking_ids: Sequence[UUID]) -> dict[UUID, Meeting]:
    records = await conn.fetch(
        "select * from public.user_sessions where booking_id = any($1)", booking_ids
    )
    return {record["booking_id"]: _row(record) for record in records}


async def end(conn: Conn, booking_id: UUID, *, now: datetime) -> None:
    """Give the link out no longer."""
    await conn.execute(
        "update public.user_sessions set expires_at = least(expires_at, $2) where booking_id = $1",
        booking_id,
        now,
    )


async def withhold(conn: Conn, booking_id: UUID, since: datetime | None) -> None:
    """Give the link out no longer for now, or with None again."""
    await conn.execute(
        "update public.user_sessions set withheld_at = $2 where booking_id = $1", booking_id, since
    )
