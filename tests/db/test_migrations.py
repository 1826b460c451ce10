"""The migration runner, on the default PostgreSQL and on 15, as a non-superuser."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from services import migrations
from services.migrations import MigrationError
from services.store.migrations import try_lock
from tests.databases import Project, TestServer

FIRST = "20260101000000_first.sql"
SECOND = "20260102000000_second.sql"
THIRD = "20260103000000_third.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three migrations, the second with every kind of quoting in it."""
    (tmp_path / FIRST).write_text(
        "create table public.a (id int);\ninsert into public.a values (1);"
    )
    (tmp_path / SECOND).write_text(
        "create table public.b (t text default ';');\n-- the end; really\n"
    )
    (tmp_path / THIRD).write_text("alter table public.a add column c int;")
    return tmp_path


async def names_of_tables(project: Project) -> list[str]:
    rows = await project.owner.fetch("select tablename from pg_tables where schemaname = 'public'")
    return sorted(row["tablename"] for row in rows)


async def history(project: Project) -> list[tuple[str, str, list[str]]]:
    rows = await project.owner.fetch(
        "select version, name, statements from supabase_migrations.schema_migrations order by 1"
    )
    return [(row["version"], row["name"], row["statements"]) for row in rows]


async def test_a_fresh_database_gets_every_file_in_order(bare: Project, folder: Path) -> None:
    messages: list[str] = []
    done = await migrations.apply(bare.owner, folder, on_progress=messages.append)
    assert [migration.path.name for migration in done] == [FIRST, SECOND, THIRD]
    assert messages == [f"applied {FIRST}", f"applied {SECOND}", f"applied {THIRD}"]
    assert await names_of_tables(bare) == ["a", "b"]
    assert await history(bare) == [
        (
            "20260101000000",
            "first",
            ["create table public.a (id int)", "insert into public.a values (1)"],
        ),
        (
            "20260102000000",
            "second",
            ["create table public.b (t text default ';')", "-- the end; really"],
        ),
        ("20260103000000", "third", ["alter table public.a add column c int"]),
    ]


async def test_pending_tells_what_is_missing_and_changes_nothing(
    bare: Project, folder: Path
) -> None:
    assert len(await migrations.pending(bare.owner, folder)) == 3
    assert await bare.owner.fetchval("select to_regnamespace('supabase_migrations')") is None
    late = (folder / THIRD).rename(folder / "later")
    await migrations.apply(bare.owner, folder)
    late.rename(folder / THIRD)
    assert [m.version for m in await migrations.pending(bare.owner, folder)] == ["20260103000000"]
    assert len(await history(bare)) == 2


async def test_a_second_run_applies_nothing(bare: Project, folder: Path) -> None:
    await migrations.apply(bare.owner, folder)
    assert await migrations.apply(bare.owner, folder) == []
    assert await bare.owner.fetchval("select count(*) from public.a") == 1


async def test_a_failing_file_is_undone_whole_and_named(bare: Project, folder: Path) -> None:
    (folder / SECOND).write_text(
        "create table public.b ();\n\n-- why\ninsert into\n  nowhere values (1);"
    )
    with pytest.raises(MigrationError) as failure:
        await migrations.apply(bare.owner, folder)
    assert str(failure.value) == (
        f'{SECOND}, statement 2 of 2, line 5: 42P01 relation "nowhere" does not exist'
    )
    assert await names_of_tables(bare) == ["a"]
    assert [version for version, _, _ in await history(bare)] == ["20260101000000"]


async def test_a_failure_without_a_position_names_the_line_of_its_statement(
    bare: Project, folder: Path
) -> None:
    (folder / SECOND).write_text("select 1;\n-- no division\nselect 1 / 0;")
    with pytest.raises(MigrationError, match=r"statement 2 of 2, line 3: 22012 division by zero"):
        await migrations.apply(bare.owner, folder)


async def test_a_file_older_than_the_newest_applied_is_refused(bare: Project, folder: Path) -> None:
    late = (folder / SECOND).rename(folder / "late")
    await migrations.apply(bare.owner, folder)
    late.rename(folder / SECOND)
    with pytest.raises(MigrationError, match=f"{SECOND} is older than 20260103000000"):
        await migrations.apply(bare.owner, folder)
    assert await names_of_tables(bare) == ["a"]
    done = await migrations.apply(bare.owner, folder, include_all=True)
    assert [migration.name for migration in done] == ["second"]
    assert await names_of_tables(bare) == ["a", "b"]


