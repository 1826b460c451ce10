"""public.payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.models import Outcome, Payment, PaymentStatus
from services.domain.money import Money
from services.domain.paging import Page, PageRequest


def row_of(record: Record) -> Payment:
    return Payment(
        id=record["id"],
        user_id=record["user_id"],
        telegram_buyer_id=record["telegram_buyer_id"],
        booking_id=record["booking_id"],
        subscription_id=record["subscription_id"],
        checkout_session_id=record["stripe_checkout_session_id"],
        payment_intent_id=record["stripe_payment_intent_id"],
        charge_id=record["stripe_charge_id"],
        amount=Money(record["amount_minor"], record["currency"]),
        amount_refunded_minor=record["amount_refunded_minor"],
        status=PaymentStatus(record["status"]),
        failure_reason=record["failure_reason"],
        receipt_url=record["receipt_url"],
        invoice_number=record["invoice_number"],
        invoice_url=record["invoice_url"],
        invoice_pdf_url=record["invoice_pdf_url"],
        period_start=record["period_start"],
        period_end=record["period_end"],
        dispute_status=record["dispute_status"],
        outcome=Outcome(record["outcome"]) if record["outcome"] else None,
        outcome_reason=record["outcome_reason"],
        paid_at=record["paid_at"],
        created_at=record["created_at"],
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """What a payment is for and through what it came: a booking or a subscription.

    `invoice_…` and the period are None but for a subscription's.
    """

    user_id: UUID | None
    booking_id: UUID | None = None
    subscription_id: UUID | None = None
    telegram_buyer_id: UUID | None = None
    checkout_session_id: str | None = None
    invoice_id: str | None = None
    invoice_number: str | None = None
    invoice_url: str | None = None
    invoice_pdf_url: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None


async def record(
    conn: Conn,
    cause: Cause,
    *,
    payment_intent_id: str,
    charge_id: str | None,
    customer_id: str | None,
    amount: Money,
    status: PaymentStatus,
    failure_reason: str | None,
    receipt_url: str | None,
    now: datetime,
) -> Payment:
    """Write what Stripe tells of a payment; one that succeeded never un-succeeds."""
    row = await conn.fetchrow(
        "insert into public.payments (user_id, booking_id, stripe_checkout_session_id, "
        "stripe_payment_intent_id, stripe_charge_id, stripe_customer_id, amount_minor, currency, "
        "status, failure_reason, receipt_url, paid_at, created_at, subscription_id, "
        "telegram_buyer_id, stripe_invoice_id, invoice_number, invoice_url, invoice_pdf_url, "
        "period_start, period_end) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
        "case when $9 = 'SUCCEEDED' then $12::timestamptz end, $12, $13, $14, $15, $16, $17, $18, "
        "$19, $20) "
        "on conflict (stripe_payment_intent_id) do update set "
        "stripe_charge_id = case when payments.status = 'SUCCEEDED' "
        "then coalesce(payments.stripe_charge_id, excluded.stripe_charge_id) "
        "else coalesce(excluded.stripe_charge_id, payments.stripe_charge_id) end, "
        "receipt_url = coalesce(payments.receipt_url, excluded.receipt_url), "
        "invoice_number = coalesce(excluded.invoice_number, payments.invoice_number), "
        "invoice_url = coalesce(excluded.invoice_url, payments.invoice_url), "
        "invoice_pdf_url = coalesce(excluded.invoice_pdf_url, payments.invoice_pdf_url), "
        "failure_reason = case when payments.status = 'SUCCEEDED' then null "
        "else excluded.failure_reason end, "
        "paid_at = coalesce(payments.paid_at, excluded.paid_at), "
        "status = case when payments.status = 'SUCCEEDED' then payments.status "
        "else excluded.status end "
        "returning *",
        cause.user_id,
        cause.booking_id,
        cause.checkout_session_id,
        payment_intent_id,
        charge_id,
        customer_id,
        amount.amount_minor,
        amount.currency,
        status,
        failure_reason,
        receipt_url,
        now,
        cause.subscription_id,
        cause.telegram_buyer_id,
        cause.invoice_id,
        cause.invoice_number,
        cause.invoice_url,
        cause.invoice_pdf_url,
        cause.period_start,
        cause.period_end,
    )
    assert row is not None
    return row_of(row)


async def by_intent(conn: Conn, payment_intent_id: str) -> Payment | None:
    row = await conn.fetchrow(
        "select * from public.payments where stripe_payment_intent_id = $1", payment_intent_id
    )
    return row_of(row) if row else None


async def lock_by_intent(conn: Conn, payment_intent_id: str) -> Payment | None:
    row = await conn.fetchrow(
        "select * from public.payments where stripe_payment_intent_id = $1 for no key update",
        payment_intent_id,
    )
    return row_of(row) if row else None


async def succeeded_of_booking(conn: Conn, booking_id: UUID) -> list[Payment]:
    """Payments that came, oldest first."""
    rows = await conn.fetch(
        "select * from public.payments where booking_id = $1 and status = 'SUCCEEDED' "
        "order by paid_at, id",
        booking_id,
    )
    return [row_of(row) for row in rows]


async def of_bookings(conn: Conn, booking_ids: Sequence[UUID]) -> dict[UUID, list[Payment]]:
    """Every payment of each booking, newest first."""
    rows = await conn.fetch(
        "select * from public.payments where booking_id = any($1) "
        "order by created_at desc, id desc",
        booking_ids,
    )
    grouped: dict[UUID, list[Payment]] = {booking_id: [] for booking_id in booking_ids}
    for row in rows:
        grouped[row["booking_id"]].append(row_of(row))
    return grouped


async def page_of_user(conn: Conn, user_id: UUID, page: PageRequest) -> Page[Payment]:
    rows = await conn.fetch(
        "select * from public.payments where user_id = $1 "
        "and (created_at, id) < ($2, $3) "
        "order by created_at desc, id desc limit $4",
        user_id,
        page.start.created_at,
        page.start.id,
        page.limit,
    )
    return Page.cut([row_of(row) for row in rows], page)


async def fulfilled(conn: Conn, booking_id: UUID, *, now: datetime) -> None:
    """The booking's payment did what it was for.

    Left alone: one that we return, one that went back whole, one that waits for a human.
    """
    await conn.execute(
        "update public.payments p set outcome = 'FULFILLED', outcome_at = $2, "
        "outcome_reason = null, outcome_owner = null "
        "where booking_id = $1 and status = 'SUCCEEDED' "
        "and outcome is null and amount_refunded_minor < amount_minor "
        "and not exists (select from private.refunds r "
        "where r.payment_id = p.id and r.origin = 'SESSIONPAY')",
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
    """The session it paid for goes on after all: it no longer waits for a human."""
    await conn.execute(
        "update public.payments p set outcome = null, outcome_reason = null, "
        "outcome_owner = null, outcome_at = null from public.bookings b "
        "where b.id = $1 and p.booking_id = b.id and p.outcome = 'WAITING' "
        "and p.amount_minor = b.price_minor and p.currency = b.currency",
        booking_id,
    )
