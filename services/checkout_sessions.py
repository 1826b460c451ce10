"""Checkout Sessions of a booking: at most one open, the same one for everybody who asks."""

from services import payments
from services.app import App
from services.domain.booking import Status
from services.domain.errors import (
    AlreadyPaid,
    PaymentFailed,
    PaymentProcessing,
    SlotUnavailable,
)
from services.domain.models import Booking, Checkout, CheckoutStatus, SessionType
from services.domain.purchase import Purchase
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState, NewCheckout, Unknown
from services.store import bookings as booking_store
from services.store import checkouts as checkout_store
from services.store import users as user_store


async def open_session(
    app: App, booking: Booking, wanted: SessionType, purchase: Purchase, customer_id: str
) -> CheckoutState | None:
    """The booking's open checkout, as asked for; None when it has to be looked at again."""
    async with app.db.connection() as conn:
        latest = await checkout_store.latest(conn, booking.id)
    if latest is not None and latest.status is CheckoutStatus.OPEN:
        reused = await _reuse(app, latest, purchase)
        if reused is not None:
            return reused
    if latest is None or latest.status is not CheckoutStatus.CREATING:
        latest = await _next_attempt(app, booking, purchase, after=latest)
        if latest is None:
            return None
    state = await _create(app, latest, booking, wanted, customer_id)
    if state is None or latest.ui_mode is not purchase.ui_mode:
        return None
    return state if state.status == "OPEN" else None


async def _reuse(app: App, checkout: Checkout, purchase: Purchase) -> CheckoutState | None:
    """An open checkout of before; None when it is over at Stripe, or was closed to make way.

    Raises AlreadyPaid, PaymentProcessing, PaymentFailed when it turns out to be used.
    """
    assert checkout.stripe_session_id is not None
    try:
        state = await app.checkouts.read(checkout.stripe_session_id)
        if state.status == "OPEN" and checkout.ui_mode is not purchase.ui_mode:
            state = await app.checkouts.expire(state.id)
    except Unknown:  # made with another account's key: nobody can pay it here
        return None
    if state.status != "COMPLETE":
        return state if state.status == "OPEN" else None
    async with app.db.transaction() as conn:
        await payments.apply(app, conn, state)
    if state.payment is not None and state.payment.status == "PROCESSING":
        raise PaymentProcessing
    if state.payment is not None and state.payment.status == "FAILED":
        raise PaymentFailed(state.payment.failure_reason)
    raise AlreadyPaid


async def _next_attempt(
    app: App, booking: Booking, purchase: Purchase, *, after: Checkout | None
) -> Checkout | None:
    """A row for a fresh checkout, made before Stripe is asked; the hold ends with it.

    `after` is over at Stripe: it is closed in the same transaction, so that the news of its end
    never finds the booking without a checkout. None when something moved meanwhile.
    """
    async with app.db.transaction() as conn:
        current = await booking_store.lock(conn, booking.id)
        assert current is not None
        latest = await checkout_store.latest(conn, booking.id)
        if current.status is not Status.AWAITING_PAYMENT or latest != after:
            return None
        if current.starts_at is not None and current.starts_at <= app.clock.now():
            raise SlotUnavailable
        if after is not None:
            await checkout_store.set_status(conn, after.id, CheckoutStatus.EXPIRED, None)
        expires_at = app.clock.now() + app.settings.hold
        await booking_store.set_hold_end(conn, booking.id, expires_at)
        base = app.settings.public_url.rstrip("/")
        return await checkout_store.add(
            conn,
            booking_id=booking.id,
            ui_mode=purchase.ui_mode,
            success_url=purchase.return_url
            or f"{base}/payment/success?session_id={{CHECKOUT_SESSION_ID}}",
            cancel_url=purchase.cancel_url or f"{base}/payment/cancel?booking_id={booking.id}",
            expires_at=expires_at,
        )


async def _create(
    app: App, checkout: Checkout, booking: Booking, wanted: SessionType, customer_id: str
) -> CheckoutState | None:
    """Ask Stripe; the same row asked twice is the same session. None: look at it all again."""
    try:
        state = await app.checkouts.open(_new(checkout, booking, wanted, customer_id))
    except Unknown:  # the customer was deleted, or belongs to another account
        async with app.db.transaction() as conn:
            await checkout_store.close_unopened(conn, checkout.id)
            assert booking.user_id is not None
            await user_store.forget_customer(conn, booking.user_id, customer_id)
        return None
    except ProviderError as error:
        if error.retryable:
            raise
        # Refused for good, such as an attempt left over from long ago whose end is too near now.
        # Its address was never given to anybody, so nobody can pay it.
        async with app.db.transaction() as conn:
            await checkout_store.close_unopened(conn, checkout.id)
        if checkout.expires_at - app.clock.now() > app.settings.hold / 2:
            raise
        return None
    async with app.db.transaction() as conn:
        await booking_store.lock(conn, booking.id)
        kept = await checkout_store.set_status(
            conn, checkout.id, CheckoutStatus(state.status), state.id
        )
    if state.status == "OPEN" and kept is not CheckoutStatus.OPEN:
        await _take_back(app, state)
        return None
    return state


async def _take_back(app: App, state: CheckoutState) -> None:
    """The hold was released while Stripe opened the page: nobody may be sent there."""
    closed = await app.checkouts.expire(state.id)
    async with app.db.transaction() as conn:
        await payments.apply(app, conn, closed)


def _new(
    checkout: Checkout, booking: Booking, wanted: SessionType, customer_id: str
) -> NewCheckout:
    assert booking.user_id is not None
    return NewCheckout(
        key=f"checkout:{checkout.id}:{customer_id}",
        user_id=booking.user_id,
        customer_id=customer_id,
        ui_mode=checkout.ui_mode.value,
        product=wanted.name,
        price=booking.price,
        success_url=checkout.success_url,
        cancel_url=checkout.cancel_url,
        expires_at=checkout.expires_at,
        metadata={
            payments.CHECKOUT_KEY: str(checkout.id),
            "booking_id": str(booking.id),
            "user_id": str(booking.user_id),
        },
    )
