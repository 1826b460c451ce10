"""Which subscriptions entitle somebody now: the one place that says so, for every question."""

from datetime import datetime
from uuid import UUID

from services.db import Conn
from services.domain.disputes import SETTLED_DISPUTES
from services.domain.plans import ChannelAccess, Subscription
from services.store.subscriptions import row_of

_SETTLED = ", ".join(f"'{word}'" for word in sorted(SETTLED_DISPUTES))

STANDS = (
    "p.status = 'SUCCEEDED' and p.amount_refunded_minor < p.amount_minor "
    f"and (p.dispute_status is null or p.dispute_status in ({_SETTLED}))"
)
"""A payment `p` that was neither returned whole nor disputed."""


def entitles(now: str) -> str:
    """SQL: whether a subscription `s` gives what its plan promises at `now`.

    An owed payment leaves it so until the end of the grace. A payment for the time that runs which
    was returned or is disputed takes it away, also the grace, until a later one of as much has
    come; of what is paid once any payment will do, for a second one goes back.
    """
    return (
        "(s.duplicate_of is null and s.plan_id is not null and ("
        "s.status = 'ACTIVE' "
        "or (s.status = 'TRIALING' "
        f"and (s.stripe_subscription_id is not null or s.trial_end > {now})) "
        f"or (s.status = 'PAST_DUE' and s.grace_until > {now})) "
        "and not exists (select from public.payments b where b.subscription_id = s.id "
        f"and b.status = 'SUCCEEDED' and not ({_stands('b')}) and {_covers('b', now)} "
        "and not exists (select from public.payments p where p.subscription_id = s.id "
        f"and {STANDS} and {_covers('p', now)} and p.amount_minor >= b.amount_minor "
        "and (s.stripe_subscription_id is null or p.paid_at > b.paid_at))))"
    )


def _stands(payment: str) -> str:
    return STANDS.replace("p.", f"{payment}.")


def _covers(payment: str, now: str) -> str:
    """SQL: whether a payment is for the time that runs. Stripe takes some two hours from the end of
    a period to the next one's payment, and who owes has last paid for the period before."""
    return (
        f"({payment}.period_end is null or {payment}.period_end > {now} - interval '2 hours' "
        f"or (s.status = 'PAST_DUE' and {payment}.period_end "
        ">= s.current_period_start - interval '2 hours'))"
    )


async def of_user(conn: Conn, user_id: UUID, *, now: datetime) -> list[Subscription]:
    """The user's subscriptions that entitle now, oldest first."""
    records = await conn.fetch(
        f"select s.* from public.subscriptions s where s.user_id = $1 and {entitles('$2')} "
        "order by s.created_at, s.id",
        user_id,
        now,
    )
    return [row_of(record) for record in records]


async def of_buyer(conn: Conn, telegram_buyer_id: UUID, *, now: datetime) -> list[Subscription]:
    """What entitles somebody who bought in Telegram, oldest first."""
    records = await conn.fetch(
        "select s.* from public.subscriptions s "
        f"where s.telegram_buyer_id = $1 and {entitles('$2')} order by s.created_at, s.id",
        telegram_buyer_id,
        now,
    )
    return [row_of(record) for record in records]


async def is_entitled(conn: Conn, subscription_id: UUID, *, now: datetime) -> bool:
    found: bool = await conn.fetchval(
        f"select exists (select from public.subscriptions s where s.id = $1 and {entitles('$2')})",
        subscription_id,
        now,
    )
    return found


async def opens_channel(conn: Conn, access: ChannelAccess, *, now: datetime) -> Subscription | None:
    """The subscription that lets this person into the channel; None when none does."""
    record = await conn.fetchrow(
        "select s.* from public.subscriptions s join public.plans n on n.id = s.plan_id "
        "where n.channel_id = $1 and (s.user_id = $2 or s.telegram_buyer_id = $3) "
        f"and {entitles('$4')} order by s.created_at, s.id limit 1",
        access.channel_id,
        access.user_id,
        access.telegram_buyer_id,
        now,
    )
    return row_of(record) if record else None


async def newest_for_channel(conn: Conn, access: ChannelAccess) -> Subscription | None:
    """The person's newest subscription to a plan with this channel, whatever became of it."""
    record = await conn.fetchrow(
        "select s.* from public.subscriptions s join public.plans n on n.id = s.plan_id "
        "where n.channel_id = $1 and (s.user_id = $2 or s.telegram_buyer_id = $3) "
        "order by s.created_at desc, s.id desc limit 1",
        access.channel_id,
        access.user_id,
        access.telegram_buyer_id,
    )
    return row_of(record) if record else None


async def refresh_paid(conn: Conn, user_id: UUID, *, now: datetime) -> None:
    """Make `users.paid` true exactly if a payment of theirs stands: for a session, or for a
    subscription that entitles them now."""
    await conn.execute(
        f"update public.users u set paid = {paid('u.id', '$2')} "
        f"where u.id = $1 and u.paid is distinct from {paid('u.id', '$2')}",
        user_id,
        now,
    )


def paid(user_id: str, now: str) -> str:
    """SQL: what `users.paid` must be of this user."""
    return (
        f"(exists (select from public.payments p where p.user_id = {user_id} and {STANDS} "
        "and p.booking_id is not null) "
        "or exists (select from public.subscriptions s join public.payments p "
        f"on p.subscription_id = s.id where s.user_id = {user_id} and {STANDS} "
        f"and {entitles(now)}))"
    )
