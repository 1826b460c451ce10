"""/healthz and /readyz, with the database there and gone."""

import re
from urllib.parse import urlsplit

import asyncpg
from starlette.types import Message, Receive, Scope, Send

from resolvers.correlation import Correlation
from services.log import correlation_id
from tests.databases import TestServer
from tests.world import World


async def test_a_running_service_is_alive_and_ready(world: World) -> None:
    alive, ready = await world.http.get("/healthz"), await world.http.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_without_its_database_it_is_alive_and_not_ready(
    world: World, seeded: str, test_server: TestServer
) -> None:
    name = urlsplit(seeded).path.removeprefix("/")
    admin = await asyncpg.connect(test_server.cluster.superuser_dsn())
    try:
        await admin.execute(f"alter database {name} allow_connections false")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
        )
        ready = await world.http.get("/readyz")
        alive = await world.http.get("/healthz")
        assert (ready.status_code, ready.json()) == (503, {"status": "database unreachable"})
        assert (alive.status_code, alive.json()) == (200, {"status": "ok"})

        await admin.execute(f"alter database {name} allow_connections true")
        assert (await world.http.get("/readyz")).status_code == 200
    finally:
        await admin.close()


async def test_every_answer_carries_the_id_of_its_request(world: World) -> None:
    own = await world.http.get("/healthz")
    assert re.fullmatch(r"[0-9a-f]{16}", own.headers["x-request-id"])
    assert (await world.http.get("/healthz")).headers["x-request-id"] != (
        own.headers["x-request-id"]
    )
    given = await world.http.get("/healthz", headers={"x-request-id": "fly-01HX.7_a"})
    assert given.headers["x-request-id"] == "fly-01HX.7_a"


async def test_an_id_that_would_not_be_harmless_in_a_log_is_replaced(world: World) -> None:
    for harmful in ("short", "x" * 65, "a b c d e f", 'quote"quote"', "{{injected}}"):
        response = await world.http.get("/healthz", headers={"x-request-id": harmful})
        assert re.fullmatch(r"[0-9a-f]{16}", response.headers["x-request-id"]), harmful


async def test_what_is_no_request_passes_untouched() -> None:
    seen: list[tuple[str, str]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append((scope["type"], correlation_id.get()))

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        del message

    await Correlation(app)({"type": "lifespan"}, receive, send)
    assert seen == [("lifespan", "-")]
