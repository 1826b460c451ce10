"""Time that passes in steps: each step, the worker does what is due by then and no more."""

import asyncio
from datetime import timedelta

from services.worker import Pace, Worker
from tests.world import QUICK, World

MINUTE = timedelta(minutes=1)
REAL = Pace(poll=QUICK.poll, heartbeat=QUICK.heartbeat)
"""As in production, for retries wait by the clock that the test moves."""

_DUE = (
    "select count(*) as n from jobs.pgqueuer where status = 'picked' "
    "or (status = 'queued' and execute_after <= now())"
)


async def works(world: World) -> None:
    """Run what is due now and what that leads to.

    `world.worker.drain` would wait in real time for a job that a resting service put off.
    """
    if not await _is_due(world):
        return
    engine = Worker(world.app, world.worker.pool, pace=REAL).engine().qm
    running = asyncio.create_task(
        engine.run(dequeue_timeout=REAL.poll, batch_size=10, heartbeat_timeout=REAL.heartbeat)
    )
    while not running.done():
        await asyncio.sleep(0.01)
        if not await _is_due(world):
            break
    engine.shutdown.set()
    await running


async def _is_due(world: World) -> bool:
    return bool((await world.row(_DUE))["n"])


async def passes(world: World, by: timedelta, *, step: timedelta = MINUTE) -> None:
    """Let time pass; the sweeper looks around after every step."""
    for _ in range(by // step):
        await world.sandbox.advance(step)
        await world.sandbox.stripe.deliveries.settled()
        await works(world)
