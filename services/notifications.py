"""Notifications: written in the change they tell of, handed over by a job each."""

import logging
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Literal
from uuid import UUID

from services import calendar_file, jobs, messages
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import Medium, Notification, NotificationKind
from services.domain.paging import Page, PageRequest
from services.log import correlation_id
from services.providers.ports import Attachment, Email
from services.store import bookings as booking_store
from services.store import error_logs, user_sessions
from services.store import hosts as host_store
from services.store import notifications as store
from services.store import session_types as session_type_store
from services.store import users as user_store

log = logging.getLogger(__name__)

TO_HOST = frozenset({NotificationKind.HOST_BOOKED, NotificationKind.HOST_CANCELLED})
TO_OPERATOR = frozenset({NotificationKind.OPERATOR_ASKED})
WITH_INVITATION = frozenset({NotificationKind.BOOKING_CONFIRMED, NotificationKind.HOST_BOOKED})
WITH_CANCELLATION = frozenset({NotificationKind.HOST_CANCELLED, NotificationKind.BOOKING_CANCELLED})


async def announce(app: App, conn: Conn, booking_id: UUID, kind: NotificationKind) -> bool:
    """Write a message over every medium its reader has, once; False if that was done before."""
    facts = await _facts(app, conn, booking_id)
    text = messages.compose(kind, facts)
    to_client = kind not in TO_HOST | TO_OPERATOR
    address = _address(app, kind, facts)
    media = [Medium.EMAIL] if address else []
    if to_client and facts.client is not None:
        media.insert(0, Medium.IN_APP)
    news = False
    for medium in media:
        made = await store.add(
            conn,
            user_id=facts.client.id if to_client and facts.client else None,
            booking_id=booking_id,
            kind=kind,
            medium=medium,
            recipient=address if medium is Medium.EMAIL else None,
            title=text.title,
            body=text.body,
            now=app.clock.now(),
        )
        news = news or made is not None
        if made is not None and medium is not Medium.IN_APP:
            await jobs.enqueue(conn, Job.NOTIFY, made)
    return news


def _address(app: App, kind: NotificationKind, facts: messages.Facts) -> str | None:
    if kind in TO_OPERATOR:
        return app.settings.operator_email
    if kind in TO_HOST:
        return facts.host.email
    return facts.client.email if facts.client else None


async def _facts(app: App, conn: Conn, booking_id: UUID) -> messages.Facts:
    booking = await booking_store.get(conn, booking_id)
    assert booking is not None
    session_type = (await session_type_store.by_ids(conn, [booking.session_type_id]))[
        booking.session_type_id
    ]
    return messages.Facts(
        booking=booking,
        session_type=session_type,
        host=(await host_store.by_ids(conn, [booking.host_id]))[booking.host_id],
        client=await user_store.get(conn, booking.user_id) if booking.user_id else None,
        meeting=(await user_sessions.of_bookings(conn, [booking.id])).get(booking.id),
        public_url=app.settings.public_url.rstrip("/"),
    )


async def deliver(app: App, notification_id: UUID) -> None:
    """Job: hand one message over. A repeat after an unknown outcome carries the same Message-ID."""
    async with app.db.connection() as conn:
        notification = await store.get(conn, notification_id)
        if notification is None or notification.status != "QUEUED":
            return
        email = await _email(app, conn, notification)
    await app.mail.send(email)
    async with app.db.transaction() as conn:
        await store.sent(conn, notification_id, now=app.clock.now())
    log.info("notification handed over", extra={"notification_id": notification_id})


async def give_up(app: App, notification_id: UUID, why: str) -> None:
    """The job's retries are used up: the message stays in the app, the operator is told."""
    async with app.db.transaction() as conn:
        await store.failed(conn, notification_id)
        notification = await store.get(conn, notification_id)
        await error_logs.add(
            conn,
            source=Job.NOTIFY,
            message=why,
            final=True,
            booking_id=notification.booking_id if notification else None,
            correlation_id=correlation_id.get(),
        )


async def _email(app: App, conn: Conn, notification: Notification) -> Email:
    assert notification.recipient is not None
    assert notification.booking_id is not None
    facts = await _facts(app, conn, notification.booking_id)
    _, sender = parseaddr(app.settings.email_from)
    attachments = _attachments(notification, facts, sender)
    body = notification.body
    if attachments and notification.kind in WITH_INVITATION:
        body += "\n\nThe attached calendar file adds it to your calendar."
    text = messages.Text(notification.title, body)
    return Email(
        message_id=f"<{notification.id}@{sender.rpartition('@')[2]}>",
        to=notification.recipient,
        to_name=_reader_name(notification, facts),
        subject=text.title,
        text=text.body,
        html=messages.as_html(text),
        attachments=attachments,
    )


def _reader_name(notification: Notification, facts: messages.Facts) -> str | None:
    if notification.kind in TO_OPERATOR:
        return None
    if notification.kind in TO_HOST:
        return facts.host.name
    return facts.client.name if facts.client else None


def _attachments(
    notification: Notification, facts: messages.Facts, sender: str
) -> tuple[Attachment, ...]:
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
        url=facts.meeting.url if facts.meeting else None,
        organizer_email=sender,
        organizer_name=facts.host.name,
        attendee_email=notification.recipient,
        attendee_name=_reader_name(notification, facts),
        stamp=notification.created_at,
        method=method,
    )
    content_type = f"text/calendar; method={method}; charset=utf-8"
    return (Attachment("session.ics", content_type, content),)


async def mine(
    app: App, user_id: UUID, page: PageRequest, *, unread_only: bool
) -> Page[Notification]:
    """The user's messages in the app, newest first."""
    async with app.db.connection() as conn:
        return await store.page_of_user(conn, user_id, page, unread_only=unread_only)


async def count_unread(app: App, user_id: UUID) -> int:
    async with app.db.connection() as conn:
        return await store.count_unread(conn, user_id)


async def mark_read(app: App, user_id: UUID, ids: Sequence[UUID] | None) -> int:
    """Mark these, or with None all, of the user's messages; tells how many changed."""
    async with app.db.transaction() as conn:
        return await store.mark_read(conn, user_id, ids, now=app.clock.now())
