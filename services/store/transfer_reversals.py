"""private.transfer_reversals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money to be taken back, `amount_minor` in the transfer's currency."""

    id: UUID
    payout_id: UUID
    amount_minor: int
    status: str
    updated_at: datetime


def _row(record: Record) -> Reversal:
    return Reversal(
        id=record["id"],
        payout_id=record["payout_id"],
        amount_minor=record["amount_minor"],
        status=record["status"],
        updated_at=record["updated_at"],
    )


async def request(conn: Conn, payout_id: UUID, amount_minor: int, *, now: datetime) -> Reversal:
    """The one that Stripe is being asked for, of whatever amount, or a new one."""
    record = await conn.fetchrow(
        "insert into private.transfer_reversals (payout_id, amount_minor, created_at, updated_at) "
        "values ($1, $2, $3, $3) on conflict (payout_id) where status = 'REQUESTED' "
        "do update set updated_at = excluded.updated_at returning *",
        payout_id,
        amount_minor,
        now,
    )
    assert record is not None
    return _row(record)


async def asked(conn: Conn, payout_id: UUID) -> Reversal | None:
    """The one that Stripe is being asked for."""
    record = await conn.fetchrow(
        "select * from private.transfer_reversals where payout_id = $1 and status = 'REQUESTED'",
        payout_id,
    )
    return _row(record) if record else None


async def made(conn: Conn, reversal_id: UUID, stripe_reversal_id: str, *, now: datetime) -> bool:
    """False when that was written before."""
    written: UUID | None = await conn.fetchval(
        "update private.transfer_reversals set status = 'MADE', stripe_reversal_id = $2, "
        "failure_reason = null, updated_at = $3 where id = $1 and status <> 'MADE' returning id",
        reversal_id,
        stripe_reversal_id,
        now,
    )
    return written is not None


async def put_off(conn: Conn, reversal_id: UUID, why: str, *, now: datetime) -> None:
    """Stripe made none for now; the same is asked for again later."""
    await conn.execute(
        "update private.transfer_reversals set failure_reason = $2, updated_at = $3 "
        "where id = $1 and status = 'REQUESTED'",
        reversal_id,
        why,
        now,
    )


async def give_up(conn: Conn, reversal_id: UUID, why: str, *, now: datetime) -> None:
    """It was not made, and is not asked for any more."""
    await conn.execute(
        "update private.transfer_reversals set status = 'REFUSED', failure_reason = $2, "
        "updated_at = $3 where id = $1 and status = 'REQUESTED'",
        reversal_id,
        why,
        now,
    )


async def count_made(conn: Conn, payout_id: UUID) -> int:
    count: int = await conn.fetchval(
        "select count(*) from private.transfer_reversals where payout_id = $1 and status = 'MADE'",
        payout_id,
    )
    return count
