"""Every language says the same of plans, as do the bot and its pages: phrases and placeholders."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from string import Formatter

import pytest

from services.domain.models import NotificationKind
from services.messages.bot_translations import BOT_TRANSLATIONS
from services.messages.buttons import plan_button
from services.messages.facts import Text
from services.messages.languages import Language
from services.messages.pay_words import PAY_TRANSLATIONS
from services.messages.plan_compose import PLAN_WRITERS, compose_plan
from services.messages.plan_facts import PlanFacts
from services.messages.translations import PLAN_TRANSLATIONS
from tests.services.messages_rig import ID, PAGES, RECEIPT
from tests.services.plan_messages_rig import (
    ENDED,
    ENDING,
    IN_CHAT_ALONE,
    INVITE,
    INVOICE,
    OWING,
    OWN_TRIAL,
    PAYMENT,
    PLAN,
    PLAN_FACTS,
    RENEWS,
    TRIAL,
    of_subscription,
)

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN

IN_CHAT = replace(PLAN_FACTS, buyer=IN_CHAT_ALONE)
CASES: Mapping[str, PlanFacts] = {
    "running": PLAN_FACTS,
    "receipt": replace(PLAN_FACTS, payment=replace(PAYMENT, receipt_url=RECEIPT)),
    "once": replace(PLAN_FACTS, plan=replace(PLAN, interval=None)),
    "trial": TRIAL,
    "own trial": OWN_TRIAL,
    "owing": OWING,
    "owing without an invoice": replace(OWING, payment=None),
    "ending": ENDING,
    "ended": ENDED,
    "in chat": IN_CHAT,
    "ended in chat": replace(ENDED, buyer=IN_CHAT_ALONE),
    "returned in chat": replace(IN_CHAT, payment=replace(PAYMENT, amount_refunded_minor=10000)),
    "no link": replace(PLAN_FACTS, access=None, channel_link=None),
    "second": of_subscription(duplicate_of=ID),
    "unknown plan": replace(of_subscription(plan_id=None), plan=None, payment=None),
}


def phrases_of(words: object) -> dict[str, str]:
    """Every phrase by its name; those of pairs and of the menu one by one."""
    found: dict[str, str] = {}
    for field in fields(words):  # type: ignore[arg-type]  # any dataclass of words
        value = getattr(words, field.name)
        if isinstance(value, str):
            found[field.name] = value
        else:
            named = value.items() if isinstance(value, Mapping) else enumerate(value)
            found |= {f"{field.name} {key}": phrase for key, phrase in named}
    return found


def words_of(language: Language) -> dict[str, str]:
    bot = phrases_of(BOT_TRANSLATIONS[language])
    pages = phrases_of(PAY_TRANSLATIONS[language])
    named = {f"bot {name}": phrase for name, phrase in bot.items()}
    named |= {f"page {name}": phrase for name, phrase in pages.items()}
    return named | phrases_of(PLAN_TRANSLATIONS[language])


def placeholders(phrase: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(phrase) if name is not None)


def test_every_language_has_its_words() -> None:
    assert set(PLAN_TRANSLATIONS) == set(BOT_TRANSLATIONS) == set(Language)
    assert set(PAY_TRANSLATIONS) == set(Language)


@pytest.mark.parametrize("language", Language)
def test_a_language_has_the_same_phrases_with_the_same_placeholders(language: Language) -> None:
    english, own = words_of(EN), words_of(language)
    assert {name: placeholders(phrase) for name, phrase in own.items()} == {
        name: placeholders(phrase) for name, phrase in english.items()
    }


@pytest.mark.parametrize("language", Language)
def test_a_phrase_is_a_tidy_piece_of_text(language: Language) -> None:
    for name, phrase in words_of(language).items():
        assert phrase, name
        assert phrase == " ".join(phrase.split()), name
        assert not any(spec or kind for _, _, spec, kind in Formatter().parse(phrase)), name


@pytest.mark.parametrize("language", [UK, RU])
def test_nothing_is_left_in_english(language: Language) -> None:
    technical = {
        "Telegram",
        "Stripe",
        "status",
        "pay",
        "invite",
        "payments",
        "show",
        "move",
        "stop",
    }
    technical |= {"private", "error", "logs", "public", "outcome", "reason"}
    for name, phrase in words_of(language).items():
        words = "".join(text for text, _, _, _ in Formatter().parse(phrase))
        assert set(re.findall("[A-Za-z]+", words)) <= technical, name


@pytest.mark.parametrize("language", [UK, RU])
def test_a_language_uses_its_own_letters(language: Language) -> None:
    foreign = {UK: "ыэъё", RU: "іїєґ"}[language]
    for name, phrase in words_of(language).items():
        assert not set(phrase.lower()) & set(foreign), name


def everything_said(language: Language) -> Iterator[str]:
    """Titles, lines and buttons of every message about a plan, in all circumstances."""
    for facts in CASES.values():
        for kind in PLAN_WRITERS:
            text = compose_plan(kind, facts, language)
            yield text.title
            yield from text.body.split("\n")
            if pressed := plan_button(kind, facts, language):
                yield pressed.text


@pytest.mark.parametrize("language", Language)
def test_every_phrase_is_said_somewhere(language: Language) -> None:
    said = list(everything_said(language))
    for name, phrase in phrases_of(PLAN_TRANSLATIONS[language]).items():
        pattern = "".join(
            re.escape(text) + (".+" if placeholder is not None else "")
            for text, placeholder, _, _ in Formatter().parse(phrase)
        )
        assert any(re.fullmatch(pattern, line) for line in said), name


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", PLAN_WRITERS)
@pytest.mark.parametrize("language", [UK, RU])
def test_a_message_has_the_same_shape_and_facts_in_every_language(
    kind: NotificationKind, case: str, language: Language
) -> None:
    english, own = (compose_plan(kind, CASES[case], each) for each in (EN, language))
    facts = [
        "Mentoring", "Inner circle", "100.00 USD", "2026", "10:00", "GMT+1", INVITE, INVOICE,
        RECEIPT, f"{PAGES}/", str(ID), "/pay", "{", "None",
    ]  # fmt: skip  # a line each would hide the list
    for fact in facts:
        assert own.title.count(fact) == english.title.count(fact), fact
        assert own.body.count(fact) == english.body.count(fact), fact
    assert [part.count("\n") for part in own.body.split("\n\n")] == [
        part.count("\n") for part in english.body.split("\n\n")
    ]


def test_a_failed_payment_in_ukrainian() -> None:
    assert compose_plan(NotificationKind.RENEWAL_FAILED, OWING, UK) == Text(
        "Оплата не пройшла: Mentoring",
        "Не вдалося отримати оплату за Ваш план.\n\n"
        "Mentoring\n100.00 USD\n\n"
        "Усе, що дає план, залишається доступним до: "
        "вт, 1 грудня 2026 р., 10:00 (час: Берлін, GMT+1).\n\n"
        f"Оплатити відкритий рахунок: {INVOICE}\n\n"
        f"Змінити картку: {PAGES}/account",
    )


def test_a_beginning_in_russian() -> None:
    facts = of_subscription(current_period_end=RENEWS)
    assert compose_plan(NotificationKind.SUBSCRIPTION_STARTED, facts, RU) == Text(
        "Ваш план начался: Mentoring",
        "Спасибо, Ваша оплата получена.\n\n"
        "Mentoring\n100.00 USD в месяц\n"
        "Следующая оплата: чт, 24 декабря 2026 г., 10:00 (время: Берлин, GMT+1)\n\n"
        "Кредитов на сессии в каждом периоде: 2\n\n"
        f"Счёт: {INVOICE}\n\n"
        f"Управлять планом: {PAGES}/account",
    )
