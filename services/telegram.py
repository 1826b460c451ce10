"""Telegram: a person's chat is linked to their account, and the bot answers what they ask there."""

import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, NamedTuple, Protocol, runtime_checkable

from services import accounts, channel_joins, jobs, telegram_updates
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.errors import TelegramUnavailable
from services.domain.jobs import Job
from services.messages import bot
from services.messages.bot import Reply
from services.messages.languages import Language
from services.providers.errors import ProviderError
from services.providers.message_ports import ChatClosed, ChatMessage
from services.providers.ports import BadSignature, MalformedEvent
from services.store import received_events, telegram_buyers
from services.store import telegram as store
from services.store import users as user_store
from services.telegram_commands import ANSWERS
from services.telegram_updates import AsksToJoin, Joined, News, Said, hash_of

log = logging.getLogger(__name__)

WEBHOOK = "/webhooks/telegram"
LINK_LIFE = timedelta(minutes=30)


class WrongSecret(BadSignature):
    """The webhook did not bring the secret that Telegram was given."""


class ChatLink(NamedTuple):
    """The address that links whoever opens it in Telegram, once, until `expires_at`."""

    url: str
    expires_at: datetime


@runtime_checkable
class Announcing(Protocol):
    """A bot that tells its service where people's messages go, and which commands it knows."""

    async def announce(
        self, webhook_url: str, secret: str, commands: Mapping[str, Mapping[str, str]]
    ) -> str:
        """`commands` by language; answers with the bot's name. Raises ProviderError."""


async def create_link(app: App, viewer: Viewer) -> ChatLink:
    """A new link for the viewer; their earlier ones work no more.

    Raises TelegramUnavailable, and NotFound when their account was deleted after sign-in.
    """
    if app.chat is None:
        raise TelegramUnavailable
    code = secrets.token_urlsafe(32)
    try:
        url = await app.chat.start_link(code)
    except ProviderError as error:
        log.warning("telegram link not made", extra={"why": str(error)})
        raise TelegramUnavailable from None
    now = app.clock.now()
    ends_at = now + LINK_LIFE
    async with app.db.transaction() as conn:
        user = await accounts.ensure(conn, viewer)
        await user_store.lock(conn, user.id)
        await store.void_links(conn, user.id)
        await store.add_link(
            conn, code_hash=hash_of(code), user_id=user.id, expires_at=ends_at, now=now
        )
    return ChatLink(url, ends_at)


async def set_up(app: App) -> str:
    """Tell Telegram our webhook and the bot's menus; answers with the bot's name.

    Raises TelegramUnavailable when there is no bot or no secret, ProviderError.
    """
    secret = app.settings.telegram_webhook_secret
    if secret is None or not isinstance(app.chat, Announcing):
        raise TelegramUnavailable
    return await app.chat.announce(
        f"{app.settings.public_url.rstrip('/')}{WEBHOOK}",
        secret.get_secret_value(),
        {language.value: bot.commands(language) for language in Language},
    )


async def receive(app: App, body: bytes, secret: str) -> bool:
    """Store an update and queue its job in one transaction; False if it was known.

    Raises WrongSecret, MalformedEvent.
    """
    ours = app.settings.telegram_webhook_secret
    if ours is None or not compare_digest(secret.encode(), ours.get_secret_value().encode()):
        raise WrongSecret("wrong secret token")
    update = telegram_updates.read(body)
    key, news, now = str(update.id), update.news, app.clock.now()
    async with app.db.transaction() as conn:
        kept = telegram_updates.as_payload(news) if news else {}
        taken = await received_events.take(conn, "telegram", key, kept, now=now)
        if taken:
            await _begin(conn, key, news, now)
    log.info(
        "telegram update received",
        extra={"update_id": key, "news": type(news).__name__, "new": taken},
    )
    return taken


async def _begin(conn: Conn, key: str, news: News | None, now: datetime) -> None:
    """Queue a job for what has to be answered. Whether the bot may write is noted at once:
    Telegram tells one chat's news in order, and jobs have none."""
    if isinstance(news, Said | AsksToJoin | Joined):
        await jobs.enqueue(conn, Job.TELEGRAM_UPDATE, key)
        return
    if news is not None and news.blocked:
        await _note_blocked(conn, news.chat_id, now)
    elif news is not None:
        await _note_open(conn, news.chat_id)
    await received_events.processed(conn, "telegram", key, now=now)


async def _note_blocked(conn: Conn, chat_id: int, now: datetime) -> None:
    """The chat is an account's, or that of somebody without one."""
    await store.block(conn, chat_id, now=now)
    await telegram_buyers.block(conn, chat_id, now=now)


async def _note_open(conn: Conn, chat_id: int) -> None:
    await store.unblock(conn, chat_id)
    await telegram_buyers.unblock(conn, chat_id)


async def handle(app: App, key: str) -> None:
    """Job: answer what a person asked the bot for, or whoever is at a channel's door."""
    async with app.db.connection() as conn:
        event = await received_events.get(conn, "telegram", key)
    if event is None or event.processed_at is not None:
        return
    news = telegram_updates.from_payload(event.payload)
    if isinstance(news, Said):
        await _answer(app, key, news)
        return
    if isinstance(news, AsksToJoin):
        await channel_joins.asked(app, news)
    async with app.db.transaction() as conn:
        if isinstance(news, Joined):
            await channel_joins.moved(app, conn, news)
        await received_events.processed(conn, "telegram", key, now=app.clock.now())


async def _answer(app: App, key: str, said: Said) -> None:
    """Do what was asked, then answer.

    The update is over only when it was answered: its effects are written before, and writing them
    again changes nothing.
    """
    async with app.db.transaction() as conn:
        reply = await ANSWERS[said.command](app, conn, said)
    closed = not await _reaches(app, said.chat_id, reply)
    async with app.db.transaction() as conn:
        if closed:
            await _note_blocked(conn, said.chat_id, app.clock.now())
        else:
            await _note_open(conn, said.chat_id)
        await received_events.processed(conn, "telegram", key, now=app.clock.now())
    log.info(
        "telegram update answered",
        extra={"update_id": key, "command": said.command, "closed": closed},
    )


async def give_up(app: App, key: str, why: str) -> None:
    """The job's retries are used up: an answer hours later would only puzzle, so what was said is
    over, and what it asked for was done before the answer was tried. Whoever asks to join a
    channel is left to the job of their access, and who came or went to the sweeper."""
    async with app.db.transaction() as conn:
        event = await received_events.get(conn, "telegram", key)
        news = _readable(event.payload) if event and event.processed_at is None else None
        if isinstance(news, AsksToJoin):
            await channel_joins.remember(app, conn, news, cause=f"update {key}")
        if not isinstance(news, Joined):
            await received_events.processed(conn, "telegram", key, now=app.clock.now())
    log.warning("telegram update given up", extra={"update_id": key, "why": why})


def _readable(payload: Mapping[str, Any]) -> News | None:
    try:
        return telegram_updates.from_payload(payload)
    except MalformedEvent:
        return None


async def _reaches(app: App, chat_id: int, reply: Reply) -> bool:
    """Send the answer; False when the person does not let us."""
    if app.chat is None:  # the bot was taken out of the settings meanwhile
        return True
    try:
        await app.chat.send(ChatMessage(chat_id, reply.title, reply.body, reply.button))
    except ChatClosed:
        return False
    return True
