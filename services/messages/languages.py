"""The languages that people are written to in."""

from enum import StrEnum


class Language(StrEnum):
    """Named by its ISO 639-1 code."""

    ENGLISH = "en"
    UKRAINIAN = "uk"
    RUSSIAN = "ru"

    @classmethod
    def of(cls, tag: str | None) -> "Language":
        """The language of a BCP 47 tag such as `uk-UA`; English for none and for all others."""
        primary = (tag or "").replace("_", "-").partition("-")[0].strip().lower()
        return next((known for known in cls if known.value == primary), cls.ENGLISH)
