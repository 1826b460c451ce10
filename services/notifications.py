"""Notifications: written in the change they tell of, handed over by a job each."""

import logging
from collections.abc import Sequence
from uuid import UUID

from services import booking_notices, jobs, plan_notices, story
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import Medium, Notification, NotificationKind
from services.domain.paging import Page, PageRequest
from services.domain.story import StepKind
from services.mails import TO_OPERATOR, compose_email
from services.messages.languages import Language
from services.notification_subjects import Subject
from services.providers.errors import ProviderError
from services.providers.message_ports import ChatClosed, ChatMessage
from services.store import notifications as store
from services.store import telegram as telegram_store
from services.store import telegram_buyers

log = logging.getLogger(__name__)

MOST_UNHEARD = 3
"""How often a message is handed over without hearing whether it was taken."""

FAILED_PLAINLY = (500, 503)


async def announce(
    app: App, conn: Conn, booking_id: UUID, kind: NotificationKind, *, round_: int | None = None
) -> bool:
    """Write a message about a booking over every medium its reader has, once in each round; False
    if that was done before. With None a round is each time that the booking was given."""
    notice = await booking_notices.notice_of(app, conn, booking_id)
    number = notice.facts.booking.sequence if round_ is None else round_
    return await _write(app, conn, notice, kind, number)


async def announce_anew(app: App, conn: Conn, booking_id: UUID, kind: NotificationKind) -> None:
    """Write a message about a booking once more, whose occasion has come again; the caller has
    locked the booking."""
    told = await store.count_rounds(conn, booking_id, kind)
    await announce(app, conn, booking_id, kind, round_=told)


async def announce_plan(
    app: App, conn: Conn, subscription_id: UUID, kind: NotificationKind, *, round_: int = 0
) -> bool:
    """Write a message about a subscription over every medium its reader has, once in each round;
    False if that was done before.

    Rounds tell one occasion of the same news from another; those of a channel's invitation are
    the access's own.
    """
    notice = await plan_notices.notice_of(app, conn, subscription_id)
    return await _write(app, conn, notice, kind, round_)


async def _write(
    app: App, conn: Conn, subject: Subject, kind: NotificationKind, round_: int
) -> bool:
    reader = subject.reader(app, kind)
    text = subject.text(kind, reader.language)
    news = False
    for medium, recipient in reader.recipients:
        made = await store.add(
            conn,
            user_id=reader.user_id,
            booking_id=subject.booking_id,
            subscription_id=subject.subscription_id,
            kind=kind,
            medium=medium,
            recipient=recipient,
            round_=round_,
            language=reader.language,
            title=text.title,
            body=text.body,
            now=app.clock.now(),
        )
        news = news or made is not None
        if made is not None:
            await _queue(app, conn, made, medium)
    return news


async def _queue(app: App, conn: Conn, notification_id: UUID, medium: Medium) -> None:
    if medium is not Medium.IN_APP:
        await jobs.enqueue(conn, Job.NOTIFY, notification_id)
    elif app.broadcasts is not None:
        await jobs.enqueue(conn, Job.BROADCAST, notification_id)


async def _subject_of(app: App, conn: Conn, notification: Notification) -> Subject:
    if notification.subscription_id is not None:
        return await plan_notices.notice_of(app, conn, notification.subscription_id)
    assert notification.booking_id is not None
    return await booking_notices.notice_of(app, conn, notification.booking_id)


async def deliver(app: App, notification_id: UUID) -> None:
    """Job: hand one message over, unless the service told meanwhile that it has it."""
    async with app.db.connection() as conn:
        notification = await store.get(conn, notification_id)
        if notification is None or notification.status != "QUEUED":
            return
        subject = await _subject_of(app, conn, notification)
    if subject.is_overtaken(notification, now=app.clock.now()):
        async with app.db.transaction() as conn:
            await store.overtaken(conn, notification_id)
        log.info("notification overtaken", extra={"notification_id": notification_id})
        return
    notification = subject.as_it_is_now(notification)
    try:
        provider_ref = await _hand_over(app, notification, subject)
    except ChatClosed as closed:
        await _unreachable(app, notification, str(closed))
        return
    except ProviderError as error:
        await _count_unheard(app, notification, error)
        raise
    async with app.db.transaction() as conn:
        if await store.sent(conn, notification_id, provider_ref, now=app.clock.now()):
            await _tell(app, conn, notification, StepKind.MESSAGE_SENT)
    log.info("notification handed over", extra={"notification_id": notification_id})


async def _count_unheard(app: App, notification: Notification, error: ProviderError) -> None:
    """Silence may mean that it arrived: better a rare second copy than none, but not twenty.

    A plain failure of the service is not silence. Raises ProviderError, not retryable, when the
    service was silent too often.
    """
    if not error.outcome_unknown or error.status in FAILED_PLAINLY:
        return
    async with app.db.transaction() as conn:
        silent = await store.unheard(conn, notification.id)
    if silent >= MOST_UNHEARD:
        raise ProviderError(
            error.vendor, f"{error.message}, {silent} times", retryable=False, outcome_unknown=True
        ) from error


async def _hand_over(app: App, notification: Notification, subject: Subject) -> str | None:
    if notification.medium is Medium.EMAIL:
        return await app.mail.send(compose_email(app, notification, subject.facts))
    assert notification.medium is Medium.TELEGRAM
    assert notification.recipient is not None
    if app.chat is None:
        raise ProviderError("telegram", "has no bot token any more", retryable=False)
    language = Language.of(notification.language)
    return await app.chat.send(
        ChatMessage(
            chat_id=int(notification.recipient),
            title=notification.title,
            body=notification.body,
            button=subject.button(notification.kind, language),
        )
    )


async def _unreachable(app: App, notification: Notification, why: str) -> None:
    """The person keeps our bot out: no fault of anything, their other media have the message."""
    assert notification.recipient is not None
    chat_id, now = int(notification.recipient), app.clock.now()
    async with app.db.transaction() as conn:
        await store.failed(conn, notification.id)
        await telegram_store.block(conn, chat_id, now=now)
        await telegram_buyers.block(conn, chat_id, now=now)
        await _tell(app, conn, notification, StepKind.MESSAGE_GIVEN_UP, why)


async def _tell(
    app: App, conn: Conn, notification: Notification, kind: StepKind, detail: str = ""
) -> None:
    if notification.booking_id is not None and notification.kind not in TO_OPERATOR:
        thing = story.thing_of(notification)
        await story.step(app, conn, notification.booking_id, kind, subject=thing, detail=detail)


async def give_up(app: App, notification_id: UUID) -> None:
    """The job's retries are used up: the message stays in the app."""
    async with app.db.transaction() as conn:
        await store.failed(conn, notification_id)


async def broadcast(app: App, notification_id: UUID) -> None:
    """Job: tell the person's open pages. Their rows hold the message: this only saves a look."""
    async with app.db.connection() as conn:
        notification = await store.get(conn, notification_id)
    if notification is None or notification.user_id is None or app.broadcasts is None:
        return
    await app.broadcasts.send(
        notification.user_id,
        "notification",
        {
            "id": str(notification.id),
            "kind": notification.kind.value,
            "bookingId": _text(notification.booking_id),
            "subscriptionId": _text(notification.subscription_id),
            "title": notification.title,
        },
    )


def _text(id_: UUID | None) -> str | None:
    return str(id_) if id_ else None


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
