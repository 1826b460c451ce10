"""The GraphQL IDE, served from this machine alone: its page and its files under /graphql/ide."""

import re
from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_DIRECTORY = Path(__file__).resolve().parent.parent / "web" / "ide"

# Everything from here and nothing from elsewhere. The editor writes style elements and inlines
# its fonts; scripts come from files only.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

# A name with a version in it stands for one content for ever.
_VERSIONED = re.compile(r"-\d+\.\d+\.\d+\.")


def ide_page() -> Response:
    """The HTML page; it asks for a token in its own field and keeps it for the tab only."""
    return FileResponse(
        _DIRECTORY / "index.html",
        media_type="text/html",
        headers={
            "content-security-policy": _CONTENT_SECURITY_POLICY,
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cache-control": "no-cache",
            "vary": "accept",
        },
    )


class IdeFiles(StaticFiles):
    """ASGI app for `Mount("/graphql/ide", …)`: the scripts and styles of the page."""

    def __init__(self) -> None:
        super().__init__(directory=_DIRECTORY)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if _VERSIONED.search(path) else "no-cache"
        )
        response.headers["x-content-type-options"] = "nosniff"
        return response
