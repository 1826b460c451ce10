"""`make run`: the embedded database, migrated and seeded, and everything served beside it."""

import asyncio
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import uvloop
from pydantic import SecretStr

import server
from sandbox import postgres, seed
from sandbox.accounts import DEMO_USER, DEMO_USERS
from sandbox.app import Sandbox
from sandbox.page import CRON_SECRET
from sandbox.postgres_server import PostgresError
from services import migrations
from services.settings import Settings

DATABASE = "sessionpay"


@dataclass(frozen=True, slots=True)
class Embedded:
    """Addresses of the embedded database; the owner is no superuser, as on Supabase."""

    owner_dsn: str
    superuser_dsn: str


def embedded(settings: Settings) -> Embedded:
    """Start the embedded database if it doesn't run yet, and bring its tables up to date."""
    try:
        cluster = postgres.start(Path(settings.data_dir) / "postgres")
    except PostgresError as error:
        sys.exit(f"SessionPay can't start its embedded database: {error}")
    owner_dsn = postgres.ensure_database(cluster, DATABASE)
    asyncio.run(_migrate(owner_dsn))
    return Embedded(owner_dsn, cluster.superuser_dsn(DATABASE))


async def _migrate(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        await migrations.apply(conn, server.MIGRATIONS)
    finally:
        await conn.close()


def run(settings: Settings, listener: socket.socket | None) -> None:
    """Serve the whole product in sandbox mode until told to stop."""
    if settings.database_url is None:
        database = embedded(settings)
        owner_dsn = database.owner_dsn
        asyncio.run(seed.seed(database.superuser_dsn, owner_dsn, DEMO_USERS))
    else:  # somebody's own: neither migrated nor filled unasked
        owner_dsn = settings.database_url.get_secret_value()
    if settings.cron_secret is None:
        settings = settings.model_copy(update={"cron_secret": SecretStr(CRON_SECRET)})
    sandbox = Sandbox(public_url=settings.public_url, data_dir=Path(settings.data_dir) / "sandbox")
    uvloop.run(
        server.serve_migrated(
            settings,
            owner_dsn,
            sandbox=sandbox,
            listener=listener,
            on_ready=lambda: print(welcome(settings, sandbox), flush=True),  # noqa: T201  # the way in
        )
    )


def welcome(settings: Settings, sandbox: Sandbox) -> str:
    """Where everything is and what to try."""
    base = settings.public_url.rstrip("/")
    token = sandbox.accounts.token(DEMO_USER.id, DEMO_USER.email, name=DEMO_USER.name)
    return f"""
SessionPay runs in sandbox mode: no account anywhere is needed, no money moves.

  Pages      {base}/            book as the demo user, pay with card 4242 4242 4242 4242
  GraphQL    {base}/graphql     the IDE in a browser, the API for everything else
  Sandbox    {base}/sandbox     mails, events, outside calls; make things fail; move the clock

A token of the demo user, good for an hour (`make token` prints a fresh one):

  export TOKEN={token}

Try:

  curl -s {base}/graphql -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"query":"{{ me {{ email }} sessionTypes {{ nodes {{ id name }} }} }}"}}'

Stop with Ctrl-C. What you did is kept in {settings.data_dir}/; `make clean` forgets it.
"""
