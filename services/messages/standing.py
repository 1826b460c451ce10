"""Where a plan stands, in a sentence of the bot's."""

from dataclasses import dataclass

from services.domain.plans import OVER, OWING, Plan, Subscription, SubscriptionStatus
from services.messages.bot_translations import BOT_TRANSLATIONS
from services.messages.languages import Language
from services.messages.moments import when
from services.messages.translations import PLAN_TRANSLATIONS


@dataclass(frozen=True, slots=True)
class Held:
    """A plan that somebody has, and the sentence about where it stands."""

    name: str
    standing: str


def held(
    subscription: Subscription,
    plan: Plan | None,
    language: Language,
    time_zone: str = "UTC",
    *,
    entitled: bool,
) -> Held:
    """The plan as /status lists it; `plan` is None when its price is none of ours, and `entitled`
    is whether it gives what it promises now."""
    where = standing(subscription, language, time_zone, entitled=entitled)
    return Held(name(plan, language), where)


def name(plan: Plan | None, language: Language) -> str:
    """The plan's, or what a plan of nobody's is called."""
    return plan.name if plan else PLAN_TRANSLATIONS[language].unknown_plan


def standing(
    subscription: Subscription, language: Language, time_zone: str = "UTC", *, entitled: bool
) -> str:
    """Such as `paid until Tue 24 Nov 2026, 10:00 (UTC).`"""
    words, status = BOT_TRANSLATIONS[language], subscription.status
    if status in OVER:
        return words.over
    if status is SubscriptionStatus.PAUSED:
        return words.paused
    if status is SubscriptionStatus.INCOMPLETE:
        return words.unpaid
    if status in OWING:
        goes_on = entitled and subscription.lapsed_at is None
        ends_at = subscription.grace_until if goes_on else None
        template, otherwise = words.goes_on_until, words.stopped
    elif not entitled:
        # What a trial granted here gave ends with it, whenever that is written down.
        return words.over if subscription.is_own_trial else words.returned
    elif subscription.cancel_at is not None:
        ends_at, template, otherwise = subscription.cancel_at, words.ends, words.for_good
    elif status is SubscriptionStatus.TRIALING:
        ends_at, template, otherwise = subscription.trial_end, words.free_until, words.for_good
    else:
        ends_at = subscription.current_period_end
        template, otherwise = words.paid_until, words.for_good
    return template.format(until=when(ends_at, time_zone, language)) if ends_at else otherwise
