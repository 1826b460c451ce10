"""public.booking_steps: what happened to a booking, for its client."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.story import BookingStep, StepKind


def _row(record: Record) -> BookingStep:
    return BookingStep(
        id=record["id"],
        booking_id=record["booking_id"],
        kind=StepKind(record["kind"]),
        subject=record["subject"],
        detail=record["detail"],
        times=record["times"],
        at=record["at"],
        last_at=record["last_at"],
    )


async def add(
    conn: Conn,
    booking_id: UUID,
    kind: StepKind,
    *,
    subject: str = "",
    detail: str = "",
    now: datetime,
) -> int:
    """Write a step; what fails again and again counts up. Answers with the step's id."""
    made: int = await conn.fetchval(
        "insert into public.booking_steps (booking_id, kind, subject, detail, at, last_at) "
        "values ($1, $2, $3, $4, $5, $5) "
        "on conflict (booking_id, kind, subject) where kind like '%\\_FAILING' "
        "or kind like '%\\_GIVEN\\_UP' "
        "do update set times = booking_steps.times + 1, last_at = excluded.last_at, "
        "detail = excluded.detail returning id",
        booking_id,
        kind,
        subject,
        detail,
        now,
    )
    return made


async def of_bookings(conn: Conn, booking_ids: Sequence[UUID]) -> dict[UUID, list[BookingStep]]:
    """Every step of each booking, oldest first."""
    found: dict[UUID, list[BookingStep]] = {booking_id: [] for booking_id in booking_ids}
    for record in await conn.fetch(
        "select * from public.booking_steps where booking_id = any($1) order by id", booking_ids
    ):
        found[record["booking_id"]].append(_row(record))
    return found
