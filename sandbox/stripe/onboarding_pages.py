"""The page to which an account link leads: a host tells Stripe who they are and where they bank."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.stripe import (
    account_links,
    connected_accounts,
    hosted_page,
    onboarding_form,
    portal_views,
)
from sandbox.stripe.account import Account
from sandbox.stripe.onboarding_form import UnreadableError
from sandbox.stripe.rendering import NOTHING
from sandbox.stripe.state import Json
from sandbox.stripe.timekeeping import catch_up
from sandbox.stripe.views import missing_notice

_PATH = "/connect/onboarding/{id}"
_TITLE = "Onboarding"


class OnboardingPages:
    """Works without JavaScript and with curl; a link opens once, its form may be sent until done.

    A link that was opened before, or that is too old, leads to its refresh_url.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[BaseRoute]:
        return [
            Route(_PATH, self._open, methods=["GET"]),
            Route(_PATH, self._send, methods=["POST"]),
        ]

    async def _open(self, request: Request) -> Response:
        link, record = self._found(request)
        if link is None or record is None:
            return _missing(request)
        if not account_links.is_fresh(self._account, link):
            return hosted_page.leave(link["refresh_url"])
        self._note(link, opened=True)
        return _form(request, link, record, {})

    async def _send(self, request: Request) -> Response:
        typed = await hosted_page.typed(request)
        link, record = self._found(request)
        if link is None or record is None:
            return _missing(request)
        if link["finished"]:
            return _done(request, link)
        if not link["opened"] and not account_links.is_fresh(self._account, link):
            return hosted_page.leave(link["refresh_url"])
        if typed.get("do") != "later":
            try:
                told = onboarding_form.read(typed, self._account.clock.now().date())
            except UnreadableError as error:
                self._note(link, opened=True)
                return _form(request, link, record, typed, message=str(error))
            connected_accounts.fill_in(
                self._account, record, told.person, told.bank_account, complete=told.complete
            )
        self._note(link, opened=True, finished=True)
        return _done(request, link)

    def _found(self, request: Request) -> tuple[Json | None, Json | None]:
        """The link of this address and its account, unless either is gone."""
        catch_up(self._account)
        self._account.state.commit()
        link = self._account.state.find(request.path_params["id"], account_links.KIND)
        return link, link and connected_accounts.find(self._account, link["account"])

    def _note(self, link: Json, **changes: bool) -> None:
        link |= changes
        self._account.state.put(link)
        self._account.state.commit()


def _form(
    request: Request,
    link: Json,
    record: Json,
    typed: dict[str, str],
    *,
    message: str = "",
) -> Response:
    """The form, or with a `message` why it has to be filled in again."""
    action = f"{hosted_page.root(request)}{_PATH.replace('{id}', link['id'])}"
    body = onboarding_form.show(record, typed, action=action, message=message)
    return hosted_page.respond(
        request, body, _TITLE, status=422 if message else 200, leads_to=link["return_url"]
    )


def _done(request: Request, link: Json) -> Response:
    if link["return_url"]:
        return hosted_page.leave(link["return_url"])
    body = portal_views.notice("You're all done", "You can close this page.", NOTHING)
    return hosted_page.respond(request, body, _TITLE)


def _missing(request: Request) -> Response:
    return hosted_page.respond(request, missing_notice(), "Not found", status=404)
