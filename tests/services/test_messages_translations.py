"""Every language says the same: the same phrases, with the same placeholders, all of them used."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from string import Formatter

import pytest

from services.domain.models import NotificationKind
from services.messages.buttons import button
from services.messages.compose import WRITERS, compose, with_calendar_file
from services.messages.facts import Text
from services.messages.languages import Language
from services.messages.reasons import explain
from services.messages.translations import TRANSLATIONS
from services.messages.words import Words
from tests.services.messages_rig import (
    FACTS,
    HOST_LINK,
    ID,
    LINK,
    PAGES,
    RECEIPT,
    of_booking,
)

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN
PRODUCT = Path(__file__).parents[2] / "services"


def phrases_of(language: Language) -> dict[str, str]:
    words = TRANSLATIONS[language]
    return {
        field.name: getattr(words, field.name) for field in fields(Words) if field.name != "reasons"
    } | dict(words.reasons)


def placeholders(phrase: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(phrase) if name is not None)


def test_every_language_has_its_words() -> None:
    assert set(TRANSLATIONS) == set(Language)


@pytest.mark.parametrize("language", Language)
def test_a_language_has_the_same_phrases_with_the_same_placeholders(language: Language) -> None:
    english, own = phrases_of(EN), phrases_of(language)
    assert {name: placeholders(phrase) for name, phrase in own.items()} == {
        name: placeholders(phrase) for name, phrase in english.items()
    }


@pytest.mark.parametrize("language", Language)
def test_a_phrase_is_a_tidy_piece_of_text(language: Language) -> None:
    for name, phrase in phrases_of(language).items():
        assert phrase, name
        assert phrase == " ".join(phrase.split()), name
        assert not any(spec or kind for _, _, spec, kind in Formatter().parse(phrase)), name


@pytest.mark.parametrize("language", [UK, RU])
def test_nothing_is_left_in_english(language: Language) -> None:
    technical = {"public", "payments", "outcome", "reason", "private", "error", "logs", "Calendly"}
    for name, phrase in phrases_of(language).items():
        words = "".join(text for text, _, _, _ in Formatter().parse(phrase))
        assert set(re.findall("[A-Za-z]+", words)) <= technical, name


@pytest.mark.parametrize("language", [UK, RU])
def test_a_language_uses_its_own_letters(language: Language) -> None:
    foreign = {UK: "ыэъё", RU: "іїєґ"}[language]
    for name, phrase in phrases_of(language).items():
        assert not set(phrase.lower()) & set(foreign), name


def everything_said(language: Language) -> Iterator[str]:
    """Titles, paragraphs' lines and buttons of every message, in all circumstances."""
    by_credits = [
        replace(of_booking(credits=count), credit_returned=back)
        for count in (1, 2)
        for back in (True, False)
    ]
    for facts in (FACTS, replace(FACTS, meeting=None), *by_credits):
        for kind in WRITERS:
            text = with_calendar_file(compose(kind, facts, language), language)
            yield text.title
            yield from text.body.split("\n")
            if pressed := button(kind, facts, language):
                yield pressed.text
    for reason in TRANSLATIONS[language].reasons:
        yield explain(reason.replace("{detail}", "No"), TRANSLATIONS[language])


@pytest.mark.parametrize("language", Language)
def test_every_phrase_is_said_somewhere(language: Language) -> None:
    said = list(everything_said(language))
    for name, phrase in phrases_of(language).items():
        pattern = "".join(
            re.escape(text) + (".+" if placeholder is not None else "")
            for text, placeholder, _, _ in Formatter().parse(phrase)
        )
        assert any(re.fullmatch(pattern, line) for line in said), name


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("language", [UK, RU])
def test_a_message_has_the_same_shape_and_facts_in_every_language(
    kind: NotificationKind, language: Language
) -> None:
    english, own = compose(kind, FACTS, EN), compose(kind, FACTS, language)
    facts = [
        "Mentoring session", "Olena Koval", "Demo Client", "90.00 USD", "2026", "09:30", "10:30",
        "12:00", "GMT+1", "GMT+2", LINK, HOST_LINK, RECEIPT, f"{PAGES}/", str(ID),
    ]  # fmt: skip  # a line each would hide the list
    for fact in facts:
        assert own.title.count(fact) == english.title.count(fact), fact
        assert own.body.count(fact) == english.body.count(fact), fact
    assert [part.count("\n") for part in own.body.split("\n\n")] == [
        part.count("\n") for part in english.body.split("\n\n")
    ]


