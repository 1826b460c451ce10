"""How payments end: columns outcome… and amounts that went back, of public.payments."""

from datetime import datetime
from uuid import UUID

from services.db import Conn


async def fulfilled(conn: Conn, booking_id: UUID, *, now: datetime) -> None:
    """The booking's payment did what it was for.

    Left alone: one that we return, one that went back whole, one that waits for a human.
    """
    await conn.execute(
        "update public.payments p set outcome = 'FULFILLED', outcome_at = $2, "
        "outcome_reason = null, outcome_owner = null "
        "where booking_id = $1 and status = 'SUCCEEDED' "
        "and outcome is null and amount_refunded_minor < amount_minor "
        "and amount_minor > (select coalesce(sum(r.amount_minor), 0) from private.refunds r "
        "where r.payment_id = p.id and r.status not in ('FAILED', 'CANCELED'))",
        booking_id,
        now,
    )


async def refunded(
    conn: Conn, payment_id: UUID, *, amount_minor: int, reason: str | None, now: datetime
) -> None:
    """All of it went back: that is how it ended, whatever was written before."""
    await conn.execute(
        "update public.payments set amount_refunded_minor = $2, outcome = 'REFUNDED', "
        "outcome_reason = coalesce($3, outcome_reason), outcome_owner = null, "
        "outcome_at = case when outcome = 'REFUNDED' then outcome_at else $4 end where id = $1",
        payment_id,
        amount_minor,
        reason,
        now,
    )


async def set_amount_refunded(conn: Conn, payment_id: UUID, amount_minor: int) -> None:
    await conn.execute(
        "update public.payments set amount_refunded_minor = $2 where id = $1",
        payment_id,
        amount_minor,
    )


async def wait_for_human(
    conn: Conn, payment_id: UUID, *, reason: str, owner: str, now: datetime
) -> None:
    await conn.execute(
        "update public.payments set outcome = 'WAITING', outcome_reason = $2, "
        "outcome_owner = $3, outcome_at = $4 where id = $1",
        payment_id,
        reason,
        owner,
        now,
    )


async def resume(conn: Conn, booking_id: UUID) -> None:
    """The session it paid for goes on after all: it no longer waits for a human, unless that is
    because its money could not be returned."""
    await conn.execute(
        "update public.payments p set outcome = null, outcome_reason = null, "
        "outcome_owner = null, outcome_at = null from public.bookings b "
        "where b.id = $1 and p.booking_id = b.id and p.outcome = 'WAITING' "
        "and p.amount_minor = b.price_minor and p.currency = b.currency "
        "and not exists (select from private.refunds r where r.payment_id = p.id "
        "and r.origin = 'SESSIONPAY' and r.status in ('FAILED', 'CANCELED'))",
        booking_id,
    )


async def kept(conn: Conn, payment_id: UUID, *, reason: str, now: datetime) -> None:
    """What was agreed was done with it, though not the session: `reason` says what."""
    await conn.execute(
        "update public.payments set outcome = 'FULFILLED', outcome_reason = $2, "
        "outcome_owner = null, outcome_at = $3 where id = $1",
        payment_id,
        reason,
        now,
    )


async def returning(conn: Conn, payment_id: UUID) -> None:
    """All of it is to go back: it has come to no end yet."""
    await conn.execute(
        "update public.payments set outcome = null, outcome_reason = null, outcome_owner = null, "
        "outcome_at = null where id = $1 and outcome is distinct from 'REFUNDED'",
        payment_id,
    )


async def set_amount_lost(conn: Conn, payment_id: UUID, amount_minor: int) -> None:
    """How much of it banks returned after disputes."""
    await conn.execute(
        "update public.payments set amount_lost_minor = $2 where id = $1", payment_id, amount_minor
    )


async def returned_by_bank(conn: Conn, payment_id: UUID, *, reason: str, now: datetime) -> None:
    """All of it went back, the last part by a bank."""
    await conn.execute(
        "update public.payments set outcome = 'REFUNDED', outcome_reason = $2, "
        "outcome_owner = null, outcome_at = $3 "
        "where id = $1 and outcome is distinct from 'REFUNDED'",
        payment_id,
        reason,
        now,
    )
