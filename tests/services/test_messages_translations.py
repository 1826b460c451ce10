"""Every language says the same: the same phrases, with the same placeholders, all of them used."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from string import Formatter

import pytest

from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.payouts import BLOCKED
from services.domain.policy import Absent, Party
from services.messages.buttons import button
from services.messages.compose import WRITERS, compose, with_calendar_file
from services.messages.facts import Text
from services.messages.languages import Language
from services.messages.reasons import explain
from services.messages.translations import TRANSLATIONS
from services.messages.words import Words
from tests.services.messages_rig import (
    FACTS,
    HOST,
    HOST_LINK,
    ID,
    LINK,
    PAGES,
    PAID_OUT,
    RECEIPT,
    came_back,
    of_booking,
    of_payout,
)

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN


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
    technical = {"public", "payments", "outcome", "reason", "private", "error", "logs"}
    names = {"Calendly", "Stripe"}
    for name, phrase in phrases_of(language).items():
        words = "".join(text for text, _, _, _ in Formatter().parse(phrase))
        assert set(re.findall("[A-Za-z]+", words)) <= technical | names, name


@pytest.mark.parametrize("language", [UK, RU])
def test_a_language_uses_its_own_letters(language: Language) -> None:
    foreign = {UK: "ыэъё", RU: "іїєґ"}[language]
    for name, phrase in phrases_of(language).items():
        assert not set(phrase.lower()) & set(foreign), name


BY_CREDITS = [
    replace(of_booking(credits=count), credit_returned=back)
    for count in (1, 2)
    for back in (True, False)
]
CALLED_OFF = [of_booking(called_off_by=party) for party in Party]
PAYOUTS = [
    of_payout(PAID_OUT),
    of_payout(PAID_OUT, returned_minor=4500, reversed_minor=4050, transfer=Money(7450, "EUR")),
    *(of_payout(reason=reason) for reason in BLOCKED),
]
CIRCUMSTANCES = [
    FACTS,
    replace(FACTS, meeting=None),
    replace(FACTS, meeting=None, disputed=True),
    came_back(4500),
    came_back(9000),
    of_booking(absent=Absent.HOST),
    replace(CALLED_OFF[0], host=replace(HOST, keeps_cancellation_fees=True)),
    *BY_CREDITS,
    *CALLED_OFF,
    *PAYOUTS,
]


def everything_said(language: Language) -> Iterator[str]:
    """Titles, paragraphs' lines and sentences, and buttons of every message, in all
    circumstances."""
    for facts in CIRCUMSTANCES:
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
        # Two sentences of ours may share a line, each whole.
        assert any(re.search(f"(^|[.] ){pattern}($| )", line) for line in said), name


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
