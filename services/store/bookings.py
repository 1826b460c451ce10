"""public.bookings; `move` is called by services.bookings.advance alone."""

from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import ExclusionViolationError, Record

from services.db import Conn
from services.domain.booking import Status
from services.domain.errors import SlotTaken
from services.domain.models import Booking, SessionType
from services.domain.money import Money
from services.domain.policy import Absent, Party, Policy
from services.domain.slots import Interval


def row_of(record: Record) -> Booking:
    return Booking(
        id=record["id"],
        user_id=record["user_id"],
        host_id=record["host_id"],
        session_type_id=record["session_type_id"],
        status=Status(record["status"]),
        status_reason=record["status_reason"],
        starts_at=record["starts_at"],
        ends_at=record["ends_at"],
        duration=timedelta(minutes=record["duration_minutes"]),
        price=Money(record["price_minor"], record["currency"]),
        credits=record["credits"],
        hold_expires_at=record["hold_expires_at"],
        place_by=record["place_by"],
        calendar_ref=record["calendar_ref"],
        calendar_reservation=record["calendar_reservation"],
        calendar_asked_at=record["calendar_asked_at"],
        room_asked_at=record["room_asked_at"],
        scheduling_url=record["scheduling_url"],
        room_key=record["room_key"],
        sequence=record["sequence"],
        time_zone=record["time_zone"],
        policy=Policy.from_json(record["policy"]),
        reschedules=record["reschedules"],
        moved_from=record["moved_from"],
        called_off_by=Party(record["called_off_by"]) if record["called_off_by"] else None,
        absent=Absent(record["absent"]) if record["absent"] else None,
        created_at=record["created_at"],
    )


async def hold(
    conn: Conn,
    *,
    user_id: UUID,
    session_type: SessionType,
    slot: Interval | None,
    hold_expires_at: datetime,
    idempotency_key: str | None,
    time_zone: str | None,
    credits_: int | None = None,
    now: datetime,
) -> Booking:
    """Reserve `slot`, or a session without a time. Raises SlotTaken."""
    occupied = session_type.rules.occupied(slot) if slot else None
    try:
        record = await conn.fetchrow(
            "insert into public.bookings (user_id, host_id, session_type_id, starts_at, ends_at, "
            "occupied, duration_minutes, price_minor, currency, hold_expires_at, idempotency_key, "
            "time_zone, created_at, updated_at, credits, policy) "
            "values ($1, $2, $3, $4, $5, case when $4::timestamptz is not null "
            "then tstzrange($6, $7) end, $8, $9, $10, $11, $12, $13, $14, $14, $15, "
            "(select t.policy from public.session_types t where t.id = $3)) returning *",
            user_id,
            session_type.host_id,
            session_type.id,
            slot.start if slot else None,
            slot.end if slot else None,
            occupied.start if occupied else None,
            occupied.end if occupied else None,
            session_type.duration // timedelta(minutes=1),
            session_type.price.amount_minor,
            session_type.price.currency,
            hold_expires_at,
            idempotency_key,
            time_zone,
            now,
            credits_,
        )
    except ExclusionViolationError:
        raise SlotTaken from None
    assert record is not None
    return row_of(record)


async def get(conn: Conn, booking_id: UUID) -> Booking | None:
    record = await conn.fetchrow("select * from public.bookings where id = $1", booking_id)
    return row_of(record) if record else None


async def of_user(conn: Conn, user_id: UUID, booking_id: UUID) -> Booking | None:
    record = await conn.fetchrow(
        "select * from public.bookings where id = $2 and user_id = $1", user_id, booking_id
    )
    return row_of(record) if record else None


async def of_host_user(conn: Conn, user_id: UUID, booking_id: UUID) -> Booking | None:
    """The booking if this sign-in is its host's."""
    record = await conn.fetchrow(
        "select b.* from public.bookings b join public.hosts h on h.id = b.host_id "
        "where b.id = $2 and h.user_id = $1",
        user_id,
        booking_id,
    )
    return row_of(record) if record else None


async def lock(conn: Conn, booking_id: UUID) -> Booking | None:
    """The booking, with everybody else kept from changing it until the transaction ends."""
    record = await conn.fetchrow(
        "select * from public.bookings where id = $1 for no key update", booking_id
    )
    return row_of(record) if record else None


async def move(
    conn: Conn, booking_id: UUID, status: Status, *, reason: str | None, now: datetime
) -> Booking:
    """Write the status. Raises SlotTaken when a live booking has the time already."""
    try:
        record = await conn.fetchrow(
            "update public.bookings set status = $2, status_reason = $3, updated_at = $4 "
            "where id = $1 returning *",
            booking_id,
            status,
            reason,
            now,
        )
    except ExclusionViolationError:
        raise SlotTaken from None
    assert record is not None
    return row_of(record)


async def called_off(conn: Conn, booking_id: UUID, by: Party) -> None:
    """Who called off what was paid for; its status says so already."""
    await conn.execute(
        "update public.bookings set called_off_by = $2 where id = $1", booking_id, by
    )


async def set_absent(conn: Conn, booking_id: UUID, absent: Absent) -> None:
    await conn.execute("update public.bookings set absent = $2 where id = $1", booking_id, absent)


async def set_hold_end(conn: Conn, booking_id: UUID, hold_expires_at: datetime) -> None:
    await conn.execute(
        "update public.bookings set hold_expires_at = $2 where id = $1", booking_id, hold_expires_at
    )


async def set_place_by(conn: Conn, booking_id: UUID, place_by: datetime) -> None:
    await conn.execute(
        "update public.bookings set place_by = $2 where id = $1", booking_id, place_by
    )


async def by_key(conn: Conn, user_id: UUID, idempotency_key: str) -> Booking | None:
    record = await conn.fetchrow(
        "select * from public.bookings where user_id = $1 and idempotency_key = $2",
        user_id,
        idempotency_key,
    )
    return row_of(record) if record else None


async def free_key(conn: Conn, user_id: UUID, idempotency_key: str) -> None:
    """A booking that is over gives its key to the next one."""
    await conn.execute(
        "update public.bookings set idempotency_key = null "
        "where user_id = $1 and idempotency_key = $2",
        user_id,
        idempotency_key,
    )


async def open_hold(
    conn: Conn, user_id: UUID, session_type_id: UUID, starts_at: datetime | None
) -> Booking | None:
    """The user's own unpaid hold of the very same thing."""
    record = await conn.fetchrow(
        "select * from public.bookings where user_id = $1 and session_type_id = $2 "
        "and starts_at is not distinct from $3 and status = 'AWAITING_PAYMENT'",
        user_id,
        session_type_id,
        starts_at,
    )
    return row_of(record) if record else None


async def with_credits(
    conn: Conn, user_id: UUID, session_type_id: UUID, starts_at: datetime
) -> Booking | None:
    """The user's own live booking of the very same thing that was made with credits."""
    record = await conn.fetchrow(
        "select * from public.bookings where user_id = $1 and session_type_id = $2 "
        "and starts_at = $3 and credits is not null and status in ('PENDING', 'ACCEPTED')",
        user_id,
        session_type_id,
        starts_at,
    )
    return row_of(record) if record else None


async def count_holds(conn: Conn, user_id: UUID) -> int:
    count: int = await conn.fetchval(
        "select count(*) from public.bookings where user_id = $1 and status = 'AWAITING_PAYMENT'",
        user_id,
    )
    return count
