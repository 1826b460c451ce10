"""The pages: plain files, told where everything is by /config.json."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from services.app import App

WEB = Path(__file__).resolve().parent.parent / "web"

PAGES = {
    "/": "index.html",
    "/booking": "booking.html",
    "/payment/success": "success.html",
    "/payment/cancel": "cancel.html",
    "/account": "account.html",
}

STRIPE_SCRIPT = "https://js.stripe.com/endive/stripe.js"
SANDBOX_SCRIPT = "/sandbox/stripe/js/v3/"

_POLICY = (
    "default-src 'self'; script-src 'self' https://js.stripe.com; "
    "frame-src 'self' https://js.stripe.com https://checkout.stripe.com {scheduling}; "
    "connect-src 'self' https://api.stripe.com {supabase}; "
    "img-src 'self' data: https://*.stripe.com; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def page_routes(app: App) -> list[BaseRoute]:
    """Routes of every page, of their files, and of /config.json."""
    policy = _POLICY.format(
        supabase=app.settings.supabase_url or "", scheduling=_scheduling_origin(app) or ""
    )
    routes: list[BaseRoute] = [
        Route(path, _page(WEB / name, policy), methods=["GET"]) for path, name in PAGES.items()
    ]
    return [
        *routes,
        Route("/config.json", config, methods=["GET"]),
        Mount("/assets", StaticFiles(directory=WEB / "assets")),
    ]


def _page(path: Path, policy: str) -> Callable[[Request], Awaitable[Response]]:
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-cache",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-content-type-options": "nosniff",
    }

    async def page(_: Request) -> Response:
        return FileResponse(path, headers=headers)

    return page


def _scheduling_origin(app: App) -> str | None:
    """Where hosts' own scheduling pages are served; None when no host can have one."""
    if app.scheduling_page is None:
        return None
    address = urlsplit(app.settings.calendly_page_base)
    return f"{address.scheme}://{address.netloc}"


async def config(request: Request) -> Response:
    """What the pages must know; nothing here is secret."""
    app: App = request.app.state.app
    settings = app.settings
    sandbox = request.app.state.sandbox
    return JSONResponse(
        {
            "sandbox": sandbox,
            "supabaseUrl": None if sandbox else settings.supabase_url,
            "supabaseKey": settings.supabase_publishable_key,
            "stripeScript": SANDBOX_SCRIPT if sandbox else STRIPE_SCRIPT,
            "stripePublishableKey": settings.stripe_publishable_key,
            "schedulingOrigin": _scheduling_origin(app),
            "telegram": settings.telegram_bot_token is not None,
        },
        headers={"cache-control": "no-cache"},
    )
