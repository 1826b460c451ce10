"""public.subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.billing import SubscriptionState
from services.domain.money import Money
from services.domain.plans import Buyer, Plan, Subscription, SubscriptionStatus

LIVE = "('INCOMPLETE', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED')"
"""As in the unique indexes, of which the planner only makes use when it reads the same words."""

NOT_PAID = (
    "s.stripe_subscription_id is null and s.trial_end is null "
    "and s.current_period_start is null and s.status in ('INCOMPLETE', 'CANCELED')"
)
"""An order that nobody has paid, or ever will."""


def row_of(record: Record) -> Subscription:
    price = record["price_minor"]
    return Subscription(
        id=record["id"],
        user_id=record["user_id"],
        telegram_buyer_id=record["telegram_buyer_id"],
        plan_id=record["plan_id"],
        stripe_id=record["stripe_subscription_id"],
        customer_id=record["stripe_customer_id"],
        status=SubscriptionStatus(record["status"]),
        price=None if price is None else Money(price, record["currency"]),
        current_period_start=record["current_period_start"],
        current_period_end=record["current_period_end"],
        trial_end=record["trial_end"],
        cancel_at=record["cancel_at"],
        canceled_at=record["canceled_at"],
        ended_at=record["ended_at"],
        grace_until=record["grace_until"],
        lapsed_at=record["lapsed_at"],
        duplicate_of=record["duplicate_of"],
        read_ticket=record["read_ticket"],
        created_at=record["created_at"],
    )


async def get(conn: Conn, subscription_id: UUID) -> Subscription | None:
    record = await conn.fetchrow(
        "select * from public.subscriptions where id = $1", subscription_id
    )
    return row_of(record) if record else None


async def lock(conn: Conn, subscription_id: UUID) -> Subscription | None:
    """The row, with everybody else kept from changing it until the transaction ends."""
    record = await conn.fetchrow(
        "select * from public.subscriptions where id = $1 for no key update", subscription_id
    )
    return row_of(record) if record else None


async def by_stripe_id(conn: Conn, stripe_id: str) -> Subscription | None:
    record = await conn.fetchrow(
        "select * from public.subscriptions where stripe_subscription_id = $1", stripe_id
    )
    return row_of(record) if record else None


async def by_ids(conn: Conn, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Subscription]:
    """Those of these that are the user's."""
    records = await conn.fetch(
        "select * from public.subscriptions where id = any($2) and user_id = $1", user_id, ids
    )
    return {record["id"]: row_of(record) for record in records}


async def begin(conn: Conn, buyer: Buyer, plan: Plan, *, now: datetime) -> Subscription:
    """An order: what a first payment will make a subscription."""
    record = await conn.fetchrow(
        "insert into public.subscriptions (user_id, telegram_buyer_id, plan_id, price_minor, "
        "currency, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6) returning *",
        buyer.user_id,
        buyer.telegram_buyer_id,
        plan.id,
        plan.price.amount_minor,
        plan.price.currency,
        now,
    )
    assert record is not None
    return row_of(record)


async def set_price(conn: Conn, subscription_id: UUID, price: Money) -> Subscription:
    """The plan of an order costs something else by now."""
    record = await conn.fetchrow(
        "update public.subscriptions set price_minor = $2, currency = $3 where id = $1 returning *",
        subscription_id,
        price.amount_minor,
        price.currency,
    )
    assert record is not None
    return row_of(record)


async def adopt(
    conn: Conn,
    told: SubscriptionState,
    *,
    user_id: UUID | None,
    telegram_buyer_id: UUID | None,
    now: datetime,
) -> Subscription:
    """A row for a subscription of Stripe that none of ours stands for; without a plan it is in
    nobody's way until it is mirrored."""
    record = await conn.fetchrow(
        "insert into public.subscriptions (user_id, telegram_buyer_id, "
        "stripe_subscription_id, created_at, updated_at) "
        "values ($1, $2, $3, $4, $5) returning *",
        user_id,
        telegram_buyer_id,
        told.id,
        told.created_at,
        now,
    )
    assert record is not None
    return row_of(record)


