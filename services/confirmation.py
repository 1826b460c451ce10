"""confirmBooking: what the client's return from the payment page leads to, of a plan too."""

import asyncio
import logging
from dataclasses import dataclass
from uuid import UUID

from services import bookings, payments, settlement, subscriptions
from services.app import App
from services.auth import Viewer
from services.domain.booking import Status
from services.domain.errors import (
    BookingRejected,
    PaymentFailed,
    PaymentNotFound,
    PaymentProcessing,
    PaymentProviderUnavailable,
    PaymentUnderReview,
)
from services.domain.models import (
    Booking,
    Meeting,
)
from services.domain.payments import Checkout, Outcome
from services.domain.plans import OVER, Subscription
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState, Unknown
from services.store import checkouts as checkout_store
from services.store import payments as payment_store
from services.store import plan_payments as plan_payment_store
from services.store import refunds as refund_store

log = logging.getLogger(__name__)

LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was paid for, as far as it has come: the booking, PENDING while fulfilment is not over,
    or the subscription."""

    booking: Booking | None = None
    meeting: Meeting | None = None
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What the client came back with: exactly one of the two ids of Stripe."""

    checkout_session_id: str | None = None
    payment_intent_id: str | None = None


Why = PaymentFailed | PaymentProcessing | PaymentUnderReview | BookingRejected


class Unconfirmed(Exception):
    """What was to be paid is known but not confirmed; `why` is a DomainError for the client."""

    def __init__(
        self, why: Why, booking: Booking | None = None, subscription: Subscription | None = None
    ) -> None:
        super().__init__(str(why))
        self.why = why
        self.booking = booking
        self.subscription = subscription


async def confirm(app: App, viewer: Viewer, reference: Reference) -> Confirmed:
    """Take the payment in, whether or not its webhook came, and wait a little for the booking.

    Raises PaymentNotFound (also for a stranger's), PaymentProviderUnavailable, Unconfirmed.
    """
    checkout, session_id = await _find(app, viewer, reference)
    if checkout.subscription_id is not None:
        return await _confirm_plan(app, viewer, checkout.subscription_id, session_id)
    assert checkout.booking_id is not None
    return await _confirm_booking(app, viewer, checkout.booking_id, session_id)


async def _confirm_plan(
    app: App, viewer: Viewer, subscription_id: UUID, session_id: str
) -> Confirmed:
    order = await _subscription(app, viewer, subscription_id)
    if not (order.is_order or order.is_own_trial or order.status in OVER):
        return Confirmed(subscription=order)
    state = await _read(app, session_id)
    try:
        await settlement.take_in(app, state)
    except Unknown:
        raise PaymentNotFound from None
    except ProviderError as error:
        raise PaymentProviderUnavailable from error
    after = await _subscription(app, viewer, subscription_id)
    not_begun = after.is_order or after.is_own_trial or after.was_given_up
    if not_begun or state.status != "COMPLETE":
        why = await _plan_odd(app, after) or _not_paid(state, held=False)
        raise Unconfirmed(why, subscription=after)
    return await _begun(app, after)


async def _begun(app: App, subscription: Subscription) -> Confirmed:
    """What goes on was confirmed; of what does not, its payments tell what became of it."""
    if subscription.status in OVER and (why := await _plan_odd(app, subscription)):
        raise Unconfirmed(why, subscription=subscription)
    return Confirmed(subscription=subscription)


async def _plan_odd(app: App, subscription: Subscription) -> Why | None:
    """Paid and nevertheless not begun: it was given back, or somebody looks at it."""
    async with app.db.connection() as conn:
        came = await plan_payment_store.succeeded_of_subscription(conn, subscription.id)
        back = [payment for payment in came if await refund_store.under_way(conn, payment.id)]
    if any(payment.outcome is Outcome.WAITING for payment in came):
        return PaymentUnderReview()
    returned = [payment for payment in came if payment.outcome is Outcome.REFUNDED]
    if came and len(back) + len(returned) == len(came):
        return PaymentFailed("Your money goes back to you: the plan could not be begun.")
    return None


async def _subscription(app: App, viewer: Viewer, subscription_id: UUID) -> Subscription:
    found = await subscriptions.by_ids(app, viewer.user_id, [subscription_id])
    if subscription_id not in found:
        raise PaymentNotFound
    return found[subscription_id]


