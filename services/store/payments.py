"""public.payments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.money import Money
from services.domain.payments import Outcome, Payment, PaymentStatus


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
        amount_lost_minor=record["amount_lost_minor"],
        status=PaymentStatus(record["status"]),
        failure_reason=record["failure_reason"],
        receipt_url=record["receipt_url"],
        invoice_number=record["invoice_number"],
        invoice_url=record["invoice_url"],
        invoice_pdf_url=record["invoice_pdf_url"],
        period_start=record["period_start"],
        period_end=record["period_end"],
        dispute_status=record["dispute_status"],
        dispute_count=record["dispute_count"],
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


async def get(conn: Conn, payment_id: UUID) -> Payment | None:
    row = await conn.fetchrow("select * from public.payments where id = $1", payment_id)
    return row_of(row) if row else None


async def by_intent(conn: Conn, payment_intent_id: str) -> Payment | None:
    row = await conn.fetchrow(
        "select * from public.payments where stripe_payment_intent_id = $1", payment_intent_id
    )
    return row_of(row) if row else None


async def by_charge(conn: Conn, charge_id: str) -> Payment | None:
    row = await conn.fetchrow(
        "select * from public.payments where stripe_charge_id = $1", charge_id
    )
    return row_of(row) if row else None


async def lock(conn: Conn, payment_id: UUID) -> None:
    await conn.execute("select from public.payments where id = $1 for no key update", payment_id)


async def lock_by_intent(conn: Conn, payment_intent_id: str) -> Payment | None:
    row = await conn.fetchrow(
        "select * from public.payments where stripe_payment_intent_id = $1 for no key update",
        payment_intent_id,
    )
    return row_of(row) if row else None


async def is_processing(conn: Conn, booking_id: UUID) -> bool:
    """Whether a delayed method is paying for the booking."""
    found: bool = await conn.fetchval(
        "select exists (select from public.payments where booking_id = $1 "
        "and status = 'PROCESSING')",
        booking_id,
    )
    return found


async def succeeded_of_booking(conn: Conn, booking_id: UUID) -> list[Payment]:
    """Payments that came, oldest first."""
    rows = await conn.fetch(
        "select * from public.payments where booking_id = $1 and status = 'SUCCEEDED' "
        "order by paid_at, id",
        booking_id,
    )
    return [row_of(row) for row in rows]
