"""private.error_logs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.db import Conn

_COLUMNS = (
    "id, source, vendor, step_id, booking_id, message, final, times, correlation_id, created_at, "
    "last_at, resolved_at"
)


@dataclass(frozen=True, slots=True)
class ErrorLog:
    """What went wrong, as the operator reads it; `step_id` names the booking's step."""

    id: UUID
    source: str
    vendor: str | None
    step_id: int | None
    booking_id: UUID | None
    message: str
    final: bool
    times: int
    correlation_id: str | None
    created_at: datetime
    last_at: datetime | None
    resolved_at: datetime | None


async def add(
    conn: Conn,
    *,
    source: str,
    message: str,
    final: bool,
    vendor: str | None = None,
    booking_id: UUID | None = None,
    payment_id: UUID | None = None,
    subscription_id: UUID | None = None,
    step_id: int | None = None,
    correlation_id: str | None = None,
    now: datetime | None = None,
) -> None:
    """Write what went wrong; the same step again, and the same message while nobody has looked
    after it, counts up.

    `message` holds no secret and no personal data. Without `now` the database's clock tells.
    """
    if step_id is None and await _again(
        conn,
        source,
        message[:2000],
        subscription_id=subscription_id,
        correlation_id=correlation_id,
        now=now,
    ):
        return
    await conn.execute(
        "insert into private.error_logs (source, vendor, booking_id, payment_id, step_id, message, "
        "final, correlation_id, created_at, subscription_id) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, now()), $10) "
        "on conflict (step_id) do update set times = error_logs.times + 1, "
        "last_at = excluded.created_at, "
        "vendor = excluded.vendor, message = excluded.message, final = excluded.final, "
        "resolved_at = null, "
        "correlation_id = excluded.correlation_id",
        source,
        vendor,
        booking_id,
        payment_id,
        step_id,
        message[:2000],
        final,
        correlation_id,
        now,
        subscription_id,
    )


async def _again(
    conn: Conn,
    source: str,
    message: str,
    *,
    subscription_id: UUID | None,
    correlation_id: str | None,
    now: datetime | None,
) -> bool:
    """Count what is written already and belongs to no step; False when it is news."""
    known: UUID | None = await conn.fetchval(
        "update private.error_logs set times = times + 1, last_at = coalesce($4, now()), "
        "correlation_id = $3 where id = (select id from private.error_logs where step_id is null "
        "and source = $1 and message = $2 and subscription_id is not distinct from $5 "
        "and resolved_at is null limit 1) returning id",
        source,
        message,
        correlation_id,
        now,
        subscription_id,
    )
    return known is not None


async def count_asked(conn: Conn, subscription_id: UUID) -> int:
    """How many things about a subscription were ever written down for a person to decide."""
    count: int = await conn.fetchval(
        "select count(*) from private.error_logs where subscription_id = $1 and source = 'plans'",
        subscription_id,
    )
    return count


async def resolve(conn: Conn, booking_id: UUID, source: str, subject: str, now: datetime) -> None:
    """What failed of this booking was done in the end."""
    await conn.execute(
        "update private.error_logs e set resolved_at = $4 from public.booking_steps s "
        "where s.id = e.step_id and e.booking_id = $1 and e.source = $2 and s.subject = $3 "
        "and e.resolved_at is null",
        booking_id,
        source,
        subject,
        now,
    )


async def carry_over(conn: Conn, booking_id: UUID, source: str, subject: str, step_id: int) -> None:
    """What was tried again and again is given up: one row tells of both."""
    await conn.execute(
        "update private.error_logs e set step_id = $4 from public.booking_steps s "
        "where s.id = e.step_id and e.booking_id = $1 and e.source = $2 and s.subject = $3 "
        "and not e.final and not exists (select from private.error_logs o where o.step_id = $4)",
        booking_id,
        source,
        subject,
        step_id,
    )
    await conn.execute(
        "delete from private.error_logs e using public.booking_steps s "
        "where s.id = e.step_id and e.booking_id = $1 and e.source = $2 and s.subject = $3 "
        "and not e.final and e.step_id <> $4",
        booking_id,
        source,
        subject,
        step_id,
    )


async def of_booking(conn: Conn, booking_id: UUID) -> list[ErrorLog]:
    """Everything that went wrong with a booking, oldest first."""
    records = await conn.fetch(
        f"select {_COLUMNS} from private.error_logs where booking_id = $1 order by created_at, id",
        booking_id,
    )
    return [ErrorLog(**dict(record)) for record in records]


async def newest(conn: Conn, limit: int) -> list[ErrorLog]:
    """What went wrong last, newest first."""
    records = await conn.fetch(
        f"select {_COLUMNS} from private.error_logs "
        "order by coalesce(last_at, created_at) desc limit $1",
        limit,
    )
    return [ErrorLog(**dict(record)) for record in records]
