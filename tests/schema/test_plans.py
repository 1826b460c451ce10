"""Plans, subscriptions and what they give, as clients read them."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
import strawberry

from resolvers.guarded import guarded_schema
from schema.accounts import Me, Notification
from schema.bookings import Payment
from schema.entitlements import ChannelAccess, ChannelAccessStatus, Entitlements
from schema.inputs import PortalFlow
from schema.money import Money
from schema.plans import BillingInterval, Plan, PlanSubscription, SubscriptionStatus
from services.domain import plans
from services.domain.plans import AccessStatus
from tests.resolvers.toy import Client
from tests.schema.billing_rows import (
    ANN,
    CHANNEL,
    MONTHLY,
    NEXT_MONTH,
    NOON,
    NOTHING,
    PLAN,
    SUBSCRIPTION,
    USER,
    RememberedLoaders,
    access,
    channel,
    notification,
    payment,
    plan,
    subscription,
)


@pytest.mark.parametrize(
    ("shown", "held"),
    [
        (SubscriptionStatus, plans.SubscriptionStatus),
        (BillingInterval, plans.Interval),
        (PortalFlow, plans.PortalFlow),
    ],
)
def test_the_api_has_exactly_the_values_of_the_domain(shown: type[Enum], held: type[Enum]) -> None:
    assert [each.name for each in shown] == [each.name for each in held]
    assert [each.value for each in shown] == [each.value for each in held]


def test_a_plan_is_shown_as_it_is_sold() -> None:
    shown = Plan.of(plan())
    assert (shown.id, shown.name, shown.description) == (
        str(PLAN),
        "Mentoring",
        "Two sessions a month.",
    )
    assert shown.price == Money.of(MONTHLY)
    assert (shown.interval, shown.interval_count) == (BillingInterval.MONTH, 3)
    assert (shown.trial_days, shown.session_credits) == (7, 2)
    assert shown.created_at == NOON


def test_what_is_paid_once_has_no_interval() -> None:
    assert Plan.of(plan(interval=None, interval_count=1, trial_days=None)).interval is None


@pytest.mark.parametrize("status", list(plans.SubscriptionStatus))
def test_every_state_of_a_subscription_is_shown(status: plans.SubscriptionStatus) -> None:
    assert PlanSubscription.of(subscription(status=status)).status.name == status.name


def test_a_subscription_that_was_cancelled_says_when_it_ends() -> None:
    goes_on = PlanSubscription.of(subscription())
    assert (goes_on.cancel_at, goes_on.cancel_at_period_end) == (None, False)
    ends = PlanSubscription.of(subscription(cancel_at=NEXT_MONTH, canceled_at=NOON))
    assert (ends.cancel_at, ends.cancel_at_period_end, ends.canceled_at) == (NEXT_MONTH, True, NOON)


def test_what_was_never_paid_has_no_price_and_no_period() -> None:
    order = PlanSubscription.of(
        subscription(
            status=plans.SubscriptionStatus.INCOMPLETE,
            stripe_id=None,
            price=None,
            current_period_start=None,
            current_period_end=None,
        )
    )
    assert (order.price, order.current_period_start, order.current_period_end) == (None, None, None)


@pytest.mark.parametrize(
    ("row", "url", "status"),
    [
        (None, None, ChannelAccessStatus.PREPARING),
        (None, "https://t.me/+plain", ChannelAccessStatus.INVITED),
        (access(AccessStatus.WANTED), None, ChannelAccessStatus.PREPARING),
        (access(AccessStatus.ENDED), None, ChannelAccessStatus.PREPARING),
        (access(AccessStatus.INVITED), None, ChannelAccessStatus.PREPARING),
        (access(AccessStatus.INVITED), "https://t.me/+x", ChannelAccessStatus.INVITED),
        (access(AccessStatus.JOINED), None, ChannelAccessStatus.JOINED),
        (access(AccessStatus.LEFT), None, ChannelAccessStatus.LEFT),
        (access(AccessStatus.LEFT), "https://t.me/+x", ChannelAccessStatus.LEFT),
    ],
)
def test_nobody_is_called_invited_without_a_link(
    row: plans.ChannelAccess | None, url: str | None, status: ChannelAccessStatus
) -> None:
    shown = ChannelAccess.of(channel(), row, url)
    assert (shown.channel.id, shown.channel.name) == (str(CHANNEL), "Inner circle")
    assert (shown.status, shown.invite_url) == (status, url)


def test_who_has_nothing_is_entitled_to_nothing() -> None:
    shown = Entitlements.of(NOTHING, invite_url=lambda access, channel: "https://t.me/+no")
    assert shown == Entitlements(
        active=False, grace_until=None, credits_left=0, subscriptions=[], channels=[]
    )


def test_a_payment_says_whether_it_was_ever_disputed() -> None:
    assert Payment.of(payment()).disputed is False
    for status in ("needs_response", "won", "lost"):
        assert Payment.of(payment(dispute_status=status)).disputed is True


@strawberry.type(description="What belongs to a plan.")
class Query:
    @strawberry.field(description="A plan that opens a channel, and one that does not.")
    def plans(self) -> list[Plan]:
        return [Plan.of(plan()), Plan.of(plan(channel_id=None))]

    @strawberry.field(description="Subscriptions, the second to no plan of ours.")
    def subscriptions(self) -> list[PlanSubscription]:
        return [
            PlanSubscription.of(subscription()),
            PlanSubscription.of(subscription(plan_id=None)),
        ]

    @strawberry.field(description="Payments: for a plan, a session that is gone, somebody else's.")
    def payments(self) -> list[Payment]:
        return [
            Payment.of(payment()),
            Payment.of(payment(subscription_id=None)),
            Payment.of(payment(subscription_id=UUID(int=404))),
        ]

    @strawberry.field(description="Messages: about a subscription, about nothing, a stranger's.")
    def notifications(self) -> list[Notification]:
        return [
            Notification.of(notification()),
            Notification.of(notification(subscription_id=None)),
            Notification.of(notification(subscription_id=UUID(int=404))),
        ]

    @strawberry.field(description="Somebody.")
    def me(self) -> Me:
        return Me.of(ANN, unread=0, to_place=[])


@dataclass
class Remembered:
    loaders: RememberedLoaders = field(default_factory=RememberedLoaders)


async def ask(loaders: RememberedLoaders, query: str) -> Any:
    async def context(_: object) -> Remembered:
        return Remembered(loaders)

    response = await Client(schema=guarded_schema(Query), context=context).post({"query": query})
    body = response.json()
    assert "errors" not in body, body
    return body["data"]


@pytest.fixture
def loaders() -> RememberedLoaders:
    return RememberedLoaders(
        subscriptions={SUBSCRIPTION: subscription()},
        plans={PLAN: plan()},
        channels={CHANNEL: channel()},
        given={USER: NOTHING},
    )


async def test_a_plan_tells_which_channel_it_opens(loaders: RememberedLoaders) -> None:
    answer = await ask(loaders, "{ plans { channel { id name description } } }")
    shown = {"id": str(CHANNEL), "name": "Inner circle", "description": "A case a day."}
    assert answer == {"plans": [{"channel": shown}, {"channel": None}]}
    assert loaders.asked == {"channel": 1}


async def test_a_subscription_tells_its_plan_if_that_is_ours(loaders: RememberedLoaders) -> None:
    answer = await ask(loaders, "{ subscriptions { price { display } plan { name } } }")
    price = {"price": {"display": "100.00 USD"}}
    assert answer == {
        "subscriptions": [price | {"plan": {"name": "Mentoring"}}, price | {"plan": None}]
    }
    assert loaders.asked == {"plan": 1}


async def test_a_payment_leads_to_its_subscription_invoice_and_period(
    loaders: RememberedLoaders,
) -> None:
    answer = await ask(
        loaders,
        "{ payments { invoiceNumber invoiceUrl invoicePdfUrl periodStart periodEnd disputed"
        " booking { id } subscription { id plan { name } } } }",
    )
    row = {
        "invoiceNumber": "A-1",
        "invoiceUrl": "https://stripe.test/in_1",
        "invoicePdfUrl": "https://stripe.test/in_1/pdf",
        "periodStart": "2026-03-29T12:00:00Z",
        "periodEnd": "2026-04-29T12:00:00Z",
        "disputed": False,
        "booking": None,
    }
    of_plan = {"id": str(SUBSCRIPTION), "plan": {"name": "Mentoring"}}
    assert answer == {
        "payments": [
            row | {"subscription": of_plan},
            row | {"subscription": None},
            row | {"subscription": None},
        ]
    }
    assert loaders.asked == {"subscription": 2, "plan": 1}


async def test_a_message_leads_to_its_subscription(loaders: RememberedLoaders) -> None:
    answer = await ask(loaders, "{ notifications { subscription { id } booking { id } } }")
    assert answer == {
        "notifications": [
            {"subscription": {"id": str(SUBSCRIPTION)}, "booking": None},
            {"subscription": None, "booking": None},
            {"subscription": None, "booking": None},
        ]
    }


async def test_entitlements_are_looked_up_only_when_they_are_asked_for(
    loaders: RememberedLoaders,
) -> None:
    assert await ask(loaders, "{ me { email paid } }") == {
        "me": {"email": "ann@example.test", "paid": True}
    }
    assert loaders.asked == {}


async def test_entitlements_tell_all_that_a_persons_plans_give(loaders: RememberedLoaders) -> None:
    grace = NOON + timedelta(days=3)
    plain = channel(id=UUID(int=10), name="Library", telegram_chat_id=None, link="https://t.me/+l")
    loaders.given[USER] = plans.Entitlements(
        entitling=(subscription(status=plans.SubscriptionStatus.PAST_DUE, grace_until=grace),),
        grace_until=grace,
        credits_left=1,
        channels=((channel(), access(AccessStatus.INVITED)), (plain, None)),
    )
    answer = await ask(
        loaders,
        "{ me { entitlements { active graceUntil creditsLeft"
        " subscriptions { id status graceUntil plan { name } }"
        " channels { status inviteUrl channel { name } } } } }",
    )
    assert answer["me"]["entitlements"] == {
        "active": True,
        "graceUntil": "2026-04-01T12:00:00Z",
        "creditsLeft": 1,
        "subscriptions": [
            {
                "id": str(SUBSCRIPTION),
                "status": "PAST_DUE",
                "graceUntil": "2026-04-01T12:00:00Z",
                "plan": {"name": "Mentoring"},
            }
        ],
        "channels": [
            {
                "status": "INVITED",
                "inviteUrl": "https://t.me/+hash",
                "channel": {"name": "Inner circle"},
            },
            {
                "status": "INVITED",
                "inviteUrl": "https://t.me/+l",
                "channel": {"name": "Library"},
            },
        ],
    }
    assert loaders.asked == {"entitlements": 1, "plan": 1}
