"""Billing periods: calendar months and years from an anchor, and what a part of a period costs."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def boundary(anchor: int, interval: str, count: int, number: int) -> int:
    """The start of the period with this number, the anchor being that of number 0.

    Moments are epoch seconds, in UTC. Months and years keep the anchor's day, or end on the last
    day of a month that lacks it: 31 January, 28 February, 31 March.
    """
    start = datetime.fromtimestamp(anchor, UTC)
    if interval in _DAYS:
        return int((start + timedelta(days=_DAYS[interval] * count * number)).timestamp())
    months = start.month - 1 + _MONTHS[interval] * count * number
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def next_boundary(anchor: int, interval: str, count: int, after: int) -> int:
    """The first boundary later than `after`, which is not before the anchor."""
    number = 1
    while boundary(anchor, interval, count, number) <= after:
        number += 1
    return boundary(anchor, interval, count, number)


def prorated(amount: int, start: int, end: int, now: int) -> int:
    """What the rest of a period costs, to the second, in whole minor units; half a unit is one."""
    whole, left = end - start, max(0, end - now)
    return (2 * amount * left + whole) // (2 * whole)
