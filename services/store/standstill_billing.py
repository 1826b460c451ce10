"""What of plans stands still although something is left to do: the sweeper's questions."""

from datetime import datetime
from uuid import UUID

from services.db import Conn
from services.store.entitlements import entitles
from services.store.standstill import BATCH
from services.store.subscriptions import LIVE

LOOKS = 200
"""How many subscriptions a minute are read back: a tenth of what Stripe lets us ask."""


async def _ids(conn: Conn, query: str, *args: object, limit: int = BATCH) -> list[UUID]:
    return [record["id"] for record in await conn.fetch(f"{query} limit {limit}", *args)]


async def ended_checkouts(conn: Conn, now: datetime) -> list[UUID]:
    """Checkouts of plans whose time is over and of whose end nobody heard."""
    return await _ids(
        conn,
        "select id from private.checkouts where subscription_id is not null "
        "and status in ('CREATING', 'OPEN') and expires_at <= $1 order by expires_at",
        now,
    )


async def subscriptions_to_read(
    conn: Conn, *, now: datetime, due_since: datetime, before: datetime
) -> list[UUID]:
    """Live subscriptions for which a renewal, an end or a retry is due since `due_since` and that
    were not read since then, or that nobody read since `before`."""
    return await _ids(
        conn,
        f"select id from public.subscriptions where status in {LIVE} "
        "and stripe_subscription_id is not null and (looked_at <= $3 or (looked_at <= $2 "
        "and (least(current_period_end, trial_end, cancel_at) <= $2 "
        "or status in ('PAST_DUE', 'UNPAID', 'INCOMPLETE')) "
        "and looked_at <= $1::timestamptz - interval '1 hour')) order by looked_at",
        now,
        due_since,
        before,
        limit=LOOKS,
    )


async def lapsed(conn: Conn, now: datetime) -> list[UUID]:
    """Subscriptions whose grace, or whose trial granted here, is over."""
    return await _ids(
        conn,
        "select id from public.subscriptions where lapsed_at is null and (grace_until <= $1 "
        "or (status = 'TRIALING' and stripe_subscription_id is null and trial_end <= $1))",
        now,
    )


async def duplicates(conn: Conn, before: datetime) -> list[UUID]:
    """Second subscriptions to a plan that Stripe still goes on with."""
    return await _ids(
        conn,
        "select id from public.subscriptions where duplicate_of is not null "
        f"and status in {LIVE} and stripe_subscription_id is not null and updated_at <= $1 "
        "and not exists (select from public.payments p where p.subscription_id = subscriptions.id "
        "and p.outcome = 'FULFILLED')",
        before,
    )


PARTS = 60
"""Into how many parts those are cut who are looked at all in turn."""


async def accesses_to_move(conn: Conn, *, now: datetime, before: datetime) -> list[UUID]:
    """People who wait for a link, whose link has ended, or whose link is still good although they
    are in; and, an hour's minute for each, those who are in a channel, or may come in, without
    being entitled, or the other way round."""
    entitled = (
        "exists (select from public.subscriptions s join public.plans n on n.id = s.plan_id "
        "where n.channel_id = a.channel_id "
        "and (s.user_id = a.user_id or s.telegram_buyer_id = a.telegram_buyer_id) "
        f"and {entitles('$1')})"
    )
    return await _ids(
        conn,
        "select a.id from private.channel_accesses a where a.updated_at <= $2 and ("
        "(a.status = 'WANTED') "
        "or (a.status = 'INVITED' and a.invite_expires_at <= $1) "
        "or (a.status = 'JOINED' and a.invite_link is not null) "
        f"or (abs(hashtext(a.id::text)) % {PARTS} = $3 "
        f"and (a.status = 'ENDED') is not distinct from {entitled})) order by a.updated_at",
        now,
        before,
        now.minute % PARTS,
    )


async def paid_without_outcome(conn: Conn, before: datetime) -> list[UUID]:
    """Subscriptions with a payment of which nobody said how it ended."""
    return await _ids(
        conn,
        "select distinct p.subscription_id as id from public.payments p "
        "where p.status = 'SUCCEEDED' and p.outcome is null and p.paid_at <= $1 "
        "and p.subscription_id is not null "
        "and not exists (select from private.refunds r where r.payment_id = p.id "
        "and r.status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION'))",
        before,
    )
