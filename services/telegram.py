"""Telegram: a person's chat is linked to their account, and the bot answers what they ask there."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import NamedTuple, Protocol, runtime_checkable

from services import accounts, jobs, telegram_updates
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
from services.providers.ports import BadSignature
from services.store import received_events
from services.store import telegram as store
from services.store import users as user_store
from services.telegram_updates import Said, Standing, hash_of

log = logging.getLogger(__name__)

WEBHOOK = "/webhooks/telegram"
LINK_LIFE = timedelta(minutes=30)
MOST_SHOWN = 5
"""How many sessions of a kind /status lists: a message holds 4,096 characters."""


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
        kept = asdict(news) if news else {}
        taken = await received_events.take(conn, "telegram", key, kept, now=now)
        if taken:
            await _begin(conn, key, news, now)
    log.info(
        "telegram update received",
        extra={"update_id": key, "news": type(news).__name__, "new": taken},
    )
    return taken


async def _begin(conn: Conn, key: str, news: Said | Standing | None, now: datetime) -> None:
    """Queue a job for what was said. Whether the bot may write is noted at once: Telegram tells
    one chat's news in order, and jobs have none."""
    if isinstance(news, Said):
        await jobs.enqueue(conn, Job.TELEGRAM_UPDATE, key)
        return
    if news is not None and news.blocked:
        await store.block(conn, news.chat_id, now=now)
    elif news is not None:
        await store.unblock(conn, news.chat_id)
    await received_events.processed(conn, "telegram", key, now=now)


async def handle(app: App, key: str) -> None:
    """Job: do what a person asked the bot for, then answer.

    The update is over only when it was answered: its effects are written before, and writing them
    again changes nothing.
    """
    async with app.db.connection() as conn:
        event = await received_events.get(conn, "telegram", key)
    if event is None or event.processed_at is not None:
        return
    said = Said(**event.payload)
    async with app.db.transaction() as conn:
        reply = await ANSWERS[said.command](app, conn, said)
    closed = not await _reaches(app, said.chat_id, reply)
    async with app.db.transaction() as conn:
        if closed:
            await store.block(conn, said.chat_id, now=app.clock.now())
        else:
            await store.unblock(conn, said.chat_id)
        await received_events.processed(conn, "telegram", key, now=app.clock.now())
    log.info(
        "telegram update answered",
        extra={"update_id": key, "command": said.command, "closed": closed},
    )


async def give_up(app: App, key: str, why: str) -> None:
    """The job's retries are used up: an answer hours later would only puzzle, so the update is
    over. What it asked for was done before the answer was tried."""
    async with app.db.transaction() as conn:
        await received_events.processed(conn, "telegram", key, now=app.clock.now())
    log.warning("telegram update left unanswered", extra={"update_id": key, "why": why})


async def _reaches(app: App, chat_id: int, reply: Reply) -> bool:
    """Send the answer; False when the person does not let us."""
    if app.chat is None:  # the bot was taken out of the settings meanwhile
        return True
    try:
        await app.chat.send(ChatMessage(chat_id, reply.title, reply.body, reply.button))
    except ChatClosed:
        return False
    return True


async def _language(conn: Conn, said: Said) -> Language:
    """The account's language goes before that of the person's Telegram."""
    user = await store.user_of(conn, said.chat_id)
    return Language.of((user and user.language) or said.language)


def _public_url(app: App) -> str:
    return app.settings.public_url.rstrip("/")


async def _start(app: App, conn: Conn, said: Said) -> Reply:
    if said.code_hash is not None:
        linked = await _link(app, conn, said.chat_id, bytes.fromhex(said.code_hash))
        words = bot.linked if linked else bot.link_refused
    else:
        linked = await store.user_of(conn, said.chat_id) is not None
        words = bot.linked if linked else bot.not_linked
    return words(await _language(conn, said), _public_url(app))


async def _link(app: App, conn: Conn, chat_id: int, code_hash: bytes) -> bool:
    """Give the chat to the code's user; False when the code is unknown, expired or used."""
    now = app.clock.now()
    await store.lock_chat(conn, chat_id)
    link = await store.lock_link(conn, code_hash)
    if link is None:
        return False
    if link.used_at is not None:
        # The same update again, whose first answer did not get out.
        user = await store.user_of(conn, chat_id)
        return user is not None and user.id == link.user_id
    if link.expires_at <= now:
        return False
    await store.free_chat(conn, chat_id)
    await store.give_chat(conn, link.user_id, chat_id)
    await store.use_link(conn, code_hash, now=now)
    log.info("telegram linked", extra={"user_id": link.user_id})
    return True


async def _status(app: App, conn: Conn, said: Said) -> Reply:
    user = await store.user_of(conn, said.chat_id)
    language = await _language(conn, said)
    if user is None:
        return bot.not_linked(language, _public_url(app))
    upcoming = await store.upcoming(conn, user.id, limit=MOST_SHOWN, now=app.clock.now())
    to_place = await store.to_place(conn, user.id, limit=MOST_SHOWN)
    return bot.status(language, _public_url(app), upcoming, to_place)


async def _stop(app: App, conn: Conn, said: Said) -> Reply:
    language = await _language(conn, said)
    user_id = await store.free_chat(conn, said.chat_id)
    if user_id is None:
        return bot.not_linked(language, _public_url(app))
    log.info("telegram unlinked", extra={"user_id": user_id})
    return bot.unlinked(language, _public_url(app))


async def _help(app: App, conn: Conn, said: Said) -> Reply:
    return bot.overview(await _language(conn, said), _public_url(app))


ANSWERS: Mapping[str, Callable[[App, Conn, Said], Awaitable[Reply]]] = {
    "start": _start,
    "status": _status,
    "stop": _stop,
    "help": _help,
}
