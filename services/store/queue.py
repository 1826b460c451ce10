"""jobs.*: what PgQueuer's own functions don't tell."""

from datetime import datetime, timedelta

from services.db import Conn


async def times_picked(conn: Conn, job_id: int) -> int:
    """How often workers began this job since an operator queued it; PgQueuer's own count of
    attempts leaves out crashes."""
    count: int = await conn.fetchval(
        "select count(*) from jobs.pgqueuer_log where job_id = $1 and status = 'picked' "
        "and id > (select coalesce(max(id), 0) from jobs.pgqueuer_log "
        "where job_id = $1 and status = 'failed')",
        job_id,
    )
    return count


async def waiting(conn: Conn, job: str, subject: str) -> bool:
    """Whether this job for this subject waits, runs, or was given up within the last hour.

    The last keeps what nobody can mend at once from being tried every minute.
    """
    found: bool = await conn.fetchval(
        "select exists (select from jobs.pgqueuer where entrypoint = $1 "
        "and payload = convert_to($2, 'UTF8') and (status in ('queued', 'picked') "
        "or (status = 'failed' and updated > now() - interval '1 hour')))",
        job,
        subject,
    )
    return found


async def bring_forward(conn: Conn, by: timedelta) -> None:
    """Let jobs become due, and given up ones old, earlier: the sandbox's clock moved ahead."""
    await conn.execute(
        "update jobs.pgqueuer set execute_after = execute_after - $1::interval, "
        "updated = updated - $1::interval where status in ('queued', 'failed')",
        by,
    )


async def prune(conn: Conn, before: datetime) -> None:
    """Forget finished work; PgQueuer itself never does."""
    await conn.execute("delete from jobs.pgqueuer_log where aggregated and created < $1", before)
    await conn.execute("delete from jobs.pgqueuer where status = 'failed' and updated < $1", before)
    await conn.execute("delete from jobs.pgqueuer_statistics where created < $1", before)
