"""How long a vendor asks us to wait, in every form that vendors use."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

_LONGEST = timedelta(days=1)
_UNIX_DIGITS = 10


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110 §10.2.3), or an ISO 8601 moment as Zoom sends it.

    None when there is no value or it can't be read. A moment that has passed gives less than
    nothing: see `bounded`.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        # Nine digits are thirty years; more would overflow on the way to the bound.
        return timedelta(seconds=int(value[:9]))
    moment = _moment(value)
    return None if moment is None else moment - now


def reset_reader(now: Callable[[], datetime]) -> Callable[[httpx.Response], timedelta | None]:
    """Reads the wait out of X-RateLimit-Reset, the longest where each limit has one of its own."""

    def read(response: httpx.Response) -> timedelta | None:
        told = [
            _until_reset(value, now())
            for name, value in response.headers.items()
            if name.startswith("x-ratelimit-reset")
        ]
        return max((wait for wait in told if wait is not None), default=None)

    return read


def bounded(asked: timedelta) -> timedelta:
    """Between nothing and a day: a vendor's slip must not stop a job for good."""
    return min(max(asked, timedelta()), _LONGEST)


def _until_reset(value: str, now: datetime) -> timedelta | None:
    """Vendors write seconds from now, or the moment in Unix time: more seconds than any wait."""
    if not (value.isascii() and value.isdigit() and len(value) <= _UNIX_DIGITS):
        return None
    number = int(value)
    if timedelta(seconds=number) <= _LONGEST:
        return timedelta(seconds=number)
    return datetime.fromtimestamp(number, UTC) - now


def _moment(value: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
