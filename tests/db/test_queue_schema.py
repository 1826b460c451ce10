"""The queue's tables are those that the installed PgQueuer wants."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.queries import Queries

from services import jobs
from services.domain.jobs import Job

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    conn = await asyncpg.connect(database)
    yield conn
    await conn.close()


async def test_the_installed_pgqueuer_has_nothing_to_upgrade(conn: Connection) -> None:
    queries = Queries(AsyncpgDriver(conn))
    assert await queries.schema_is_installed()
    plan = await queries.plan_upgrade()
    assert plan.statements == ()
    assert plan.notes == ()


async def test_a_missing_piece_would_be_noticed(conn: Connection) -> None:
    await conn.execute("alter table jobs.pgqueuer drop column headers")
    plan = await Queries(AsyncpgDriver(conn)).plan_upgrade()
    assert any("headers" in statement for statement in plan.statements)


async def test_its_tables_are_in_a_schema_of_their_own(conn: Connection) -> None:
    rows = await conn.fetch(
        "select schemaname, tablename from pg_tables where tablename like 'pgqueuer%' order by 2"
    )
    assert [(row["schemaname"], row["tablename"]) for row in rows] == [
        ("jobs", "pgqueuer"),
        ("jobs", "pgqueuer_log"),
        ("jobs", "pgqueuer_schedules"),
        ("jobs", "pgqueuer_statistics"),
    ]


async def test_a_job_waits_there_once_and_only_if_its_change_is_committed(conn: Connection) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await jobs.enqueue(conn, Job.SWEEP, "all")
    await transaction.rollback()
    assert await conn.fetchval("select count(*) from jobs.pgqueuer") == 0

    for _ in range(3):
        await jobs.enqueue(conn, Job.SWEEP, "all", cause="clock")
    [row] = await conn.fetch("select * from jobs.pgqueuer")
    assert (row["entrypoint"], row["payload"], row["status"]) == ("sweep", b"all", "queued")
    assert (row["dedupe_key"], row["priority"]) == ("sweep:all:clock", 10)
