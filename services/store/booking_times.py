"""public.bookings: the times they have, are given, and take from others."""

from datetime import datetime
from uuid import UUID

from asyncpg import ExclusionViolationError

from services.db import Conn
from services.domain.booking import LIVE
from services.domain.errors import SlotTaken
from services.domain.models import Booking
from services.domain.slots import Interval
from services.store.bookings import row_of


async def place(
    conn: Conn, booking_id: UUID, slot: Interval, occupied: Interval, *, time_zone: str | None
) -> Booking:
    """Give a session paid first its time. Raises SlotTaken."""
    try:
        record = await conn.fetchrow(
            "update public.bookings set starts_at = $2, ends_at = $3, "
            "occupied = tstzrange($4, $5), time_zone = coalesce($6, time_zone) "
            "where id = $1 returning *",
            booking_id,
            slot.start,
            slot.end,
            occupied.start,
            occupied.end,
            time_zone,
        )
    except ExclusionViolationError:
        raise SlotTaken from None
    assert record is not None
    return row_of(record)


async def move_time(conn: Conn, booking_id: UUID, slot: Interval, occupied: Interval) -> None:
    """Give a booking another time; its calendar file becomes a newer one. Raises SlotTaken."""
    try:
        await conn.execute(
            "update public.bookings set starts_at = $2, ends_at = $3, "
            "occupied = tstzrange($4, $5), sequence = sequence + 1, "
            "moved_from = coalesce(moved_from, starts_at) where id = $1",
            booking_id,
            slot.start,
            slot.end,
            occupied.start,
            occupied.end,
        )
    except ExclusionViolationError:
        raise SlotTaken from None


async def moved_by_client(
    conn: Conn, booking_id: UUID, *, times: int, time_zone: str | None
) -> None:
    """Count how often its client moved it; `times` is -1 for a move that did not come about."""
    await conn.execute(
        "update public.bookings set reschedules = greatest(0, reschedules + $2), "
        "time_zone = coalesce($3, time_zone) where id = $1",
        booking_id,
        times,
        time_zone,
    )


async def calendar_stands_at(conn: Conn, booking_id: UUID, starts_at: datetime) -> None:
    """The calendar's entry has this time now; the room, and those who are told, may not."""
    await conn.execute(
        "update public.bookings set moved_from = $2 where id = $1", booking_id, starts_at
    )


async def calendar_followed(conn: Conn, booking_id: UUID) -> None:
    """Calendar and room are at the booking's time, or it is at theirs again."""
    await conn.execute("update public.bookings set moved_from = null where id = $1", booking_id)


async def occupied(conn: Conn, host_id: UUID, between: Interval) -> list[Interval]:
    """What live bookings take of the host's time, buffers included."""
    records = await conn.fetch(
        "select lower(occupied) as start, upper(occupied) as end from public.bookings "
        "where host_id = $1 and occupied && tstzrange($2, $3) and status = any($4) order by 1",
        host_id,
        between.start,
        between.end,
        list(LIVE),
    )
    return [Interval(record["start"], record["end"]) for record in records]


async def live_starts(conn: Conn, session_type_id: UUID, between: Interval) -> list[datetime]:
    """When live bookings of this type start, for the daily cap."""
    records = await conn.fetch(
        "select starts_at from public.bookings where session_type_id = $1 "
        "and starts_at >= $2 and starts_at < $3 and status = any($4)",
        session_type_id,
        between.start,
        between.end,
        list(LIVE),
    )
    return [record["starts_at"] for record in records]
