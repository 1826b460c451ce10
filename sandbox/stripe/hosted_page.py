"""The frame, the headers and the forms of the pages that a customer's private link leads to."""

import re
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.stripe.rendering import Html, fill

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    # The address itself lets its holder in.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_ORIGIN = re.compile(r"https?://[\w.:\[\]-]+")


def respond(
    request: Request, body: Html, title: str, *, status: int = 200, leads_to: str | None = None
) -> Response:
    """The page with this body; `leads_to` is the address to which its form ends up redirecting."""
    html = fill("shell", title=f"{title} · Sandbox", root=root(request), place="hosted", body=body)
    policy = f"{_POLICY} {_origin(leads_to)}".strip()
    return HTMLResponse(html, status, {**_HEADERS, "Content-Security-Policy": policy})


def go(request: Request, path: str) -> Response:
    """On to another of these pages after a form was sent."""
    return RedirectResponse(f"{root(request)}{path}", 303, _HEADERS)


def leave(url: str) -> Response:
    """On to an address outside after a form was sent."""
    return RedirectResponse(url, 303, _HEADERS)


def root(request: Request) -> str:
    """Where the stand-in is mounted, without a slash at its end."""
    return str(request.scope.get("root_path", ""))


async def typed(request: Request) -> dict[str, str]:
    """What was sent by a form; nothing for a page that is only looked at."""
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=50))


def _origin(url: str | None) -> str:
    """The origin of an address; browsers hold a form's redirects to `form-action` too."""
    if url is None:
        return ""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else ""
