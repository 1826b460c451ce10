"""The worker: how long it waits, when it gives up, and what it does with a job that kills it."""

from datetime import timedelta
from uuid import UUID

import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.domain.types import JobId
from pgqueuer.queries import Queries

from sandbox.faults import Fault, FaultKind
from services.domain.jobs import Job
from services.providers.errors import ProviderError
from services.runners import RUNNERS
from services.worker import MAX_CRASHES, MORE_TRIES, Pace
from tests.services.worker_rig import (
    TroubledCalendar,
    drains,
    running,
    to_be_booked,
    trouble,
    until,
)
from tests.world import Opened, World

# --- waiting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(0, 1), (1, 2), (2, 4), (6, 64), (7, 120), (25, 120), (10_000, 120)]
)
def test_the_backoff_doubles_up_to_two_minutes_with_jitter(attempt: int, seconds: int) -> None:
    waits = {Pace().backoff(attempt) for _ in range(200)}
    assert min(waits) >= timedelta(seconds=seconds / 2)
    assert max(waits) <= timedelta(seconds=seconds)
    assert len(waits) > 100


def test_all_tries_of_a_job_span_a_quarter_of_an_hour_to_an_hour() -> None:
    hasty = {Job.SWEEP: 1, Job.BROADCAST: 3, Job.TELEGRAM_UPDATE: 4}
    assert {job: RUNNERS[job].tries for job in hasty} == hasty
    assert {runner.tries for job, runner in RUNNERS.items() if job not in hasty} == {25}
    whole = sum((Pace().backoff(attempt) for attempt in range(24)), timedelta())
    assert timedelta(minutes=15) < whole < timedelta(hours=1)


async def test_retry_after_outlasts_our_own_backoff(world: World) -> None:
    opened = await to_be_booked(world)
    calendar = TroubledCalendar(trouble(retry_after=timedelta(minutes=10)))

    async def put_off() -> bool:
        return bool(await world.rows("select from jobs.pgqueuer where attempts = 1"))

    async with running(world, calendar):
        await until(put_off)
    job = await world.row(
        "select status::text, execute_after - updated as wait, entrypoint from jobs.pgqueuer"
    )
    assert (job["status"], job["entrypoint"]) == ("queued", "book_calendar")
    assert timedelta(minutes=9, seconds=59) < job["wait"] <= timedelta(minutes=10)
    assert calendar.asked == [UUID(opened.booking_id)]
    assert (await world.client.booking(opened.booking_id))["status"] == "PENDING"
    assert await told(world) == [(False, 1, "CALENDAR_FAILING", 1)]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_revoked_key_is_trouble_that_passes_and_is_not_hurried(
    world: World, status: int
) -> None:
    opened = await to_be_booked(world)
    calendar = TroubledCalendar(
        ProviderError("calendar", "locked out", retryable=False, status=status)
    )
    await drains(world, calendar)
    tries = RUNNERS[Job.BOOK_CALENDAR].tries
    assert calendar.asked == [UUID(opened.booking_id)] * tries
    assert await told(world) == [
        (True, tries, "CALENDAR_GIVEN_UP", 1),
    ]
    await assert_returned(world, opened)


async def told(world: World) -> list[tuple[bool, int, str, int]]:
    """What the operator's log says of the booking, beside what its client reads."""
    rows = await world.rows(
        "select e.final, e.times, s.kind, s.times from private.error_logs e"
        " join public.booking_steps s on s.id = e.step_id order by s.id"
    )
    assert len(rows) == len(await world.rows("select from private.error_logs"))
    return [tuple(row) for row in rows]


# --- giving up -----------------------------------------------------------------------------------


async def test_what_will_never_work_is_given_up_at_once(world: World) -> None:
    opened = await to_be_booked(world)
    calendar = TroubledCalendar(trouble(retryable=False))
    await drains(world, calendar)
    assert calendar.asked == [UUID(opened.booking_id)]
    assert await world.worker.held() == ["book_calendar"]
    log = await world.row(
        "select source, vendor, message, final, booking_id from private.error_logs"
    )
    assert tuple(log) == (
        "book_calendar",
        "calendar",
        "calendar: trouble",
        True,
        UUID(opened.booking_id),
    )
    await assert_returned(world, opened)


async def test_used_up_retries_end_in_a_refund(world: World) -> None:
    opened = await to_be_booked(world)
    calendar = TroubledCalendar(trouble())
    await drains(world, calendar)
    assert calendar.asked == [UUID(opened.booking_id)] * 25
    assert await world.worker.held() == ["book_calendar"]
    assert await told(world) == [
        (True, 25, "CALENDAR_GIVEN_UP", 1),
    ]
    await assert_returned(world, opened)


async def assert_returned(world: World, opened: Opened) -> None:
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["statusReason"] == "The host's calendar could not be reached."
    [payment] = booking["payments"]
    assert payment["outcome"] == "REFUNDED"
    assert payment["refunded"] == {"amountMinor": 9000}
    assert await world.client.notifications() == ["BOOKING_REJECTED"]


async def test_a_bug_is_tried_as_often_as_any_trouble_and_the_job_is_kept(world: World) -> None:
    opened = await to_be_booked(world)
    await world.rows("update jobs.pgqueuer set payload = 'no-uuid'")
    await world.worker.drain()
    assert await world.worker.held() == ["book_calendar"]
    job = await world.row("select attempts from jobs.pgqueuer")
    # Here giving up fails as well, since the id is none.
    assert job["attempts"] == RUNNERS[Job.BOOK_CALENDAR].tries + MORE_TRIES - 1
    assert (await world.client.booking(opened.booking_id))["status"] == "PENDING"


# --- deaths --------------------------------------------------------------------------------------


async def died(world: World, times: int) -> None:
    """The one waiting job took its worker down so often."""
    await world.rows(
        "insert into jobs.pgqueuer_log (job_id, status, priority, entrypoint) "
        "select id, 'picked', priority, entrypoint from jobs.pgqueuer, generate_series(1, $1)",
        times,
    )


async def test_a_job_that_kills_its_worker_is_put_aside(world: World) -> None:
    opened = await to_be_booked(world)
    await died(world, MAX_CRASHES)
    await world.worker.drain()
    assert world.sandbox.calcom.history == []
    assert await world.worker.held() == ["book_calendar"]
    log = await world.row("select message, final from private.error_logs")
    assert tuple(log) == ("The worker died 5 times at it.", True)
    await assert_returned(world, opened)


async def test_a_job_that_killed_its_worker_now_and_then_still_runs(world: World) -> None:
    opened = await to_be_booked(world)
    await died(world, MAX_CRASHES - 1)
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.FAIL), times=3)
    await world.worker.drain()
    assert world.sandbox.faults.planned() == {}
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert await world.worker.held() == []


async def test_a_held_job_that_the_operator_queues_again_runs(world: World) -> None:
    world.sandbox.faults.plan("mail", Fault(FaultKind.FAIL), times=2 * RUNNERS[Job.NOTIFY].tries)
    await to_be_booked(world)
    await world.worker.drain()
    assert await world.worker.held() == ["notify", "notify"]

    await world.rows("update public.notifications set status = 'QUEUED' where status = 'FAILED'")
    held = await world.rows("select id from jobs.pgqueuer where status = 'failed'")
    driver = AsyncpgPoolDriver(world.worker.pool)
    await Queries(driver).requeue_jobs([JobId(row["id"]) for row in held])
    assert await world.worker.drain() == ["notify", "notify"]
    assert len(world.mails()) == 1
    assert await world.worker.held() == []
