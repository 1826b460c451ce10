"""Which words of the bot are whose."""

from collections.abc import Mapping

from services.messages import bot_english, bot_russian, bot_ukrainian
from services.messages.bot_words import BotWords
from services.messages.languages import Language

BOT_TRANSLATIONS: Mapping[Language, BotWords] = {
    Language.ENGLISH: bot_english.WORDS,
    Language.UKRAINIAN: bot_ukrainian.WORDS,
    Language.RUSSIAN: bot_russian.WORDS,
}
