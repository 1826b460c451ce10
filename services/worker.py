"""The worker: PgQueuer runs the jobs of RUNNERS, this file keeps order.

What PgQueuer leaves to its users is done here: retries with jitter and Retry-After, counting of
crashes, an end to retries that leaves the row in a known state, a supervised restart.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from pgqueuer.core.applications import PgQueuer
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.models import Schedule
from pgqueuer.domain.types import OnFailure

from services import jobs, story, sweep
from services.app import App
from services.bookings import OutOfOrder
from services.domain.jobs import Job
from services.log import correlated
from services.providers.errors import ProviderError
from services.runners import RUNNERS
from services.store import queue
from services.story import Failure

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=1)
"""However long a service asks to be left alone: what waits may be overtaken meanwhile."""

LOCKED_OUT = (401, 403, 535)
"""HTTP's and SMTP's (RFC 4954) answers to a key or password that is wrong."""

MAX_CRASHES = 5
"""How often a job may take its process down before it is put aside."""


MORE_TRIES = 10
"""How often giving up is tried again when that fails too, such as while the database is away."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the worker waits. With 25 tries the default backoff spans about half an hour,
    up to two hours when a circuit rests in between."""

    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(minutes=2)
    poll: timedelta = timedelta(seconds=1)
    heartbeat: timedelta = timedelta(seconds=15)

    def backoff(self, attempt: int) -> timedelta:
        """The wait after try `attempt` (from 0), with jitter so that a fleet spreads out."""
        whole = min(self.first_retry * 2 ** min(attempt, 20), self.longest_retry)
        spread = random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, guards nothing
        return timedelta(seconds=whole.total_seconds() * spread)


class Poisoned(Exception):
    """The job took its process down too often."""


class Worker:
    """Runs jobs of one database until told to stop."""

    def __init__(
        self,
        app: App,
        pool: "asyncpg.Pool[asyncpg.Record]",
        *,
        pace: Pace | None = None,
        on_done: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._pool = pool
        self._pace = pace or Pace()
        self._on_done = on_done
        self._stopping = asyncio.Event()
        self._engine: PgQueuer | None = None

    def engine(self) -> PgQueuer:
        """A fresh PgQueuer with every job registered; one that stopped can't run again."""
        engine = PgQueuer.from_asyncpg_pool(self._pool)
        for job, runner in RUNNERS.items():
            keep: OnFailure = "delete" if runner.lossy else "hold"
            engine.entrypoint(job.value, on_failure=keep)(self._perform)
        engine.schedule("sweep", "* * * * *")(self._queue_sweep)
        engine.schedule("payouts", "7 * * * *")(self._queue_payouts)
        engine.schedule("prune", "17 3 * * *")(self._prune)
        return engine

    async def run(self) -> None:
        """Work until `stop`; a lost database is waited for and met with a new engine."""
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            self._engine = self.engine()
            began = loop.time()
            try:
                await self._engine.run(
                    dequeue_timeout=self._pace.poll,
                    batch_size=10,
                    max_concurrent_tasks=40,
                    heartbeat_timeout=self._pace.heartbeat,
                    shutdown_on_listener_failure=True,
                )
            except Exception:
                lasted = loop.time() - began
                failures = 0 if lasted > self._pace.longest_retry.total_seconds() else failures + 1
                log.exception("worker stopped, starting again")
                await self._stopped_within(self._pace.backoff(failures).total_seconds())

    async def _stopped_within(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def stop(self) -> None:
        """Take no new jobs; those under way finish. Never cancel the task of `run`: PgQueuer
        would forget the jobs it holds."""
        self._stopping.set()
        if self._engine is not None:
            self._engine.shutdown.set()

    async def _perform(self, queued: QueuedJob) -> None:
        job = Job(queued.entrypoint)
        subject = (queued.payload or b"").decode()
        with correlated(_cause(queued)):
            try:
                await self._refuse_poison(queued)
                await RUNNERS[job].run(self._app, subject)
            except Exception as error:
                await self._failed(job, subject, queued, error)
            else:
                if job in story.FAILING:
                    await self._mended(job, subject)
                self._on_done(job)

    async def _refuse_poison(self, queued: QueuedJob) -> None:
        async with self._app.db.connection() as conn:
            picked = await queue.times_picked(conn, int(queued.id))
        crashes = picked - 1 - queued.attempts
        if crashes >= MAX_CRASHES:
            raise Poisoned(f"The worker died {crashes} times at it.")

    async def _failed(self, job: Job, subject: str, queued: QueuedJob, error: Exception) -> None:
        """Ask for another try, or give up for good and leave the job held."""
        # Only errors of ours are fit to be kept: others may quote rows or addresses.
        ours = isinstance(error, ProviderError | Poisoned | OutOfOrder)
        why = str(error) if ours else type(error).__name__
        permanent = isinstance(error, Poisoned) or (
            isinstance(error, ProviderError) and not error.retryable and not _locked_out(error)
        )
        failure = Failure(why, error.vendor if isinstance(error, ProviderError) else None)
        if permanent or queued.attempts + 1 >= RUNNERS[job].tries:
            log.error("job given up", extra={"job": job, "subject": subject, "why": why})
            await self._give_up(job, subject, queued, failure)
            raise error
        await self._note(job, subject, failure)
        delay = self._pace.backoff(queued.attempts)
        if isinstance(error, ProviderError):
            delay = max(delay, min(error.retry_after or delay, LONGEST_WAIT))
            if _locked_out(error):
                delay = self._pace.longest_retry
        log.warning(
            "job failed, tried again",
            extra={"job": job, "subject": subject, "why": why, "delay_s": delay.total_seconds()},
            exc_info=not isinstance(error, ProviderError),
        )
        raise RetryRequested(delay=delay, reason=why) from error

    async def _give_up(self, job: Job, subject: str, queued: QueuedJob, failure: Failure) -> None:
        """Tell of it and leave the rows in a known state; tried again a few times, or the job
        would be held without that."""
        runner = RUNNERS[job]
        try:
            if not runner.lossy:
                await story.failed(self._app, job, subject, failure, final=True)
            if runner.give_up is not None:
                await runner.give_up(self._app, subject, failure.why)
        except Exception as error:
            log.exception("giving up failed", extra={"job": job, "subject": subject})
            if queued.attempts + 1 >= runner.tries + MORE_TRIES:
                return
            raise RetryRequested(delay=self._pace.longest_retry, reason=failure.why) from error

    async def _note(self, job: Job, subject: str, failure: Failure) -> None:
        """Tell of a failure that is tried again; without the database there is nobody to tell."""
        try:
            await story.failed(self._app, job, subject, failure, final=False)
        except Exception:
            log.exception("failure not noted", extra={"job": job, "subject": subject})

    async def _mended(self, job: Job, subject: str) -> None:
        try:
            await story.mended(self._app, job, subject)
        except Exception:
            log.exception("success not noted", extra={"job": job, "subject": subject})

    async def _queue_sweep(self, _: Schedule) -> None:
        async with self._app.db.transaction() as conn:
            await jobs.enqueue(conn, Job.SWEEP, "all")

    async def _queue_payouts(self, _: Schedule) -> None:
        async with self._app.db.transaction() as conn:
            await jobs.enqueue(conn, Job.RUN_PAYOUTS, "all")

    async def _prune(self, _: Schedule) -> None:
        await sweep.prune(self._app)


def _locked_out(error: ProviderError) -> bool:
    """A wrong or revoked key: for the operator to mend, so there is no hurry and no end yet."""
    return error.status in LOCKED_OUT


def _cause(queued: QueuedJob) -> str | None:
    cause = (queued.headers or {}).get("correlation_id")
    return cause if isinstance(cause, str) else None
