"""Moments as their readers say them: in their language, on their own clock, which is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.core import get_global
from babel.dates import format_datetime

from services.messages.languages import Language


@dataclass(frozen=True, slots=True)
class _Style:
    """How a language writes a moment (a CLDR date pattern) and names the clock of a city."""

    moment: str
    clock: str


_STYLES: Mapping[Language, _Style] = {
    Language.ENGLISH: _Style("EEE d MMM y, HH:mm", "{city} time"),
    Language.UKRAINIAN: _Style("EEE, d MMMM y 'р'., HH:mm", "час: {city}"),
    Language.RUSSIAN: _Style("EEE, d MMMM y 'г'., HH:mm", "время: {city}"),
}


def when(moment: datetime, zone_name: str, language: Language) -> str:
    """An aware moment, such as `Tue 24 Nov 2026, 10:00 (Kyiv time, GMT+2)`.

    The clock is named by its city and by how far it is from Greenwich on that day, so that nobody
    needs to know its name to tell what time it is. A zone that nobody knows is read as UTC.
    """
    style, locale = _STYLES[language], Locale(language)
    zone = _zone(zone_name)
    written = format_datetime(moment, style.moment, tzinfo=zone, locale=locale)
    distance = moment.astimezone(zone).utcoffset() or timedelta(0)
    city = _city(zone.key, locale)
    if city is None:
        return f"{written} ({_from_greenwich(distance) if distance else 'UTC'})"
    return f"{written} ({style.clock.format(city=city)}, {_from_greenwich(distance)})"


def _zone(name: str) -> ZoneInfo:
    """A reader's zone may be any text: an unknown one must not keep a message from them."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _city(zone: str, locale: Locale) -> str | None:
    """The zone's city in the reader's language; None for a zone that is nowhere, such as UTC.

    Babel's own lookup goes by today's name of a zone. The CLDR files many cities under the name
    that the zone once had, Kyiv under `Europe/Kiev`: those names are tried as well.
    """
    present_names: Mapping[str, str] = get_global("zone_aliases")
    present = present_names.get(zone, zone)
    if "/" not in present or present.startswith("Etc/"):
        return None
    former = [name for name, now in present_names.items() if now == present]
    for name in (zone, present, *former):
        known = locale.time_zones.get(name, {})
        if "city" in known:
            return str(known["city"])
    return present.rpartition("/")[2].replace("_", " ")


def _from_greenwich(distance: timedelta) -> str:
    """`GMT+2`, `GMT-3:30`, `GMT`, as the CLDR's short form has it."""
    minutes = round(distance.total_seconds() / 60)
    if minutes == 0:
        return "GMT"
    hours, rest = divmod(abs(minutes), 60)
    return f"GMT{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
