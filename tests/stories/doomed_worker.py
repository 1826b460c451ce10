"""A real worker that kills itself at a chosen moment: `python -m tests.stories.doomed_worker`.

Each request that may change something outside has a moment before and one after it, and so have
each mail and each commit. The process reads errands from standard input and forks for each that
is to end in a death. One without runs in the process itself: what that one loads, later forks have
from their beginning. The answer is a line for each moment passed, then the worker's exit code.
"""

import asyncio
import os
import pickle
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from threading import Lock
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx

from sandbox.clock import SandboxClock
from services.app import App
from services.db import Conn, Database
from services.providers.message_ports import Email, Mail
from services.providers.registry import Providers, choose
from services.settings import Settings
from services.vendor_tokens import SharedTokens
from tests.world import WorkerHands

ENDED = "ended "
"""Begins the last line of an answer; the exit code follows, negative for a signal."""

ASKS_ONLY = ("/sandbox/google/token", "/sandbox/google/calendar/v3/freeBusy")
"""Where a POST changes nothing that lasts."""


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
        self._one_at_a_time = Lock()

    def pass_by(self, moment: str) -> None:
        # Other threads live on for an instant after the signal: here they wait for their end.
        with self._one_at_a_time:
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


class DoomedMail:
    """The port Mail, whose mails are moments."""

    def __init__(self, mail: Mail, doom: Doom) -> None:
        self._mail, self._doom = mail, doom

    async def send(self, email: Email) -> str | None:
        self._doom.pass_by("before mail")
        sent = await self._mail.send(email)
        self._doom.pass_by("after mail")
        return sent


@contextmanager
def doomed_requests(doom: Doom) -> Iterator[None]:
    """Requests of every HTTP client of this process are moments, unless they only ask.

    A death before or after asking leaves what the death at the moment before leaves.
    """
    handle = httpx.AsyncHTTPTransport.handle_async_request

    async def handle_doomed(
        transport: httpx.AsyncHTTPTransport, request: httpx.Request
    ) -> httpx.Response:
        if request.method == "GET" or request.url.path in ASKS_ONLY:
            return await handle(transport, request)
        doom.pass_by(f"before {_name(request)}")
        response = await handle(transport, request)
        doom.pass_by(f"after {_name(request)}")
        return response

    with patch.object(httpx.AsyncHTTPTransport, "handle_async_request", handle_doomed):
        yield


def _name(request: httpx.Request) -> str:
    """Such as `POST calcom/v2/bookings/*/cancel`, the same for every booking."""
    path = request.url.path.removeprefix("/sandbox/")
    parts = ("*" if _is_id(part) else part for part in path.split("/"))
    return f"{request.method} {'/'.join(parts)}"


def _is_id(part: str) -> bool:
    """Ids of Stripe, such as `sub_…`, may have hardly any digits."""
    return len(re.findall(r"\d", part)) > 3 or re.fullmatch(r"[a-z]+_\w{14,}", part) is not None


async def work(errand: Errand) -> None:
    """What a worker process does, with its providers over real HTTP and SMTP."""
    settings, doom = errand.settings, Doom(errand.moment, errand.nth)
    clock = SandboxClock(errand.clock_offset)
    async with asyncpg.create_pool(errand.dsn, min_size=2, max_size=6) as pool:
        db = DoomedDatabase(pool, doom)
        providers = choose(settings, tokens=SharedTokens(db), now=clock.now)
        parts = _parts(providers) | {"mail": DoomedMail(providers.mail, doom)}
        app = App(settings=settings, db=db, clock=clock, **parts)
        with doomed_requests(doom):
            await WorkerHands(app, pool).drain()
        await providers.close()


def _parts(providers: Providers) -> dict[str, Any]:
    names = {field.name for field in fields(App)}
    return {
        field.name: getattr(providers, field.name)
        for field in fields(providers)
        if field.name in names
    }


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
    """Run errands until standard input ends."""
    while True:
        try:
            errand = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if errand.nth:
            _say(f"{ENDED}{_fork(errand)}")
        else:
            asyncio.run(work(errand))
            _say(f"{ENDED}0")


if __name__ == "__main__":
    serve()
