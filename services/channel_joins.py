"""People at the door of a private channel: who may come in, and who came or went."""

import logging
from uuid import UUID

from services import channel, entitlements, jobs
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.plans import AccessStatus, ChannelAccess
from services.store import channel_accesses as store
from services.store import entitlements as entitlement_store
from services.store import plans as plan_store
from services.telegram_updates import AsksToJoin, Joined

log = logging.getLogger(__name__)

MAY_COME = frozenset({AccessStatus.INVITED, AccessStatus.JOINED})
"""Of whoever stands here we may not have heard that they came in; nobody else came by us."""


async def asked(app: App, news: AsksToJoin) -> None:
    """Let in who paid, and nobody else, whatever link they come by. Raises ProviderError."""
    async with app.db.transaction() as conn:
        known = await plan_store.channel_of_chat(conn, news.chat_id)
        if known is None or app.channels is None:
            return  # the bot looks after other chats too
        access = await _expected(app, conn, known.id, news)
    if access is None:
        await app.channels.turn_away(news.chat_id, news.person_id)
        log.info("turned away from channel", extra={"channel_id": known.id})
        return
    await app.channels.admit(news.chat_id, news.person_id)
    async with app.db.transaction() as conn:
        await channel.note_joined(app, conn, access, news.person_id)


async def remember(app: App, conn: Conn, news: AsksToJoin, *, cause: str) -> None:
    """Nobody could be let in for a while: the job of whoever may come in goes on trying. Who may
    not goes on asking, and is let in should they pay."""
    known = await plan_store.channel_of_chat(conn, news.chat_id)
    access = await _expected(app, conn, known.id, news) if known else None
    if access is not None:
        await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause=cause)


async def _expected(
    app: App, conn: Conn, channel_id: UUID, news: AsksToJoin
) -> ChannelAccess | None:
    """The row under which they may come in. A link of somebody whose Telegram nobody knows is from
    now on for the one who asks by it, and for nobody after them."""
    access = await entitlements.at_door(app, conn, channel_id, news.person_id)
    linked = await store.of_link(conn, news.invite_link) if news.invite_link else None
    if access is not None or linked is None or linked.channel_id != channel_id:
        return access
    current = await store.lock(conn, linked.id)
    if current is None or current.status is not AccessStatus.INVITED:
        return None
    if current.invite_link != news.invite_link or await store.telegram_of(conn, current):
        return None
    if await entitlement_store.opens_channel(conn, current, now=app.clock.now()) is None:
        return None
    await store.expect(conn, current.id, news.person_id, now=app.clock.now())
    return current


async def moved(app: App, conn: Conn, news: Joined) -> None:
    """Note who came in and who went, in the caller's transaction."""
    known = await plan_store.channel_of_chat(conn, news.chat_id)
    if known is None:
        return
    if not news.present:
        for gone in await store.of_person(conn, known.id, news.person_id):
            await _note_left(app, conn, gone, news.person_id)
        return
    access = await _came(app, conn, known.id, news)
    if access is not None:  # an administrator may add whom they like
        await channel.note_joined(app, conn, access, news.person_id)


async def _came(app: App, conn: Conn, channel_id: UUID, news: Joined) -> ChannelAccess | None:
    """The row under which they came: of a link, which somebody else may have asked by, their own;
    else the one that entitles them; else one that is about to end."""
    linked = await store.of_link(conn, news.invite_link) if news.invite_link else None
    meant_for = await store.telegram_of(conn, linked) if linked else None
    if linked is not None and meant_for == news.person_id:
        return linked
    access = await entitlements.at_door(app, conn, channel_id, news.person_id)
    if access is None and linked is not None and meant_for is None:
        access = linked  # an administrator let them in
    if access is None:
        rows = await store.of_person(conn, channel_id, news.person_id)
        access = next((row for row in rows if row.status in MAY_COME), None)
    return access


async def chat_changed(app: App, conn: Conn, user_id: UUID, chat_id: int | None) -> None:
    """The account is linked to this chat now, or to none: whoever is not in yet gets a new link,
    for the earlier chat's person may not come in by the one they were told of."""
    for access in await store.of_user(conn, user_id):
        current = await store.lock(conn, access.id)
        assert current is not None
        if current.status in (AccessStatus.JOINED, AccessStatus.ENDED):
            continue
        if current.person_id not in (None, chat_id):
            await store.want_for_another(conn, current.id, now=app.clock.now())
            cause = f"chat {current.round}"
            await jobs.enqueue(conn, Job.CHANNEL_ACCESS, current.id, cause=cause)


async def _note_left(app: App, conn: Conn, access: ChannelAccess, person_id: int) -> None:
    current = await store.lock(conn, access.id)
    if current is None or current.status is not AccessStatus.JOINED:
        return
    if current.person_id == person_id:
        await store.set_status(conn, access.id, AccessStatus.LEFT, now=app.clock.now())
        await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="left")


async def invite_again(app: App, conn: Conn, access: ChannelAccess) -> None:
    """The person asks for their link, and has none, or was not heard when they used it."""
    current = await store.lock(conn, access.id)
    assert current is not None
    if current.status in (AccessStatus.LEFT, AccessStatus.ENDED):
        await channel.want_again(app, conn, current)
    else:
        await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="asked")
