"""Which messages about a plan say what is no longer true by the time they would be handed over."""

from dataclasses import replace

import pytest

from services.domain.models import Medium, Notification, NotificationKind
from services.domain.plans import AccessStatus, Buyer, SubscriptionStatus
from services.messages.plan_compose import PLAN_WRITERS
from services.messages.plan_facts import PlanFacts
from services.plan_notices import OVERTAKEN, PlanNotice
from tests.services.messages_rig import ID, STARTS
from tests.services.plan_messages_rig import (
    ACCESS,
    BUYER,
    ENDED,
    ENDING,
    IN_CHAT_ALONE,
    OWING,
    PLAN_FACTS,
    TRIAL,
    of_subscription,
)

Kind = NotificationKind
UNPAID = of_subscription(OWING, status=SubscriptionStatus.UNPAID)


def standing_at(status: AccessStatus, *, round_: int = 0) -> PlanFacts:
    return replace(PLAN_FACTS, access=replace(ACCESS, status=status, round=round_))


def is_overtaken(facts: PlanFacts, message: Notification) -> bool:
    return PlanNotice(facts, open_chat_id=None).is_overtaken(message, now=STARTS)


def waiting(kind: Kind, medium: Medium = Medium.EMAIL, recipient: str = "") -> Notification:
    return Notification(
        id=ID,
        user_id=ID,
        booking_id=None,
        subscription_id=ID,
        kind=kind,
        medium=medium,
        recipient=recipient,
        title="",
        body="",
        language="en",
        round=0,
        status="QUEUED",
        read_at=None,
        created_at=STARTS,
    )


@pytest.mark.parametrize(
    ("kind", "facts", "overtaken"),
    [
        (Kind.RENEWAL_FAILED, OWING, False),
        (Kind.RENEWAL_FAILED, UNPAID, False),
        (Kind.RENEWAL_FAILED, PLAN_FACTS, True),
        (Kind.RENEWAL_FAILED, ENDED, True),
        (Kind.GRACE_OVER, OWING, False),
        (Kind.GRACE_OVER, ENDED, False),
        (Kind.GRACE_OVER, PLAN_FACTS, True),
        (Kind.TRIAL_ENDING, TRIAL, False),
        (Kind.TRIAL_ENDING, PLAN_FACTS, True),
        (Kind.TRIAL_ENDING, ENDED, True),
        (Kind.SUBSCRIPTION_ENDING, ENDING, False),
        (Kind.SUBSCRIPTION_ENDING, PLAN_FACTS, True),
        (Kind.SUBSCRIPTION_ENDING, ENDED, True),
        (Kind.CHANNEL_INVITE, standing_at(AccessStatus.INVITED), False),
        (Kind.CHANNEL_INVITE, standing_at(AccessStatus.JOINED), False),
        (Kind.CHANNEL_INVITE, standing_at(AccessStatus.LEFT), False),
        (Kind.CHANNEL_INVITE, standing_at(AccessStatus.ENDED), True),
        (Kind.CHANNEL_INVITE, standing_at(AccessStatus.INVITED, round_=1), True),
        (Kind.CHANNEL_INVITE, standing_at(AccessStatus.JOINED, round_=1), True),
        (Kind.CHANNEL_INVITE, replace(PLAN_FACTS, access=None), False),
        (Kind.CHANNEL_INVITE, replace(ENDED, access=None), True),
        (Kind.CHANNEL_LEFT, standing_at(AccessStatus.ENDED), False),
        (Kind.CHANNEL_LEFT, standing_at(AccessStatus.LEFT), False),
        (Kind.CHANNEL_LEFT, standing_at(AccessStatus.WANTED), True),
        (Kind.CHANNEL_LEFT, standing_at(AccessStatus.JOINED), True),
    ],
)
def test_a_message_is_overtaken_by_what_happened_since(
    kind: Kind, facts: PlanFacts, overtaken: bool
) -> None:
    assert is_overtaken(facts, waiting(kind)) is overtaken


@pytest.mark.parametrize("kind", sorted(set(PLAN_WRITERS) - set(OVERTAKEN)))
@pytest.mark.parametrize("facts", [PLAN_FACTS, OWING, TRIAL, ENDING, ENDED])
def test_all_others_stay_true(kind: Kind, facts: PlanFacts) -> None:
    assert is_overtaken(facts, waiting(kind)) is False


@pytest.mark.parametrize("buyer", [BUYER, IN_CHAT_ALONE])
def test_a_message_is_for_the_chat_that_is_its_readers_now(buyer: Buyer) -> None:
    facts = replace(PLAN_FACTS, buyer=buyer)
    message = waiting(Kind.SUBSCRIPTION_STARTED, Medium.TELEGRAM, str(buyer.telegram_id))
    assert is_overtaken(facts, message) is False
    for other in (replace(buyer, telegram_id=7), replace(buyer, telegram_id=None), None):
        assert is_overtaken(replace(facts, buyer=other), message) is True
