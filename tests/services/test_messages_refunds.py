"""What the client reads of money that goes back, and of a link that is withheld meanwhile."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.domain.policy import Party
from services.messages.compose import compose
from services.messages.facts import Facts
from services.messages.languages import Language
from tests.services.messages_rig import FACTS, PAGES, came_back, of_booking, paid_in
from tests.services.test_messages import SESSION, WITH_JOINING

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN
Kind = NotificationKind
AGAIN = f"\n\nChoose another time: {PAGES}/"


def price_of(facts: Facts, language: Language = EN) -> str:
    """The paragraph about the money."""
    return compose(Kind.BOOKING_CANCELLED, facts, language).body.split("\n\n")[2]


@pytest.mark.parametrize(
    ("currency", "paid", "back", "kept"),
    [
        ("USD", "90.00 USD", "27.00 USD", "63.00 USD"),
        ("JPY", "9,000 JPY", "2,700 JPY", "6,300 JPY"),
        ("KWD", "9.000 KWD", "2.700 KWD", "6.300 KWD"),
    ],
)
def test_a_part_that_goes_back_is_told_with_what_is_kept(
    currency: str, paid: str, back: str, kept: str
) -> None:
    facts = paid_in(currency, 2700, of_booking(called_off_by=Party.CLIENT))
    assert compose(Kind.BOOKING_CANCELLED, facts, EN).body == (
        f"You have called your session off.\n\n{SESSION}\n\n"
        f"Of the {paid} you paid, {back} in all comes back to you, by the way you paid; "
        f"{kept} is kept by the terms you agreed to."
    )
    assert price_of(facts, language=UK) == (
        f"Ви сплатили {paid}. Загалом Вам повертається {back} тим самим способом, яким Ви "
        f"сплатили; {kept} утримано за умовами, на які Ви погодилися."
    )
    assert price_of(facts, language=RU) == (
        f"Вы заплатили {paid}. Всего Вам возвращается {back} тем же способом, которым Вы "
        f"платили; {kept} удержано по условиям, с которыми Вы согласились."
    )


@pytest.mark.parametrize("kind", [Kind.BOOKING_CANCELLED, Kind.CLIENT_ABSENT])
@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (came_back(0), "By the terms you agreed to, nothing of the 90.00 USD you paid comes back."),
        (
            paid_in("JPY", 0),
            "By the terms you agreed to, nothing of the 9,000 JPY you paid comes back.",
        ),
        (
            came_back(8999),
            "Of the 90.00 USD you paid, 89.99 USD in all comes back to you, by the way you paid; "
            "0.01 USD is kept by the terms you agreed to.",
        ),
        (came_back(9000), "Your money is on its way back to the way you paid."),
        (
            came_back(4500, replace(FACTS, disputed=True)),
            "Your bank is looking into the payment, and decides what becomes of the money.",
        ),
    ],
)
def test_the_client_reads_what_becomes_of_the_money(kind: Kind, facts: Facts, said: str) -> None:
    assert compose(kind, facts, EN).body.endswith(f"{SESSION}\n\n{said}")


def test_what_the_bank_returned_was_returned_by_nobody_else() -> None:
    facts = came_back(9000, of_booking(called_off_by=Party.BANK))
    assert price_of(facts) == "Your bank has returned the money to you."


def test_whose_session_the_host_called_off_is_led_to_another_time() -> None:
    facts = came_back(9000, of_booking(called_off_by=Party.HOST))
    assert compose(Kind.BOOKING_CANCELLED, facts, EN).body == (
        f"The host has called your session off.\n\n{SESSION}\n\n"
        f"Your money is on its way back to the way you paid.{AGAIN}"
    )
    others = [party for party in Party if party is not Party.HOST]
    for party in others:
        other = came_back(9000, of_booking(called_off_by=party))
        assert AGAIN not in compose(Kind.BOOKING_CANCELLED, other, EN).body


@pytest.mark.parametrize(
    ("facts", "language", "said"),
    [
        (
            came_back(4500),
            EN,
            "Of the 90.00 USD you paid, 45.00 USD in all comes back to you, by the way you paid. "
            "Nothing else changes.",
        ),
        (
            paid_in("KWD", 1500),
            UK,
            "Ви сплатили 9.000 KWD. Загалом Вам повертається 1.500 KWD тим самим способом, яким "
            "Ви сплатили. Більше нічого не змінюється.",
        ),
        (
            paid_in("JPY", 1),
            RU,
            "Вы заплатили 9,000 JPY. Всего Вам возвращается 1 JPY тем же способом, которым Вы "
            "платили. Больше ничего не меняется.",
        ),
    ],
)
def test_a_part_that_was_returned_by_hand_is_told(
    facts: Facts, language: Language, said: str
) -> None:
    assert compose(Kind.PART_RETURNED, facts, language).body.partition("\n\n")[0] == said


# --- the link ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WITH_JOINING)
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            EN,
            "Your bank is looking into the payment. The meeting link is given out again once it "
            "has decided.",
        ),
        (
            UK,
            "Ваш банк розглядає цей платіж. Посилання на зустріч знову буде доступне, коли банк "
            "ухвалить рішення.",
        ),
        (
            RU,
            "Ваш банк рассматривает этот платёж. Ссылка на встречу снова станет доступна, когда "
            "банк примет решение.",
        ),
    ],
)
def test_a_link_that_is_withheld_does_not_just_follow(
    kind: Kind, language: Language, said: str
) -> None:
    body = compose(kind, replace(FACTS, meeting=None, disputed=True), language).body
    assert f"\n\n{said}" in body
    assert "http" not in body.replace(FACTS.receipt_url or "", "")
