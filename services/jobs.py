"""The queue's thin port: enqueue a job on the connection of the change that needs it."""

import os
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

# PgQueuer reads its names from the environment once, at first use, equal in every process.
os.environ["PGQUEUER_SCHEMA"] = "jobs"

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.queries import Queries

from services.db import Conn
from services.domain.jobs import Job
from services.log import correlation_id

PRIORITY = 10


async def enqueue(
    conn: Conn, job: Job, subject: UUID | str, *, cause: str = "", delay: timedelta | None = None
) -> None:
    """Queue a job; it starts when the caller's transaction commits, and not if it rolls back.

    The same job for the same subject and cause is queued once while it waits or runs. This only
    saves work: what makes a job's effects happen once are the rows it reads and writes.
    """
    await _queue(conn).enqueue(
        job.value,
        str(subject).encode(),
        priority=PRIORITY,
        execute_after=delay,
        dedupe_key=f"{job}:{subject}:{cause}",
        headers={"correlation_id": correlation_id.get()},
        on_conflict="skip",
    )


async def enqueue_all(conn: Conn, job: Job, subjects: Sequence[UUID]) -> None:
    """Queue the job for each of these subjects, in one statement."""
    if not subjects:
        return
    count = len(subjects)
    await _queue(conn).enqueue(
        [job.value] * count,
        [str(subject).encode() for subject in subjects],
        [PRIORITY] * count,
        [None] * count,
        [f"{job}:{subject}:" for subject in subjects],
        [{"correlation_id": correlation_id.get()}] * count,
        on_conflict="skip",
    )


def _queue(conn: Conn) -> Queries:
    return Queries(AsyncpgDriver(conn))  # type: ignore[arg-type]  # a pool's proxy acts as one
