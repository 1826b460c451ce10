"""private.checkouts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.payments import Checkout, CheckoutStatus, UiMode


@dataclass(frozen=True, slots=True)
class Subject:
    """What a checkout is of: a booking or a subscription, and its id."""

    column: Literal["booking_id", "subscription_id"]
    id: UUID


def _row(record: Record) -> Checkout:
    return Checkout(
        id=record["id"],
        booking_id=record["booking_id"],
        subscription_id=record["subscription_id"],
        attempt=record["attempt"],
        ui_mode=UiMode(record["ui_mode"]),
        status=CheckoutStatus(record["status"]),
        stripe_session_id=record["stripe_session_id"],
        success_url=record["success_url"],
        cancel_url=record["cancel_url"],
        expires_at=record["expires_at"],
    )


async def add(
    conn: Conn,
    subject: Subject,
    *,
    ui_mode: UiMode,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
) -> Checkout:
    """The next attempt's row; the caller has locked the subject and closed the attempt before."""
    column = subject.column
    record = await conn.fetchrow(
        f"insert into private.checkouts ({column}, attempt, ui_mode, success_url, cancel_url, "
        "expires_at) select $1, coalesce(max(attempt), 0) + 1, $2, $3, $4, $5 "
        f"from private.checkouts where {column} = $1 returning *",
        subject.id,
        ui_mode,
        success_url,
        cancel_url,
        expires_at,
    )
    assert record is not None
    return _row(record)


async def get(conn: Conn, checkout_id: UUID) -> Checkout | None:
    record = await conn.fetchrow("select * from private.checkouts where id = $1", checkout_id)
    return _row(record) if record else None


async def by_session(conn: Conn, stripe_session_id: str) -> Checkout | None:
    record = await conn.fetchrow(
        "select * from private.checkouts where stripe_session_id = $1", stripe_session_id
    )
    return _row(record) if record else None


async def latest(conn: Conn, subject: Subject) -> Checkout | None:
    record = await conn.fetchrow(
        f"select * from private.checkouts where {subject.column} = $1 "
        "order by attempt desc limit 1",
        subject.id,
    )
    return _row(record) if record else None


async def set_status(
    conn: Conn, checkout_id: UUID, status: CheckoutStatus, stripe_session_id: str | None
) -> CheckoutStatus:
    """Write what Stripe told and answer with what stands now.

    A closed checkout never opens again, but its id at Stripe is kept in any case: money that
    comes through it must find its booking.
    """
    kept: str = await conn.fetchval(
        "update private.checkouts set "
        "status = case when status in ('CREATING', 'OPEN') then $2 else status end, "
        "stripe_session_id = coalesce(stripe_session_id, $3) where id = $1 returning status",
        checkout_id,
        status,
        stripe_session_id,
    )
    return CheckoutStatus(kept)


async def close_unopened(conn: Conn, checkout_id: UUID) -> None:
    """The attempt never reached Stripe, or was refused there."""
    await conn.execute(
        "update private.checkouts set status = 'EXPIRED' where id = $1 and status = 'CREATING'",
        checkout_id,
    )
