"""Reservations: the host's own calendar keeps the time too while the client pays."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import timedelta

from services import appointments, holds
from services.app import App
from services.appointments import Case
from services.domain.booking import Event
from services.domain.errors import SlotTaken
from services.domain.models import Booking
from services.providers.errors import ProviderError, SlotRefused
from services.store import booking_places

log = logging.getLogger(__name__)

_going_on: set["asyncio.Task[None]"] = set()
"""Reservations under way; a loop alone keeps only weak references to its tasks."""

MARGIN = timedelta(minutes=3)
"""Beyond the hold's end: a payment of its last second is booked before the calendar lets go."""


async def reserve(app: App, booking: Booking) -> None:
    """Ask the host's calendar to keep the time; it is asked once for each hold.

    A calendar that can't be reached is no reason not to sell: it decides after the payment.
    Raises SlotTaken after the hold was released, when the calendar is not free any more.
    """
    if booking.starts_at is None or booking.calendar_reservation is not None:
        return
    case = await appointments.read(app, booking.id)
    calendar = appointments.calendar_of(app, case.host)
    async with app.db.transaction() as conn:
        claim = appointments.calendar_ref(calendar, "")
        if not await booking_places.claim_reservation(conn, booking.id, claim):
            return
    try:
        await _waited_for(_keep(app, case))
    except SlotRefused as refusal:
        log.info("time closed", extra={"booking_id": booking.id, "why": refusal.reason})
        async with app.db.transaction() as conn:
            await booking_places.set_reservation(conn, booking.id, None)
        await holds.release(app, booking.id, Event.TIME_CLOSED)
        raise SlotTaken from None
    except (ProviderError, TimeoutError) as error:
        why = str(error) or "too slow"
        log.warning("time not reserved", extra={"booking_id": booking.id, "why": why})


async def _waited_for(keeping: Coroutine[None, None, None]) -> None:
    """Wait as long as somebody in front of a page does. It goes on after that: what the calendar
    keeps in the end must be known here, to be given back."""
    task = asyncio.create_task(keeping)
    _going_on.add(task)
    task.add_done_callback(_forget)
    async with asyncio.timeout(appointments.PATIENCE.total_seconds()):
        await asyncio.shield(task)


def _forget(task: "asyncio.Task[None]") -> None:
    _going_on.discard(task)
    if not task.cancelled():
        task.exception()  # who waited has seen it; nobody else is to be told


async def _keep(app: App, case: Case) -> None:
    made = await _ask(app, case)
    if made is not None:
        calendar = appointments.calendar_of(app, case.host)
        async with app.db.transaction() as conn:
            await booking_places.set_reservation(
                conn, case.booking.id, appointments.calendar_ref(calendar, made)
            )


async def _ask(app: App, case: Case) -> str | None:
    """The reservation's id, if any. What an abandoned hold has left behind is no refusal."""
    times = appointments.calendar_of(app, case.host).times
    wanted = appointments.appointment(app, case)
    assert case.booking.hold_expires_at is not None
    until = case.booking.hold_expires_at + MARGIN
    try:
        return await times.reserve(wanted, until=until)
    except SlotRefused:
        async with app.db.connection() as conn:
            left = await booking_places.left_reservations(conn, case.booking)
        if not left:
            raise
        for reservation in left:
            await times.release(appointments.id_in(reservation))
        return await times.reserve(wanted, until=until)
