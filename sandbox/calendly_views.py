"""The HTML of the Calendly stand-in's pages."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from itertools import groupby

from sandbox.calendly_agenda import NAME, ZONE, Resource, as_text

_WHO = (
    '<div class="fields"><label>Your name <input name="name" required maxlength="200" '
    'autocomplete="name" value="{name}"></label><label>Your e-mail <input name="email" '
    'type="email" required maxlength="254" autocomplete="email" value="{email}"></label></div>'
)


def page(root: str, title: str, body: str) -> str:
    """A whole page; its style and script are below `root`."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        f'<title>{title} · Sandbox</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{root}/static/calendly.css">'
        f'<script src="{root}/static/calendly.js" defer></script></head><body>'
        '<p class="sandbox"><strong>SANDBOX</strong> This page stands in for Calendly.</p>'
        f"<main>{body}</main></body></html>"
    )


def times(
    action: str, starts: Iterable[datetime], *, who: Mapping[str, str] | None, problem: str
) -> str:
    """A form that is sent by pressing a time; without `who` nobody is asked who they are."""
    fields = ""
    if who is not None:
        fields = _WHO.format(name=escape(who.get("name", "")), email=escape(who.get("email", "")))
    days = "".join(_days(starts)) or "<p>No time is open.</p>"
    alert = f'<p role="alert" class="problem">{problem}</p>' if problem else ""
    return (
        f'<h1>{NAME}</h1>{alert}<form method="post" action="{escape(action)}">{fields}'
        '<input type="hidden" name="timezone" value="">'
        f'<p class="zone">Press a time. Times are in {ZONE.key}.</p>'
        f'<div class="days">{days}</div></form>'
    )


def _days(starts: Iterable[datetime]) -> Iterator[str]:
    local = (start.astimezone(ZONE) for start in starts)
    for _, same_day in groupby(local, key=datetime.date):
        slots = list(same_day)
        yield f'<section><h2>{day(slots[0])}</h2><div class="times">'
        yield "".join(
            f'<button name="start_time" value="{as_text(slot)}" '
            f'aria-label="{day(slot)}, {slot:%H:%M}">{slot:%H:%M}</button>'
            for slot in slots
        )
        yield "</div></section>"


def scheduled(invitee: Resource, starts_at: datetime, *, embedded: bool) -> str:
    """`starts_at` is in the invitee's zone. With `embedded` the script tells the framing page."""
    told = f' data-event="{invitee["event"]}" data-invitee="{invitee["uri"]}"' if embedded else ""
    return (
        f"<div{told}><h1>You are scheduled</h1><p>{_when(invitee, starts_at)}</p>"
        f'<p><a href="{invitee["reschedule_url"]}">Reschedule</a> '
        f'<a href="{invitee["cancel_url"]}">Cancel</a></p></div>'
    )


def cancelling(invitee: Resource, starts_at: datetime) -> str:
    return (
        f"<h1>Cancel this appointment?</h1><p>{_when(invitee, starts_at)}</p>"
        '<form method="post"><div class="fields"><label>Reason <input name="reason" '
        'maxlength="500"></label></div><p><button>Cancel the appointment</button></p></form>'
    )


def _when(invitee: Resource, starts_at: datetime) -> str:
    zone = escape(invitee["timezone"])
    return f"{NAME}, {day(starts_at)}, {starts_at:%H:%M} ({zone})."


def day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B}"