async def test_newer_migrations_of_somebody_else_do_not_stand_in_the_way(
    bare: Project, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    theirs = tmp_path_factory.mktemp("theirs")
    (theirs / "20270101000000_theirs.sql").write_text("create table public.theirs ()")
    await migrations.apply(bare.owner, theirs)
    assert len(await migrations.apply(bare.owner, folder)) == 3
    assert await migrations.pending(bare.owner, theirs) == []


async def test_odd_names_are_reported_and_left_alone(bare: Project, folder: Path) -> None:
    for name in ("notes.sql", "20260104000000.sql", "20260104000000_readme.md"):
        (folder / name).write_text("create table public.wrong ()")
    messages: list[str] = []
    await migrations.apply(bare.owner, folder, on_progress=messages.append)
    assert messages[:3] == [
        "skipped 20260104000000.sql: not named <timestamp>_<name>.sql",
        "skipped 20260104000000_readme.md: not named <timestamp>_<name>.sql",
        "skipped notes.sql: not named <timestamp>_<name>.sql",
    ]
    assert "wrong" not in await names_of_tables(bare)


def test_two_files_of_one_version_are_refused(folder: Path) -> None:
    (folder / "20260101000000_again.sql").touch()
    with pytest.raises(MigrationError, match=r"20260101000000_again\.sql and .* share a version"):
        migrations.discover(folder)


@pytest.mark.parametrize("statement", ["", "create index concurrently on public.a (id);"])
async def test_machines_that_migrate_at_once_apply_each_file_once(
    bare: Project, server: TestServer, folder: Path, statement: str
) -> None:
    with (folder / THIRD).open("a") as script:
        script.write(f";{statement}")
    machines = [await asyncpg.connect(server.cluster.owner_dsn(bare.name)) for _ in range(4)]
    try:
        done = await asyncio.gather(*(migrations.apply(conn, folder) for conn in machines))
    finally:
        for conn in machines:
            await conn.close()
    names = sorted(migration.name for part in done for migration in part)
    assert names == ["first", "second", "third"]
    assert await bare.owner.fetchval("select count(*) from public.a") == 1
    assert len(await history(bare)) == 3


async def test_who_waits_for_another_machine_says_so_once(
    bare: Project, server: TestServer, folder: Path
) -> None:
    messages: list[str] = []
    other = await asyncpg.connect(server.cluster.owner_dsn(bare.name))
    told = asyncio.Event()

    def hear(message: str) -> None:
        messages.append(message)
        told.set()

    async with other.transaction():
        assert await try_lock(other)
        waiting = asyncio.create_task(migrations.apply(bare.owner, folder, on_progress=hear))
        await told.wait()
    assert len(await waiting) == 3
    await other.close()
    assert messages[0] == "waiting: another process is migrating this database"
    assert messages.count(messages[0]) == 1


async def test_an_index_is_built_concurrently_beside_other_statements(
    bare: Project, folder: Path
) -> None:
    (folder / THIRD).write_text(
        "create table public.c (id int);\n"
        "CREATE UNIQUE INDEX /* not ; here */ CONCURRENTLY c_id ON public.c (id);\n"
        "insert into public.c values (7);\n"
    )
    await migrations.apply(bare.owner, folder)
    assert await bare.owner.fetchval(
        "select indisvalid from pg_index where indexrelid = 'public.c_id'::regclass"
    )
    assert await bare.owner.fetchval("select id from public.c") == 7


async def test_a_failure_beside_a_concurrent_index_says_what_stays(
    bare: Project, folder: Path
) -> None:
    (folder / THIRD).write_text(
        "insert into public.a values (1);\n"
        "create unique index concurrently a_id on public.a (id);\n"
        "insert into public.b values ('never');\n"
    )
    with pytest.raises(MigrationError) as failure:
        await migrations.apply(bare.owner, folder)
    assert str(failure.value).startswith(f"{THIRD}, statement 2 of 3, line 2: 23505 ")
    assert "its earlier statements stay applied" in str(failure.value)
    assert await bare.owner.fetchval("select count(*) from public.b") == 0
    assert len(await history(bare)) == 2
    assert await try_lock(bare.platform)


async def test_begin_and_commit_in_a_file_do_not_break_its_transaction(
    bare: Project, folder: Path
) -> None:
    (folder / THIRD).write_text("begin;\ncreate table public.c ();\ncommit;\nselect 1 / 0;")
    with pytest.raises(MigrationError, match="statement 4 of 4"):
        await migrations.apply(bare.owner, folder)
    assert await names_of_tables(bare) == ["a", "b"]


async def test_a_file_that_ends_its_transaction_otherwise_is_refused(
    bare: Project, folder: Path
) -> None:
    (folder / THIRD).write_text("create table public.c ();\nabort;\ncreate table public.d ();")
    with pytest.raises(MigrationError, match=f"{THIRD}, line 2: this statement ends the trans"):
        await migrations.apply(bare.owner, folder)
    assert len(await history(bare)) == 2


async def test_settings_of_one_file_do_not_reach_the_next(bare: Project, folder: Path) -> None:
    (folder / FIRST).write_text("create schema s; set search_path = s; create table a (id int);")
    (folder / SECOND).write_text("create table b ();")
    (folder / THIRD).unlink()
    await migrations.apply(bare.owner, folder)
    assert await names_of_tables(bare) == ["b"]


async def test_a_history_of_an_early_cli_is_taken_over(bare: Project, folder: Path) -> None:
    await bare.owner.execute(
        "create schema supabase_migrations;"
        "create table supabase_migrations.schema_migrations (version text primary key);"
        "insert into supabase_migrations.schema_migrations values ('20260101000000');"
        "create table public.a (id int);"
    )
    done = await migrations.apply(bare.owner, folder)
    assert [migration.name for migration in done] == ["second", "third"]
