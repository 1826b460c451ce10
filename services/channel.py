"""Private channels: who paid is let in, who does not pay any more is let out.

The subscriptions say who may be in; a row of each person says where they stand. A job brings the
two together, and may run as often as it likes.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

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

LINK_LIFE = timedelta(days=7)
"""Of a link that lets in whoever opens it first: after that a new one is made."""

LONGEST_NAME = 32

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
    if case.entitling is None:
        await _let_out(app, case)
    elif case.access.status is AccessStatus.JOINED:
        await _check_joined(app, case)
    elif _needs_link(app, case):
        await _invite(app, case)
    elif case.access.by_request:
        await _admit(app, case)


def _door(app: App, channel: Channel) -> tuple[ChannelDoor, int] | None:
    """How the channel is opened by us; None where a plain link lets everybody in."""
    if app.channels is None or channel.telegram_chat_id is None:
        return None
    return app.channels, channel.telegram_chat_id


def _needs_link(app: App, case: Case) -> bool:
    access = case.access
    if access.status is not AccessStatus.INVITED:
        return True
    return access.invite_expires_at is not None and access.invite_expires_at <= app.clock.now()


async def _invite(app: App, case: Case) -> None:
    """Make a link for this person alone, and tell them."""
    access, door = case.access, _door(app, case.channel)
    link, expires_at, by_request = None, None, False
    if door is not None:
        channels, chat_id = door
        by_request = case.person_id is not None
        expires_at = None if by_request else app.clock.now() + LINK_LIFE
        link = await channels.invite(
            chat_id,
            name=f"SessionPay {access.id}"[:LONGEST_NAME],
            by_request=by_request,
            expires_at=expires_at,
        )
    elif not (case.channel.link or app.settings.paid_channel_link):
        raise ProviderError(
            "telegram",
            f"channel {case.channel.id} has no way in: set its telegram_chat_id or link, or "
            "PAID_CHANNEL_LINK",
            retryable=False,
        )
    if not await _note_invited(app, case, link, by_request=by_request, expires_at=expires_at):
        await _take_back(app, case, link)


async def _admit(app: App, case: Case) -> None:
    """That they asked to join may not have been heard."""
    door = _door(app, case.channel)
    if door is not None and case.person_id is not None:
        await door[0].admit(door[1], case.person_id)


async def _note_invited(
    app: App, case: Case, link: str | None, *, by_request: bool, expires_at: datetime | None
) -> bool:
    """False when something moved while the link was made: it is to be taken back."""
    now = app.clock.now()
    async with app.db.transaction() as conn:
        current = await store.lock(conn, case.access.id)
        if current != case.access:
            await jobs.enqueue(conn, Job.CHANNEL_ACCESS, case.access.id, cause="moved")
            return False
        await store.invited(
            conn,
            current.id,
            link=link,
            by_request=by_request,
            person_id=case.person_id,
            expires_at=expires_at,
            now=now,
        )
        assert case.entitling is not None
        if current.status in ASKED_FOR:
            await notifications.announce_plan(
                app,
                conn,
                case.entitling.id,
                NotificationKind.CHANNEL_INVITE,
                round_=current.round,
            )
    log.info("invited to channel", extra={"access_id": case.access.id, "by_request": by_request})
    return True


async def _take_back(app: App, case: Case, link: str | None) -> None:
    if link is not None and (door := _door(app, case.channel)):
        await door[0].revoke(door[1], link)


async def _check_joined(app: App, case: Case) -> None:
    """Nobody else comes in by the link; and whoever went unnoticed is invited again."""
    access, door = case.access, _door(app, case.channel)
    if door is None:
        return
    channels, chat_id = door
    if access.invite_link is not None:
        await channels.revoke(chat_id, access.invite_link)
        async with app.db.transaction() as conn:
            await store.forget_link(conn, access.id, access.invite_link)
    assert access.person_id is not None
    if await channels.is_member(chat_id, access.person_id):
        return
    async with app.db.transaction() as conn:
        current = await store.lock(conn, access.id)
        if current is not None and current.status is AccessStatus.JOINED:
            await want_again(app, conn, current)


async def want_again(app: App, conn: Conn, access: ChannelAccess) -> None:
    """A new link for somebody who may come in and has none."""
    await store.set_status(conn, access.id, AccessStatus.WANTED, again=True, now=app.clock.now())
    await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="again")


async def _let_out(app: App, case: Case) -> None:
    """Close the way in, and put out who is in, unless they have another one."""
    access, door = case.access, _door(app, case.channel)
    if access.status is AccessStatus.ENDED:
        return
    stays = await _has_another_way(app, case)
    if door is not None:
        channels, chat_id = door
        if access.invite_link is not None:
            await channels.revoke(chat_id, access.invite_link)
        # Also whoever was only invited: that they came in may not have been heard.
        if case.person_id is not None and access.status is not AccessStatus.WANTED and not stays:
            await channels.remove(chat_id, case.person_id)
    async with app.db.transaction() as conn:
        current = await store.lock(conn, access.id)
        if current != access:
            await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="moved")
            return
        again = await entitlement_store.opens_channel(conn, current, now=app.clock.now())
        await store.end(conn, access.id, now=app.clock.now())
        if again is not None:  # they paid meanwhile
            await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access.id, cause="moved")
        elif not stays:
            await _tell_out(app, conn, case, by_hand=door is None)
    log.info("let out of channel", extra={"access_id": access.id, "stays": stays})


async def _has_another_way(app: App, case: Case) -> bool:
    """Whether the person bought in the chat what they had by an account, or the other way round."""
    if case.person_id is None:
        return False
    async with app.db.connection() as conn:
        return await entitlements.at_door(app, conn, case.channel.id, case.person_id) is not None


async def _tell_out(app: App, conn: Conn, case: Case, *, by_hand: bool) -> None:
    newest = await entitlement_store.newest_for_channel(conn, case.access)
    if newest is not None:
        await notifications.announce_plan(
            app, conn, newest.id, NotificationKind.CHANNEL_LEFT, round_=case.access.round
        )
    if by_hand:
        await error_logs.add(
            conn,
            source="channel",
            message=f"Somebody who came in by the plain link of channel {case.channel.id} has to "
            f"be put out by hand: access {case.access.id}.",
            final=True,
            subscription_id=newest.id if newest else None,
            correlation_id=correlation_id.get(),
            now=app.clock.now(),
        )
