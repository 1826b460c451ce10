"""What Zoom's stand-in takes for a meeting; stricter than Zoom with names it does not know."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

_Check = Callable[[Any], bool]

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_PASSWORD = re.compile(r"[A-Za-z0-9@_*-]{1,10}")
_LONGEST_TOPIC = 200
_LONGEST_AGENDA = 2000


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _one_of(*known: object) -> _Check:
    return lambda value: not isinstance(value, bool) and value in known


def _text(longest: int) -> _Check:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _minutes(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1440


def _utc_moment(value: Any) -> bool:
    if not isinstance(value, str) or not _UTC.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _password(value: Any) -> bool:
    return isinstance(value, str) and _PASSWORD.fullmatch(value) is not None


_REQUIRED: Mapping[str, tuple[_Check, str]] = {
    "topic": (_text(_LONGEST_TOPIC), f"Text of at most {_LONGEST_TOPIC} characters."),
    "type": (_one_of(2), "The sandbox knows scheduled meetings (2) only."),
    "start_time": (_utc_moment, "A moment in UTC, yyyy-MM-ddTHH:mm:ssZ."),
    "duration": (_minutes, "Whole minutes, 1 to 1440."),
}
_OPTIONAL: Mapping[str, tuple[_Check, str]] = {
    "agenda": (_text(_LONGEST_AGENDA), f"Text of at most {_LONGEST_AGENDA} characters."),
    "password": (_password, "At most 10 of a-z A-Z 0-9 @ - _ *."),
}
_SETTINGS: Mapping[str, tuple[_Check, str]] = {
    "join_before_host": (_flag, "True or false."),
    "jbh_time": (_one_of(0, 5, 10), "0, 5 or 10 minutes."),
    "waiting_room": (_flag, "True or false."),
    "approval_type": (_one_of(0, 1, 2), "0, 1 or 2."),
    "meeting_authentication": (_flag, "True or false."),
    "mute_upon_entry": (_flag, "True or false."),
    "auto_recording": (_one_of("local", "cloud", "none"), "local, cloud or none."),
    "email_notification": (_flag, "True or false."),
}


def meeting_faults(body: Any, *, whole: bool) -> list[tuple[str, str]]:
    """Field and message of everything wrong with a meeting; with `whole` nothing may be missing."""
    if not isinstance(body, dict):
        return [("", "Send a JSON object.")]
    settings = body.get("settings", {})
    if not isinstance(settings, dict):
        return [("settings", "An object.")]
    top = {name: value for name, value in body.items() if name != "settings"}
    faults = _faults(top, {**_REQUIRED, **_OPTIONAL}) + _faults(settings, _SETTINGS, "settings.")
    missing = [name for name in _REQUIRED if whole and name not in body]
    return faults + [(name, "Missing.") for name in missing]


def _faults(
    given: Mapping[str, Any], known: Mapping[str, tuple[_Check, str]], prefix: str = ""
) -> list[tuple[str, str]]:
    faults = []
    for name, value in given.items():
        if name not in known:
            faults.append((prefix + name, "Unknown."))
        elif not known[name][0](value):
            faults.append((prefix + name, known[name][1]))
    return faults
