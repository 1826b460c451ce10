"""Which words are whose: the tables of languages."""

from collections.abc import Mapping

from services.messages import (
    english,
    plan_english,
    plan_russian,
    plan_ukrainian,
    russian,
    ukrainian,
)
from services.messages.languages import Language
from services.messages.plan_words import PlanWords
from services.messages.words import Words

TRANSLATIONS: Mapping[Language, Words] = {
    Language.ENGLISH: english.WORDS,
    Language.UKRAINIAN: ukrainian.WORDS,
    Language.RUSSIAN: russian.WORDS,
}

PLAN_TRANSLATIONS: Mapping[Language, PlanWords] = {
    Language.ENGLISH: plan_english.WORDS,
    Language.UKRAINIAN: plan_ukrainian.WORDS,
    Language.RUSSIAN: plan_russian.WORDS,
}
