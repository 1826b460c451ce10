"""What a person may do now, and what follows when that changes."""

from uuid import UUID

from services import jobs
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.plans import OWING, Channel, ChannelAccess, Entitlements, Plan, Subscription
from services.store import channel_accesses, credit_uses, telegram_buyers
from services.store import entitlements as store
from services.store import plans as plan_store
from services.store import subscriptions as subscription_store
from services.store import users as user_store


async def of_user(app: App, user_id: UUID) -> Entitlements:
    """What the user's subscriptions give them now."""
    async with app.db.connection() as conn:
        entitling = await store.of_user(conn, user_id, now=app.clock.now())
        plans = await _plans(conn, entitling)
        graces = [sub.grace_until for sub in entitling if sub.grace_until and sub.status in OWING]
        return Entitlements(
            entitling=tuple(entitling),
            grace_until=min(graces, default=None),
            credits_left=sum([await credits_left(conn, sub, plans) for sub in entitling]),
            channels=await _channels(conn, user_id, list(plans.values())),
        )


async def _plans(conn: Conn, subscriptions: list[Subscription]) -> dict[UUID, Plan]:
    return await plan_store.by_ids(conn, [sub.plan_id for sub in subscriptions if sub.plan_id])


async def credits_left(conn: Conn, subscription: Subscription, plans: dict[UUID, Plan]) -> int:
    """Session credits of the current period that are not spent."""
    assert subscription.plan_id is not None, "what entitles has a plan"
    if subscription.status in OWING:
        return 0  # those of a period that nobody has paid yet
    given = plans[subscription.plan_id].session_credits
    return max(0, given - await credit_uses.spent(conn, subscription)) if given else 0


async def _channels(
    conn: Conn, user_id: UUID, plans: list[Plan]
) -> tuple[tuple[Channel, ChannelAccess | None], ...]:
    wanted = dict.fromkeys(plan.channel_id for plan in plans if plan.channel_id)
    channels = await plan_store.channels(conn, list(wanted))
    accesses = {
        access.channel_id: access for access in await channel_accesses.of_user(conn, user_id)
    }
    return tuple((channels[key], accesses.get(key)) for key in wanted)


async def lock(conn: Conn, subscription_id: UUID) -> Subscription:
    """The subscription, locked after its owner, in the order in which a new order locks them."""
    row = await subscription_store.get(conn, subscription_id)
    assert row is not None, "lock() is called with ids of rows"
    if row.user_id is not None:
        await user_store.lock(conn, row.user_id)
    if row.telegram_buyer_id is not None:
        await telegram_buyers.lock(conn, row.telegram_buyer_id)
    locked = await subscription_store.lock(conn, subscription_id)
    assert locked is not None
    return locked


async def changed(app: App, conn: Conn, subscription: Subscription) -> None:
    """A subscription or a payment of it changed: bring what depends on it in line.

    `users.paid` at once; the channels by a job, which looks at the rows as they are then.
    """
    if subscription.user_id is not None:
        await store.refresh_paid(conn, subscription.user_id, now=app.clock.now())
    await _want_channel(app, conn, subscription)
    for access in await accesses(conn, subscription):
        await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id)


async def _want_channel(app: App, conn: Conn, subscription: Subscription) -> None:
    """Who is entitled to a channel for the first time gets a row there."""
    plans = await _plans(conn, [subscription])
    plan = plans.get(subscription.plan_id) if subscription.plan_id else None
    if plan is None or plan.channel_id is None:
        return
    if subscription.user_id is None and subscription.telegram_buyer_id is None:
        return  # the account is gone
    if await store.is_entitled(conn, subscription.id, now=app.clock.now()):
        await channel_accesses.want(
            conn,
            plan.channel_id,
            user_id=subscription.user_id,
            telegram_buyer_id=subscription.telegram_buyer_id,
            now=app.clock.now(),
        )


async def accesses(conn: Conn, subscription: Subscription) -> list[ChannelAccess]:
    """Where its owner stands with channels, whether or not this subscription opens them."""
    found: dict[UUID, ChannelAccess] = {}
    if subscription.user_id is not None:
        mine = await channel_accesses.of_user(conn, subscription.user_id)
        found |= {access.id: access for access in mine}
    if subscription.telegram_buyer_id is not None:
        bought = await channel_accesses.of_buyer(conn, subscription.telegram_buyer_id)
        found |= {access.id: access for access in bought}
    return list(found.values())


async def at_door(app: App, conn: Conn, channel_id: UUID, person_id: int) -> ChannelAccess | None:
    """The row under which whoever has this Telegram id may be in the channel now; None when they
    may not."""
    for access in await channel_accesses.of_person(conn, channel_id, person_id):
        if await store.opens_channel(conn, access, now=app.clock.now()):
            return access
    return None
