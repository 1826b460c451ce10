"""Notifications about a subscription: their facts, their reader, and when they are overtaken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services import buyers
from services.app import App
from services.db import Conn
from services.domain.models import Notification, NotificationKind
from services.domain.plans import (
    OVER,
    OWING,
    AccessStatus,
    Buyer,
    Channel,
    ChannelAccess,
    Plan,
    Subscription,
    SubscriptionStatus,
)
from services.mails import TO_OPERATOR
from services.messages import buttons
from services.messages.facts import Text
from services.messages.languages import Language
from services.messages.plan_compose import compose_plan
from services.messages.plan_facts import PlanFacts
from services.notification_subjects import Reader, left_chat
from services.providers.message_ports import Button
from services.store import channel_accesses, telegram_buyers
from services.store import plan_payments as plan_payment_store
from services.store import plans as plan_store
from services.store import subscriptions as subscription_store
from services.store import users as user_store


@dataclass(frozen=True, slots=True)
class PlanNotice:
    """A subscription as the subject of notifications.

    `open_chat_id` is the chat in which its buyer may be written to, None while there is none.
    """

    facts: PlanFacts
    open_chat_id: int | None

    @property
    def booking_id(self) -> None:
        return None

    @property
    def subscription_id(self) -> UUID:
        return self.facts.subscription.id

    def reader(self, app: App, kind: NotificationKind) -> Reader:
        if kind in TO_OPERATOR:
            return Reader.operator(app)
        buyer = self.facts.buyer
        if buyer is None:
            return Reader.nobody()
        return Reader.person(
            app,
            user_id=buyer.user_id,
            email=buyer.email,
            open_chat_id=self.open_chat_id,
            language=buyer.language,
        )

    def text(self, kind: NotificationKind, language: Language) -> Text:
        return compose_plan(kind, self.facts, language)

    def button(self, kind: NotificationKind, language: Language) -> Button | None:
        return buttons.plan_button(kind, self.facts, language)

    def as_it_is_now(self, notification: Notification) -> Notification:
        return notification

    def is_overtaken(self, notification: Notification, *, now: datetime) -> bool:
        buyer = self.facts.buyer
        if left_chat(notification, buyer.telegram_id if buyer else None):
            return True
        no_longer_true = OVERTAKEN.get(notification.kind)
        return no_longer_true is not None and no_longer_true(self.facts, notification)


def _is_paid(facts: PlanFacts, _: Notification) -> bool:
    return facts.subscription.status not in OWING


def _goes_on_again(facts: PlanFacts, _: Notification) -> bool:
    return facts.subscription.status not in OWING | OVER


def _trial_is_over(facts: PlanFacts, _: Notification) -> bool:
    return facts.subscription.status is not SubscriptionStatus.TRIALING


def _is_kept_or_over(facts: PlanFacts, _: Notification) -> bool:
    return facts.subscription.cancel_at is None or facts.subscription.status in OVER


def _invitation_is_void(facts: PlanFacts, notification: Notification) -> bool:
    """Each round has its own link; where the link is everybody's there may be no access to tell."""
    if facts.access is None:
        return facts.subscription.status in OVER
    ended = facts.access.status is AccessStatus.ENDED
    return ended or notification.round != facts.access.round


def _may_be_in_again(facts: PlanFacts, _: Notification) -> bool:
    gone = {AccessStatus.ENDED, AccessStatus.LEFT}
    return facts.access is not None and facts.access.status not in gone


OVERTAKEN: Mapping[NotificationKind, Callable[[PlanFacts, Notification], bool]] = {
    NotificationKind.RENEWAL_FAILED: _is_paid,
    NotificationKind.GRACE_OVER: _goes_on_again,
    NotificationKind.TRIAL_ENDING: _trial_is_over,
    NotificationKind.SUBSCRIPTION_ENDING: _is_kept_or_over,
    NotificationKind.CHANNEL_INVITE: _invitation_is_void,
    NotificationKind.CHANNEL_LEFT: _may_be_in_again,
}
"""When a message of this kind says what is no longer true; all others stay true."""


async def notice_of(app: App, conn: Conn, subscription_id: UUID) -> PlanNotice:
    """The subscription with what a message about it may speak of."""
    subscription = await subscription_store.get(conn, subscription_id)
    assert subscription is not None, "messages are written of rows, and end with them"
    plan = await _plan(conn, subscription)
    channel = await plan_store.channel(conn, plan.channel_id) if plan and plan.channel_id else None
    access = await _access(conn, subscription, channel)
    payer = await _payer(conn, subscription)
    facts = PlanFacts(
        subscription=subscription,
        plan=plan,
        channel=channel,
        access=access,
        buyer=payer.buyer,
        payment=await plan_payment_store.newest_of_subscription(conn, subscription_id),
        channel_link=_link(app, channel, access),
        time_zone=payer.time_zone,
        public_url=app.settings.public_url.rstrip("/"),
    )
    return PlanNotice(facts, payer.open_chat_id)


async def _plan(conn: Conn, subscription: Subscription) -> Plan | None:
    if subscription.plan_id is None:
        return None
    return (await plan_store.by_ids(conn, [subscription.plan_id])).get(subscription.plan_id)


async def _access(
    conn: Conn, subscription: Subscription, channel: Channel | None
) -> ChannelAccess | None:
    if channel is None:
        return None
    return await channel_accesses.of_subscriber(
        conn,
        channel.id,
        user_id=subscription.user_id,
        telegram_buyer_id=subscription.telegram_buyer_id,
    )


def _link(app: App, channel: Channel | None, access: ChannelAccess | None) -> str | None:
    """A person's own link goes before the one that is everybody's."""
    if channel is None:
        return None
    own = access.invite_link if access else None
    return own or channel.link or app.settings.paid_channel_link


@dataclass(frozen=True, slots=True)
class _Payer:
    """The buyer as messages reach them; nobody once they left."""

    buyer: Buyer | None = None
    open_chat_id: int | None = None
    time_zone: str = "UTC"


async def _payer(conn: Conn, subscription: Subscription) -> _Payer:
    """The account if the subscription has one, else who bought it in Telegram."""
    if subscription.user_id is not None:
        user = await user_store.get(conn, subscription.user_id)
        if user is None:
            return _Payer()
        open_chat_id = None if user.telegram_blocked_at else user.telegram_id
        return _Payer(buyers.of_user(user), open_chat_id, user.time_zone or "UTC")
    if subscription.telegram_buyer_id is None:
        return _Payer()
    row = await telegram_buyers.get(conn, subscription.telegram_buyer_id)
    if row is None:
        return _Payer()
    return _Payer(buyers.of_telegram_buyer(row), None if row.blocked_at else row.telegram_id)
