"""The page /sandbox and its files; the look comes from the product's own style sheet."""

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

CRON_SECRET = "sandbox-cron-secret"
"""The secret of the operator's own clock where the settings give none."""

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def page_routes(cron_secret: Callable[[], str]) -> list[BaseRoute]:
    """`cron_secret` tells the bearer token that the product's routes below /api/cron take."""

    async def cron(_request: Request) -> Response:
        return JSONResponse({"secret": cron_secret()}, headers={"Cache-Control": "no-store"})

    return [
        Route("/sandbox", _page, methods=["GET"]),
        Route("/sandbox/cron", cron, methods=["GET"]),
        Mount("/sandbox/static", StaticFiles(directory=_STATIC)),
    ]


async def _page(_request: Request) -> Response:
    return FileResponse(_STATIC / "index.html", headers=_HEADERS)
