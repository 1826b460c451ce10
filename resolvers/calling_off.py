"""What calling a session off would do, or did, as the API answers it."""

from strawberry import ID

from schema.bookings import Booking
from schema.errors import as_data
from schema.hosting import HostBooking
from schema.money import Money
from schema.payloads import CancelBookingPayload
from schema.refunds import RefundQuote
from services import payments, refunds
from services.app import App
from services.auth import Viewer
from services.calling_off import Quote
from services.domain import models, money
from services.domain.payments import PaymentStatus, RefundStatus
from services.domain.policy import CALLED_OFF

_NOT_RETURNED = (RefundStatus.FAILED, RefundStatus.CANCELED)


def quoted(quote: Quote) -> RefundQuote:
    return RefundQuote(
        booking_id=ID(str(quote.booking.id)),
        can_cancel=quote.refusal is None,
        refund=Money.of(quote.refund),
        kept=Money.of(quote.kept),
        percent=quote.percent,
        credits_returned=quote.credits_returned,
        holds_until=quote.holds_until,
        refusal=as_data(quote.refusal) if quote.refusal else None,
    )


async def cancelled(app: App, viewer: Viewer, booking: models.Booking) -> CancelBookingPayload:
    """The answer to whoever called it off: its client, or else its host."""
    went_back = await refund_of(app, booking)
    refund = Money.of(went_back) if went_back else None
    if booking.user_id == viewer.user_id:
        return CancelBookingPayload(booking=Booking.of(booking), refund=refund)
    return CancelBookingPayload(host_booking=HostBooking.of(booking), refund=refund)


async def refund_of(
    app: App, booking: models.Booking, *, cause: str = CALLED_OFF
) -> money.Money | None:
    """What went back, or is to, for this cause; None where no money was paid."""
    paid = [
        payment
        for payment in (await payments.of_bookings(app, [booking.id]))[booking.id]
        if payment.status is PaymentStatus.SUCCEEDED
    ]
    if not paid:
        return None
    asked = await refunds.of_payments(app, [payment.id for payment in paid])
    back = sum(
        refund.amount.amount_minor
        for of_one in asked.values()
        for refund in of_one
        if refund.cause == cause and refund.status not in _NOT_RETURNED
    )
    return money.Money(back, booking.price.currency)
