"""Session credits: a session booked without payment, and credits that come back."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from services import bookings, entitlements, notifications, story
from services.app import App
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.errors import NoCredits, NotCancellable
from services.domain.models import Booking, NotificationKind
from services.domain.plans import Subscription
from services.domain.story import StepKind
from services.store import credit_uses, user_sessions
from services.store import entitlements as entitlement_store
from services.store import plans as plan_store

log = logging.getLogger(__name__)

FOR_GOOD = datetime.max.replace(tzinfo=UTC)
"""The end of what has none."""


async def spend(app: App, conn: Conn, booking: Booking) -> Booking:
    """Take the booking's credits from one subscription of its client, whose row is locked; answers
    with the booking as it goes on. Raises NoCredits.
    """
    assert booking.user_id is not None
    assert booking.credits is not None
    subscription = await source(app, conn, booking.user_id, booking.credits)
    await credit_uses.spend(conn, subscription, booking.id, booking.credits, now=app.clock.now())
    moved = await bookings.advance(app, conn, booking.id, Event.CREDIT_SPENT)
    assert moved is not None
    return moved


async def source(app: App, conn: Conn, user_id: UUID, needed: int) -> Subscription:
    """The user's subscription that has so many credits left; of several, the one whose period ends
    first. Raises NoCredits."""
    entitling = await entitlement_store.of_user(conn, user_id, now=app.clock.now())
    plans = await plan_store.by_ids(conn, [sub.plan_id for sub in entitling if sub.plan_id])
    entitling.sort(key=lambda sub: sub.current_period_end or FOR_GOOD)
    most = 0
    for subscription in entitling:
        left = await entitlements.credits_left(conn, subscription, plans)
        most = max(most, left)
        if left >= needed:
            return subscription
    raise NoCredits(left=most, needed=needed)


async def cancel(app: App, booking_id: UUID) -> None:
    """The client calls off a session that they booked with credits. Raises NotCancellable."""
    now = app.clock.now()
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is Status.CANCELLED:
            return
        if booking.status not in (Status.PENDING, Status.ACCEPTED):
            raise NotCancellable
        if booking.starts_at is not None and booking.starts_at <= now:
            raise NotCancellable("This session has begun already.")
        in_time = booking.starts_at is None or booking.starts_at - now >= app.settings.credit_return
        await call_off(app, conn, booking, reason="Called off by the client.", returned=in_time)


async def call_off(app: App, conn: Conn, booking: Booking, *, reason: str, returned: bool) -> None:
    """A session booked with credits does not take place; with `returned` they come back."""
    if await bookings.advance(app, conn, booking.id, Event.CALLED_OFF, reason=reason) is None:
        return  # what became of the credits was decided before
    if returned and await credit_uses.give_back(conn, booking.id, now=app.clock.now()):
        await story.step(app, conn, booking.id, StepKind.CREDIT_RETURNED)
    await user_sessions.end(conn, booking.id, now=app.clock.now())
    await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_CANCELLED)
    if booking.status is Status.ACCEPTED:
        await notifications.announce(app, conn, booking.id, NotificationKind.HOST_CANCELLED)
    log.info("session called off", extra={"booking_id": booking.id, "credits_back": returned})
