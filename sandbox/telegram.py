"""A stand-in for Telegram's Bot API and for the person who chats with the bot."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import BaseRoute

from sandbox.hooks import Hook, Hooks
from sandbox.standin import Answer, Asked, Endpoint, Stage, StandIn
from sandbox.telegram_chats import DEMO, BotMessage, Chats, TelegramUser
from sandbox.telegram_message import BadRequest, button_of, text_of
from sandbox.telegram_person import person_routes

BOT_ID = 100200300
BOT_TOKEN = f"{BOT_ID}:sandbox-token-that-opens-no-real-bot"
USERNAME = "SessionPayBot"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

_BOT = {"id": BOT_ID, "is_bot": True, "first_name": "SessionPay", "username": USERNAME}
_WEBHOOK = re.compile(r"https://[^/:]+(?::(?:443|80|88|8443))?(?:/.*)?")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_KINDS = frozenset({"message", "callback_query", "my_chat_member", "chat_member"})
_MOST_COMMANDS = 100
_LONGEST_DESCRIPTION = 256
_IN_TELEGRAMS_WORDS = {401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error"}

_Json = dict[str, Any]


class TelegramSandbox(StandIn):
    """The bot of BOT_TOKEN, everybody's chat with it, and the updates it is sent.

    Until `setWebhook` is called, updates go to `webhook_url` with `secret`; that address may be
    http, which Telegram refuses. Parameters that it does not know are refused, where Telegram
    passes over them.
    """

    name = "telegram"
    username = USERNAME

    def __init__(self, stage: Stage, *, hooks: Hooks, webhook_url: str, secret: str) -> None:
        super().__init__(stage)
        self._hooks = hooks
        self._first_webhook: _Json = {
            "url": webhook_url,
            "secret_token": secret,
            "allowed_updates": ["message", "my_chat_member"],
        }
        self._settings = self.shelf("settings")
        self._chats = Chats(self.shelf, stage.clock, _BOT, self._tell)

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

    def chat(self, user: TelegramUser = DEMO) -> _Json:
        """A chat as its page shows it."""
        return {
            "bot": USERNAME,
            "user": user.first_name,
            "started": self._chats.has_started(user.id),
            "blocked": self._chats.has_blocked(user.id),
            "messages": self._chats.conversation(user.id),
        }

    def commands(self, language: str = "") -> dict[str, str]:
        """The bot's menu in a language, or for everybody else; empty where none was set."""
        kept = self._settings.get(f"commands {language}") or {"commands": []}
        return {entry["command"]: entry["description"] for entry in kept["commands"]}

    def shown(self) -> list[_Json]:
        return [
            {
                "id": str(said["id"]),
                "title": said["text"].partition("\n")[0],
                "state": "to the person" if said["from"] == "bot" else "to the bot",
                "at": said["at"],
                "details": {
                    "Chat": str(said["chat_id"]),
                    "Text": said["text"],
                    **({"Button": said["button"]["url"]} if said["button"] else {}),
                },
            }
            for said in reversed(self._chats.everything())
        ]

    def endpoints(self) -> list[Endpoint]:
        methods: Mapping[str, Callable[[_Json], Any]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "setWebhook": self._set_webhook,
            "setMyCommands": self._set_my_commands,
        }
        known = [
            Endpoint("POST", f"/bot{{token}}/{name}", name, self._for_bot(method), open=True)
            for name, method in methods.items()
        ]
        unknown = Endpoint("POST", "/bot{token}/{method}", "unknown", self._unknown, open=True)
        return [*known, unknown]

    def routes(self) -> list[BaseRoute]:
        return [*super().routes(), *person_routes(self)]

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
        if operation != "sendMessage":
            return super().refusal(operation)
        return self.trouble(403, "Forbidden: bot was blocked by the user")

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
        _only(body, "chat_id", "text", "parse_mode", "link_preview_options", "reply_markup")
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

    def _set_webhook(self, body: _Json) -> bool:
        _only(body, "url", "secret_token", "allowed_updates")
        url, secret = str(body.get("url")), body.get("secret_token", "")
        if not _WEBHOOK.fullmatch(url) and url != self._first_webhook["url"]:
            raise BadRequest("bad webhook: an HTTPS URL must be provided for webhook")
        if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
            raise BadRequest("secret token contains unallowed characters")
        kept = self._settings.get("webhook") or self._first_webhook
        kinds = body.get("allowed_updates", kept["allowed_updates"])
        if not isinstance(kinds, list) or not _KINDS.issuperset(map(str, kinds)):
            raise BadRequest("can't parse allowed updates JSON object")
        webhook = {"url": url, "secret_token": secret, "allowed_updates": kinds}
        self._settings.put("webhook", webhook)
        body["secret_token"] = "…"  # the journal shows the body
        return True

    def _set_my_commands(self, body: _Json) -> bool:
        _only(body, "commands", "language_code")
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

    def _tell(self, kind: str, news: _Json) -> None:
        """Send an update to the bot; ids rise from wherever they begin, as Telegram's do."""
        webhook = self._settings.get("webhook") or self._first_webhook
        if kind not in webhook["allowed_updates"]:
            return
        last = self._settings.get("last update") or {"id": int(self.stage.clock.now().timestamp())}
        update = {"update_id": last["id"] + 1, kind: news}
        self._settings.put("last update", {"id": update["update_id"]})
        shown = update
        if "text" in news:
            shown = update | {kind: news | {"text": re.sub(r"(/start) .*", r"\1 …", news["text"])}}
        headers = {"content-type": "application/json", SECRET_HEADER: webhook["secret_token"]}
        body = json.dumps(update, ensure_ascii=False).encode()
        self._hooks.send(Hook(self.name, webhook["url"], body, headers, shown))


def _only(body: _Json, *names: str) -> None:
    """Refuse parameters that we do not send: a mistyped one would go unnoticed."""
    if unknown := sorted(body.keys() - set(names)):
        raise BadRequest(f"the sandbox does not know {', '.join(unknown)}")
