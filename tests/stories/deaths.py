"""Purchases whose worker was killed, each at another moment, and two ways to go on after that.

The deaths are real: a process of its own runs the jobs of one purchase and ends itself with
SIGKILL. What each death left is put aside until all have happened, and then goes on at once.
"""

import asyncio
import pickle
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.doomed_worker import ENDED, Errand
from tests.world import MENTORING, Opened, World

ROOT = Path(__file__).parents[2]
COMMIT = "commit"
ZOOM_TOKEN = "POST zoom/oauth/token"
TOLD_AGAIN = ("payment_intent.succeeded", "refund.created", "charge.refunded")
"""Events of Stripe that tell what another one tells."""


@dataclass(frozen=True)
class Restart:
    """How it goes on: what becomes of a dead worker's jobs at once, and in the end."""

    after_each: Callable[[World], Awaitable[None]]
    in_the_end: Callable[[World], Awaitable[None]]
    needs_the_queue: bool


async def _put_aside(world: World) -> None:
    await world.rows("create table if not exists jobs.aside (like jobs.pgqueuer)")
    await world.rows(
        "with left_behind as (delete from jobs.pgqueuer returning *) "
        "insert into jobs.aside select * from left_behind"
    )


async def _another_worker_takes_over(world: World) -> None:
    """The dead workers' heartbeats are missed, and the jobs they held are picked up."""
    await world.rows("insert into jobs.pgqueuer select * from jobs.aside")
    await world.rows(
        "update jobs.pgqueuer set heartbeat = now() - interval '1 hour' where status = 'picked'"
    )
    world.sandbox.clock.advance(timedelta(seconds=30))  # whoever fetched a token is waited for
    await drained(world)


async def _lose_the_queue(world: World) -> None:
    await world.rows("delete from jobs.pgqueuer")


async def _the_sweeper_finds_it(world: World) -> None:
    """Not one job is left: what stands still is found by the rows alone."""
    await world.time_passes(timedelta(minutes=2))
    await drained(world)


ANOTHER_WORKER = Restart(_put_aside, _another_worker_takes_over, needs_the_queue=True)
THE_SWEEPER = Restart(_lose_the_queue, _the_sweeper_finds_it, needs_the_queue=False)
RESTARTS = pytest.mark.parametrize(
    "restart", [ANOTHER_WORKER, THE_SWEEPER], ids=["another worker", "the sweeper"]
)


async def drained(world: World) -> None:
    """Run jobs until neither they nor the webhooks they cause lead to another."""
    while await world.worker.drain():
        await world.sandbox.stripe.deliveries.settled()
        if not await world.worker.waiting():
            return


class DoomedWorker:
    """A process with a worker that dies at a moment met for the nth time."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    async def works(self, world: World, dsn: str, moment: str = "", nth: int = 0) -> list[str]:
        """Run the jobs of one database; tells the moments that were passed."""
        errand = Errand(world.app.settings, dsn, world.sandbox.clock.offset, moment, nth)
        answer = await asyncio.to_thread(self._answer, pickle.dumps(errand))
        *passed, ended = answer
        died = passed[-1:] == [moment] and passed.count(moment) == nth
        assert ended == f"{ENDED}{-signal.SIGKILL if died else 0}", passed
        return passed

    async def dies(self, world: World, dsn: str, moment: str, nth: int = 1) -> None:
        """Run jobs until the moment, and be killed there."""
        passed = await self.works(world, dsn, moment, nth)
        assert (passed[-1], passed.count(moment)) == (moment, nth)

    def _answer(self, errand: bytes) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(errand)
        self._process.stdin.flush()
        lines: list[str] = []
        while not lines or not lines[-1].startswith(ENDED):
            line = self._process.stdout.readline().decode().strip()
            assert line, "the process has gone"
            lines.append(line)
        return lines


@pytest.fixture(scope="session")
def doomed_worker() -> Iterator[DoomedWorker]:
    """One process for all tests: to start it costs as much as several deaths."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.stories.doomed_worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield DoomedWorker(process)


async def killed_everywhere(
    doomed_worker: DoomedWorker,
    world: World,
    dsn: str,
    restart: Restart,
    *,
    calls: Collection[str],
    session_type: str = MENTORING,
    only_at: str = "",
) -> list[Opened]:
    """Kill the worker at every moment of a purchase, each time of another purchase.

    `calls` are what must have been among the moments, `only_at` is a part of the names of those
    to die at. Stripe tells of each purchase once: what would tell the same again is dropped.
    """
    for told_again in TOLD_AGAIN:
        world.sandbox.stripe.deliveries.plan("drop", 10_000, event_type=told_again)
    # Every other one: breaks before and after a session take of its neighbours' time.
    slots = iter((await world.client.slots(session_type, days=55))[::2])
    purchases = [await paid(world, next(slots), session_type)]
    passed = await doomed_worker.works(world, dsn)
    await drained(world)
    assert set(passed) >= around([*calls, COMMIT])
    for moment, nth in deadly([name for name in passed if only_at in name], restart):
        if moment.endswith(ZOOM_TOKEN):  # asked for once an hour otherwise
            await world.rows("delete from private.vendor_tokens")
        purchases.append(await paid(world, next(slots), session_type))
        await doomed_worker.dies(world, dsn, moment, nth)
        await restart.after_each(world)
    await restart.in_the_end(world)
    return purchases


def deadly(passed: list[str], restart: Restart) -> list[tuple[str, int]]:
    """The moments to die at, and which of those of that name.

    A death before a step leaves what the one after the step before left, but for the job itself:
    when the queue is lost too, half of the moments tell all.
    """
    return [
        (moment, nth)
        for moment, times in sorted(Counter(passed).items(), key=_token_last)
        if restart.needs_the_queue or moment.startswith("after")
        for nth in range(1, times + 1)
    ]


def _token_last(counted: tuple[str, int]) -> bool:
    """A process that dies while it fetches a token keeps the others waiting."""
    return counted[0].endswith(ZOOM_TOKEN)


def around(calls: Collection[str]) -> set[str]:
    return {f"{when} {what}" for when in ("before", "after") for what in calls}


async def paid(world: World, starts_at: str, session_type: str) -> Opened:
    opened = await world.client.books(starts_at, session_type)
    await world.pays(opened)
    return opened
