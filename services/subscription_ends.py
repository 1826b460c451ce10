"""Subscriptions that end by us: second ones, those nobody owns, and what has lapsed."""

from uuid import UUID

from services import entitlements, escalation, notifications, plan_orders
from services.app import App
from services.domain.models import NotificationKind
from services.domain.plans import OVER, OWING, Subscription
from services.store import plan_payments as plan_payment_store
from services.store import subscriptions as store
from services.subscriptions import apply, look, read
from services.trials import round_of


async def end_duplicate(app: App, subscription_id: UUID) -> None:
    """Job: end a second subscription to a plan; what was paid for it goes back.

    One that counted before is not ended: it was changed to this plan later, or brought along to an
    account that had the plan. What was paid before was owed, so a human looks at it, and again at
    each payment that comes and goes back.
    """
    async with app.db.connection() as conn:
        row = await store.get(conn, subscription_id)
    if row is None or row.stripe_id is None or row.duplicate_of is None or row.status in OVER:
        return
    if await _has_counted(app, row):
        await _ask_about_second(app, row)
        return
    await _end_at_stripe(app, row.stripe_id, key=f"duplicate:{row.id}")


async def end_ownerless(app: App, subscription_id: UUID) -> None:
    """Job: end a subscription whose owner has deleted their account, so that nobody pays for what
    nobody has."""
    async with app.db.connection() as conn:
        row = await store.get(conn, subscription_id)
    if row is None or row.user_id or row.telegram_buyer_id or row.status in OVER:
        return
    if row.stripe_id is None:
        async with app.db.transaction() as conn:
            await plan_orders.give_up(app, conn, await entitlements.lock(conn, row.id))
        return
    await _end_at_stripe(app, row.stripe_id, key=f"ownerless:{row.id}")


async def _end_at_stripe(app: App, stripe_id: str, *, key: str) -> None:
    await app.billing.subscriptions.cancel(stripe_id, key=key)
    reading = await read(app, stripe_id, invoices=3)
    async with app.db.transaction() as conn:
        await apply(app, conn, reading)


async def _has_counted(app: App, row: Subscription) -> bool:
    """Whether an earlier payment of it was for something that counted."""
    async with app.db.connection() as conn:
        return await store.has_fulfilled(conn, row.id)


async def _ask_about_second(app: App, row: Subscription) -> None:
    async with app.db.transaction() as conn:
        newest = (await plan_payment_store.succeeded_of_subscription(conn, row.id))[-1]
        why = f"Payment {newest.id}: It is to a plan that its owner has already."
        await escalation.ask_operator(app, conn, row.id, why=why, payment_id=newest.id)


async def lapse(app: App, subscription_id: UUID) -> None:
    """Job: the grace of an owed payment, or a trial that was granted here, is over."""
    await look(app, subscription_id)  # it may be paid, and the news of that still on its way
    now = app.clock.now()
    async with app.db.transaction() as conn:
        row = await entitlements.lock(conn, subscription_id)
        if row.lapsed_at is not None:
            return
        if row.is_own_trial and row.trial_end and row.trial_end <= now:
            row = await plan_orders.give_up(app, conn, row)
            kind = NotificationKind.SUBSCRIPTION_ENDED
        elif row.grace_until and row.grace_until <= now and row.status in OWING:
            kind = NotificationKind.GRACE_OVER
        else:
            return
        await store.set_lapsed(conn, row.id, now=now)
        await entitlements.changed(app, conn, row)
        await notifications.announce_plan(
            app, conn, row.id, kind, round_=round_of(row.current_period_start)
        )
