"""The sweeper: the rows, not the queue, are the truth; what stands still is started again."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from services import jobs
from services.app import App
from services.domain.jobs import Job
from services.store import queue, standstill

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)
"""How long something may stand before it is looked at; a job on its way is quicker."""

SLOW = timedelta(hours=1)
"""For what takes its time: banks take days for a refund, which is read back hourly in case its
webhook was lost."""

LOG_KEPT = timedelta(days=30)


async def sweep(app: App, _: str = "") -> None:
    """Job, every minute: queue the next job of everything that stands still."""
    now = app.clock.now()
    before = now - PATIENCE
    async with app.db.connection() as conn:
        found: list[tuple[Job, Iterable[UUID | str]]] = [
            (Job.END_HOLD, await standstill.lapsed_holds(conn, now)),
            (Job.BOOK_CALENDAR, await standstill.not_in_calendar(conn, before)),
            (Job.OPEN_MEETING, await standstill.without_meeting(conn, before, now)),
            (Job.REFUND, await standstill.rejected_unreturned(conn, before)),
            (
                Job.REFUND,
                await standstill.refunds(conn, unsent_since=before, under_way_since=now - SLOW),
            ),
            (Job.LEAVE_CALENDAR, await standstill.still_in_calendar(conn, before)),
            (Job.CONCLUDE, await standstill.paid_without_outcome(conn, now - SLOW)),
            (Job.NOTIFY, await standstill.queued_notifications(conn, before)),
            (Job.STRIPE_EVENT, await standstill.open_events(conn, before)),
            (Job.END_PLACEMENT, await standstill.unplaced(conn, now)),
            (Job.REMIND_PLACEMENT, await standstill.unplaced_unreminded(conn, now)),
        ]
    for job, subjects in found:
        for subject in subjects:
            await _again(app, job, subject)


async def _again(app: App, job: Job, subject: UUID | str) -> None:
    async with app.db.transaction() as conn:
        if await queue.waiting(conn, job, str(subject)):
            return
        await jobs.enqueue(conn, job, subject, cause="sweep")
    log.info("started again", extra={"job": job, "subject": subject})


async def prune(app: App) -> None:
    """Forget what the queue finished long ago."""
    async with app.db.transaction() as conn:
        await queue.prune(conn, app.clock.now() - LOG_KEPT)
