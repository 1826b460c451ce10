"""What commands work with: the settings, the database, and the product's running parts."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import server
from services.app import App
from services.domain.errors import DomainError
from services.settings import Settings, SettingsError

if TYPE_CHECKING:
    from sandbox.app import Sandbox

T = TypeVar("T")


def settings() -> Settings:
    """Ends the process on what is amiss."""
    try:
        return Settings.load()
    except SettingsError as error:
        sys.exit(f"Please mend these settings:\n{error}")


def database(chosen: Settings) -> str:
    """DATABASE_URL, or the embedded database, which may be serving somebody already."""
    if chosen.database_url is not None:
        return chosen.database_url.get_secret_value()
    dsn: str = server.demo("DATABASE_URL").embedded(chosen).owner_dsn
    return dsn


def done(act: Callable[[App], Awaitable[T]]) -> T:
    """The result of a use case; its refusal is told in its own words and ends the process."""
    chosen = settings()
    try:
        return asyncio.run(_done(chosen, database(chosen), act))
    except DomainError as error:
        sys.exit(error.message)


async def _done(chosen: Settings, dsn: str, act: Callable[[App], Awaitable[T]]) -> T:
    # A database that can't be reached is told in a sentence here.
    await (await server.connect(dsn)).close()
    async with server.service(chosen, dsn, _sandbox(chosen)) as parts:
        return await act(parts.app)


def _sandbox(chosen: Settings) -> "Sandbox | None":
    """Stand-ins of this process alone beside those that serve, which only share the clock: jobs
    that a command queues are for the worker there."""
    if not chosen.in_sandbox:
        return None
    made: Sandbox = server.demo("STRIPE_SECRET_KEY").Sandbox(public_url=chosen.public_url)
    moved = Path(chosen.data_dir) / "sandbox" / "clock.json"
    if moved.exists():
        offset = json.loads(moved.read_text())["offset_seconds"]
        made.clock.advance(timedelta(seconds=offset))
    return made
