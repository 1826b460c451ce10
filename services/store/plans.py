"""public.plans, public.channels, and Stripe's prices of plans."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.billing import PriceState
from services.domain.money import Money
from services.domain.paging import Page, PageRequest
from services.domain.plans import Channel, Interval, Plan


def _row(record: Record) -> Plan:
    return Plan(
        id=record["id"],
        name=record["name"],
        description=record["description"],
        price=Money(record["price_minor"], record["currency"]),
        interval=Interval(record["billing_interval"]) if record["billing_interval"] else None,
        interval_count=record["billing_interval_count"],
        trial_days=record["trial_days"],
        session_credits=record["session_credits"],
        channel_id=record["channel_id"],
        active=record["active"],
        created_at=record["created_at"],
    )


async def page_on_sale(conn: Conn, page: PageRequest) -> Page[Plan]:
    records = await conn.fetch(
        "select * from public.plans where active "
        "and (created_at, id) < ($1, $2) "
        "order by created_at desc, id desc limit $3",
        page.start.created_at,
        page.start.id,
        page.limit,
    )
    return Page.cut([_row(record) for record in records], page)


async def recurring_on_sale(conn: Conn) -> list[Plan]:
    """Plans between which one can change, newest first, at most ten: more no portal offers."""
    records = await conn.fetch(
        "select * from public.plans where active and billing_interval is not null "
        "order by created_at desc, id desc limit 10"
    )
    return [_row(record) for record in records]


async def in_chat(conn: Conn) -> Plan | None:
    """What the bot sells."""
    record = await conn.fetchrow("select * from public.plans where active and sold_in_chat")
    return _row(record) if record else None


async def by_ids(conn: Conn, ids: Sequence[UUID]) -> dict[UUID, Plan]:
    """Also those no longer on sale."""
    records = await conn.fetch("select * from public.plans where id = any($1)", ids)
    return {record["id"]: _row(record) for record in records}


async def channel(conn: Conn, channel_id: UUID) -> Channel | None:
    return (await channels(conn, [channel_id])).get(channel_id)


async def channels(conn: Conn, ids: Sequence[UUID]) -> dict[UUID, Channel]:
    records = await conn.fetch("select * from public.channels where id = any($1)", ids)
    return {record["id"]: _channel(record) for record in records}


async def channel_of_chat(conn: Conn, telegram_chat_id: int) -> Channel | None:
    record = await conn.fetchrow(
        "select * from public.channels where telegram_chat_id = $1", telegram_chat_id
    )
    return _channel(record) if record else None


def _channel(record: Record) -> Channel:
    return Channel(
        id=record["id"],
        name=record["name"],
        description=record["description"],
        telegram_chat_id=record["telegram_chat_id"],
        link=record["link"],
    )


async def price_of(conn: Conn, plan: Plan) -> PriceState | None:
    """Stripe's price of the plan as it costs now."""
    record = await conn.fetchrow(
        "select stripe_price_id, stripe_product_id from private.plan_prices where plan_id = $1 "
        "and price_minor = $2 and currency = $3 and billing_interval = $4 "
        "and billing_interval_count = $5",
        plan.id,
        plan.price.amount_minor,
        plan.price.currency,
        plan.interval,
        plan.interval_count,
    )
    return PriceState(record["stripe_price_id"], record["stripe_product_id"]) if record else None


async def keep_price(conn: Conn, plan: Plan, price: PriceState, *, now: datetime) -> PriceState:
    """Keep the first price made for this amount; answers with the one kept."""
    await conn.execute(
        "insert into private.plan_prices (stripe_price_id, stripe_product_id, plan_id, "
        "price_minor, currency, billing_interval, billing_interval_count, created_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        price.id,
        price.product_id,
        plan.id,
        plan.price.amount_minor,
        plan.price.currency,
        plan.interval,
        plan.interval_count,
        now,
    )
    return await price_of(conn, plan) or price


async def forget_price(conn: Conn, stripe_price_id: str) -> None:
    """Stripe does not know this price any more."""
    await conn.execute(
        "delete from private.plan_prices where stripe_price_id = $1", stripe_price_id
    )


async def plan_of_price(conn: Conn, stripe_price_id: str) -> UUID | None:
    plan_id: UUID | None = await conn.fetchval(
        "select plan_id from private.plan_prices where stripe_price_id = $1", stripe_price_id
    )
    return plan_id


async def portal_configuration(conn: Conn, digest: str) -> str | None:
    found: str | None = await conn.fetchval(
        "select stripe_configuration_id from private.portal_configurations where digest = $1",
        digest,
    )
    return found


async def keep_portal_configuration(
    conn: Conn, digest: str, stripe_configuration_id: str, *, now: datetime
) -> None:
    await conn.execute(
        "insert into private.portal_configurations (digest, stripe_configuration_id, created_at) "
        "values ($1, $2, $3) on conflict (digest) do nothing",
        digest,
        stripe_configuration_id,
        now,
    )


async def forget_portal_configuration(conn: Conn, stripe_configuration_id: str) -> None:
    """Stripe does not know this configuration any more."""
    await conn.execute(
        "delete from private.portal_configurations where stripe_configuration_id = $1",
        stripe_configuration_id,
    )
