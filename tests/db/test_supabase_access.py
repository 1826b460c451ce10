"""Who may touch what after the migrations, asked of the catalogue so that new tables are held too.

Each question runs on the default PostgreSQL and on 15, with the grants of today and with those of
projects made before 2026.
"""

from uuid import UUID

import pytest

from services import migrations
from tests.databases import MIGRATIONS, Project

ANNA = UUID("00000000-0000-4000-8000-00000000000a")
PLATFORM_SCHEMAS = ("auth", "extensions", "supabase_migrations", "information_schema")
READABLE_WITHOUT_SIGN_IN: set[str] = set()
CALLABLE_BY_CLIENTS: set[str] = set()
QUEUE_SCHEMA = "jobs"  # its tables are PgQueuer's, which explains them in its own pages
OUR_RELATIONS = f"""
  with relation as (
    select c.oid, c.relkind, c.relrowsecurity, n.nspname as schema, c.oid::regclass::text as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname !~ '^pg_' and n.nspname not in {PLATFORM_SCHEMAS}
  )
"""


async def names(project: Project, query: str, *arguments: object) -> set[str]:
    """The first column of the answer, with public in the path so that names come unqualified."""
    return {row[0] for row in await project.owner.fetch(OUR_RELATIONS + query, *arguments)}


async def test_every_migration_is_applied_by_an_owner_without_superuser_rights(
    project: Project,
) -> None:
    assert await project.owner.fetchval("show is_superuser") == "off"
    assert await migrations.pending(project.owner, MIGRATIONS) == []
    assert await names(project, "select name from relation") != set()


async def test_a_sign_up_fills_public_users(project: Project) -> None:
    async with project.platform.transaction():
        await project.platform.execute("set local role supabase_auth_admin")
        await project.platform.execute(
            "insert into auth.users (id, email) values ($1, 'anna@example.com')", ANNA
        )
    rows = await project.owner.fetch("select id, email from public.users")
    assert [tuple(row) for row in rows] == [(ANNA, "anna@example.com")]


async def test_every_table_in_public_has_row_security(project: Project) -> None:
    assert (
        await names(
            project,
            "select name from relation "
            "where schema = 'public' and relkind in ('r', 'p') and not relrowsecurity",
        )
        == set()
    )


async def test_policies_let_signed_in_users_read_and_nothing_else(project: Project) -> None:
    rows = await project.owner.fetch(
        "select distinct cmd, roles::text[] as roles, permissive from pg_policies "
        "where schemaname = 'public'"
    )
    assert [tuple(row) for row in rows] == [("SELECT", ["authenticated"], "PERMISSIVE")]


async def test_without_sign_in_nothing_is_readable(project: Project) -> None:
    assert (
        await names(
            project,
            "select name from relation where has_schema_privilege('anon', schema, 'usage') "
            "and (has_table_privilege('anon', oid, 'select') "
            "     or has_any_column_privilege('anon', oid, 'select'))",
        )
        == READABLE_WITHOUT_SIGN_IN
    )


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize("privilege", ["insert", "update", "references"])
async def test_clients_have_no_writing_grant_not_even_on_a_column(
    project: Project, role: str, privilege: str
) -> None:
    assert (
        await names(
            project,
            "select name from relation where has_table_privilege($1, oid, $2) "
            "or has_any_column_privilege($1, oid, $2)",
            role,
            privilege,
        )
        == set()
    )


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_clients_may_not_delete_truncate_or_add_triggers(project: Project, role: str) -> None:
    assert (
        await names(
            project,
            "select name from relation "
            "where has_table_privilege($1, oid, 'delete, truncate, trigger')",
            role,
        )
        == set()
    )


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_clients_may_not_use_sequences(project: Project, role: str) -> None:
    rows = await project.owner.fetch(
        "select seqrelid::regclass::text from pg_sequence "
        "where has_sequence_privilege($1, seqrelid, 'usage, select, update')",
        role,
    )
    assert rows == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_schemas_other_than_public_are_closed_to_clients(project: Project, role: str) -> None:
    rows = await project.owner.fetch(
        "select nspname from pg_namespace where nspname !~ '^pg_' "
        "and has_schema_privilege($1, oid, 'usage') order by 1",
        role,
    )
    assert [row["nspname"] for row in rows] == [
        "auth",
        "extensions",
        "information_schema",
        "public",
    ]
    rows = await project.owner.fetch(
        "select nspname from pg_namespace where has_schema_privilege($1, oid, 'create')", role
    )
    assert rows == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_clients_call_no_function_of_ours(project: Project, role: str) -> None:
    rows = await project.owner.fetch(
        "select p.oid::regprocedure::text as name from pg_proc p "
        "join pg_namespace n on n.oid = p.pronamespace "
        f"where n.nspname !~ '^pg_' and n.nspname not in {PLATFORM_SCHEMAS} "
        "and has_schema_privilege($1, n.oid, 'usage') "
        "and has_function_privilege($1, p.oid, 'execute')",
        role,
    )
    assert {row["name"] for row in rows} == CALLABLE_BY_CLIENTS


async def test_functions_with_their_owners_rights_fix_their_search_path(project: Project) -> None:
    rows = await project.owner.fetch(
        "select p.oid::regprocedure::text from pg_proc p "
        "join pg_namespace n on n.oid = p.pronamespace "
        f"where n.nspname !~ '^pg_' and n.nspname not in {PLATFORM_SCHEMAS} and prosecdef "
        "and not exists (select from unnest(p.proconfig) as s where s ~ '^search_path=')"
    )
    assert rows == []


async def test_views_of_public_run_with_the_rights_of_the_reader(project: Project) -> None:
    assert (
        await names(
            project,
            "select name from relation join pg_class using (oid) where schema = 'public' "
            "and (pg_class.relkind = 'm' or pg_class.relkind = 'v' "
            "     and not coalesce(reloptions @> '{security_invoker=true}', false))",
        )
        == set()
    )


async def test_every_table_and_column_has_a_comment(project: Project) -> None:
    assert (
        await names(
            project,
            "select name from relation "
            "where schema <> $1 and obj_description(oid, 'pg_class') is null "
            "union "
            "select name || '.' || attname from relation join pg_attribute on attrelid = oid "
            "where schema <> $1 and attnum > 0 and not attisdropped "
            "and col_description(oid, attnum) is null",
            QUEUE_SCHEMA,
        )
        == set()
    )


async def test_every_foreign_key_has_an_index(project: Project) -> None:
    assert (
        await names(
            project,
            """
            select name || ': ' || k.conname
            from relation join pg_constraint k on k.conrelid = relation.oid and k.contype = 'f'
            where not exists (
              select from pg_index i
              where i.indrelid = k.conrelid and i.indisvalid
                and (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(k.conkey)]
                    @> k.conkey
            )
            """,
        )
        == set()
    )
