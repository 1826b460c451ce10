"""The worker is killed around all that it does to give money back, to move a session, to pay hosts
and to take back from them: after that each is done once."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services import jobs, operations
from services.domain.jobs import Job
from services.sweep import SLOW
from tests.stories.deaths import (
    COMMIT,
    RESTARTS,
    THE_SWEEPER,
    DoomedWorker,
    Restart,
    around,
    deadly,
    doomed_worker,
    drained,
    paid,
)
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import connects, payday, payment_of, rested, slots_after
from tests.stories.plan_lives import assert_each_message_arrived_once
from tests.world import MENTORING, Opened, World

__all__ = ["doomed_worker"]

LEAVE, MOVE = "POST calcom/v2/bookings/*/cancel", "POST calcom/v2/bookings/*/reschedule"
CLOSE, CHANGE = "DELETE zoom/v2/meetings/*", "PATCH zoom/v2/meetings/*"
REFUND = "POST stripe/v1/refunds"
TRANSFER, REVERSE = "POST stripe/v1/transfers", "POST stripe/v1/transfers/*/reversals"
MOST_HOLDS = 3
NET, FEE = 8050, 950

Happens = Callable[[Opened], Awaitable[Any]]
"""Puts one thing about a session into the queue."""


class Sessions:
    """Sessions that are confirmed, and a worker that dies while it does something about each."""

    def __init__(self, worker: DoomedWorker, world: World, dsn: str, restart: Restart) -> None:
        self._worker, self.world, self._dsn, self._restart = worker, world, dsn, restart
        self.all: list[Opened] = []
        self.free: Iterator[str] = iter(())

    async def are_booked(self, number: int) -> None:
        """What Stripe tells from then on is heard in the end: a worker hears it at another moment
        each time."""
        in_time = self.world.sandbox.clock.now() + timedelta(days=3)
        # Every other one: breaks before and after a session take of its neighbours' time.
        slots = (await slots_after(self.world, in_time, days=40))[::2]
        self.free = iter(slots[number:])
        for count, slot in enumerate(slots[:number], start=1):
            self.all.append(await paid(self.world, slot, MENTORING))
            if count % MOST_HOLDS == 0:
                await drained(self.world)
        await drained(self.world)

    async def die_everywhere(self, happens: Happens, *, calls: Collection[str]) -> None:
        """Kill the worker after every step but those of messages, each time about another session;
        a death before a step leaves what the one after the step before left. `calls` must have
        been among the steps."""
        self.world.sandbox.stripe.deliveries.hold()
        first, *others = self.all
        passed = await self._works_about(first, happens)
        await drained(self.world)
        assert set(passed) >= around([*calls, COMMIT])
        steps = [name for name in passed[: _messages(passed)] if name.startswith("after")]
        moments = deadly(steps, self._restart)
        assert len(moments) <= len(others)
        self.all = [first, *others[: len(moments)]]
        for opened, (moment, nth) in zip(self.all[1:], moments, strict=True):
            met = await self._works_about(opened, happens, moment, nth)
            # What is queued twice before it has begun is done once: fewer commits now and then.
            assert met.count(moment) >= min(nth, passed.count(moment) - 2)
            await self._restart.after_each(self.world)
        await self._goes_on()

    async def _works_about(
        self, opened: Opened, happens: Happens, moment: str = "", nth: int = 0
    ) -> list[str]:
        await happens(opened)
        await self.world.rows(
            "delete from jobs.pgqueuer where entrypoint in ('notify', 'broadcast')"
        )
        return await self._worker.works(self.world, self._dsn, moment, nth)

    async def _goes_on(self) -> None:
        await self._restart.in_the_end(self.world)
        await self.world.time_passes(timedelta(minutes=2))  # messages are found by their rows
        if self._restart is THE_SWEEPER:  # refunds are looked at by the hour, and hosts paid
            await self.world.time_passes(SLOW + timedelta(minutes=1))
            await payday(self.world)
        self.world.sandbox.stripe.deliveries.release()
        await self.world.sandbox.stripe.deliveries.settled()
        await drained(self.world)

    async def assert_at_rest(self) -> None:
        """Nothing was given up or written down as a failure."""
        assert await self.world.rows("select from private.error_logs") == []
        assert await self.world.worker.held() == []
        await assert_each_message_arrived_once(self.world)
        await assert_nothing_amiss(self.world)

    async def told(self, opened: Opened) -> list[str]:
        """Kinds of what client and host were told by mail after it was booked."""
        rows = await self.world.rows(
            "select kind from public.notifications where booking_id = $1 and medium = 'EMAIL' "
            "and kind not in ('BOOKING_CONFIRMED', 'HOST_BOOKED', 'REMINDER_DAY', 'REMINDER_HOUR') "
            "order by kind",
            UUID(opened.booking_id),
        )
        return [row["kind"] for row in rows]

    async def money(self, opened: Opened) -> tuple[int, str, int, list[tuple[int, list[int]]]]:
        """What of a session's payment went back, how the payment ended, how often money was sent
        back, and at Stripe the transfers out of it with the reversals of each."""
        payment = await payment_of(self.world, opened.booking_id)
        refunds = await self.world.app.refunds.of_payment(payment["stripe_payment_intent_id"])
        transfers = [
            (each["amount"], [undone["amount"] for undone in each["reversals"]["data"]])
            for each in self.world.sandbox.stripe.transfers()
            if each["source_transaction"] == payment["stripe_charge_id"]
        ]
        back, outcome = payment["amount_refunded_minor"], payment["outcome"]
        return back, outcome, len(refunds), transfers


def _messages(passed: list[str]) -> int:
    """Where the worker begins to tell of it."""
    return passed.index("before mail") if "before mail" in passed else len(passed)


@pytest.fixture(params=RESTARTS.args[1], ids=RESTARTS.kwargs["ids"])
def sessions(
    request: pytest.FixtureRequest, doomed_worker: DoomedWorker, world: World, seeded: str
) -> Sessions:
    """By either way to go on."""
    return Sessions(doomed_worker, world, seeded, request.param)


async def test_calling_off_killed_anywhere_gives_the_money_back_once(sessions: Sessions) -> None:
    await sessions.are_booked(15)

    async def is_called_off(opened: Opened) -> None:
        assert (await sessions.world.client.cancels(opened.booking_id))["errors"] == []

    await sessions.die_everywhere(is_called_off, calls=[LEAVE, CLOSE, REFUND])
    for opened in sessions.all:
        assert await sessions.money(opened) == (9000, "REFUNDED", 1, [])
        assert await sessions.told(opened) == ["BOOKING_CANCELLED", "HOST_CANCELLED"]
    await sessions.assert_at_rest()


async def test_a_move_killed_anywhere_is_made_once(sessions: Sessions) -> None:
    world, wanted = sessions.world, {}
    await sessions.are_booked(10)

    async def is_moved(opened: Opened) -> None:
        wanted[opened.booking_id] = next(sessions.free)
        payload = await world.client.reschedules(opened.booking_id, wanted[opened.booking_id])
        assert payload["errors"] == []

    await sessions.die_everywhere(is_moved, calls=[MOVE, CHANGE, "mail"])
    entered = Counter(entry["metadata"]["booking_id"] for entry in world.sandbox.calcom.history)
    for opened in sessions.all:
        booking = await world.client.booking(opened.booking_id)
        assert booking["startsAt"] == wanted[opened.booking_id]
        assert entered[opened.booking_id] == 2  # where it was, and where it is
        assert await sessions.money(opened) == (0, "FULFILLED", 0, [])
        assert await sessions.told(opened) == ["BOOKING_RESCHEDULED", "HOST_RESCHEDULED"]
    await sessions.assert_at_rest()


async def are_held(sessions: Sessions, number: int) -> None:
    """So many sessions of a host who is to be paid for them now."""
    await connects(sessions.world, sessions.world.olena)
    await sessions.are_booked(number)
    await rested(sessions.world, sessions.all[-1])


async def is_due(sessions: Sessions, opened: Opened) -> None:
    """The run has come to this one."""
    async with sessions.world.app.db.transaction() as conn:
        payout_id = await conn.fetchval(
            "select id from public.payouts where booking_id = $1", UUID(opened.booking_id)
        )
        await jobs.enqueue(conn, Job.PAY_OUT, payout_id)


async def test_a_payout_killed_anywhere_is_made_once(sessions: Sessions) -> None:
    await are_held(sessions, 9)
    await sessions.die_everywhere(lambda opened: is_due(sessions, opened), calls=[TRANSFER, "mail"])
    for opened in sessions.all:
        assert await sessions.money(opened) == (0, "FULFILLED", 0, [(NET, [])])
        assert await sessions.told(opened) == ["HOST_PAID_OUT"]
    await payday(sessions.world)
    await sessions.assert_at_rest()


async def test_a_reversal_killed_anywhere_is_made_once(sessions: Sessions) -> None:
    world = sessions.world
    await are_held(sessions, 11)
    assert (await payday(world)).queued == len(sessions.all)

    async def is_refunded(opened: Opened) -> None:
        payment = await payment_of(world, opened.booking_id)
        await operations.refund(world.app, payment["id"], 4000, reason="Half an hour was missing.")

    await sessions.die_everywhere(is_refunded, calls=[REFUND, REVERSE])
    after = 9000 - 4000 - 50 - 500
    for opened in sessions.all:
        assert await sessions.money(opened) == (4000, "FULFILLED", 1, [(NET, [NET - after])])
        assert await sessions.told(opened) == [
            *("HOST_PAID_OUT", "HOST_PAYOUT_REVERSED", "PART_RETURNED")
        ]
    await sessions.assert_at_rest()
