"""Lists and sums of public.payouts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.db import Conn
from services.domain.paging import Page, PageRequest
from services.domain.payouts import Payout, PayoutReason, Total
from services.store.payouts import SELECT, row_of

BATCH = 10_000
"""Payouts in one run; what is left is the next run's."""


async def due(conn: Conn, *, now: datetime, rest: timedelta) -> list[UUID]:
    """Payouts that can be looked at with profit: due ones, those whose sending came to no end, and
    those of which the host has too much. Those not looked at for longest come first, so that the
    ones that wait for something keep nobody waiting."""
    records = await conn.fetch(
        f"select q.id from ({SELECT} where "
        "(o.held_at is null and o.status in ('WAITING', 'SENDING')) "
        "or (o.status = 'PAID' and o.transfer_minor - o.reversed_minor > o.transfer_due_minor)) q "
        "where $1::timestamptz >= coalesce(q.due_at, $1::timestamptz) "
        f"order by q.looked_at nulls first, q.id limit {BATCH}",
        now,
        rest,
    )
    return [record["id"] for record in records]


async def stuck(conn: Conn, before: datetime) -> list[UUID]:
    """Payouts whose transfer or reversal Stripe was asked for, and of which nobody heard."""
    records = await conn.fetch(
        "select id from public.payouts where status = 'SENDING' and sending_at <= $1 "
        "union select r.payout_id from private.transfer_reversals r "
        "join public.payouts o on o.id = r.payout_id "
        "where r.status = 'REQUESTED' and r.updated_at <= $1 and o.reason is null "
        "union select id from public.payouts where status = 'PAID' and reason is null "
        "and transfer_minor - reversed_minor > transfer_due_minor and looked_at <= $1 "
        "limit 500",
        before,
    )
    return [record["id"] for record in records]


async def waiting(conn: Conn) -> dict[PayoutReason, int]:
    """How many payouts wait, by their reason."""
    records = await conn.fetch(
        "select reason, count(*) as count from public.payouts where status = 'WAITING' "
        "group by reason order by reason"
    )
    return {PayoutReason(record["reason"]): record["count"] for record in records}


async def waiting_for_account(conn: Conn, host_id: UUID) -> list[UUID]:
    """The host's payouts that only their account kept from being made; of very many the first, the
    others are the next run's."""
    records = await conn.fetch(
        "select id from public.payouts where host_id = $1 and status = 'WAITING' "
        "and reason in ('NO_ACCOUNT', 'REQUIREMENTS_DUE', 'ACCOUNT_CLOSED') "
        "order by looked_at nulls first limit 500",
        host_id,
    )
    return [record["id"] for record in records]


async def told_blocked(conn: Conn, host_id: UUID, *, since: datetime) -> bool:
    """Whether the host was told since then that they can't be paid; one at a time may ask."""
    await conn.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"payout blocked {host_id}"
    )
    told: bool = await conn.fetchval(
        "select exists (select from public.notifications n "
        "join public.bookings b on b.id = n.booking_id where b.host_id = $1 "
        "and n.kind = 'HOST_PAYOUT_BLOCKED' and n.created_at > $2)",
        host_id,
        since,
    )
    return told


async def page_of_host(
    conn: Conn, host_id: UUID, page: PageRequest, *, rest: timedelta
) -> Page[Payout]:
    """The host's payouts, newest first."""
    records = await conn.fetch(
        SELECT + "where o.host_id = $1 and (o.created_at, o.id) < ($3, $4) "
        "order by o.created_at desc, o.id desc limit $5",
        host_id,
        rest,
        page.start.created_at,
        page.start.id,
        page.limit,
    )
    return Page.cut([row_of(record) for record in records], page)


async def by_bookings(
    conn: Conn, host_id: UUID, booking_ids: Sequence[UUID], *, rest: timedelta
) -> dict[UUID, Payout]:
    """The host's payout for each of these bookings; of several payments the one that stands."""
    records = await conn.fetch(
        SELECT + "where o.host_id = $1 and o.booking_id = any($3) "
        "order by o.net_minor, o.created_at",
        host_id,
        rest,
        booking_ids,
    )
    return {record["booking_id"]: row_of(record) for record in records}


async def totals(conn: Conn, host_id: UUID) -> list[Total]:
    """Sums of all payouts of a host, a currency each, in the currencies' order."""
    records = await conn.fetch(
        "select currency, count(*) as count, sum(amount_minor)::bigint as amount_minor, "
        "sum(returned_minor)::bigint as returned_minor, sum(fee_minor)::bigint as fee_minor, "
        "sum(net_minor)::bigint as net_minor, "
        "coalesce(sum(case when transfer_currency = currency then transfer_minor - reversed_minor "
        "else net_minor end) filter (where status in ('PAID', 'REVERSED')), 0)::bigint "
        "as paid_minor, "
        "coalesce(sum(net_minor) filter (where status in ('WAITING', 'SENDING')), 0)::bigint "
        "as waiting_minor "
        "from public.payouts where host_id = $1 group by currency order by currency",
        host_id,
    )
    return [Total(**dict(record)) for record in records]


async def with_reason(
    conn: Conn, *, reason: PayoutReason | None, limit: int, rest: timedelta
) -> list[Payout]:
    """Payouts that wait, or of which the host has too much or too little, oldest first; for one
    reason or for any."""
    records = await conn.fetch(
        SELECT + "where o.reason is not null and o.status in ('WAITING', 'PAID', 'REVERSED') "
        "and ($1::text is null or o.reason = $1) order by o.created_at, o.id limit $3",
        reason,
        rest,
        limit,
    )
    return [row_of(record) for record in records]
