"""What every message about a plan says in English."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.messages.compose import WRITERS
from services.messages.facts import Text
from services.messages.languages import Language
from services.messages.plan_compose import PLAN_WRITERS, compose_plan
from services.messages.plan_facts import PlanFacts
from tests.services.messages_rig import ID, PAGES
from tests.services.plan_messages_rig import (
    ENDED,
    ENDING,
    GRACE,
    IN_CHAT_ALONE,
    INVITE,
    INVOICE,
    OWING,
    OWN_TRIAL,
    PAYMENT,
    PLAN_FACTS,
    TRIAL,
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

SAID = [
    (
        Kind.SUBSCRIPTION_STARTED,
        PLAN_FACTS,
        "Your plan has begun: Mentoring",
        "Thank you, your payment has arrived.\n\n"
        f"Mentoring\n100.00 USD a month\nNext payment: {RENEWS_SAID}\n\n"
        f"Session credits in each period: 2\n\nInvoice: {INVOICE}\n\n{MANAGE}",
    ),
    (
        Kind.SUBSCRIPTION_STARTED,
        TRIAL,
        "Your free trial has begun: Mentoring",
        "Your free trial has begun.\n\n"
        f"Mentoring\nFree until {GRACE_SAID}\nThen 100.00 USD a month\n\n"
        f"Session credits in each period: 2\n\n{MANAGE}",
    ),
    (
        Kind.SUBSCRIPTION_STARTED,
        OWN_TRIAL,
        "Your free trial has begun: Mentoring",
        f"Your free trial has begun.\n\nMentoring\nFree until {GRACE_SAID}\n\n"
        f"Session credits in each period: 2\n\n{MANAGE}",
    ),
    (
        Kind.TRIAL_ENDING,
        TRIAL,
        "Your free trial ends soon: Mentoring",
        f"Your free trial ends on {GRACE_SAID}.\n\n"
        "From then on you pay 100.00 USD a month, unless you cancel before.\n\n"
        f"Change or cancel it: {ACCOUNT}",
    ),
    (
        Kind.TRIAL_ENDING,
        OWN_TRIAL,
        "Your free trial ends soon: Mentoring",
        f"Your free trial ends on {GRACE_SAID}.\n\nNothing is charged after that.\n\n"
        f"To go on, choose your plan: {PAGES}/",
    ),
    (
        Kind.TRIAL_ENDING,
        of_subscription(TRIAL, cancel_at=GRACE),
        "Your free trial ends soon: Mentoring",
        f"Your free trial ends on {GRACE_SAID}.\n\nNothing is charged after that.\n\n"
        f"Until then you can keep it: {ACCOUNT}",
    ),
    (
        Kind.TRIAL_ENDING,
        replace(TRIAL, buyer=IN_CHAT_ALONE),
        "Your free trial ends soon: Mentoring",
        f"Your free trial ends on {GRACE_SAID}.\n\n"
        f"From then on you pay 100.00 USD a month, unless you cancel before.\n\n{TO_STATUS}",
    ),
    (
        Kind.RENEWAL_FAILED,
        OWING,
        "Payment failed: Mentoring",
        "A payment for your plan did not go through.\n\nMentoring\n100.00 USD\n\n"
        f"What your plan gives you goes on until {GRACE_SAID}.\n\n"
        f"Pay the open invoice: {INVOICE}\n\nChange your card: {ACCOUNT}",
    ),
    (
        Kind.RENEWAL_FAILED,
        replace(OWING, buyer=IN_CHAT_ALONE),
        "Payment failed: Mentoring",
        "A payment for your plan did not go through.\n\nMentoring\n100.00 USD\n\n"
        f"What your plan gives you goes on until {GRACE_SAID}.\n\n"
        f"Pay the open invoice: {INVOICE}",
    ),
    (
        Kind.GRACE_OVER,
        OWING,
        "Your plan has stopped: Mentoring",
        "A payment did not arrive in time, so what your plan gives you has ended.\n\n"
        f"Mentoring\n100.00 USD\n\nPay the open invoice, and it comes back: {INVOICE}",
    ),
    (
        Kind.SUBSCRIPTION_ENDING,
        ENDING,
        "Cancelled: Mentoring",
        "Your plan is cancelled, and nothing more is charged.\n\n"
        f"It goes on until {RENEWS_SAID}.\n\nUntil then you can keep it: {ACCOUNT}",
    ),
    (
        Kind.SUBSCRIPTION_ENDED,
        ENDED,
        "Your plan has ended: Mentoring",
        f"Your plan has ended, and with it what it gave you.\n\nChoose a plan again: {PAGES}/",
    ),
    (
        Kind.SUBSCRIPTION_ENDED,
        replace(ENDED, buyer=IN_CHAT_ALONE),
        "Your plan has ended: Mentoring",
        "Your plan has ended, and with it what it gave you.\n\n"
        "To come back, send /pay to our bot in Telegram.",
    ),
    (
        Kind.CHANNEL_INVITE,
        PLAN_FACTS,
        "Your invitation: Inner circle",
        f"The channel Inner circle is open to you.\n\nJoin the channel: {INVITE}\n\n"
        "The link is for you alone: ask to join with the Telegram account that you use with our "
        "bot, and you are let in.",
    ),
    (
        Kind.CHANNEL_LEFT,
        ENDED,
        "Your access has ended: Inner circle",
        f"Your access to the channel Inner circle has ended.\n\nChoose a plan again: {PAGES}/",
    ),
    (
        Kind.PLAN_PAYMENT_RETURNED,
        replace(
            of_subscription(duplicate_of=ID), payment=replace(PAYMENT, amount_refunded_minor=10000)
        ),
        "Payment returned: Mentoring",
        "This plan was paid for twice. We have returned the second payment in full; your plan "
        "stands.\n\nMentoring\n100.00 USD",
    ),
    (
        Kind.PLAN_PAYMENT_RETURNED,
        replace(ENDED, payment=replace(PAYMENT, amount_refunded_minor=10000)),
        "Payment returned: Mentoring",
        "A payment for this plan has been returned in full, and what it paid for has ended.\n\n"
        "Mentoring\n100.00 USD",
    ),
    (
        Kind.PLAN_PAYMENT_WAITING,
        PLAN_FACTS,
        "We are looking after your payment: Mentoring",
        "Your payment could not be settled by itself. A person is looking after it and will write "
        "to you. Please don't pay again.\n\nMentoring\n100.00 USD",
    ),
    (
        Kind.PLAN_OPERATOR_ASKED,
        PLAN_FACTS,
        f"A plan waits for you: subscription {ID}",
        f"Something about subscription {ID} needs a decision of yours. The reason is in "
        "private.error_logs, and in public.payments.outcome_reason where money waits."
        "\n\nMentoring\n100.00 USD",
    ),
]


@pytest.mark.parametrize(("kind", "facts", "title", "body"), SAID)
def test_a_message_says_exactly_this(kind: Kind, facts: PlanFacts, title: str, body: str) -> None:
    assert compose_plan(kind, facts, EN) == Text(title, body)


def test_every_kind_is_composed_by_exactly_one_composer() -> None:
    assert set(WRITERS) | set(PLAN_WRITERS) == set(NotificationKind)
    assert not set(WRITERS) & set(PLAN_WRITERS)
    assert {kind for kind, *_ in SAID} == set(PLAN_WRITERS)
