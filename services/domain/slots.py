"""The open times of a session type: the host's weekly hours, minus what is taken."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter, itemgetter
from zoneinfo import ZoneInfo

from services.domain.opening_hours import DAY_MINUTES, Opening, openings_between

_NONE = timedelta()
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """A weekly opening on the host's wall clock; `weekday` 0 is Monday.

    Minutes count from midnight, half-open; `closes_minute` 1440 is the end of the day, and hours
    over midnight are two openings that touch.
    """

    weekday: int
    opens_minute: int
    closes_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError("weekday must be 0 (Monday) to 6 (Sunday)")
        if not 0 <= self.opens_minute < self.closes_minute <= DAY_MINUTES:
            raise ValueError("opening hours must open before they close, within 0 to 1440")

    @property
    def minutes_of_week(self) -> tuple[int, int]:
        """Opening and closing as minutes from Monday's midnight."""
        midnight = self.weekday * DAY_MINUTES
        return midnight + self.opens_minute, midnight + self.closes_minute


@dataclass(frozen=True, slots=True)
class SlotRules:
    """How a session type may be booked.

    Starts lie `step` apart from each opening on. The buffers keep other engagements away from a
    session, but may lie outside the opening hours. A start is at least `minimum_notice` and at
    most `horizon` after now. `daily_cap` counts bookings on one day of the host; None is no limit.
    """

    duration: timedelta
    step: timedelta
    buffer_before: timedelta
    buffer_after: timedelta
    minimum_notice: timedelta
    horizon: timedelta
    daily_cap: int | None

    def __post_init__(self) -> None:
        if self.duration <= _NONE or self.step <= _NONE:
            raise ValueError("duration and step must be positive")
        lengths = (self.buffer_before, self.buffer_after, self.minimum_notice, self.horizon)
        if min(lengths) < _NONE:
            raise ValueError("buffers, minimum notice and horizon must not be negative")
        if self.daily_cap is not None and self.daily_cap < 0:
            raise ValueError("the daily cap must not be negative")

    def occupied(self, slot: "Interval") -> "Interval":
        """The session with its buffers: what nobody else may take."""
        return Interval(slot.start - self.buffer_before, slot.end + self.buffer_after)


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time; given in any zone, kept in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _instant(self.start))
        object.__setattr__(self, "end", _instant(self.end))
        if self.end < self.start:
            raise ValueError("an interval must not end before it starts")


def open_slots(
    *,
    hours: Sequence[WeeklyHours],
    zone: ZoneInfo,
    rules: SlotRules,
    busy: Sequence[Interval],
    taken_per_day: Mapping[date, int],
    between: Interval,
    now: datetime,
) -> list[Interval]:
    """The sessions that can be booked and start within `between`, in order of time.

    `busy` are occupied stretches with their own buffers included; `taken_per_day` counts bookings
    of this session type by the host's local date. What is returned has no buffers.
    """
    now = _instant(now)
    starts = _starts(
        hours=hours,
        zone=zone,
        rules=rules,
        busy=busy,
        taken_per_day=taken_per_day,
        first=max(between.start, now + rules.minimum_notice),
        last=min(between.end - _INSTANT, now + rules.horizon),
    )
    return [Interval(start, start + rules.duration) for start in starts]


def is_open(
    start: datetime,
    *,
    hours: Sequence[WeeklyHours],
    zone: ZoneInfo,
    rules: SlotRules,
    busy: Sequence[Interval],
    taken_per_day: Mapping[date, int],
    now: datetime,
) -> bool:
    """Whether `open_slots` offers a session at exactly this start."""
    start, now = _instant(start), _instant(now)
    if not now + rules.minimum_notice <= start <= now + rules.horizon:
        return False
    return start in _starts(
        hours=hours,
        zone=zone,
        rules=rules,
        busy=busy,
        taken_per_day=taken_per_day,
        first=start,
        last=start,
    )


def _starts(
    *,
    hours: Sequence[WeeklyHours],
    zone: ZoneInfo,
    rules: SlotRules,
    busy: Sequence[Interval],
    taken_per_day: Mapping[date, int],
    first: datetime,
    last: datetime,
) -> Iterator[datetime]:
    """Every start from `first` to `last`, both included."""
    cap = rules.daily_cap
    if first > last or cap == 0:
        return
    weekly = [hour.minutes_of_week for hour in hours]
    openings = openings_between(weekly, zone, first, last + rules.duration)
    allowed = list(_allowed(openings, rules, busy, first, last))
    full = {day for day, taken in taken_per_day.items() if cap is not None and taken >= cap}
    for opening in openings:
        for start in _grid_points(opening, rules.step, allowed):
            if not full or (start + opening.distance).date() not in full:
                yield start


def _allowed(
    openings: Sequence[Opening],
    rules: SlotRules,
    busy: Sequence[Interval],
    first: datetime,
    last: datetime,
) -> Iterator[tuple[datetime, datetime]]:
    """Ranges, ends included, in which a start leaves its session inside the hours and free."""
    blocked = _blocked(rules, busy)
    for opens, closes in _stretches(openings):
        low, high = max(opens, first), min(closes - rules.duration, last)
        at = bisect_right(blocked, low, key=itemgetter(1))
        while at < len(blocked) and blocked[at][0] < high:
            left, right = blocked[at]
            if low <= left:
                yield low, left
            low = right
            at += 1
        if low <= high:
            yield low, high


def _stretches(openings: Iterable[Opening]) -> list[tuple[datetime, datetime]]:
    """Openings that touch made one."""
    stretches: list[tuple[datetime, datetime]] = []
    for opening in openings:
        start = opening.start
        if stretches and stretches[-1][1] == start:
            start, _ = stretches.pop()
        stretches.append((start, opening.end))
    return stretches


def _blocked(rules: SlotRules, busy: Iterable[Interval]) -> list[tuple[datetime, datetime]]:
    """Ranges, ends not included, in which a start would run into something busy."""
    before = rules.duration + rules.buffer_after
    blocked: list[tuple[datetime, datetime]] = []
    for taken in sorted(busy, key=attrgetter("start")):
        left, right = taken.start - before, taken.end + rules.buffer_before
        if taken.start == taken.end:
            continue
        # Ranges that only touch stay apart: the point between them is a start that just fits.
        if blocked and left < blocked[-1][1]:
            left, earlier_right = blocked.pop()
            right = max(right, earlier_right)
        blocked.append((left, right))
    return blocked


def _grid_points(
    opening: Opening, step: timedelta, allowed: Sequence[tuple[datetime, datetime]]
) -> Iterator[datetime]:
    lowest = max(opening.start, opening.fresh)
    at = bisect_left(allowed, lowest, key=itemgetter(1))
    while at < len(allowed) and allowed[at][0] < opening.end:
        low, high = allowed[at]
        steps = -((opening.grid - max(low, lowest)) // step)
        start = opening.grid + steps * step
        while start <= high and start < opening.end:
            yield start
            start += step
        at += 1


def _instant(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs an offset from UTC")
    return moment.astimezone(UTC)
