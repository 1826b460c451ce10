"""Payments: what Stripe tells of a checkout becomes the state of its booking."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services import bookings, escalation, jobs, notifications, payouts, refunds
from services.app import App
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.errors import SlotTaken
from services.domain.jobs import Job
from services.domain.models import (
    Booking,
    NotificationKind,
)
from services.domain.paging import Page, PageRequest
from services.domain.payments import (
    Checkout,
    CheckoutStatus,
    Payment,
    PaymentStatus,
)
from services.providers.ports import CheckoutState, PaymentState
from services.store import bookings as booking_store
from services.store import checkouts as checkout_store
from services.store import entitlements as entitlement_store
from services.store import hosts as host_store
from services.store import payment_lists, payment_outcomes
from services.store import payments as store
from services.store import refunds as refund_store
from services.store import session_types as session_type_store
from services.store.checkouts import Subject
from services.store.payments import Cause

log = logging.getLogger(__name__)

SETTLING = timedelta(days=14)
"""How long a delayed method may take; bank debits settle within ten working days."""

CHECKOUT_KEY = "sessionpay_checkout_id"
"""Metadata of a Checkout Session that names our row."""


def transfer_group(booking_id: UUID) -> str:
    """What a booking's payments and transfers are called at Stripe, for people and for finding."""
    return f"booking_{booking_id}"


UNPAID = (Status.AWAITING_PAYMENT, Status.CANCELLED)


async def checkout_of(conn: Conn, state: CheckoutState) -> Checkout | None:
    """Our row of a checkout at Stripe, also when its id never reached us; None: not ours."""
    if found := await checkout_store.by_session(conn, state.id):
        return found
    try:
        ours = UUID(state.metadata.get(CHECKOUT_KEY, ""))
    except ValueError:
        return None  # another program of the account may use the same name
    return await checkout_store.get(conn, ours)


async def apply(
    app: App, conn: Conn, state: CheckoutState, *, when_expired: Event = Event.HOLD_LAPSED
) -> bool:
    """Write what Stripe tells of a booking's checkout, once, in any order. False for any other."""
    checkout = await checkout_of(conn, state)
    if checkout is None or checkout.booking_id is None:
        return False
    booking = await bookings.lock(conn, checkout.booking_id)
    as_it_was = await checkout_store.get(conn, checkout.id)
    was_complete = as_it_was is not None and as_it_was.status is CheckoutStatus.COMPLETE
    await checkout_store.set_status(conn, checkout.id, CheckoutStatus(state.status), state.id)
    if state.payment is not None and state.payment.status != "OPEN":
        await _apply_payment(app, conn, booking, state, state.payment, was_complete=was_complete)
    if state.status == "EXPIRED":
        latest = await checkout_store.latest(conn, Subject("booking_id", booking.id))
        if latest is not None and latest.id == checkout.id:
            await bookings.advance(
                app, conn, booking.id, when_expired, reason=WHY_RELEASED[when_expired]
            )
    return True


WHY_RELEASED = {
    Event.HOLD_LAPSED: "The payment was not completed in time.",
    Event.CLIENT_CANCELLED: "Cancelled before payment.",
    Event.TIME_CLOSED: "The host's calendar is not free at this time any more.",
}


async def _apply_payment(
    app: App,
    conn: Conn,
    booking: Booking,
    state: CheckoutState,
    told: PaymentState,
    *,
    was_complete: bool,
) -> None:
    before = await store.by_intent(conn, told.id)
    if (
        was_complete
        and told.status == "PROCESSING"
        and before is not None
        and before.status is PaymentStatus.FAILED
    ):
        return  # read before its end and written after: a completed checkout fails for good
    payment = await store.record(
        conn,
        Cause(booking.user_id, booking_id=booking.id, checkout_session_id=state.id),
        payment_intent_id=told.id,
        charge_id=told.charge_id,
        customer_id=told.customer_id,
        amount=told.amount,
        status=PaymentStatus(told.status),
        failure_reason=told.failure_reason if told.status == "FAILED" else None,
        receipt_url=told.receipt_url,
        now=app.clock.now(),
    )
    if payment.status is PaymentStatus.PROCESSING:
        await _hold_while_processing(app, conn, booking)
    elif payment.status is PaymentStatus.FAILED and state.status == "COMPLETE":
        await bookings.advance(
            app, conn, booking.id, Event.PAYMENT_FAILED, reason=payment.failure_reason
        )
    elif payment.status is PaymentStatus.SUCCEEDED and (
        before is None or before.status is not PaymentStatus.SUCCEEDED
    ):
        log.info("payment succeeded", extra={"payment_id": payment.id, "booking_id": booking.id})
        await _paid(app, conn, booking, payment)


