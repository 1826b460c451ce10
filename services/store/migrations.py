"""The history of migrations, in the very table that the Supabase CLI keeps."""

from collections.abc import Sequence

from services.db import Conn

_LOCK = 0x73657373_696F6E70  # "sessionp": one migration at a time in this database
_NO_TIMEOUT_S = 86_400.0  # building an index takes as long as it takes


async def has_history(conn: Conn) -> bool:
    """Whether any migration was ever applied here, by us or by the Supabase CLI."""
    return bool(
        await conn.fetchval(
            "select to_regclass('supabase_migrations.schema_migrations') is not null"
        )
    )


async def applied_versions(conn: Conn) -> frozenset[str]:
    """The versions in the history, which has to exist."""
    rows = await conn.fetch("select version from supabase_migrations.schema_migrations")
    return frozenset(row["version"] for row in rows)


async def make_history(conn: Conn) -> None:
    """Create the table, or bring one of an early CLI up to its present form."""
    await conn.execute(
        """
        create schema if not exists supabase_migrations;
        create table if not exists supabase_migrations.schema_migrations (
          version text primary key
        );
        alter table supabase_migrations.schema_migrations
          add column if not exists statements text[],
          add column if not exists name text;
        """
    )


async def record(conn: Conn, version: str, name: str, statements: Sequence[str]) -> None:
    """Enter a migration into the history."""
    await conn.execute(
        """
        insert into supabase_migrations.schema_migrations (version, name, statements)
        values ($1, $2, $3)
        """,
        version,
        name,
        statements,
    )


async def run(conn: Conn, statement: str) -> None:
    """Run one statement of a migration by the simple protocol, however long it takes."""
    await conn.execute(statement, timeout=_NO_TIMEOUT_S)


async def forget_settings(conn: Conn) -> None:
    """Undo what earlier migrations `set` for the session, so that each file starts alike."""
    await conn.execute("reset all")


async def try_lock(conn: Conn) -> bool:
    """Take the migration lock to the end of the transaction; false if another session has it.

    Never waits: a waiting statement keeps a snapshot, for which `create index concurrently` of
    the lock's holder would wait in turn.
    """
    return bool(await conn.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK))


async def try_session_lock(conn: Conn) -> bool:
    """Take the same lock to `release_session_lock`, for what runs outside a transaction."""
    return bool(await conn.fetchval("select pg_try_advisory_lock($1)", _LOCK))


async def release_session_lock(conn: Conn) -> None:
    """Give the session's lock back."""
    await conn.fetchval("select pg_advisory_unlock($1)", _LOCK)
