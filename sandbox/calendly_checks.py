"""What Calendly refuses to read: unknown fields, missing ones, moments that are not in UTC."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from sandbox.calendly_agenda import EVENT_TYPE, TRACKING, Person
from sandbox.standin import Answer, Refused

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TITLES = {
    400: "Invalid Argument",
    401: "Unauthenticated",
    403: "Permission Denied",
    404: "Resource Not Found",
    409: "Conflict",
    429: "Too Many Requests",
}


def error(
    status: int,
    message: str,
    parameter: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error in Calendly's own form."""
    details = [{"parameter": parameter, "message": message}] if parameter else []
    title = _TITLES.get(status, "Internal Server Error")
    body = {"title": title, "message": message, "details": details}
    return Answer(status, body, headers or {})


def wrong(parameter: str, message: str) -> Refused:
    return Refused(error(400, message, parameter))


def not_found() -> Refused:
    return Refused(error(404, "The server could not find the requested resource."))


def only(given: Any, known: Collection[str]) -> dict[str, Any]:
    """The object, which has no other fields than these."""
    if not isinstance(given, Mapping):
        raise wrong("body", "must be an object")
    for name in given:
        if name not in known:
            raise wrong(name, "is not allowed")
    return dict(given)


def words(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise wrong(name, "must be filled")
    return value


def utc(given: Mapping[str, Any], name: str) -> datetime:
    value = words(given, name)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise wrong(name, "must be an ISO 8601 moment") from None
    if moment.utcoffset() != timedelta():
        raise wrong(name, "must be in UTC")
    return moment


def number(given: Mapping[str, Any], name: str, usual: int) -> int:
    try:
        return int(given.get(name, usual))
    except ValueError:
        raise wrong(name, "must be a number") from None


def event_type(given: Mapping[str, Any], name: str) -> None:
    if words(given, name) != EVENT_TYPE:
        raise not_found()


def person(body: Mapping[str, Any]) -> Person:
    """The invitee of a booking request."""
    given = only(
        body.get("invitee"),
        ("email", "name", "first_name", "last_name", "timezone", "text_reminder_number"),
    )
    if not _EMAIL.fullmatch(words(given, "email")):
        raise wrong("invitee.email", "must be an e-mail address")
    if words(given, "timezone") not in available_timezones():
        raise wrong("invitee.timezone", "must be an IANA time zone")
    name = words(given, "name" if "name" in given else "first_name")
    tracking = only(body.get("tracking", {}), TRACKING)
    for field, value in tracking.items():
        if not isinstance(value, str) or len(value) > 255:
            raise wrong(f"tracking.{field}", "must be at most 255 characters")
    return Person(name, given["email"], given["timezone"], tracking)
