"""Meet rooms of Google Calendar events: asked for with an event, made some time after it."""

import secrets
from collections.abc import Mapping
from enum import StrEnum
from string import ascii_lowercase
from typing import Any

from sandbox.google_errors import invalid


class Meet(StrEnum):
    """How the sandbox goes about rooms."""

    AT_ONCE = "at_once"  # the answer has the link
    LATER = "later"  # the answer says pending, the next read has the link
    NEVER = "never"  # every read says pending
    FAILING = "failing"  # the room can't be made: the request's status is failure
    ABSENT = "absent"  # the calendar may have no rooms: the whole request is refused


def with_room(event: Mapping[str, Any], asked: Any, meet: Meet) -> dict[str, Any]:
    """The event after a request's `conferenceData`; a request id that is known changes nothing."""
    bare = {key: event[key] for key in event if key not in ("conferenceData", "hangoutLink")}
    match asked:
        case None:
            return bare
        case {
            "createRequest": {
                "requestId": str(request),
                "conferenceSolutionKey": {"type": "hangoutsMeet"},
            }
        } if meet is not Meet.ABSENT:
            if request == _request(event):
                return dict(event)
            pending = bare | _conference(request, "pending")
            return pending if meet in (Meet.LATER, Meet.NEVER) else settled(pending, meet)
    raise invalid("Invalid conference type value.")


def settled(event: Mapping[str, Any], meet: Meet) -> dict[str, Any]:
    """The event as a read finds it: a pending room is made, unless the sandbox never does."""
    conference = event.get("conferenceData", {}).get("createRequest", {})
    if conference.get("status") != {"statusCode": "pending"} or meet is Meet.NEVER:
        return dict(event)
    if meet is Meet.FAILING:
        return dict(event) | _conference(conference["requestId"], "failure")
    code = "-".join(_letters(length) for length in (3, 4, 3))
    link = f"https://meet.google.com/{code}"
    made = _conference(conference["requestId"], "success")
    made["conferenceData"] |= {
        "conferenceId": code,
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "entryPoints": [{"entryPointType": "video", "uri": link, "label": link}],
    }
    return dict(event) | made | {"hangoutLink": link}


def _conference(request: str, status: str) -> dict[str, Any]:
    return {
        "conferenceData": {
            "createRequest": {
                "requestId": request,
                "conferenceSolutionKey": {"type": "hangoutsMeet"},
                "status": {"statusCode": status},
            }
        }
    }


def _request(event: Mapping[str, Any]) -> str | None:
    asked = event.get("conferenceData", {}).get("createRequest", {})
    request: str | None = asked.get("requestId")
    return request


def _letters(length: int) -> str:
    return "".join(secrets.choice(ascii_lowercase) for _ in range(length))
