"""How long a client waits: from Stripe's first event to the last message handed over.

Serves the whole product with a worker in this process, on an embedded database of its own, and
lets the demo user buy one session after another through HTTP, as a browser would: of a host with
the built-in calendar and Daily, then of one with Cal.com and Zoom. Prints the distributions, their
share of the two seconds that are allowed, and beside them a floor: the reads at Stripe alone.

    python -m bench.payment_to_mail [purchases]
"""

import asyncio
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvloop

import server
from resolvers.serving import HttpServer
from sandbox import demo, seed
from sandbox.accounts import DEMO_USER, DEMO_USERS
from sandbox.app import Sandbox
from services.settings import Settings

ALLOWED_S = 2.0
HOSTS = {
    "built-in calendar, Daily": "5e550000-0000-4000-8000-000000000004",
    "Cal.com, Zoom": "5e550000-0000-4000-8000-000000000002",
}
SLOTS = """query ($type: ID!, $from: DateTime!, $to: DateTime!) {
  availableSlots(sessionTypeId: $type, from: $from, to: $to) { startsAt } }"""
OPEN = """mutation ($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) { checkout { url } errors { code } } }"""
WAITS = """
  select extract(epoch from max(n.sent_at) - min(e.received_at)) as seconds
  from public.bookings b
  join public.notifications n on n.booking_id = b.id
  join public.payments p on p.booking_id = b.id
  join private.stripe_events e
    on e.payload -> 'data' -> 'object' ->> 'payment_intent' = p.stripe_payment_intent_id
    or e.payload -> 'data' -> 'object' ->> 'id' = p.stripe_payment_intent_id
  where n.status = 'SENT' and b.session_type_id = $1 group by b.id having count(distinct n.id) = 3
"""


@asynccontextmanager
async def product(settings: Settings, database: demo.Embedded) -> AsyncIterator[server.Service]:
    listener = socket.create_server((settings.host, settings.port))
    sandbox = Sandbox(public_url=settings.public_url)
    async with server.service(settings, database.owner_dsn, sandbox) as parts:
        ready = asyncio.Event()
        http = HttpServer(parts.web, on_ready=ready.set)
        serving = asyncio.create_task(http.serve(sockets=[listener]))
        await ready.wait()
        async with server.working(parts.app, database.owner_dsn):
            yield parts
        http.should_exit = True
        await serving


async def buy(client: httpx.AsyncClient, session_type: str, slot: str) -> None:
    given = {"sessionTypeId": session_type, "startsAt": slot}
    opened = (await ask(client, OPEN, input=given))["createCheckoutSession"]
    assert opened["errors"] == [], opened
    paid = await client.post(opened["checkout"]["url"], data={"number": "4242424242424242"})
    assert paid.status_code == 303


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    data: dict[str, Any] = answer.json()["data"]
    return data


async def floor(client: httpx.AsyncClient, times: int) -> list[float]:
    """The reads at Stripe that the events of one payment lead to, one after another."""
    key = {"authorization": "Bearer sk_test_sandbox"}
    session = (await client.get("/sandbox/stripe/v1/checkout/sessions", headers=key)).json()
    address = f"/sandbox/stripe/v1/checkout/sessions/{session['data'][0]['id']}"
    waits = []
    for _ in range(times):
        begun = time.perf_counter()
        for _ in range(4):
            await client.get(address, headers=key)
        waits.append(time.perf_counter() - begun)
    return waits


def shape(name: str, seconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"{name:<34} p50 {cuts[49] * 1000:7.1f} ms   p99 {cuts[98] * 1000:7.1f} ms"


async def measure(settings: Settings, database: demo.Embedded, purchases: int) -> None:
    await seed.seed(database.superuser_dsn, database.owner_dsn, DEMO_USERS)
    async with product(settings, database) as parts:
        assert parts.sandbox is not None
        token = parts.sandbox.accounts.token(DEMO_USER.id, DEMO_USER.email)
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=settings.public_url, headers=headers) as client:
            waits = {
                name: await waits_at(client, parts, session_type, purchases)
                for name, session_type in HOSTS.items()
            }
            base = await floor(client, 50)
    print(shape("floor: reads at Stripe alone", base))
    for name, seconds in waits.items():
        slowest = statistics.quantiles(seconds, n=100, method="inclusive")[98]
        print(shape(f"{name}, {purchases} purchases", seconds))
        print(
            f"  p99 is {slowest / ALLOWED_S:.1%} of the {ALLOWED_S:.0f} s allowed, the median "
            f"{statistics.median(seconds) / statistics.median(base):.1f} times the floor"
        )


async def waits_at(
    client: httpx.AsyncClient, parts: server.Service, session_type: str, purchases: int
) -> list[float]:
    """Seconds from the first event to the last message, for each purchase."""
    assert parts.sandbox is not None
    now = datetime.now(UTC)
    window = {"from": now.isoformat(), "to": (now + timedelta(days=60)).isoformat()}
    slots = (await ask(client, SLOTS, type=session_type, **window))["availableSlots"]
    for slot in slots[: 2 * purchases : 2]:  # every other one: buffers reach into the next
        await buy(client, session_type, slot["startsAt"])
        await parts.sandbox.stripe.deliveries.settled()
    await asyncio.sleep(2)
    async with parts.app.db.connection() as conn:
        waits = [float(row["seconds"]) for row in await conn.fetch(WAITS, UUID(session_type))]
    assert len(waits) == purchases, f"{len(waits)} of {purchases} were fulfilled"
    return waits


def main() -> None:
    purchases = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings.load(_env_file=None, port=8790, data_dir=folder)
        uvloop.run(measure(settings, demo.embedded(settings), purchases))


if __name__ == "__main__":
    main()
