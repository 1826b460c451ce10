"""The person's side of Telegram's stand-in: a page that shows their chat, and what it sends."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def person_routes(telegram: "TelegramSandbox") -> list[BaseRoute]:
    """The page, its files, what it shows, and what a person can do on it.

    POST takes a JSON object as `application/json` only, which a page of another origin cannot send
    unasked. Problems are `{"error": {"message": …}}`.
    """

    async def page(request: Request) -> Response:
        if request.path_params.get("username", telegram.username) != telegram.username:
            raise HTTPException(404)
        return FileResponse(_STATIC / "telegram.html", headers=_HEADERS)

    async def show(_: Request) -> Response:
        return JSONResponse(telegram.chat(), headers={"Cache-Control": "no-store"})

    def does(action: Callable[[Json], None]) -> Callable[[Request], Any]:
        async def accept(request: Request) -> Response:
            try:
                action(await given_json(request))
            except BadRequest as problem:
                return refusal(str(problem), problem.status)
            except ValueError as problem:
                return refusal(str(problem), 400)
            return JSONResponse(telegram.chat())

        return accept

    path = telegram.path
    return [
        Route(f"{path}/chat", page, methods=["GET"]),
        Route(f"{path}/chat/{{username}}", page, methods=["GET"]),
        Route(f"{path}/messages", show, methods=["GET"]),
        Route(f"{path}/say", does(lambda given: telegram.say(*_said(given))), methods=["POST"]),
        Route(f"{path}/block", does(lambda _: telegram.block()), methods=["POST"]),
        Route(f"{path}/unblock", does(lambda _: telegram.unblock()), methods=["POST"]),
        Mount(f"{path}/static", StaticFiles(directory=_STATIC)),
    ]


def _said(given: Json) -> tuple[str, TelegramUser]:
    """The text, and who says it: the demo user unless `from` says otherwise."""
    text, sender = given.get("text"), given.get("from", {})
    if not isinstance(text, str) or not isinstance(sender, dict):
        raise BadRequest("send text, and who says it as from: {id, first_name, language_code}")
    user_id = sender.get("id", DEMO.id)
    if type(user_id) is not int or user_id <= 0:
        raise BadRequest("from.id must be a positive number")
    name = str(sender.get("first_name", DEMO.first_name))
    language = str(sender.get("language_code", DEMO.language_code))
    return text, TelegramUser(user_id, name, language)
