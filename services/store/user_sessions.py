"""public.user_sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.models import Booking, Meeting


def _row(record: Record) -> Meeting:
    return Meeting(
        session_id=record["session_id"],
        booking_id=record["booking_id"],
        url=record["meeting_url"],
        expires_at=record["expires_at"],
    )


async def add(conn: Conn, booking: Booking, *, url: str, ref: str, expires_at: datetime) -> Meeting:
    """Keep the booking's first room; answers with the one kept."""
    await conn.execute(
        "insert into public.user_sessions (booking_id, user_id, meeting_url, room_ref, expires_at) "
        "values ($1, $2, $3, $4, $5) on conflict (booking_id) do nothing",
        booking.id,
        booking.user_id,
        url,
        ref,
        expires_at,
    )
    kept = await of_bookings(conn, [booking.id])
    return kept[booking.id]


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
