"""A notification as an e-mail, with the calendar file that belongs to it."""

from email.utils import parseaddr
from typing import Literal

from services import calendar_file
from services.app import App
from services.domain.models import Notification, NotificationKind
from services.messages.compose import with_calendar_file
from services.messages.facts import Facts, Text
from services.messages.html import as_html
from services.messages.languages import Language
from services.messages.plan_facts import PlanFacts
from services.providers.message_ports import Attachment, Email

WITH_INVITATION = frozenset(
    {
        NotificationKind.BOOKING_CONFIRMED,
        NotificationKind.BOOKING_RESCHEDULED,
        NotificationKind.HOST_BOOKED,
        NotificationKind.HOST_RESCHEDULED,
    }
)
WITH_CANCELLATION = frozenset({NotificationKind.HOST_CANCELLED, NotificationKind.BOOKING_CANCELLED})
TO_OPERATOR = frozenset({NotificationKind.OPERATOR_ASKED, NotificationKind.PLAN_OPERATOR_ASKED})
TO_HOST = frozenset(
    {
        NotificationKind.HOST_BOOKED,
        NotificationKind.HOST_CANCELLED,
        NotificationKind.HOST_RESCHEDULED,
        NotificationKind.HOST_DISPUTED,
        NotificationKind.HOST_DISPUTE_WON,
        NotificationKind.HOST_DISPUTE_LOST,
        NotificationKind.HOST_PAID_OUT,
        NotificationKind.HOST_PAYOUT_BLOCKED,
        NotificationKind.HOST_PAYOUT_REVERSED,
    }
)


def compose_email(app: App, notification: Notification, facts: Facts | PlanFacts) -> Email:
    """The e-mail; a repeat carries the same Message-ID."""
    assert notification.recipient is not None
    _, sender = parseaddr(app.settings.email_from)
    domain = sender.rpartition("@")[2]
    language = Language.of(notification.language)
    text = Text(notification.title, notification.body)
    attachments: tuple[Attachment, ...] = ()
    if isinstance(facts, Facts):
        attachments = _attachments(notification, facts, sender)
        if attachments and notification.kind in WITH_INVITATION:
            text = with_calendar_file(text, language)
    return Email(
        key=notification.id,
        kind=notification.kind,
        language=notification.language,
        message_id=f"<{notification.id}@{domain}>",
        to=notification.recipient,
        to_name=_reader_name(notification, facts),
        subject=text.title,
        text=text.body,
        html=as_html(text, language),
        attachments=attachments,
    )


def _reader_name(notification: Notification, facts: Facts | PlanFacts) -> str | None:
    if notification.kind in TO_OPERATOR:
        return None
    if isinstance(facts, PlanFacts):
        return facts.buyer.name if facts.buyer else None
    if notification.kind in TO_HOST:
        return facts.host.name
    return facts.client.name if facts.client else None


def _attachments(notification: Notification, facts: Facts, sender: str) -> tuple[Attachment, ...]:
    booking = facts.booking
    cancels = notification.kind in WITH_CANCELLATION
    if not (cancels or notification.kind in WITH_INVITATION) or booking.starts_at is None:
        return ()
    assert booking.ends_at is not None
    assert notification.recipient is not None
    method: Literal["REQUEST", "CANCEL"] = "CANCEL" if cancels else "REQUEST"
    content = calendar_file.invitation(
        uid=f"{booking.id}@{sender.rpartition('@')[2]}",
        sequence=booking.sequence + cancels,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        summary=f"{facts.session_type.name} · {facts.host.name}",
        description=notification.body,
        url=facts.meeting.url if facts.meeting and not cancels else None,
        organizer_email=sender,
        organizer_name=facts.host.name,
        attendee_email=notification.recipient,
        attendee_name=_reader_name(notification, facts),
        stamp=notification.created_at,
        method=method,
    )
    content_type = f"text/calendar; method={method}; charset=utf-8"
    return (Attachment("session.ics", content_type, content),)
