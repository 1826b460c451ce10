"""The world of a story: a client, Stripe, a worker and the rest, each with a few verbs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from pgqueuer.domain.types import QueueExecutionMode

import server
from sandbox import seed
from sandbox.accounts import DEMO_USERS, DemoUser
from sandbox.app import Sandbox
from services.app import App
from services.domain.jobs import Job
from services.settings import Settings
from services.worker import Pace, Worker
from tests.databases import TestServer
from tests.serving import serving

SEEDED = "seeded"
CONSULTATION = "5e550000-0000-4000-8000-000000000001"  # pay first, 30 USD
MENTORING = "5e550000-0000-4000-8000-000000000002"  # slot first, 90 USD, at most 4 a day
COACHING = "5e550000-0000-4000-8000-000000000003"  # slot first, 75 EUR, buffers on both sides
REVIEW = "5e550000-0000-4000-8000-000000000004"  # slot first, 12,000 JPY

QUICK = Pace(
    first_retry=timedelta(milliseconds=5),
    longest_retry=timedelta(milliseconds=20),
    poll=timedelta(milliseconds=20),
    heartbeat=timedelta(seconds=2),
)

MUCH_LATER = timedelta(seconds=1)
BUSY = """
  select exists (select from jobs.pgqueuer where status = 'picked'
    or (status = 'queued' and execute_after < now() + $1::interval))
"""

BOOKING = """
  id status statusReason startsAt endsAt holdExpiresAt placeBy needsTime
  price { amountMinor currency } meeting { url expiresAt }
  payments { id status outcome outcomeReason failureReason receiptUrl
             amount { amountMinor currency } refunded { amountMinor } }
