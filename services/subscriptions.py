"""Subscriptions: read back from Stripe, not believed from an event, and mirrored into our rows."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services import (
    buyers,
    entitlements,
    jobs,
    notifications,
    plan_orders,
    plan_payments,
    trials,
)
from services.app import App
from services.db import Conn
from services.domain.billing import SubscriptionState
from services.domain.jobs import Job
from services.domain.models import NotificationKind
from services.domain.plans import OVER, OWING, Subscription, SubscriptionStatus
from services.providers.billing_ports import InvoiceState
from services.providers.ports import Unknown
from services.store import notifications as notification_store
from services.store import plans as plan_store
from services.store import subscription_lists
from services.store import subscriptions as store
from services.trials import round_of

log = logging.getLogger(__name__)

ORDER_KEY = "sessionpay_subscription_id"
"""Metadata of a subscription at Stripe that names our row."""

BEGUN = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})


@dataclass(frozen=True, slots=True)
class Reading:
    """What Stripe told of a subscription and its newest invoices, newest first.

    Of two readings the one with the greater `ticket` began later, on whichever machine.
    """

    ticket: int
    told: SubscriptionState
    invoices: Sequence[InvoiceState]


async def read(app: App, stripe_id: str, *, invoices: int = 1) -> Reading:
    """Ask Stripe. Raises Unknown, ProviderError."""
    async with app.db.connection() as conn:
        ticket = await store.next_ticket(conn)
    told = await app.billing.subscriptions.read(stripe_id)
    newest: Sequence[InvoiceState] = ()
    if invoices:
        newest = await app.billing.invoices.of_subscription(stripe_id, limit=invoices)
    return Reading(ticket, told, newest)


async def apply(
    app: App, conn: Conn, reading: Reading, *, order_id: UUID | None = None
) -> Subscription | None:
    """Write a reading, once, in any order; None when the subscription isn't ours.

    `order_id` is our row of the checkout it came through. An older reading than the one written
    changes nothing of the subscription, but its payments are written in any case.
    """
    told = reading.told
    await store.lock_stripe_id(conn, told.id)
    row = await _row_of(app, conn, told, order_id or told.order_id)
    if row is None:
        return None
    before = await entitlements.lock(conn, row.id)
    after = await _mirror(app, conn, before, reading)
    now_is = after or before
    await plan_payments.apply_invoices(app, conn, now_is, reading.invoices)
    if after is not None:  # told with the payment or the open invoice that it is about
        await _follow(app, conn, before, after)
    await entitlements.changed(app, conn, now_is)
    return now_is


async def _row_of(
    app: App, conn: Conn, told: SubscriptionState, order_id: UUID | None
) -> Subscription | None:
    """Our row of a subscription at Stripe, made when there is none; None when it isn't ours."""
    if found := await store.by_stripe_id(conn, told.id):
        return found
    order = await store.get(conn, order_id) if order_id else None
    if order is not None:
        order = await entitlements.lock(conn, order.id)
        if order.stripe_id is None and order.status not in OVER:
            return order
    plan_id = await _plan_of(conn, told)
    buyer = await buyers.of_customer(conn, told.customer_id)
    if order is not None:
        owner = (order.user_id, order.telegram_buyer_id)
    elif buyer is not None and plan_id is not None:
        await buyers.lock(conn, buyer)
        owner = (buyer.user_id, buyer.telegram_buyer_id)
        open_order = await subscription_lists.live_of(conn, buyer, plan_id)
        if open_order is not None and open_order.stripe_id is None:
            return open_order
    else:
        return None
    # It counts for nothing until it is mirrored, which finds out whether it is a second one.
    return await store.adopt(
        conn,
        told,
        user_id=owner[0],
        telegram_buyer_id=owner[1],
        now=app.clock.now(),
    )


async def _plan_of(conn: Conn, told: SubscriptionState) -> UUID | None:
    """The plan of its price, by our own list or by what the price itself says."""
    if told.price_id is None:
        return None
    if known := await plan_store.plan_of_price(conn, told.price_id):
        return known
    if told.plan_id is None:
        return None
    return told.plan_id if await plan_store.by_ids(conn, [told.plan_id]) else None


async def _mirror(
    app: App, conn: Conn, before: Subscription, reading: Reading
) -> Subscription | None:
    """The row as the reading shows it; None when it shows a later one already."""
    if reading.ticket < before.read_ticket:
        return None
    told, now = reading.told, app.clock.now()
    plan_id = await _plan_of(conn, told)
    return await store.mirror(
        conn,
        before.id,
        told,
        ticket=reading.ticket,
        plan_id=plan_id,
        duplicate_of=await _counts_for(app, conn, before, told, plan_id),
        grace_until=_grace_until(before, told.status, now, app.settings.grace),
        now=now,
    )


