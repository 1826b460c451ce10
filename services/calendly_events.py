"""Calendly's events: who took, moved or gave up a time on a host's page.

An event is a hint: which invitee to look at. What it is now, Calendly is asked.
"""

import logging
from typing import Literal

from services import jobs
from services.app import App
from services.bookings import OutOfOrder
from services.calendly_appointments import HANDLERS, Told, calendar_ref, offer_again
from services.db import Conn
from services.domain.jobs import Job
from services.log import correlation_id
from services.providers.calendly_ports import SchedulingPage
from services.providers.errors import ProviderError
from services.store import error_logs, received_events
from services.store.received_events import ReceivedEvent

log = logging.getLogger(__name__)

VENDOR: Literal["calendly"] = "calendly"
MOST_MOVES = 10
"""How far a time that was moved again and again is followed back to what was chosen first."""


async def receive(app: App, body: bytes, signature: str) -> bool:
    """Store a webhook's event and queue its job in one transaction; False if it was known or is
    of no use. Raises BadSignature, MalformedEvent."""
    event = _page(app).verify(body, signature)
    if event is None:
        return False
    payload = {"type": event.type, "invitee": event.invitee}
    async with app.db.transaction() as conn:
        taken = await received_events.take(conn, VENDOR, event.key, payload, now=app.clock.now())
        if taken:
            await jobs.enqueue(conn, Job.CALENDLY_EVENT, event.key)
    log.info("calendly event received", extra={"key": event.key, "new": taken})
    return taken


async def handle(app: App, key: str) -> None:
    """Job: read the invitee, write what follows and `processed_at` together.

    Raises OutOfOrder before the payment of what was chosen is known.
    """
    event = await _open_event(app, key)
    if event is not None:
        await _settle(app, event, last_try=False)


async def give_up(app: App, key: str, why: str) -> None:
    """The job's retries are used up: an appointment nobody paid for is called off."""
    event = await _open_event(app, key)
    if event is None:
        return
    try:
        await _settle(app, event, last_try=True)
    except (ProviderError, OutOfOrder) as error:
        # The operator knows by the worker that this event is open.
        log.warning("event left open", extra={"key": key, "why": why, "again": str(error)})


async def _open_event(app: App, key: str) -> ReceivedEvent | None:
    async with app.db.connection() as conn:
        event = await received_events.get(conn, VENDOR, key)
    return event if event is not None and event.processed_at is None else None


def _page(app: App) -> SchedulingPage:
    if app.scheduling_page is None:
        raise ProviderError(VENDOR, "has no signing key set", retryable=False)
    return app.scheduling_page


async def _settle(app: App, event: ReceivedEvent, *, last_try: bool) -> None:
    """Calling off comes between two transactions: a crash there repeats all of it harmlessly."""
    told = await _read(app, event.payload["invitee"])
    verdict = None
    async with app.db.transaction() as conn:
        if told is not None:
            handler = HANDLERS[event.payload["type"]]
            verdict = await handler(app, conn, told, last_try)
        if told is None or verdict is None:
            await _processed(app, conn, event)
            return
    await _page(app).cancel(told.invitee.event_ref, reason=verdict.reason)
    async with app.db.transaction() as conn:
        if verdict.noted is not None:
            await _note(conn, verdict.noted)
        if verdict.offer_again is not None:
            await offer_again(conn, verdict.offer_again, told)
        await _processed(app, conn, event)
    log.info("appointment called off", extra={"ref": told.ref, "reason": verdict.reason})


async def _processed(app: App, conn: Conn, event: ReceivedEvent) -> None:
    await received_events.processed(conn, VENDOR, event.key, now=app.clock.now())


async def _read(app: App, address: str) -> Told | None:
    invitee = await _page(app).invitee(address)
    if invitee is None:
        return None
    booking_id, before, earlier = invitee.booking_id, invitee, list[str]()
    # What was moved need not carry our booking's id any more; what was chosen first did.
    while before.replaces is not None and len(earlier) < MOST_MOVES:
        found = await _page(app).invitee(before.replaces)
        if found is None:
            break
        before = found
        booking_id = booking_id or before.booking_id
        earlier.append(calendar_ref(before))
    return Told(invitee, booking_id, tuple(earlier))


async def _note(conn: Conn, message: str) -> None:
    await error_logs.add(
        conn,
        source=Job.CALENDLY_EVENT,
        vendor=VENDOR,
        message=message,
        final=True,
        correlation_id=correlation_id.get(),
    )
