"""The pages an invitee sees at Calendly: choose, reschedule, cancel; plain forms, framed or not."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import calendly_views as views
from sandbox.calendly_agenda import ZONE, Agenda, NotOpen, Person, Resource
from sandbox.clock import SandboxClock

_STATIC = Path(__file__).parent / "static"
_SHOWN = timedelta(days=14)
_EMBEDDED = frozenset({"embed_domain", "embed_type"})
_TAKEN = "This time has just been taken."
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[Request], Awaitable[Response]]


class CalendlyPages:
    """Below `root`; everything works without JavaScript too."""

    def __init__(self, agenda: Agenda, clock: SandboxClock, root: str) -> None:
        self._agenda = agenda
        self._clock = clock
        self._root = root

    def routes(self) -> list[BaseRoute]:
        found: list[tuple[str, str, Handler]] = [
            ("/page/{key}", "GET", self._offer),
            ("/page/{key}", "POST", self._choose),
            ("/scheduled/{key}", "GET", self._scheduled),
            ("/reschedulings/{key}", "GET", self._offer_another),
            ("/reschedulings/{key}", "POST", self._move),
            ("/cancellations/{key}", "GET", self._ask),
            ("/cancellations/{key}", "POST", self._cancel),
            ("/static/calendly.css", "GET", _file("calendly.css")),
            ("/static/calendly.js", "GET", _file("calendly.js")),
        ]
        return [
            Route(f"{self._root}{path}", handler, methods=[verb]) for path, verb, handler in found
        ]

    async def _offer(self, request: Request) -> Response:
        if not self._agenda.link_is_open(request.path_params["key"]):
            return self._dead()
        return self._times(request, who=request.query_params)

    async def _choose(self, request: Request) -> Response:
        given, key = await _form(request), request.path_params["key"]
        if not self._agenda.link_is_open(key):
            return self._dead()
        starts_at, zone = _moment(given.get("start_time")), given.get("timezone", "")
        name, email = given.get("name", "").strip(), given.get("email", "").strip()
        if starts_at is None or not name or "@" not in email:
            problem = "Please give your name, your e-mail and a time."
            return self._times(request, who=given, status=422, problem=problem)
        zone = zone if zone in available_timezones() else ZONE.key
        try:
            invitee = self._agenda.take_link(
                key, starts_at, Person(name, email, zone, request.query_params)
            )
        except NotOpen:
            return self._times(request, who=given, status=409, problem=_TAKEN)
        return self._to_scheduled(request, invitee)

    async def _offer_another(self, request: Request) -> Response:
        if self._standing(request) is None:
            return self._dead()
        return self._times(request, who=None)

    async def _move(self, request: Request) -> Response:
        given, invitee = await _form(request), self._standing(request)
        if invitee is None:
            return self._dead()
        starts_at = _moment(given.get("start_time"))
        if starts_at is None:
            return self._times(request, who=None, status=422, problem="Please press a time.")
        try:
            moved = self._agenda.move(invitee, starts_at)
        except NotOpen:
            return self._times(request, who=None, status=409, problem=_TAKEN)
        return self._to_scheduled(request, moved)

    def _times(
        self,
        request: Request,
        *,
        who: Mapping[str, str] | None,
        status: int = 200,
        problem: str = "",
    ) -> Response:
        now = self._clock.now()
        starts = self._agenda.open_starts(now, now + _SHOWN)
        # The query says for which booking the time is, so it is kept.
        action = f"{request.url.path}?{request.url.query}".removesuffix("?")
        body = views.times(action, starts, who=who, problem=problem)
        return self._page("Choose a time", body, status=status)

    def _to_scheduled(self, request: Request, invitee: Resource) -> Response:
        key = invitee["uri"].rpartition("/")[2]
        kept = {name: request.query_params[name] for name in _EMBEDDED & _names(request)}
        return RedirectResponse(
            f"{self._root}/scheduled/{key}?{urlencode(kept)}".removesuffix("?"), 303
        )

    async def _scheduled(self, request: Request) -> Response:
        invitee = self._standing(request)
        if invitee is None:
            return self._dead()
        # As at Calendly, a page that does not say in whose frame it is tells nobody.
        embedded = _names(request) >= _EMBEDDED
        body = views.scheduled(invitee, self._starts_at(invitee), embedded=embedded)
        return self._page("You are scheduled", body)

    async def _ask(self, request: Request) -> Response:
        invitee = self._standing(request)
        if invitee is None:
            return self._dead()
        return self._page("Cancel", views.cancelling(invitee, self._starts_at(invitee)))

    async def _cancel(self, request: Request) -> Response:
        given, invitee = await _form(request), self._standing(request)
        if invitee is None:
            return self._dead()
        event = self._event_of(invitee)
        self._agenda.call_off(event, by="invitee", reason=given.get("reason", ""))
        return self._page("Cancelled", "<h1>The appointment is cancelled</h1>")

    def _standing(self, request: Request) -> Resource | None:
        invitee = self._agenda.invitee(request.path_params["key"])
        return invitee if invitee is not None and invitee["status"] == "active" else None

    def _event_of(self, invitee: Resource) -> Resource:
        event = self._agenda.event(invitee["event"].rpartition("/")[2])
        assert event is not None
        return event

    def _starts_at(self, invitee: Resource) -> datetime:
        start = datetime.fromisoformat(self._event_of(invitee)["start_time"])
        return start.astimezone(ZoneInfo(invitee["timezone"]))

    def _dead(self) -> Response:
        body = "<h1>This link is no longer valid</h1><p>It was used, or never made.</p>"
        return self._page("Link not valid", body, status=410)

    def _page(self, title: str, body: str, *, status: int = 200) -> Response:
        return HTMLResponse(views.page(self._root, title, body), status, _HEADERS)


def _names(request: Request) -> set[str]:
    return set(request.query_params)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


async def _form(request: Request) -> dict[str, str]:
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=20))


def _file(name: str) -> Handler:
    async def serve(_: Request) -> Response:
        return FileResponse(_STATIC / name, headers={"X-Content-Type-Options": "nosniff"})

    return serve
