"""The worker's life: told to stop, cut off from its database, woken by the clock."""

import asyncio
from uuid import UUID

from tests.services.worker_rig import (
    TroubledCalendar,
    in_status,
    paid,
    running,
    to_be_booked,
    until,
)
from tests.world import World

# --- stopping ------------------------------------------------------------------------------------


async def test_told_to_stop_the_job_under_way_ends_and_no_other_begins(world: World) -> None:
    opened = await to_be_booked(world)
    calendar = TroubledCalendar()
    async with running(world, calendar) as (worker, task):
        await until(calendar.begun)
        worker.stop()
        late = await paid(world)
        await world.client.confirms(late.session_id)
        calendar.open.set()
        await task
    assert calendar.asked == [UUID(opened.booking_id)]
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert (await world.client.booking(late.booking_id))["status"] == "PENDING"
    assert sorted(await world.worker.waiting()) == ["book_calendar", "open_meeting"]


async def test_a_job_that_outlasts_the_drain_stays_for_another_worker(world: World) -> None:
    opened = await to_be_booked(world)
    calendar = TroubledCalendar()
    async with running(world, calendar) as (worker, task):
        await until(calendar.begun)
        worker.stop()
        await asyncio.wait({task}, timeout=0.05)
        assert not task.done()
        left = await world.row("select status::text, entrypoint from jobs.pgqueuer")
        assert tuple(left) == ("picked", "book_calendar")

        await world.rows("update jobs.pgqueuer set heartbeat = now() - interval '1 hour'")
        assert "book_calendar" in await world.worker.drain()
        calendar.open.set()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert len(await world.rows("select from public.user_sessions")) == 1
    assert calendar.cancelled == []


# --- the database away ---------------------------------------------------------------------------


async def test_a_worker_whose_connections_were_cut_works_on(world: World) -> None:
    first = await paid(world)
    async with running(world):
        await until(in_status(world, first, "ACCEPTED"))
        await world.rows(
            "select pg_terminate_backend(pid, 2000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        second = await paid(world)
        await until(in_status(world, second, "ACCEPTED"))
    assert len(world.sandbox.calcom.history) == 2


# --- the clockwork -------------------------------------------------------------------------------


async def test_the_sweep_and_the_pruning_are_due_by_the_clock(world: World) -> None:
    opened = await to_be_booked(world)
    await world.rows("delete from jobs.pgqueuer")
    await world.rows("update public.bookings set updated_at = now() - interval '2 minutes'")
    await world.rows(
        "insert into jobs.pgqueuer_schedules (expression, entrypoint, next_run) values "
        "('* * * * *', 'sweep', now() - interval '1 s'), "
        "('17 3 * * *', 'prune', now() - interval '1 s')"
    )
    await world.rows(
        "insert into jobs.pgqueuer_log (job_id, status, priority, entrypoint, aggregated, created)"
        " values (1, 'successful', 0, 'notify', true, now() - interval '31 days')"
    )

    async def pruned() -> bool:
        old = "select from jobs.pgqueuer_log where created < now() - interval '30 days'"
        return await world.rows(old) == []

    async with running(world):
        await until(in_status(world, opened, "ACCEPTED"))
        await until(pruned)
