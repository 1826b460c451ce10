"""JSON routes under /_control by which tests and the /sandbox page act on the stand-in."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.stripe.billing_control import BillingActions
from sandbox.stripe.cards import UnreadableCardError
from sandbox.stripe.connect_control import ConnectActions
from sandbox.stripe.control_values import Action, take
from sandbox.stripe.dashboard import Dashboard
from sandbox.stripe.deliveries import PlanKind
from sandbox.stripe.errors import ApiError
from sandbox.stripe.state import Json


class Control:
    """Each route is one method of the Dashboard or of its deliveries; it takes a JSON object.

    POST takes `application/json` only: a page of another origin cannot send that unasked.
    """

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard

    def routes(self) -> list[Route]:
        actions: dict[str, Action] = {
            "sessions/{id}/pay": self._pay,
            "sessions/{id}/authenticate": self._authenticate,
            "payment_intents/{id}/settle": self._settle,
            "charges/{id}/refund": self._refund,
            "refunds/{id}/settle": self._settle_refund,
            "events/{id}/resend": self._resend,
            "deliveries/plan": self._plan,
            "deliveries/hold": self._hold,
            "deliveries/release": self._release,
            **BillingActions(self._dashboard).table(),
            **ConnectActions(self._dashboard).table(),
        }
        posts = [
            Route(f"/_control/{path}", _accepting(action), methods=["POST"])
            for path, action in actions.items()
        ]
        gets = {
            "events": self._events,
            "subscriptions": self._subscriptions,
            "invoices": self._invoices,
            "connect": self._connect,
        }
        return [
            *(Route(f"/_control/{path}", show, methods=["GET"]) for path, show in gets.items()),
            *posts,
        ]

    async def _events(self, _request: Request) -> Response:
        """Snapshot events, then thin ones, each newest first."""
        both = [*self._dashboard.events(), *self._dashboard.thin_events()]
        return JSONResponse({"events": both})

    async def _subscriptions(self, _request: Request) -> Response:
        return JSONResponse({"subscriptions": self._dashboard.subscriptions()})

    async def _invoices(self, _request: Request) -> Response:
        return JSONResponse({"invoices": self._dashboard.invoices()})

    async def _connect(self, _request: Request) -> Response:
        return JSONResponse(self._dashboard.connect_overview())

    async def _pay(self, session_id: str, given: Json) -> Json:
        attempt = self._dashboard.pay(
            session_id,
            take(given, "number", str, "4242424242424242"),
            debit_account=take(given, "debit_account", str, None),
            email=take(given, "email", str, None),
            authenticates=take(given, "authenticates", bool, True),
        )
        return asdict(attempt)

    async def _authenticate(self, session_id: str, given: Json) -> Json:
        ok = take(given, "ok", bool, True)
        return asdict(self._dashboard.authenticate(session_id, ok=ok))

    async def _settle(self, intent_id: str, given: Json) -> Json:
        self._dashboard.settle(intent_id, ok=take(given, "ok", bool, True))
        return {"settled": intent_id}

    async def _refund(self, charge_id: str, given: Json) -> Json:
        return self._dashboard.dashboard_refund(charge_id, take(given, "amount", int, None))

    async def _settle_refund(self, refund_id: str, _given: Json) -> Json:
        return self._dashboard.settle_refund(refund_id)

    async def _resend(self, event_id: str, _given: Json) -> Json:
        return {"taken": await self._dashboard.resend(event_id)}

    async def _plan(self, _id: str, given: Json) -> Json:
        kind = given.pop("kind", None)
        if kind not in get_args(PlanKind):
            raise ValueError(f"kind must be one of {', '.join(get_args(PlanKind))}")
        amount = float(take(given, "amount", (int, float), 1))
        event_type = take(given, "event_type", str, None)
        self._dashboard.deliveries.plan(kind, amount, event_type=event_type)
        return {"planned": self._dashboard.deliveries.planned()}

    async def _hold(self, _id: str, _given: Json) -> Json:
        self._dashboard.deliveries.hold()
        return {"holding": True}

    async def _release(self, _id: str, given: Json) -> Json:
        order: list[str] = take(given, "order", list, [])
        held = [event["id"] for event in self._dashboard.deliveries.held()]
        self._dashboard.deliveries.release(order)
        return {"released": held}


def _accepting(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def accept(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return _problem("send application/json", 415)
        try:
            given = json.loads(await request.body() or b"{}")
            if not isinstance(given, dict):
                return _problem("send a JSON object", 400)
            return JSONResponse(await action(request.path_params.get("id", ""), given))
        except ApiError as refusal:
            return JSONResponse(refusal.as_json(), refusal.status)
        except (UnreadableCardError, ValueError) as error:
            return _problem(str(error), 400)

    return accept


def _problem(message: str, status: int) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
