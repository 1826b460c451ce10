"""One subscription with everything a message may speak of, to be changed by the tests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.domain.money import Money
from services.domain.payments import Payment, PaymentStatus
from services.domain.plans import (
    AccessStatus,
    Buyer,
    Channel,
    ChannelAccess,
    Interval,
    Plan,
    Subscription,
    SubscriptionStatus,
)
from services.messages.plan_facts import PlanFacts
from tests.services.messages_rig import ID, PAGES, STARTS

INVITE = "https://t.me/+invite"
INVOICE = "https://invoice.stripe.test/i/1"
RENEWS = datetime(2026, 12, 24, 9, tzinfo=UTC)
GRACE = datetime(2026, 12, 1, 9, tzinfo=UTC)

PLAN = Plan(
    id=ID,
    name="Mentoring",
    description="",
    price=Money(10000, "USD"),
    interval=Interval.MONTH,
    interval_count=1,
    trial_days=None,
    session_credits=2,
    channel_id=ID,
    active=True,
    created_at=STARTS,
)
SUBSCRIPTION = Subscription(
    id=ID,
    user_id=ID,
    telegram_buyer_id=None,
    plan_id=ID,
    stripe_id="sub_1",
    customer_id="cus_1",
    status=SubscriptionStatus.ACTIVE,
    price=Money(10000, "USD"),
    current_period_start=STARTS,
    current_period_end=RENEWS,
    trial_end=None,
    cancel_at=None,
    canceled_at=None,
    ended_at=None,
    grace_until=None,
    lapsed_at=None,
    duplicate_of=None,
    created_at=STARTS,
)
CHANNEL = Channel(
    id=ID, name="Inner circle", description="", telegram_chat_id=-1001234567890, link=None
)
ACCESS = ChannelAccess(
    id=ID,
    channel_id=ID,
    user_id=ID,
    telegram_buyer_id=None,
    person_id=700100200,
    status=AccessStatus.INVITED,
    invite_link=INVITE,
    round=0,
)
BUYER = Buyer(
    user_id=ID,
    telegram_buyer_id=None,
    telegram_id=700100200,
    email="demo@shop.test",
    name="Demo Client",
    language="en",
    customer_id="cus_1",
)
IN_CHAT_ALONE = replace(BUYER, user_id=None, telegram_buyer_id=ID, email=None)
PAYMENT = Payment(
    id=ID,
    user_id=ID,
    telegram_buyer_id=None,
    booking_id=None,
    subscription_id=ID,
    checkout_session_id="cs_1",
    payment_intent_id="pi_1",
    charge_id="ch_1",
    amount=Money(10000, "USD"),
    amount_refunded_minor=0,
    amount_lost_minor=0,
    status=PaymentStatus.SUCCEEDED,
    failure_reason=None,
    receipt_url=None,
    invoice_number="S-1",
    invoice_url=INVOICE,
    invoice_pdf_url=None,
    period_start=STARTS,
    period_end=RENEWS,
    dispute_status=None,
    dispute_count=0,
    outcome=None,
    outcome_reason=None,
    paid_at=STARTS,
    created_at=STARTS,
)
PLAN_FACTS = PlanFacts(
    subscription=SUBSCRIPTION,
    plan=PLAN,
    channel=CHANNEL,
    access=ACCESS,
    buyer=BUYER,
    payment=PAYMENT,
    channel_link=INVITE,
    time_zone="Europe/Berlin",
    public_url=PAGES,
)


def of_subscription(facts: PlanFacts = PLAN_FACTS, **changes: Any) -> PlanFacts:
    """The facts with another subscription."""
    return replace(facts, subscription=replace(facts.subscription, **changes))


OWING = replace(
    of_subscription(status=SubscriptionStatus.PAST_DUE, grace_until=GRACE),
    payment=replace(PAYMENT, status=PaymentStatus.FAILED, paid_at=None),
)
TRIAL = replace(of_subscription(status=SubscriptionStatus.TRIALING, trial_end=GRACE), payment=None)
OWN_TRIAL = of_subscription(TRIAL, stripe_id=None, customer_id=None, price=None)
ENDING = of_subscription(cancel_at=RENEWS)
ENDED = of_subscription(status=SubscriptionStatus.CANCELED, ended_at=RENEWS)