"""
ERRORS = "errors { code message ... on SlotTakenError { alternatives { startsAt } } }"


def seed_template(test_server: TestServer) -> None:
    """Make the database that worlds are copies of."""
    test_server.build_template(SEEDED)
    cluster = test_server.cluster
    asyncio.run(seed.seed(cluster.superuser_dsn(SEEDED), cluster.owner_dsn(SEEDED), DEMO_USERS))


@dataclass
class Client:
    """Somebody with a browser, signed in or not."""

    http: httpx.AsyncClient
    token: str | None
    user_id: UUID | None = None

    async def asks(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that has no top-level errors."""
        body = await self.posts(query, **variables)
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    async def posts(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer of an operation."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        response = await self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers
        )
        body: dict[str, Any] = response.json()
        return body

    async def slots(self, session_type: str = MENTORING, *, days: int = 14) -> list[str]:
        """Starts of open times from now on."""
        now = datetime.now(UTC)
        data = await self.asks(
            "query ($id: ID!, $from: DateTime!, $to: DateTime!) {"
            " availableSlots(sessionTypeId: $id, from: $from, to: $to) { startsAt } }",
            id=session_type,
            **{"from": now.isoformat(), "to": (now + timedelta(days=days)).isoformat()},
        )
        return [slot["startsAt"] for slot in data["availableSlots"]]

    async def opens_checkout(
        self, starts_at: str | None = None, session_type: str = MENTORING, **more: Any
    ) -> dict[str, Any]:
        """createCheckoutSession's payload."""
        data = await self.asks(
            "mutation ($input: CreateCheckoutSessionInput!) { createCheckoutSession(input: $input)"
            f" {{ checkout {{ sessionId url clientSecret uiMode expiresAt }}"
            f" booking {{ {BOOKING} }} {ERRORS} }} }}",
            input={"sessionTypeId": session_type, "startsAt": starts_at, **more},
        )
        payload: dict[str, Any] = data["createCheckoutSession"]
        return payload

    async def books(self, starts_at: str | None = None, session_type: str = MENTORING) -> "Opened":
        """Hold a slot (the first open one) or a session paid first, with an open checkout."""
        if starts_at is None and session_type != CONSULTATION:
            starts_at = (await self.slots(session_type))[0]
        payload = await self.opens_checkout(starts_at, session_type)
        assert payload["errors"] == [], payload
        return Opened(payload["booking"]["id"], payload["checkout"]["sessionId"], starts_at)

    async def confirms(
        self, session_id: str | None = None, *, payment_intent_id: str | None = None
    ) -> dict[str, Any]:
        """confirmBooking's payload."""
        given = (
            {"checkoutSessionId": session_id}
            if session_id
            else {"paymentIntentId": payment_intent_id}
        )
        data = await self.asks(
            "mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input)"
            f" {{ success meetingUrl booking {{ {BOOKING} }} {ERRORS} }} }}",
            input=given,
        )
        payload: dict[str, Any] = data["confirmBooking"]
        return payload

    async def schedules(self, booking_id: str, starts_at: str) -> dict[str, Any]:
        data = await self.asks(
            "mutation ($input: ScheduleBookingInput!) { scheduleBooking(input: $input)"
            f" {{ booking {{ {BOOKING} }} {ERRORS} }} }}",
            input={"bookingId": booking_id, "startsAt": starts_at, "timeZone": "Europe/Berlin"},
        )
        payload: dict[str, Any] = data["scheduleBooking"]
        return payload

    async def reschedules(self, booking_id: str, starts_at: str) -> dict[str, Any]:
        data = await self.asks(
            "mutation ($input: RescheduleBookingInput!) { rescheduleBooking(input: $input)"
            f" {{ booking {{ {BOOKING} }} {ERRORS} }} }}",
            input={"bookingId": booking_id, "startsAt": starts_at},
        )
        payload: dict[str, Any] = data["rescheduleBooking"]
        return payload

    async def quote(self, booking_id: str) -> dict[str, Any]:
        """What cancelling would do."""
        data = await self.asks(
            "query ($id: ID!) { quoteRefund(bookingId: $id) { canCancel percent creditsReturned"
            " holdsUntil refund { amountMinor currency } kept { amountMinor }"
            " refusal { code message } } }",
            id=booking_id,
        )
        quoted: dict[str, Any] = data["quoteRefund"]
        return quoted

    async def cancels(self, booking_id: str, **more: Any) -> dict[str, Any]:
        data = await self.asks(
            "mutation ($input: CancelBookingInput!) { cancelBooking(input: $input)"
            f" {{ booking {{ {BOOKING} }} {ERRORS} }} }}",
            input={"bookingId": booking_id, **more},
        )
        payload: dict[str, Any] = data["cancelBooking"]
        return payload

    async def booking(self, booking_id: str) -> dict[str, Any]:
        """The client's own booking; an empty answer for a stranger's."""
        data = await self.asks(
            f"query ($id: ID!) {{ booking(id: $id) {{ {BOOKING} }} }}", id=booking_id
        )
        return data["booking"] or {}

    async def notifications(self) -> list[str]:
        """Kinds of the messages in the app, newest first."""
        data = await self.asks("{ myNotifications(first: 100) { nodes { kind } } }")
        return [node["kind"] for node in data["myNotifications"]["nodes"]]


@dataclass(frozen=True)
class Opened:
    """A booking with an open checkout."""

    booking_id: str
    session_id: str
    starts_at: str | None


@dataclass
class WorkerHands:
    """The real worker, run by hand until the queue is empty."""

    app: App
    pool: "asyncpg.Pool[asyncpg.Record]"
    done: list[str] = field(default_factory=list)

    async def drain(self) -> list[str]:
        """Run every job that is due and those they lead to; names in order of their end.

        A job that was asked to come back much later, by a service that rests, is left waiting.
        """
        self.done.clear()
        worker = Worker(self.app, self.pool, pace=QUICK, on_done=self._note)
        engine = worker.engine().qm
        running = asyncio.create_task(
            engine.run(
                mode=QueueExecutionMode.drain,
                dequeue_timeout=QUICK.poll,
                batch_size=10,
                max_concurrent_tasks=40,
                heartbeat_timeout=QUICK.heartbeat,
            )
        )
        while not (await asyncio.wait({running}, timeout=0.05))[0]:
            if not await self.pool.fetchval(BUSY, MUCH_LATER):
                engine.shutdown.set()
        await running
        return list(self.done)

    def _note(self, job: Job) -> None:
        self.done.append(job.value)

    async def waiting(self) -> list[str]:
        """Names of jobs that wait, in order."""
        async with self.app.db.connection() as conn:
            rows = await conn.fetch(
                "select entrypoint from jobs.pgqueuer where status = 'queued' order by id"
            )
        return [row["entrypoint"] for row in rows]

    async def held(self) -> list[str]:
        """Names of jobs that were given up."""
        async with self.app.db.connection() as conn:
            rows = await conn.fetch(
                "select entrypoint from jobs.pgqueuer where status = 'failed' order by id"
            )
        return [row["entrypoint"] for row in rows]


