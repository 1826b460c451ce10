"""public.credit_uses: session credits spent and returned."""

from datetime import datetime
from uuid import UUID

from services.db import Conn
from services.domain.plans import Subscription


async def spent(conn: Conn, subscription: Subscription) -> int:
    """How many credits of its current period are spent."""
    count: int = await conn.fetchval(
        "select coalesce(sum(credits), 0) from public.credit_uses "
        "where subscription_id = $1 and period_start = $2 and returned_at is null",
        subscription.id,
        subscription.current_period_start or subscription.created_at,
    )
    return count


async def spend(
    conn: Conn, subscription: Subscription, booking_id: UUID, credits_: int, *, now: datetime
) -> None:
    await conn.execute(
        "insert into public.credit_uses (subscription_id, booking_id, period_start, credits, "
        "used_at) values ($1, $2, $3, $4, $5)",
        subscription.id,
        booking_id,
        subscription.current_period_start or subscription.created_at,
        credits_,
        now,
    )


async def give_back(conn: Conn, booking_id: UUID, *, now: datetime) -> bool:
    """The credits of a booking are their owner's again; False when none were spent on it."""
    returned: UUID | None = await conn.fetchval(
        "update public.credit_uses set returned_at = $2 "
        "where booking_id = $1 and returned_at is null returning id",
        booking_id,
        now,
    )
    return returned is not None


async def returned(conn: Conn, booking_id: UUID) -> bool:
    """Whether the credits of a booking came back."""
    found: bool = await conn.fetchval(
        "select exists (select from public.credit_uses "
        "where booking_id = $1 and returned_at is not null)",
        booking_id,
    )
    return found
