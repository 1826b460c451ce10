"""The worker's process is killed between any two steps: after a restart everything is there once.

The deaths are real: a process of its own runs the jobs of one purchase and ends itself with
SIGKILL, at another moment in each round, until it has died at every moment that there is.
"""

import asyncio
import pickle
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services.sweep import SLOW
from tests.stories.doomed_worker import ENDED, Errand
from tests.world import Opened, World

ROOT = Path(__file__).parents[2]
CALLED_TO_FULFIL = ("checkouts.read", "calendar.book", "rooms.open", "mail.send")
CALLED_TO_REFUND = ("checkouts.read", "calendar.book", "refunds.create", "mail.send")
AFTER_READING = ("after checkouts.read", "after refunds.of_payment")
"""Nothing has changed anywhere since the moment before."""

Works = Callable[..., Awaitable[list[str]]]
Step = Callable[[World], Awaitable[None]]


@asynccontextmanager
async def doomed_worker(world: World, dsn: str) -> AsyncIterator[Works]:
    """A worker that dies at a moment met for the nth time; tells the moments it passed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.stories.doomed_worker"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told, answers = process.stdin, process.stdout

    async def works(moment: str = "", nth: int = 0) -> list[str]:
        errand = Errand(world.app.settings, dsn, world.sandbox.clock.offset, moment, nth)
        told.write(pickle.dumps(errand))
        passed = []
        while not (line := (await answers.readline()).decode().strip()).startswith(ENDED):
            assert line, "the process has gone"
            passed.append(line)
        died = passed[-1:] == [moment] and passed.count(moment) == nth
        assert line == f"{ENDED}{-signal.SIGKILL if died else 0}"
        return passed

    try:
        yield works
    finally:
        told.close()
        await process.wait()


async def another_worker_takes_over(world: World) -> None:
    """The dead worker's heartbeat is missed, and the jobs it held are picked up."""
    await world.rows(
        "update jobs.pgqueuer set heartbeat = now() - interval '1 hour' where status = 'picked'"
    )
    await drained(world)


async def the_queue_is_lost(world: World) -> None:
    """Not one job is left: the sweeper finds what stands still by the rows alone."""
    await world.rows("delete from jobs.pgqueuer")
    await world.time_passes(timedelta(minutes=2))
    await drained(world)


async def drained(world: World) -> None:
    """Run jobs until neither they nor the webhooks they cause lead to another."""
    while await world.worker.drain():
        await world.sandbox.stripe.deliveries.settled()
        if not await world.worker.waiting():
            return


async def killed_everywhere(
    world: World, dsn: str, restart: Step, *, calls: Collection[str], calendar: Step
) -> list[Opened]:
    """Kill the worker at every moment of a purchase, each time of another purchase.

    Stripe tells of each purchase once: what would tell the same again is dropped. A job's death
    before a step leaves what its death after the step before left, but for the job itself: when
    the queue is lost too, half of the moments tell all.
    """
    for told_again in ("payment_intent.succeeded", "refund.created", "charge.refunded"):
        world.sandbox.stripe.deliveries.plan("drop", 1000, event_type=told_again)
    purchases = [await paid(world)]
    async with doomed_worker(world, dsn) as works:
        await calendar(world)
        moments = await works()
        await drained(world)
        assert set(moments) >= around(calls)
        for moment, times in Counter(moments).items():
            if moment in AFTER_READING or (
                restart is the_queue_is_lost and moment.startswith("before")
            ):
                continue
            for nth in range(1, times + 1):
                purchases.append(await paid(world))
                await calendar(world)
                passed = await works(moment, nth)
                assert (passed[-1], passed.count(moment)) == (moment, nth)
                await calendar(world)
                await restart(world)
    return purchases


async def takes_all(world: World) -> None:
    """A calendar as it should be."""


async def refuses(world: World) -> None:
    """A calendar that will not have what is still to be entered."""
    world.sandbox.faults.clear()
    waiting = "select from public.bookings where status in ('AWAITING_PAYMENT', 'PENDING')"
    if await world.rows(waiting):
        world.sandbox.faults.plan("calendar", Fault(FaultKind.REFUSE))


