"""What a Supabase project is before the first migration, as the prelude makes it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from services.db import Conn
from tests.databases import Project

ANNA = UUID("00000000-0000-4000-8000-00000000000a")
BORIS = UUID("00000000-0000-4000-8000-00000000000b")


@asynccontextmanager
async def acting(
    conn: Conn, role: str, claims: dict[str, str] | None = None
) -> AsyncIterator[Conn]:
    """A transaction of `role` with the claims of an access token, undone at its end."""
    transaction = conn.transaction()
    await transaction.start()
    try:
        await conn.execute(
            "select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)",
            json.dumps(claims) if claims else "",
            role,
        )
        yield conn
    finally:
        await transaction.rollback()


@pytest.fixture
async def notes(bare: Project) -> Project:
    """A table whose rows their owners may read, and one row each of Anna and Boris."""
    await bare.owner.execute(
        """
        create table public.notes (user_id uuid);
        alter table public.notes enable row level security;
        grant select on public.notes to authenticated;
        grant select, insert on public.notes to service_role;
        create policy own on public.notes for select to authenticated
          using ((select auth.uid()) = user_id);
        """
    )
    await bare.owner.executemany("insert into public.notes values ($1)", [(ANNA,), (BORIS,)])
    return bare


async def row(conn: Conn, query: str) -> tuple[object, ...]:
    found = await conn.fetchrow(query)
    assert found is not None
    return tuple(found)


async def readers(conn: Conn) -> set[UUID]:
    return {row["user_id"] for row in await conn.fetch("select user_id from public.notes")}


async def test_the_owner_is_no_superuser(bare: Project) -> None:
    assert await row(
        bare.owner,
        "select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls "
        "from pg_roles where rolname = current_user",
    ) == (False, True, True, True)
    assert (
        await bare.owner.fetchval(
            "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
        )
        == "postgres"
    )


async def test_the_roles_of_the_api_are_those_of_supabase(bare: Project) -> None:
    rows = await bare.owner.fetch(
        "select rolname, rolcanlogin, rolinherit, rolbypassrls, rolsuper from pg_roles "
        "where rolname in ('anon', 'authenticated', 'authenticator', 'service_role') order by 1"
    )
    assert [tuple(row) for row in rows] == [
        ("anon", False, False, False, False),
        ("authenticated", False, False, False, False),
        ("authenticator", True, False, False, False),
        ("service_role", False, False, True, False),
    ]


async def test_a_user_sees_their_own_rows_only(notes: Project) -> None:
    async with acting(notes.owner, "authenticated", {"sub": str(ANNA)}) as conn:
        assert await readers(conn) == {ANNA}
    async with acting(notes.owner, "authenticated") as conn:
        assert await readers(conn) == set()
    assert await readers(notes.owner) == {ANNA, BORIS}
    async with acting(notes.owner, "service_role") as conn:
        assert await readers(conn) == {ANNA, BORIS}


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("anon", "select from public.notes"),
        ("authenticated", "insert into public.notes values (null)"),
        ("authenticated", "select from auth.users"),
        ("anon", "select from auth.users"),
        ("anon", "create table public.mine ()"),
        ("authenticated", "create table public.mine ()"),
        ("postgres", "create table auth.mine ()"),
    ],
)
async def test_what_was_not_granted_is_refused(notes: Project, role: str, statement: str) -> None:
    async with acting(notes.owner, role, {"sub": str(ANNA)}) as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)
    assert await readers(notes.owner) == {ANNA, BORIS}


async def test_claims_are_read_from_the_token(bare: Project) -> None:
    asked = "select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'aal'"
    claims = {"sub": str(ANNA), "role": "authenticated", "email": "anna@example.com", "aal": "aal1"}
    async with acting(bare.owner, "authenticated", claims) as conn:
        assert await row(conn, asked) == (ANNA, "authenticated", "anna@example.com", "aal1")
    async with acting(bare.owner, "anon") as conn:
        assert await row(conn, asked) == (None, None, None, None)
    async with bare.owner.transaction():
        await bare.owner.execute("select set_config('request.jwt.claim.sub', $1, true)", str(BORIS))
        assert await bare.owner.fetchval("select auth.uid()") == BORIS


async def test_a_subject_that_is_no_uuid_raises(bare: Project) -> None:
    async with acting(bare.owner, "authenticated", {"sub": ""}) as conn:
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await conn.fetchval("select auth.uid()")


async def test_the_owner_may_do_what_migrations_need(bare: Project) -> None:
    await bare.owner.execute(
        """
        create extension btree_gist with schema extensions;
        create schema private;
        create table private.mirrored (id uuid references auth.users (id));
        create function private.mirror() returns trigger
          language plpgsql security definer set search_path = '' as $$
          begin
            insert into private.mirrored values (new.id);
            return new;
          end
          $$;
        create trigger mirror after insert on auth.users
          for each row execute function private.mirror();
        alter publication supabase_realtime add table private.mirrored;
        """
    )
    async with bare.platform.transaction():
        await bare.platform.execute("set local role supabase_auth_admin")
        await bare.platform.execute("insert into auth.users (id) values ($1)", ANNA)
    assert await bare.owner.fetchval("select id from private.mirrored") == ANNA


async def test_extensions_that_the_embedded_wheel_lacks_are_not_relied_on(bare: Project) -> None:
    installed = await bare.owner.fetch("select extname from pg_extension")
    assert [row["extname"] for row in installed] == ["plpgsql"]
