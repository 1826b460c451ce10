"""The person's side of Telegram's stand-in: pages for their chat and for invite links."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.asked_json import BadRequest, Json, given_json, refusal
from sandbox.telegram_chats import DEMO, TelegramUser

if TYPE_CHECKING:
    from sandbox.telegram import TelegramSandbox

_STATIC = Path(__file__).parent / "static"
_ID = re.compile(r"[0-9]{1,18}")
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[Request], Awaitable[Response]]


class PersonPages:
    """The pages, their files, what they show, and what a person can do on them.

    `?user=` and, in what is posted, `from` say who the person is: the demo user where they don't.
    POST takes a JSON object as `application/json` only, which a page of another origin cannot send
    unasked. Problems are `{"error": {"message": …}}`.
    """

    def __init__(self, telegram: "TelegramSandbox") -> None:
        self._telegram = telegram

    def routes(self) -> list[BaseRoute]:
        telegram = self._telegram
        pages: dict[str, Handler] = {
            "/chat": self._chat_page,
            "/chat/{username}": self._chat_page,
            "/messages": self._chat,
            "/join/{key}": self._join_page,
            "/links/{key}": self._link,
        }
        actions: dict[str, Handler] = {
            "/say": self._acting(lambda given, person: telegram.say(_text(given), person)),
            "/block": self._acting(lambda _, person: telegram.block(person)),
            "/unblock": self._acting(lambda _, person: telegram.unblock(person)),
            "/leave": self._acting(lambda _, person: telegram.leave(person)),
            "/join/{key}": self._join,
        }
        path = telegram.path
        return [
            *(Route(path + below, page, methods=["GET"]) for below, page in pages.items()),
            *(Route(path + below, action, methods=["POST"]) for below, action in actions.items()),
            Mount(f"{path}/static", StaticFiles(directory=_STATIC)),
        ]

    async def _chat_page(self, request: Request) -> Response:
        username = self._telegram.username
        if request.path_params.get("username", username) != username:
            raise HTTPException(404)
        return FileResponse(_STATIC / "telegram.html", headers=_HEADERS)

    async def _join_page(self, _: Request) -> Response:
        return FileResponse(_STATIC / "telegram_join.html", headers=_HEADERS)

    async def _chat(self, request: Request) -> Response:
        asked = request.query_params.get("user", str(DEMO.id))
        person = self._telegram.person(int(asked)) if _ID.fullmatch(asked) else None
        if person is None:
            return refusal("Nobody here has this id.", 404)
        return _unkept(self._telegram.chat(person))

    async def _link(self, request: Request) -> Response:
        return _unkept(self._telegram.invitation(request.path_params["key"]))

    async def _join(self, request: Request) -> Response:
        key = request.path_params["key"]
        try:
            outcome = self._telegram.join(key, self._sender(await given_json(request)))
        except BadRequest as problem:
            return refusal(str(problem), problem.status)
        return _unkept({"outcome": outcome, **self._telegram.invitation(key)})

    def _acting(self, act: Callable[[Json, TelegramUser], None]) -> Handler:
        """Does it as whom the body names, and answers with their chat."""

        async def accept(request: Request) -> Response:
            try:
                given = await given_json(request)
                person = self._sender(given)
                act(given, person)
            except BadRequest as problem:
                return refusal(str(problem), problem.status)
            except ValueError as problem:
                return refusal(str(problem), 400)
            return _unkept(self._telegram.chat(person))

        return accept

    def _sender(self, given: Json) -> TelegramUser:
        """Who does it; of somebody who is known already, the id is enough."""
        sender = given.get("from", {})
        if not isinstance(sender, dict):
            raise BadRequest("send who it is as from: {id, first_name, language_code}")
        user_id = sender.get("id", DEMO.id)
        if type(user_id) is not int or user_id <= 0:
            raise BadRequest("from.id must be a positive number")
        known = self._telegram.person(user_id) or TelegramUser(user_id, "Somebody")
        name = str(sender.get("first_name", known.first_name))
        return TelegramUser(user_id, name, str(sender.get("language_code", known.language_code)))


def _unkept(shown: Json) -> Response:
    return JSONResponse(shown, headers={"Cache-Control": "no-store"})


def _text(given: Json) -> str:
    text = given.get("text")
    if not isinstance(text, str):
        raise BadRequest("send text")
    return text
