"""Every HTTP request gets an id; log lines, jobs and the answer carry it."""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.log import correlated

HEADER = "x-request-id"

_ACCEPTABLE = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class Correlation:
    """Middleware. An id that the caller sends is kept if it is harmless in a log line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with correlated(_given(scope)) as request_id:

            async def send_with_id(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)[HEADER] = request_id
                await send(message)

            await self._app(scope, receive, send_with_id)


def _given(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == HEADER.encode() and _ACCEPTABLE.fullmatch(value):
            return str(value, "ascii")
    return None
