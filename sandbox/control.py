"""The JSON API below /sandbox/api, by which the page and anybody with curl steer the sandbox."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox import overview
from sandbox.asked_json import (
    LONGEST,
    BadRequest,
    Json,
    accepting,
    duration,
    moment,
    number,
    one_of,
    refusal,
)
from sandbox.faults import ONLY, Fault, FaultKind
from sandbox.mails import Mail
from sandbox.stripe.control import Control as StripeControl

if TYPE_CHECKING:
    from sandbox.app import Sandbox

_MOST_TIMES = 100
GOOGLE_HOST = "marcus@example.com"
"""The one calendar that Google's stand-in knows."""
_LONGEST_DELAY_SECONDS = 60.0

# A mail is shown as it is, in a frame of its own: no script, no form, nothing from elsewhere.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}


class Control:
    """Routes to be mounted at /sandbox/api.

    POST takes a JSON object as `application/json` only, and DELETE cannot come from a form: a page
    of another origin cannot send either unasked. Problems are `{"error": {"message": …}}`.
    """

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> list[BaseRoute]:
        mail = "/mails/{number:int}"
        return [
            Route("/state", self._state, methods=["GET"]),
            Route("/clock", accepting(self._move_clock), methods=["POST"]),
            Route("/faults", accepting(self._plan_fault), methods=["POST"]),
            Route("/faults", self._clear_faults, methods=["DELETE"]),
            Route("/outages", accepting(self._take_down), methods=["POST"]),
            Route("/busy", accepting(self._close_time), methods=["POST"]),
            Route("/stripe/deliveries", self._clear_deliveries, methods=["DELETE"]),
            Mount("/stripe", routes=self._stripe_routes()),
            Route(f"{mail}.eml", self._mail(_source), methods=["GET"]),
            Route(f"{mail}.ics", self._mail(_invitation), methods=["GET"]),
            Route(f"{mail}/html", self._mail(_html), methods=["GET"]),
        ]

    def _stripe_routes(self) -> list[BaseRoute]:
        """What Stripe's stand-in offers below its own /_control, at this API's address."""
        offered = StripeControl(self._sandbox.stripe).routes()
        return [
            Route(route.path.removeprefix("/_control"), route.endpoint, methods=list(route.methods))
            for route in offered
            if route.methods
        ]

    async def _state(self, request: Request) -> Response:
        """Everything there is to see; 304 for whoever has it and nothing but time has passed."""
        state = overview.everything(self._sandbox)
        state["troubles"] = await self._troubles()
        clock = overview.clock(self._sandbox)
        seen = json.dumps([state, clock["offsetSeconds"]]).encode()
        headers = {"ETag": f'"{sha256(seen).hexdigest()}"', "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return JSONResponse(state | {"clock": clock}, headers=headers)

    async def _troubles(self) -> list[Json]:
        """What the product wrote into its error log, newest first."""
        if self._sandbox.troubles is None:
            return []
        rows = await self._sandbox.troubles()
        return [
            {
                "source": row["source"],
                "vendor": row["vendor"],
                "bookingId": row["booking_id"] and str(row["booking_id"]),
                "message": row["message"],
                "final": row["final"],
                "times": row["times"],
                "correlationId": row["correlation_id"],
                "at": (row["last_at"] or row["created_at"]).isoformat(),
                "resolved": row["resolved_at"] is not None,
            }
            for row in rows
        ]

    async def _move_clock(self, given: Json) -> Json:
        by = duration(given, "advance")
        if not timedelta() < by <= LONGEST:
            raise BadRequest(f"advance must be more than 0 and at most {LONGEST.days} days")
        await self._sandbox.advance(by)
        return overview.clock(self._sandbox)

    async def _plan_fault(self, given: Json) -> Json:
        kinds = [kind.value for kind in FaultKind]
        service = one_of(given, "service", overview.services(self._sandbox))
        kind = FaultKind(one_of(given, "kind", kinds))
        times = number(given, "times", 1, at_least=1, at_most=_MOST_TIMES)
        seconds = number(given, "seconds", 0, at_least=0, at_most=_LONGEST_DELAY_SECONDS)
        allowed = ONLY.get(service.rpartition(".")[2], frozenset(FaultKind))
        if kind not in allowed:
            raise BadRequest(f"{service} can't {kind}: {', '.join(sorted(allowed))}")
        if times % 1:
            raise BadRequest("times must be a whole number")
        if kind in (FaultKind.DELAY, FaultKind.HANG) and seconds == 0:
            raise BadRequest("seconds must say how long it takes")
        self._sandbox.faults.plan(service, Fault(kind, seconds), int(times))
        return overview.faults(self._sandbox)

    async def _take_down(self, given: Json) -> Json:
        names = ["mail", "stripe", *(standin.name for standin in self._sandbox.standins)]
        service = one_of(given, "service", names)
        lasting = duration(given, "for")
        if lasting <= timedelta():
            raise BadRequest("for must be more than 0")
        self._sandbox.faults.take_down(service, self._sandbox.clock.now() + lasting)
        return overview.faults(self._sandbox)

    async def _close_time(self, given: Json) -> Json:
        """Somebody else is with the host then: entered in the host's own calendar."""
        calendars: dict[str, Callable[[datetime, datetime], object]] = {
            "calcom": self._sandbox.calcom.busy,
            "google": partial(self._sandbox.google.busy, GOOGLE_HOST),
            "calendly": self._sandbox.calendly.busy,
        }
        service = one_of(given, "service", list(calendars))
        starts_at, ends_at = moment(given, "startsAt"), moment(given, "endsAt")
        if ends_at <= starts_at:
            raise BadRequest("endsAt must be later than startsAt")
        calendars[service](starts_at, ends_at)
        return {"service": service, "startsAt": given["startsAt"], "endsAt": given["endsAt"]}

    async def _clear_faults(self, _request: Request) -> Response:
        self._sandbox.faults.clear()
        return JSONResponse(overview.faults(self._sandbox))

    async def _clear_deliveries(self, _request: Request) -> Response:
        self._sandbox.stripe.deliveries.clear_plans()
        return JSONResponse({"planned": []})

    def _mail(
        self, render: Callable[[Mail], Response | None]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            mail = self._sandbox.inbox.find(request.path_params["number"])
            shown = render(mail) if mail else None
            return shown or refusal("There is no such mail, or nothing of this kind in it.", 404)

        return show


def _source(mail: Mail) -> Response:
    return _download(mail.source, "message/rfc822", f"mail-{mail.number}.eml")


def _invitation(mail: Mail) -> Response | None:
    file = mail.invitation
    if file is None:
        return None
    return _download(file.content, "text/calendar", f"mail-{mail.number}.ics")


def _html(mail: Mail) -> Response | None:
    if mail.html is None:
        return None
    headers = {"Content-Security-Policy": _MAIL_POLICY, **_NO_SNIFFING}
    return Response(mail.html, media_type="text/html", headers=headers)


def _download(content: bytes, media_type: str, filename: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, media_type=media_type, headers=disposition | _NO_SNIFFING)
