"""Private channels: who paid is let in, who does not pay any more is let out.

The subscriptions say who may be in; a row of each person says where they stand. A job brings the
two together, and may run as often as it likes.
"""

import logging
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from services import entitlements, jobs, notifications
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import NotificationKind
from services.domain.plans import AccessStatus, Channel, ChannelAccess, Subscription
from services.log import correlation_id
from services.providers.errors import ProviderError
from services.providers.message_ports import ChannelDoor
from services.store import channel_accesses as store
from services.store import entitlements as entitlement_store
from services.store import error_logs
from services.store import plans as plan_store

log = logging.getLogger(__name__)

ASKED_FOR = frozenset({AccessStatus.WANTED, AccessStatus.ENDED})
"""Whoever stands here is told of their link; whoever left, or let it end, finds it in the app."""


@dataclass(frozen=True, slots=True)
class Case:
    """A person and a channel: where they stand, and what lets them in, None when nothing does.

    `person_id` is their id at Telegram, None while nobody knows.
    """

    access: ChannelAccess
    channel: Channel
    entitling: Subscription | None
    person_id: int | None


async def _case(conn: Conn, app: App, access_id: UUID) -> Case | None:
    access = await store.get(conn, access_id)
    if access is None:
        return None
    channel = await plan_store.channel(conn, access.channel_id)
    assert channel is not None
    return Case(
        access,
        channel,
        await entitlement_store.opens_channel(conn, access, now=app.clock.now()),
        await store.telegram_of(conn, access),
    )


def link_for(app: App, access: ChannelAccess | None, channel: Channel) -> str | None:
    """The address by which this person comes in now; None while there is none for them."""
    if access is None or access.status is not AccessStatus.INVITED:
        return None
    return access.invite_link or channel.link or app.settings.paid_channel_link


async def settle(app: App, access_id: UUID) -> None:
    """Job: let the person in, or out, as their subscriptions say."""
    async with app.db.connection() as conn:
        case = await _case(conn, app, access_id)
    if case is None:
        return
    door = _door(app, case.channel)
    if case.entitling is None:
        await _let_out(app, case)
    elif case.access.status is AccessStatus.JOINED:
        await _check_joined(app, case)
    elif case.access.status is not AccessStatus.INVITED:
        await _invite(app, case)
    elif door is not None and case.access.invite_link is None:
        await _begin_again(app, case.access)  # their link was closed, or was everybody's
    elif door is not None and case.person_id is not None:
        await door[0].admit(door[1], case.person_id)  # that they asked may not have been heard
    await _look_back(app, access_id)


async def _look_back(app: App, access_id: UUID) -> None:
    """Whoever changed something meanwhile asked for a job, which was taken for this one."""
    async with app.db.transaction() as conn:
        case = await _case(conn, app, access_id)
        if case and (case.access.status is AccessStatus.ENDED) is (case.entitling is not None):
            await _once_more(conn, access_id)


async def _once_more(conn: Conn, access_id: UUID) -> None:
    """By a job with a cause of its own, or it would be taken for the one that asks for it."""
    await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access_id, cause=f"moved {uuid4()}")


def _door(app: App, channel: Channel) -> tuple[ChannelDoor, int] | None:
    """How the channel is opened by us; None where a plain link lets everybody in."""
    if app.channels is None or channel.telegram_chat_id is None:
        return None
    return app.channels, channel.telegram_chat_id


async def _close(app: App, case: Case) -> Case:
    """The case without its link, which lets nobody in any more. That is noted at once: somebody
    who may come in again must not be left with it, whatever goes wrong next."""
    link, door = case.access.invite_link, _door(app, case.channel)
    if link is None or door is None:
        return case
    await door[0].revoke(door[1], link)
    async with app.db.transaction() as conn:
        await store.forget_link(conn, case.access.id, link)
    return replace(case, access=replace(case.access, invite_link=None))


async def _invite(app: App, case: Case) -> None:
    """Make a link for this person alone, and tell them."""
    case, door, link = await _close(app, case), _door(app, case.channel), None
    if door is not None:
        link = await door[0].invite(door[1], name=f"SessionPay {case.access.id}")
    elif not (case.channel.link or app.settings.paid_channel_link):
        raise ProviderError(
            "telegram",
            f"channel {case.channel.id} has no way in: set its telegram_chat_id or link, or "
            "PAID_CHANNEL_LINK",
            retryable=False,
        )
    if not await _note_invited(app, case, link) and door is not None and link is not None:
        await door[0].revoke(door[1], link)