async def is_returned(conn: Conn, subscription_id: UUID) -> bool:
    """Whether we return, or returned, a payment of it."""
    found: bool = await conn.fetchval(
        "select exists (select from private.refunds r join public.payments p "
        "on p.id = r.payment_id where p.subscription_id = $1 and r.origin = 'SESSIONPAY')",
        subscription_id,
    )
    return found


async def has_fulfilled(conn: Conn, subscription_id: UUID) -> bool:
    """Whether a payment of it gave what it was for."""
    found: bool = await conn.fetchval(
        "select exists (select from public.payments where subscription_id = $1 "
        "and outcome = 'FULFILLED')",
        subscription_id,
    )
    return found


async def lock_stripe_id(conn: Conn, stripe_id: str) -> None:
    """Let one transaction at a time write of this subscription, which may have no row yet."""
    await conn.execute(
        "select pg_advisory_xact_lock(hashtextextended('subscription ' || $1::text, 0))",
        stripe_id,
    )


async def next_ticket(conn: Conn) -> int:
    """The number of a reading that begins now, greater than that of every one begun before."""
    ticket: int = await conn.fetchval("select nextval('private.stripe_readings')")
    return ticket


async def mirror(
    conn: Conn,
    subscription_id: UUID,
    told: SubscriptionState,
    *,
    ticket: int,
    plan_id: UUID | None,
    duplicate_of: UUID | None,
    grace_until: datetime | None,
    now: datetime,
) -> Subscription | None:
    """Write what a reading told; None when the row shows a later reading already."""
    record = await conn.fetchrow(
        "update public.subscriptions set stripe_subscription_id = $2, stripe_customer_id = $3, "
        "status = $4, plan_id = $5, price_minor = $6, currency = $7, current_period_start = $8, "
        "current_period_end = $9, trial_end = $10, cancel_at = $11, canceled_at = $12, "
        "ended_at = $13, duplicate_of = $14, grace_until = $15, "
        "lapsed_at = case when $15::timestamptz is null then null else lapsed_at end, "
        "read_ticket = $16, looked_at = $17, updated_at = $17 "
        "where id = $1 and read_ticket <= $16 returning *",
        subscription_id,
        told.id,
        told.customer_id,
        told.status,
        plan_id,
        told.price.amount_minor if told.price else None,
        told.price.currency if told.price else None,
        told.current_period_start,
        told.current_period_end,
        told.trial_end,
        told.cancel_at,
        told.canceled_at,
        told.ended_at,
        duplicate_of,
        grace_until,
        ticket,
        now,
    )
    return row_of(record) if record else None


async def set_status(
    conn: Conn, subscription_id: UUID, status: SubscriptionStatus, *, now: datetime
) -> Subscription:
    """For what Stripe has no subscription of: paid once, or a trial granted here."""
    record = await conn.fetchrow(
        "update public.subscriptions set status = $2, updated_at = $3, "
        "current_period_start = coalesce(current_period_start, "
        "case when $2 = 'ACTIVE' then $3::timestamptz end), "
        "ended_at = case when $2 = 'CANCELED' then $3::timestamptz end where id = $1 returning *",
        subscription_id,
        status,
        now,
    )
    assert record is not None
    return row_of(record)


async def set_lapsed(conn: Conn, subscription_id: UUID, *, now: datetime) -> None:
    await conn.execute(
        "update public.subscriptions set lapsed_at = $2, updated_at = $2 where id = $1",
        subscription_id,
        now,
    )


async def set_duplicate_of(conn: Conn, subscription_id: UUID, duplicate_of: UUID) -> None:
    await conn.execute(
        "update public.subscriptions set duplicate_of = $2 where id = $1",
        subscription_id,
        duplicate_of,
    )


async def looked_at(conn: Conn, subscription_id: UUID, *, now: datetime) -> None:
    """Stripe was asked, and knows no such subscription."""
    await conn.execute(
        "update public.subscriptions set looked_at = $2 where id = $1", subscription_id, now
    )


async def give_to(conn: Conn, subscription_id: UUID, user_id: UUID) -> None:
    """What was bought in Telegram belongs to this account from now on."""
    await conn.execute(
        "update public.subscriptions set user_id = $2 where id = $1", subscription_id, user_id
    )
