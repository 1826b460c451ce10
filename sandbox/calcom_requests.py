"""How strictly the stand-in of Cal.com reads what it is sent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.calcom_schedule import EVENT_TYPES, EventType

SLOTS_VERSIONS = frozenset({"2024-09-04"})
BOOKINGS_VERSIONS = frozenset({"2024-08-13", "2026-02-25"})

_LANGUAGES = frozenset(
    (
        *("ar", "az", "bg", "ca", "cs", "da", "de", "el", "en", "es", "es-419", "et", "eu", "fi"),
        *("fr", "he", "hr", "hu", "id", "it", "iw", "ja", "km", "ko", "lv", "nl", "no", "pl", "pt"),
        *("pt-BR", "ro", "ru", "sk", "sr", "sv", "ta", "th", "tr", "uk", "vi", "zh-CN", "zh-TW"),
    )
)
_ATTENDEE = frozenset({"email", "phoneNumber", "language"})


class Denied(Exception):
    """The request is refused with this status and sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


def fields(given: object, *, required: frozenset[str], optional: frozenset[str]) -> dict[str, Any]:
    """The body or the query, if it has what it must have and nothing unknown."""
    if not isinstance(given, Mapping):
        raise Denied(400, "The body must be a JSON object.")
    if missing := required - given.keys():
        raise Denied(400, f"{min(missing)} should not be empty")
    if unknown := given.keys() - required - optional:
        raise Denied(400, f"property {min(unknown)} should not exist")
    return dict(given)


def instant(text: object, name: str) -> datetime:
    """A moment, which must be written in UTC."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.utcoffset() != timedelta():
        raise Denied(400, f"{name} must be a valid ISO 8601 date string in UTC")
    return moment.astimezone(UTC)


def number(value: object, name: str, *, least: int = 1) -> int:
    """A whole number of the body, or of the query as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Denied(400, f"{name} must be an integer number not less than {least}")
    return value


def event_type(value: object) -> EventType:
    number_of_type = number(value, "eventTypeId")
    known = EVENT_TYPES.get(number_of_type)
    if known is None:
        raise Denied(404, f"Event type with id {number_of_type} not found.")
    return known


def zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (KeyError, ValueError, OSError):  # unknown, no name at all, a folder of zones
        raise Denied(400, "timeZone must be a valid IANA time zone") from None


def attendee(given: object) -> dict[str, Any]:
    """The attendee as bookings show them."""
    person = fields(given, required=frozenset({"name", "timeZone"}), optional=_ATTENDEE)
    name, email = person["name"], person.get("email")
    if not isinstance(name, str) or not name.strip():
        raise Denied(400, "attendee.name should not be empty")
    zone(person["timeZone"])
    # These event types ask for an address, as Cal.com's do unless they ask for a phone instead.
    if not isinstance(email, str) or email.count("@") != 1 or email.strip() != email:
        raise Denied(400, "attendee.email must be an email")
    if person.get("language", "en") not in _LANGUAGES:
        raise Denied(400, f"attendee.language must be one of {', '.join(sorted(_LANGUAGES))}")
    return {
        "name": name,
        "email": email.lower(),
        "timeZone": person["timeZone"],
        "language": person.get("language", "en"),
        "phoneNumber": person.get("phoneNumber"),
        "absent": False,
    }


def metadata(given: object) -> dict[str, Any]:
    """At most 50 keys of at most 40 characters; text of at most 500, numbers or truth values."""
    fine = (
        isinstance(given, Mapping)
        and len(given) <= 50
        and all(len(key) <= 40 and _is_metadata_value(value) for key, value in given.items())
    )
    if not isinstance(given, Mapping) or not fine:
        raise Denied(400, "metadata must have at most 50 short keys with short values")
    return dict(given)


def _is_metadata_value(value: object) -> bool:
    return len(value) <= 500 if isinstance(value, str) else isinstance(value, (bool, int, float))
