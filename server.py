"""The composition root: settings become an app, the app becomes an ASGI server and a worker."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import asyncpg
import uvloop
from starlette.applications import Starlette

from resolvers.serving import HttpServer, reason, serve_until, told_to_stop
from resolvers.web import web_app
from services import log, migrations, sweep
from services.app import App
from services.auth import TokenVerifier
from services.db import Database
from services.domain.clock import Clock, SystemClock
from services.providers.http import Door
from services.providers.registry import Providers, choose
from services.settings import Settings, SettingsError
from services.store import error_logs, queue
from services.vendor_tokens import SharedTokens
from services.worker import Worker

if TYPE_CHECKING:
    from sandbox.app import Sandbox

DRAIN = timedelta(seconds=25)
"""How long jobs under way may take to finish after SIGTERM; fly.toml's kill_timeout is longer."""

MIGRATIONS = Path(__file__).resolve().parent / "supabase" / "migrations"

logger = logging.getLogger("server")


@dataclass(frozen=True, slots=True)
class Service:
    """A whole running service but for its HTTP server and its worker."""

    app: App
    web: Starlette
    sandbox: "Sandbox | None"


@asynccontextmanager
async def service(
    settings: Settings, dsn: str, sandbox: "Sandbox | None" = None
) -> AsyncIterator[Service]:
    """Put the parts together and take them apart again. `dsn` is the owner's address."""
    async with AsyncExitStack() as stack:
        if sandbox is not None:
            await sandbox.start()
            stack.push_async_callback(sandbox.stop)
            settings = sandbox.configure(settings)
        db = await Database.connect(dsn)
        stack.push_async_callback(db.close)
        clock = sandbox.clock if sandbox else SystemClock()
        providers = choose(settings, tokens=SharedTokens(db), now=clock.now)
        stack.push_async_callback(providers.close)
        app = _app(settings, db, clock, providers)
        verifier, close = _verifier(settings)
        stack.push_async_callback(close)
        if sandbox is not None:
            sandbox.on_advance = _catch_up(app)
            sandbox.troubles = _troubles(app)
        routes = sandbox.routes if sandbox else ()
        web = web_app(app, verifier, more=routes, in_sandbox=sandbox is not None)
        yield Service(app, web, sandbox)


def _app(settings: Settings, db: Database, clock: Clock, providers: Providers) -> App:
    return App(
        settings=settings,
        db=db,
        clock=clock,
        customers=providers.customers,
        checkouts=providers.checkouts,
        refunds=providers.refunds,
        billing=providers.billing,
        disputes=providers.disputes,
        connect=providers.connect,
        events=providers.events,
        calendars=providers.calendars,
        scheduling_page=providers.scheduling_page,
        rooms=providers.rooms,
        mail=providers.mail,
        mail_events=providers.mail_events,
        chat=providers.chat,
        channels=providers.channels,
        accounts=providers.accounts,
        broadcasts=providers.broadcasts,
    )


def _verifier(settings: Settings) -> tuple[TokenVerifier, Callable[[], Awaitable[None]]]:
    door = Door("supabase", settings.token_issuer, timeout=timedelta(seconds=10))

    async def fetch() -> dict[str, Any]:
        found = await door.request("GET", "/.well-known/jwks.json", safe_to_repeat=True)
        return found if isinstance(found, dict) else {}

    secret = settings.supabase_jwt_secret
    verifier = TokenVerifier(
        issuer=settings.token_issuer,
        fetch=fetch,
        hs256_secret=secret.get_secret_value() if secret else None,
    )

    async def close() -> None:
        await verifier.close()
        await door.close()

    return verifier, close


def _catch_up(app: App) -> Callable[[timedelta], Awaitable[None]]:
    """After the sandbox's clock moved: what became due meanwhile is due now."""

    async def on_advance(by: timedelta) -> None:
        async with app.db.transaction() as conn:
            await queue.bring_forward(conn, by)
        await sweep.sweep(app)

    return on_advance


