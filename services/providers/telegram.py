"""Telegram's bot: sends messages, makes the link that opens a chat, announces itself."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, NoReturn

from services.providers.errors import ProviderError
from services.providers.http import Door
from services.providers.message_ports import ChatClosed, ChatMessage
from services.providers.telegram_api import (
    VENDOR,
    BotApi,
    checked,
    description,
    in_words,
    moved_to,
    wait_of,
)
from services.providers.telegram_channels import TelegramChannels

BASE = "https://api.telegram.org"
LINK_BASE = "https://t.me"

UPDATES = ("message", "my_chat_member", "chat_member", "chat_join_request")
"""What Telegram is to tell us; leaving the list out would keep whatever was set before, and an
empty one leaves `chat_member` out."""

_LONGEST_TEXT = 4096
_LONGEST_TITLE = 256
_FORMS = 3  # formatted, plain, and once to the chat that took its place

_CLOSED = {
    "bot was blocked": "The person blocked the bot.",
    "user is deactivated": "The person's Telegram account is gone.",
    "can't initiate conversation": "The person has not started the bot.",
    "chat not found": "There is no such chat.",
}
_UNFORMATTABLE = ("can't parse entities", "button")


def connect(
    token: str,
    *,
    base: str = BASE,
    link_base: str = LINK_BASE,
    timeout: timedelta = timedelta(seconds=15),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> "tuple[TelegramBot, Callable[[], Awaitable[None]]]":
    """The bot of this token, and what closes it. Nothing is sent yet."""
    # The token is part of the path, which the door neither logs nor puts into errors.
    address = f"{base.rstrip('/')}/bot{token}"
    door = Door(VENDOR, address, timeout=timeout, retry_after_from=wait_of, now=now)
    return TelegramBot(BotApi(door), link_base.rstrip("/")), door.close


class TelegramBot:
    """The Chat port, over the Bot API."""

    def __init__(self, api: BotApi, link_base: str) -> None:
        self._api = api
        self._channels = TelegramChannels(api)
        self._link_base = link_base
        self._username: str | None = None

    @property
    def channels(self) -> TelegramChannels:
        """The channels that this bot administers."""
        return self._channels

    async def send(self, message: ChatMessage) -> str:
        """Telegram takes no idempotency key: after an unknown outcome (`outcome_unknown`, to be
        tried again after a minute) the message may have arrived.
        """
        chat_id, form = message.chat_id, _formatted
        for _ in range(_FORMS):
            request = {"chat_id": chat_id, **form(message)}
            try:
                sent = await self._api.call("sendMessage", request, safe_to_repeat=False)
            except ProviderError as error:
                new_id = moved_to(error)
                if new_id is not None:
                    chat_id = new_id
                elif form is _formatted and _unformattable(error):
                    form = _plain
                else:
                    _raise(error)
            else:
                return str(checked(sent, "message_id", int))
        raise ProviderError(VENDOR, "the chat moves again and again", retryable=False, status=400)

    async def start_link(self, code: str) -> str:
        return f"{self._link_base}/{await self.username()}?start={code}"

    async def username(self) -> str:
        """The bot's name without @, asked once a process."""
        if self._username is None:
            me = await self._ask("getMe", {})
            self._username = str(checked(me, "username", str))
        return self._username

    async def announce(
        self, webhook_url: str, secret: str, commands: Mapping[str, Mapping[str, str]]
    ) -> str:
        """Have updates sent to `webhook_url`, which is https, and set the menus; answers with the
        bot's name.

        `commands` maps a two-letter language to its commands and what they do; those of `en` are
        also for everybody whose language is missing.
        """
        webhook = {"url": webhook_url, "secret_token": secret, "allowed_updates": UPDATES}
        await self._ask("setWebhook", webhook)
        for language, menu in commands.items():
            entries = [{"command": name, "description": does} for name, does in menu.items()]
            scope = {} if language == "en" else {"language_code": language}
            await self._ask("setMyCommands", {"commands": entries, **scope})
        return await self.username()

    async def _ask(self, method: str, body: Mapping[str, Any]) -> Any:
        """A method that may be repeated without harm."""
        try:
            return await self._api.call(method, body, safe_to_repeat=True)
        except ProviderError as error:
            _raise(error)


def _formatted(message: ChatMessage) -> dict[str, Any]:
    title, body = _cut(message.title, _LONGEST_TITLE), message.body
    body = _cut(body, _LONGEST_TEXT - _length(title) - 2)
    request: dict[str, Any] = {
        "text": f"<b>{escape(title, quote=False)}</b>\n\n{escape(body, quote=False)}",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if message.button is not None:
        button = {"text": message.button.text, "url": message.button.url}
        request["reply_markup"] = {"inline_keyboard": [[button]]}
    return request


def _plain(message: ChatMessage) -> dict[str, Any]:
    """Text alone, for when Telegram refuses the formatting or the button."""
    link = f"\n\n{message.button.text}: {message.button.url}" if message.button else ""
    title = _cut(message.title, _LONGEST_TITLE)
    body = _cut(message.body, _LONGEST_TEXT - _length(title) - 2 - _length(link))
    return {"text": f"{title}\n\n{body}{link}", "link_preview_options": {"is_disabled": True}}


def _length(text: str) -> int:
    """As Telegram counts at most: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, longest: int) -> str:
    """The text, or as many whole words of it as fit with an ellipsis."""
    if _length(text) <= longest:
        return text
    room = text.encode("utf-16-le")[: 2 * max(longest - 1, 0)].decode("utf-16-le", "ignore")
    words = room.rstrip() if text[len(room)].isspace() else room[: _last_break(room)].rstrip()
    return f"{words}…"


def _last_break(text: str) -> int | None:
    """Where the last word begins; None for one word that is longer than everything."""
    at = max(text.rfind(" "), text.rfind("\n"))
    return at if at > 0 else None


def _unformattable(error: ProviderError) -> bool:
    said = description(error).lower()
    return error.status == 400 and any(sign in said for sign in _UNFORMATTABLE)


def _raise(error: ProviderError) -> NoReturn:
    """What a refusal or trouble means to us. Raises ChatClosed, ProviderError."""
    said = description(error)
    closed = next((why for sign, why in _CLOSED.items() if sign in said), None)
    if error.status == 403 or (error.status == 400 and closed):
        # Here 403 is never about our key, and always about this chat.
        raise ChatClosed(closed or "Telegram forbids writing to this chat.") from None
    raise in_words(error) from None
