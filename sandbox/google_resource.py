"""The event resource of Google Calendar: what may be sent, and how a patch changes it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.google_errors import invalid
from services.domain.slots import Interval

_ID = re.compile(r"[a-v0-9]{5,1024}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WRITABLE = frozenset(
    {
        "attendees",
        "conferenceData",
        "description",
        "end",
        "extendedProperties",
        "guestsCanInviteOthers",
        "location",
        "reminders",
        "start",
        "status",
        "summary",
        "transparency",
    }
)
_ONE_OF = {
    "status": ("confirmed", "tentative", "cancelled"),
    "transparency": ("opaque", "transparent"),
}
_LONGEST_PROPERTY = 1024
_LONGEST_PROPERTY_NAME = 44


def checked_id(given: Any) -> str:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise invalid("Invalid resource id value.")
    return given


def checked(body: Any, *, more: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields of a request. The sandbox refuses those it doesn't keep: they'd be typing errors
    as a rule. Times are checked by `interval`, once they are merged."""
    if not isinstance(body, dict) or not body:
        raise invalid("Parse Error", "parseError")
    if strange := sorted(body.keys() - _WRITABLE - more):
        raise invalid(f"The sandbox keeps no such field: {', '.join(strange)}.")
    for name, words in _ONE_OF.items():
        if name in body and body[name] not in words:
            raise invalid(f"Invalid value for {name}.")
    _check_attendees(body.get("attendees", []))
    _check_properties(body.get("extendedProperties", {}))
    return body


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Patch semantics: objects field by field, lists as a whole, null takes away."""
    after = dict(before)
    for name, value in changes.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict):
            after[name] = merged(after.get(name, {}), value)
        else:
            after[name] = value
    return after


def interval(event: Mapping[str, Any]) -> Interval:
    """The event's time. Raises Refused when it makes none."""
    start, end = _moment(event, "start"), _moment(event, "end")
    if end <= start:
        raise invalid("The specified time range is empty.", "timeRangeEmpty")
    return Interval(start, end)


def moment(text: Any) -> datetime:
    """A time with its offset, as RFC 3339 has it."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid("Bad Request", "badRequest") from None
    if at.tzinfo is None:
        raise invalid("Missing time zone definition for a time.", "required")
    return at


def _moment(event: Mapping[str, Any], name: str) -> datetime:
    given = event.get(name)
    if not isinstance(given, dict) or "dateTime" not in given:
        raise invalid(f"Missing {name} time.", "required")
    if given.keys() - {"dateTime", "timeZone"}:
        raise invalid(f"The sandbox keeps of {name} dateTime and timeZone only.")
    zone = given.get("timeZone")
    try:
        at, place = datetime.fromisoformat(given["dateTime"]), ZoneInfo(zone or "UTC")
    except (TypeError, ValueError, ZoneInfoNotFoundError):
        raise invalid(f"Invalid value for {name}.") from None
    if at.tzinfo is None and zone is None:
        raise invalid("Missing time zone definition for a time.", "required")
    return at if at.tzinfo else at.replace(tzinfo=place)


def _check_attendees(given: Any) -> None:
    for guest in given if isinstance(given, list) else [None]:
        match guest:
            case {"email": str(address)} if _ADDRESS.fullmatch(address):
                continue
        raise invalid("Invalid attendee email.")


def _check_properties(given: Any) -> None:
    if not isinstance(given, dict) or given.keys() - {"private", "shared"}:
        raise invalid("Invalid extended properties.")
    for kept in given.values():
        for name, value in kept.items():
            if not isinstance(value, str) or len(value) > _LONGEST_PROPERTY:
                raise invalid("Invalid extended property value.")
            if len(name) > _LONGEST_PROPERTY_NAME:
                raise invalid("Invalid extended property name.")