def _troubles(app: App) -> Callable[[], Awaitable[list[dict[str, Any]]]]:
    """What the product itself wrote down of what went wrong, for /sandbox."""

    async def newest() -> list[dict[str, Any]]:
        async with app.db.connection() as conn:
            return [asdict(row) for row in await error_logs.newest(conn, 50)]

    return newest


@asynccontextmanager
async def working(app: App, dsn: str) -> AsyncIterator[Worker]:
    """A worker beside whatever runs inside; on leaving it drains."""
    pool = await asyncpg.create_pool(dsn, min_size=2, max_size=6)
    worker = Worker(app, pool)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        _, pending = await asyncio.wait({task}, timeout=DRAIN.total_seconds())
        if pending:
            # Cancelling would delete the jobs under way. Left alone, another worker takes
            # them over as soon as this one's heartbeat is missed.
            logger.error("jobs did not finish in time, leaving them to another worker")
            os._exit(1)
        await pool.close()


async def serve(
    settings: Settings,
    dsn: str,
    *,
    sandbox: "Sandbox | None" = None,
    listener: socket.socket | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT, then let jobs under way finish.

    `listener` None means no HTTP: a machine that only works through jobs.
    """
    async with service(settings, dsn, sandbox) as parts, AsyncExitStack() as stack:
        if settings.run_worker or listener is None:
            await stack.enter_async_context(working(parts.app, dsn))
        told = told_to_stop()
        if listener is None:
            on_ready()
            await told.wait()
        else:
            await serve_until(told, HttpServer(parts.web, on_ready), listener)


def start(*, web: bool = True) -> None:
    """Read the settings, get the database ready, serve. Ends the process on what is amiss."""
    try:
        _start(Settings.load(), web=web)
    except SettingsError as error:
        sys.exit(f"SessionPay can't start. Please mend these settings:\n{error}")
    except KeyboardInterrupt:  # before there was anything to stop in good order
        sys.exit(130)


def _start(settings: Settings, *, web: bool) -> None:
    log.configure(settings.log_level, for_people=settings.in_sandbox)
    listener = _listen(settings) if web else None
    if settings.in_sandbox:
        demo("STRIPE_SECRET_KEY").run(settings, listener)
    elif settings.database_url is None:
        embedded = demo("DATABASE_URL").embedded(settings)
        uvloop.run(serve(settings, embedded.owner_dsn, listener=listener))
    else:
        dsn = settings.database_url.get_secret_value()
        uvloop.run(serve_migrated(settings, dsn, listener=listener))


def demo(missing: str) -> ModuleType:
    """The sandbox's way of serving, where it is installed: production images leave it out."""
    try:
        from sandbox import demo
    except ImportError:
        sys.exit(
            f"SessionPay can't start: {missing} is missing, and this installation has neither "
            "the sandbox nor the embedded database."
        )
    return demo


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection to the database of DATABASE_URL. Ends the process where there is none."""
    try:
        return await asyncpg.connect(dsn)
    except OSError as error:
        why = reason(error)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = str(error).partition("\n")[0]
    sys.exit(f"SessionPay can't reach its database ({why}). Please check DATABASE_URL.")


async def serve_migrated(
    settings: Settings,
    dsn: str,
    *,
    sandbox: "Sandbox | None" = None,
    listener: socket.socket | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve on a database that is not ours to migrate unasked."""
    conn = await connect(dsn)
    try:
        waiting = await migrations.pending(conn, MIGRATIONS)
    finally:
        await conn.close()
    if waiting:
        sys.exit(
            f"SessionPay can't start: {len(waiting)} migrations are not applied to this database. "
            "Run `python cli.py migrate` first."
        )
    await serve(settings, dsn, sandbox=sandbox, listener=listener, on_ready=on_ready)


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        sys.exit(
            f"SessionPay can't listen on {settings.host}:{settings.port} ({reason(error)}). "
            "Stop what runs there or choose another PORT."
        )


if __name__ == "__main__":
    start()
