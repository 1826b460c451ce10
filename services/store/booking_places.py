"""public.bookings: what calendar and video service hold of a booking."""

from datetime import datetime
from uuid import UUID

from services.db import Conn
from services.domain.models import Booking


async def set_calendar_ref(conn: Conn, booking_id: UUID, calendar_ref: str) -> None:
    await conn.execute(
        "update public.bookings set calendar_ref = $2 where id = $1", booking_id, calendar_ref
    )


async def forget_calendar(conn: Conn, booking_id: UUID, *, heard_by: datetime) -> bool:
    """Nothing of a booking that was given up is in the host's calendar any more; what was asked
    for without an answer after `heard_by` is to be looked for once more.

    False when there was nothing, or when a late payment has brought the booking back: then it
    keeps what it has there.
    """
    forgotten: UUID | None = await conn.fetchval(
        "update public.bookings set calendar_ref = null, calendar_reservation = null, "
        "calendar_asked_at = case when calendar_ref is null and calendar_asked_at > $2 "
        "then calendar_asked_at end "
        "where id = $1 and status in ('CANCELLED', 'REJECTED') "
        "and coalesce(calendar_ref, calendar_reservation, calendar_asked_at::text) is not null "
        "returning id",
        booking_id,
        heard_by,
    )
    return forgotten is not None


async def set_calendar_asked(conn: Conn, booking_id: UUID, *, now: datetime) -> None:
    await conn.execute(
        "update public.bookings set calendar_asked_at = $2 where id = $1", booking_id, now
    )


async def claim_reservation(conn: Conn, booking_id: UUID, claim: str) -> bool:
    """Let one request alone ask for the reservation; False when another did."""
    claimed: UUID | None = await conn.fetchval(
        "update public.bookings set calendar_reservation = $2 "
        "where id = $1 and calendar_reservation is null and status = 'AWAITING_PAYMENT' "
        "returning id",
        booking_id,
        claim,
    )
    return claimed is not None


async def set_reservation(conn: Conn, booking_id: UUID, reservation: str | None) -> None:
    await conn.execute(
        "update public.bookings set calendar_reservation = $2 where id = $1",
        booking_id,
        reservation,
    )


async def set_scheduling_url(conn: Conn, booking_id: UUID, url: str | None) -> None:
    await conn.execute(
        "update public.bookings set scheduling_url = $2 where id = $1", booking_id, url
    )


async def set_room_asked(conn: Conn, booking_id: UUID, at: datetime | None) -> None:
    """From when on a room may be there; None: there is none any more."""
    await conn.execute(
        "update public.bookings set room_asked_at = $2 where id = $1", booking_id, at
    )


async def left_reservations(conn: Conn, booking: Booking) -> list[str]:
    """Reservations at this booking's time that bookings given up have left behind."""
    records = await conn.fetch(
        "select calendar_reservation from public.bookings where host_id = $1 "
        "and status in ('CANCELLED', 'REJECTED') and calendar_reservation like '%:_%' "
        "and starts_at < $3 and ends_at > $2",
        booking.host_id,
        booking.starts_at,
        booking.ends_at,
    )
    return [record["calendar_reservation"] for record in records]
