"""private.refunds."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.models import Payment, Refund, RefundOrigin, RefundStatus
from services.domain.money import Money

_SELECT = (
    "select r.*, p.stripe_payment_intent_id, p.currency from private.refunds r "
    "join public.payments p on p.id = r.payment_id "
)


def _row(record: Record) -> Refund:
    return Refund(
        id=record["id"],
        payment_id=record["payment_id"],
        payment_intent_id=record["stripe_payment_intent_id"],
        stripe_refund_id=record["stripe_refund_id"],
        amount=Money(record["amount_minor"], record["currency"]),
        status=RefundStatus(record["status"]),
        origin=RefundOrigin(record["origin"]),
        failure_reason=record["failure_reason"],
        reason=record["reason"],
        created_at=record["created_at"],
    )


async def request(conn: Conn, payment: Payment, *, reason: str, now: datetime) -> bool:
    """Ask once for what is left of a payment; False when nothing is, or it was asked before."""
    left = payment.amount.amount_minor - payment.amount_refunded_minor
    if left <= 0:
        return False
    made: UUID | None = await conn.fetchval(
        "insert into private.refunds (payment_id, amount_minor, origin, reason, created_at, "
        "updated_at) values ($1, $2, 'SESSIONPAY', $3, $4, $4) "
        "on conflict (payment_id) where origin = 'SESSIONPAY' do nothing returning id",
        payment.id,
        left,
        reason,
        now,
    )
    return made is not None


async def adopt(
    conn: Conn,
    *,
    payment_id: UUID,
    stripe_refund_id: str,
    amount_minor: int,
    status: RefundStatus,
    failure_reason: str | None,
    now: datetime,
) -> None:
    """Write a refund that somebody made in Stripe's dashboard."""
    await conn.execute(
        "insert into private.refunds (payment_id, stripe_refund_id, amount_minor, status, origin, "
        "reason, failure_reason, created_at, updated_at) "
        "values ($1, $2, $3, $4, 'DASHBOARD', 'Refunded by the seller.', $5, $6, $6) "
        "on conflict (stripe_refund_id) do nothing",
        payment_id,
        stripe_refund_id,
        amount_minor,
        status,
        failure_reason,
        now,
    )


async def set_state(
    conn: Conn,
    refund_id: UUID,
    *,
    stripe_refund_id: str,
    status: RefundStatus,
    failure_reason: str | None,
    now: datetime,
) -> None:
    await conn.execute(
        "update private.refunds set stripe_refund_id = coalesce(stripe_refund_id, $2), "
        "status = $3, failure_reason = $4, updated_at = $5 where id = $1",
        refund_id,
        stripe_refund_id,
        status,
        failure_reason,
        now,
    )


async def looked_at(conn: Conn, refund_id: UUID, *, now: datetime) -> None:
    """Stripe was asked and says the same as before."""
    await conn.execute("update private.refunds set updated_at = $2 where id = $1", refund_id, now)


async def give_up(conn: Conn, refund_id: UUID, *, failure_reason: str, now: datetime) -> None:
    """The refund will not be made by us; a human sees to it."""
    await conn.execute(
        "update private.refunds set status = 'FAILED', failure_reason = $2, updated_at = $3 "
        "where id = $1",
        refund_id,
        failure_reason,
        now,
    )


async def unsettled_of(conn: Conn, subject_id: UUID) -> list[Refund]:
    """Refunds on their way: of all payments of a booking, or of one payment."""
    records = await conn.fetch(
        _SELECT + "where (p.booking_id = $1 or p.id = $1) and r.status in "
        "('REQUESTED', 'PENDING', 'REQUIRES_ACTION') order by r.created_at, r.id",
        subject_id,
    )
    return [_row(record) for record in records]


async def of_payment(conn: Conn, payment_id: UUID) -> list[Refund]:
    records = await conn.fetch(_SELECT + "where p.id = $1 order by r.created_at, r.id", payment_id)
    return [_row(record) for record in records]


async def under_way(conn: Conn, payment_id: UUID) -> bool:
    """Whether money of this payment is on its way back."""
    found: bool = await conn.fetchval(
        "select exists (select from private.refunds where payment_id = $1 "
        "and status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION'))",
        payment_id,
    )
    return found
