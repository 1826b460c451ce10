"""What the Calendly stand-in knows: a host's open times, appointments, invitees and links."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sandbox.clock import SandboxClock
from sandbox.shelf import Shelf

API = "https://api.calendly.com"
USER = f"{API}/users/SANDBOXLENA"
EVENT_TYPE = f"{API}/event_types/SANDBOXCAREER"
NAME = "Career talk"
LENGTH = timedelta(minutes=30)
ZONE = ZoneInfo("Europe/Berlin")

_OPENS, _CLOSES = time(9), time(17)
_WORKDAYS = range(5)
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
TRACKING = (*UTM, "salesforce_uuid")

Resource = dict[str, Any]


class NotOpen(Exception):
    """The time is past, outside the host's hours, or taken."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who makes an appointment; `tracking` may hold more than Calendly keeps."""

    name: str
    email: str
    zone: str
    tracking: Mapping[str, Any]


class Agenda:
    """The host's calendar. `tell` is called with a webhook's type and its invitee.

    Resources are in the form in which the API shows them, under the last part of their address.
    """

    def __init__(
        self,
        clock: SandboxClock,
        shelf: Callable[[str], Shelf],
        *,
        pages: str,
        tell: Callable[[str, Resource], None],
    ) -> None:
        self._clock = clock
        self._pages = pages
        self._tell = tell
        self._events = shelf("events")
        self._invitees = shelf("invitees")
        self._links = shelf("links")
        self._busy = shelf("busy")

    # --- open times ---

    def close_times(self, starts_at: datetime, ends_at: datetime) -> None:
        taken = {"start": starts_at.isoformat(), "end": ends_at.isoformat()}
        self._busy.put(uuid4().hex, taken)

    def open_starts(self, start: datetime, end: datetime) -> list[datetime]:
        """Starts from `start` on and before `end` that can be had, in order."""
        taken = list(self._taken())
        earliest = max(start, self._clock.now())
        return [
            slot
            for slot in _grid(start, end)
            if slot >= earliest
            and not any(slot < until and since < slot + LENGTH for since, until in taken)
        ]

    def _taken(self) -> Iterator[tuple[datetime, datetime]]:
        for taken in self._busy.all():
            yield datetime.fromisoformat(taken["start"]), datetime.fromisoformat(taken["end"])
        for event in self.events(active=True):
            starts_at = datetime.fromisoformat(event["start_time"])
            yield starts_at, starts_at + LENGTH

    # --- appointments ---

    def events(self, *, active: bool) -> list[Resource]:
        """Oldest first."""
        found = self._events.all()
        return [event for event in found if event["status"] == "active" or not active]

    def event(self, event_id: str) -> Resource | None:
        return self._events.get(event_id)

    def settle_room(self, event: Resource) -> None:
        """Conferencing is set up in the background: whoever looks again finds its address."""
        if event["location"]["status"] == "processing":
            number = int(_id(event["uri"])[:9], 16)
            url = f"https://zoom.example/j/{number}"
            room = {"type": "zoom_conference", "status": "pushed", "join_url": url}
            self._change(self._events, event, location=room)

    def invitees(self) -> list[Resource]:
        """Oldest first."""
        return self._invitees.all()

    def invitees_of(self, event: Resource) -> list[Resource]:
        return [each for each in self._invitees.all() if each["event"] == event["uri"]]

    def invitee(self, invitee_id: str) -> Resource | None:
        return self._invitees.get(invitee_id)

    def make(
        self, starts_at: datetime, person: Person, *, replaces: Resource | None = None
    ) -> Resource:
        """The new invitee, with an appointment of their own. Raises NotOpen."""
        if starts_at not in self.open_starts(starts_at, starts_at + LENGTH):
            raise NotOpen
        event = self._new_event(starts_at)
        invitee = self._new_invitee(event, person, replaces)
        self._tell("invitee.created", invitee)
        return invitee

    def move(self, old: Resource, starts_at: datetime) -> Resource:
        """A new invitee takes the old one's place. Raises NotOpen."""
        person = Person(old["name"], old["email"], old["timezone"], old["tracking"])
        new = self.make(starts_at, person, replaces=old)
        replaced = self._change(self._invitees, old, rescheduled=True, new_invitee=new["uri"])
        event = self._events.get(_id(replaced["event"]))
        assert event is not None
        self.call_off(event, by="invitee", reason="Rescheduled")
        return new

    def forget_tracking(self, invitee_id: str) -> None:
        invitee = self._invitees.get(invitee_id)
        assert invitee is not None, "no such invitee"
        self._change(self._invitees, invitee, tracking=dict.fromkeys(TRACKING))

    def call_off(self, event: Resource, *, by: str, reason: str) -> Resource:
        """The cancellation, in the form in which the API shows it."""
        cancellation = {
            "canceled_by": NAME if by == "host" else "Invitee",
            "reason": reason,
            "canceler_type": by,
            "created_at": self._now(),
        }
        self._change(self._events, event, status="canceled", cancellation=cancellation)
        for invitee in self.invitees_of(event):
            if invitee["status"] == "active":
                gone = self._change(
                    self._invitees, invitee, status="canceled", cancellation=cancellation
                )
                self._tell("invitee.canceled", gone)
        return cancellation

    def _new_event(self, starts_at: datetime) -> Resource:
        key, now = uuid4().hex, self._now()
        event = {
            "uri": f"{API}/scheduled_events/{key}",
            "name": NAME,
            "status": "active",
            "start_time": as_text(starts_at),
            "end_time": as_text(starts_at + LENGTH),
            "event_type": EVENT_TYPE,
            "location": {"type": "zoom_conference", "status": "processing"},
            "invitees_counter": {"total": 1, "active": 1, "limit": 1},
            "event_memberships": [{"user": USER}],
            "event_guests": [],
            "created_at": now,
            "updated_at": now,
        }
        self._events.put(key, event)
        return event

    def _new_invitee(self, event: Resource, person: Person, replaces: Resource | None) -> Resource:
        key, now = uuid4().hex, self._now()
        invitee = {
            "uri": f"{event['uri']}/invitees/{key}",
            "event": event["uri"],
            "email": person.email,
            "name": person.name,
            "status": "active",
            "timezone": person.zone,
            "cancel_url": f"{self._pages}/cancellations/{key}",
            "reschedule_url": f"{self._pages}/reschedulings/{key}",
            "rescheduled": False,
            "old_invitee": replaces["uri"] if replaces else None,
            "new_invitee": None,
            "questions_and_answers": [],
            "tracking": {name: person.tracking.get(name) for name in TRACKING},
            "payment": None,
            "created_at": now,
            "updated_at": now,
        }
        self._invitees.put(key, invitee)
        return invitee

    # --- single-use links ---

    def new_link(self) -> str:
        """The link's address."""
        key = uuid4().hex[:12]
        self._links.put(key, {"used": False})
        return f"{self._pages}/page/{key}"

    def link_is_open(self, key: str) -> bool:
        link = self._links.get(key)
        return link is not None and not link["used"]

    def take_link(self, key: str, starts_at: datetime, person: Person) -> Resource:
        """The invitee; the link dies. Raises NotOpen, also for a dead link."""
        if not self.link_is_open(key):
            raise NotOpen
        invitee = self.make(starts_at, person)
        self._links.put(key, {"used": True})
        return invitee

    def _change(self, shelf: Shelf, resource: Resource, **changes: Any) -> Resource:
        changed = resource | changes | {"updated_at": self._now()}
        shelf.put(_id(resource["uri"]), changed)
        return changed

    def _now(self) -> str:
        return as_text(self._clock.now())


def as_text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _id(uri: str) -> str:
    return uri.rpartition("/")[2]


def _grid(start: datetime, end: datetime) -> Iterator[datetime]:
    """Every start of the host's hours from `start` on and before `end`, in UTC."""
    day = start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        opens = datetime.combine(day, _OPENS, ZONE).astimezone(UTC)
        closes = datetime.combine(day, _CLOSES, ZONE).astimezone(UTC)
        while day.weekday() in _WORKDAYS and opens < closes:
            if start <= opens < end:
                yield opens
            opens += LENGTH
        day += timedelta(days=1)
