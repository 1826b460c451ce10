"""What a plan costs and how often, with the plurals of every language."""

from dataclasses import replace

import pytest

from services.domain.money import Money
from services.domain.plans import Interval
from services.messages.languages import Language
from services.messages.plan_terms import terms
from tests.services.plan_messages_rig import PLAN

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN
DAY, WEEK, MONTH, YEAR = Interval


@pytest.mark.parametrize(
    ("interval", "count", "language", "said"),
    [
        (DAY, 1, EN, "a day"),
        (WEEK, 1, EN, "a week"),
        (MONTH, 1, EN, "a month"),
        (YEAR, 1, EN, "a year"),
        (DAY, 1, UK, "на день"),
        (WEEK, 1, UK, "на тиждень"),
        (MONTH, 1, UK, "на місяць"),
        (YEAR, 1, UK, "на рік"),
        (DAY, 1, RU, "в день"),
        (WEEK, 1, RU, "в неделю"),
        (MONTH, 1, RU, "в месяц"),
        (YEAR, 1, RU, "в год"),
        (MONTH, 3, EN, "every 3 months"),
        (MONTH, 3, UK, "кожні 3 місяці"),
        (MONTH, 6, UK, "кожні 6 місяців"),
        (YEAR, 2, UK, "кожні 2 роки"),
        (DAY, 21, UK, "кожні 21 день"),
        (MONTH, 3, RU, "каждые 3 месяца"),
        (MONTH, 6, RU, "каждые 6 месяцев"),
        (YEAR, 5, RU, "каждые 5 лет"),
        (WEEK, 2, RU, "каждые 2 недели"),
        (WEEK, 12, RU, "каждые 12 недель"),
        (WEEK, 21, RU, "каждые 21 неделю"),
    ],
)
def test_a_price_is_said_by_its_period(
    interval: Interval, count: int, language: Language, said: str
) -> None:
    plan = replace(PLAN, interval=interval, interval_count=count)
    assert terms(plan, language) == f"100.00 USD {said}"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (EN, "100.00 USD, once and for good"),
        (UK, "100.00 USD, один раз і назавжди"),
        (RU, "100.00 USD, один раз и навсегда"),
    ],
)
def test_what_is_paid_once_says_so(language: Language, said: str) -> None:
    assert terms(replace(PLAN, interval=None), language) == said


def test_a_price_that_was_agreed_goes_before_that_of_today() -> None:
    assert terms(PLAN, EN, price=Money(5000, "JPY")) == "5,000 JPY a month"
