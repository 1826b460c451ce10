"""The addresses that the bot's buyers see: to Stripe's page, and back from it."""

from html import escape
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from resolvers.arguments import stripe_id_of
from resolvers.pages import WEB
from services import pay_links
from services.app import App
from services.domain.errors import (
    DomainError,
    InvalidInput,
    NoBilling,
    NotFound,
    PaymentNotFound,
    PaymentProcessing,
)
from services.messages.languages import Language
from services.messages.pay_words import PAY_TRANSLATIONS
from services.pay_links import MANAGE, PAY, Arrival, BadPayLink, Flaw, ManagedInAccount, PayPage

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


def pay_routes() -> list[BaseRoute]:
    """GET only: what follows a link in a chat must not need more, and a preview changes nothing
    but an open checkout, which is the same for everybody who follows the link."""
    return [
        Route(PAY, pay, methods=["GET"]),
        Route("/pay/done", done, methods=["GET"]),
        Route(MANAGE, manage, methods=["GET"]),
        Route("/pay/managed", managed, methods=["GET"]),
        Route("/pay/cancelled", cancelled, methods=["GET"]),
    ]


async def pay(request: Request) -> Response:
    """GET /pay?tg_id=…: to Stripe's page; 400 for an address that we did not give out."""
    app: App = request.app.state.app
    try:
        chat_id = pay_links.verified(app, request.query_params.get("tg_id"), PAY)
    except BadPayLink as bad:
        return await _refused(app, bad, PAY)
    language = Language.of(await pay_links.language_of(app, chat_id))
    words = PAY_TRANSLATIONS[language]
    try:
        page = await pay_links.open_page(app, chat_id)
    except NotFound:
        return _page(language, *words.nothing_sold, words.back, status=404)
    except PaymentProcessing:
        return _page(language, *words.processing, words.back)
    except DomainError:
        return _page(language, *words.try_again, status=503)
    if page.url is None:
        return _has_it(page, language)
    return RedirectResponse(page.url, status_code=303, headers=_HEADERS)


async def _refused(app: App, bad: BadPayLink, path: str) -> Response:
    known = None if bad.chat_id is None else await pay_links.language_of(app, bad.chat_id)
    language = Language.of(known)
    words = PAY_TRANSLATIONS[language]
    why = {
        Flaw.INCOMPLETE: words.incomplete,
        Flaw.FOREIGN: words.foreign,
        Flaw.EXPIRED: words.expired,
    }[bad.flaw]
    again = words.ask_status if path == MANAGE else words.ask_pay
    return _page(language, words.bad_link, why, again, status=400)


def _has_it(page: PayPage, language: Language) -> Response:
    words = PAY_TRANSLATIONS[language]
    title, text = words.stopped if page.stopped else words.has_it
    invites = page.plan.channel_id is not None and not page.stopped
    text = text.format(plan=page.plan.name)
    hint = words.get_invite if invites else ""
    return _page(language, title, text, hint, words.to_manage, words.back)


async def manage(request: Request) -> Response:
    """GET /pay/manage?tg_id=…: to Stripe's customer portal."""
    app: App = request.app.state.app
    try:
        chat_id = pay_links.verified(app, request.query_params.get("tg_id"), MANAGE)
    except BadPayLink as bad:
        return await _refused(app, bad, MANAGE)
    language = Language.of(await pay_links.language_of(app, chat_id))
    words = PAY_TRANSLATIONS[language]
    try:
        url = await pay_links.manage(app, chat_id)
    except ManagedInAccount:
        link = (words.account, "/account")
        return _page(language, *words.in_account, link=link, status=404)
    except NoBilling:
        return _page(language, *words.nothing_to_manage, words.back, status=404)
    except DomainError:
        return _page(language, *words.try_again, status=503)
    return RedirectResponse(url, status_code=303, headers=_HEADERS)


async def managed(request: Request) -> Response:
    """GET /pay/managed?language=…: back from the portal."""
    language = Language.of(request.query_params.get("language"))
    words = PAY_TRANSLATIONS[language]
    return _page(language, *words.managed, words.back)


async def done(request: Request) -> Response:
    """GET /pay/done?session_id=cs_…: back from Stripe's page."""
    app: App = request.app.state.app
    try:
        session_id = stripe_id_of(request.query_params.get("session_id", ""), "cs")
        came = await pay_links.finished(app, session_id)
    except (InvalidInput, PaymentNotFound):
        words = PAY_TRANSLATIONS[Language.ENGLISH]
        return _page(Language.ENGLISH, words.unknown_payment, words.back, status=404)
    language = Language.of(came.language)
    words = PAY_TRANSLATIONS[language]
    said = {
        Arrival.PAID: (words.thanks, words.arrived_and_invited if came.invited else words.arrived),
        Arrival.BEGUN: (words.thanks, words.begun_and_invited if came.invited else words.begun),
        Arrival.PROCESSING: words.processing,
        Arrival.MISSING: words.missing,
        Arrival.UNHEARD: (words.thanks, words.unheard),
    }
    return _page(language, *said[came.arrival], words.back)


async def cancelled(request: Request) -> Response:
    """GET /pay/cancelled?language=…: the buyer went back without paying."""
    language = Language.of(request.query_params.get("language"))
    words = PAY_TRANSLATIONS[language]
    return _page(language, *words.cancelled, words.back)


def _page(
    language: Language,
    title: str,
    *sentences: str,
    link: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    """`link` is the label of a button and where it leads."""
    button = ""
    if link is not None:
        label, address = link
        button = f'<p><a class="button" href="{escape(address)}">{escape(label)}</a></p>'
    words = PAY_TRANSLATIONS[language]
    body = _PAGE.substitute(
        language=language.value,
        footer=escape(words.footer),
        title=escape(title),
        text=escape(" ".join(filter(None, sentences))),
        link=button,
    )
    return HTMLResponse(body, status, headers=_HEADERS)
