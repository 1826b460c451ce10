"""public.payouts."""

from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.booking import Status
from services.domain.models import Outcome
from services.domain.money import Money
from services.domain.payouts import (
    Decision,
    Facts,
    Fee,
    Lines,
    Payout,
    PayoutAccount,
    PayoutReason,
    PayoutStatus,
    in_settlement,
    lines,
    standing,
)
from services.domain.policy import Absent, Party
from services.store import payout_accounts

_DUE_AT = (
    "case when b.status = 'ACCEPTED' then greatest(p.paid_at + $2::interval, b.ends_at) "
    "when b.called_off_by = 'CLIENT' then p.paid_at + $2::interval end"
)
"""From when on the payout of payment `p` for booking `b` can be made; `$2` is how long a payment
rests."""

SELECT = (
    f"select o.*, {_DUE_AT} as due_at from public.payouts o "
    "join public.payments p on p.id = o.payment_id join public.bookings b on b.id = o.booking_id "
)


def row_of(record: Record) -> Payout:
    """`record` is of SELECT."""
    settles_in = record["transfer_currency"]
    return Payout(
        id=record["id"],
        payment_id=record["payment_id"],
        booking_id=record["booking_id"],
        host_id=record["host_id"],
        status=PayoutStatus(record["status"]),
        reason=PayoutReason(record["reason"]) if record["reason"] else None,
        amount=Money(record["amount_minor"], record["currency"]),
        returned_minor=record["returned_minor"],
        fee_minor=record["fee_minor"],
        net_minor=record["net_minor"],
        held_reason=record["held_reason"],
        stripe_account_id=record["stripe_account_id"],
        terms=None
        if record["fee_percent"] is None
        else Fee(record["fee_fixed_minor"], record["fee_percent"]),
        settled=Money(record["settled_minor"], settles_in) if record["settled_minor"] else None,
        transfer=Money(record["transfer_minor"], settles_in) if record["transfer_minor"] else None,
        transfer_due_minor=record["transfer_due_minor"],
        stripe_transfer_id=record["stripe_transfer_id"],
        reversed_minor=record["reversed_minor"],
        sending_at=record["sending_at"],
        paid_at=record["paid_at"],
        due_at=record["due_at"],
        created_at=record["created_at"],
    )


async def open_missing(
    conn: Conn, booking_id: UUID | None, *, since: datetime, now: datetime
) -> list[UUID]:
    """Make the rows of payments, fulfilled after `since`, that have none yet; with None of every
    booking. Answers with these payments."""
    records = await conn.fetch(
        "insert into public.payouts (payment_id, booking_id, host_id, user_id, reason, currency, "
        "amount_minor, net_minor, created_at) "
        "select p.id, b.id, b.host_id, h.user_id, 'NOT_DUE', p.currency, p.amount_minor, "
        "p.amount_minor, $2 from public.payments p "
        "join public.bookings b on b.id = p.booking_id join public.hosts h on h.id = b.host_id "
        "where p.outcome = 'FULFILLED' and p.booking_id is not null and p.outcome_at > $3 "
        "and ($1::uuid is null or b.id = $1) "
        "and not exists (select from public.payouts o where o.payment_id = p.id) "
        "order by p.id on conflict (payment_id) do nothing returning payment_id",
        booking_id,
        now,
        since,
    )
    return [record["payment_id"] for record in records]


async def get(conn: Conn, payout_id: UUID, *, rest: timedelta) -> Payout | None:
    record = await conn.fetchrow(SELECT + "where o.id = $1", payout_id, rest)
    return row_of(record) if record else None


async def lock(conn: Conn, payout_id: UUID, *, rest: timedelta) -> Payout | None:
    """The payout, with everybody else kept from changing it until the transaction ends."""
    record = await conn.fetchrow(SELECT + "where o.id = $1 for no key update of o", payout_id, rest)
    return row_of(record) if record else None


async def lock_of_payment(conn: Conn, payment_id: UUID, *, rest: timedelta) -> Payout | None:
    record = await conn.fetchrow(
        SELECT + "where o.payment_id = $1 for no key update of o", payment_id, rest
    )
    return row_of(record) if record else None


async def of_transfer(conn: Conn, transfer_id: str, charge_id: str | None) -> UUID | None:
    """The payout that a transfer at Stripe is of, known by its id or by the charge it came from."""
    found: UUID | None = await conn.fetchval(
        "select id from public.payouts where stripe_transfer_id = $1", transfer_id
    )
    if found is None and charge_id is not None:
        found = await conn.fetchval(
            "select o.id from public.payments p join public.payouts o on o.payment_id = p.id "
            "where p.stripe_charge_id = $1",
            charge_id,
        )
    return found


async def facts(conn: Conn, payout: Payout, *, default_fee: Fee) -> Facts:
    """What decides about the payout, as it stands now."""
    record = await conn.fetchrow(
        "select b.status, b.called_off_by, b.absent, p.outcome, p.dispute_status, "
        "p.amount_refunded_minor + p.amount_lost_minor as went_back, "
        "p.amount_lost_minor + (select coalesce(sum(r.amount_minor), 0)::bigint "
        "from private.refunds r where r.payment_id = p.id "
        "and r.status not in ('FAILED', 'CANCELED')) as to_go_back, h.keeps_cancellation_fees, "
        "o.held_at, f.fixed_minor, f.percent, f.minimum_minor, "
        "exists (select from private.refunds r where r.payment_id = p.id "
        "and r.status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION')) as under_way "
        "from public.payouts o join public.payments p on p.id = o.payment_id "
        "join public.bookings b on b.id = o.booking_id join public.hosts h on h.id = o.host_id "
        "left join private.platform_fees f on f.host_id = o.host_id and f.currency = o.currency "
        "where o.id = $1",
        payout.id,
    )
    assert record is not None
    fee = default_fee
    if payout.terms is not None and payout.paid_at is not None:
        fee = payout.terms  # a host who was paid is not asked for a fee that came later
    elif record["percent"] is not None:
        fee = Fee(record["fixed_minor"], record["percent"], record["minimum_minor"])
    # What was sent is taken back only when the money went: a refund may still be refused.
    returned = record["to_go_back" if payout.paid_at is None else "went_back"]
    returned = min(returned, payout.amount.amount_minor)
    return Facts(
        booking_status=Status(record["status"]),
        called_off_by=Party(record["called_off_by"]) if record["called_off_by"] else None,
        absent=Absent(record["absent"]) if record["absent"] else None,
        outcome=Outcome(record["outcome"]) if record["outcome"] else None,
        dispute=standing(record["dispute_status"]),
        refund_under_way=record["under_way"],
        held=record["held_at"] is not None,
        keeps_cancellation_fees=record["keeps_cancellation_fees"],
        due_at=payout.due_at,
        account=await payout_accounts.of_host(conn, payout.host_id),
        lines=lines(payout.amount, returned_minor=returned, fee=fee),
        fee=fee,
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
    now: datetime,
) -> None:
    """The transfer was made, by us or by somebody at Stripe's dashboard; with its statement."""
    await conn.execute(
        "update public.payouts set status = 'PAID', reason = null, stripe_transfer_id = $2, "
        "stripe_account_id = $3, transfer_minor = $4, transfer_currency = $5, "
        "transfer_due_minor = coalesce(transfer_due_minor, $4), paid_at = $6, looked_at = $6, "
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
