"""What the operator does by hand to payments and payouts; everything else goes by itself."""

from uuid import UUID

from services import calling_off, notifications, payouts, refund_states, refunds
from services.app import App
from services.db import Conn
from services.domain.booking import OVER
from services.domain.disputes import is_taken
from services.domain.errors import (
    InvalidInput,
    NotFound,
)
from services.domain.models import (
    NotificationKind,
)
from services.domain.money import Money, to_stripe
from services.domain.payments import (
    Outcome,
    Payment,
    PaymentStatus,
    RefundBy,
    RefundStatus,
)
from services.domain.payouts import (
    Payout,
    PayoutReason,
)
from services.domain.refusals import PaymentDisputed
from services.store import bookings as booking_store
from services.store import payment_outcomes, payout_changes, payout_lists
from services.store import payments as payment_store
from services.store import payouts as payout_store
from services.store import refunds as refund_store


async def refund(
    app: App, payment_id: UUID, amount_minor: int | None, *, reason: str
) -> tuple[Payment, Money]:
    """Give a payment back, or so much of it: the payment, and what is on its way back now.

    Raises NotFound, PaymentDisputed, InvalidInput: nothing of that much is left, or no reason is
    given.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why: the client reads it.")
    async with app.db.transaction() as conn:
        known = await payment_store.get(conn, payment_id)
        payment = known and await refund_states.lock(conn, known.payment_intent_id)
        if payment is None or payment.status is not PaymentStatus.SUCCEEDED:
            raise NotFound("payment")
        if is_taken(payment.dispute_status):
            raise PaymentDisputed
        await _require_all_sent(conn, payment)
        currency = payment.amount.currency
        gone = payment.amount_lost_minor + await refund_store.live(conn, payment_id)
        left = Money(payment.amount.amount_minor - gone, currency)
        wanted = left if amount_minor is None else Money(amount_minor, currency)
        if not 0 < wanted.amount_minor <= left.amount_minor:
            raise InvalidInput("amount", f"Between nothing and {left} can go back.")
        to_stripe(wanted, field="amount")
        kept = Money(left.amount_minor - wanted.amount_minor, currency)
        number = len(await refund_store.of_payment(conn, payment_id))
        await refunds.request(
            app,
            conn,
            payment,
            amount_minor=wanted.amount_minor,
            reason=reason.strip(),
            cause=f"OPERATOR:{number}",
            by=RefundBy.OPERATOR,
        )
        if not kept.amount_minor:
            await payment_outcomes.returning(conn, payment_id)
        await payouts.review(app, conn, payment_id)
        if payment.booking_id is not None and await _tells(conn, payment, kept):
            await notifications.announce(
                app, conn, payment.booking_id, NotificationKind.PART_RETURNED, round_=number
            )
        return payment, wanted


async def _require_all_sent(conn: Conn, payment: Payment) -> None:
    """What waits because it could not be sent is sent as soon as it can be: asked for once more,
    it would go back twice. Raises InvalidInput."""
    rows = await refund_store.of_payment(conn, payment.id)
    unsent = [row.amount for row in rows if row.status is RefundStatus.REQUESTED]
    if payment.outcome is Outcome.WAITING and unsent:
        raise InvalidInput(
            "payment",
            f"{unsent[0]} goes back as soon as Stripe can be reached; to be quicker, return it in "
            "Stripe's dashboard.",
        )


async def keep(app: App, payment_id: UUID, *, reason: str) -> Payment:
    """A payment that waits for a human is settled: what is left of it is kept, for this reason.

    Raises NotFound, InvalidInput: it does not wait, or no reason is given.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why: the client reads it.")
    async with app.db.transaction() as conn:
        known = await payment_store.get(conn, payment_id)
        payment = known and await refund_states.lock(conn, known.payment_intent_id)
        if payment is None:
            raise NotFound("payment")
        if payment.outcome is not Outcome.WAITING:
            raise InvalidInput("payment", "This payment does not wait for anybody.")
        await payment_outcomes.kept(conn, payment_id, reason=reason.strip(), now=app.clock.now())
        if payment.booking_id is not None:
            await payouts.open_(app, conn, payment.booking_id)
        await payouts.review(app, conn, payment_id)
        after = await payment_store.get(conn, payment_id)
        assert after is not None
        return after


async def _tells(conn: Conn, payment: Payment, kept: Money) -> bool:
    """Whether nothing else tells the client: a session that goes on is called off when all of its
    money is on its way back."""
    assert payment.booking_id is not None
    booking = await booking_store.get(conn, payment.booking_id)
    assert booking is not None
    return kept.amount_minor > 0 or booking.status in OVER


async def hold(app: App, payout_id: UUID, *, reason: str) -> Payout:
    """Keep a payout from being made until it is released. Raises NotFound, InvalidInput."""
    if not reason.strip():
        raise InvalidInput("reason", "Say why: the host reads it.")
    return await _set_hold(app, payout_id, reason.strip())


async def release(app: App, payout_id: UUID) -> Payout:
    """Let a payout go that was held, or look anew at one that had come to its end.

    Raises NotFound.
    """
    return await _set_hold(app, payout_id, None)


async def _set_hold(app: App, payout_id: UUID, reason: str | None) -> Payout:
    async with app.db.transaction() as conn:
        known = await payout_store.get(conn, payout_id, rest=payouts.rest(app))
        if known is None:
            raise NotFound("payout")
        await calling_off.lock(conn, known.booking_id)
        await payout_changes.hold(conn, payout_id, reason, now=app.clock.now())
        await payouts.review(app, conn, known.payment_id)
        after = await payout_store.get(conn, payout_id, rest=payouts.rest(app))
        assert after is not None
        return after


async def unpaid(app: App, reason: PayoutReason | None, *, limit: int = 100) -> list[Payout]:
    """Payouts that wait, or that could not be taken back, oldest first."""
    async with app.db.connection() as conn:
        return await payout_lists.with_reason(
            conn, reason=reason, limit=limit, rest=payouts.rest(app)
        )
