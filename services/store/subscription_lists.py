"""public.subscriptions: which of them a person has, in the order in which they count."""

from uuid import UUID

from services.db import Conn
from services.domain.plans import Buyer, Subscription
from services.store.subscriptions import LIVE, NOT_PAID, row_of


async def live_of(conn: Conn, buyer: Buyer, plan_id: UUID) -> Subscription | None:
    """The buyer's one subscription to the plan that is not over, also one not paid yet."""
    record = await conn.fetchrow(
        "select * from public.subscriptions where plan_id = $3 "
        "and (user_id = $1 or telegram_buyer_id = $2) "
        f"and duplicate_of is null and status in {LIVE} "
        "order by status = 'INCOMPLETE', stripe_subscription_id is null, created_at limit 1",
        buyer.user_id,
        buyer.telegram_buyer_id,
        plan_id,
    )
    return row_of(record) if record else None


async def live_of_user(conn: Conn, user_id: UUID, plan_id: UUID) -> Subscription | None:
    """The account's one subscription to the plan that is not over, also one not paid yet."""
    record = await conn.fetchrow(
        "select * from public.subscriptions where plan_id = $2 and user_id = $1 "
        f"and duplicate_of is null and status in {LIVE} order by status = 'INCOMPLETE' limit 1",
        user_id,
        plan_id,
    )
    return row_of(record) if record else None


async def shown(conn: Conn, buyer: Buyer, *, limit: int) -> list[Subscription]:
    """What the person has, newest first: neither over, nor never paid, nor a second one."""
    records = await conn.fetch(
        "select * from public.subscriptions s where (user_id = $1 or telegram_buyer_id = $2) "
        f"and duplicate_of is null and status in {LIVE} and not ({NOT_PAID}) "
        "order by created_at desc, id desc limit $3",
        buyer.user_id,
        buyer.telegram_buyer_id,
        limit,
    )
    return [row_of(record) for record in records]


async def had_before(conn: Conn, buyer: Buyer, plan_id: UUID) -> bool:
    """Whether the buyer ever had the plan, so that a free trial is given once."""
    found: bool = await conn.fetchval(
        "select exists (select from public.subscriptions s where s.plan_id = $3 "
        f"and (s.user_id = $1 or s.telegram_buyer_id = $2) and not ({NOT_PAID}))",
        buyer.user_id,
        buyer.telegram_buyer_id,
        plan_id,
    )
    return found


async def other_live(conn: Conn, row: Subscription, plan_id: UUID) -> Subscription | None:
    """Another subscription of the same person to this plan that counts and is not over."""
    record = await conn.fetchrow(
        "select * from public.subscriptions where plan_id = $4 and id <> $1 "
        "and (user_id = $2 or telegram_buyer_id = $3) "
        f"and duplicate_of is null and status in {LIVE} "
        "order by status = 'INCOMPLETE' limit 1",
        row.id,
        row.user_id,
        row.telegram_buyer_id,
        plan_id,
    )
    return row_of(record) if record else None


async def of_user(conn: Conn, user_id: UUID, plan_id: UUID | None) -> Subscription | None:
    """The user's subscription that counts: of one plan, or of all; none that was never paid. Those
    that go on come before those that are over, newer ones first."""
    record = await conn.fetchrow(
        "select * from public.subscriptions s where user_id = $1 "
        f"and ($2::uuid is null or plan_id = $2) and not ({NOT_PAID}) "
        "order by duplicate_of is not null, status in ('CANCELED', 'INCOMPLETE_EXPIRED'), "
        "created_at desc, id desc limit 1",
        user_id,
        plan_id,
    )
    return row_of(record) if record else None


async def all_of_user(conn: Conn, user_id: UUID, *, limit: int) -> list[Subscription]:
    """What ever began and counts, in the same order."""
    records = await conn.fetch(
        f"select * from public.subscriptions s where user_id = $1 and not ({NOT_PAID}) "
        "and duplicate_of is null "
        "order by status in ('CANCELED', 'INCOMPLETE_EXPIRED'), created_at desc, id desc limit $2",
        user_id,
        limit,
    )
    return [row_of(record) for record in records]


async def of_customers(conn: Conn, user_id: UUID) -> list[Subscription]:
    """The user's subscriptions that Stripe knows, those that go on first, newest first."""
    records = await conn.fetch(
        "select * from public.subscriptions where user_id = $1 "
        "and stripe_subscription_id is not null "
        "order by status in ('CANCELED', 'INCOMPLETE_EXPIRED'), created_at desc, id desc limit 50",
        user_id,
    )
    return [row_of(record) for record in records]


async def of_buyer(conn: Conn, telegram_buyer_id: UUID) -> list[Subscription]:
    """Everything a Telegram buyer began, oldest first."""
    records = await conn.fetch(
        "select * from public.subscriptions where telegram_buyer_id = $1 order by created_at, id",
        telegram_buyer_id,
    )
    return [row_of(record) for record in records]