async def paid(world: World) -> Opened:
    opened = await world.client.books()
    await world.pays(opened)
    return opened


def around(calls: Collection[str]) -> set[str]:
    """The moments of these calls, and those of commits."""
    return {f"{when} {what}" for when in ("before", "after") for what in (*calls, "commit")}


RESTARTS = pytest.mark.parametrize("restart", [another_worker_takes_over, the_queue_is_lost])


@RESTARTS
async def test_fulfilment_killed_anywhere_happens_once(
    world: World, seeded: str, restart: Step
) -> None:
    purchases = await killed_everywhere(
        world, seeded, restart, calls=CALLED_TO_FULFIL, calendar=takes_all
    )
    for opened in purchases:
        await assert_fulfilled_once(world, opened)
    assert len(world.mails()) == len(world.mails("olena@example.com")) == len(purchases)
    assert len(world.sandbox.agenda.history) == len(purchases)
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"] * len(purchases)
    assert await world.rows("select from jobs.pgqueuer") == []
    assert await world.rows("select from private.error_logs") == []


async def assert_fulfilled_once(world: World, opened: Opened) -> None:
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    [payment] = booking["payments"]
    assert (payment["status"], payment["outcome"]) == ("SUCCEEDED", "FULFILLED")
    assert payment["refunded"] == {"amountMinor": 0}
    assert await refunds_at_stripe(world, opened) == []
    entered = [str(entry.booking_id) for entry in world.sandbox.agenda.entries]
    assert entered.count(opened.booking_id) == 1
    rooms = "select from public.user_sessions where booking_id = $1"
    assert len(await world.rows(rooms, UUID(opened.booking_id))) == 1
    assert await told(world, opened) == [
        ("BOOKING_CONFIRMED", "EMAIL", "SENT", 1),
        ("BOOKING_CONFIRMED", "IN_APP", "SENT", 0),
        ("HOST_BOOKED", "EMAIL", "SENT", 1),
    ]


@RESTARTS
async def test_a_refund_killed_anywhere_happens_once(
    world: World, seeded: str, restart: Step
) -> None:
    purchases = await killed_everywhere(
        world, seeded, restart, calls=CALLED_TO_REFUND, calendar=refuses
    )
    if restart is the_queue_is_lost:  # refunds asked for are looked at by the hour
        await world.time_passes(SLOW)
        await drained(world)
    for opened in purchases:
        await assert_refunded_once(world, opened)
    assert len(world.mails()) == len(purchases)
    assert world.mails("olena@example.com") == []
    assert world.sandbox.agenda.history == []
    assert await world.client.notifications() == ["BOOKING_REJECTED"] * len(purchases)
    assert await world.rows("select from jobs.pgqueuer") == []
    assert await world.rows("select from private.error_logs") == []


async def assert_refunded_once(world: World, opened: Opened) -> None:
    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["meeting"]) == ("REJECTED", None)
    [payment] = booking["payments"]
    assert (payment["status"], payment["outcome"]) == ("SUCCEEDED", "REFUNDED")
    assert payment["refunded"] == {"amountMinor": 9000}
    assert await refunds_at_stripe(world, opened) == [(9000, "SUCCEEDED")]
    assert await told(world, opened) == [
        ("BOOKING_REJECTED", "EMAIL", "SENT", 1),
        ("BOOKING_REJECTED", "IN_APP", "SENT", 0),
    ]


async def refunds_at_stripe(world: World, opened: Opened) -> list[tuple[int, str]]:
    state = await world.app.checkouts.read(opened.session_id)
    assert state.payment is not None
    found = await world.app.refunds.of_payment(state.payment.id)
    return [(refund.amount.amount_minor, refund.status) for refund in found]


async def told(world: World, opened: Opened) -> list[tuple[str, str, str, int]]:
    """Kind, medium and status of each message of a booking, and in how many mails it came."""
    messages = await world.rows(
        "select id, kind, medium, status from public.notifications where booking_id = $1 "
        "order by kind, medium",
        UUID(opened.booking_id),
    )
    sent = [mail.message_id for mail in world.sandbox.inbox.mails]
    return [
        (kind, medium, status, sum(str(message_id) in key for key in sent))
        for message_id, kind, medium, status in messages
    ]
