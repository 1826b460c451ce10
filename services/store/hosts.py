"""public.hosts and public.availability."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.models import CalendarKind, Host, VideoKind
from services.domain.slots import WeeklyHours


def _row(record: Record) -> Host:
    return Host(
        id=record["id"],
        user_id=record["user_id"],
        name=record["name"],
        bio=record["bio"],
        email=record["email"],
        time_zone=record["time_zone"],
        language=record["language"],
        calendar=CalendarKind(record["calendar"]) if record["calendar"] else None,
        calendar_account=record["calendar_account"],
        video=VideoKind(record["video"]) if record["video"] else None,
        video_account=record["video_account"],
        keeps_cancellation_fees=record["keeps_cancellation_fees"],
    )


async def by_ids(conn: Conn, ids: Sequence[UUID]) -> dict[UUID, Host]:
    records = await conn.fetch("select * from public.hosts where id = any($1)", ids)
    return {record["id"]: _row(record) for record in records}


async def of_user(conn: Conn, user_id: UUID) -> Host | None:
    """The host that somebody signed in is."""
    record = await conn.fetchrow("select * from public.hosts where user_id = $1", user_id)
    return _row(record) if record else None


async def lock(conn: Conn, host_id: UUID) -> None:
    """Let one transaction at a time count and add this host's bookings."""
    await conn.execute("select from public.hosts where id = $1 for no key update", host_id)


async def weekly_hours(conn: Conn, host_id: UUID) -> list[WeeklyHours]:
    records = await conn.fetch(
        "select weekday, opens_minute, closes_minute from public.availability "
        "where host_id = $1 order by weekday, opens_minute",
        host_id,
    )
    return [WeeklyHours(**dict(record)) for record in records]
