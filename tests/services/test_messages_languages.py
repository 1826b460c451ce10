"""Which language somebody is written to in."""

import pytest

from services.messages.languages import Language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", Language.ENGLISH),
        ("uk", Language.UKRAINIAN),
        ("ru", Language.RUSSIAN),
        ("uk-UA", Language.UKRAINIAN),
        ("uk_UA", Language.UKRAINIAN),
        ("UK", Language.UKRAINIAN),
        ("ru-Cyrl-KZ", Language.RUSSIAN),
        (" ru ", Language.RUSSIAN),
        ("en-GB", Language.ENGLISH),
        ("de", Language.ENGLISH),
        ("ukr", Language.ENGLISH),
        ("-uk", Language.ENGLISH),
        ("", Language.ENGLISH),
        (None, Language.ENGLISH),
    ],
)
def test_a_tag_names_one_of_our_languages_or_english(tag: str | None, language: Language) -> None:
    assert Language.of(tag) is language
