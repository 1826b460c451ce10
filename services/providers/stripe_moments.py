"""Moments as Stripe writes them: whole seconds since 1970."""

from datetime import UTC, datetime


def moment(since_1970: int) -> datetime:
    return datetime.fromtimestamp(since_1970, UTC)


def moment_or_none(since_1970: int | None) -> datetime | None:
    return None if since_1970 is None else moment(since_1970)


def seconds(at: datetime) -> int:
    return int(at.timestamp())
