"""The Calendly stand-in's API, as strict as the real one about what it is asked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox import calendly_checks as checks
from sandbox.calendly_agenda import EVENT_TYPE, USER, Agenda, NotOpen, Resource, as_text
from sandbox.clock import SandboxClock
from sandbox.shelf import Shelf
from sandbox.standin import Answer, Asked, Endpoint, Refused

GONE = "The time is no longer available."

_LONGEST_SPAN = timedelta(days=31)
_DAILY_BUDGET = 100


class CalendlyApi:
    """The endpoints; `spent` counts the day's bookings, `url` is the stand-in's own address."""

    def __init__(self, agenda: Agenda, clock: SandboxClock, spent: Shelf, url: str) -> None:
        self._agenda = agenda
        self._clock = clock
        self._spent = spent
        self._url = url

    def endpoints(self) -> list[Endpoint]:
        event = "/scheduled_events/{event}"
        return [
            Endpoint(
                "GET", "/event_type_available_times", "available_times", self._available_times
            ),
            Endpoint("POST", "/invitees", "book", self._book),
            Endpoint("GET", "/scheduled_events", "events", self._list_events),
            Endpoint("GET", event, "event", self._read_event),
            Endpoint("GET", f"{event}/invitees", "invitees", self._list_invitees),
            Endpoint("GET", f"{event}/invitees/{{invitee}}", "invitee", self._read_invitee),
            Endpoint("POST", f"{event}/cancellation", "cancel", self._cancel),
            Endpoint("POST", "/scheduling_links", "link", self._link),
        ]

    def _available_times(self, asked: Asked) -> Answer:
        query = checks.only(asked.query, ("event_type", "start_time", "end_time"))
        checks.event_type(query, "event_type")
        start, end = checks.utc(query, "start_time"), checks.utc(query, "end_time")
        if start < self._clock.now():
            raise checks.wrong("start_time", "must be in the future")
        if end <= start:
            raise checks.wrong("end_time", "must be after the start")
        if end - start > _LONGEST_SPAN:
            raise checks.wrong("end_time", "must be at most 31 days after the start")
        times = [
            {
                "status": "available",
                "invitees_remaining": 1,
                "start_time": as_text(slot),
                "scheduling_url": f"{self._url}/career-talk/{as_text(slot)}",
            }
            for slot in self._agenda.open_starts(start, end)
        ]
        return Answer(200, {"collection": times})

    def _book(self, asked: Asked) -> Answer:
        told = self._use_budget()
        fields = ("event_type", "start_time", "invitee", "tracking", "event_guests")
        body = checks.only(asked.body, (*fields, "questions_and_answers"))
        checks.event_type(body, "event_type")
        starts_at, person = checks.utc(body, "start_time"), checks.person(body)
        if starts_at <= self._clock.now():
            raise checks.wrong("start_time", "must be in the future")
        try:
            invitee = self._agenda.make(starts_at, person)
        except NotOpen:
            raise Refused(checks.error(409, GONE, headers=told)) from None
        return Answer(201, {"resource": invitee}, told)

    def spend(self, bookings: int) -> None:
        day = self._clock.now().date().isoformat()
        self._spent.put(day, {"count": self._spent_on(day) + bookings})

    def _spent_on(self, day: str) -> int:
        spent = self._spent.get(day)
        return int(spent["count"]) if spent else 0

    def _use_budget(self) -> dict[str, str]:
        """One of the day's bookings; the limits as headers."""
        now = self._clock.now()
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
        until_reset = round((midnight - now).total_seconds())
        left = _DAILY_BUDGET - self._spent_on(now.date().isoformat())
        if left <= 0:
            message = "The limit of bookings a day was reached."
            raise Refused(checks.error(429, message, headers=limits(0, until_reset)))
        self.spend(1)
        return limits(left - 1, until_reset)

    def _list_events(self, asked: Asked) -> Answer:
        names = ("user", "invitee_email", "min_start_time", "max_start_time", "status", "sort")
        query = checks.only(asked.query, (*names, "count", "page_token"))
        if checks.words(query, "user") != USER:
            raise Refused(checks.error(403, "You do not have permission to access this user."))
        low = checks.utc(query, "min_start_time") if "min_start_time" in query else None
        high = checks.utc(query, "max_start_time") if "max_start_time" in query else None
        found = [
            event
            for event in self._agenda.events(active=False)
            if query.get("status", event["status"]) == event["status"]
            and (low is None or datetime.fromisoformat(event["start_time"]) >= low)
            and (high is None or datetime.fromisoformat(event["start_time"]) <= high)
            and self._invites(event, query.get("invitee_email"))
        ]
        return _listed(found, query)

    def _invites(self, event: Resource, email: str | None) -> bool:
        guests = self._agenda.invitees_of(event)
        return email is None or any(guest["email"] == email for guest in guests)

    def _read_event(self, asked: Asked) -> Answer:
        event = self._event(asked)
        answer = Answer(200, {"resource": event})
        self._agenda.settle_room(event)
        return answer

    def _list_invitees(self, asked: Asked) -> Answer:
        query = checks.only(asked.query, ("status", "email", "sort", "count", "page_token"))
        return _listed(self._agenda.invitees_of(self._event(asked)), query)

    def _read_invitee(self, asked: Asked) -> Answer:
        invitee = self._agenda.invitee(asked.path["invitee"])
        if invitee is None or invitee["event"] != self._event(asked)["uri"]:
            raise checks.not_found()
        return Answer(200, {"resource": invitee})

    def _cancel(self, asked: Asked) -> Answer:
        body = checks.only(asked.body or {}, ("reason",))
        event = self._event(asked)
        if len(str(body.get("reason", ""))) > 10_000:
            raise checks.wrong("reason", "must be at most 10000 characters")
        if event["status"] != "active":
            raise Refused(checks.error(403, "The event is already canceled."))
        reason = str(body.get("reason", ""))
        return Answer(201, {"resource": self._agenda.call_off(event, by="host", reason=reason)})

    def _link(self, asked: Asked) -> Answer:
        body = checks.only(asked.body, ("max_event_count", "owner", "owner_type"))
        if body.get("max_event_count") != 1:
            raise checks.wrong("max_event_count", "must be 1")
        if body.get("owner_type") != "EventType":
            raise checks.wrong("owner_type", "must be EventType")
        checks.event_type(body, "owner")
        link = {
            "booking_url": self._agenda.new_link(),
            "owner": EVENT_TYPE,
            "owner_type": "EventType",
        }
        return Answer(201, {"resource": link})

    def _event(self, asked: Asked) -> Resource:
        event = self._agenda.event(asked.path["event"])
        if event is None:
            raise checks.not_found()
        return event


def limits(remaining: int, reset_s: int) -> dict[str, str]:
    """The headers that tell the caller's budget."""
    return {
        "X-RateLimit-Limit": str(_DAILY_BUDGET),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset_s),
    }


def _listed(found: list[Resource], query: Mapping[str, Any]) -> Answer:
    """One page of a list; a page token is where it begins."""
    count = checks.number(query, "count", 20)
    first = checks.number(query, "page_token", 0)
    if not 1 <= count <= 100:
        raise checks.wrong("count", "must be from 1 to 100")
    following = first + count if first + count < len(found) else None
    page = found[first : first + count]
    pagination = {
        "count": len(page),
        "next_page": None,
        "next_page_token": None if following is None else str(following),
    }
    return Answer(200, {"collection": page, "pagination": pagination})
