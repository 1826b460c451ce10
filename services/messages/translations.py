"""Which words are whose: the table of languages."""

from collections.abc import Mapping

from services.messages import english, russian, ukrainian
from services.messages.languages import Language
from services.messages.words import Words

TRANSLATIONS: Mapping[Language, Words] = {
    Language.ENGLISH: english.WORDS,
    Language.UKRAINIAN: ukrainian.WORDS,
    Language.RUSSIAN: russian.WORDS,
}
