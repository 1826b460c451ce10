"""Who did not come: told by the host or the operator, with what the terms make of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services import calling_off, notifications, story
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.booking import Status
from services.domain.errors import (
    NotFound,
)
from services.domain.models import (
    Booking,
    NotificationKind,
)
from services.domain.payments import Outcome
from services.domain.policy import NO_SHOW, Absent, Party
from services.domain.refusals import NotMarkable
from services.domain.story import StepKind
from services.store import bookings as booking_store
from services.store import payments as payment_store

MARKED_WITHIN = timedelta(days=14)
"""After that a session has taken place, whatever anybody says."""

CLIENT_ABSENT = "The client did not come."
HOST_ABSENT = "The host did not come."


async def mark(app: App, viewer: Viewer, booking_id: UUID, absent: Absent) -> Booking:
    """The host tells who did not come. Raises NotFound, NotMarkable."""
    async with app.db.connection() as conn:
        hosted = await booking_store.of_host_user(conn, viewer.user_id, booking_id)
    if hosted is None:
        raise NotFound("booking")
    return await _mark(app, booking_id, absent, Party.HOST, viewer.user_id)


async def mark_as_operator(app: App, booking_id: UUID, absent: Absent) -> Booking:
    """The operator tells who did not come. Raises NotFound, NotMarkable."""
    async with app.db.connection() as conn:
        if await booking_store.get(conn, booking_id) is None:
            raise NotFound("booking")
    return await _mark(app, booking_id, absent, Party.OPERATOR, None)


async def _mark(
    app: App, booking_id: UUID, absent: Absent, by: Party, by_user: UUID | None
) -> Booking:
    async with app.db.transaction() as conn:
        booking = await calling_off.lock(conn, booking_id)
        if booking.absent is absent:
            return booking
        if why := why_not(booking, app.clock.now()):
            raise why
        await booking_store.set_absent(conn, booking_id, absent)
        if absent is Absent.CLIENT:
            await _client_absent(app, conn, booking, by, by_user)
        else:
            await _host_absent(app, conn, booking, by, by_user)
        after = await booking_store.get(conn, booking_id)
        assert after is not None
        return after


def why_not(booking: Booking, now: datetime) -> NotMarkable | None:
    """Why nobody can be marked absent; None when somebody can."""
    if booking.absent is not None:
        return NotMarkable("It is marked already that the other one did not come.")
    if booking.status is not Status.ACCEPTED or booking.ends_at is None:
        return NotMarkable("This session does not take place.")
    if booking.starts_at is None or booking.starts_at > now:
        return NotMarkable("This session has not begun yet.")
    if booking.ends_at + MARKED_WITHIN < now:
        return NotMarkable("This session is over for too long.")
    return None


async def _client_absent(
    app: App, conn: Conn, booking: Booking, by: Party, by_user: UUID | None
) -> None:
    """The session counts as held; what comes back is in the terms, but for what a bank or a person
    decides about."""
    await story.step(app, conn, booking.id, StepKind.CLIENT_ABSENT)
    percent = booking.policy.no_show_percent
    if percent:
        paid = [
            payment
            for payment in await payment_store.succeeded_of_booking(conn, booking.id)
            if payment.outcome is not Outcome.WAITING and not payment.is_disputed
        ]
        parts = await calling_off.shares(conn, paid, percent)
        await calling_off.give_back(
            app,
            conn,
            parts,
            cause=NO_SHOW,
            by=by,
            reason=CLIENT_ABSENT,
            by_user=by_user,
        )
    await notifications.announce(app, conn, booking.id, NotificationKind.CLIENT_ABSENT)


async def _host_absent(
    app: App, conn: Conn, booking: Booking, by: Party, by_user: UUID | None
) -> None:
    """The session was not held: everything goes back, whoever tells of it."""
    # The operator's rules: what has begun can be called off too.
    quoted = await calling_off.quote(app, conn, booking, Party.OPERATOR)
    await calling_off.call_off(
        app, conn, replace(quoted, by=by), reason=HOST_ABSENT, by_user=by_user
    )
