"""public.payouts: every change of a row that is there."""

from datetime import datetime
from uuid import UUID

from services.db import Conn
from services.domain.money import Money
from services.domain.payout_rules import Decision
from services.domain.payouts import (
    Fee,
    Lines,
    Payout,
    PayoutAccount,
    PayoutReason,
    in_settlement,
)


async def put_off(
    conn: Conn, payout_id: UUID, decision: Decision, shown: Lines, *, now: datetime
) -> None:
    """Write why it is not paid, or not yet, with its statement as things stand."""
    await conn.execute(
        "update public.payouts set status = $2, reason = $3, returned_minor = $4, fee_minor = $5, "
        "net_minor = $6, looked_at = $7, stripe_account_id = null, settled_minor = null, "
        "transfer_currency = null, transfer_minor = null, transfer_due_minor = null, "
        "fee_fixed_minor = null, fee_percent = null, sending_at = null where id = $1",
        payout_id,
        decision.status,
        decision.reason,
        shown.returned_minor,
        shown.fee_minor,
        shown.net_minor,
        now,
    )


async def begin(
    conn: Conn,
    payout_id: UUID,
    shown: Lines,
    *,
    fee: Fee,
    account: PayoutAccount,
    settled: Money,
    transfer: Money,
    now: datetime,
) -> None:
    """Fix what is about to be sent: whoever goes on with it asks Stripe for the very same."""
    await conn.execute(
        "update public.payouts set status = 'SENDING', returned_minor = $2, reason = case "
        "when reason in ('INSUFFICIENT_FUNDS', 'REQUIREMENTS_DUE', 'REFUSED') then reason end, "
        "fee_minor = $3, net_minor = $4, stripe_account_id = $5, settled_minor = $6, "
        "transfer_currency = $7, transfer_minor = $8, transfer_due_minor = $8, sending_at = $9, "
        "looked_at = $9, fee_fixed_minor = $10, fee_percent = $11 where id = $1",
        payout_id,
        shown.returned_minor,
        shown.fee_minor,
        shown.net_minor,
        account.stripe_account_id,
        settled.amount_minor,
        settled.currency,
        transfer.amount_minor,
        now,
        fee.fixed_minor,
        fee.percent,
    )


async def asked_again(conn: Conn, payout_id: UUID, *, now: datetime) -> None:
    """Stripe is about to be asked once more for what is being sent."""
    await conn.execute("update public.payouts set sending_at = $2 where id = $1", payout_id, now)


async def paid(
    conn: Conn,
    payout_id: UUID,
    shown: Lines,
    *,
    transfer_id: str,
    account_id: str,
    moved: Money,
    settled: Money | None,
    due_minor: int,
    fee: Fee | None,
    now: datetime,
) -> None:
    """The transfer was made: with its statement, and how much of it is the host's. `fee` is None
    for one that somebody made by hand at Stripe's dashboard."""
    await conn.execute(
        "update public.payouts set status = 'PAID', reason = null, stripe_transfer_id = $2, "
        "stripe_account_id = $3, transfer_minor = $4, transfer_currency = $5, "
        "transfer_due_minor = $11, paid_at = $6, looked_at = $6, "
        "fee_fixed_minor = coalesce(fee_fixed_minor, $12, $9), "
        "fee_percent = coalesce(fee_percent, $13), "
        "settled_minor = coalesce(settled_minor, $7), returned_minor = $8, fee_minor = $9, "
        "net_minor = $10 where id = $1 and stripe_transfer_id is null",
        payout_id,
        transfer_id,
        account_id,
        moved.amount_minor,
        moved.currency,
        now,
        settled.amount_minor if settled else None,
        shown.returned_minor,
        shown.fee_minor,
        shown.net_minor,
        due_minor,
        fee.fixed_minor if fee else None,
        fee.percent if fee else None,
    )


async def restate(conn: Conn, payout: Payout, shown: Lines, *, now: datetime) -> None:
    """Write the statement of one that was paid anew: money of its payment went back since."""
    due = payout.transfer_due_minor
    if shown.net_minor != payout.net_minor:
        due = shown.net_minor
        if payout.settled is not None:
            due = in_settlement(due, amount=payout.amount, settled=payout.settled).amount_minor
    await conn.execute(
        "update public.payouts set returned_minor = $2, fee_minor = $3, net_minor = $4, "
        "transfer_due_minor = least($5::bigint, transfer_minor), looked_at = $6, "
        "reason = case when transfer_minor - reversed_minor <> least($5, transfer_minor) "
        "then reason end where id = $1",
        payout.id,
        shown.returned_minor,
        shown.fee_minor,
        shown.net_minor,
        due,
        now,
    )


async def taken_back(conn: Conn, payout_id: UUID, reversed_minor: int) -> None:
    """Write how much of the transfer Stripe says was taken back; it never becomes less."""
    await conn.execute(
        "update public.payouts set reversed_minor = greatest(reversed_minor, $2), "
        "status = case when greatest(reversed_minor, $2) = transfer_minor then 'REVERSED' "
        "else 'PAID' end, "
        "reason = case when transfer_minor - greatest(reversed_minor, $2) <> transfer_due_minor "
        "then reason end where id = $1",
        payout_id,
        reversed_minor,
    )


async def set_reason(conn: Conn, payout_id: UUID, reason: PayoutReason, *, now: datetime) -> None:
    """What hinders one that was paid, or is due."""
    await conn.execute(
        "update public.payouts set reason = $2, looked_at = $3 where id = $1",
        payout_id,
        reason,
        now,
    )


async def hold(conn: Conn, payout_id: UUID, reason: str | None, *, now: datetime) -> None:
    """The operator keeps it from being paid, or with None no longer."""
    await conn.execute(
        "update public.payouts set held_reason = $2, "
        "held_at = case when $2::text is null then null else $3::timestamptz end where id = $1",
        payout_id,
        reason,
        now,
    )
