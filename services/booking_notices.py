"""Notifications about a booking: their facts, their reader, and when they are overtaken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services import appointments
from services.app import App
from services.db import Conn
from services.domain.booking import OVER, Status
from services.domain.models import (
    Booking,
    Medium,
    Notification,
    NotificationKind,
)
from services.domain.money import Money
from services.domain.payments import Payment
from services.domain.payouts import (
    BLOCKED,
)
from services.mails import TO_HOST, TO_OPERATOR
from services.messages import buttons, compose
from services.messages.facts import Facts, Text
from services.messages.languages import Language
from services.notification_subjects import Reader, left_chat
from services.providers.message_ports import Button
from services.store import credit_uses, payout_lists, refunds, user_sessions
from services.store import payments as payment_store

REMINDERS = frozenset({NotificationKind.REMINDER_DAY, NotificationKind.REMINDER_HOUR})
ASKS_FOR_A_TIME = frozenset({NotificationKind.CHOOSE_TIME, NotificationKind.CHOOSE_TIME_REMINDER})
TELLS_OF_A_TIME = REMINDERS | {
    NotificationKind.BOOKING_CONFIRMED,
    NotificationKind.BOOKING_RESCHEDULED,
    NotificationKind.BOOKING_KEPT_TIME,
    NotificationKind.MEETING_LINK,
    NotificationKind.HOST_BOOKED,
    NotificationKind.HOST_RESCHEDULED,
}


@dataclass(frozen=True, slots=True)
class BookingNotice:
    """A booking as the subject of notifications."""

    facts: Facts

    @property
    def booking_id(self) -> UUID:
        return self.facts.booking.id

    @property
    def subscription_id(self) -> None:
        return None

    def reader(self, app: App, kind: NotificationKind) -> Reader:
        if kind in TO_OPERATOR:
            return Reader.operator(app)
        if kind in TO_HOST:
            host = self.facts.host
            return Reader(None, ((Medium.EMAIL, host.email),), Language.of(host.language))
        client = self.facts.client
        if client is None:
            return Reader.nobody()
        return Reader.person(
            app,
            user_id=client.id,
            email=client.email,
            open_chat_id=None if client.telegram_blocked_at else client.telegram_id,
            language=client.language,
        )

    def text(self, kind: NotificationKind, language: Language) -> Text:
        return compose.compose(kind, self.facts, language)

    def button(self, kind: NotificationKind, language: Language) -> Button | None:
        return buttons.button(kind, self.facts, language)

    def as_it_is_now(self, notification: Notification) -> Notification:
        """Written before a bank was asked, it may hold a link that is withheld by now."""
        if notification.kind not in TELLS_OF_A_TIME or not self.facts.disputed:
            return notification
        text = self.text(notification.kind, Language.of(notification.language))
        return replace(notification, title=text.title, body=text.body)

    def is_overtaken(self, notification: Notification, *, now: datetime) -> bool:
        booking, client = self.facts.booking, self.facts.client
        if left_chat(notification, client.telegram_id if client else None):
            return True
        if notification.kind in ASKS_FOR_A_TIME:
            return booking.status is not Status.PENDING or booking.starts_at is not None
        if notification.kind is NotificationKind.HOST_DISPUTED:
            return not self.facts.disputed
        if notification.kind is NotificationKind.HOST_PAYOUT_BLOCKED:
            payout = self.facts.payout
            return payout is None or payout.reason not in BLOCKED
        if notification.kind not in TELLS_OF_A_TIME:
            return False
        moved = notification.round != booking.sequence
        begun = booking.starts_at is not None and booking.starts_at <= now
        return booking.status in OVER or moved or (begun and notification.kind in REMINDERS)


async def notice_of(app: App, conn: Conn, booking_id: UUID) -> BookingNotice:
    """The booking with what a message about it may speak of."""
    case = await appointments.of(conn, booking_id)
    paid = await payment_store.succeeded_of_booking(conn, booking_id)
    amount, returned = await _price(conn, case.booking, paid)
    meeting = (await user_sessions.of_bookings(conn, [booking_id])).get(booking_id)
    payouts = await payout_lists.by_bookings(
        conn, case.host.id, [booking_id], rest=app.settings.payout_rest
    )
    with_credits = case.booking.credits is not None
    return BookingNotice(
        Facts(
            booking=case.booking,
            session_type=case.session_type,
            host=case.host,
            client=case.client,
            meeting=meeting if meeting and meeting.withheld_at is None else None,
            receipt_url=next(
                (payment.receipt_url for payment in paid if payment.receipt_url), None
            ),
            public_url=app.settings.public_url.rstrip("/"),
            paid=amount,
            returned=returned,
            payout=payouts.get(booking_id),
            disputed=any(payment.is_disputed for payment in paid),
            credit_returned=with_credits and await credit_uses.returned(conn, booking_id),
        )
    )


async def _price(conn: Conn, booking: Booking, paid: Sequence[Payment]) -> tuple[Money, Money]:
    """The amount of the payment that stands, of several the one of which most is left, and what of
    it went back or is asked back."""
    left = {
        payment.id: payment.amount.amount_minor
        - payment.amount_lost_minor
        - await refunds.live(conn, payment.id)
        for payment in paid
    }
    stands = max(paid, key=lambda payment: left[payment.id], default=None)
    if stands is None:
        return booking.price, Money(0, booking.price.currency)
    gone = stands.amount.amount_minor - max(0, left[stands.id])
    return stands.amount, Money(gone, stands.amount.currency)
