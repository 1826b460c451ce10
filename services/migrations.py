"""Applies supabase/migrations as `supabase db push` does, without the CLI.

The history is the CLI's own, so both may serve one database. Where the CLI refuses a history that
knows more than the folder, this goes on: an adopter's own migrations live beside ours, and an
older release may be put back.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import asyncpg

from services.db import Conn
from services.store import migrations as history
from services.store.sql_script import Statement, split

_FILE_NAME = re.compile(r"(?P<version>\d+)_(?P<name>.*)\.sql", re.ASCII)
_POLL_S = 0.05


class MigrationError(Exception):
    """A migration was refused or failed; the message names the file and the mend."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `version` is its timestamp, by which files are ordered as text."""

    version: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of `apply`: what the folder holds, and how the caller wants it applied."""

    conn: Conn
    folder_versions: frozenset[str]
    include_all: bool
    on_progress: Callable[[str], None]


def discover(folder: Path) -> tuple[list[Migration], list[str]]:
    """The migrations of `folder` in order, and the names of files that are none.

    Raises `MigrationError` if two files share a version.
    """
    migrations: dict[str, Migration] = {}
    odd_names = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        found = _FILE_NAME.fullmatch(path.name)
        if found is None:
            odd_names.append(path.name)
            continue
        version = found["version"]
        if version in migrations:
            raise MigrationError(
                f"{migrations[version].path.name} and {path.name} share a version; rename one"
            )
        migrations[version] = Migration(version, found["name"], path)
    return [migrations[version] for version in sorted(migrations)], odd_names


async def pending(conn: Conn, folder: Path) -> list[Migration]:
    """The migrations of `folder` that this database has not seen; changes nothing."""
    migrations, _ = discover(folder)
    if not await history.has_history(conn):
        return migrations
    applied = await history.applied_versions(conn)
    return [migration for migration in migrations if migration.version not in applied]


async def apply(
    conn: Conn,
    folder: Path,
    *,
    include_all: bool = False,
    on_progress: Callable[[str], None] = lambda _: None,
) -> list[Migration]:
    """Apply what is pending, each file in a transaction with its entry in the history.

    Safe to call from several machines at once: each file is applied by one of them; the result is
    what this call applied. Raises `MigrationError`, and leaves the failed file undone, for an SQL
    error and, unless `include_all`, for a file older than one of the folder that is applied.
    """
    migrations, odd_names = discover(folder)
    for name in odd_names:
        on_progress(f"skipped {name}: not named <timestamp>_<name>.sql")
    waiting = await pending(conn, folder)
    if not waiting:
        return []
    run = _Run(conn, frozenset(m.version for m in migrations), include_all, on_progress)
    async with _turn(run):
        await history.make_history(conn)
    return [migration for migration in waiting if await _apply_one(run, migration)]


async def _apply_one(run: _Run, migration: Migration) -> bool:
    """Apply one file unless another machine did so in the meantime."""
    statements = split(migration.path.read_text(encoding="utf-8-sig"))
    mixed = any(statement.outside_transaction for statement in statements)
    async with _session_turn(run) if mixed else _turn(run):
        applied = await history.applied_versions(run.conn)
        if migration.version in applied:
            return False
        _refuse_late(run, migration, applied)
        await history.forget_settings(run.conn)
        if mixed:
            await _run_in_parts(run.conn, migration, statements)
        else:
            await _run(run.conn, migration, statements, statements)
        await history.record(
            run.conn, migration.version, migration.name, [s.text for s in statements]
        )
    run.on_progress(f"applied {migration.path.name}")
    return True


def _refuse_late(run: _Run, migration: Migration, applied: frozenset[str]) -> None:
    newest = max(applied & run.folder_versions, default="")
    if migration.version < newest and not run.include_all:
        raise MigrationError(
            f"{migration.path.name} is older than {newest}, which is applied: give it a newer "
            "timestamp, or apply it all the same with include_all"
        )


async def _run_in_parts(conn: Conn, migration: Migration, statements: list[Statement]) -> None:
    """Run a file that cannot be one transaction: what can be together is, the rest stands alone."""
    for alone, part in groupby(statements, key=lambda statement: statement.outside_transaction):
        try:
            if alone:
                await _run(conn, migration, statements, part)
            else:
                async with conn.transaction():
                    await _run(conn, migration, statements, part)
        except MigrationError as error:
            raise MigrationError(
                f"{error}\nThis file is not one transaction: its earlier statements stay applied, "
                "and an index built concurrently may be left invalid. Undo both, then run again."
            ) from error


async def _run(
    conn: Conn, migration: Migration, statements: list[Statement], part: Iterable[Statement]
) -> None:
    in_transaction = conn.is_in_transaction()
    for statement in part:
        if not statement.runs:
            continue
        try:
            await history.run(conn, statement.text)
        except asyncpg.PostgresError as error:
            raise MigrationError(_complaint(migration, statements, statement, error)) from error
        if conn.is_in_transaction() is not in_transaction:
            raise MigrationError(
                f"{migration.path.name}, line {statement.line_of(None)}: this statement ends the "
                "transaction that holds the file together; remove it"
            )


def _complaint(
    migration: Migration,
    statements: list[Statement],
    statement: Statement,
    error: asyncpg.PostgresError,
) -> str:
    position = getattr(error, "position", None)
    line = statement.line_of(int(position) if position else None)
    number = statements.index(statement) + 1
    details = (getattr(error, "detail", None), getattr(error, "hint", None))
    return "\n".join(
        [
            f"{migration.path.name}, statement {number} of {len(statements)}, line {line}: "
            f"{error.sqlstate} {error.args[0]}",
            *(detail for detail in details if detail),
        ]
    )


@asynccontextmanager
async def _turn(run: _Run) -> AsyncIterator[None]:
    """A transaction that holds the lock; a transaction pooler keeps it intact."""
    told = False
    while True:
        async with run.conn.transaction():
            if await history.try_lock(run.conn):
                yield
                return
        told = await _wait(run, told)


@asynccontextmanager
async def _session_turn(run: _Run) -> AsyncIterator[None]:
    """The lock without a transaction; needs a direct or session-mode connection."""
    told = False
    while not await history.try_session_lock(run.conn):
        told = await _wait(run, told)
    try:
        yield
    finally:
        await history.release_session_lock(run.conn)


async def _wait(run: _Run, told: bool) -> bool:
    if not told:
        run.on_progress("waiting: another process is migrating this database")
    await asyncio.sleep(_POLL_S)
    return True
