"""What the stand-in of Cal.com has to offer: one host, her event types and her open hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.domain.slots import Interval

ZONE = ZoneInfo("Europe/Kyiv")
OWNER = {
    "id": 1,
    "name": "Olena Koval",
    "email": "olena@example.com",
    "username": "olena",
    "timeZone": ZONE.key,
}
HORIZON = timedelta(days=365)

_OPENS, _CLOSES = time(8), time(20)
_STEP = timedelta(minutes=30)
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class EventType:
    id: int
    slug: str
    title: str
    length: timedelta
    asks_host: bool = False


EVENT_TYPES = {
    1001: EventType(1001, "first-consultation", "First consultation", timedelta(minutes=30)),
    1002: EventType(1002, "mentoring", "Mentoring session", timedelta(minutes=60)),
    1003: EventType(1003, "by-request", "Session by request", timedelta(minutes=60), True),
}


def is_open(wanted: Interval) -> bool:
    """Whether the time lies within the host's hours, Monday to Friday on her wall clock."""
    starts, ends = wanted.start.astimezone(ZONE), wanted.end.astimezone(ZONE)
    within = starts.time() >= _OPENS and ends.time() <= _CLOSES
    return starts.date() == ends.date() and starts.weekday() <= _FRIDAY and within


def grid(between: Interval, length: timedelta) -> Iterator[Interval]:
    """Every time of this length that starts on the grid of open hours within the span."""
    day = between.start.astimezone(ZONE).date()
    while day <= between.end.astimezone(ZONE).date():
        for start in _starts_of(day):
            slot = Interval(start, start + length)
            if between.start <= start <= between.end and is_open(slot):
                yield slot
        day += timedelta(days=1)


def _starts_of(day: date) -> Iterator[datetime]:
    start = datetime.combine(day, _OPENS, ZONE).astimezone(UTC)
    closes = datetime.combine(day, _CLOSES, ZONE).astimezone(UTC)
    while start < closes:
        yield start
        start += _STEP
