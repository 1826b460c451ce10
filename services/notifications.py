"""Notifications: written in the change they tell of, handed over by a job each."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services import appointments, jobs, story
from services.app import App
from services.db import Conn
from services.domain.booking import OVER, Status
from services.domain.jobs import Job
from services.domain.models import Medium, Notification, NotificationKind
from services.domain.paging import Page, PageRequest
from services.domain.story import StepKind
from services.mails import TO_HOST, TO_OPERATOR, compose_email
from services.messages import buttons, compose
from services.messages.facts import Facts
from services.messages.languages import Language
from services.providers.errors import ProviderError
from services.providers.message_ports import ChatClosed, ChatMessage
from services.store import notifications as store
from services.store import payments as payment_store
from services.store import telegram as telegram_store
from services.store import user_sessions

log = logging.getLogger(__name__)

MOST_UNHEARD = 3
"""How often a message is handed over without hearing whether it was taken."""

FAILED_PLAINLY = (500, 503)

REMINDERS = frozenset({NotificationKind.REMINDER_DAY, NotificationKind.REMINDER_HOUR})
ASKS_FOR_A_TIME = frozenset({NotificationKind.CHOOSE_TIME, NotificationKind.CHOOSE_TIME_REMINDER})
TELLS_OF_A_TIME = REMINDERS | {
    NotificationKind.BOOKING_CONFIRMED,
    NotificationKind.BOOKING_RESCHEDULED,
    NotificationKind.MEETING_LINK,
    NotificationKind.HOST_BOOKED,
    NotificationKind.HOST_RESCHEDULED,
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a message is for: over which media they are reached, in which language.

    `user_id` is None for whoever has no sign-in here.
    """

    user_id: UUID | None
    recipients: tuple[tuple[Medium, str | None], ...]
    language: Language


async def announce(app: App, conn: Conn, booking_id: UUID, kind: NotificationKind) -> bool:
    """Write a message over every medium its reader has, once; False if that was done before."""
    facts = await facts_of(app, conn, booking_id)
    reader = _reader(app, kind, facts)
    text = compose.compose(kind, facts, reader.language)
    news = False
    for medium, recipient in reader.recipients:
        made = await store.add(
            conn,
            user_id=reader.user_id,
            booking_id=booking_id,
            kind=kind,
            medium=medium,
            recipient=recipient,
            round_=facts.booking.sequence,
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


def _reader(app: App, kind: NotificationKind, facts: Facts) -> Reader:
    if kind in TO_OPERATOR:
        operator = (Medium.EMAIL, app.settings.operator_email)
        return Reader(None, (operator,), Language.ENGLISH)
    if kind in TO_HOST:
        host = (Medium.EMAIL, facts.host.email)
        return Reader(None, (host,), Language.of(facts.host.language))
    client = facts.client
    if client is None:
        return Reader(None, (), Language.ENGLISH)
    media: list[tuple[Medium, str | None]] = [(Medium.IN_APP, None)]
    if client.email:
        media.append((Medium.EMAIL, client.email))
    if app.chat is not None and client.telegram_id and client.telegram_blocked_at is None:
        media.append((Medium.TELEGRAM, str(client.telegram_id)))
    return Reader(client.id, tuple(media), Language.of(client.language))


async def facts_of(app: App, conn: Conn, booking_id: UUID) -> Facts:
    """What a message about the booking may speak of."""
    case = await appointments.of(conn, booking_id)
    paid = await payment_store.succeeded_of_booking(conn, booking_id)
    return Facts(
        booking=case.booking,
        session_type=case.session_type,
        host=case.host,
        client=case.client,
        meeting=(await user_sessions.of_bookings(conn, [booking_id])).get(booking_id),
        receipt_url=next((payment.receipt_url for payment in paid if payment.receipt_url), None),
        public_url=app.settings.public_url.rstrip("/"),
    )


async def deliver(app: App, notification_id: UUID) -> None:
    """Job: hand one message over, unless the service told meanwhile that it has it."""
    async with app.db.connection() as conn:
        notification = await store.get(conn, notification_id)
        if notification is None or notification.status != "QUEUED":
            return
        assert notification.booking_id is not None
        facts = await facts_of(app, conn, notification.booking_id)
    if _overtaken(app, notification, facts):
        async with app.db.transaction() as conn:
            await store.overtaken(conn, notification_id)
        log.info("notification overtaken", extra={"notification_id": notification_id})
        return
    try:
        provider_ref = await _hand_over(app, notification, facts)
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


def _overtaken(app: App, notification: Notification, facts: Facts) -> bool:
    """Whether what the message says is no longer true, or no longer for who it was written to."""
    booking, client = facts.booking, facts.client
    if notification.medium is Medium.TELEGRAM and notification.recipient != str(
        client.telegram_id if client else None
    ):
        return True
    if notification.kind in ASKS_FOR_A_TIME:
        return booking.status is not Status.PENDING or booking.starts_at is not None
    if notification.kind not in TELLS_OF_A_TIME:
        return False
    moved = notification.round != booking.sequence
    begun = booking.starts_at is not None and booking.starts_at <= app.clock.now()
    return booking.status in OVER or moved or (begun and notification.kind in REMINDERS)


async def _hand_over(app: App, notification: Notification, facts: Facts) -> str | None:
    if notification.medium is Medium.EMAIL:
        return await app.mail.send(compose_email(app, notification, facts))
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
            button=buttons.button(notification.kind, facts, language),
        )
    )


async def _unreachable(app: App, notification: Notification, why: str) -> None:
    """The person keeps our bot out: no fault of anything, their other media have the message."""
    assert notification.recipient is not None
    async with app.db.transaction() as conn:
        await store.failed(conn, notification.id)
        await telegram_store.block(conn, int(notification.recipient), now=app.clock.now())
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
            "bookingId": str(notification.booking_id) if notification.booking_id else None,
            "title": notification.title,
        },
    )


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
