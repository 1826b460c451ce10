"""Weekly opening hours, which live on the host's wall clock, as stretches of real time.

Two kinds of datetime meet here. An *instant* is aware and in UTC; a *wall time* is naive and is
what the host's clock shows. Where a clock change skips wall times there is nothing to open; where
it repeats them, the hours are open twice, but starts are offered at the first pass only.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440
WEEK_MINUTES = 7 * DAY_MINUTES

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Offset:
    """A stretch of instants during which the zone keeps one distance from UTC."""

    start: datetime
    end: datetime
    distance: timedelta

    def wall(self, instant: datetime) -> datetime:
        return instant.replace(tzinfo=None) + self.distance

    def instant(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=UTC) - self.distance


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of instants inside opening hours, with the grid of its starts.

    `grid` is the instant (perhaps before `start`) from which starts are counted. Starts are
    offered from `fresh` on: before it, the wall clock repeats what it showed already.
    """

    start: datetime
    end: datetime
    grid: datetime
    fresh: datetime
    distance: timedelta


def openings_between(
    weekly: Iterable[tuple[int, int]], zone: ZoneInfo, first: datetime, end: datetime
) -> list[Opening]:
    """The opening hours from a day before `first` to `end`, in order, apart or touching.

    `weekly` holds openings as minutes from Monday's midnight, in any order.
    """
    windows = _joined(weekly)
    openings = []
    earlier: _Offset | None = None
    # A day early, so that a start in the second pass of a repeated hour is known as such.
    for offset in _offsets(zone, first - _DAY, end):
        fresh = offset.instant(earlier.wall(earlier.end)) if earlier else offset.start
        for opens, closes in _wall_windows(windows, offset):
            grid = offset.instant(opens)
            start, closing = max(grid, offset.start), min(offset.instant(closes), offset.end)
            if start < closing:
                openings.append(Opening(start, closing, grid, fresh, offset.distance))
        earlier = offset
    return openings


def _joined(weekly: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Openings that touch or overlap made one.

    The week is a circle: a window from Sunday into Monday ends beyond `WEEK_MINUTES`. A week
    without any closing counts its starts from each midnight.
    """
    windows: list[tuple[int, int]] = []
    for opens, closes in sorted(weekly):
        if windows and opens <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(windows[-1][1], closes))
        else:
            windows.append((opens, closes))
    if windows == [(0, WEEK_MINUTES)]:
        return [(day, day + DAY_MINUTES) for day in range(0, WEEK_MINUTES, DAY_MINUTES)]
    if windows and windows[0][0] == 0 and windows[-1][1] == WEEK_MINUTES:
        _, closes = windows.pop(0)
        opens, _ = windows.pop()
        windows.append((opens, WEEK_MINUTES + closes))
    return windows


def _wall_windows(
    windows: Sequence[tuple[int, int]], offset: _Offset
) -> Iterator[tuple[datetime, datetime]]:
    """The windows as wall times, for every week that the stretch touches and the one before."""
    day = offset.wall(offset.start).date()
    midnight = datetime.combine(day - timedelta(days=day.weekday() + 7), time.min)
    while midnight < offset.wall(offset.end):
        for opens, closes in windows:
            yield midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)
        midnight += 7 * _DAY


def _offsets(zone: ZoneInfo, start: datetime, end: datetime) -> list[_Offset]:
    """The stretches between `start` and `end` with one distance from UTC each.

    zoneinfo tells no transitions, so they are searched for; no zone has two within one day.
    """
    marks = [start]
    instant = start
    while instant < end:
        later = min(instant + _DAY, end)
        if _distance(zone, later) != _distance(zone, instant):
            marks.append(_change(zone, instant, later))
        instant = later
    marks.append(end)
    return [_Offset(mark, after, _distance(zone, mark)) for mark, after in pairwise(marks)]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first instant after `before` at which the distance from UTC is that of `after`."""
    distance = _distance(zone, before)
    while after - before > _INSTANT:
        middle = before + (after - before) // 2
        if _distance(zone, middle) == distance:
            before = middle
        else:
            after = middle
    return after


def _distance(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
