"""Rows that stand still although something is left to do: the sweeper's questions."""

from datetime import datetime, timedelta
from uuid import UUID

from services.db import Conn

BATCH = 500

_STANDS = (
    "(b.credits is not null or exists "
    "(select from public.payments w where w.booking_id = b.id and w.outcome = 'FULFILLED'))"
)
"""A human who looks after its payment decides what becomes of a booking."""


async def without_jit(conn: Conn) -> None:
    """To compile these questions takes longer than to answer them; for this transaction."""
    await conn.execute("set local jit = off")


async def ids(conn: Conn, query: str, *args: object, limit: int = BATCH) -> list[UUID]:
    """The ids that the question finds, at most `limit`."""
    return [record["id"] for record in await conn.fetch(f"{query} limit {limit}", *args)]


async def lapsed_holds(conn: Conn, now: datetime) -> list[UUID]:
    """Unpaid bookings whose hold is over."""
    return await ids(
        conn,
        "select id from public.bookings where status = 'AWAITING_PAYMENT' "
        "and hold_expires_at <= $1 order by hold_expires_at",
        now,
    )


async def not_in_calendar(conn: Conn, before: datetime) -> list[UUID]:
    """Paid bookings with a time that no calendar answered for since `before`."""
    return await ids(
        conn,
        "select id from public.bookings where status = 'PENDING' and starts_at is not null "
        "and updated_at <= $1 order by updated_at",
        before,
    )


async def without_meeting(conn: Conn, before: datetime, now: datetime) -> list[UUID]:
    """Accepted bookings, not over yet, that still have no room."""
    return await ids(
        conn,
        "select b.id from public.bookings b "
        "left join public.user_sessions s on s.booking_id = b.id "
        "where b.status = 'ACCEPTED' and s.booking_id is null and b.updated_at <= $1 "
        "and b.ends_at > $2 order by b.updated_at",
        before,
        now,
    )


async def refunds(conn: Conn, *, unsent_since: datetime, under_way_since: datetime) -> list[UUID]:
    """Bookings, and payments of plans, with a refund that Stripe was not asked for, or that came to
    no end there."""
    return await ids(
        conn,
        "select distinct coalesce(p.booking_id, p.id) as id from private.refunds r "
        "join public.payments p on p.id = r.payment_id "
        "where (r.status = 'REQUESTED' and r.updated_at <= $1) "
        "or (r.status in ('PENDING', 'REQUIRES_ACTION') and r.updated_at <= $2)",
        unsent_since,
        under_way_since,
    )


async def still_in_calendar(conn: Conn, before: datetime) -> list[UUID]:
    """Bookings that were given up and of which nobody took out what the calendar keeps."""
    return await ids(
        conn,
        "select id from public.bookings where status in ('CANCELLED', 'REJECTED') "
        "and (calendar_ref is not null or calendar_reservation is not null "
        "or calendar_asked_at is not null) "
        "and updated_at <= $1 order by updated_at",
        before,
    )


async def rejected_unreturned(conn: Conn, before: datetime) -> list[UUID]:
    """Rejected bookings whose money nobody has asked back."""
    return await ids(
        conn,
        "select b.id from public.bookings b join public.payments p on p.booking_id = b.id "
        "where b.status = 'REJECTED' and p.status = 'SUCCEEDED' and b.updated_at <= $1 "
        "and (p.outcome is null or p.outcome = 'FULFILLED') "
        "and p.amount_minor - p.amount_lost_minor > (select coalesce(sum(r.amount_minor), 0) "
        "from private.refunds r where r.payment_id = p.id "
        "and r.status not in ('FAILED', 'CANCELED'))",
        before,
    )


async def paid_without_outcome(conn: Conn, before: datetime) -> list[UUID]:
    """Bookings at rest with a payment of which nobody said how it ended."""
    return await ids(
        conn,
        "select distinct b.id from public.payments p join public.bookings b on b.id = p.booking_id "
        "where p.status = 'SUCCEEDED' and p.outcome is null and p.paid_at <= $1 "
        "and b.status in ('ACCEPTED', 'CANCELLED') "
        "and not exists (select from private.refunds r where r.payment_id = p.id "
        "and r.status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION'))",
        before,
    )


async def queued_notifications(conn: Conn, before: datetime) -> list[UUID]:
    """Messages not handed over."""
    return await ids(
        conn,
        "select id from public.notifications where status = 'QUEUED' and created_at <= $1 "
        "order by created_at",
        before,
    )


async def open_events(conn: Conn, before: datetime) -> list[str]:
    """Events of Stripe without their effects; those of days ago wait for the operator."""
    records = await conn.fetch(
        "select id from private.stripe_events where processed_at is null and received_at <= $1 "
        f"and received_at > $1 - interval '3 days' order by received_at limit {BATCH}",
        before,
    )
    return [record["id"] for record in records]