def test_a_confirmation_in_ukrainian() -> None:
    assert compose(NotificationKind.BOOKING_CONFIRMED, FACTS, UK) == Text(
        "Підтверджено: Mentoring session · Olena Koval",
        "Вашу сесію підтверджено.\n\n"
        "Mentoring session · Olena Koval\n"
        "вт, 24 листопада 2026 р., 09:30 (час: Берлін, GMT+1)\n\n"
        f"Приєднатися до зустрічі: {LINK}\n\n"
        f"Квитанція: {RECEIPT}",
    )


def test_a_rejection_in_russian() -> None:
    facts = of_booking(
        status_reason="The host's calendar did not take it: The host is busy at this time."
    )
    assert compose(NotificationKind.BOOKING_REJECTED, facts, RU) == Text(
        "Не забронировано, деньги возвращаются: Mentoring session · Olena Koval",
        "К сожалению, нам не удалось забронировать сессию. "
        "Календарь не принял бронирование: Это время занято.\n\n"
        "Mentoring session · Olena Koval\n"
        "вт, 24 ноября 2026 г., 09:30 (время: Берлин, GMT+1)\n\n"
        "Мы автоматически возвращаем Вам всю сумму, 90.00 USD, тем же способом, которым Вы "
        "платили. Обычно банк зачисляет деньги в течение пяти–десяти дней.\n\n"
        f"Выбрать другое время: {PAGES}/",
    )


def test_a_host_reads_of_a_booking_in_ukrainian() -> None:
    assert compose(NotificationKind.HOST_BOOKED, FACTS, UK) == Text(
        "Заброньовано: Mentoring session, вт, 24 листопада 2026 р., 10:30 (час: Київ, GMT+2)",
        "У Вас нове бронювання.\n\n"
        "Mentoring session\n"
        "вт, 24 листопада 2026 р., 10:30 (час: Київ, GMT+2)\n"
        "Хто бронює: Demo Client\n\n"
        f"Посилання на зустріч: {HOST_LINK}",
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("The payment was returned by the seller.", "Продавець повернув платіж."),
        (
            "The host's calendar did not take it: This time has passed.",
            "Календар не прийняв бронювання: Цей час уже минув.",
        ),
        (
            "The host's calendar did not take it: Gone fishing: back soon.",
            "Календар не прийняв бронювання: Gone fishing: back soon.",
        ),
        ("Gone fishing.", "Gone fishing."),
        ("Note: gone fishing.", "Note: gone fishing."),
        ("Unfinished: ", "Unfinished: "),
        ("", ""),
    ],
)
def test_a_reason_is_translated_as_far_as_it_is_known(reason: str, said: str) -> None:
    assert explain(reason, TRANSLATIONS[UK]) == said


def code_of_the_product() -> Iterator[ast.AST]:
    """Every piece of the code beside the languages."""
    for path in PRODUCT.rglob("*.py"):
        if path.parent.name != "messages":
            yield from ast.walk(ast.parse(path.read_text()))


def test_every_reason_that_is_translated_is_one_that_the_product_writes() -> None:
    written = {
        node.value
        for node in code_of_the_product()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    reasons = {reason.removesuffix("{detail}") for reason in TRANSLATIONS[EN].reasons}
    assert reasons <= written, reasons - written


def reasons_in(call: ast.Call) -> Iterator[str]:
    """The sentences in a call that ends a booking; what an f-string puts in is the detail."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in {"SlotRefused", "refuse", "reject", "advance"}:
        return
    for given in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value
        elif isinstance(given, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{detail}"
                for part in given.values
            )


def test_every_reason_that_the_product_writes_is_translated() -> None:
    reasons = {
        reason
        for node in code_of_the_product()
        if isinstance(node, ast.Call)
        for reason in reasons_in(node)
    }
    assert len(reasons) > 5
    assert reasons <= set(TRANSLATIONS[EN].reasons), reasons - set(TRANSLATIONS[EN].reasons)
