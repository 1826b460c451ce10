"""Time zones that a request may name."""

from zoneinfo import available_timezones

from services.domain.errors import InvalidInput


def require_time_zone(name: str | None) -> None:
    """Raises InvalidInput for what is no IANA time zone; None names none and is fine."""
    if name is not None and name not in available_timezones():
        raise InvalidInput("timeZone", "timeZone is no IANA time zone, such as Europe/Kyiv.")
