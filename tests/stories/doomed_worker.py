"""A real worker that kills itself at a chosen moment: `python -m tests.stories.doomed_worker`.

Each outside call has a moment before and one after it, and so has each commit. The process
imports everything once and forks for every errand it reads from standard input, so that a death
costs no start. It answers with a line for each moment passed, then with the worker's exit code.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import asyncpg

from sandbox import calendar
from sandbox.calendar import SandboxCalendar
from sandbox.clock import SandboxClock
from services.app import App
from services.db import Conn, Database
from services.providers.registry import choose
from services.settings import Settings
from tests.world import WorkerHands

ENDED = "ended "
"""Begins the last line of an answer; the exit code follows, negative for a signal."""

Port = TypeVar("Port")


@dataclass(frozen=True, slots=True)
class Errand:
    """Run the jobs of one database, and die at a moment met for the `nth` time (0: never)."""

    settings: Settings
    dsn: str
    clock_offset: timedelta
    moment: str
    nth: int


class Doom:
    """Tells the moments that pass and ends the process at one of them, in the midst of it all."""

    def __init__(self, moment: str, nth: int) -> None:
        self._moment, self._left = moment, nth

    def pass_by(self, moment: str) -> None:
        _say(moment)
        if moment == self._moment:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class DoomedDatabase(Database):
    """Commits are moments."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", doom: Doom) -> None:
        super().__init__(pool)
        self._doom = doom

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Conn]:
        async with super().transaction() as conn:
            yield conn
            self._doom.pass_by("before commit")
        self._doom.pass_by("after commit")


class _DoomedPort:
    def __init__(self, port: object, name: str, doom: Doom) -> None:
        self._port, self._name, self._doom = port, name, doom

    def __getattr__(self, method: str) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            self._doom.pass_by(f"before {self._name}.{method}")
            try:
                return await getattr(self._port, method)(*args, **kwargs)
            finally:
                self._doom.pass_by(f"after {self._name}.{method}")

        return call


def doomed(port: Port, name: str, doom: Doom) -> Port:
    """The port, with every call of it between two moments."""
    return cast(Port, _DoomedPort(port, name, doom))


async def work(errand: Errand) -> None:
    """What a worker process does, with its providers over real HTTP and SMTP."""
    settings, doom = errand.settings, Doom(errand.moment, errand.nth)
    entries = SandboxCalendar(f"{settings.public_url}{calendar.PATH}")
    providers = choose(settings, calendar=entries)
    async with asyncpg.create_pool(errand.dsn, min_size=2, max_size=6) as pool:
        app = App(
            settings=settings,
            db=DoomedDatabase(pool, doom),
            clock=SandboxClock(errand.clock_offset),
            customers=doomed(providers.customers, "customers", doom),
            checkouts=doomed(providers.checkouts, "checkouts", doom),
            refunds=doomed(providers.refunds, "refunds", doom),
            events=providers.events,
            calendar=doomed(providers.calendar, "calendar", doom),
            rooms=doomed(providers.rooms, "rooms", doom),
            mail=doomed(providers.mail, "mail", doom),
        )
        await WorkerHands(app, pool).drain()
    await entries.close()
    await providers.close()


def _say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def _fork(errand: Errand) -> int:
    """Run the errand in a child; its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(work(errand))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def serve() -> None:
    """Fork for each errand until standard input ends."""
    while True:
        try:
            errand = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        _say(f"{ENDED}{_fork(errand)}")


if __name__ == "__main__":
    serve()
