"""A stand-in for Telegram's Bot API and for the person who chats with the bot."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import BaseRoute

from sandbox.hooks import Hooks
from sandbox.standin import Answer, Asked, Endpoint, Stage, StandIn
from sandbox.telegram_channel import TITLE, Channel
from sandbox.telegram_channel_methods import NO_RIGHTS, ChannelMethods
from sandbox.telegram_chats import DEMO, FRIEND, BotMessage, Chats, TelegramUser
from sandbox.telegram_invites import Invites
from sandbox.telegram_message import button_of, text_of
from sandbox.telegram_parameters import BadRequest, only
from sandbox.telegram_person import PersonPages
from sandbox.telegram_shown import shown
from sandbox.telegram_webhook import Webhook

BOT_ID = 100200300
BOT_TOKEN = f"{BOT_ID}:sandbox-token-that-opens-no-real-bot"
USERNAME = "SessionPayBot"

_BOT = {"id": BOT_ID, "is_bot": True, "first_name": "SessionPay", "username": USERNAME}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_MOST_COMMANDS = 100
_LONGEST_DESCRIPTION = 256
_IN_TELEGRAMS_WORDS = {401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error"}

_Json = dict[str, Any]


class TelegramSandbox(StandIn):
    """The bot of BOT_TOKEN, everybody's chat with it, the channel, and the updates it is sent.

    Until `setWebhook` is called, updates go to `webhook_url` with `secret`; that address may be
    http, which Telegram refuses. Parameters that it does not know are refused, where Telegram
    passes over them.
    """

    name = "telegram"
    username = USERNAME

    def __init__(self, stage: Stage, *, hooks: Hooks, webhook_url: str, secret: str) -> None:
        super().__init__(stage)
        self._settings = self.shelf("settings")
        self._webhook = Webhook(
            self.name, self._settings, stage.clock, hooks, url=webhook_url, secret=secret
        )
        self._chats = Chats(self.shelf, stage.clock, _BOT, self._webhook.tell)
        self._channel = Channel(
            self.shelf,
            stage.clock,
            _BOT,
            self._webhook.tell,
            user_of=self._chats.person,
            invites=Invites(self.shelf("invites"), stage.clock, _BOT, f"{self.url}/join"),
        )

    @property
    def link_base(self) -> str:
        """What https://t.me is to the real one."""
        return f"{self.url}/chat"

    def say(self, text: str, user: TelegramUser = DEMO) -> None:
        """The person writes to the bot, which only then may write to them.

        Raises ValueError for what Telegram's app would not send.
        """
        self._chats.say(text, user)

    def block(self, user: TelegramUser = DEMO) -> None:
        """The person keeps the bot from writing to them."""
        self._chats.stand(user, blocked=True)

    def unblock(self, user: TelegramUser = DEMO) -> None:
        self._chats.stand(user, blocked=False)

    def messages(self, chat_id: int = DEMO.id) -> list[BotMessage]:
        """The bot's messages in a chat, oldest first."""
        return self._chats.messages(chat_id)

    def join(self, link: str, user: TelegramUser = DEMO) -> str:
        """The person opens an invite link: `joined`, `requested` (the bot is asked), or `refused: `
        and why: `no such link`, `revoked`, `expired`, `used up`, `banned`, `member already`.
        """
        return self._channel.join(link, user)

    def leave(self, user: TelegramUser = DEMO) -> None:
        """The person leaves the channel. Raises ValueError for who is not in it."""
        self._channel.leave(user)

    def members(self) -> list[int]:
        """Who joined the channel and is in it; its owner and the bot are not counted."""
        return self._channel.members()

    def requests(self) -> list[int]:
        """Who waits to be let into the channel, oldest request first."""
        return self._channel.requests()

    def links(self) -> list[_Json]:
        """The channel's invite links as Telegram's API shows them, oldest first."""
        return self._channel.invites.all()

    def demote(self) -> None:
        """The channel's owner takes the bot's rights away: its calls about it are refused."""
        self._channel.let_bot_administer(allowed=False)

    def promote(self) -> None:
        self._channel.let_bot_administer(allowed=True)

    def people(self) -> list[TelegramUser]:
        """The two who are always there, and whoever else wrote to the bot or came to the channel,
        by their ids in the order in which they did."""
        met = {person.id: person for person in (*self._chats.people(), *self._channel.people())}
        return list(({DEMO.id: DEMO, FRIEND.id: FRIEND} | met).values())

    def person(self, user_id: int) -> TelegramUser | None:
        return next((person for person in self.people() if person.id == user_id), None)

    def chat(self, user: TelegramUser = DEMO) -> _Json:
        """A chat as its page shows it, with the person's standing in the channel."""
        return {
            "bot": USERNAME,
            "user": user.first_name,
            "userId": user.id,
            "people": [{"id": each.id, "name": each.first_name} for each in self.people()],
            "channel": {"title": TITLE, "standing": self._channel.standing(user.id)},
            "started": self._chats.has_started(user.id),
            "blocked": self._chats.has_blocked(user.id),
            "messages": self._chats.conversation(user.id),
        }

    def invitation(self, link: str) -> _Json:
        """An invite link as its page shows it; `state` is `unknown` for none of ours."""
        known = self._channel.invites.get(link)
        standing = self._channel.standing
        return {
            "channel": TITLE,
            "state": self._channel.state_of(known) if known else "unknown",
            "byRequest": bool(known and known["creates_join_request"]),
            "people": [
                {"id": each.id, "name": each.first_name, "standing": standing(each.id)}
                for each in self.people()
            ],
        }

    def commands(self, language: str = "") -> dict[str, str]:
        """The bot's menu in a language, or for everybody else; empty where none was set."""
        kept = self._settings.get(f"commands {language}") or {"commands": []}
        return {entry["command"]: entry["description"] for entry in kept["commands"]}

    def shown(self) -> list[_Json]:
        return shown(self._channel, self.people(), self._chats.everything())

    def endpoints(self) -> list[Endpoint]:
        methods: Mapping[str, Callable[[_Json], Any]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "setWebhook": self._webhook.set,
            "setMyCommands": self._set_my_commands,
            **ChannelMethods(self._channel).by_name(),
        }
        known = [
            Endpoint("POST", f"/bot{{token}}/{name}", name, self._for_bot(method), open=True)
            for name, method in methods.items()
        ]
        unknown = Endpoint("POST", "/bot{token}/{method}", "unknown", self._unknown, open=True)
        return [*known, unknown]

    def routes(self) -> list[BaseRoute]:
        return [*super().routes(), *PersonPages(self).routes()]

    def authorized(self, headers: Mapping[str, str]) -> bool:
        """Never by headers: the token is in the path, and every method looks for it there."""
        return False

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        said = _IN_TELEGRAMS_WORDS.get(status, message)
        body: _Json = {"ok": False, "error_code": status, "description": said}
        if wait_seconds is not None:
            body["description"] = f"Too Many Requests: retry after {wait_seconds}"
            body["parameters"] = {"retry_after": wait_seconds}
        return Answer(status, body)

    def refusal(self, operation: str) -> Answer:
        if operation in NO_RIGHTS:
            return self.trouble(400, f"Bad Request: {NO_RIGHTS[operation]}")
        if operation == "sendMessage":
            return self.trouble(403, "Forbidden: bot was blocked by the user")
        return super().refusal(operation)

    def without_secrets(self, path: str) -> str:
        return re.sub(r"^/bot[^/]+", "/bot…", path)

    def _for_bot(self, method: Callable[[_Json], Any]) -> Callable[[Asked], Answer]:
        def serve(asked: Asked) -> Answer:
            if asked.path["token"] != BOT_TOKEN:
                return self.trouble(401, "")
            try:
                done = method(asked.body if isinstance(asked.body, dict) else {})
            except BadRequest as why:
                return self.trouble(400, f"Bad Request: {why}")
            return done if isinstance(done, Answer) else Answer(200, {"ok": True, "result": done})

        return serve

    def _unknown(self, _asked: Asked) -> Answer:
        return self.trouble(404, "")

    def _get_me(self, _body: _Json) -> _Json:
        return _BOT | {"can_join_groups": True, "can_read_all_group_messages": False}

    def _send_message(self, body: _Json) -> Any:
        only(body, "chat_id", "text", "parse_mode", "link_preview_options", "reply_markup")
        chat_id = body.get("chat_id")
        if type(chat_id) is not int:
            raise BadRequest("chat_id is empty")
        runs, button = text_of(body), button_of(body)
        if not isinstance(body.get("link_preview_options", {}), dict):
            raise BadRequest("object expected as link_preview_options")
        if not self._chats.has_started(chat_id):
            raise BadRequest("chat not found")
        if self._chats.has_blocked(chat_id):
            return self.trouble(403, "Forbidden: bot was blocked by the user")
        return self._chats.receive(chat_id, runs, button)

    def _set_my_commands(self, body: _Json) -> bool:
        only(body, "commands", "language_code")
        entries, language = body.get("commands"), body.get("language_code", "")
        if not isinstance(entries, list) or not 0 < len(entries) <= _MOST_COMMANDS:
            raise BadRequest("can't parse commands list")
        for entry in entries:
            if not isinstance(entry, dict) or not _COMMAND.fullmatch(str(entry.get("command"))):
                raise BadRequest("BOT_COMMAND_INVALID")
            if not 0 < len(str(entry.get("description") or "")) <= _LONGEST_DESCRIPTION:
                raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
        if language and not _LANGUAGE.fullmatch(str(language)):
            raise BadRequest("invalid language code specified")
        self._settings.put(f"commands {language}", {"commands": entries})
        return True