async def _hold_while_processing(app: App, conn: Conn, booking: Booking) -> None:
    if await bookings.advance(app, conn, booking.id, Event.PAYMENT_PROCESSING):
        await booking_store.set_hold_end(conn, booking.id, app.clock.now() + SETTLING)


async def _paid(app: App, conn: Conn, booking: Booking, payment: Payment) -> None:
    """Money came: the booking goes on, or the money goes back, or a human looks at it."""
    if payment.user_id is not None:
        await entitlement_store.refresh_paid(conn, payment.user_id, now=app.clock.now())
    if payment.amount != booking.price:
        await _wrong_amount(app, conn, booking, payment)
    elif booking.status not in UNPAID or booking.called_off_by is not None:
        await refunds.request(app, conn, payment, reason="This session was paid for already.")
    else:
        await _go_on(app, conn, booking)


async def _go_on(app: App, conn: Conn, booking: Booking) -> None:
    if booking.status is Status.CANCELLED:
        await host_store.lock(conn, booking.host_id)  # it competes with new holds for its slot
    try:
        moved = await bookings.advance(app, conn, booking.id, Event.PAYMENT_SUCCEEDED)
    except SlotTaken:
        await refunds.reject(
            app,
            conn,
            booking.id,
            Event.SLOT_LOST,
            reason="The payment arrived after the time had been given to somebody else.",
        )
        return
    if moved is not None and moved.starts_at is None:
        await _ask_for_time(app, conn, moved)


async def _ask_for_time(app: App, conn: Conn, booking: Booking) -> None:
    session_type = (await session_type_store.by_ids(conn, [booking.session_type_id]))[
        booking.session_type_id
    ]
    await booking_store.set_place_by(conn, booking.id, app.clock.now() + session_type.placement)
    await jobs.enqueue(conn, Job.OFFER_PAGE, booking.id)
    await notifications.announce(app, conn, booking.id, NotificationKind.CHOOSE_TIME)


async def _wrong_amount(app: App, conn: Conn, booking: Booking, payment: Payment) -> None:
    """Never seen unless somebody changed the session at Stripe: nothing is done by itself."""
    await escalation.wait_for_human(
        app,
        conn,
        payment,
        reason=f"Stripe took {payment.amount.display}, the booking costs {booking.price.display}.",
    )
    await bookings.advance(
        app, conn, booking.id, Event.HOLD_LAPSED, reason="The payment is being looked at."
    )


async def conclude(app: App, booking_id: UUID) -> None:
    """A payment whose booking is at rest ends too: fulfilled if it takes place, else by a human."""
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        if booking.status is Status.ACCEPTED:
            await payment_outcomes.fulfilled(conn, booking_id, now=app.clock.now())
            await payouts.open_(app, conn, booking_id)
        for payment in await store.succeeded_of_booking(conn, booking_id):
            if payment.outcome is None and not await refund_store.under_way(conn, payment.id):
                await escalation.wait_for_human(
                    app, conn, payment, reason="Paid, but nothing was booked for it."
                )


async def mine(app: App, user_id: UUID, page: PageRequest) -> Page[Payment]:
    """The user's payments, newest first."""
    async with app.db.connection() as conn:
        return await payment_lists.page_of_user(conn, user_id, page)


async def of_bookings(app: App, booking_ids: Sequence[UUID]) -> dict[UUID, list[Payment]]:
    """Every payment of each booking, newest first."""
    async with app.db.connection() as conn:
        return await payment_lists.of_bookings(conn, booking_ids)
