"""public.payouts."""

from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.booking import Status
from services.domain.disputes import standing
from services.domain.money import Money
from services.domain.payments import Outcome
from services.domain.payout_rules import Facts
from services.domain.payouts import (
    Fee,
    Payout,
    PayoutReason,
    PayoutStatus,
    lines,
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
        left_minor=record["fee_fixed_minor"] or 0,
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
