"""The words of every message: what a person reads in the app, in an e-mail or in a chat."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.domain.models import Booking, Host, Meeting, NotificationKind, SessionType, User


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message may speak of. `meeting` is None while the room is not open yet."""

    booking: Booking
    session_type: SessionType
    host: Host
    client: User | None
    meeting: Meeting | None
    public_url: str


@dataclass(frozen=True, slots=True)
class Text:
    """A heading and a body of plain text whose paragraphs are parted by empty lines."""

    title: str
    body: str


def compose(kind: NotificationKind, facts: Facts) -> Text:
    """The message of this kind about these facts."""
    return _WORDS[kind](facts)


def when(moment: datetime, zone_name: str) -> str:
    """A moment as a reader in that zone says it, such as `Tue 24 Nov 2026, 10:00 (Europe/Kyiv)`."""
    zone = _zone(zone_name)
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({zone.key})"


def _zone(name: str) -> ZoneInfo:
    """A reader's zone may be any text: an unknown one must not keep a message from them."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def as_html(text: Text) -> str:
    """The text as a simple HTML document; addresses become links."""
    paragraphs = "".join(
        f'<p style="margin:0 0 16px">{_linked(part)}</p>' for part in text.body.split("\n\n")
    )
    return (
        '<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif;'
        'color:#1a1d24;max-width:36em;margin:0 auto;padding:24px">'
        f'<h1 style="font-size:20px;margin:0 0 16px">{escape(text.title)}</h1>{paragraphs}'
        "</body></html>"
    )


def _linked(part: str) -> str:
    words = [
        f'<a href="{escape(word)}">{escape(word)}</a>'
        if word.startswith(("https://", "http://"))
        else escape(word)
        for line in part.split("\n")
        for word in [*line.split(" "), "\n"]
    ]
    return " ".join(words).replace(" \n ", "<br>").removesuffix(" \n").strip()


def _client_zone(facts: Facts) -> str:
    return facts.booking.time_zone or (facts.client and facts.client.time_zone) or "UTC"


def _what(facts: Facts) -> str:
    return f"{facts.session_type.name} with {facts.host.name}"


def _client_time(facts: Facts) -> str:
    assert facts.booking.starts_at is not None
    return when(facts.booking.starts_at, _client_zone(facts))


def _confirmed(facts: Facts) -> Text:
    where = (
        f"Join here: {facts.meeting.url}"
        if facts.meeting
        else "The meeting link follows in a separate message."
    )
    return Text(
        f"Confirmed: {_what(facts)}",
        f"Your session is confirmed.\n\n{_what(facts)}\n{_client_time(facts)}\n\n{where}",
    )


def _meeting_link(facts: Facts) -> Text:
    assert facts.meeting is not None
    return Text(
        f"Your meeting link: {_what(facts)}",
        f"{_what(facts)}\n{_client_time(facts)}\n\nJoin here: {facts.meeting.url}",
    )


def _rejected(facts: Facts) -> Text:
    why = facts.booking.status_reason or "The time could not be booked."
    return Text(
        f"Not booked, money goes back: {_what(facts)}",
        f"We could not book your session. {why}\n\n"
        f"{facts.booking.price.display} goes back to the way you paid, in full and by itself. "
        "Banks usually show it within five to ten days.\n\n"
        f"Choose another time: {facts.public_url}/",
    )


def _cancelled(facts: Facts) -> Text:
    why = facts.booking.status_reason or "It was cancelled."
    return Text(
        f"Cancelled: {_what(facts)}",
        f"{_what(facts)} does not take place. {why}\n\n"
        "Your money is on its way back to the way you paid.",
    )


def _returned(facts: Facts) -> Text:
    return Text(
        f"Payment returned: {_what(facts)}",
        f"{_what(facts)} was paid for twice. We have returned the second payment of "
        f"{facts.booking.price.display} in full; your booking stands.",
    )


def _waiting(facts: Facts) -> Text:
    return Text(
        f"We are looking after your payment: {_what(facts)}",
        f"Your payment of {facts.booking.price.display} for {_what(facts)} could not be settled "
        "by itself. A person is looking after it and will write to you. Please don't pay again.",
    )


def _operator_asked(facts: Facts) -> Text:
    return Text(
        f"A payment waits for you: booking {facts.booking.id}",
        f"The payment of booking {facts.booking.id} ({facts.booking.price.display}) could not end "
        "by itself. The reason is in public.payments.outcome_reason, the details are in "
        "private.error_logs.",
    )


def _choose_time(facts: Facts) -> Text:
    until = (
        f" until {when(facts.booking.place_by, _client_zone(facts))}"
        if facts.booking.place_by
        else ""
    )
    return Text(
        f"Choose your time: {_what(facts)}",
        f"Thank you, your payment has arrived.\n\nChoose the time of your session{until}: "
        f"{facts.public_url}/booking?booking={facts.booking.id}",
    )


def _choose_time_reminder(facts: Facts) -> Text:
    text = _choose_time(facts)
    return Text(f"Reminder: {text.title[0].lower()}{text.title[1:]}", text.body)


def _host_time(facts: Facts) -> str:
    assert facts.booking.starts_at is not None
    return when(facts.booking.starts_at, facts.host.time_zone)


def _host_booked(facts: Facts) -> Text:
    who = (facts.client and (facts.client.name or facts.client.email)) or "A client"
    where = f"\n\nMeeting link: {facts.meeting.url}" if facts.meeting else ""
    return Text(
        f"Booked: {facts.session_type.name}, {_host_time(facts)}",
        f"{who} booked {facts.session_type.name}.\n\n{_host_time(facts)}{where}",
    )


def _host_cancelled(facts: Facts) -> Text:
    return Text(
        f"Cancelled: {facts.session_type.name}, {_host_time(facts)}",
        f"{facts.session_type.name} at {_host_time(facts)} does not take place.",
    )


_WORDS: Mapping[NotificationKind, Callable[[Facts], Text]] = {
    NotificationKind.BOOKING_CONFIRMED: _confirmed,
    NotificationKind.MEETING_LINK: _meeting_link,
    NotificationKind.BOOKING_REJECTED: _rejected,
    NotificationKind.BOOKING_CANCELLED: _cancelled,
    NotificationKind.PAYMENT_RETURNED: _returned,
    NotificationKind.PAYMENT_WAITING: _waiting,
    NotificationKind.OPERATOR_ASKED: _operator_asked,
    NotificationKind.CHOOSE_TIME: _choose_time,
    NotificationKind.CHOOSE_TIME_REMINDER: _choose_time_reminder,
    NotificationKind.HOST_BOOKED: _host_booked,
    NotificationKind.HOST_CANCELLED: _host_cancelled,
}
