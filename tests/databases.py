"""Databases for tests: a throw-away cluster a process, a migrated template, one copy a test."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from sandbox import postgres
from services import migrations
from services.db import Conn

MIGRATIONS = Path(__file__).parent.parent / "supabase" / "migrations"
MIGRATED = "migrated"
ROOM_IN_MEMORY = 1 << 30  # bytes; a container's own /dev/shm has 64 MiB
SETTINGS = {
    "max_connections": "200",
    "autovacuum": "off",  # it would hold on to a template that is to be copied
}
# What projects made before 2026 have until 2026-10-30: every new object in public is open to the
# roles of the API, as far as row security and explicit revokes let them.
OLD_API_GRANTS = """
alter default privileges for role postgres in schema public
  grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant all on sequences to anon, authenticated, service_role;
"""


@dataclass(frozen=True, slots=True)
class Project:
    """Connections to one database: its owner `postgres`, and the cluster's superuser."""

    name: str
    owner: Conn
    platform: Conn


@dataclass(frozen=True, slots=True)
class TestServer:
    """A cluster that lives as long as this test process; each xdist worker has its own."""

    __test__ = False

    cluster: postgres.Cluster
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def build_template(self, name: str, *, setup: str = "", folder: Path = MIGRATIONS) -> None:
        """Make a database with the prelude, `setup` run as the owner, and the migrations."""
        owner_dsn = postgres.ensure_database(self.cluster, name)
        asyncio.run(_migrate(owner_dsn, setup, folder))

    @asynccontextmanager
    async def copy_of(self, template: str) -> AsyncIterator[str]:
        """The name of a database of its own, a copy of `template`, dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        admin = await asyncpg.connect(self.cluster.superuser_dsn())
        try:
            # Copying files beats copying through the log by a third on PostgreSQL 15 and 18.
            await admin.execute(
                f"create database {name} template {template} strategy file_copy owner postgres"
            )
            try:
                yield name
            finally:
                await admin.execute(f"drop database {name} with (force)")
        finally:
            await admin.close()

    @asynccontextmanager
    async def project(self, template: str) -> AsyncIterator[Project]:
        """A copy of `template` with both of its administrators connected."""
        async with self.copy_of(template) as name:
            owner = await asyncpg.connect(self.cluster.owner_dsn(name))
            platform = await asyncpg.connect(self.cluster.superuser_dsn(name))
            try:
                yield Project(name, owner, platform)
            finally:
                await owner.close()
                await platform.close()


async def _migrate(owner_dsn: str, setup: str, folder: Path) -> None:
    conn = await asyncpg.connect(owner_dsn)
    try:
        if setup:
            await conn.execute(setup)
        await migrations.apply(conn, folder)
    finally:
        await conn.close()


@contextmanager
def throw_away_folder() -> Iterator[Path]:
    """A folder in memory if there is room, gone afterwards.

    Unlike pytest's tmp_path, PostgreSQL's account reaches it also when we are root.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM_IN_MEMORY
    folder = Path(tempfile.mkdtemp(prefix="sessionpay-test-", dir=memory if roomy else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_server(bin_dir: Path | None) -> Iterator[TestServer]:
    """A new cluster on `bin_dir`'s PostgreSQL, or on the default one, gone afterwards."""
    with throw_away_folder() as home:
        cluster = postgres.start(home, fsync=False, bin_dir=bin_dir, settings=SETTINGS)
        try:
            yield TestServer(cluster)
        finally:
            postgres.stop(cluster)


@pytest.fixture(scope="session")
def test_server() -> Iterator[TestServer]:
    """The cluster of this session: the embedded one, or the one in `SESSIONPAY_TEST_SERVER`."""
    chosen = os.environ.get("SESSIONPAY_TEST_SERVER")
    with running_server(Path(chosen) if chosen else None) as server:
        yield server


@pytest.fixture(scope="session")
def template_database(test_server: TestServer) -> str:
    """The name of the migrated database that tests copy and never change."""
    test_server.build_template(MIGRATED)
    return MIGRATED


@pytest.fixture
async def database(test_server: TestServer, template_database: str) -> AsyncIterator[str]:
    """The owner's DSN of a migrated database that this test alone uses."""
    async with test_server.copy_of(template_database) as name:
        yield test_server.cluster.owner_dsn(name)
