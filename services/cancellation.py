"""Cancelling: by the client within the terms, by the host with all the money back, or by the
operator."""

from uuid import UUID

from services import bookings, calling_off, holds
from services.app import App
from services.auth import Viewer
from services.calling_off import Quote
from services.domain.booking import Status
from services.domain.errors import (
    InvalidInput,
    NotFound,
)
from services.domain.models import Booking
from services.domain.policy import Party
from services.domain.refusals import QuoteChanged
from services.store import bookings as booking_store


async def quote(app: App, viewer: Viewer, booking_id: UUID) -> Quote:
    """What `cancel` by this viewer would do now. Raises NotFound."""
    booking, by = await _find(app, viewer, booking_id)
    async with app.db.connection() as conn:
        return await calling_off.quote(app, conn, booking, by)


async def cancel(
    app: App, viewer: Viewer, booking_id: UUID, *, expected_refund_minor: int | None = None
) -> Booking:
    """Release an unpaid hold, or call a paid session off. Asked again, the same answer.

    With `expected_refund_minor` only if so much comes back. Raises NotFound, NotCancellable,
    TooLate, PaymentDisputed, PaymentUnderReview, QuoteChanged; for a hold AlreadyPaid,
    PaymentProcessing, PaymentProviderUnavailable.
    """
    if expected_refund_minor is not None and expected_refund_minor < 0:
        raise InvalidInput("expectedRefundMinor", "An amount can't be negative.")
    booking, by = await _find(app, viewer, booking_id)
    if booking.status is Status.AWAITING_PAYMENT and by is Party.CLIENT:
        return await holds.cancel(app, viewer, booking_id)
    return await _call_off(
        app, booking_id, by, viewer.user_id, expected_refund_minor=expected_refund_minor
    )


async def cancel_as_operator(app: App, booking_id: UUID) -> Booking:
    """Call a paid session off with all the money back. Raises NotFound, NotCancellable."""
    async with app.db.connection() as conn:
        if await booking_store.get(conn, booking_id) is None:
            raise NotFound("booking")
    return await _call_off(app, booking_id, Party.OPERATOR, None, expected_refund_minor=None)


async def _find(app: App, viewer: Viewer, booking_id: UUID) -> tuple[Booking, Party]:
    """The viewer's booking, as its client or as its host. Raises NotFound."""
    if own := await bookings.get(app, viewer.user_id, booking_id):
        return own, Party.CLIENT
    async with app.db.connection() as conn:
        hosted = await booking_store.of_host_user(conn, viewer.user_id, booking_id)
    if hosted is None:
        raise NotFound("booking")
    return hosted, Party.HOST


async def _call_off(
    app: App,
    booking_id: UUID,
    by: Party,
    by_user: UUID | None,
    *,
    expected_refund_minor: int | None,
) -> Booking:
    async with app.db.transaction() as conn:
        booking = await calling_off.lock(conn, booking_id)
        if booking.status is Status.CANCELLED:
            return booking
        quoted = await calling_off.quote(app, conn, booking, by)
        if quoted.refusal is not None:
            raise quoted.refusal
        if expected_refund_minor not in (None, quoted.refund.amount_minor):
            raise QuoteChanged(quoted.refund)
        reason = calling_off.REASONS[by]
        await calling_off.call_off(app, conn, quoted, reason=reason, by_user=by_user)
        after = await booking_store.get(conn, booking_id)
        assert after is not None
        return after
