"""What it means that the money of a payment goes back: for its session, or for its plan."""

from services import bookings, entitlements, notifications
from services.app import App
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.models import (
    Booking,
    NotificationKind,
)
from services.domain.payments import Outcome, Payment
from services.domain.plans import OVER, Subscription, SubscriptionStatus
from services.domain.policy import Absent, Party
from services.store import bookings as booking_store
from services.store import payments as payment_store
from services.store import plan_payments as plan_payment_store
from services.store import plans as plan_store
from services.store import refunds as refund_store
from services.store import subscriptions as subscription_store
from services.store import user_sessions

WHY = {
    Event.REFUNDED_OUTSIDE: (Party.OPERATOR, "The payment was returned by the seller."),
    Event.DISPUTE_LOST: (Party.BANK, "The payment was returned by the bank."),
}
"""Who called the session off by returning its money, and what its client reads."""


async def of_booking(
    app: App, conn: Conn, booking: Booking, payment: Payment, event: Event
) -> bool:
    """All the money went back, or is on its way: a live booking is given up. False when it was over
    already, was held, or another payment stands for it."""
    others = [
        other
        for other in await payment_store.succeeded_of_booking(conn, booking.id)
        if other.id != payment.id and await _stands(conn, other)
    ]
    if others and event is Event.REFUNDED_OUTSIDE:  # paid twice: the other payment still stands
        await notifications.announce(app, conn, booking.id, NotificationKind.PAYMENT_RETURNED)
    elif not others and booking.status in (Status.PENDING, Status.ACCEPTED):
        return await _give_up(app, conn, booking, event)
    return False


async def _stands(conn: Conn, payment: Payment) -> bool:
    if payment.outcome is None:
        return not await refund_store.under_way(conn, payment.id)
    return payment.outcome is Outcome.FULFILLED


async def _give_up(app: App, conn: Conn, booking: Booking, event: Event) -> bool:
    by, why = WHY[event]
    over = booking.ends_at is not None and booking.ends_at <= app.clock.now()
    if over or booking.absent is Absent.CLIENT:
        # It was held: only its money went back.
        if event is Event.REFUNDED_OUTSIDE:
            await notifications.announce(app, conn, booking.id, NotificationKind.PAYMENT_RETURNED)
        return False
    await bookings.advance(app, conn, booking.id, event, reason=why)
    await booking_store.called_off(conn, booking.id, by)
    await user_sessions.end(conn, booking.id, now=app.clock.now())
    await notifications.announce(app, conn, booking.id, NotificationKind.BOOKING_CANCELLED)
    if booking.status is Status.ACCEPTED:
        await notifications.announce(app, conn, booking.id, NotificationKind.HOST_CANCELLED)
    return True


async def of_subscription(
    app: App, conn: Conn, subscription: Subscription, payment: Payment
) -> None:
    """All the money is on its way back: what it paid for is lost. A subscription itself goes on at
    Stripe until somebody ends it there; what was bought once is over."""
    after = subscription
    others = [
        other
        for other in await plan_payment_store.succeeded_of_subscription(conn, subscription.id)
        if other.id != payment.id and other.amount_refunded_minor < other.amount.amount_minor
    ]
    once = await paid_once(conn, subscription)
    if once and not others and subscription.status not in OVER:
        after = await subscription_store.set_status(
            conn, subscription.id, SubscriptionStatus.CANCELED, now=app.clock.now()
        )
    await entitlements.changed(app, conn, after)
    returned = await plan_payment_store.count_returned(conn, subscription.id)
    await notifications.announce_plan(
        app,
        conn,
        subscription.id,
        NotificationKind.PLAN_PAYMENT_RETURNED,
        round_=max(0, returned - 1),
    )


async def paid_once(conn: Conn, subscription: Subscription) -> bool:
    """Whether it is of a plan that is paid once and kept."""
    if subscription.plan_id is None or subscription.stripe_id is not None:
        return False
    plans = await plan_store.by_ids(conn, [subscription.plan_id])
    return plans[subscription.plan_id].interval is None
