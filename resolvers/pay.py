"""The addresses that the bot's buyers see: to Stripe's page, and back from it."""

from html import escape
from string import Template
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from resolvers.arguments import stripe_id_of
from resolvers.pages import WEB
from services import pay_links
from services.app import App
from services.domain.errors import DomainError, InvalidInput, NoBilling, NotFound, PaymentNotFound
from services.pay_links import BadPayLink

_PAGE = Template((WEB / "pay.html").read_text(encoding="utf-8"))
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_BACK = "You can close this page and go back to Telegram."


def pay_routes() -> list[BaseRoute]:
    """GET only: what follows a link in a chat must not need more, and a preview changes nothing
    but an open checkout, which is the same for everybody who follows the link."""
    return [
        Route("/pay", pay, methods=["GET"]),
        Route("/pay/done", done, methods=["GET"]),
        Route("/pay/manage", manage, methods=["GET"]),
        Route("/pay/managed", managed, methods=["GET"]),
        Route("/pay/cancelled", cancelled, methods=["GET"]),
    ]


async def pay(request: Request) -> Response:
    """GET /pay?tg_id=…: to Stripe's page; 400 for an address that we did not give out."""
    app: App = request.app.state.app
    try:
        page = await pay_links.open_page(app, request.query_params.get("tg_id"))
    except BadPayLink as bad:
        return _page("This link does not work", str(bad), status=400)
    except NotFound:
        text = f"There is nothing on sale here just now. {_BACK}"
        return _page("Nothing on sale", text, status=404)
    except DomainError as refusal:
        return _page("Please try again", refusal.message, status=503)
    if page.url is None:
        text = f"You have {page.plan.name} already. Send /invite to the bot for your link. {_BACK}"
        link = ("Manage it", f"/pay/manage?tg_id={quote(request.query_params['tg_id'])}")
        return _page("You have it already", text, link=link)
    return RedirectResponse(page.url, status_code=303, headers=_HEADERS)


async def manage(request: Request) -> Response:
    """GET /pay/manage?tg_id=…: to Stripe's customer portal."""
    app: App = request.app.state.app
    try:
        url = await pay_links.manage(app, request.query_params.get("tg_id"))
    except BadPayLink as bad:
        return _page("This link does not work", str(bad), status=400)
    except NoBilling as refusal:
        return _page("Nothing to manage", f"{refusal.message} {_BACK}", status=404)
    except DomainError as refusal:
        return _page("Please try again", refusal.message, status=503)
    return RedirectResponse(url, status_code=303, headers=_HEADERS)


async def managed(_: Request) -> Response:
    """GET /pay/managed: back from the portal."""
    return _page("Done", f"What you changed holds from now on. {_BACK}")


async def done(request: Request) -> Response:
    """GET /pay/done?session_id=cs_…: back from Stripe's page."""
    app: App = request.app.state.app
    try:
        session_id = stripe_id_of(request.query_params.get("session_id", ""), "cs")
        paid = await pay_links.finished(app, session_id)
    except (InvalidInput, PaymentNotFound):
        return _page("We could not find this payment", _BACK, status=404)
    except DomainError:
        text = f"Your payment will be noticed within minutes. {_BACK}"
        return _page("Thank you", text)
    if not paid:
        return _page("Not paid", f"The payment has not been completed. {_BACK}")
    text = f"Your payment arrived, and your invitation is on its way. {_BACK}"
    return _page("Thank you", text)


async def cancelled(request: Request) -> Response:
    """GET /pay/cancelled?tg_id=…: the buyer went back without paying."""
    tg_id = request.query_params.get("tg_id", "")
    link = ("Try again", f"/pay?tg_id={quote(tg_id)}") if tg_id else None
    text = f"The payment was not completed, and nothing was charged. {_BACK}"
    return _page("Not paid", text, link=link)


def _page(
    title: str, text: str, *, link: tuple[str, str] | None = None, status: int = 200
) -> Response:
    """`link` is the label of a button and where it leads."""
    button = ""
    if link is not None:
        label, address = link
        button = f'<p><a class="button" href="{escape(address)}">{escape(label)}</a></p>'
    body = _PAGE.substitute(title=escape(title), text=escape(text), link=button)
    return HTMLResponse(body, status, headers=_HEADERS)
