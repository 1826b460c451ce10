"""Workers killed at every moment of what they do for plans, and people who have such plans."""

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.telegram_chats import TelegramUser
from tests.stories.deaths import (
    COMMIT,
    RESTARTS,
    DoomedWorker,
    Restart,
    around,
    deadly,
    drained,
)
from tests.stories.plan_lives import Life, Newcomers, begins, taken_back, works
from tests.world import World

Gathers = Callable[[int], Awaitable[list[Life]]]
"""Makes so many people for whom nothing is to be done yet."""

Happens = Callable[[Life], Awaitable[None]]
"""Puts one thing about somebody into the queue."""


@contextmanager
def silent_telegram(world: World) -> Iterator[None]:
    """What it tells of members is lost: a worker would hear it at another moment each time."""
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL), times=1000)
    yield
    world.sandbox.faults.clear()


@dataclass(frozen=True)
class Deaths:
    """A world, a worker to be killed in it, and how it goes on."""

    worker: DoomedWorker
    world: World
    dsn: str
    restart: Restart

    async def everywhere(
        self, gathers: Gathers, happens: Happens, *, calls: Collection[str], only_at: str = ""
    ) -> list[Life]:
        """Kill the worker after every step, each time of another life.

        `calls` are what must have been among the moments, `only_at` is a part of the names of
        those to die at.
        """
        lives = await gathers(1)
        with silent_telegram(self.world):
            await happens(lives[0])
            passed = await self.worker.works(self.world, self.dsn)
        await drained(self.world)
        assert set(passed) >= around([*calls, COMMIT])
        # A death before a step leaves what the one after the step before left.
        after = [name for name in passed if only_at in name and name.startswith("after")]
        moments = deadly(after, self.restart)
        doomed = await gathers(len(moments))
        with silent_telegram(self.world):
            for life, (moment, nth) in zip(doomed, moments, strict=True):
                await happens(life)
                met = await self.worker.works(self.world, self.dsn, moment, nth)
                # Two jobs for one thing become one when the second is queued before the first
                # has begun: then there are a commit or two fewer than the first time.
                assert met.count(moment) >= min(nth, passed.count(moment) - 2)
                await self.restart.after_each(self.world)
        await self.restart.in_the_end(self.world)
        return [*lives, *doomed]


@pytest.fixture(params=RESTARTS.args[1], ids=RESTARTS.kwargs["ids"])
def deaths(
    request: pytest.FixtureRequest, doomed_worker: DoomedWorker, world: World, seeded: str
) -> Deaths:
    """By either way to go on; of Stripe's events only those arrive that a test sends again."""
    return Deaths(doomed_worker, world, seeded, request.param)


async def hears_of(world: World, event_type: str) -> None:
    """The newest event of this type arrives, and no other of those held."""
    newest = [event for event in await taken_back(world) if event["type"] == event_type][-1]
    assert await world.sandbox.stripe.resend(newest["id"])


class Crowd:
    """People with a plan each; `joins` makes them members of its channel by their own links."""

    def __init__(self, world: World, newcomers: Newcomers, *, joins: bool) -> None:
        self._world, self._newcomers, self._joins = world, newcomers, joins
        self._ids = count(800_000)

    async def gathers(self, number: int) -> list[Life]:
        people = [
            await begins(self._world, await self._newcomers(self._world)) for _ in range(number)
        ]
        for event in await taken_back(self._world):
            if event["type"] == "checkout.session.completed":
                assert await self._world.sandbox.stripe.resend(event["id"])
        await works(self._world)
        if self._joins:
            await self._join(people)
        return people

    async def _join(self, people: list[Life]) -> None:
        for life in people:
            [access] = await self._world.rows(
                "select invite_link from private.channel_accesses where user_id = $1",
                life.client.user_id,
            )
            person = TelegramUser(next(self._ids), "Newcomer")
            assert self._world.sandbox.telegram.join(access["invite_link"], person) == "requested"
        await self._world.sandbox.hooks.settled()
        await works(self._world)
