"""What becomes of a message about a plan when its facts are other, missing or nasty."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.plans import ChannelAccess, SubscriptionStatus
from services.messages.facts import Text
from services.messages.languages import Language
from services.messages.plan_compose import PLAN_WRITERS, compose_plan
from services.messages.plan_facts import PlanFacts
from tests.services.messages_rig import PAGES, RECEIPT
from tests.services.plan_messages_rig import (
    ACCESS,
    CHANNEL,
    ENDED,
    ENDING,
    GRACE,
    IN_CHAT_ALONE,
    INVOICE,
    OWING,
    PAYMENT,
    PLAN,
    PLAN_FACTS,
    of_subscription,
)

EN = Language.ENGLISH
Kind = NotificationKind
RENEWS_SAID = "Thu 24 Dec 2026, 10:00 (Berlin time, GMT+1)"
GRACE_SAID = "Tue 1 Dec 2026, 10:00 (Berlin time, GMT+1)"
ACCOUNT = f"{PAGES}/account"
MANAGE = f"Manage your plan: {ACCOUNT}"
TO_STATUS = "To manage your plan, send /status to our bot in Telegram."
IN_CHAT = replace(PLAN_FACTS, buyer=IN_CHAT_ALONE)


def body_of(kind: Kind, facts: PlanFacts) -> str:
    return compose_plan(kind, facts, EN).body


# --- begun ---------------------------------------------------------------------------------------


def test_a_receipt_goes_before_the_invoice() -> None:
    body = body_of(
        Kind.SUBSCRIPTION_STARTED,
        replace(PLAN_FACTS, payment=replace(PAYMENT, receipt_url=RECEIPT)),
    )
    assert f"\n\nReceipt: {RECEIPT}\n\n" in body
    assert INVOICE not in body


def test_a_payment_that_failed_is_no_proof_of_anything() -> None:
    assert INVOICE not in body_of(Kind.SUBSCRIPTION_STARTED, OWING)


def test_what_is_paid_once_has_no_next_payment() -> None:
    plan = replace(PLAN, interval=None, session_credits=3)
    assert body_of(
        Kind.SUBSCRIPTION_STARTED,
        replace(of_subscription(stripe_id=None, current_period_end=None), plan=plan, payment=None),
    ) == (
        "Thank you, your payment has arrived.\n\nMentoring\n100.00 USD, once and for good\n\n"
        f"Session credits: 3\n\n{MANAGE}"
    )


def test_what_is_cancelled_has_no_next_payment_either() -> None:
    assert "Next payment" not in body_of(Kind.SUBSCRIPTION_STARTED, ENDING)


def test_a_plan_without_credits_names_none() -> None:
    facts = replace(PLAN_FACTS, plan=replace(PLAN, session_credits=0))
    assert "credits" not in body_of(Kind.SUBSCRIPTION_STARTED, facts)


def test_who_subscribed_at_another_price_reads_their_own() -> None:
    facts = of_subscription(price=Money(8000, "USD"))
    assert "\n80.00 USD a month\n" in body_of(Kind.SUBSCRIPTION_STARTED, facts)


def test_who_has_no_account_is_told_how_to_get_one() -> None:
    body = body_of(Kind.SUBSCRIPTION_STARTED, IN_CHAT)
    assert body.endswith(f"\n\n{TO_STATUS}")
    assert "Manage your plan: " not in body


def test_a_price_that_is_none_of_ours_still_has_a_message() -> None:
    facts = replace(of_subscription(plan_id=None), plan=None, channel=None)
    assert compose_plan(Kind.SUBSCRIPTION_STARTED, facts, EN) == Text(
        "Your plan has begun: Subscription",
        "Thank you, your payment has arrived.\n\n"
        f"Subscription\n100.00 USD\nNext payment: {RENEWS_SAID}\n\n"
        f"Invoice: {INVOICE}\n\n{MANAGE}",
    )


@pytest.mark.parametrize("kind", PLAN_WRITERS)
@pytest.mark.parametrize("language", Language)
def test_whatever_is_missing_leaves_no_gap(kind: Kind, language: Language) -> None:
    facts = PlanFacts(
        subscription=replace(PLAN_FACTS.subscription, price=None, current_period_end=None),
        plan=None,
        channel=None,
        access=None,
        buyer=None,
        payment=None,
        channel_link=None,
        time_zone="UTC",
        public_url=PAGES,
    )
    text = compose_plan(kind, facts, language)
    assert text.title
    assert text.body
    for gap in ("None", "{", "\n\n\n", "  "):
        assert gap not in text.title + text.body


# --- a payment went back -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (SubscriptionStatus.ACTIVE, "This plan was paid for twice."),
        (SubscriptionStatus.CANCELED, "A payment for this plan has been returned in full,"),
    ],
)
def test_what_is_kept_for_good_was_paid_twice_if_it_still_stands(
    status: SubscriptionStatus, said: str
) -> None:
    facts = replace(
        of_subscription(status=status, stripe_id=None), plan=replace(PLAN, interval=None)
    )
    assert body_of(Kind.PLAN_PAYMENT_RETURNED, facts).startswith(said)


def test_an_amount_that_did_not_go_back_is_not_named() -> None:
    assert body_of(Kind.PLAN_PAYMENT_RETURNED, PLAN_FACTS).endswith(" has ended.\n\nMentoring")


# --- a payment failed ----------------------------------------------------------------------------


def test_without_an_open_invoice_the_card_can_still_be_changed() -> None:
    facts = replace(OWING, payment=None)
    assert body_of(Kind.RENEWAL_FAILED, facts).endswith(
        f"until {GRACE_SAID}.\n\nChange your card: {ACCOUNT}"
    )
    assert body_of(Kind.GRACE_OVER, facts).endswith(f"\n\nChange your card: {ACCOUNT}")
    in_chat = replace(facts, buyer=IN_CHAT_ALONE)
    assert body_of(Kind.RENEWAL_FAILED, in_chat).endswith(f"\n\n{TO_STATUS}")


@pytest.mark.parametrize(
    "facts",
    [
        replace(OWING, payment=PAYMENT),
        of_subscription(OWING, status=SubscriptionStatus.ACTIVE),
        of_subscription(OWING, status=SubscriptionStatus.CANCELED),
    ],
    ids=["its newest payment came", "nothing is owed", "it is over"],
)
def test_an_invoice_that_is_not_owed_is_never_asked_for(facts: PlanFacts) -> None:
    for kind in PLAN_WRITERS:
        body = body_of(kind, facts)
        assert f"Pay the open invoice: {INVOICE}" not in body
        assert f"it comes back: {INVOICE}" not in body


def test_a_grace_that_was_acted_upon_is_no_longer_promised() -> None:
    facts = of_subscription(OWING, lapsed_at=GRACE)
    assert "goes on until" not in body_of(Kind.RENEWAL_FAILED, facts)


# --- the channel ---------------------------------------------------------------------------------


@pytest.mark.parametrize("access", [None, replace(ACCESS, invite_link=None)])
def test_a_link_that_is_everybodys_is_only_a_link(access: ChannelAccess | None) -> None:
    facts = replace(
        PLAN_FACTS,
        access=access,
        channel=replace(CHANNEL, telegram_chat_id=None),
        channel_link="https://t.me/+all",
    )
    assert body_of(Kind.CHANNEL_INVITE, facts) == (
        "The channel Inner circle is open to you.\n\nJoin the channel: https://t.me/+all"
    )


def test_without_a_link_it_is_promised() -> None:
    facts = replace(PLAN_FACTS, access=None, channel_link=None)
    assert body_of(Kind.CHANNEL_INVITE, facts) == (
        "The channel Inner circle is open to you.\n\nThe link follows in a separate message."
    )


def test_access_that_a_failed_payment_ended_comes_back_by_paying() -> None:
    assert body_of(Kind.CHANNEL_LEFT, OWING) == (
        "Your access to the channel Inner circle has ended.\n\n"
        f"Pay the open invoice, and it comes back: {INVOICE}"
    )


def test_what_was_returned_can_not_be_bought_again_before_it_is_over() -> None:
    """Stripe goes on with it: /pay, or the page of plans, would refuse."""
    left = "Your access to the channel Inner circle has ended."
    in_chat = replace(PLAN_FACTS, buyer=IN_CHAT_ALONE)
    assert body_of(Kind.CHANNEL_LEFT, PLAN_FACTS) == f"{left}\n\nManage your plan: {ACCOUNT}"
    assert body_of(Kind.CHANNEL_LEFT, in_chat) == f"{left}\n\n{TO_STATUS}"
    ended = replace(ENDED, buyer=IN_CHAT_ALONE)
    assert body_of(Kind.CHANNEL_LEFT, ended) == (
        f"{left}\n\nTo come back, send /pay to our bot in Telegram."
    )
    owing = replace(OWING, buyer=IN_CHAT_ALONE, payment=None)
    assert body_of(Kind.GRACE_OVER, owing).endswith(f"\n\n{TO_STATUS}")


# --- names and clocks ----------------------------------------------------------------------------

NASTY = "{plan} %s {0.__class__} <b>&amp;\\n $x"


@pytest.mark.parametrize("kind", PLAN_WRITERS)
@pytest.mark.parametrize("language", Language)
def test_names_stand_as_they_are_whatever_is_in_them(kind: Kind, language: Language) -> None:
    def called(name: str) -> PlanFacts:
        return replace(OWING, plan=replace(PLAN, name=name), channel=replace(CHANNEL, name=name))

    plain, nasty = (compose_plan(kind, called(name), language) for name in ("NAME", NASTY))
    assert nasty.title == plain.title.replace("NAME", NASTY)
    assert nasty.body == plain.body.replace("NAME", NASTY)
    split = compose_plan(kind, called("One\r\n\r\nBcc: two\u2028three"), language)
    assert split == compose_plan(kind, called("One Bcc: two three"), language)


def test_moments_are_told_in_the_readers_zone() -> None:
    facts = replace(
        of_subscription(cancel_at=datetime(2026, 12, 31, 23, tzinfo=UTC)), time_zone="Asia/Tokyo"
    )
    assert "It goes on until Fri 1 Jan 2027, 08:00 (Tokyo time, GMT+9)." in body_of(
        Kind.SUBSCRIPTION_ENDING, facts
    )
