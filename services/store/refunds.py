"""private.refunds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.money import Money
from services.domain.payments import (
    Payment,
    Refund,
    RefundBy,
    RefundOrigin,
    RefundStatus,
)

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
        cause=record["cause"],
        requested_by=RefundBy(record["requested_by"]),
        requested_by_user=record["requested_by_user"],
        failure_reason=record["failure_reason"],
        reason=record["reason"],
        created_at=record["created_at"],
        updated_at=record["updated_at"],
    )


async def request(
    conn: Conn,
    payment: Payment,
    *,
    amount_minor: int | None,
    reason: str,
    cause: str,
    by: RefundBy,
    by_user: UUID | None,
    now: datetime,
) -> UUID | None:
    """Ask once a cause for so much, or with None for what is left; never for more than is left.

    None when nothing is left, or it was asked before. The caller has locked the payment.
    """
    left = payment.amount.amount_minor - payment.amount_lost_minor - await live(conn, payment.id)
    wanted = left if amount_minor is None else min(left, amount_minor)
    if wanted <= 0:
        return None
    made: UUID | None = await conn.fetchval(
        "insert into private.refunds (payment_id, amount_minor, origin, cause, reason, "
        "requested_by, requested_by_user, created_at, updated_at) "
        "values ($1, $2, 'SESSIONPAY', $3, $4, $5, $6, $7, $7) "
        "on conflict (payment_id, cause) where origin = 'SESSIONPAY' do nothing returning id",
        payment.id,
        wanted,
        cause,
        reason,
        by,
        by_user,
        now,
    )
    return made


async def live(conn: Conn, payment_id: UUID) -> int:
    """How much of a payment went back by refunds or is asked back, in minor units."""
    total: int = await conn.fetchval(
        "select coalesce(sum(amount_minor), 0)::bigint from private.refunds "
        "where payment_id = $1 and status not in ('FAILED', 'CANCELED')",
        payment_id,
    )
    return total


async def settled(conn: Conn, payment_id: UUID) -> int:
    """How much of a payment went back by refunds for good, in minor units."""
    total: int = await conn.fetchval(
        "select coalesce(sum(amount_minor), 0)::bigint from private.refunds "
        "where payment_id = $1 and status = 'SUCCEEDED'",
        payment_id,
    )
    return total


async def lessen(conn: Conn, refund_id: UUID, amount_minor: int, *, now: datetime) -> None:
    """Stripe refused it, for less was left: it becomes a new one, with a key of its own."""
    await conn.execute(
        "update private.refunds set id = gen_random_uuid(), amount_minor = $2, updated_at = $3 "
        "where id = $1 and stripe_refund_id is null",
        refund_id,
        amount_minor,
        now,
    )


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
        "cause, requested_by, reason, failure_reason, created_at, updated_at) "
        "values ($1, $2, $3, $4, 'DASHBOARD', $2, 'DASHBOARD', 'Refunded by the seller.', $5, "
        "$6, $6) "
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


async def give_up(conn: Conn, refund_id: UUID, *, failure_reason: str, now: datetime) -> bool:
    """The refund will not be made by us; a human sees to it. False when Stripe has told of it."""
    given_up: UUID | None = await conn.fetchval(
        "update private.refunds set status = 'FAILED', failure_reason = $2, updated_at = $3 "
        "where id = $1 and status = 'REQUESTED' and stripe_refund_id is null returning id",
        refund_id,
        failure_reason,
        now,
    )
    return given_up is not None


async def is_unsent(conn: Conn, refund_id: UUID) -> bool:
    """Whether Stripe has told nothing of it yet."""
    found: bool = await conn.fetchval(
        "select exists (select from private.refunds where id = $1 and status = 'REQUESTED' "
        "and stripe_refund_id is null)",
        refund_id,
    )
    return found


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


async def of_payments(conn: Conn, payment_ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    """Every refund of each payment, oldest first."""
    records = await conn.fetch(
        _SELECT + "where r.payment_id = any($1) order by r.created_at, r.id", payment_ids
    )
    grouped: dict[UUID, list[Refund]] = {payment_id: [] for payment_id in payment_ids}
    for record in records:
        grouped[record["payment_id"]].append(_row(record))
    return grouped


async def under_way(conn: Conn, payment_id: UUID) -> bool:
    """Whether money of this payment is on its way back."""
    found: bool = await conn.fetchval(
        "select exists (select from private.refunds where payment_id = $1 "
        "and status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION'))",
        payment_id,
    )
    return found
