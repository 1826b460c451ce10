"""Moments as the v2 API writes them: RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """E.g. `2026-11-21T10:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def of_seconds(seconds: int) -> str:
    """The same of an epoch second."""
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
