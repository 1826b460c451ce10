"""The embedded database: one PostgreSQL cluster in a folder, on the loopback interface.

Any PostgreSQL from 15 on will do; postgres_install.py says which one serves. The cluster asks for
a random password, kept in a file that only its account reads: with `trust`, every account of
the machine would be superuser.
"""

import asyncio
import atexit
import fcntl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO
from urllib.parse import quote

import asyncpg

from sandbox.postgres_install import Account, binaries, reachable_home
from sandbox.postgres_server import PATIENCE_S, SUPERUSER, PostgresError, Server

OWNER = "postgres"
PRELUDE = Path(__file__).with_name("prelude.sql")
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",  # two lines every five minutes, and nothing rotates the log
        "jit": "off",  # its compilation costs more than our short statements
    }
)
THROW_AWAY_SETTINGS: Mapping[str, str] = MappingProxyType(
    {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL; `lock` is held by the one process that stops it, None in others."""

    server: Server
    port: int
    password: str = field(repr=False)
    lock: IO[str] | None = field(default=None, repr=False, compare=False)

    def superuser_dsn(self, database: str = "postgres") -> str:
        """Address for the cluster's superuser, whom a Supabase customer never is."""
        return self._dsn(SUPERUSER, database)

    def owner_dsn(self, database: str) -> str:
        """Address for `postgres`, who owns the tables and is no superuser."""
        return self._dsn(OWNER, database)

    def _dsn(self, role: str, database: str) -> str:
        return (
            f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}"
            f"/{quote(database, safe='')}?sslmode=disable"
        )


def start(
    data_dir: Path,
    *,
    fsync: bool = True,
    port: int | None = None,
    bin_dir: Path | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Cluster:
    """Start the cluster of `data_dir`, making it first if it is new, or join the running one.

    The process that started it stops it, by `stop` or at its exit; one that joins leaves it alone,
    unless the starter died. `fsync=False` is for data that may be lost; `port` and `settings` say
    nothing to a server that runs already. Blocks; raises `PostgresError`.
    """
    wanted = data_dir.resolve()
    account = Account.for_data(wanted / "cluster")
    try:
        home = reachable_home(wanted, account)
        server = Server(home, bin_dir or binaries(account), account)
        lock = _take_home(server)
    except OSError as error:
        raise PostgresError(f"cannot use {wanted} for the database: {error}") from error
    try:
        if lock is not None:
            server.initialise(fsync=fsync)
            throw_away = {} if fsync else THROW_AWAY_SETTINGS
            server.launch(port, {**SETTINGS, **throw_away, **settings})
        cluster = Cluster(server, server.ready_port(), server.password, lock)
    except BaseException:
        if lock is not None:
            lock.close()
        raise
    atexit.register(stop, cluster)
    return cluster


def stop(cluster: Cluster) -> None:
    """Stop the server if this process started it; may be called again."""
    if cluster.lock is None or cluster.lock.closed:
        return
    try:
        cluster.server.stop()
    finally:
        cluster.lock.close()


def ensure_database(cluster: Cluster, name: str) -> str:
    """Create the database if it is missing, make it look like Supabase, return the owner's DSN.

    Runs an event loop of its own: call it before the application's, or in a thread.
    """
    asyncio.run(_ensure_database(cluster, name))
    return cluster.owner_dsn(name)


def _take_home(server: Server) -> IO[str] | None:
    """The lock of the cluster, or None once the server of the process that holds it is ready."""
    server.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    server.account.own(server.home)
    lock = (server.home / "lock").open("w")
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if server.running_port() is not None:
                lock.close()
                return None
            time.sleep(0.02)
        else:
            return lock
    lock.close()
    raise PostgresError(f"another process has been starting {server.home} for {PATIENCE_S} s")


async def _ensure_database(cluster: Cluster, name: str) -> None:
    maintenance = await asyncpg.connect(cluster.superuser_dsn())
    try:
        # Held to the end of the session: roles are shared, and altering one twice at once fails.
        await maintenance.execute("select pg_advisory_lock(hashtext('sessionpay prelude'))")
        known = await maintenance.fetchval("select 1 from pg_database where datname = $1", name)
        if known is None:
            quoted = name.replace('"', '""')
            await maintenance.execute(f'create database "{quoted}"')
        await _run_prelude(cluster, name)
    finally:
        await maintenance.close()


async def _run_prelude(cluster: Cluster, name: str) -> None:
    conn = await asyncpg.connect(cluster.superuser_dsn(name))
    try:
        await conn.execute(PRELUDE.read_text())
        await conn.execute(f"alter role {OWNER} password '{cluster.password}'")
    finally:
        await conn.close()
