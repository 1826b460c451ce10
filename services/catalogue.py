"""What is on sale and when: session types, hosts, open slots."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services import appointments
from services.app import App
from services.db import Conn
from services.domain.errors import (
    CalendarUnavailable,
    InvalidInput,
    NotFound,
    SlotTaken,
    SlotUnavailable,
)
from services.domain.models import Booking, Host, SessionType
from services.domain.paging import Page, PageRequest
from services.domain.slots import Interval, is_open, open_slots
from services.providers.calendar_ports import OpenTimes
from services.providers.errors import ProviderError
from services.store import booking_times
from services.store import hosts as host_store
from services.store import session_types as session_type_store

log = logging.getLogger(__name__)

LONGEST_SEARCH = timedelta(days=62)
MOST_SLOTS = 9_000
"""In one answer; enough for any month, even of starts five minutes apart round the clock."""
ALTERNATIVES = 4
ALTERNATIVES_WITHIN = timedelta(days=7)
DAY = timedelta(days=1)


async def session_types(app: App, page: PageRequest) -> Page[SessionType]:
    """What is on sale, newest first."""
    async with app.db.connection() as conn:
        return await session_type_store.on_sale(conn, page)


async def session_type(app: App, session_type_id: UUID) -> SessionType | None:
    """One thing on sale."""
    async with app.db.connection() as conn:
        return await session_type_store.get_on_sale(conn, session_type_id)


async def session_types_by_ids(app: App, ids: Sequence[UUID]) -> dict[UUID, SessionType]:
    """Also those no longer on sale."""
    async with app.db.connection() as conn:
        return await session_type_store.by_ids(conn, ids)


async def hosts_by_ids(app: App, ids: Sequence[UUID]) -> dict[UUID, Host]:
    async with app.db.connection() as conn:
        return await host_store.by_ids(conn, ids)


async def available_slots(
    app: App, session_type_id: UUID, start: datetime, end: datetime
) -> list[Interval]:
    """Open times of a session type that start from `start` on and before `end`.

    Raises NotFound, InvalidInput, CalendarUnavailable.
    """
    if end <= start:
        raise InvalidInput("to", "to must be later than from.")
    if end - start > LONGEST_SEARCH:
        raise InvalidInput("to", f"At most {LONGEST_SEARCH.days} days can be searched at once.")
    wanted = await session_type(app, session_type_id)
    if wanted is None:
        raise NotFound("session type")
    found = await _open(app, wanted, Interval(start, end))
    if len(found) > MOST_SLOTS:
        raise InvalidInput("to", f"More than {MOST_SLOTS} times are open: search fewer days.")
    return found


async def slot_at(
    conn: Conn,
    wanted: SessionType,
    starts_at: datetime,
    now: datetime,
    *,
    moving: Booking | None = None,
) -> Interval:
    """The slot that starts then, if the host offers it; whether it is free, the insert tells.

    A booking that is `moving` there does not count towards the daily cap where it was. Raises
    SlotUnavailable. The caller holds the host's lock, so the daily cap can't be outrun.
    """
    if not now <= starts_at <= now + wanted.rules.horizon:
        raise SlotUnavailable  # before a day is added, which no calendar has for the year 9999
    slot = Interval(starts_at, starts_at + wanted.duration)
    around = Interval(starts_at - DAY, slot.end + DAY)
    zone = await _zone(conn, wanted)
    offered = is_open(
        starts_at,
        hours=await host_store.weekly_hours(conn, wanted.host_id),
        zone=zone,
        rules=wanted.rules,
        busy=(),
        taken_per_day=await _taken_per_day(conn, wanted, around, zone, moving=moving),
        now=now,
    )
    if not offered:
        raise SlotUnavailable
    return slot


async def require_open_outside(
    app: App, wanted: SessionType, starts_at: datetime, *, moving: Booking | None = None
) -> None:
    """Ask the host's own calendar whether it would take this start.

    Where a booking that is `moving` stands now, its own entry is what is busy. A calendar that
    can't be reached lets it pass: it decides when it is booked. Raises SlotTaken.
    """
    slot = Interval(starts_at, starts_at + wanted.duration)
    try:
        outside = await _outside(app, wanted, slot)
    except CalendarUnavailable:
        return
    own = _time_of(moving) if moving else None
    if not _takes(outside, slot, own):
        raise SlotTaken


async def taken(app: App, wanted: SessionType, starts_at: datetime) -> SlotTaken:
    """The refusal of a taken slot, with the open ones nearest to it."""
    now = app.clock.now()
    between = Interval(max(now, starts_at - ALTERNATIVES_WITHIN), starts_at + ALTERNATIVES_WITHIN)
    try:
        found = await _open(app, wanted, between)
    except CalendarUnavailable:
        return SlotTaken()
    nearest = sorted(found, key=lambda slot: abs(slot.start - starts_at))[:ALTERNATIVES]
    return SlotTaken(sorted(nearest, key=lambda slot: slot.start))


async def _open(app: App, wanted: SessionType, between: Interval) -> list[Interval]:
    now = app.clock.now()
    # Nothing is open outside, and at the ends of the calendar a day more would be no date.
    first, last = max(between.start, now), min(between.end, now + wanted.rules.horizon + DAY)
    if first >= last:
        return []
    between = Interval(first, last)
    outside = await _outside(app, wanted, Interval(first, last + wanted.duration))
    around = Interval(between.start - DAY, between.end + DAY + wanted.duration)
    async with app.db.connection() as conn:
        zone = await _zone(conn, wanted)
        ours = await booking_times.occupied(conn, wanted.host_id, around)
        found = open_slots(
            hours=await host_store.weekly_hours(conn, wanted.host_id),
            zone=zone,
            rules=wanted.rules,
            busy=sorted([*ours, *outside.busy], key=lambda interval: interval.start),
            taken_per_day=await _taken_per_day(conn, wanted, around, zone),
            between=between,
            now=now,
        )
    return [slot for slot in found if outside.starts is None or slot.start in outside.starts]


async def _outside(app: App, wanted: SessionType, between: Interval) -> OpenTimes:
    """What the host's own calendar says. Raises CalendarUnavailable."""
    host = (await hosts_by_ids(app, [wanted.host_id]))[wanted.host_id]
    times = appointments.calendar_of(app, host).times
    try:
        async with asyncio.timeout(appointments.PATIENCE.total_seconds()):
            return await times.open_times(
                host, wanted.calendar_event_type, wanted.duration, between
            )
    except (ProviderError, TimeoutError) as error:
        why = str(error) or "too slow"
        log.warning("calendar not asked", extra={"host_id": host.id, "why": why})
        raise CalendarUnavailable from None


