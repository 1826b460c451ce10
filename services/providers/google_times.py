"""When a host is busy by Google Calendar, which knows no reservations."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from services.domain.models import Host
from services.domain.slots import Interval
from services.providers.calendar_ports import Appointment, OpenTimes
from services.providers.errors import ProviderError, SlotRefused, malformed
from services.providers.google_api import GoogleApi, calendar_id
from services.providers.moments import in_utc

_LONGEST_SPAN = timedelta(days=60)
"""Google refuses spans of about three months."""


class GoogleTimes:
    """The port Availability by Google's free/busy query."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        """Everything but the busy times: Google knows neither session types nor opening hours."""
        del event_type, length
        return OpenTimes(busy=tuple(await self._busy(host, between)))

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str | None:
        """Only looks whether the time is free: a tentative event would stay when its client
        leaves, and would stand in the way of the booking itself."""
        del until
        await self.require_free(wanted)
        return None

    async def release(self, reservation: str) -> None:
        """Nothing to give back: `reserve` takes nothing."""
        del reservation

    async def require_free(self, wanted: Appointment, *, own: Interval | None = None) -> None:
        """Raises `SlotRefused` when something but the booking's `own` entry is at that time."""
        asked = wanted.interval
        needed = _outside(asked, own) if own else [asked]
        if not needed:
            return
        for taken in await self._busy(wanted.host, asked):
            if any(taken.start < part.end and part.start < taken.end for part in needed):
                raise SlotRefused("The host is busy at this time.")

    async def _busy(self, host: Host, between: Interval) -> list[Interval]:
        return [taken for span in _spans(between) for taken in await self._query(host, span)]

    async def _query(self, host: Host, span: Interval) -> list[Interval]:
        answer = await self._api.request(
            host,
            "POST",
            "/freeBusy",
            json={
                "timeMin": in_utc(span.start),
                "timeMax": in_utc(span.end),
                "timeZone": "UTC",
                "items": [{"id": calendar_id(host)}],
            },
            safe_to_repeat=True,
        )
        return self._read(answer, calendar_id(host))

    def _read(self, answer: Any, asked: str) -> list[Interval]:
        """A calendar's errors come with status 200 and no busy times: that is not "free"."""
        match answer:
            case {"calendars": {**calendars}} if isinstance(told := calendars.get(asked), dict):
                if told.get("errors"):
                    raise self._unreadable(told["errors"])
                busy = told.get("busy")
                if isinstance(busy, list):
                    try:
                        return [_interval(item) for item in busy]
                    except (KeyError, TypeError, ValueError):
                        raise malformed(self._api.vendor, "busy times") from None
        raise malformed(self._api.vendor, "busy times")

    def _unreadable(self, errors: Any) -> ProviderError:
        match errors:
            case [{"reason": "notFound"}, *_]:
                return ProviderError(
                    self._api.vendor,
                    "the host's calendar is unknown or not shared with us",
                    retryable=False,
                    status=403,
                )
            case [{"reason": "internalError"}, *_]:
                return ProviderError(
                    self._api.vendor, "could not tell the host's busy times", retryable=True
                )
        return ProviderError(
            self._api.vendor, "does not tell the host's busy times", retryable=False
        )


def _interval(item: Any) -> Interval:
    return Interval(datetime.fromisoformat(item["start"]), datetime.fromisoformat(item["end"]))


def _spans(between: Interval) -> Iterator[Interval]:
    """The stretch in pieces that Google answers; nothing for an empty one, which it refuses."""
    start = between.start
    while start < between.end:
        end = min(start + _LONGEST_SPAN, between.end)
        yield Interval(start, end)
        start = end


def _outside(asked: Interval, own: Interval) -> list[Interval]:
    """What of `asked` is not the booking's already. Google joins busy times that touch, so its
    own can't be picked out of them."""
    parts = [(asked.start, min(asked.end, own.start)), (max(asked.start, own.end), asked.end)]
    return [Interval(start, end) for start, end in parts if start < end]
