"""What a booking looks like as an event of Google Calendar, and reading one back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import uuid5

from services.domain.slots import Interval
from services.log import correlation_id
from services.providers.calendar_ports import Appointment
from services.providers.moments import in_utc


@dataclass(frozen=True, slots=True)
class Conference:
    """The event's video room: `url` is None unless it is READY, `request` is the id under which it
    was asked for, None when it never was."""

    state: Literal["READY", "PENDING", "MISSING"]
    url: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as Google tells it; `at` is None for whole days and where a deleted one keeps no
    time, `booking_id` None where it carries none."""

    cancelled: bool
    at: Interval | None
    booking_id: str | None
    conference: Conference

    @classmethod
    def read(cls, given: Any) -> "Event":
        """Raises AttributeError, KeyError, TypeError or ValueError for what is no event."""
        cancelled = given["status"] == "cancelled"
        kept = given.get("extendedProperties", {}).get("private", {})
        return cls(
            cancelled, _interval(given, cancelled), kept.get("booking_id"), _conference(given)
        )


def event_id(wanted: Appointment) -> str:
    """The booking's id in the letters that Google allows: inserting twice is a conflict."""
    return wanted.booking_id.hex


def new_event(wanted: Appointment) -> dict[str, Any]:
    """The body of an insert."""
    body = {"id": event_id(wanted)} | contents(wanted)
    if wanted.wants_room:
        body["conferenceData"] = room_request(str(wanted.booking_id))
    return body


def contents(wanted: Appointment) -> dict[str, Any]:
    """All of the event but its id and its room."""
    kept = {"booking_id": str(wanted.booking_id)}
    if (cause := correlation_id.get()) != "-":
        kept["correlation_id"] = cause
    body: dict[str, Any] = times(wanted) | {
        "summary": f"{wanted.title} · {wanted.client_name}",
        "status": "confirmed",
        "transparency": "opaque",
        "guestsCanInviteOthers": False,
        "reminders": {"useDefault": True},
        "extendedProperties": {"private": kept},
    }
    if wanted.client_email:
        body["attendees"] = [{"email": wanted.client_email, "displayName": wanted.client_name}]
    return body


def times(wanted: Appointment) -> dict[str, Any]:
    zone = wanted.host.time_zone
    return {
        "start": {"dateTime": in_utc(wanted.starts_at), "timeZone": zone},
        "end": {"dateTime": in_utc(wanted.ends_at), "timeZone": zone},
    }


def room_request(request: str) -> dict[str, Any]:
    """Asks for a Meet room; the same `request` again changes nothing."""
    return {
        "createRequest": {
            "requestId": request,
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
        }
    }


def next_room_request(wanted: Appointment, before: str | None) -> str:
    """The request id after `before`, which failed: always the same one, so that asking again
    after a lost answer asks for the same room."""
    return str(uuid5(wanted.booking_id, before or "room"))


def _interval(given: Any, cancelled: bool) -> Interval | None:
    if cancelled and "start" not in given:
        return None
    start, end = given["start"], given["end"]
    if "date" in start:
        return None
    return Interval(
        datetime.fromisoformat(start["dateTime"]), datetime.fromisoformat(end["dateTime"])
    )


def _conference(given: Any) -> Conference:
    told = given.get("conferenceData", {})
    asked = told.get("createRequest", {})
    request = asked.get("requestId")
    if url := given.get("hangoutLink") or _video_uri(told.get("entryPoints", [])):
        return Conference("READY", str(url), request)
    pending = asked.get("status", {}).get("statusCode") == "pending"
    return Conference("PENDING" if pending else "MISSING", None, request)


def _video_uri(entry_points: Any) -> str | None:
    videos = (point["uri"] for point in entry_points if point["entryPointType"] == "video")
    return next(videos, None)
