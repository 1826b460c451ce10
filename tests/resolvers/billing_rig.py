"""Subscriptions that a test begins with, and how a client asks for plans."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sandbox.accounts import DEMO_USER
from tests.world import World

MENTORING_PLAN = "91a40000-0000-4000-8000-000000000001"
STARTER_PLAN = "91a40000-0000-4000-8000-000000000003"
FOR_GOOD = "91a40000-0000-4000-8000-000000000005"

MINE = "query ($plan: ID) { mySubscription(planId: $plan) { id status plan { name } } }"
BUY = """mutation ($input: CreateCheckoutSessionInput!) { createCheckoutSession(input: $input) {
  checkout { sessionId url } booking { id } subscription { id status price { display } plan { id } }
  errors { __typename code message ... on InvalidInputError { field } } } }"""


async def given_subscription(world: World, status: str, **more: Any) -> UUID:
    """A row as if Stripe had told it; newer ones are begun later."""
    already = len(await world.rows("select from public.subscriptions"))
    now = world.app.clock.now()
    row = {
        "id": uuid4(),
        "user_id": DEMO_USER.id,
        "plan_id": UUID(MENTORING_PLAN),
        "stripe_subscription_id": f"sub_{already}",
        "status": status,
        "current_period_start": now,
        "current_period_end": now + timedelta(days=30),
        "created_at": now + timedelta(minutes=already),
        **more,
    }
    columns = ", ".join(row)
    values = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await world.rows(
        f"insert into public.subscriptions ({columns}) values ({values})", *row.values()
    )
    return UUID(str(row["id"]))


async def mine(world: World, plan: str | None = None) -> dict[str, Any] | None:
    answer = await world.client.asks(MINE, plan=plan)
    found: dict[str, Any] | None = answer["mySubscription"]
    return found


async def buys(world: World, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await world.client.asks(BUY, input=given))["createCheckoutSession"]
    return payload
