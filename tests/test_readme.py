"""The README says what the code does."""

import re
from pathlib import Path

from services.domain.booking import diagram
from services.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def test_the_picture_of_the_states_is_printed_from_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in (ROOT / "README.md").read_text()


def test_the_example_settings_are_exactly_those_there_are() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
