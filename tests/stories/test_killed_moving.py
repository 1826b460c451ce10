"""The worker's process is killed between any two steps of a move: after that it happened once."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from tests.stories.deaths import (
    RESTARTS,
    DoomedWorker,
    Restart,
    around,
    doomed_worker,
    drained,
)
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.terms import CLIENT, OLENA, codes, told
from tests.world import Opened, World

__all__ = ["doomed_worker"]

CALLED_TO_MOVE = (
    "POST calcom/v2/bookings/*/reschedule",
    "PATCH zoom/v2/meetings/*",
    "mail",
    "commit",
)


async def accepted(world: World, starts_at: str) -> Opened:
    opened = await world.client.books(starts_at)
    await world.pays(opened)
    await drained(world)
    return opened


async def wants(world: World, opened: Opened, starts_at: str) -> None:
    assert codes(await world.client.reschedules(opened.booking_id, starts_at)) == []


@RESTARTS
async def test_a_move_killed_anywhere_happens_once(
    doomed_worker: DoomedWorker, world: World, seeded: str, restart: Restart
) -> None:
    slots = iter((await world.client.slots(days=55))[8::2])
    wanted: dict[str, str] = {}

    async def begins() -> None:
        opened = await accepted(world, next(slots))
        wanted[opened.booking_id] = next(slots)
        await wants(world, opened, wanted[opened.booking_id])

    await begins()
    passed = await doomed_worker.works(world, seeded)
    await drained(world)
    assert set(passed) >= around(CALLED_TO_MOVE)
    # A death before a step leaves what the one after the step before it left.
    after = Counter(moment for moment in passed if moment.startswith("after"))
    for moment, times in sorted(after.items()):
        for nth in range(1, times + 1):
            await begins()
            await doomed_worker.dies(world, seeded, moment, nth)
            await restart.after_each(world)
    await restart.in_the_end(world)
    await drained(world)

    assert_moved_once(world, wanted)
    rows = await world.rows("select id, starts_at, sequence, moved_from from public.bookings")
    assert {row["id"]: (row["starts_at"], row["sequence"], row["moved_from"]) for row in rows} == {
        UUID(booking_id): (datetime.fromisoformat(start), 1, None)
        for booking_id, start in wanted.items()
    }
    for reader in (CLIENT, OLENA):
        assert told(world, reader).count("New time") == len(wanted)
    assert await world.rows("select from private.error_logs") == []
    assert await world.worker.held() == []
    await assert_nothing_amiss(world)


def assert_moved_once(world: World, wanted: dict[str, str]) -> None:
    """Calendar and room stand at the new time, and not even for a while was there another one."""
    starts = {key: datetime.fromisoformat(start) for key, start in wanted.items()}
    calendar, zoom = world.sandbox.calcom, world.sandbox.zoom
    entries = {
        entry["metadata"]["booking_id"]: datetime.fromisoformat(entry["start"])
        for entry in calendar.bookings
    }
    rooms = {
        meeting["agenda"].split()[1]: datetime.fromisoformat(meeting["start_time"])
        for meeting in zoom.meetings
    }
    assert entries == rooms == starts
    # Cal.com makes a new entry of each move, once.
    assert len(calendar.history) == 2 * len(wanted)
    assert len(zoom.history) == len(wanted)
