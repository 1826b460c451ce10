"""Cutting SQL scripts into statements."""

import pytest

from services.store.sql_script import split


@pytest.mark.parametrize(
    "statement",
    [
        "select 'a;b', 'it''s; fine'",
        r"select E'it\'s; fine', e'\\'",
        "select date'2026-01-01', \"odd;name\"",
        "select U&'d\\0061;', 1e5",
        "select $$;$$, $a$ $b$; $$ $a$",
        "select a$b$ from t",
        "/* one; /* two; */ still; */ select 1",
        "-- first;\nselect 1",
        "create rule r as on insert to a do also (select 1; select 2)",
        "create function f() returns int language sql begin atomic "
        "select case when true then 1 end; select (2); end",
        "create function f() returns int language plpgsql as $f$ begin return 1; end; $f$",
        "prepare p as select $1, $2",
        "select 'open; to the end",
        "select $$open; to the end",
        "/* open; to the end",
    ],
)
def test_a_semicolon_inside_something_does_not_end_a_statement(statement: str) -> None:
    assert [found.text for found in split(statement)] == [statement]
    if "open;" not in statement:
        script = f"  {statement} ;\n;\nselect 2;"
        assert [found.text for found in split(script)] == [statement, "select 2"]


def test_lines_are_told_of_statements_and_of_errors_inside_them() -> None:
    first, second = split("select 1;\n\n-- why\n\nselect\n  2;\n")
    assert (first.line, first.line_of(None)) == (1, 1)
    assert (second.line, second.line_of(None)) == (3, 5)
    assert second.line_of(second.text.index("2") + 1) == 6


def test_comments_alone_are_kept_and_do_nothing() -> None:
    (only,) = split("-- nothing to do;\n/* here */\n")
    assert only.text == "-- nothing to do;\n/* here */"
    assert not only.runs


@pytest.mark.parametrize(
    ("statement", "outside"),
    [
        ("create index concurrently i on t (a)", True),
        ("-- now\nCreate Unique Index Concurrently i on t (a)", True),
        ("drop index concurrently i", True),
        ("reindex (verbose) table concurrently t", True),
        ('alter table "t" detach partition "p" concurrently', True),
        ("vacuum full t", True),
        ("alter system set jit = off", True),
        ("create index i on t (a)", False),
        ("refresh materialized view concurrently v", False),
        ("comment on table t is 'create index concurrently'", False),
        ("create function vacuum_t() returns void language sql as 'vacuum'", False),
    ],
)
def test_what_cannot_run_in_a_transaction_is_known(statement: str, outside: bool) -> None:
    assert [found.outside_transaction for found in split(statement)] == [outside]


@pytest.mark.parametrize("statement", ["begin", "BEGIN WORK", "start transaction", "commit", "end"])
def test_transaction_brackets_are_left_to_the_runner(statement: str) -> None:
    assert [found.runs for found in split(statement)] == [False]
