"""Calendly's open times; it lends no time out while a client pays."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from services.domain.models import Host
from services.domain.slots import Interval
from services.providers.calendar_ports import Appointment, OpenTimes
from services.providers.calendly_api import VENDOR, items, moment, not_set_up
from services.providers.errors import SlotRefused, malformed
from services.providers.http import Door
from services.providers.moments import in_utc

_LONGEST_SPAN = timedelta(days=31)
_MARGIN = timedelta(minutes=1)
"""A start in the past is refused, and ours is read on another clock a moment earlier."""


class CalendlyTimes:
    """The port Availability: starts that Calendly would take, from `event_type_available_times`."""

    def __init__(self, door: Door, *, now: Callable[[], datetime]) -> None:
        self._door = door
        self._now = now

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        """The host and the length are the event type's own at Calendly."""
        del host, length
        earliest = max(between.start, self._now() + _MARGIN)
        spans = list(_spans(earliest, between.end))
        answers = await asyncio.gather(*(self._starts(event_type, span) for span in spans))
        found = frozenset(start for starts in answers for start in starts)
        return OpenTimes(starts=frozenset(start for start in found if start < between.end))

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str | None:
        """Nothing is kept, since Calendly can't; but a time that is not open is refused."""
        del until
        soon = wanted.starts_at <= self._now() + _MARGIN
        span = Interval(wanted.starts_at, wanted.ends_at)
        if soon or wanted.starts_at not in await self._starts(wanted.event_type, span):
            raise SlotRefused("The time is not open in the host's Calendly.")
        return None

    async def release(self, reservation: str) -> None:
        """Nothing was kept."""
        del reservation

    async def _starts(self, event_type: str | None, span: Interval) -> set[datetime]:
        if event_type is None:
            raise not_set_up("the session type has no event type of Calendly")
        answer = await self._door.request(
            "GET",
            "/event_type_available_times",
            params={
                "event_type": event_type,
                "start_time": in_utc(span.start),
                "end_time": in_utc(span.end),
            },
            safe_to_repeat=True,
        )
        return {
            moment(item.get("start_time"), "start_time")
            for item in items(answer)
            if item.get("status") == "available" and _seats(item.get("invitees_remaining"))
        }


def _spans(start: datetime, end: datetime) -> Iterator[Interval]:
    while start < end:
        stop = min(start + _LONGEST_SPAN, end)
        yield Interval(start, stop)
        start = stop


def _seats(remaining: object) -> bool:
    if not isinstance(remaining, int):
        raise malformed(VENDOR, "invitees_remaining")
    return remaining > 0
