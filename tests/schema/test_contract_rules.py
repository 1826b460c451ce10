"""The rules of the contract find what they are there to find."""

import subprocess
from pathlib import Path

from graphql import build_schema

from tests.resolvers.toy import toy_schema
from tests.schema.contract import SDL, breaking_changes, landed_sdl, undescribed

BARE = """
directive @bare on FIELD
type Query { a(b: Int): Int "Described." c: Color d(e: In): Face }
enum Color { RED }
input In { f: Int }
interface Face { g: Int }
"""


def test_whatever_lacks_a_description_is_named_by_its_coordinate() -> None:
    found = undescribed(build_schema(BARE))
    assert " ".join(sorted(found)) == (
        "@bare Color Color.RED Face Face.g In In.f Query Query.a Query.a(b:) Query.d Query.d(e:)"
    )


def test_a_blank_description_is_none() -> None:
    assert undescribed(build_schema('" " type Query { "A." a: Int }')) == ["Query"]


def test_our_own_building_blocks_are_described() -> None:
    assert undescribed(toy_schema()._schema) == []


def test_what_clients_rely_on_may_not_go_and_what_is_new_may_come() -> None:
    old = "type Query { a: Int b: Int! }"
    assert breaking_changes(old, old) == []
    assert breaking_changes(old, "type Query { a: Int! b: Int! c: Int }") == []
    assert len(breaking_changes(old, "type Query { a: Int }")) == 1
    assert len(breaking_changes(old, "type Query { a: Int b: Int }")) == 1


def test_the_landed_contract_is_that_of_the_last_commit(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.test")
        subprocess.run(
            ["git", *identity, "-c", "commit.gpgsign=false", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    git("init")
    assert landed_sdl(tmp_path) is None
    committed = tmp_path / SDL
    committed.parent.mkdir()
    committed.write_text("type Query { a: Int }")
    git("add", ".")
    git("commit", "--no-verify", "-m", "contract")
    committed.write_text("type Query { b: Int }")
    assert landed_sdl(tmp_path) == "type Query { a: Int }"
