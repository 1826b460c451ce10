"""Disputes: a bank took the money back for now, and with it goes what was paid for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from services import (
    bookings,
    entitlements,
    escalation,
    notifications,
    payouts,
    returns,
    story,
)
from services.app import App
from services.db import Conn
from services.domain.booking import Event
from services.domain.disputes import DisputeStanding, standing
from services.domain.models import (
    Booking,
    NotificationKind,
)
from services.domain.payments import Outcome, Payment
from services.domain.story import StepKind
from services.providers.billing_ports import DisputeState
from services.store import entitlements as entitlement_store
from services.store import payment_outcomes, user_sessions
from services.store import payments as payment_store
from services.store import plan_payments as plan_payment_store
from services.store import refunds as refund_store
from services.store import subscriptions as subscription_store

log = logging.getLogger(__name__)

LOST = "The payer's bank returned the money after a dispute."
DECIDED_ANEW = "A dispute that had been lost was decided anew."


@dataclass(frozen=True, slots=True)
class Reading:
    """What Stripe told of a payment's disputes, newest first; of two readings the one with the
    greater `ticket` began later."""

    ticket: int
    states: Sequence[DisputeState]


async def read(app: App, payment_intent_id: str) -> Reading:
    """Ask Stripe. Raises ProviderError."""
    async with app.db.connection() as conn:
        ticket = await subscription_store.next_ticket(conn)
    return Reading(ticket, await app.disputes.of_payment(payment_intent_id))


async def apply(app: App, conn: Conn, payment_intent_id: str, reading: Reading) -> bool:
    """Write what Stripe told of the disputes about a payment, unless a later reading was written.

    An open one freezes what was paid for and its payout, a won one gives them back, a lost one
    takes them for good. False when the payment isn't known.
    """
    known = await payment_store.by_intent(conn, payment_intent_id)
    if known is None:
        return False
    booking = await bookings.lock(conn, known.booking_id) if known.booking_id else None
    subscription = (
        await entitlements.lock(conn, known.subscription_id) if known.subscription_id else None
    )
    payment = await payment_store.lock_by_intent(conn, payment_intent_id)
    assert payment is not None
    status = _telling(reading.states)
    lost_minor = _lost(
        reading.states, payment, settled=await refund_store.settled(conn, payment.id)
    )
    count = len(reading.states)
    written = await plan_payment_store.set_dispute(
        conn, payment.id, status, count=count, ticket=reading.ticket
    )
    if not written:
        return True
    now_is, was = standing(status), standing(payment.dispute_status)
    opened = now_is is DisputeStanding.OPEN and was is not DisputeStanding.OPEN
    if opened or count > payment.dispute_count:
        await _tell_operator(app, conn, payment)
    if status == payment.dispute_status and lost_minor == payment.amount_lost_minor:
        return True
    log.warning("payment disputed", extra={"payment_id": payment.id, "status": status})
    await payment_outcomes.set_amount_lost(conn, payment.id, lost_minor)
    await _settle(app, conn, payment, lost_minor)
    await payouts.review(app, conn, payment.id)
    if booking is not None:
        await _of_booking(app, conn, booking, payment, now_is)
    if subscription is not None:
        await entitlements.changed(app, conn, subscription)
    if payment.user_id is not None:
        await entitlement_store.refresh_paid(conn, payment.user_id, now=app.clock.now())
    return True


def _telling(states: Sequence[DisputeState]) -> str | None:
    """The status that counts of several disputes: of an open one, else of a lost one, else of the
    newest."""
    for wanted in (DisputeStanding.OPEN, DisputeStanding.LOST):
        for state in states:
            if standing(state.status) is wanted:
                return state.status
    return states[0].status if states else None


def _lost(states: Sequence[DisputeState], payment: Payment, *, settled: int) -> int:
    """What banks returned for good, in minor units; what was refunded is not lost twice, but a
    refund under way may come to nothing."""
    left = payment.amount.amount_minor - settled
    lost = [state.amount for state in states if standing(state.status) is DisputeStanding.LOST]
    if any(amount.currency != payment.amount.currency for amount in lost):
        return left  # told in another currency than was paid: as a rule all of it
    return min(left, sum(amount.amount_minor for amount in lost))


STEPS = {
    DisputeStanding.OPEN: (StepKind.DISPUTED, NotificationKind.HOST_DISPUTED),
    DisputeStanding.NONE: (StepKind.DISPUTE_WON, NotificationKind.HOST_DISPUTE_WON),
    DisputeStanding.LOST: (StepKind.DISPUTE_LOST, NotificationKind.HOST_DISPUTE_LOST),
}
"""What the client reads of a dispute, and what its host is told."""


async def _of_booking(
    app: App, conn: Conn, booking: Booking, payment: Payment, now_is: DisputeStanding
) -> None:
    """While a dispute is open nothing is given out; a lost one ends what it paid for."""
    changed = now_is is not standing(payment.dispute_status)
    if changed:
        frozen = now_is is DisputeStanding.OPEN or await _others_disputed(conn, payment)
        await user_sessions.withhold(conn, booking.id, app.clock.now() if frozen else None)
    ended = False
    if await _is_gone(conn, payment):
        ended = await returns.of_booking(app, conn, booking, payment, Event.DISPUTE_LOST)
    if changed:
        step, kind = STEPS[now_is]
        if not ended:  # or its end says so
            await story.step(app, conn, booking.id, step)
        await notifications.announce_anew(app, conn, booking.id, kind)


async def _others_disputed(conn: Conn, payment: Payment) -> bool:
    """Whether a bank decides about another payment of the same session, which was not returned."""
    assert payment.booking_id is not None
    return any(
        other.id != payment.id and other.outcome is not Outcome.REFUNDED and other.is_disputed
        for other in await payment_store.succeeded_of_booking(conn, payment.booking_id)
    )


async def _settle(app: App, conn: Conn, payment: Payment, lost_minor: int) -> None:
    """How the payment ends by what banks returned, or no longer."""
    whole = payment.amount.amount_minor
    if lost_minor and payment.amount_refunded_minor + lost_minor >= whole:
        await payment_outcomes.returned_by_bank(conn, payment.id, reason=LOST, now=app.clock.now())
    elif (
        payment.amount_lost_minor > lost_minor
        and payment.outcome is Outcome.REFUNDED
        and payment.amount_refunded_minor + lost_minor < whole
    ):
        await escalation.wait_for_human(app, conn, payment, reason=DECIDED_ANEW)


async def _is_gone(conn: Conn, payment: Payment) -> bool:
    after = await payment_store.get(conn, payment.id)
    assert after is not None
    return after.amount_lost_minor > 0 and after.returned_minor >= after.amount.amount_minor


async def _tell_operator(app: App, conn: Conn, payment: Payment) -> None:
    """Only a person can answer a dispute."""
    why = f"Payment {payment.id} is disputed: answer it in Stripe's dashboard."
    if payment.subscription_id is not None:
        await escalation.ask_operator(
            app, conn, payment.subscription_id, why=why, payment_id=payment.id
        )
        return
    assert payment.booking_id is not None, "a payment is for a booking or a subscription"
    await escalation.tell_operator(
        app, conn, payment.booking_id, source="disputes", message=why, payment_id=payment.id
    )
