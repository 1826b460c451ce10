"""Fixtures of every test: a database of its own, and a whole running world."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest

from services.settings import Settings
from tests.databases import TestServer, database, template_database, test_server
from tests.world import SEEDED, World, running_world, seed_template

__all__ = ["database", "template_database", "test_server"]

SETTINGS = ("SUPABASE_", *(name.upper() for name in Settings.model_fields))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is: `CHROMIUM`, or on the PATH. In CI a missing one fails the tests."""
    found = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if found:
        return found
    missing = "Chromium is needed (apt-get install chromium), or set CHROMIUM to its path"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not reach the tests."""
    for name in list(os.environ):
        if name.startswith(SETTINGS):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def seeded_template(test_server: TestServer) -> str:
    """A migrated database with the sandbox's hosts, session types and demo users."""
    seed_template(test_server)
    return SEEDED


@pytest.fixture
async def seeded(test_server: TestServer, seeded_template: str) -> AsyncIterator[str]:
    """The owner's DSN of a seeded database that this test alone uses."""
    async with test_server.copy_of(seeded_template) as name:
        yield test_server.cluster.owner_dsn(name)


@pytest.fixture
async def world(seeded: str) -> AsyncIterator[World]:
    """The whole product over real HTTP; jobs run when the test says so."""
    async with running_world(seeded) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, or two processes would wait for the last one."""
    items.sort(key=lambda item: "test_killed" not in item.nodeid)
