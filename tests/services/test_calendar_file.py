"""The .ics file of a booking, read back by a parser and looked at byte by byte."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from services.calendar_file import invitation

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BOOKING: dict[str, Any] = {
    "uid": "0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10@sessionpay",
    "sequence": 0,
    "starts_at": NOON,
    "ends_at": NOON + timedelta(minutes=45),
    "summary": "Consultation",
    "description": "See you there.",
    "url": "https://meet.test/r/abc?x=1;y=2,3",
    "organizer_email": "host@example.com",
    "organizer_name": "Olena",
    "attendee_email": "ann@client.test",
    "attendee_name": "Ann",
    "stamp": NOON - timedelta(days=1),
}


def made(**changes: Any) -> bytes:
    return invitation(**{**BOOKING, **changes})


def event_of(content: bytes) -> Event:
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert isinstance(event, Event)
    assert event.errors == []
    return event


def unfolded(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def test_an_invitation_is_written_to_the_letter() -> None:
    assert sorted(unfolded(made())) == sorted(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//SessionPay//Bookings//EN",
            "CALSCALE:GREGORIAN",
            "METHOD:REQUEST",
            "BEGIN:VEVENT",
            "UID:0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10@sessionpay",
            "DTSTAMP:20260531T120000Z",
            "DTSTART:20260601T120000Z",
            "DTEND:20260601T124500Z",
            "SEQUENCE:0",
            "STATUS:CONFIRMED",
            "TRANSP:OPAQUE",
            "SUMMARY:Consultation",
            "DESCRIPTION:See you there.",
            "URL:https://meet.test/r/abc?x=1;y=2,3",
            r"LOCATION:https://meet.test/r/abc?x=1\;y=2\,3",
            "ORGANIZER;CN=Olena:mailto:host@example.com",
            "ATTENDEE;CN=Ann;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE"
            ":mailto:ann@client.test",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def test_a_cancellation_says_so_twice_and_keeps_the_uid() -> None:
    content = made(method="CANCEL", sequence=3)
    event = event_of(content)

    assert Calendar.from_ical(content)["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 3
    assert event["UID"] == event_of(made())["UID"]


def test_another_time_is_a_request_with_the_same_uid_and_a_higher_sequence() -> None:
    later = NOON + timedelta(days=1)
    content = made(starts_at=later, ends_at=later + timedelta(minutes=45), sequence=1)
    event, before = event_of(content), event_of(made())

    assert Calendar.from_ical(content)["METHOD"] == "REQUEST"
    assert event["STATUS"] == "CONFIRMED"
    assert event["UID"] == before["UID"]
    assert (before["SEQUENCE"], event["SEQUENCE"]) == (0, 1)
    assert event.start == later
    assert event["ORGANIZER"] == before["ORGANIZER"]
    assert event["ATTENDEE"] == before["ATTENDEE"]


def test_times_in_any_zone_are_written_in_utc_to_the_second() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    lines = unfolded(
        made(
            starts_at=datetime(2026, 6, 1, 15, 0, 0, 999, tzinfo=kyiv),
            ends_at=datetime(2026, 6, 1, 8, 45, tzinfo=timezone(timedelta(hours=-4))),
        )
    )

    assert "DTSTART:20260601T120000Z" in lines
    assert "DTEND:20260601T124500Z" in lines


NASTY = 'Стрічка; one, two\\three \\N C:\\new\nnext: "line"\r\nEND:VEVENT\rATTENDEE:mailto:x@y.z'


def test_user_text_stays_text() -> None:
    content = made(summary=NASTY, description=NASTY, attendee_name=NASTY, organizer_name=NASTY)
    event = event_of(content)
    expected = (
        'Стрічка\\; one\\, two\\\\three \\\\N C:\\\\new\\nnext: "line"\\nEND:VEVENT'
        "\\nATTENDEE:mailto:x@y.z"
    )

    lines = unfolded(content)
    assert f"SUMMARY:{expected}" in lines
    assert f"DESCRIPTION:{expected}" in lines
    assert len([line for line in lines if line.startswith("ATTENDEE")]) == 1
    assert len([line for line in lines if line == "END:VEVENT"]) == 1
    assert str(event["ATTENDEE"]) == "mailto:ann@client.test"
    assert str(event["ORGANIZER"]) == "mailto:host@example.com"


def test_plain_text_with_line_ends_is_read_back() -> None:
    event = event_of(made(summary="Сесія, перша; довга", description="one\r\ntwo\nthree"))

    assert event["SUMMARY"] == "Сесія, перша; довга"
    assert event["DESCRIPTION"] == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ('Ann "the; boss": X, Y', "Ann 'the; boss': X, Y"),
        ("Анна  Ковальчук", "Анна Ковальчук"),
        ("Ann\r\nATTENDEE:mailto:x@y.z", "Ann ATTENDEE:mailto:x@y.z"),
        ("O’Neill", "O’Neill"),
    ],
)
def test_names_are_read_back(name: str, read: str) -> None:
    event = event_of(made(attendee_name=name, organizer_name=name))

    assert event["ATTENDEE"].params["CN"] == read
    assert event["ORGANIZER"].params["CN"] == read


def test_control_characters_are_dropped() -> None:
    content = made(summary="a\x00b\x07c", attendee_name="d\x00e")

    assert event_of(content)["SUMMARY"] == "abc"
    assert b"\x00" not in content


def test_lines_end_in_crlf_and_are_folded_between_characters() -> None:
    content = made(description="Довгий опис, " * 50, summary="я" * 200)

    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content.endswith(b"\r\n")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert event_of(content)["DESCRIPTION"] == "Довгий опис, " * 50


def test_without_a_link_and_a_name_nothing_is_made_up() -> None:
    event = event_of(made(url=None, attendee_name=None))

    assert "URL" not in event
    assert "LOCATION" not in event
    assert "CN" not in event["ATTENDEE"].params


def test_the_same_booking_is_the_same_file() -> None:
    assert made() == made()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"starts_at": NOON.replace(tzinfo=None)}, "offset"),
        ({"stamp": NOON.replace(tzinfo=None)}, "offset"),
        ({"ends_at": NOON}, "end after"),
        ({"url": "https://meet.test/\r\nX:1"}, "no control characters"),
        ({"attendee_email": "ann@client.test\nX:1"}, "no control characters"),
        ({"organizer_email": "host @example.com"}, "no spaces"),
    ],
)
def test_what_would_break_the_file_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        made(**changes)
