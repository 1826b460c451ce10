"""What each kind of notification about a plan says; the sentences are in the languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.domain.models import NotificationKind
from services.domain.plans import OVER, OWING, SubscriptionStatus
from services.messages.facts import Text
from services.messages.languages import Language
from services.messages.layout import lines, one_line, paragraphs
from services.messages.moments import when
from services.messages.plan_facts import PlanFacts
from services.messages.plan_terms import terms
from services.messages.plan_words import PlanWords
from services.messages.translations import PLAN_TRANSLATIONS


def compose_plan(kind: NotificationKind, facts: PlanFacts, language: Language) -> Text:
    """The message of this kind about this subscription."""
    return PLAN_WRITERS[kind](_Draft(facts, language, PLAN_TRANSLATIONS[language]))


@dataclass(frozen=True, slots=True)
class _Draft:
    """The facts in one language, as pieces that several messages share."""

    facts: PlanFacts
    language: Language
    words: PlanWords

    @property
    def plan(self) -> str:
        return one_line(self.facts.plan.name) if self.facts.plan else self.words.unknown_plan

    @property
    def channel(self) -> str:
        return one_line(self.facts.channel.name) if self.facts.channel else self.plan

    @property
    def plan_and_amount(self) -> str:
        amount = self.facts.paid_or_owed
        return lines(self.plan, amount.display if amount else None)

    @property
    def terms(self) -> str | None:
        """None when neither the plan nor a price is known."""
        plan, price = self.facts.plan, self.facts.price
        if plan is None:
            return price.display if price else None
        return terms(plan, self.language, price=price)

    @property
    def is_trial(self) -> bool:
        return self.facts.subscription.status is SubscriptionStatus.TRIALING

    @property
    def managing(self) -> str:
        words = self.words
        return self.leading(words.manage) if self.facts.has_account else words.manage_in_chat

    @property
    def coming_back(self) -> str:
        """How somebody gets again what they no longer have."""
        words, facts = self.words, self.facts
        if facts.open_invoice_url:
            return words.pay_to_return.format(url=facts.open_invoice_url)
        if facts.subscription.status not in OVER:
            owing = facts.has_account and facts.subscription.status in OWING
            return self.leading(words.change_card) if owing else self.managing
        if not facts.has_account:
            return words.again_in_chat
        return words.again.format(url=facts.plans_url)

    def leading(self, template: str) -> str:
        """A sentence that leads to the account."""
        return template.format(url=self.facts.account_url)

    def until(self, template: str, moment: datetime | None) -> str | None:
        """A sentence about a moment; None without one."""
        if moment is None:
            return None
        return template.format(until=when(moment, self.facts.time_zone, self.language))

    def titled(self, title: str, *body: str | None) -> Text:
        return Text(title.format(plan=self.plan), paragraphs(*body))

    def of_channel(self, title: str, opening: str, *body: str | None) -> Text:
        return Text(
            title.format(channel=self.channel),
            paragraphs(opening.format(channel=self.channel), *body),
        )


def _started(draft: _Draft) -> Text:
    words = draft.words
    rest = (_credits(draft), _proof(draft), draft.managing)
    if draft.is_trial:
        block = lines(draft.plan, *_trial_terms(draft))
        return draft.titled(words.trial_started_title, words.trial_started, block, *rest)
    next_payment = draft.until(words.next_payment, _renewal(draft))
    block = lines(draft.plan, draft.terms, next_payment)
    return draft.titled(words.started_title, words.payment_arrived, block, *rest)


def _trial_terms(draft: _Draft) -> tuple[str | None, str | None]:
    free = draft.until(draft.words.free_until, draft.facts.subscription.trial_end)
    paid_after = not draft.facts.subscription.is_own_trial and draft.terms
    return free, draft.words.then.format(terms=draft.terms) if paid_after else None


def _renewal(draft: _Draft) -> datetime | None:
    """When the next period is paid; None if none is."""
    facts = draft.facts
    paid_once = facts.plan is not None and facts.plan.interval is None
    if paid_once or facts.subscription.cancel_at is not None:
        return None
    return facts.subscription.current_period_end


def _credits(draft: _Draft) -> str | None:
    plan, words = draft.facts.plan, draft.words
    if plan is None or plan.session_credits == 0:
        return None
    template = words.credits if plan.interval is None else words.credits_each_period
    return template.format(credits=plan.session_credits)


def _proof(draft: _Draft) -> str | None:
    """Where the receipt is, else the invoice."""
    payment, words = draft.facts.arrived, draft.words
    if payment is not None and payment.receipt_url:
        return words.receipt.format(url=payment.receipt_url)
    if payment is not None and payment.invoice_url:
        return words.invoice.format(url=payment.invoice_url)
    return None


def _trial_ending(draft: _Draft) -> Text:
    words, subscription = draft.words, draft.facts.subscription
    ends = draft.until(words.trial_ending, subscription.trial_end)
    if subscription.is_own_trial:
        go_on = words.go_on.format(url=draft.facts.plans_url)
        return draft.titled(words.trial_ending_title, ends, words.nothing_charged, go_on)
    if subscription.cancel_at is not None:
        return draft.titled(words.trial_ending_title, ends, words.nothing_charged, _keeping(draft))
    charged = words.then_charged.format(terms=draft.terms) if draft.terms else None
    if not draft.facts.has_account:
        return draft.titled(words.trial_ending_title, ends, charged, draft.managing)
    cancelling = draft.leading(words.change_or_cancel)
    return draft.titled(words.trial_ending_title, ends, charged, cancelling)


def _renewal_failed(draft: _Draft) -> Text:
    words, facts = draft.words, draft.facts
    invoice = facts.open_invoice_url
    goes_on = facts.subscription.grace_until if facts.subscription.lapsed_at is None else None
    return draft.titled(
        words.renewal_failed_title,
        words.renewal_failed,
        draft.plan_and_amount,
        draft.until(words.goes_on_until, goes_on),
        words.pay_invoice.format(url=invoice) if invoice else None,
        draft.leading(words.change_card) if facts.has_account else None,
        draft.managing if not facts.has_account and invoice is None else None,
    )


def _grace_over(draft: _Draft) -> Text:
    words = draft.words
    return draft.titled(
        words.grace_over_title, words.grace_over, draft.plan_and_amount, draft.coming_back
    )


def _ending(draft: _Draft) -> Text:
    words, subscription = draft.words, draft.facts.subscription
    ends = draft.until(words.ends, subscription.cancel_at)
    return draft.titled(words.ending_title, words.ending, ends, _keeping(draft))


def _keeping(draft: _Draft) -> str:
    return draft.leading(draft.words.keep) if draft.facts.has_account else draft.managing


def _ended(draft: _Draft) -> Text:
    return draft.titled(draft.words.ended_title, draft.words.ended, draft.coming_back)


def _invite(draft: _Draft) -> Text:
    words, facts = draft.words, draft.facts
    if facts.channel_link is None:
        return draft.of_channel(words.invite_title, words.invite, words.channel_link_follows)
    joining = words.join_channel.format(url=facts.channel_link)
    access = facts.access
    if access is None or access.invite_link is None:
        return draft.of_channel(words.invite_title, words.invite, joining)
    return draft.of_channel(words.invite_title, words.invite, joining, words.by_request)


def _left(draft: _Draft) -> Text:
    return draft.of_channel(draft.words.left_title, draft.words.left, draft.coming_back)


def _payment_returned(draft: _Draft) -> Text:
    words, facts = draft.words, draft.facts
    said = words.second_payment_returned if facts.first_stands else words.payment_returned
    amount = facts.returned.amount.display if facts.returned else None
    return draft.titled(words.payment_returned_title, said, lines(draft.plan, amount))


def _payment_waiting(draft: _Draft) -> Text:
    words = draft.words
    return draft.titled(words.payment_waiting_title, words.payment_waiting, draft.plan_and_amount)


def _operator_asked(draft: _Draft) -> Text:
    words, subscription = draft.words, draft.facts.subscription.id
    return Text(
        words.operator_asked_title.format(subscription=subscription),
        paragraphs(words.operator_asked.format(subscription=subscription), draft.plan_and_amount),
    )


PLAN_WRITERS: Mapping[NotificationKind, Callable[[_Draft], Text]] = {
    NotificationKind.SUBSCRIPTION_STARTED: _started,
    NotificationKind.SUBSCRIPTION_ENDING: _ending,
    NotificationKind.SUBSCRIPTION_ENDED: _ended,
    NotificationKind.TRIAL_ENDING: _trial_ending,
    NotificationKind.RENEWAL_FAILED: _renewal_failed,
    NotificationKind.GRACE_OVER: _grace_over,
    NotificationKind.CHANNEL_INVITE: _invite,
    NotificationKind.CHANNEL_LEFT: _left,
    NotificationKind.PLAN_PAYMENT_RETURNED: _payment_returned,
    NotificationKind.PLAN_PAYMENT_WAITING: _payment_waiting,
    NotificationKind.PLAN_OPERATOR_ASKED: _operator_asked,
}
"""The kinds that are about a plan; all others are about a booking."""