async def _note_invited(app: App, case: Case, link: str | None) -> bool:
    """False when something moved while the link was made: it is to be taken back."""
    now = app.clock.now()
    async with app.db.transaction() as conn:
        current = await store.lock(conn, case.access.id)
        entitling = await entitlement_store.opens_channel(conn, case.access, now=now)
        if current != case.access or entitling is None:
            await _once_more(conn, case.access.id)
            return False
        person_id = await store.telegram_of(conn, current)
        await store.invited(conn, current.id, link=link, person_id=person_id, now=now)
        if current.status in ASKED_FOR:
            await notifications.announce_plan(
                app, conn, entitling.id, NotificationKind.CHANNEL_INVITE, round_=current.round
            )
    log.info("invited to channel", extra={"access_id": case.access.id})
    return True


async def _check_joined(app: App, case: Case) -> None:
    """The link is not needed any more; and whoever went unnoticed is invited again."""
    door = _door(app, case.channel)
    if door is None:
        return
    access = (await _close(app, case)).access
    assert access.person_id is not None
    if not await door[0].is_member(door[1], access.person_id):
        await _begin_again(app, access)


async def _begin_again(app: App, access: ChannelAccess) -> None:
    async with app.db.transaction() as conn:
        if await store.lock(conn, access.id) == access:
            await want_again(app, conn, access)


async def want_again(app: App, conn: Conn, access: ChannelAccess) -> None:
    """A new link for somebody who may come in and has none."""
    await store.set_status(conn, access.id, AccessStatus.WANTED, again=True, now=app.clock.now())
    await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="again")


async def note_joined(app: App, conn: Conn, access: ChannelAccess, person_id: int) -> None:
    """The job that follows closes the link behind them, or puts them out if they may not be in."""
    current = await store.lock(conn, access.id)
    if current is None or (current.status, current.person_id) == (AccessStatus.JOINED, person_id):
        return
    await store.joined(conn, access.id, person_id, now=app.clock.now())
    await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="joined")
    log.info("joined channel", extra={"access_id": access.id})


async def _let_out(app: App, case: Case) -> None:
    """Close the way in, and put out who is in, unless they have another one."""
    if case.access.status is AccessStatus.ENDED:
        return
    case = await _close(app, case)
    access, other = case.access, await _another_way(app, case)
    by_hand = await _put_out(app, case) if other is None else None
    async with app.db.transaction() as conn:
        if await store.lock(conn, access.id) != access:
            await _once_more(conn, access.id)
            return
        again = await entitlement_store.opens_channel(conn, access, now=app.clock.now())
        await store.end(conn, access.id, now=app.clock.now())
        if again is not None:  # they paid meanwhile
            await _once_more(conn, access.id)
        elif other is None:
            await _tell_out(app, conn, access, by_hand)
        elif access.status is AccessStatus.JOINED and access.person_id is not None:
            await note_joined(app, conn, other, access.person_id)
    log.info("let out of channel", extra={"access_id": access.id, "stays": other is not None})


async def _another_way(app: App, case: Case) -> ChannelAccess | None:
    """Where the person bought in the chat what they had by an account, or the other way round."""
    if case.person_id is None:
        return None
    async with app.db.connection() as conn:
        return await entitlements.at_door(app, conn, case.channel.id, case.person_id)


async def _put_out(app: App, case: Case) -> str | None:
    """What is left for the operator to do, None if nothing."""
    access, door = case.access, _door(app, case.channel)
    if door is None:
        if not (access.user_id or access.telegram_buyer_id or case.person_id):
            return None  # another row is in its place, or nobody is left to name
        return (
            f"Somebody who came in by the plain link of channel {case.channel.id} has to be put "
            f"out by hand: access {access.id}."
        )
    if case.person_id is None or access.status is AccessStatus.WANTED:
        return None  # not so whoever was invited: that they came in may not have been heard
    if await door[0].remove(door[1], case.person_id):
        return None
    return (
        f"An administrator of channel {case.channel.id}, or its owner, has not paid for it any "
        f"more and can be put out by its owner alone: access {access.id}."
    )


async def _tell_out(app: App, conn: Conn, access: ChannelAccess, by_hand: str | None) -> None:
    newest = await entitlement_store.newest_for_channel(conn, access)
    if newest is not None:
        await notifications.announce_plan(
            app, conn, newest.id, NotificationKind.CHANNEL_LEFT, round_=access.round
        )
    if by_hand is not None:
        await error_logs.add(
            conn,
            source="channel",
            message=by_hand,
            final=True,
            subscription_id=newest.id if newest else None,
            correlation_id=correlation_id.get(),
            now=app.clock.now(),
        )
