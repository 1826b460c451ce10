"""PostgreSQL 15 beside the default one, and migrated projects of today and of before 2026."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox import postgres
from tests.databases import OLD_API_GRANTS, Project, TestServer, running_server

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")  # where Debian and Ubuntu put it
SETUP_OF_WORLD = {"explicit_grants": "", "old_grants": OLD_API_GRANTS}


@pytest.fixture(scope="session", params=["default", "postgres_15"])
def server(request: pytest.FixtureRequest) -> Iterator[TestServer]:
    """The session's own cluster, then one of PostgreSQL 15, the oldest that Supabase runs."""
    if request.param == "default":
        yield request.getfixturevalue("test_server")
        return
    if not (POSTGRES_15 / "initdb").exists():
        reason = f"PostgreSQL 15 is not installed in {POSTGRES_15}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_server(POSTGRES_15) as postgres_15:
        yield postgres_15


@pytest.fixture(scope="session")
def bare_template(server: TestServer) -> str:
    """The name of a database that holds the prelude and nothing else."""
    postgres.ensure_database(server.cluster, "bare")
    return "bare"


@pytest.fixture
async def bare(server: TestServer, bare_template: str) -> AsyncIterator[Project]:
    """A Supabase project in which nothing was migrated yet."""
    async with server.project(bare_template) as project:
        yield project


@pytest.fixture(scope="session", params=sorted(SETUP_OF_WORLD))
def world_template(request: pytest.FixtureRequest, server: TestServer) -> str:
    """The name of a migrated database, once for each world of default privileges."""
    name = f"migrated_with_{request.param}"
    server.build_template(name, setup=SETUP_OF_WORLD[request.param])
    return name


@pytest.fixture
async def project(server: TestServer, world_template: str) -> AsyncIterator[Project]:
    """A migrated Supabase project."""
    async with server.project(world_template) as project:
        yield project
