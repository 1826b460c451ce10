"""What of plans stands still although something is left to do: the sweeper's questions."""

from datetime import datetime, timedelta
from uuid import UUID

from services.db import Conn
from services.store.entitlements import entitles
from services.store.standstill import ids
from services.store.subscriptions import LIVE

LOOKS = 60
"""How many subscriptions a minute are read back; each is some eight questions to Stripe, which
takes a hundred a second of a live account and a quarter of that of a test one."""

PARTS = 60
"""Into how many parts those are cut who are looked at all in turn."""

_LOOKED_AT = "coalesce(looked_at, '-infinity')"  # rows that were brought in were never read


async def ended_checkouts(conn: Conn, now: datetime) -> list[UUID]:
    """Checkouts of plans whose time is over and of whose end nobody heard."""
    return await ids(
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
    return await ids(
        conn,
        f"select id from public.subscriptions where status in {LIVE} "
        "and stripe_subscription_id is not null "
        f"and ({_LOOKED_AT} <= $3 or ({_LOOKED_AT} <= $2 "
        "and (least(current_period_end, cancel_at, case when status = 'TRIALING' "
        "then trial_end end) <= $2 or status in ('PAST_DUE', 'UNPAID', 'INCOMPLETE')) "
        f"and {_LOOKED_AT} <= $1::timestamptz - interval '1 hour')) order by {_LOOKED_AT}",
        now,
        due_since,
        before,
        limit=LOOKS,
    )


async def lapsed(conn: Conn, now: datetime) -> list[UUID]:
    """Subscriptions whose grace, or whose trial granted here, is over."""
    return await ids(
        conn,
        "select id from public.subscriptions where lapsed_at is null and (grace_until <= $1 "
        "or (status = 'TRIALING' and stripe_subscription_id is null and trial_end <= $1))",
        now,
    )


async def own_trials(conn: Conn, now: datetime, notice: timedelta) -> list[UUID]:
    """Trials granted here that nobody took note of: never yet, or not since their end is near."""
    return await ids(
        conn,
        "select id from public.subscriptions where status = 'TRIALING' "
        "and stripe_subscription_id is null and trial_end > $1 and (looked_at is null "
        "or (trial_end <= $1::timestamptz + $2::interval "
        "and looked_at < trial_end - $2::interval))",
        now,
        notice,
    )


async def ownerless(conn: Conn, before: datetime) -> list[UUID]:
    """Subscriptions that go on although their owner has deleted their account."""
    return await ids(
        conn,
        "select id from public.subscriptions where user_id is null and telegram_buyer_id is null "
        f"and status in {LIVE} and updated_at <= $1 order by updated_at",
        before,
    )


async def processing(conn: Conn, now: datetime) -> list[UUID]:
    """Checkouts of plans that are being paid by a method that takes days: each is looked at once
    an hour, in a minute of its own."""
    return await ids(
        conn,
        "select c.id from public.payments p "
        "join private.checkouts c on c.stripe_session_id = p.stripe_checkout_session_id "
        "where p.subscription_id is not null and p.status = 'PROCESSING' "
        f"and (hashtext(p.id::text) & 2147483647) % {PARTS} = $1",
        now.minute % PARTS,
    )


async def duplicates(conn: Conn, before: datetime) -> list[UUID]:
    """Second subscriptions to a plan that Stripe still goes on with."""
    return await ids(
        conn,
        "select id from public.subscriptions where duplicate_of is not null "
        f"and status in {LIVE} and stripe_subscription_id is not null and updated_at <= $1 "
        "and not exists (select from public.payments p where p.subscription_id = subscriptions.id "
        "and p.outcome = 'FULFILLED')",
        before,
    )


async def accesses_to_move(conn: Conn, *, now: datetime, before: datetime) -> list[UUID]:
    """People who wait for a link, or whose link is still good although they are in; and, an hour's
    minute for each, those whom a channel that we open expects, for that they asked to join may
    not have been heard, and those who are in a channel, or may come in, without being entitled,
    or the other way round."""
    entitled = (
        "exists (select from public.subscriptions s join public.plans n on n.id = s.plan_id "
        "where n.channel_id = a.channel_id "
        "and (s.user_id = a.user_id or s.telegram_buyer_id = a.telegram_buyer_id) "
        f"and {entitles('$1')})"
    )
    expected = (
        "(a.status = 'INVITED' and exists (select from public.channels c "
        "where c.id = a.channel_id and c.telegram_chat_id is not null))"
    )
    return await ids(
        conn,
        "select a.id from private.channel_accesses a where a.updated_at <= $2 and ("
        "a.status = 'WANTED' or (a.status = 'JOINED' and a.invite_link is not null) "
        f"or ((hashtext(a.id::text) & 2147483647) % {PARTS} = $3 "
        f"and ({expected} or (a.status = 'ENDED') is not distinct from {entitled}))) "
        "order by a.status = 'INVITED', a.updated_at",
        now,
        before,
        now.minute % PARTS,
    )


async def paid_without_outcome(conn: Conn, before: datetime) -> list[UUID]:
    """Subscriptions with a payment of which nobody said how it ended."""
    return await ids(
        conn,
        "select distinct p.subscription_id as id from public.payments p "
        "where p.status = 'SUCCEEDED' and p.outcome is null and p.paid_at <= $1 "
        "and p.subscription_id is not null "
        "and not exists (select from private.refunds r where r.payment_id = p.id "
        "and r.status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION'))",
        before,
    )
