"""Calendly's API as its three adapters share it: addresses, moments, appointments, pages."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from services.providers.errors import ProviderError, malformed
from services.providers.http import Door
from services.providers.moments import read_moment
from services.providers.retry_after import reset_reader

VENDOR = "calendly"
BASE = "https://api.calendly.com"

MOVED = "The session was moved to another time."
"""The reason with which an appointment is called off that another one has taken the place of."""

LONGEST_REASON = 10_000
"""Characters of a cancellation's reason that Calendly takes."""

_ID = "[A-Za-z0-9_-]{1,128}"
_EVENT = re.compile(f"/(scheduled_events/{_ID})")
_INVITEE = re.compile(f"/(scheduled_events/{_ID})/invitees/{_ID}")
_MOST_PAGES = 50
_LARGEST_PAGE = "100"


def open_door(token: str, base: str, *, timeout: timedelta, now: Callable[[], datetime]) -> Door:
    """One door for all of Calendly: its limits and its troubles are the account's as a whole."""
    return Door(
        VENDOR,
        base.rstrip("/"),
        timeout=timeout,
        headers={"authorization": f"Bearer {token}"},
        retry_after_from=reset_reader(now),
        now=now,
    )


def not_set_up(what: str) -> ProviderError:
    """What only the operator can mend: another try would end the same way."""
    return ProviderError(VENDOR, what, retryable=False)


def event_ref(address: object) -> str | None:
    """What we keep of an appointment, such as `scheduled_events/XYZ`; None for no appointment's
    address. The host in it is dropped: ours alone is ever called."""
    found = _EVENT.fullmatch(urlsplit(address).path) if isinstance(address, str) else None
    return found[1] if found else None


def invitee_path(address: object) -> tuple[str, str] | None:
    """The path of an invitee's address and the ref of its appointment; None for anything else."""
    found = _INVITEE.fullmatch(urlsplit(address).path) if isinstance(address, str) else None
    return (found[0], found[1]) if found else None


def moment(value: object, what: str) -> datetime:
    try:
        return read_moment(value)
    except (TypeError, ValueError):
        raise malformed(VENDOR, what) from None


def resource(answer: object, what: str) -> dict[str, Any]:
    found = answer.get("resource") if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise malformed(VENDOR, what)
    return found


def text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise malformed(VENDOR, name)
    return value


async def collection(
    door: Door, path: str, params: Mapping[str, str]
) -> AsyncIterator[dict[str, Any]]:
    """Everything of a list, page by page. Raises ProviderError."""
    wanted = {**params, "count": _LARGEST_PAGE}
    for _ in range(_MOST_PAGES):
        answer = await door.request("GET", path, params=wanted, safe_to_repeat=True)
        for item in items(answer):
            yield item
        pagination = answer.get("pagination")
        following = pagination.get("next_page_token") if isinstance(pagination, dict) else None
        if following is None:
            return
        wanted["page_token"] = str(following)
    raise malformed(VENDOR, "pagination")


def items(answer: object) -> list[dict[str, Any]]:
    found = answer.get("collection") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise malformed(VENDOR, "collection")
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """A scheduled event, which is what Calendly calls an appointment; `location` as it came."""

    ref: str
    event_type: str
    starts_at: datetime
    ends_at: datetime
    active: bool
    location: Mapping[str, Any]


async def read_event(door: Door, ref: str) -> Event | None:
    """The appointment as it is now; None when there is none. Raises ProviderError."""
    try:
        answer = await door.request("GET", f"/{ref}", safe_to_repeat=True)
    except ProviderError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return event_of(resource(answer, "scheduled event"))


def event_of(told: Mapping[str, Any]) -> Event:
    ref = event_ref(told.get("uri"))
    if ref is None:
        raise malformed(VENDOR, "uri")
    location = told.get("location")
    return Event(
        ref=ref,
        event_type=text(told, "event_type"),
        starts_at=moment(told.get("start_time"), "start_time"),
        ends_at=moment(told.get("end_time"), "end_time"),
        active=text(told, "status") == "active",
        location=location if isinstance(location, dict) else {},
    )


async def call_off(door: Door, ref: str, reason: str) -> None:
    """Cancel the appointment; one that is off already, or unknown, is no error.

    Calendly refuses to cancel twice without saying so in a code, so it is looked at before, and
    again after a refusal. Raises ProviderError.
    """
    if not await _stands(door, ref):
        return
    try:
        await door.request(
            "POST",
            f"/{ref}/cancellation",
            json={"reason": reason[:LONGEST_REASON]},
            safe_to_repeat=False,
        )
    except ProviderError as error:
        if error.retryable or await _stands(door, ref):
            raise


async def _stands(door: Door, ref: str) -> bool:
    event = await read_event(door, ref)
    return event is not None and event.active
