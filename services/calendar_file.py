"""The .ics file of a booking: an invitation, its change, or its withdrawal."""

import re
from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText
from icalendar.enums import CUTYPE, PARTSTAT, ROLE, STATUS, TRANSP

PRODUCT_ID = "-//SessionPay//Bookings//EN"

# RFC 5545 §3.1 allows no control characters in text but tabs; line ends become "\n" escapes.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNFIT_FOR_URI = re.compile("[\x00-\x20\x7f-\x9f]")


class _Text(vText):
    """Text whose backslashes survive: icalendar takes `\\N` in plain text for a line end."""

    def to_ical(self) -> bytes:
        lines = str(self).replace("\r\n", "\n").replace("\r", "\n")
        for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
            lines = lines.replace(plain, escaped)
        return lines.encode()


def invitation(
    *,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    summary: str,
    description: str,
    url: str | None,
    organizer_email: str,
    organizer_name: str,
    attendee_email: str,
    attendee_name: str | None,
    stamp: datetime,
    method: Literal["REQUEST", "CANCEL"] = "REQUEST",
) -> bytes:
    """An iTIP message (RFC 5546) with one event, as UTF-8 with CRLF.

    Calendars match it to what they hold by `uid`, the same for the whole life of the booking, and
    take it for newer by a higher `sequence`. Moments are aware; seconds are the finest they keep.
    Raises ValueError for a naive moment, an end that is not after the start, and an address or
    link with spaces or control characters.
    """
    starts, ends = _utc(starts_at), _utc(ends_at)
    if ends <= starts:
        raise ValueError("the session must end after it starts")
    event = Event()
    event.add("uid", _text(uid))
    event.add("dtstamp", _utc(stamp))
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("sequence", sequence)
    event.add("status", STATUS.CANCELLED if method == "CANCEL" else STATUS.CONFIRMED)
    event.add("transp", TRANSP.OPAQUE)
    event.add("summary", _text(summary))
    event.add("description", _text(description))
    if url is not None:
        event.add("url", _uri(url))
        # Most calendars show the location as a link, and few show the URL property at all.
        event.add("location", _text(url))
    event.add("organizer", _person(organizer_email, organizer_name))
    event.add("attendee", _attendee(attendee_email, attendee_name))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _attendee(email: str, name: str | None) -> vCalAddress:
    """Whoever booked has accepted by booking: nobody waits for their answer."""
    person = _person(email, name)
    person.params["CUTYPE"] = CUTYPE.INDIVIDUAL
    person.params["ROLE"] = ROLE.REQ_PARTICIPANT
    person.params["PARTSTAT"] = PARTSTAT.ACCEPTED
    person.params["RSVP"] = "FALSE"
    return person


def _person(email: str, name: str | None) -> vCalAddress:
    person = vCalAddress(_uri(f"mailto:{email}"))
    if name:
        # Not every calendar knows the escape for a double quote in a parameter (RFC 6868).
        plain = _CONTROLS.sub(" ", name).replace('"', "'")
        person.params["CN"] = " ".join(plain.split())
    return person


def _text(text: str) -> _Text:
    return _Text(_CONTROLS.sub("", text))


def _uri(text: str) -> str:
    if _UNFIT_FOR_URI.search(text):
        raise ValueError("an address must hold no spaces and no control characters")
    return text


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs an offset from UTC")
    return moment.astimezone(UTC).replace(microsecond=0)
