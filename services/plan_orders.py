"""Orders of plans that nobody is to pay any more: given up, and their pages closed."""

from uuid import UUID

from services import jobs
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.plans import Subscription, SubscriptionStatus
from services.store import checkouts as checkout_store
from services.store import subscription_lists
from services.store import subscriptions as store
from services.store.checkouts import Subject


async def give_way(app: App, conn: Conn, paid: Subscription, plan_id: UUID) -> Subscription | None:
    """What its owner has of the plan besides, and what counts in its place; None when nothing does.

    An order that nobody paid, and a trial granted here, give way to it.
    """
    while other := await subscription_lists.other_live(conn, paid, plan_id):
        if other.stripe_id is not None or other.status is SubscriptionStatus.ACTIVE:
            return other
        await give_up(app, conn, other)
    return None


async def give_up(app: App, conn: Conn, order: Subscription) -> Subscription:
    """Nobody is to pay for it any more; answers with the row as it is then."""
    opened = await checkout_store.latest(conn, Subject("subscription_id", order.id))
    if opened is not None:
        await jobs.enqueue(conn, Job.END_CHECKOUT, opened.id)
    return await store.set_status(conn, order.id, SubscriptionStatus.CANCELED, now=app.clock.now())
