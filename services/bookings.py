"""Bookings: the one way a status changes, and what their owners may read."""

import logging
from collections.abc import Sequence
from uuid import UUID

from services import jobs, story
from services.app import App
from services.db import Conn
from services.domain.booking import FLOW, Event, Meaning, Status, Step
from services.domain.models import Booking, Meeting
from services.domain.paging import Page, PageRequest
from services.domain.story import StepKind
from services.store import booking_lists, credit_uses, user_sessions
from services.store import bookings as store
from services.store import users as user_store

log = logging.getLogger(__name__)


class OutOfOrder(Exception):
    """The event can't be true yet: the job that brought it looks again later."""


async def advance(
    app: App, conn: Conn, booking_id: UUID, event: Event, *, reason: str | None = None
) -> Booking | None:
    """Apply an event to a booking: the only writer of its status.

    Locks the row, takes the step that FLOW holds, queues the jobs that follow it, all in the
    caller's transaction. None when the event is old news. Raises OutOfOrder, or SlotTaken when
    the step would bring the booking back to a slot that is somebody else's now (the transaction
    stays usable).
    """
    booking = await store.lock(conn, booking_id)
    assert booking is not None, "advance() is called with ids of rows"
    meaning = FLOW[booking.status][event]
    if meaning is Meaning.OLD_NEWS:
        return None
    if meaning is Meaning.OUT_OF_ORDER:
        raise OutOfOrder(f"{event} while {booking.status}")
    assert isinstance(meaning, Step)
    async with conn.transaction():
        moved = await store.move(conn, booking_id, meaning.to, reason=reason, now=app.clock.now())
    await story.step(app, conn, booking_id, StepKind.of(event), detail=reason or "")
    if moved.status is Status.REJECTED and await credit_uses.give_back(
        conn, booking_id, now=app.clock.now()
    ):
        await story.step(app, conn, booking_id, StepKind.CREDIT_RETURNED)
    for job in meaning.then:
        await jobs.enqueue(conn, job, booking_id, cause=event)
    log.info(
        "booking moved",
        extra={"booking_id": booking_id, "event": event, "status": meaning.to},
    )
    return moved


async def lock(conn: Conn, booking_id: UUID) -> Booking:
    """The booking, locked after its client, in the order in which a new hold locks them."""
    booking = await store.get(conn, booking_id)
    assert booking is not None, "lock() is called with ids of rows"
    if booking.user_id is not None:
        await user_store.lock(conn, booking.user_id)
    locked = await store.lock(conn, booking_id)
    assert locked is not None
    return locked


async def get(app: App, user_id: UUID, booking_id: UUID) -> Booking | None:
    """The user's own booking; None also for a stranger's."""
    async with app.db.connection() as conn:
        return await store.of_user(conn, user_id, booking_id)


async def mine(app: App, user_id: UUID, page: PageRequest) -> Page[Booking]:
    """The user's bookings, newest first."""
    async with app.db.connection() as conn:
        return await booking_lists.page_of_user(conn, user_id, page)


async def to_place(app: App, user_id: UUID) -> list[Booking]:
    """The user's paid sessions without a time, oldest first."""
    async with app.db.connection() as conn:
        return await booking_lists.to_place(conn, user_id)


async def by_ids(app: App, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Booking]:
    """Those of these bookings that are the user's own."""
    async with app.db.connection() as conn:
        return await booking_lists.by_ids(conn, user_id, ids)


async def meetings(app: App, booking_ids: Sequence[UUID]) -> dict[UUID, Meeting]:
    """The links of these bookings that are still valid, and not withheld."""
    async with app.db.connection() as conn:
        found = await user_sessions.of_bookings(conn, booking_ids)
    now = app.clock.now()
    return {
        key: meeting
        for key, meeting in found.items()
        if meeting.expires_at > now and meeting.withheld_at is None
    }