@dataclass
class World:
    """Everything a story needs."""

    app: App
    sandbox: Sandbox
    base: str
    http: httpx.AsyncClient
    client: Client
    other: Client
    nobody: Client
    olena: Client  # the host of CONSULTATION and MENTORING
    yuki: Client  # the host of REVIEW
    worker: WorkerHands

    async def pays(self, opened: Opened, card: str = "4242424242424242") -> None:
        """The client pays on Stripe's page; its webhooks arrive."""
        self.sandbox.stripe.pay(opened.session_id, card)
        await self.sandbox.stripe.deliveries.settled()

    async def time_passes(self, by: timedelta) -> None:
        """The clock moves; what became due is done."""
        await self.sandbox.advance(by)
        await self.sandbox.stripe.deliveries.settled()
        await self.worker.drain()

    async def row(self, query: str, *args: Any) -> asyncpg.Record:
        """One row as the owner of the database sees it."""
        async with self.app.db.connection() as conn:
            record = await conn.fetchrow(query, *args)
        assert record is not None
        return record

    async def rows(self, query: str, *args: Any) -> list[asyncpg.Record]:
        async with self.app.db.connection() as conn:
            return list(await conn.fetch(query, *args))

    def entered(self) -> list[str]:
        """Our bookings that stand in Olena's calendar, oldest first."""
        return [entry["metadata"]["booking_id"] for entry in self.sandbox.calcom.bookings]

    def mails(self, to: str = "demo@example.com") -> list[str]:
        """Subjects of the mails to somebody, oldest first."""
        return [mail.subject for mail in self.sandbox.inbox.to(to)]


def settings_for(port: int, **values: Any) -> Settings:
    """Settings of a test's world: nothing from files, no waiting for a worker that is not there."""
    return Settings.load(
        _env_file=None,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        **({"confirm_wait_seconds": 0} | values),
    )


@asynccontextmanager
async def running_world(
    dsn: str, *, data_dir: Path | None = None, **values: Any
) -> AsyncIterator[World]:
    """Serve the product and its stand-ins on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = settings_for(port, **values)
    sandbox = Sandbox(public_url=settings.public_url, data_dir=data_dir)
    async with (
        server.service(settings, dsn, sandbox) as parts,
        serving(parts.web, listener),
        httpx.AsyncClient(base_url=settings.public_url, timeout=20, verify=False) as http,
        asyncpg.create_pool(dsn, min_size=2, max_size=6) as pool,
    ):
        yield _world(parts, sandbox, settings.public_url, http, pool)


def _world(
    parts: server.Service,
    sandbox: Sandbox,
    base: str,
    http: httpx.AsyncClient,
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> World:
    def signed_in(user: DemoUser) -> Client:
        token = sandbox.accounts.token(user.id, user.email, name=user.name)
        return Client(http, token, user.id)

    return World(
        app=parts.app,
        sandbox=sandbox,
        base=base,
        http=http,
        client=signed_in(DEMO_USERS[0]),
        other=signed_in(DEMO_USERS[1]),
        nobody=Client(http, None),
        olena=signed_in(DEMO_USERS[2]),
        yuki=signed_in(DEMO_USERS[4]),
        worker=WorkerHands(parts.app, pool),
    )
