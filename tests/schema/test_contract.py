"""The API's contract: described throughout, committed as printed, and kept."""

import pytest

from resolvers.root import schema
from tests.schema.contract import ROOT, SDL, breaking_changes, landed_sdl, undescribed


def test_everything_in_the_schema_is_described() -> None:
    assert undescribed(schema._schema) == []


def test_the_committed_sdl_is_what_the_code_prints() -> None:
    committed = ROOT / SDL
    assert committed.exists(), f"{SDL} is missing: run `make schema`"
    assert committed.read_text() == schema.as_str() + "\n", (
        f"{SDL} is not what the code says: run `make schema` and commit the result"
    )


def test_no_client_is_broken_by_what_changed_since_the_last_commit() -> None:
    landed = landed_sdl()
    if landed is None:
        pytest.skip(f"no commit holds {SDL} yet")
    assert breaking_changes(landed, schema.as_str()) == []
