"""What happens to somebody's subscription at Stripe, and which of it the product gets to hear."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from sandbox.accounts import DemoUser
from sandbox.stripe.state import Json
from services import plans
from services.store import plans as plan_store
from services.stripe_events import HANDLERS
from tests.databases import TestServer
from tests.stories.subscriber import FAILING_CARD, GOOD_CARD, MENTORING_PLAN, SECOND, Subscriber
from tests.world import Client, WorkerHands, World

Newcomers = Callable[[World], Awaitable[Client]]
"""Makes somebody who has just signed up, and signs them in."""


@pytest.fixture
async def newcomers(test_server: TestServer) -> AsyncIterator[Newcomers]:
    """People without a past: each has had no trial and no plan."""
    opened: dict[str, asyncpg.Connection[asyncpg.Record]] = {}

    async def newcomer(world: World) -> Client:
        name = (await world.row("select current_database() as name"))["name"]
        if name not in opened:
            dsn = test_server.cluster.superuser_dsn(name)
            opened[name] = await asyncpg.connect(dsn)
        user = DemoUser(uuid4(), f"{uuid4().hex}@example.com", "Newcomer")
        await opened[name].execute(
            "insert into auth.users (id, email, raw_user_meta_data) "
            """values ($1, $2, '{"language": "en"}')""",
            user.id,
            user.email,
        )
        token = world.sandbox.accounts.token(user.id, user.email, name=user.name)
        return Client(world.http, token, user.id)

    yield newcomer
    for conn in opened.values():
        await conn.close()


@dataclass
class Life:
    """A subscription from its first payment on; everything happens at Stripe alone."""

    world: World
    client: Client
    plan: str
    session_id: str
    stripe_id: str = field(init=False, default="")

    def begins(self) -> None:
        """The open checkout is paid."""
        self.world.sandbox.stripe.pay(self.session_id)
        [session] = [each for each in self._stripe.sessions() if each["id"] == self.session_id]
        self.stripe_id = session["subscription"]

    @property
    def _stripe(self) -> Any:
        return self.world.sandbox.stripe

    @property
    def at_stripe(self) -> Json:
        [found] = [each for each in self._stripe.subscriptions() if each["id"] == self.stripe_id]
        return dict(found)

    @property
    def invoices(self) -> list[Json]:
        """Newest first."""
        return [
            invoice
            for invoice in self._stripe.invoices()
            if invoice["parent"]["subscription_details"]["subscription"] == self.stripe_id
        ]

    @property
    def charges(self) -> list[str]:
        """Ids of the charges that succeeded, newest first."""
        customer = self.at_stripe["customer"]
        charges = [
            event["event"]["data"]["object"]
            for event in self._stripe.events()
            if event["event"]["type"] == "charge.succeeded"
        ]
        return [charge["id"] for charge in charges if charge["customer"] == customer]

    async def renews(self) -> None:
        await self._period_ends(GOOD_CARD)

    async def fails(self) -> None:
        await self._period_ends(FAILING_CARD)

    def keeps_card(self, number: str) -> None:
        """For the payments to come."""
        self._stripe.set_card(self.at_stripe["customer"], number)

    async def _period_ends(self, card: str) -> None:
        self.keeps_card(card)
        ends_at = self.at_stripe["items"]["data"][0]["current_period_end"]
        now = self.world.sandbox.clock.now().timestamp()
        await self.world.sandbox.advance(timedelta(seconds=max(0, ends_at - now)) + SECOND)

    async def pays(self) -> None:
        """What is owed."""
        for invoice in self.invoices:
            if invoice["status"] == "open":
                self._stripe.pay_invoice(invoice["id"], GOOD_CARD)

    async def cancels(self) -> None:
        self._stripe.cancel_subscription(self.stripe_id, at_period_end=True)

    async def keeps(self) -> None:
        self._stripe.keep_subscription(self.stripe_id)

    async def ends(self) -> None:
        self._stripe.cancel_subscription(self.stripe_id)

    async def pauses(self) -> None:
        self._stripe.pause_subscription(self.stripe_id)

    async def resumes(self) -> None:
        self._stripe.resume_subscription(self.stripe_id)

    async def changes(self, plan: str) -> None:
        self._stripe.change_plan(self.stripe_id, await price_of(self.world, plan))

    async def is_refunded(self, amount: int | None = None) -> None:
        self._stripe.dashboard_refund(self.charges[0], amount)

    async def is_disputed(self) -> None:
        self._stripe.dispute(self.charges[0])

    async def touched(self) -> None:
        """One more event, of a change that we don't keep."""
        self.keeps_card(GOOD_CARD)

    async def row(self) -> asyncpg.Record:
        """Ours."""
        return await self.world.row(
            "select * from public.subscriptions where stripe_subscription_id = $1", self.stripe_id
        )

    async def told(self) -> list[tuple[str, int]]:
        """Kind and round of each message in the app about it, in alphabetical order."""
        messages = await self.world.rows(
            "select kind, round from public.notifications where subscription_id = $1 "
            "and medium = 'IN_APP' order by kind, round",
            (await self.row())["id"],
        )
        return [(row["kind"], row["round"]) for row in messages]

    async def kinds(self) -> list[str]:
        return [kind for kind, _ in await self.told()]

    async def money(self) -> list[tuple[int, int, str | None]]:
        """What came, what of it went back, and how each ended; oldest first."""
        payments = await self.world.rows(
            "select amount_minor, amount_refunded_minor, outcome from public.payments "
            "where subscription_id = $1 and status = 'SUCCEEDED' order by paid_at, id",
            (await self.row())["id"],
        )
        return [tuple(row) for row in payments]


