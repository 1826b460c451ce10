"""Rows of plans and what belongs to them, and loaders that answer from memory and keep count."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.domain.booking import Status
from services.domain.models import (
    Booking,
    Host,
    Medium,
    Meeting,
    Notification,
    NotificationKind,
    SessionType,
    User,
)
from services.domain.money import Money
from services.domain.payments import (
    Outcome,
    Payment,
    PaymentStatus,
    Refund,
    RefundBy,
    RefundStatus,
)
from services.domain.payouts import Payout, Total
from services.domain.plans import (
    AccessStatus,
    Channel,
    ChannelAccess,
    Entitlements,
    Interval,
    Plan,
    Subscription,
    SubscriptionStatus,
)
from services.domain.policy import Policy, RefundTier
from services.domain.story import BookingStep

RowT = TypeVar("RowT")

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
NEXT_MONTH = NOON + timedelta(days=31)
USER, CHANNEL, PLAN, SUBSCRIPTION = (UUID(int=number) for number in range(1, 5))
MONTHLY = Money(10_000, "USD")
TERMS = Policy(
    cancel_until=timedelta(hours=1),
    refunds=(RefundTier(timedelta(days=1), 100), RefundTier(timedelta(hours=1), 50)),
    reschedule_until=timedelta(hours=2),
    reschedule_limit=3,
    no_show_percent=25,
)

ANN = User(
    id=USER,
    email="ann@example.test",
    name="Ann",
    language=None,
    time_zone=None,
    paid=True,
    stripe_customer_id="cus_1",
    telegram_id=None,
    telegram_blocked_at=None,
)


def _row(kind: type[RowT], given: dict[str, Any]) -> RowT:
    """What is not given is None."""
    return kind(**(dict.fromkeys(kind.__annotations__) | given))


def channel(**changed: Any) -> Channel:
    given = {
        "id": CHANNEL,
        "name": "Inner circle",
        "description": "A case a day.",
        "telegram_chat_id": -100,
    }
    return _row(Channel, given | changed)


def plan(**changed: Any) -> Plan:
    given = {
        "id": PLAN,
        "name": "Mentoring",
        "description": "Two sessions a month.",
        "price": MONTHLY,
        "interval": Interval.MONTH,
        "interval_count": 3,
        "trial_days": 7,
        "session_credits": 2,
        "channel_id": CHANNEL,
        "active": True,
        "created_at": NOON,
    }
    return _row(Plan, given | changed)


def subscription(**changed: Any) -> Subscription:
    given: dict[str, Any] = {
        "id": SUBSCRIPTION,
        "user_id": USER,
        "plan_id": PLAN,
        "stripe_id": "sub_1",
        "customer_id": "cus_1",
        "status": SubscriptionStatus.ACTIVE,
        "price": MONTHLY,
        "current_period_start": NOON,
        "current_period_end": NEXT_MONTH,
        "created_at": NOON,
    }
    return _row(Subscription, given | changed)


def access(status: AccessStatus, **changed: Any) -> ChannelAccess:
    given: dict[str, Any] = {
        "id": UUID(int=9),
        "channel_id": CHANNEL,
        "user_id": USER,
        "status": status,
        "invite_link": "https://t.me/+hash",
        "round": 0,
    }
    return _row(ChannelAccess, given | changed)


def payment(**changed: Any) -> Payment:
    given: dict[str, Any] = {
        "id": UUID(int=5),
        "user_id": USER,
        "subscription_id": SUBSCRIPTION,
        "payment_intent_id": "pi_1",
        "amount": MONTHLY,
        "amount_refunded_minor": 0,
        "amount_lost_minor": 0,
        "status": PaymentStatus.SUCCEEDED,
        "invoice_number": "A-1",
        "invoice_url": "https://stripe.test/in_1",
        "invoice_pdf_url": "https://stripe.test/in_1/pdf",
        "period_start": NOON,
        "period_end": NEXT_MONTH,
        "outcome": Outcome.FULFILLED,
        "paid_at": NOON,
        "created_at": NOON,
    }
    return _row(Payment, given | changed)


def notification(**changed: Any) -> Notification:
    given: dict[str, Any] = {
        "id": UUID(int=6),
        "user_id": USER,
        "subscription_id": SUBSCRIPTION,
        "kind": NotificationKind.SUBSCRIPTION_STARTED,
        "medium": Medium.IN_APP,
        "title": "Title",
        "body": "Body",
        "language": "en",
        "round": 0,
        "status": "SENT",
        "created_at": NOON,
    }
    return _row(Notification, given | changed)


def booking(**changed: Any) -> Booking:
    given: dict[str, Any] = {
        "id": UUID(int=7),
        "user_id": USER,
        "host_id": UUID(int=20),
        "session_type_id": UUID(int=21),
        "status": Status.AWAITING_PAYMENT,
        "starts_at": NOON,
        "ends_at": NOON + timedelta(hours=1),
        "duration": timedelta(hours=1),
        "price": MONTHLY,
        "hold_expires_at": NOON,
        "room_key": UUID(int=22),
        "sequence": 0,
        "policy": TERMS,
        "reschedules": 0,
        "created_at": NOON,
    }
    return _row(Booking, given | changed)


def refund(**changed: Any) -> Refund:
    given: dict[str, Any] = {
        "id": UUID(int=30),
        "payment_id": UUID(int=5),
        "payment_intent_id": "pi_1",
        "amount": Money(2_500, "USD"),
        "status": RefundStatus.SUCCEEDED,
        "cause": "CALLED_OFF",
        "requested_by": RefundBy.CLIENT,
        "reason": "Called off by the client.",
        "created_at": NOON,
    }
    return _row(Refund, given | changed)


NOTHING = Entitlements(entitling=(), grace_until=None, credits_left=0, channels=())


@dataclass
class RememberedLoaders:
    """The loaders of a viewer who has what is listed here; `asked` counts by kind."""

    subscriptions: dict[UUID, Subscription] = field(default_factory=dict)
    plans: dict[UUID, Plan] = field(default_factory=dict)
    channels: dict[UUID, Channel] = field(default_factory=dict)
    given: dict[UUID, Entitlements] = field(default_factory=dict)
    returned: dict[UUID, list[Refund]] = field(default_factory=dict)
    hosts: dict[UUID, Host] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    async def plan(self, plan_id: UUID) -> Plan:
        self.asked["plan"] += 1
        return self.plans[plan_id]

    async def channel(self, channel_id: UUID) -> Channel:
        self.asked["channel"] += 1
        return self.channels[channel_id]

    async def subscription(self, subscription_id: UUID) -> Subscription | None:
        self.asked["subscription"] += 1
        return self.subscriptions.get(subscription_id)

    async def subscriptions_of(self, user_id: UUID) -> list[Subscription]:
        self.asked["subscriptions_of"] += 1
        return [row for row in self.subscriptions.values() if row.user_id == user_id]

    async def entitlements(self, user_id: UUID) -> Entitlements:
        self.asked["entitlements"] += 1
        return self.given[user_id]

    def invite_url(self, access: ChannelAccess | None, channel: Channel) -> str | None:
        return access.invite_link if access else channel.link

    async def host(self, host_id: UUID) -> Host:
        raise LookupError(host_id)

    async def session_type(self, session_type_id: UUID) -> SessionType:
        raise LookupError(session_type_id)

    async def meeting(self, booking_id: UUID) -> Meeting | None:
        raise LookupError(booking_id)

    async def payments(self, booking_id: UUID) -> list[Payment]:
        raise LookupError(booking_id)

    async def steps(self, booking_id: UUID) -> list[BookingStep]:
        raise LookupError(booking_id)

    async def has_scheduling_page(self, booking: Booking) -> bool:
        raise LookupError(booking.id)

    async def booking(self, booking_id: UUID) -> Booking | None:
        raise LookupError(booking_id)

    async def refunds(self, payment_id: UUID) -> list[Refund]:
        self.asked["refunds"] += 1
        return self.returned.get(payment_id, [])

    async def viewer_host(self) -> Host | None:
        return next(iter(self.hosts.values()), None)

    async def host_booking(self, booking_id: UUID) -> Booking | None:
        raise LookupError(booking_id)

    async def client(self, user_id: UUID) -> User | None:
        raise LookupError(user_id)

    async def payout(self, booking_id: UUID) -> Payout | None:
        raise LookupError(booking_id)

    async def payout_totals(self) -> list[Total]:
        raise LookupError

    def host_may_cancel(self, booking: Booking) -> bool:
        raise LookupError(booking.id)

    def host_may_mark(self, booking: Booking) -> bool:
        raise LookupError(booking.id)
