"""The JSON API below /sandbox/api, by which the page and anybody with curl steer the sandbox."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox import overview
from sandbox.faults import ONLY, Fault, FaultKind
from sandbox.mails import Mail
from sandbox.overview import Json
from sandbox.stripe.control import Control as StripeControl

if TYPE_CHECKING:
    from sandbox.app import Sandbox

_LONGEST_MOVE = timedelta(days=400)
_MOST_TIMES = 100
GOOGLE_HOST = "marcus@example.com"
"""The one calendar that Google's stand-in knows."""
_LONGEST_DELAY_SECONDS = 60.0
_ISO_DURATION = re.compile(
    r"P(?=.)(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)

# A mail is shown as it is, in a frame of its own: no script, no form, nothing from elsewhere.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}
_Action = Callable[[Json], Awaitable[Json]]


class _BadRequest(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


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
            Route("/clock", _accepting(self._move_clock), methods=["POST"]),
            Route("/faults", _accepting(self._plan_fault), methods=["POST"]),
            Route("/faults", self._clear_faults, methods=["DELETE"]),
            Route("/outages", _accepting(self._take_down), methods=["POST"]),
            Route("/busy", _accepting(self._close_time), methods=["POST"]),
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
        by = _duration(given, "advance")
        if not timedelta() < by <= _LONGEST_MOVE:
            raise _BadRequest(f"advance must be more than 0 and at most {_LONGEST_MOVE.days} days")
        await self._sandbox.advance(by)
        return overview.clock(self._sandbox)

    async def _plan_fault(self, given: Json) -> Json:
        kinds = [kind.value for kind in FaultKind]
        service = _one_of(given, "service", overview.services(self._sandbox))
        kind = FaultKind(_one_of(given, "kind", kinds))
        times = _number(given, "times", 1, at_least=1, at_most=_MOST_TIMES)
        seconds = _number(given, "seconds", 0, at_least=0, at_most=_LONGEST_DELAY_SECONDS)
        allowed = ONLY.get(service.rpartition(".")[2], frozenset(FaultKind))
        if kind not in allowed:
            raise _BadRequest(f"{service} can't {kind}: {', '.join(sorted(allowed))}")
        if times % 1:
            raise _BadRequest("times must be a whole number")
        if kind in (FaultKind.DELAY, FaultKind.HANG) and seconds == 0:
            raise _BadRequest("seconds must say how long it takes")
        self._sandbox.faults.plan(service, Fault(kind, seconds), int(times))
        return overview.faults(self._sandbox)

    async def _take_down(self, given: Json) -> Json:
        names = ["mail", "stripe", *(standin.name for standin in self._sandbox.standins)]
        service = _one_of(given, "service", names)
        lasting = _duration(given, "for")
        if lasting <= timedelta():
            raise _BadRequest("for must be more than 0")
        self._sandbox.faults.take_down(service, self._sandbox.clock.now() + lasting)
        return overview.faults(self._sandbox)

    async def _close_time(self, given: Json) -> Json:
        """Somebody else is with the host then: entered in the host's own calendar."""
        calendars: dict[str, Callable[[datetime, datetime], object]] = {
            "calcom": self._sandbox.calcom.busy,
            "google": partial(self._sandbox.google.busy, GOOGLE_HOST),
            "calendly": self._sandbox.calendly.busy,
        }
        service = _one_of(given, "service", list(calendars))
        starts_at, ends_at = _moment(given, "startsAt"), _moment(given, "endsAt")
        if ends_at <= starts_at:
            raise _BadRequest("endsAt must be later than startsAt")
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
            return shown or _problem("There is no such mail, or nothing of this kind in it.", 404)

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


def _accepting(action: _Action) -> Callable[[Request], Awaitable[Response]]:
    async def accept(request: Request) -> Response:
        try:
            return JSONResponse(await action(await _given(request)))
        except _BadRequest as problem:
            return _problem(str(problem), problem.status)

    return accept


async def _given(request: Request) -> Json:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise _BadRequest("send application/json", 415)
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _BadRequest("send a JSON object")
    return given


def _one_of(given: Json, name: str, allowed: tuple[str, ...] | list[str]) -> str:
    value = given.get(name)
    if value not in allowed:
        raise _BadRequest(f"{name} must be one of {', '.join(allowed)}")
    return str(value)


def _number(given: Json, name: str, default: float, *, at_least: float, at_most: float) -> float:
    value: Any = given.get(name, default)
    # The comparison also turns NaN away, which JSON as Python reads it may hold.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _BadRequest(f"{name} must be a number")
    if not at_least <= value <= at_most:
        raise _BadRequest(f"{name} must be from {at_least:g} to {at_most:g}")
    return float(value)


def _moment(given: Json, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given[name])
    except (KeyError, TypeError, ValueError):
        raise _BadRequest(f"{name} must be a moment such as 2026-12-01T09:00:00Z") from None
    if moment.tzinfo is None:
        raise _BadRequest(f"{name} must say its offset from UTC")
    return moment


def _duration(given: Json, name: str) -> timedelta:
    """Seconds, or an ISO 8601 duration without years and months, whose lengths vary."""
    value = given.get(name)
    if isinstance(value, str) and (parts := _ISO_DURATION.fullmatch(value)):
        return timedelta(**{unit: int(count) for unit, count in parts.groupdict("0").items()})
    most = _LONGEST_MOVE.total_seconds()
    if isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value <= most:
        return timedelta(seconds=value)
    raise _BadRequest(f"{name} must be seconds or a duration such as PT35M or P3D, up to 400 days")


def _problem(message: str, status: int) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
