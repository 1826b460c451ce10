"""Bookings and session types as the host's own scheduling page names them."""

from collections.abc import Sequence
from uuid import UUID

from services.db import Conn


async def is_sold(conn: Conn, event_type: str) -> bool:
    """Whether a session type, on sale or not any more, is this one of the calendar service."""
    sold: bool = await conn.fetchval(
        "select exists (select from public.session_types where calendar_event_type = $1)",
        event_type,
    )
    return sold


async def booking_of(
    conn: Conn, booking_id: UUID | None, calendar_refs: Sequence[str]
) -> UUID | None:
    """The booking of this id, or else the one that has one of these entries."""
    found: UUID | None = await conn.fetchval(
        "select id from public.bookings where id = $1 or calendar_ref = any($2) "
        "order by id = $1 desc nulls last limit 1",
        booking_id,
        calendar_refs,
    )
    return found
