"""Moments as vendors write and read them: ISO 8601 in UTC with a Z."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> str:
    """Such as `2026-12-01T09:00:00Z`; fractions of a second only where there are."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_moment(text: object) -> datetime:
    """A moment from an answer. Raises TypeError or ValueError when it is none or has no offset."""
    if not isinstance(text, str):
        raise TypeError("a moment must be text")
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("a moment must have an offset")
    return parsed.astimezone(UTC)
