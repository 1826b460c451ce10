"""public.payments of plans: what came for a subscription, and what became of it."""

from datetime import datetime
from uuid import UUID

from services.db import Conn
from services.domain.payments import Payment
from services.store.payments import row_of


async def newest_of_subscription(conn: Conn, subscription_id: UUID) -> Payment | None:
    """Whatever became of it."""
    row = await conn.fetchrow(
        "select * from public.payments where subscription_id = $1 "
        "order by created_at desc, id desc limit 1",
        subscription_id,
    )
    return row_of(row) if row else None


async def succeeded_of_subscription(conn: Conn, subscription_id: UUID) -> list[Payment]:
    """Payments that came, oldest first."""
    rows = await conn.fetch(
        "select * from public.payments where subscription_id = $1 and status = 'SUCCEEDED' "
        "order by paid_at, id",
        subscription_id,
    )
    return [row_of(row) for row in rows]


async def count_returned(conn: Conn, subscription_id: UUID) -> int:
    """How many payments of the subscription went back whole, or are on their way."""
    count: int = await conn.fetchval(
        "select count(*) from public.payments where subscription_id = $1 "
        "and amount_refunded_minor >= amount_minor",
        subscription_id,
    )
    return count


async def end_fulfilled(conn: Conn, payment_id: UUID, *, now: datetime) -> None:
    """A plan's payment did what it was for; one that ended already, or goes back, is left alone."""
    await conn.execute(
        "update public.payments p set outcome = 'FULFILLED', outcome_at = $2 "
        "where id = $1 and status = 'SUCCEEDED' and outcome is null "
        "and amount_refunded_minor < amount_minor "
        "and not exists (select from private.refunds r "
        "where r.payment_id = p.id and r.origin = 'SESSIONPAY')",
        payment_id,
        now,
    )


async def set_dispute(
    conn: Conn, payment_id: UUID, dispute_status: str | None, *, count: int, ticket: int
) -> bool:
    """Write what a reading told; False when a later one is written already."""
    written: UUID | None = await conn.fetchval(
        "update public.payments set dispute_status = $2, dispute_ticket = $3, dispute_count = $4 "
        "where id = $1 and dispute_ticket <= $3 returning id",
        payment_id,
        dispute_status,
        ticket,
        count,
    )
    return written is not None


async def give_to(conn: Conn, telegram_buyer_id: UUID, user_id: UUID) -> None:
    """What somebody paid in Telegram is in the history of their account from now on."""
    await conn.execute(
        "update public.payments set user_id = $2 where telegram_buyer_id = $1 and user_id is null",
        telegram_buyer_id,
        user_id,
    )