async def unplaced(conn: Conn, now: datetime) -> list[UUID]:
    """Paid sessions whose time was not chosen by the day set for it."""
    return await ids(
        conn,
        "select id from public.bookings where status = 'PENDING' and starts_at is null "
        "and place_by <= $1 and not exists (select from public.payments p "
        "where p.booking_id = bookings.id and p.outcome = 'WAITING') order by place_by",
        now,
    )


async def unplaced_unreminded(conn: Conn, now: datetime) -> list[UUID]:
    """Paid sessions without a time, past half of the time given for it and not reminded yet."""
    return await ids(
        conn,
        "select b.id from public.bookings b join public.session_types t "
        "on t.id = b.session_type_id where b.status = 'PENDING' and b.starts_at is null "
        "and b.place_by > $1 and b.place_by - make_interval(hours => 12 * t.placement_days) <= $1 "
        "and not exists (select from public.notifications n where n.booking_id = b.id "
        "and n.kind = 'CHOOSE_TIME_REMINDER')",
        now,
    )


async def unmoved(conn: Conn, before: datetime, now: datetime) -> list[UUID]:
    """Accepted bookings, not over yet, whose calendar has not followed to their last new time."""
    return await ids(
        conn,
        "select b.id from public.bookings b where b.status = 'ACCEPTED' "
        "and b.moved_from is not null and b.updated_at <= $1 "
        f"and b.ends_at > $2 and {_STANDS}",
        before,
        now,
    )


async def links_not_shown(conn: Conn, before: datetime, now: datetime) -> list[UUID]:
    """Accepted bookings, not over yet, whose link the host does not find in their own calendar."""
    return await ids(
        conn,
        "select b.id from public.bookings b join public.user_sessions s on s.booking_id = b.id "
        "where b.status = 'ACCEPTED' and s.shown_at is null and s.created_at <= $1 "
        "and s.withheld_at is null and b.calendar_ref not like 'BUILTIN:%' "
        "and s.room_ref not like 'CALENDAR:%' "
        "and b.ends_at > $2 order by b.ends_at",
        before,
        now,
    )


async def rooms_to_close(conn: Conn, now: datetime) -> list[UUID]:
    """Bookings whose link is over, or that were given up, and whose room nobody has removed."""
    return await ids(
        conn,
        "select booking_id as id from public.user_sessions "
        "where closed_at is null and expires_at <= $1 "
        "union select id from public.bookings "
        "where status in ('CANCELLED', 'REJECTED') and room_asked_at is not null",
        now,
    )


async def without_page(conn: Conn, before: datetime, *, default: bool) -> list[UUID]:
    """Paid sessions without a time whose host has a scheduling page, and no link to it yet; hosts
    who chose no calendar have one if `default`."""
    return await ids(
        conn,
        "select b.id from public.bookings b join public.hosts h on h.id = b.host_id "
        "join public.session_types t on t.id = b.session_type_id "
        "where b.status = 'PENDING' and b.starts_at is null and b.scheduling_url is null "
        "and (h.calendar = 'CALENDLY' or (h.calendar is null and $2)) "
        "and t.calendar_event_type is not null and b.updated_at <= $1 order by b.updated_at",
        before,
        default,
    )


async def reminders_due(
    conn: Conn, *, kind: str, now: datetime, from_: timedelta, to: timedelta, fresh: timedelta
) -> list[UUID]:
    """Accepted sessions that start within `from_` but not within `to`, whose client was not
    reminded of this time yet, and which were booked longer than `fresh` before the reminder."""
    return await ids(
        conn,
        "select b.id from public.bookings b where b.status = 'ACCEPTED' "
        "and b.starts_at > $2::timestamptz + $4 and b.starts_at <= $2::timestamptz + $3 "
        "and b.updated_at < b.starts_at - $3::interval - $5::interval "
        f"and b.user_id is not null and {_STANDS} "
        "and not exists (select from public.notifications n where n.booking_id = b.id "
        "and n.kind = $1 and n.created_at > b.starts_at - $3::interval - interval '1 minute')",
        kind,
        now,
        from_,
        to,
        fresh,
    )


async def open_received(conn: Conn, source: str, before: datetime) -> list[str]:
    """Webhooks of a service without their effects; those of days ago wait for the operator."""
    records = await conn.fetch(
        "select key from private.received_events where source = $1 and processed_at is null "
        "and received_at <= $2 and received_at > $2 - interval '3 days' "
        f"order by received_at limit {BATCH}",
        source,
        before,
    )
    return [record["key"] for record in records]