def _time_of(booking: Booking) -> Interval | None:
    """What the booking's entry takes in the calendar, which may not have followed yet."""
    start = booking.moved_from or booking.starts_at
    return Interval(start, start + booking.duration) if start else None


def _takes(outside: OpenTimes, slot: Interval, own: Interval | None) -> bool:
    if own is not None and _overlap(own, slot):
        # Its own entry hides this time from the list of starts: what else is busy counts.
        outside = replace(outside, starts=None)
    if outside.starts is not None and slot.start not in outside.starts:
        return False
    return not any(_overlap(part, slot) for busy in outside.busy for part in _without(busy, own))


def _overlap(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


def _without(busy: Interval, own: Interval | None) -> list[Interval]:
    """What is left of a busy time without the own entry, which a calendar may have merged with
    others."""
    if own is None or not _overlap(busy, own):
        return [busy]
    ends = (Interval(busy.start, own.start), Interval(own.end, busy.end))
    return [part for part in ends if part.start < part.end]


async def _zone(conn: Conn, wanted: SessionType) -> ZoneInfo:
    host = (await host_store.by_ids(conn, [wanted.host_id]))[wanted.host_id]
    return ZoneInfo(host.time_zone)


async def _taken_per_day(
    conn: Conn,
    wanted: SessionType,
    between: Interval,
    zone: ZoneInfo,
    *,
    moving: Booking | None = None,
) -> Counter[date]:
    if wanted.rules.daily_cap is None:
        return Counter()
    starts = await booking_times.live_starts(conn, wanted.id, between)
    if moving is not None and moving.starts_at in starts:
        starts.remove(moving.starts_at)
    return Counter(start.astimezone(zone).date() for start in starts)
