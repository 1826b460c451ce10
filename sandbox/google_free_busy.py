"""Google's free/busy query: what it takes, and busy times joined as Google joins them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.google_errors import invalid
from sandbox.google_resource import moment
from services.domain.slots import Interval

_LONGEST = timedelta(days=92)
_MOST_CALENDARS = 50
_FIELDS = frozenset(
    {"timeMin", "timeMax", "timeZone", "items", "calendarExpansionMax", "groupExpansionMax"}
)
_ALWAYS = Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Query:
    span: Interval
    calendars: tuple[str, ...]

    @classmethod
    def read(cls, body: Any) -> "Query":
        """Raises Refused for what Google would not answer."""
        if not isinstance(body, dict) or body.keys() - _FIELDS:
            raise invalid("Parse Error", "parseError")
        start, end = moment(body.get("timeMin")), moment(body.get("timeMax"))
        if end <= start:
            raise invalid("The specified time range is empty.", "timeRangeEmpty")
        if end - start > _LONGEST:
            raise invalid("The requested time range is too long.", "timeRangeTooLong")
        match body.get("items"):
            case [*items] if 0 < len(items) <= _MOST_CALENDARS:
                return cls(Interval(start, end), tuple(_id(item) for item in items))
        raise invalid("Missing or too many items.", "required")


def joined(taken: Iterable[Interval]) -> list[dict[str, str]]:
    """Busy times in order; those that overlap or touch are one."""
    busy: list[Interval] = []
    for one in sorted(taken, key=lambda interval: interval.start):
        if busy and one.start <= busy[-1].end:
            last = busy.pop()
            busy.append(Interval(last.start, max(last.end, one.end)))
        else:
            busy.append(one)
    return [{"start": _text(one.start), "end": _text(one.end)} for one in busy]


def always_busy() -> list[dict[str, str]]:
    return joined([_ALWAYS])


def _id(item: Any) -> str:
    match item:
        case {"id": str(name)}:
            return name
    raise invalid("Missing id.", "required")


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
