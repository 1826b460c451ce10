"""Where Telegram's stand-in sends its updates, which kinds of them, and how."""

import json
import re
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.hooks import Hook, Hooks
from sandbox.shelf import Shelf
from sandbox.telegram_parameters import BadRequest, only

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

_ADDRESS = re.compile(r"https://[^/:]+(?::(?:443|80|88|8443))?(?:/.*)?")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_KINDS = frozenset(
    {"message", "callback_query", "my_chat_member", "chat_member", "chat_join_request"}
)
_AT_FIRST = ("message", "my_chat_member", "chat_member", "chat_join_request")

_Json = dict[str, Any]


class Webhook:
    """Until it is set, updates go to `url`, which may be http, with `secret`."""

    def __init__(
        self,
        service: str,
        settings: Shelf,
        clock: SandboxClock,
        hooks: Hooks,
        *,
        url: str,
        secret: str,
    ) -> None:
        self._service = service
        self._settings = settings
        self._clock = clock
        self._hooks = hooks
        self._first = {"url": url, "secret_token": secret, "allowed_updates": list(_AT_FIRST)}

    def set(self, body: _Json) -> bool:
        """The method setWebhook. Raises BadRequest."""
        only(body, "url", "secret_token", "allowed_updates")
        url, secret = str(body.get("url")), body.get("secret_token", "")
        if not _ADDRESS.fullmatch(url) and url != self._first["url"]:
            raise BadRequest("bad webhook: an HTTPS URL must be provided for webhook")
        if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
            raise BadRequest("secret token contains unallowed characters")
        kinds = body.get("allowed_updates", self._now()["allowed_updates"])
        if not isinstance(kinds, list) or not _KINDS.issuperset(map(str, kinds)):
            raise BadRequest("can't parse allowed updates JSON object")
        webhook = {"url": url, "secret_token": secret, "allowed_updates": kinds}
        self._settings.put("webhook", webhook)
        body["secret_token"] = "…"  # the journal shows the body
        return True

    def tell(self, kind: str, news: _Json) -> None:
        """Send an update; ids rise from wherever they begin, as Telegram's do."""
        webhook = self._now()
        if kind not in webhook["allowed_updates"]:
            return
        last = self._settings.get("last update") or {"id": int(self._clock.now().timestamp())}
        update = {"update_id": last["id"] + 1, kind: news}
        self._settings.put("last update", {"id": update["update_id"]})
        shown = update
        if "text" in news:
            shown = update | {kind: news | {"text": re.sub(r"(/start) .*", r"\1 …", news["text"])}}
        headers = {"content-type": "application/json", SECRET_HEADER: webhook["secret_token"]}
        body = json.dumps(update, ensure_ascii=False).encode()
        self._hooks.send(Hook(self._service, webhook["url"], body, headers, shown))

    def _now(self) -> _Json:
        return self._settings.get("webhook") or self._first
