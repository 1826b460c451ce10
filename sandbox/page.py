"""The page /sandbox and its files; the look comes from the product's own style sheet."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def page_routes() -> list[BaseRoute]:
    return [
        Route("/sandbox", _page, methods=["GET"]),
        Mount("/sandbox/static", StaticFiles(directory=_STATIC)),
    ]


async def _page(_request: Request) -> Response:
    return FileResponse(_STATIC / "index.html", headers=_HEADERS)
