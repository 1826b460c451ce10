"""Hosted invoices: a customer looks at one, pays it, and takes it along as a PDF."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.stripe import (
    card_entry,
    hosted_page,
    invoice_pdf,
    invoice_views,
    invoices,
    portal,
    subscriptions,
)
from sandbox.stripe import portal_views as views
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card, UnreadableCardError
from sandbox.stripe.payments import Result
from sandbox.stripe.rendering import NOTHING, Html
from sandbox.stripe.state import Json
from sandbox.stripe.timekeeping import catch_up
from sandbox.stripe.views import missing_notice

_Show = Callable[[Request, Json, dict[str, str]], Response]


class InvoicePages:
    """Whoever holds the address may look and pay, as at Stripe; works without JavaScript."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/invoices/{id}", self._taking(self._show), methods=["GET"]),
            Route("/invoices/{id}", self._taking(self._pay), methods=["POST"]),
            Route("/invoices/{id}/pdf", self._taking(_pdf), methods=["GET"]),
        ]

    def _taking(self, show: _Show) -> Callable[[Request], Awaitable[Response]]:
        async def take(request: Request) -> Response:
            typed = dict(request.query_params) | await hosted_page.typed(request)
            try:
                catch_up(self._account)
                invoice = self._account.state.find(request.path_params["id"], "invoice")
                # A draft has no address yet.
                if invoice is None or invoice["status"] == "draft":
                    return hosted_page.respond(request, missing_notice(), "Not found", status=404)
                return show(request, invoice, typed)
            finally:
                self._account.state.commit()

        return take

    def _show(
        self,
        request: Request,
        invoice: Json,
        typed: dict[str, str],
        message: str = "",
        status: int = 200,
    ) -> Response:
        path = f"{hosted_page.root(request)}/invoices/{invoice['id']}"
        back, query = self._way_back(request, invoice)
        body = invoice_views.page(
            self._account, invoice, typed, action=path + query, back=back, message=message
        )
        return hosted_page.respond(request, body, invoice_views.title(invoice), status=status)

    def _pay(self, request: Request, invoice: Json, typed: dict[str, str]) -> Response:
        """Once paid, and when the form is sent twice, the page without a form is shown."""
        path = f"/invoices/{invoice['id']}{self._way_back(request, invoice)[1]}"
        if invoice["status"] != "open":
            return hosted_page.go(request, path)
        try:
            card = self._card(invoice, typed)
        except UnreadableCardError as error:
            return self._show(request, invoice, typed, str(error), 422)
        attempt = invoices.pay(self._account, invoice, card)
        if attempt.result is Result.PAID:
            return hosted_page.go(request, path)
        return self._show(request, invoice, typed, attempt.message, 402)

    def _card(self, invoice: Json, typed: dict[str, str]) -> Card | None:
        """The card that was typed, or None for the one that is kept."""
        if typed.get("method") == "kept" and subscriptions.card_of(
            self._account, invoice["customer"]
        ):
            return None
        return card_entry.read(self._account, typed)

    def _way_back(self, request: Request, invoice: Json) -> tuple[Html, str]:
        """A link to the portal session from which the customer came, and the query naming it."""
        session = self._account.state.find(request.query_params.get("portal", ""), portal.SESSION)
        if (
            session is None
            or session["customer"] != invoice["customer"]
            or not portal.is_open(self._account, session)
        ):
            return NOTHING, ""
        path = f"{hosted_page.root(request)}/portal/{session['id']}"
        return views.link_here(path, "← Back", "back"), f"?portal={session['id']}"


def _pdf(_request: Request, invoice: Json, _typed: dict[str, str]) -> Response:
    content = invoice_pdf.document(invoice_views.title(invoice), invoice_views.text_lines(invoice))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="{invoice["number"] or invoice["id"]}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="application/pdf", headers=headers)
