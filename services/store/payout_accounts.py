"""private.payout_accounts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.payouts import AccountStatus, PayoutAccount


def _row(record: Record) -> PayoutAccount:
    return PayoutAccount(
        id=record["id"],
        host_id=record["host_id"],
        stripe_account_id=record["stripe_account_id"],
        country=record["country"],
        status=AccountStatus(record["status"]),
        requirements=tuple(record["requirements"]),
        disabled_reason=record["disabled_reason"],
        read_at=record["read_at"],
        created_at=record["created_at"],
    )


async def ensure(conn: Conn, host_id: UUID, *, country: str, now: datetime) -> PayoutAccount:
    """The host's account, begun now in this `country` if there is none."""
    record = await conn.fetchrow(
        "insert into private.payout_accounts (host_id, country, created_at) values ($1, $2, $3) "
        "on conflict (host_id) do update set host_id = excluded.host_id returning *",
        host_id,
        country,
        now,
    )
    assert record is not None
    return _row(record)


async def begin_anew(conn: Conn, account_id: UUID) -> None:
    """Forget the account at Stripe: it can't be used, or was never made. The next is another one,
    with a key of its own."""
    await conn.execute("delete from private.payout_accounts where id = $1", account_id)


async def get(conn: Conn, account_id: UUID) -> PayoutAccount | None:
    record = await conn.fetchrow("select * from private.payout_accounts where id = $1", account_id)
    return _row(record) if record else None


async def of_host(conn: Conn, host_id: UUID) -> PayoutAccount | None:
    record = await conn.fetchrow(
        "select * from private.payout_accounts where host_id = $1", host_id
    )
    return _row(record) if record else None


async def by_stripe_id(conn: Conn, stripe_account_id: str) -> PayoutAccount | None:
    record = await conn.fetchrow(
        "select * from private.payout_accounts where stripe_account_id = $1", stripe_account_id
    )
    return _row(record) if record else None


async def next_ticket(conn: Conn) -> int:
    """A number for a reading at Stripe that begins now, greater than those of earlier ones."""
    ticket: int = await conn.fetchval("select nextval('private.payout_readings')")
    return ticket


async def set_state(
    conn: Conn,
    account_id: UUID,
    *,
    stripe_account_id: str,
    status: AccountStatus,
    requirements: Sequence[str],
    disabled_reason: str | None,
    ticket: int,
    now: datetime,
) -> bool:
    """Write what Stripe told, unless a later reading was written; False then."""
    written: UUID | None = await conn.fetchval(
        "update private.payout_accounts set stripe_account_id = "
        "coalesce(stripe_account_id, $2), status = $3, requirements = $4, disabled_reason = $5, "
        "ticket = $6, read_at = $7 where id = $1 and ticket <= $6 "
        "and (stripe_account_id is null or stripe_account_id = $2) returning id",
        account_id,
        stripe_account_id,
        status,
        list(requirements),
        disabled_reason,
        ticket,
        now,
    )
    return written is not None
