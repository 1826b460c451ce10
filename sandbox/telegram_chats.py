"""The chats that Telegram's stand-in keeps, and what people do in them."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.shelf import Shelf
from sandbox.telegram_text import LONGEST, Run, length

_Json = dict[str, Any]
_COMMAND = re.compile(r"/\w+(?:@\w+)?")


@dataclass(frozen=True, slots=True)
class TelegramUser:
    """Somebody with Telegram; the id of their chat with the bot is their own."""

    id: int
    first_name: str
    language_code: str = "en"

    @classmethod
    def of(cls, kept: _Json) -> "TelegramUser":
        """From what holds, among others, what `as_json` made."""
        return cls(kept["id"], kept["first_name"], kept["language_code"])

    def as_json(self) -> _Json:
        """A User as Telegram's API shows it."""
        return asdict(self) | {"is_bot": False}


@dataclass(frozen=True, slots=True)
class BotMessage:
    """A message of the bot as it reached a chat; `button` is its label and its address."""

    id: int
    text: str
    button: tuple[str, str] | None


DEMO = TelegramUser(700100200, "Demo")
FRIEND = TelegramUser(700100201, "Friend")


class Chats:
    """`tell` sends an update of a kind to the bot, `bot` is the bot as Telegram shows it."""

    def __init__(
        self,
        shelf: Callable[[str], Shelf],
        clock: SandboxClock,
        bot: _Json,
        tell: Callable[[str, _Json], None],
    ) -> None:
        self._chats = shelf("chats")
        self._messages = shelf("messages")
        self._clock = clock
        self._bot = bot
        self._tell = tell

    def say(self, text: str, user: TelegramUser) -> None:
        """The person writes to the bot, and by that starts it.

        Raises ValueError for what Telegram's app would not send.
        """
        text = text.strip()
        if not 0 < length(text) <= LONGEST:
            raise ValueError(f"A message has from 1 to {LONGEST} characters.")
        if self.has_blocked(user.id):
            raise ValueError("Unblock the bot first.")
        self._put(user, blocked=False)
        message: _Json = {
            "message_id": self._keep(user.id, "person", [Run(text, ())], None)["id"],
            "from": user.as_json(),
            "chat": _chat(user),
            "date": self._seconds(),
            "text": text,
        }
        if command := _COMMAND.match(text):
            entity = {"type": "bot_command", "offset": 0, "length": command.end()}
            message["entities"] = [entity]
        self._tell("message", message)

    def stand(self, user: TelegramUser, *, blocked: bool) -> None:
        """The person blocks the bot, or lets it write again; nothing when it is so already."""
        if self.has_blocked(user.id) is blocked:
            return
        self._put(user, blocked=blocked)
        member, kicked = ({"user": self._bot, "status": status} for status in ("member", "kicked"))
        before, after = (member, kicked) if blocked else (kicked, member)
        change = {
            "chat": _chat(user),
            "from": user.as_json(),
            "date": self._seconds(),
            "old_chat_member": before,
            "new_chat_member": after,
        }
        self._tell("my_chat_member", change)

    def people(self) -> list[TelegramUser]:
        """Whoever ever had to do with the bot, in the order in which they first had."""
        return [TelegramUser.of(kept) for kept in self._chats.all()]

    def person(self, chat_id: int) -> TelegramUser | None:
        """Who had to do with the bot in this chat."""
        kept = self._chats.get(str(chat_id))
        return TelegramUser.of(kept) if kept else None

    def has_started(self, chat_id: int) -> bool:
        return self._chats.get(str(chat_id)) is not None

    def has_blocked(self, chat_id: int) -> bool:
        return bool((self._chats.get(str(chat_id)) or {}).get("blocked"))

    def receive(self, chat_id: int, runs: list[Run], button: _Json | None) -> _Json:
        """A message of the bot arrives; answers with it as Telegram's API shows it."""
        kept = self._keep(chat_id, "bot", runs, button)
        return {
            "message_id": kept["id"],
            "from": self._bot,
            "chat": {"id": chat_id, "type": "private"},
            "date": self._seconds(),
            "text": "".join(run.text for run in runs),
        }

    def conversation(self, chat_id: int) -> list[_Json]:
        """Everything said in a chat, oldest first: `id`, `from` (`bot` or `person`), `text`, `runs`
        (its stretches with their `tags`), `button` (`text` and `url`, or None) and `at`."""
        return [said for said in self.everything() if said["chat_id"] == chat_id]

    def everything(self) -> list[_Json]:
        """What was said in all chats, oldest first."""
        return self._messages.all()

    def messages(self, chat_id: int) -> list[BotMessage]:
        """The bot's messages in a chat, oldest first."""
        return [
            BotMessage(
                id=said["id"],
                text=said["text"],
                button=(said["button"]["text"], said["button"]["url"]) if said["button"] else None,
            )
            for said in self.conversation(chat_id)
            if said["from"] == "bot"
        ]

    def _put(self, user: TelegramUser, *, blocked: bool) -> None:
        self._chats.put(str(user.id), asdict(user) | {"blocked": blocked})

    def _keep(self, chat_id: int, sender: str, runs: list[Run], button: _Json | None) -> _Json:
        said = {
            "id": len(self.everything()) + 1,
            "chat_id": chat_id,
            "from": sender,
            "text": "".join(run.text for run in runs),
            "runs": [{"text": run.text, "tags": list(run.tags)} for run in runs],
            "button": button,
            "at": self._clock.now().isoformat(),
        }
        self._messages.put(str(said["id"]), said)
        return said

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def _chat(user: TelegramUser) -> _Json:
    return {"id": user.id, "type": "private", "first_name": user.first_name}
