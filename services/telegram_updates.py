"""What of Telegram's updates the product needs; nothing else of them is kept."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, ClassVar

from services.providers.ports import MalformedEvent

COMMANDS = frozenset({"start", "pay", "invite", "status", "move", "stop", "help"})

_COMMAND = re.compile(r"/(?P<name>\w{1,32})(?:@\w+)?(?:\s+(?P<rest>\S+))?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ADDRESS = re.compile(r"https?://[!-~]{1,250}")
_LONGEST_NAME = 64
_PRIVATE = frozenset({"private"})  # one person's own chat with the bot
_CHANNELS = frozenset({"channel", "supergroup"})
_PRESENT = frozenset({"creator", "administrator", "member"})
_GONE = frozenset({"kicked", "left"})


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote to the bot in their own chat with it.

    `command` is one of COMMANDS, `help` also for everything the bot does not understand.
    `code_hash` is the hex digest of the code that came with /start, None without one. `language`
    is that of the person's app, `name` their first name, at most 64 characters of it.
    """

    kind: ClassVar[str] = "said"

    chat_id: int
    command: str
    code_hash: str | None
    language: str | None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A person blocked the bot, or let it write again."""

    kind: ClassVar[str] = "standing"

    chat_id: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """A person came into a channel, or with `present` False left it or was put out.

    `invite_link` is the link by which they came, where one is told.
    """

    kind: ClassVar[str] = "joined"

    chat_id: int
    person_id: int
    invite_link: str | None
    present: bool


@dataclass(frozen=True, slots=True)
class AsksToJoin:
    """A person asks to be let into a channel, by `invite_link` where one is told."""

    kind: ClassVar[str] = "asks_to_join"

    chat_id: int
    person_id: int
    invite_link: str | None


News = Said | Standing | Joined | AsksToJoin
_NEWS: Mapping[str, type[News]] = {news.kind: news for news in (Said, Standing, Joined, AsksToJoin)}


@dataclass(frozen=True, slots=True)
class Update:
    """`news` is None for what nothing follows from, such as what is said in a group."""

    id: int
    news: News | None


def as_payload(news: News) -> dict[str, Any]:
    """What is stored of the news: its fields, and under `news` its kind."""
    return {"news": news.kind, **asdict(news)}


def from_payload(payload: Mapping[str, Any]) -> News:
    """The news that were stored; without `news`, as in earlier rows, they are something said.

    Raises MalformedEvent.
    """
    fields = dict(payload)
    kind = fields.pop("news", Said.kind)
    try:
        return _NEWS[kind](**fields)
    except (KeyError, TypeError):
        raise MalformedEvent(f"what was stored is no news of kind {kind!r}") from None


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
    news = _said(update) or _standing(update) or _joined(update) or _asks_to_join(update)
    return Update(update_id, news)


def _said(update: dict[str, Any]) -> Said | None:
    message = _object(update.get("message"))
    chat_id, sender = _chat(message, _PRIVATE), _object(message.get("from"))
    if chat_id is None or _is_bot(sender):
        return None
    text, language = message.get("text"), sender.get("language_code")
    asked = _COMMAND.match(text) if isinstance(text, str) else None
    command = asked["name"].lower() if asked else ""
    code = asked["rest"] if asked and command == "start" else None
    return Said(
        chat_id=chat_id,
        command=command if command in COMMANDS else "help",
        code_hash=hash_of(code).hex() if code else None,
        language=language if isinstance(language, str) and _LANGUAGE.fullmatch(language) else None,
        name=_name(sender.get("first_name")),
    )


def _name(value: Any) -> str | None:
    """What can be printed of it: the database holds no NUL, and no name may turn a line around."""
    if not isinstance(value, str):
        return None
    return "".join(filter(str.isprintable, value)).strip()[:_LONGEST_NAME].rstrip() or None


def _standing(update: dict[str, Any]) -> Standing | None:
    change = _object(update.get("my_chat_member"))
    chat_id = _chat(change, _PRIVATE)
    if chat_id is None or _is_bot(change.get("from")):
        return None
    status = _object(change.get("new_chat_member")).get("status")
    return Standing(chat_id, blocked=isinstance(status, str) and status in _GONE)


def _joined(update: dict[str, Any]) -> Joined | None:
    change = _object(update.get("chat_member"))
    before, after = (_object(change.get(f"{side}_chat_member")) for side in ("old", "new"))
    was, present = _present(before), _present(after)
    chat_id, person_id = _chat(change, _CHANNELS), _person(after.get("user"))
    if chat_id is None or person_id is None or was is None or present is None or was is present:
        return None
    return Joined(chat_id, person_id, _link(change), present)


def _asks_to_join(update: dict[str, Any]) -> AsksToJoin | None:
    request = _object(update.get("chat_join_request"))
    chat_id, person_id = _chat(request, _CHANNELS), _person(request.get("from"))
    if chat_id is None or person_id is None:
        return None
    return AsksToJoin(chat_id, person_id, _link(request))


def _present(member: dict[str, Any]) -> bool | None:
    """Whether somebody of this standing is in the channel; None for a standing we don't know."""
    status = member.get("status")
    if status == "restricted":
        return member.get("is_member") is True
    if not isinstance(status, str) or status not in _PRESENT | _GONE:
        return None
    return status in _PRESENT


def _person(user: Any) -> int | None:
    """The id of a user who is no bot."""
    user_id = _object(user).get("id")
    return None if type(user_id) is not int or _is_bot(user) else user_id


def _is_bot(user: Any) -> bool:
    return _object(user).get("is_bot") is True


def _link(news: dict[str, Any]) -> str | None:
    address = _object(news.get("invite_link")).get("invite_link")
    return address if isinstance(address, str) and _ADDRESS.fullmatch(address) else None


def _chat(news: dict[str, Any], kinds: frozenset[str]) -> int | None:
    """The chat's id where the chat is of one of these kinds."""
    chat = _object(news.get("chat"))
    chat_id, kind = chat.get("id"), chat.get("type")
    return chat_id if isinstance(kind, str) and kind in kinds and type(chat_id) is int else None


def _object(value: Any) -> dict[str, Any]:
    """The JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}
