"""Plans: what is on sale by subscription, and what each is at Stripe."""

from collections.abc import Sequence
from uuid import UUID

from services.app import App
from services.domain.billing import PriceState
from services.domain.paging import Page, PageRequest
from services.domain.plans import Channel, Plan
from services.store import plans as store


async def on_sale(app: App, page: PageRequest) -> Page[Plan]:
    """What can be bought, newest first."""
    async with app.db.connection() as conn:
        return await store.page_on_sale(conn, page)


async def by_ids(app: App, ids: Sequence[UUID]) -> dict[UUID, Plan]:
    """Also those no longer on sale."""
    async with app.db.connection() as conn:
        return await store.by_ids(conn, ids)


async def channels_by_ids(app: App, ids: Sequence[UUID]) -> dict[UUID, Channel]:
    async with app.db.connection() as conn:
        return await store.channels(conn, ids)


async def price(app: App, plan: Plan) -> PriceState:
    """Stripe's price of a recurring plan as it costs now, made when there is none yet.

    Raises ProviderError.
    """
    assert plan.interval is not None, "what is paid once needs no price at Stripe"
    async with app.db.connection() as conn:
        known = await store.price_of(conn, plan)
    if known is not None:
        return known
    made = await app.billing.prices.create(
        plan_id=plan.id,
        name=plan.name,
        description=plan.description,
        price=plan.price,
        interval=plan.interval,
        interval_count=plan.interval_count,
    )
    async with app.db.transaction() as conn:
        return await store.keep_price(conn, plan, made, now=app.clock.now())
