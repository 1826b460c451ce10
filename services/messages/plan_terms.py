"""What a plan costs and how often, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.units import format_unit

from services.domain.money import Money
from services.domain.plans import Interval, Plan
from services.messages.languages import Language


@dataclass(frozen=True, slots=True)
class _Phrases:
    """`{span}` reads like `3 months`, `after_every` is what a word of it becomes after `every`."""

    each: Mapping[Interval, str]
    every: str
    once: str
    after_every: tuple[str, str] | None = None


_PHRASES: Mapping[Language, _Phrases] = {
    Language.ENGLISH: _Phrases(
        each={
            Interval.DAY: "{price} a day",
            Interval.WEEK: "{price} a week",
            Interval.MONTH: "{price} a month",
            Interval.YEAR: "{price} a year",
        },
        every="{price} every {span}",
        once="{price}, once and for good",
    ),
    Language.UKRAINIAN: _Phrases(
        each={
            Interval.DAY: "{price} на день",
            Interval.WEEK: "{price} на тиждень",
            Interval.MONTH: "{price} на місяць",
            Interval.YEAR: "{price} на рік",
        },
        every="{price} кожні {span}",
        once="{price}, один раз і назавжди",
    ),
    Language.RUSSIAN: _Phrases(
        each={
            Interval.DAY: "{price} в день",
            Interval.WEEK: "{price} в неделю",
            Interval.MONTH: "{price} в месяц",
            Interval.YEAR: "{price} в год",
        },
        every="{price} каждые {span}",
        once="{price}, один раз и навсегда",
        after_every=("неделя", "неделю"),  # of 21, 31, … weeks: no other word changes
    ),
}


def terms(plan: Plan, language: Language, *, price: Money | None = None) -> str:
    """Such as `100.00 USD a month`; `price` goes before the plan's, which may have changed."""
    phrases = _PHRASES[language]
    amount = (price or plan.price).display
    if plan.interval is None:
        return phrases.once.format(price=amount)
    if plan.interval_count == 1:
        return phrases.each[plan.interval].format(price=amount)
    unit = f"duration-{plan.interval.lower()}"
    span = format_unit(plan.interval_count, unit, locale=language)
    if phrases.after_every is not None:
        span = span.replace(*phrases.after_every)
    return phrases.every.format(price=amount, span=span)
