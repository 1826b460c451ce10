"""Google Calendar's stand-in: sign-in, free/busy, events that keep their ids, and Meet rooms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sandbox.google_errors import api_error, invalid
from sandbox.google_free_busy import Query, always_busy, joined
from sandbox.google_meet import Meet, settled, with_room
from sandbox.google_resource import checked, checked_id, interval, merged
from sandbox.google_sign_in import EVENTS, FREE_BUSY, SignIn, service_account_json
from sandbox.standin import Answer, Asked, Endpoint, Refused, Stage, StandIn
from services.domain.slots import Interval

ACCOUNT = "marcus@example.com"

_EVENTS = "/calendar/v3/calendars/{calendar}/events"
_EVENT = f"{_EVENTS}/{{event}}"
_REASONS = {400: "badRequest", 401: "authError", 404: "notFound", 429: "rateLimitExceeded"}
_WRITING = {
    "sendUpdates": ("all", "externalOnly", "none"),
    "conferenceDataVersion": ("0", "1"),
}
_DELETING = {"sendUpdates": _WRITING["sendUpdates"]}


class GoogleSandbox(StandIn):
    """`accounts` are whose calendars there are; the refresh token is the first one's.

    `meet` says how rooms come to be. Like Google it refuses no event for being busy.
    """

    name = "google"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.accounts = [ACCOUNT]
        self.meet = Meet.LATER
        self.sign_in = SignIn(stage.clock.now, self.accounts, owner=ACCOUNT)
        self._events = self.shelf("events")
        self._blocks = self.shelf("blocks")

    @property
    def service_account_json(self) -> str:
        """The key file to give to the product."""
        return service_account_json()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Google's resources of what is in the calendars now, oldest first."""
        return [event for event in self.history if event["status"] != "cancelled"]

    @property
    def history(self) -> list[dict[str, Any]]:
        """Every event there ever was, deleted ones too, oldest first."""
        return [kept["event"] for kept in self._events.all()]

    def busy(self, account: str, starts_at: datetime, ends_at: datetime) -> None:
        """Let the account be busy for a while with something that is not ours."""
        block = {"account": account, "start": starts_at.isoformat(), "end": ends_at.isoformat()}
        self._blocks.put(uuid4().hex, block)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("POST", "/token", "token", self.sign_in.token, open=True),
            Endpoint("POST", "/calendar/v3/freeBusy", "freebusy", self._free_busy),
            Endpoint("POST", _EVENTS, "insert", self._insert),
            Endpoint("GET", _EVENT, "get", self._get),
            Endpoint("PATCH", _EVENT, "patch", self._patch),
            Endpoint("DELETE", _EVENT, "delete", self._delete),
        ]

    def authorized(self, headers: Mapping[str, str]) -> bool:
        return self.sign_in.session(headers) is not None

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        reason = _REASONS.get(status, "backendError")
        domain = "usageLimits" if status == 429 else "global"
        return api_error(status, reason, message, domain=domain, wait=wait_seconds)

    def refusal(self, operation: str) -> Answer:
        """A calendar that is busy all the time, or one that takes no more events."""
        if operation == "freebusy":
            busy = {"busy": always_busy()}
            return Answer(200, {"calendars": dict.fromkeys([*self.accounts, "primary"], busy)})
        if operation == "insert":
            message = "Calendar usage limits exceeded."
            return api_error(403, "calendarUsageLimitsExceeded", message, domain="usageLimits")
        return super().refusal(operation)

    def shown(self) -> list[dict[str, Any]]:
        return [_shown(kept["account"], kept["event"]) for kept in reversed(self._events.all())]

    def _free_busy(self, asked: Asked) -> Answer:
        _check_query(asked, {})
        query = Query.read(asked.body)
        told = {name: self._busy_of(asked, name, query.span) for name in query.calendars}
        return Answer(200, {"kind": "calendar#freeBusy", "calendars": told})

    def _busy_of(self, asked: Asked, name: str, span: Interval) -> dict[str, Any]:
        account = self._account(asked, name, FREE_BUSY)
        if account is None:
            return {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        taken = [*self._taken(account), *self._blocked(account)]
        return {"busy": joined(t for t in taken if t.start < span.end and span.start < t.end)}

    def _taken(self, account: str) -> list[Interval]:
        return [
            interval(kept["event"])
            for kept in self._events.all()
            if kept["account"] == account
            and kept["event"]["status"] != "cancelled"
            and kept["event"].get("transparency") != "transparent"
        ]

    def _blocked(self, account: str) -> list[Interval]:
        return [
            Interval(datetime.fromisoformat(block["start"]), datetime.fromisoformat(block["end"]))
            for block in self._blocks.all()
            if block["account"] == account
        ]

    def _insert(self, asked: Asked) -> Answer:
        _check_query(asked, _WRITING)
        account = self._calendar(asked)
        body = checked(asked.body, more=frozenset({"id"}))
        event_id = checked_id(body.get("id", uuid4().hex))
        if self._events.get(f"{account}/{event_id}"):
            raise Refused(api_error(409, "duplicate", "The requested identifier already exists."))
        now = _text(self.stage.clock.now())
        event = {"status": "confirmed", **body, "id": event_id, "kind": "calendar#event"}
        event |= {"created": now, "organizer": {"email": account, "self": True}}
        return self._write(account, event, asked)

    def _get(self, asked: Asked) -> Answer:
        _check_query(asked, {})
        account, event = self._event(asked)
        return self._keep(account, settled(event, self.meet))

    def _patch(self, asked: Asked) -> Answer:
        _check_query(asked, _WRITING)
        account, event = self._event(asked)
        changes = {**checked(asked.body)}
        changes.pop("conferenceData", None)
        return self._write(account, merged(event, changes), asked)

    def _delete(self, asked: Asked) -> Answer:
        _check_query(asked, _DELETING)
        account, event = self._event(asked)
        if event["status"] == "cancelled":
            raise Refused(api_error(410, "deleted", "Resource has been deleted"))
        self._keep(account, event | {"status": "cancelled"})
        return Answer(204)

    def _write(self, account: str, event: Mapping[str, Any], asked: Asked) -> Answer:
        """Keep the event as written, its times and its room as Google would tell them."""
        at = interval(event)
        written = dict(event) | {"updated": _text(self.stage.clock.now())}
        for name, when in (("start", at.start), ("end", at.end)):
            zone = event[name].get("timeZone", "UTC")
            written[name] = {"dateTime": _text(when.astimezone(ZoneInfo(zone))), "timeZone": zone}
        before = self._events.get(f"{account}/{event['id']}")
        for name in ("conferenceData", "hangoutLink"):
            written.pop(name, None)
            if before and name in before["event"]:
                written[name] = before["event"][name]
        if asked.query.get("conferenceDataVersion") == "1" and "conferenceData" in asked.body:
            written = with_room(written, asked.body["conferenceData"], self.meet)
        return self._keep(account, written)

    def _keep(self, account: str, event: dict[str, Any]) -> Answer:
        self._events.put(f"{account}/{event['id']}", {"account": account, "event": event})
        return Answer(200, event)

    def _event(self, asked: Asked) -> tuple[str, dict[str, Any]]:
        account = self._calendar(asked)
        kept = self._events.get(f"{account}/{asked.path['event']}")
        if kept is None:
            raise Refused(api_error(404, "notFound", "Not Found"))
        return account, kept["event"]

    def _calendar(self, asked: Asked) -> str:
        account = self._account(asked, asked.path["calendar"], EVENTS)
        if account is None:
            raise Refused(api_error(404, "notFound", "Not Found"))
        return account

    def _account(self, asked: Asked, name: str, scope: str) -> str | None:
        """Whose calendar is meant; None when whoever is signed in sees no such calendar."""
        session = self.sign_in.session(asked.headers)
        assert session is not None  # the frame lets nobody else in
        if scope not in session.scopes:
            message = "Request had insufficient authentication scopes."
            raise Refused(api_error(403, "insufficientPermissions", message))
        account = session.subject if name == "primary" else name
        return account if account == session.subject and account in self.accounts else None


def _check_query(asked: Asked, allowed: Mapping[str, tuple[str, ...]]) -> None:
    for name, value in asked.query.items():
        if value not in allowed.get(name, ()):
            raise invalid(f"Invalid value for the parameter {name}.", "invalidParameter")


def _shown(account: str, event: Mapping[str, Any]) -> dict[str, Any]:
    at = interval(event)
    guests = [guest["email"] for guest in event.get("attendees", [])]
    details = {
        "Calendar": account,
        "Until": _text(at.end),
        "Guests": ", ".join(guests) or "none",
        "Room": event.get("hangoutLink", "none"),
        "Location": event.get("location", "none"),
    }
    return {
        "id": event["id"],
        "title": event.get("summary", ""),
        "state": event["status"],
        "at": _text(at.start),
        "details": details,
    }


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