def _grace_until(
    before: Subscription, status: SubscriptionStatus, now: datetime, grace: timedelta
) -> datetime | None:
    """Counted from when the debt was first heard of; given up by Stripe, it ends at once."""
    if status is SubscriptionStatus.PAST_DUE:
        return before.grace_until or now + grace
    if status is SubscriptionStatus.UNPAID:
        return min(before.grace_until or now, now)
    return None


async def _counts_for(
    app: App, conn: Conn, row: Subscription, told: SubscriptionState, plan_id: UUID | None
) -> UUID | None:
    """The subscription to the same plan that counts in place of this one; None when this does."""
    if told.status in OVER or plan_id is None:
        return row.duplicate_of
    if row.duplicate_of is not None and await store.is_returned(conn, row.id):
        return row.duplicate_of  # its money goes back: it never counts, and is ended
    other = await plan_orders.give_way(app, conn, row, plan_id)
    return other.id if other else None


async def _follow(app: App, conn: Conn, before: Subscription, after: Subscription) -> None:
    """Tell whom it concerns what has changed."""
    log.info(
        "subscription read",
        extra={"subscription_id": after.id, "was": before.status, "is": after.status},
    )
    if after.duplicate_of is not None:
        if after.status not in OVER:
            await jobs.enqueue(conn, Job.END_DUPLICATE, after.id)
        return
    for kind, round_ in _news(before, after, app.clock.now()):
        if kind is NotificationKind.SUBSCRIPTION_STARTED and await notification_store.was_told(
            conn, after.id, kind
        ):
            continue  # it goes on after a pause or a debt
        await notifications.announce_plan(app, conn, after.id, kind, round_=round_)


def _news(
    before: Subscription, after: Subscription, now: datetime
) -> list[tuple[NotificationKind, int]]:
    """What to tell, and of which time it is told: the same twice is told once."""
    found: list[tuple[NotificationKind, int]] = []
    begun = before.is_order or before.is_own_trial or before.status not in BEGUN
    if after.status in BEGUN and begun:
        found.append((NotificationKind.SUBSCRIPTION_STARTED, 0))
    ends_at = after.trial_end
    if after.status is SubscriptionStatus.TRIALING and trials.ends_soon(ends_at, now):
        found.append((NotificationKind.TRIAL_ENDING, round_of(ends_at)))
    if after.status in OWING and before.status not in OWING:
        found.append((NotificationKind.RENEWAL_FAILED, round_of(after.current_period_start)))
    if after.cancel_at and after.cancel_at != before.cancel_at and after.status not in OVER:
        # Cancelled, kept and cancelled again is told again.
        time = round_of(after.cancel_at) + round_of(after.canceled_at)
        found.append((NotificationKind.SUBSCRIPTION_ENDING, time))
    if after.status is SubscriptionStatus.CANCELED and before.status not in OVER:
        found.append((NotificationKind.SUBSCRIPTION_ENDED, 0))
    return found


async def look(app: App, subscription_id: UUID) -> None:
    """Job: read a subscription back from Stripe, in case its news were lost."""
    async with app.db.connection() as conn:
        row = await store.get(conn, subscription_id)
    if row is not None and row.is_own_trial:
        await trials.look(app, row.id)
    if row is None or row.stripe_id is None:
        return
    try:
        reading = await read(app, row.stripe_id, invoices=3)
    except Unknown:  # made with another account's key
        async with app.db.transaction() as conn:
            await store.looked_at(conn, subscription_id, now=app.clock.now())
        log.warning("subscription unknown at stripe", extra={"subscription_id": subscription_id})
        return
    async with app.db.transaction() as conn:
        after = await apply(app, conn, reading)
        if after is not None:
            await plan_payments.conclude(app, conn, after)


async def mine(app: App, user_id: UUID, plan_id: UUID | None) -> Subscription | None:
    """The user's subscription that counts: to one plan, or of all; None when they have none."""
    async with app.db.connection() as conn:
        return await subscription_lists.of_user(conn, user_id, plan_id)


async def all_of(app: App, user_id: UUID) -> Sequence[Subscription]:
    """What the user ever began: those that go on first, newest first, 50 at most."""
    async with app.db.connection() as conn:
        return await subscription_lists.all_of_user(conn, user_id, limit=50)


async def by_ids(app: App, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Subscription]:
    """Those of these that are the user's own."""
    async with app.db.connection() as conn:
        return await store.by_ids(conn, user_id, ids)