async def opens(world: World, client: Client, plan: str = MENTORING_PLAN) -> Life:
    """They open a checkout."""
    return Life(world, client, plan, await Subscriber(world, client, plan).opens())


async def begins(world: World, client: Client, plan: str = MENTORING_PLAN) -> Life:
    """They open a checkout and pay it; nobody has heard of it yet if events are held."""
    life = await opens(world, client, plan)
    life.begins()
    return life


async def price_of(world: World, plan: str) -> str:
    """The id of the plan's price at Stripe."""
    async with world.app.db.connection() as conn:
        [row] = (await plan_store.by_ids(conn, [UUID(plan)])).values()
    return (await plans.price(world.app, row)).id


async def taken_back(world: World) -> list[Json]:
    """The held events of which the product would make something, oldest first; they are lost
    unless they are resent, and later ones are held again."""
    deliveries = world.sandbox.stripe.deliveries
    held = deliveries.held()
    if held:
        deliveries.plan("drop", len(held))
        deliveries.release()
        await deliveries.settled()
    deliveries.hold()
    return [event for event in held if event["type"] in HANDLERS]


async def told_in_turn(world: World, events: Sequence[Json]) -> None:
    """Each arrives when everything about the one before is done."""
    for event in events:
        assert await world.sandbox.stripe.resend(event["id"])
        await works(world)


async def told_at_once(world: World, events: Sequence[Json]) -> None:
    """All arrive at one time, and two workers read them."""
    taken = await asyncio.gather(*(world.sandbox.stripe.resend(event["id"]) for event in events))
    assert all(taken)
    await works(world)


async def works(world: World) -> None:
    """Two workers do what there is to do, until neither it nor its webhooks lead to more."""
    pair = [WorkerHands(world.app, world.worker.pool) for _ in range(2)]
    while any(await asyncio.gather(*(worker.drain() for worker in pair))):
        await world.sandbox.stripe.deliveries.settled()
        await world.sandbox.hooks.settled()


async def assert_each_message_arrived_once(world: World) -> None:
    """A mail each of those that were handed over, none of those that were overtaken; the inbox
    forgets old ones."""
    messages = await world.rows(
        "select id, status from public.notifications where medium = 'EMAIL' "
        "order by created_at desc limit 100"
    )
    sent = [mail.message_id for mail in world.sandbox.inbox.mails]
    arrived = {row["id"]: sum(str(row["id"]) in key for key in sent) for row in messages}
    assert arrived == {row["id"]: int(row["status"] == "SENT") for row in messages}
