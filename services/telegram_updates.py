"""What of Telegram's updates the product needs; nothing else of them is kept."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from services.providers.ports import MalformedEvent

COMMANDS = frozenset({"start", "status", "stop", "help"})

_COMMAND = re.compile(r"/(?P<name>\w{1,32})(?:@\w+)?(?:\s+(?P<rest>\S+))?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_GONE = frozenset({"kicked", "left"})


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote to the bot in their own chat with it.

    `command` is one of COMMANDS, `help` also for everything the bot does not understand.
    `code_hash` is the hex digest of the code that came with /start, None without one. `language`
    is that of the person's app.
    """

    chat_id: int
    command: str
    code_hash: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A person blocked the bot, or let it write again."""

    chat_id: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class Update:
    """`news` is None for what nothing follows from, such as what is said in a group."""

    id: int
    news: Said | Standing | None


def hash_of(code: str) -> bytes:
    """What is stored of a code, so that the table opens no chat to whoever reads it."""
    return sha256(code.encode()).digest()


def read(body: bytes) -> Update:
    """The update in a webhook's body. Raises MalformedEvent."""
    try:
        update = json.loads(body)
    except ValueError:
        raise MalformedEvent("no JSON") from None
    update_id = _object(update).get("update_id")
    if type(update_id) is not int:
        raise MalformedEvent("no update_id")
    return Update(update_id, _said(update) or _standing(update))


def _said(update: dict[str, Any]) -> Said | None:
    message = _object(update.get("message"))
    chat_id = _private_chat(message)
    if chat_id is None:
        return None
    text, language = message.get("text"), _object(message.get("from")).get("language_code")
    asked = _COMMAND.match(text) if isinstance(text, str) else None
    command = asked["name"].lower() if asked else ""
    code = asked["rest"] if asked and command == "start" else None
    return Said(
        chat_id=chat_id,
        command=command if command in COMMANDS else "help",
        code_hash=hash_of(code).hex() if code else None,
        language=language if isinstance(language, str) and _LANGUAGE.fullmatch(language) else None,
    )


def _standing(update: dict[str, Any]) -> Standing | None:
    change = _object(update.get("my_chat_member"))
    chat_id = _private_chat(change)
    if chat_id is None:
        return None
    return Standing(chat_id, _object(change.get("new_chat_member")).get("status") in _GONE)


def _private_chat(news: dict[str, Any]) -> int | None:
    """The chat's id where it is one person's own chat with the bot."""
    chat = _object(news.get("chat"))
    chat_id = chat.get("id")
    return chat_id if chat.get("type") == "private" and type(chat_id) is int else None


def _object(value: Any) -> dict[str, Any]:
    """The JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}
