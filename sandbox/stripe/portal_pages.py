"""The customer portal: a customer looks after subscriptions, card, details and invoices."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.stripe import hosted_page, portal, portal_details, portal_home, portal_plans
from sandbox.stripe import portal_views as views
from sandbox.stripe.account import Account
from sandbox.stripe.portal_visit import NotOfferedError, Visit
from sandbox.stripe.state import Json
from sandbox.stripe.timekeeping import catch_up
from sandbox.stripe.views import missing_notice

_Step = Callable[[Visit], Response]


def _home(visit: Visit) -> Response:
    flow = visit.session["flow"]
    if flow and not visit.session.get("_flow_done"):
        return hosted_page.go(visit.request, _flow_path(visit.session))
    if flow and flow["after_completion"]["type"] != "portal_homepage":
        return visit.confirm("")
    told = views.TOLD.get(visit.typed.get("done", ""), "")
    body = portal_home.home(visit.account, visit.session, visit.path(), told)
    return visit.show(body, "Customer portal")


def _flow_path(session: Json) -> str:
    """The page on which the flow of a session begins."""
    path, flow = f"/portal/{session['id']}", session["flow"]
    if flow["type"] == "payment_method_update":
        return f"{path}/payment-method"
    subscription_id = flow[flow["type"]]["subscription"]
    return f"{path}/subscriptions/{subscription_id}/{flow['type'].removeprefix('subscription_')}"


_SUBSCRIPTION = "/subscriptions/{subscription}"
_STEPS: list[tuple[str, str, _Step]] = [
    ("GET", "", _home),
    ("GET", f"{_SUBSCRIPTION}/cancel", portal_plans.ask_to_cancel),
    ("POST", f"{_SUBSCRIPTION}/cancel", portal_plans.cancel),
    ("POST", f"{_SUBSCRIPTION}/keep", portal_plans.keep),
    ("GET", f"{_SUBSCRIPTION}/update", portal_plans.ask_to_change),
    ("POST", f"{_SUBSCRIPTION}/update", portal_plans.change),
    ("GET", "/payment-method", portal_details.ask_for_card),
    ("POST", "/payment-method", portal_details.keep_card),
    ("GET", "/customer", portal_details.ask_for_details),
    ("POST", "/customer", portal_details.keep_details),
]


class PortalPages:
    """Works without JavaScript and with curl; who holds the address is the customer."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"/portal/{{id}}{path}", self._taking(step), methods=[verb])
            for verb, path, step in _STEPS
        ]

    def _taking(self, step: _Step) -> Callable[[Request], Awaitable[Response]]:
        async def take(request: Request) -> Response:
            typed = dict(request.query_params) | await hosted_page.typed(request)
            try:
                catch_up(self._account)
                return self._within(request, typed, step)
            finally:
                self._account.state.commit()

        return take

    def _within(self, request: Request, typed: dict[str, str], step: _Step) -> Response:
        """The step's answer, once the session is known to be open; nothing is awaited inside."""
        session = self._account.state.find(request.path_params["id"], portal.SESSION)
        if session is None:
            return _missing(request)
        if not portal.is_open(self._account, session):
            return hosted_page.respond(request, views.closed(session), "Expired", status=410)
        configuration = self._account.require(session["configuration"], portal.CONFIGURATION)
        customer = self._account.require(session["customer"], "customer")
        visit = Visit(self._account, request, session, configuration, customer, typed)
        try:
            return step(visit)
        except NotOfferedError:
            return _missing(request)


def _missing(request: Request) -> Response:
    return hosted_page.respond(request, missing_notice(), "Not found", status=404)
