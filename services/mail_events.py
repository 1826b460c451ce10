"""What the mail service tells of our e-mails after it took them: each piece of news counts once."""

import logging

from services import story
from services.app import App
from services.db import Conn
from services.domain.models import Notification
from services.domain.story import StepKind
from services.log import correlation_id
from services.providers.message_ports import MailEvent
from services.store import booking_steps, error_logs
from services.store import mail_events as store
from services.store import notifications as notification_store

log = logging.getLogger(__name__)

SOURCE = "mail_event"


async def receive(app: App, body: bytes, signature: str, timestamp: str) -> int:
    """Write what a webhook's events say of our messages; tells how many messages changed.

    A message whose job does not know whether it was taken counts as handed over, so that the
    waiting retry sends no second e-mail. That one was lost is the last word on it, in whatever
    order events come. Raises BadSignature, MalformedEvent.
    """
    assert app.mail_events is not None
    events = app.mail_events.verify(body, signature, timestamp)
    # A transaction each: many at once would lock rows in the order in which a webhook names them.
    return sum([await _apply(app, event) for event in events])


async def _apply(app: App, event: MailEvent) -> bool:
    async with app.db.transaction() as conn:
        if event.outcome == "TAKEN":
            changed = await notification_store.sent(conn, event.key, now=app.clock.now())
        else:
            changed = await store.lost(conn, event.key)
        notification = await notification_store.get(conn, event.key) if changed else None
        if notification is None:
            return False
        await _tell(app, conn, notification, event)
    log.info(
        "mail service told of a message",
        extra={"notification_id": event.key, "outcome": event.outcome, "reason": event.reason},
    )
    return True


async def _tell(app: App, conn: Conn, notification: Notification, event: MailEvent) -> None:
    """The step for the client and, of what was lost, the line for the operator."""
    taken = event.outcome == "TAKEN"
    booking_id = notification.booking_id
    step_id = None
    if booking_id is not None:
        step_id = await booking_steps.add(
            conn,
            booking_id,
            StepKind.MESSAGE_SENT if taken else StepKind.MESSAGE_GIVEN_UP,
            subject=story.thing_of(notification),
            detail="" if taken else event.reason,
            now=app.clock.now(),
        )
    if taken:
        return
    await error_logs.add(
        conn,
        source=SOURCE,
        vendor="sendgrid",
        message=event.reason if booking_id else f"{notification.id}: {event.reason}",
        final=True,
        booking_id=booking_id,
        subscription_id=notification.subscription_id,
        step_id=step_id,
        correlation_id=correlation_id.get(),
    )
