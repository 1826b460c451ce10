"""People at the door of a private channel: who may come in, and who came or went."""

import logging

from services import channel, entitlements, jobs
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.plans import AccessStatus, ChannelAccess
from services.store import channel_accesses as store
from services.store import plans as plan_store
from services.telegram_updates import AsksToJoin, Joined

log = logging.getLogger(__name__)


async def asked(app: App, news: AsksToJoin) -> None:
    """Let in who paid, and nobody else, whatever link they come by. Raises ProviderError."""
    async with app.db.connection() as conn:
        known = await plan_store.channel_of_chat(conn, news.chat_id)
        if known is None or app.channels is None:
            return  # the bot looks after other chats too
        access = await entitlements.at_door(app, conn, known.id, news.person_id)
    if access is None:
        await app.channels.turn_away(news.chat_id, news.person_id)
        log.info("turned away from channel", extra={"channel_id": known.id})
        return
    await app.channels.admit(news.chat_id, news.person_id)
    async with app.db.transaction() as conn:
        await _note_joined(app, conn, access, news.person_id)


async def moved(app: App, conn: Conn, news: Joined) -> None:
    """Note who came in and who went, in the caller's transaction."""
    known = await plan_store.channel_of_chat(conn, news.chat_id)
    if known is None:
        return
    if not news.present:
        for gone in await store.of_person(conn, known.id, news.person_id):
            await _note_left(app, conn, gone, news.person_id)
        return
    access = await store.of_link(conn, news.invite_link) if news.invite_link else None
    if access is not None and access.by_request and access.person_id != news.person_id:
        access = None  # somebody else who may come in asked by this person's link
    if access is None:
        rows = await store.of_person(conn, known.id, news.person_id)
        access = rows[0] if rows else None
    if access is not None:  # an administrator may add whom they like
        await _note_joined(app, conn, access, news.person_id)


async def _note_joined(app: App, conn: Conn, access: ChannelAccess, person_id: int) -> None:
    """The job that follows closes the link behind them, or puts them out if they may not be in."""
    current = await store.lock(conn, access.id)
    if current is None or (
        current.status is AccessStatus.JOINED and current.person_id == person_id
    ):
        return
    await store.joined(conn, access.id, person_id, now=app.clock.now())
    await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="joined")
    log.info("joined channel", extra={"access_id": access.id})


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
