"""What every measurement needs: the whole product served, a client of it, and figures in words."""

import asyncio
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop

import server
from resolvers.serving import HttpServer
from sandbox import demo, seed
from sandbox.accounts import DEMO_USERS, DemoUser
from sandbox.app import Sandbox
from services.settings import Settings

ALLOWED_S = 2.0
"""From Stripe's event to the last message handed over, at the 99th percentile."""

CARD = "4242424242424242"

Measure = Callable[[Settings, demo.Embedded], Awaitable[None]]


def run(measure: Measure, *, port: int) -> None:
    """Measure on an embedded database of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings.load(_env_file=None, port=port, data_dir=folder)
        database = demo.embedded(settings)

        async def begin() -> None:
            await seed.seed(database.superuser_dsn, database.owner_dsn, DEMO_USERS)
            await measure(settings, database)

        uvloop.run(begin())


@asynccontextmanager
async def product(settings: Settings, database: demo.Embedded) -> AsyncIterator[server.Service]:
    """The product and its stand-ins over HTTP, with a worker in this process."""
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


def standins(parts: server.Service) -> Sandbox:
    """The stand-ins that `product` serves beside it."""
    assert parts.sandbox is not None
    return parts.sandbox


def browser(parts: server.Service, user: DemoUser | None = None) -> httpx.AsyncClient:
    """A client of the product, signed in as `user` if there is one."""
    headers = {}
    if user is not None:
        token = standins(parts).accounts.token(user.id, user.email)
        headers["authorization"] = f"Bearer {token}"
    return httpx.AsyncClient(base_url=parts.app.settings.public_url, headers=headers)


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an operation."""
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    data: dict[str, Any] = answer.json()["data"]
    return data


async def pay(client: httpx.AsyncClient, parts: server.Service, page: str) -> None:
    """Pay on Stripe's page; its webhooks have arrived when this returns."""
    paid = await client.post(page, data={"number": CARD})
    assert paid.status_code == 303, paid.text
    await standins(parts).stripe.deliveries.settled()


async def floor(client: httpx.AsyncClient, times: int = 50) -> list[float]:
    """Seconds that four reads at Stripe take one after another: as many as one payment leads to."""
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


def p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[98]


def shape(name: str, seconds: Sequence[float]) -> str:
    """A distribution in a line."""
    middle = statistics.median(seconds) * 1000
    return f"{name:<44} p50 {middle:7.1f} ms   p99 {p99(seconds) * 1000:7.1f} ms"


def print_waits(waits: dict[str, list[float]], base: Sequence[float]) -> None:
    """Each distribution, its share of what is allowed, and how often the floor fits into it."""
    print(shape("floor: reads at Stripe alone", base))
    for name, seconds in waits.items():
        print(shape(f"{name}, {len(seconds)} purchases", seconds))
        print(
            f"  p99 is {p99(seconds) / ALLOWED_S:.1%} of the {ALLOWED_S:.0f} s allowed, the median "
            f"{statistics.median(seconds) / statistics.median(base):.1f} times the floor"
        )
