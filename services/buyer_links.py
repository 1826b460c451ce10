"""A Telegram chat becomes an account's own; what was bought there before comes along when the
person asks for it, not by itself: whoever is lured into opening somebody else's link loses
nothing."""

import logging
from dataclasses import replace
from uuid import UUID

from services import channel_joins, entitlements, escalation, jobs, plan_orders
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.plans import (
    OVER,
    AccessStatus,
    ChannelAccess,
    Subscription,
)
from services.store import channel_accesses as access_store
from services.store import entitlements as entitlement_store
from services.store import plan_payments as plan_payment_store
from services.store import subscription_lists, telegram_buyers
from services.store import subscriptions as subscription_store
from services.store import telegram as store
from services.store import users as user_store

log = logging.getLogger(__name__)


async def link(app: App, conn: Conn, chat_id: int, code_hash: bytes) -> bool:
    """Give the chat to the code's user; False when the code is unknown, expired or used."""
    now = app.clock.now()
    await store.lock_chat(conn, chat_id)
    found = await store.lock_link(conn, code_hash)
    if found is None:
        return False
    if found.used_at is not None:
        # The same update again, whose first answer did not get out.
        user = await store.user_of(conn, chat_id)
        return user is not None and user.id == found.user_id
    if found.expires_at <= now:
        return False
    before = await store.free_chat(conn, chat_id)
    await store.give_chat(conn, found.user_id, chat_id)
    await store.use_link(conn, code_hash, now=now)
    await _give_up_orders(app, conn, chat_id)
    if before is not None and before != found.user_id:
        await channel_joins.chat_changed(app, conn, before, None)
    await channel_joins.chat_changed(app, conn, found.user_id, chat_id)
    log.info("telegram linked", extra={"user_id": found.user_id})
    return True


async def unlink(app: App, conn: Conn, chat_id: int) -> bool:
    """Make the chat nobody's; False when it was."""
    user_id = await store.free_chat(conn, chat_id)
    if user_id is None:
        return False
    await channel_joins.chat_changed(app, conn, user_id, None)
    log.info("telegram unlinked", extra={"user_id": user_id})
    return True


async def has_own(conn: Conn, chat_id: int) -> bool:
    """Whether something was bought in the chat that is no account's."""
    buyer = await telegram_buyers.of_chat(conn, chat_id)
    if buyer is None:
        return False
    return any(bought.user_id is None for bought in await telegram_buyers.purchases(conn, buyer.id))


async def move(app: App, conn: Conn, chat_id: int) -> list[Subscription] | None:
    """Bring what was bought in the chat along to the account it is linked to; None without one.

    Answers with everything bought in the chat that is the account's then: an answer that did not
    get out is the same when it is tried again.
    """
    await store.lock_chat(conn, chat_id)
    user = await store.user_of(conn, chat_id)
    if user is None:
        return None
    await user_store.lock(conn, user.id)
    buyer_id = await telegram_buyers.give_to(conn, chat_id, user.id)
    if buyer_id is None:
        return []
    await _give_up_orders(app, conn, chat_id)
    await _bring_along(app, conn, buyer_id, user.id)
    log.info("telegram purchases moved", extra={"user_id": user.id})
    bought = await telegram_buyers.purchases(conn, buyer_id)
    return [subscription for subscription in bought if subscription.user_id == user.id]


async def _bring_along(app: App, conn: Conn, buyer_id: UUID, user_id: UUID) -> None:
    """What was bought in the chat and is no account's is this account's from now on."""
    brought = [
        bought
        for bought in await telegram_buyers.purchases(conn, buyer_id)
        if bought.user_id is None
    ]
    for bought in brought:
        await _bring_subscription(app, conn, bought, user_id)
    await plan_payment_store.give_to(conn, buyer_id, user_id)
    if not brought:
        return
    await _bring_accesses(app, conn, buyer_id, user_id)
    theirs = await subscription_store.by_ids(conn, user_id, [bought.id for bought in brought])
    for bought in theirs.values():
        await entitlements.changed(app, conn, bought)


async def _bring_subscription(app: App, conn: Conn, bought: Subscription, user_id: UUID) -> None:
    """Of two subscriptions to one plan the account's own counts, unless nobody paid for it."""
    own = (
        await subscription_lists.live_of_user(conn, user_id, bought.plan_id)
        if bought.plan_id and bought.duplicate_of is None and bought.status not in OVER
        else None
    )
    if own is not None and (own.is_order or own.is_own_trial):
        await plan_orders.give_up(app, conn, own)
    elif own is not None:
        await subscription_store.set_duplicate_of(conn, bought.id, own.id)
        await _tell_operator(app, conn, bought)
    await subscription_store.give_to(conn, bought.id, user_id)


async def _tell_operator(app: App, conn: Conn, second: Subscription) -> None:
    """Both were paid for: a person decides which of the two ends."""
    if second.stripe_id is not None:
        await jobs.enqueue(conn, Job.END_DUPLICATE, second.id)
        return
    why = "It was bought in Telegram for an account that has the plan already."
    await escalation.ask_operator(app, conn, second.id, why=why)


async def _give_up_orders(app: App, conn: Conn, chat_id: int) -> None:
    """Whoever pays from now on pays for the account: a page opened before would sell it twice."""
    buyer = await telegram_buyers.of_chat(conn, chat_id)
    if buyer is None:
        return
    await telegram_buyers.lock(conn, buyer.id)
    for begun in await subscription_lists.of_buyer(conn, buyer.id):
        if begun.user_id is None and begun.is_order:
            await plan_orders.give_up(app, conn, begun)


async def _bring_accesses(app: App, conn: Conn, buyer_id: UUID, user_id: UUID) -> None:
    """One row a person and channel: that of the chat, for it knows who is in."""
    own = {access.channel_id: access for access in await access_store.of_user(conn, user_id)}
    for access in await access_store.of_buyer(conn, buyer_id):
        if access.user_id == user_id or await _is_anothers(app, conn, access):
            continue
        if other := own.get(access.channel_id):
            if other.status is AccessStatus.JOINED and access.status is not AccessStatus.JOINED:
                continue
            await access_store.free(conn, other.id)
            await jobs.enqueue(conn, Job.CHANNEL_ACCESS, other.id, cause="linked")
        await access_store.give_to(conn, access.id, user_id)


async def _is_anothers(app: App, conn: Conn, access: ChannelAccess) -> bool:
    """Whether the account that the row was given to before is let in by what it has itself."""
    if access.user_id is None:
        return False
    alone = replace(access, telegram_buyer_id=None)
    return await entitlement_store.opens_channel(conn, alone, now=app.clock.now()) is not None
