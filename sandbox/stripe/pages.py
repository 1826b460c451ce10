"""The pages a buyer sees: hosted and embedded checkout, 3D Secure, receipts, and stripe.js."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.stripe import card_entry, checkout, hosted_page, views
from sandbox.stripe.account import Account
from sandbox.stripe.cards import UnreadableCardError
from sandbox.stripe.checkout import Entry
from sandbox.stripe.payments import Attempt, Result
from sandbox.stripe.rendering import Html, fill
from sandbox.stripe.sessions import landing_url
from sandbox.stripe.state import Json
from sandbox.stripe.timekeeping import catch_up

_STATIC = Path(__file__).parent / "static"


class Pages:
    """Works without JavaScript and with curl: a form goes in, a page or a redirect comes out."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[BaseRoute]:
        return [
            *self._checkout("/pay/{id}"),
            *self._checkout("/embedded/{secret}"),
            Route("/receipts/{id}", self._receipt),
            Route("/js/v3/", self._stripe_js),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ]

    def _checkout(self, path: str) -> list[Route]:
        return [
            Route(path, self._show, methods=["GET"]),
            Route(path, self._pay, methods=["POST"]),
            Route(f"{path}/authenticate", self._ask, methods=["GET"]),
            Route(f"{path}/authenticate", self._authenticate, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        session = self._session(request)
        if session is None or session["status"] != "open":
            return self._closed(request, session)
        typed = dict(request.query_params)
        return _page(request, self._pay_form(request, session, typed), "Checkout")

    async def _pay(self, request: Request) -> Response:
        typed = await hosted_page.typed(request)
        session = self._session(request)
        if session is None:
            return self._closed(request, None)
        try:
            entry = self._entry(typed)
            attempt = checkout.pay(self._account, session, entry)
        except UnreadableCardError as error:
            body = self._pay_form(request, session, typed, str(error))
            return _page(request, body, "Checkout", status=422)
        self._account.state.commit()
        return self._after(request, session, attempt, typed)

    async def _ask(self, request: Request) -> Response:
        session = self._session(request)
        if session is None or session["status"] != "open":
            return self._closed(request, session)
        if session["_authenticating"] is None:
            return RedirectResponse(_own_path(request, session), 303)
        return _page(request, views.authentication(session), "Confirm the payment")

    async def _authenticate(self, request: Request) -> Response:
        typed = await hosted_page.typed(request)
        session = self._session(request)
        if session is None:
            return self._closed(request, None)
        ok = typed.get("outcome") == "complete"
        attempt = checkout.authenticate(self._account, session, ok=ok)
        self._account.state.commit()
        return self._after(request, session, attempt, {})

    def _after(
        self, request: Request, session: Json, attempt: Attempt, typed: dict[str, str]
    ) -> Response:
        """Where an attempt leads; a form sent twice leads where the first one led."""
        if attempt.result is Result.AUTHENTICATE:
            return RedirectResponse(f"{_own_path(request, session)}/authenticate", 303)
        if session["status"] == "open":
            if attempt.result is Result.CLOSED:
                return RedirectResponse(_own_path(request, session), 303)
            body = self._pay_form(request, session, typed, attempt.message)
            return _page(request, body, "Checkout", status=402)
        url = landing_url(session)
        if session["status"] == "complete" and url and not _embedded(request):
            return RedirectResponse(url, 303)
        return self._closed(request, session)

    def _pay_form(
        self, request: Request, session: Json, typed: dict[str, str], message: str = ""
    ) -> Html:
        # Named, since the form is also shown at the address of a failed authentication.
        action = _own_path(request, session)
        return views.pay_form(self._account, session, typed, action=action, message=message)

    def _closed(self, request: Request, session: Json | None) -> Response:
        if session is None:
            return _page(request, views.missing_notice(), "Not found", status=404)
        if session["status"] == "expired":
            body = views.expired_notice(session)
            return _page(request, body, "Checkout expired", status=410)
        body = views.paid_notice(
            landing_url(session),
            embedded=_embedded(request),
            # if_required asks for a redirect only after methods that leave the page: none here.
            redirects=session["redirect_on_completion"] == "always",
        )
        return _page(request, body, "Checkout complete")

    def _session(self, request: Request) -> Json | None:
        """The session of this address: by id when hosted, by client secret when embedded."""
        catch_up(self._account)
        self._account.state.commit()
        if not _embedded(request):
            session = self._account.state.find(request.path_params["id"], "checkout.session")
            return session if session and session["ui_mode"] == "hosted_page" else None
        secret = request.path_params["secret"]
        session_id = secret.partition("_secret_")[0]
        session = self._account.state.find(session_id, "checkout.session")
        return session if session and session["client_secret"] == secret else None

    def _entry(self, typed: dict[str, str]) -> Entry:
        """What was typed; raises UnreadableCardError for a date or code that cannot be a card's."""
        debit = typed.get("method") == "debit"
        if not debit:
            card_entry.require_readable(self._account, typed)
        return Entry(
            number=typed.get("number", ""),
            account=typed.get("account", "") if debit else None,
            email=typed.get("email") or None,
            name=typed.get("name") or None,
        )

    async def _receipt(self, request: Request) -> Response:
        charge = self._account.state.find(request.path_params["id"], "charge")
        if charge is None or not charge["paid"]:
            return _page(request, views.missing_notice(), "Not found", status=404)
        return _page(request, views.receipt(charge), "Receipt")

    async def _stripe_js(self, _request: Request) -> Response:
        return FileResponse(_STATIC / "stripe.js", media_type="text/javascript")


def _page(request: Request, body: Html, title: str, *, status: int = 200) -> Response:
    place = "embedded" if _embedded(request) else "hosted"
    root = str(request.scope.get("root_path", ""))
    html = fill("shell", title=f"{title} · Sandbox", root=root, place=place, body=body)
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def _embedded(request: Request) -> bool:
    return "secret" in request.path_params


def _own_path(request: Request, session: Json) -> str:
    """The path of the session's checkout page, hosted or in the frame."""
    root = str(request.scope.get("root_path", ""))
    if _embedded(request):
        return f"{root}/embedded/{session['client_secret']}"
    return f"{root}/pay/{session['id']}"