async def _confirm_booking(
    app: App, viewer: Viewer, booking_id: UUID, session_id: str
) -> Confirmed:
    booking = await bookings.get(app, viewer.user_id, booking_id)
    if booking is None:
        raise PaymentNotFound
    state = None
    if booking.status in payments.UNPAID:
        state = await _read(app, session_id)
        async with app.db.transaction() as conn:
            await payments.apply(app, conn, state)
    confirmed = await _wait(app, viewer.user_id, booking_id)
    assert confirmed.booking is not None
    if why := await _why_not(app, confirmed.booking, state):
        raise Unconfirmed(why, confirmed.booking)
    return confirmed


async def _find(app: App, viewer: Viewer, reference: Reference) -> tuple[Checkout, str]:
    """Our row of the checkout, and Stripe's id of it: by our rows, else by what Stripe says."""
    session_id = reference.checkout_session_id
    async with app.db.connection() as conn:
        if reference.payment_intent_id is not None:
            known = await payment_store.by_intent(conn, reference.payment_intent_id)
            session_id = known.checkout_session_id if known else None
        checkout = await checkout_store.by_session(conn, session_id) if session_id else None
    if checkout is not None:
        assert session_id is not None
        return checkout, session_id
    state = await _ask_stripe(app, reference)
    async with app.db.connection() as conn:
        checkout = await payments.checkout_of(conn, state)
    if checkout is None:
        raise PaymentNotFound
    return checkout, state.id


async def _ask_stripe(app: App, reference: Reference) -> CheckoutState:
    if reference.checkout_session_id is not None:
        return await _read(app, reference.checkout_session_id)
    assert reference.payment_intent_id is not None
    return await _read(app, await _session_of(app, reference.payment_intent_id))


async def _session_of(app: App, payment_intent_id: str) -> str:
    try:
        state = await app.checkouts.of_payment(payment_intent_id)
    except Unknown:
        state = None
    except ProviderError as error:
        raise PaymentProviderUnavailable from error
    if state is None:
        raise PaymentNotFound
    return state.id


async def _read(app: App, session_id: str) -> CheckoutState:
    try:
        return await app.checkouts.read(session_id)
    except Unknown:
        raise PaymentNotFound from None
    except ProviderError as error:
        raise PaymentProviderUnavailable from error


async def _why_not(app: App, booking: Booking, state: CheckoutState | None) -> Why | None:
    if booking.status is Status.REJECTED:
        return BookingRejected(booking.status_reason)
    if booking.status not in payments.UNPAID:
        return None
    if odd := await _odd(app, booking):
        return odd
    return _not_paid(state)


def _not_paid(state: CheckoutState | None, *, held: bool = True) -> Why:
    told = state.payment if state else None
    if told is not None and told.status == "PROCESSING":
        return PaymentProcessing(held=held)
    if told is not None and told.status == "FAILED":
        return PaymentFailed(told.failure_reason)
    return PaymentFailed("The payment has not been completed.")


async def _odd(app: App, booking: Booking) -> Why | None:
    """Paid and nevertheless not booked: it was given back, or somebody looks at it."""
    async with app.db.connection() as conn:
        came = await payment_store.succeeded_of_booking(conn, booking.id)
    if not came:
        return None
    if all(payment.outcome is Outcome.REFUNDED for payment in came):
        return BookingRejected(booking.status_reason)
    return PaymentUnderReview()


async def _wait(app: App, user_id: UUID, booking_id: UUID) -> Confirmed:
    """Look until the booking came to rest or the time is up."""
    looks = max(1, round(app.settings.confirm_wait_seconds / LOOK_EVERY))
    for _ in range(looks):
        confirmed = await _look(app, user_id, booking_id)
        if _at_rest(confirmed):
            return confirmed
        await asyncio.sleep(LOOK_EVERY)
    return await _look(app, user_id, booking_id)


async def _look(app: App, user_id: UUID, booking_id: UUID) -> Confirmed:
    booking = await bookings.get(app, user_id, booking_id)
    if booking is None:
        raise PaymentNotFound
    return Confirmed(booking, (await bookings.meetings(app, [booking_id])).get(booking_id))


def _at_rest(confirmed: Confirmed) -> bool:
    booking = confirmed.booking
    assert booking is not None
    if booking.status is Status.ACCEPTED:
        return confirmed.meeting is not None
    return booking.status is not Status.PENDING or booking.starts_at is None
