"""Checkout: hold a slot, open a Stripe Checkout Session for it, and let it go again."""

import logging
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import available_timezones

from services import accounts, bookings, catalogue, payments
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.errors import (
    AlreadyPaid,
    IdempotencyConflict,
    InvalidInput,
    NotCancellable,
    NotFound,
    PaymentProcessing,
    PaymentProviderUnavailable,
    ReturnUrlRefused,
    SlotTaken,
    TooManyHolds,
)
from services.domain.models import (
    Booking,
    Checkout,
    CheckoutStatus,
    PaymentFlow,
    SessionType,
    UiMode,
    User,
)
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState, NewCheckout
from services.store import bookings as booking_store
from services.store import checkouts as checkout_store
from services.store import hosts as host_store
from services.store import users as user_store

log = logging.getLogger(__name__)

ROUNDS = 4
"""How often a checkout is looked at again because something moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a client asks to buy. `starts_at` is None for a session type that is paid first."""

    session_type_id: UUID
    starts_at: datetime | None
    ui_mode: UiMode
    idempotency_key: str | None = None
    time_zone: str | None = None
    return_url: str | None = None
    cancel_url: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An open checkout and the booking it pays for."""

    checkout: CheckoutState
    ui_mode: UiMode
    booking: Booking


async def start(app: App, viewer: Viewer, purchase: Purchase) -> Opened:
    """Hold the slot and open a checkout; asked again, answer with the same one.

    Raises DomainError: SlotTaken with alternatives, SlotUnavailable, TooManyHolds, AlreadyPaid,
    PaymentProcessing, IdempotencyConflict, ReturnUrlRefused, InvalidInput, NotFound,
    PaymentProviderUnavailable.
    """
    _check(app, purchase)
    wanted = await catalogue.session_type(app, purchase.session_type_id)
    if wanted is None:
        raise NotFound("session type")
    _check_flow(wanted, purchase)
    try:
        for _ in range(ROUNDS):
            user, booking = await _reserve(app, viewer, wanted, purchase)
            customer_id = await _customer(app, user)
            if opened := await _open(app, booking, wanted, purchase, customer_id):
                return Opened(opened, purchase.ui_mode, booking)
    except ProviderError as error:
        log.warning("checkout not opened", extra={"vendor": error.vendor, "why": error.message})
        raise PaymentProviderUnavailable from error
    except SlotTaken:
        assert purchase.starts_at is not None
        raise await catalogue.taken(app, wanted, purchase.starts_at) from None
    raise PaymentProviderUnavailable


def _check(app: App, purchase: Purchase) -> None:
    if purchase.time_zone is not None and purchase.time_zone not in available_timezones():
        raise InvalidInput("timeZone", "timeZone is no IANA time zone, such as Europe/Kyiv.")
    if purchase.idempotency_key is not None and not 1 <= len(purchase.idempotency_key) <= 255:
        raise InvalidInput("idempotencyKey", "idempotencyKey must have 1 to 255 characters.")
    for field, url in (("returnUrl", purchase.return_url), ("cancelUrl", purchase.cancel_url)):
        if url is None:
            continue
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" not in app.settings.return_origins:
            raise ReturnUrlRefused(field)


def _check_flow(wanted: SessionType, purchase: Purchase) -> None:
    pay_first = wanted.payment_flow is PaymentFlow.PAY_FIRST
    if pay_first and purchase.starts_at is not None:
        raise InvalidInput(
            "startsAt", "This session is paid first; leave out startsAt and choose the time after."
        )
    if not pay_first and purchase.starts_at is None:
        raise InvalidInput("startsAt", "startsAt is missing: choose a time from availableSlots.")


async def _reserve(
    app: App, viewer: Viewer, wanted: SessionType, purchase: Purchase
) -> tuple[User, Booking]:
    """The user's own hold of this very thing, or a new one; raises when it can't be had."""
    async with app.db.transaction() as conn:
        user = await accounts.ensure(conn, viewer)
        await user_store.lock(conn, user.id)
        if known := await _known(conn, user.id, purchase):
            return user, known
        if await booking_store.count_holds(conn, user.id) >= app.settings.max_holds:
            raise TooManyHolds(app.settings.max_holds)
        slot = None
        if purchase.starts_at is not None:
            await host_store.lock(conn, wanted.host_id)
            slot = await catalogue.slot_at(conn, wanted, purchase.starts_at, app.clock.now())
        now = app.clock.now()
        booking = await booking_store.hold(
            conn,
            user_id=user.id,
            session_type=wanted,
            slot=slot,
            hold_expires_at=now + app.settings.hold,
            idempotency_key=purchase.idempotency_key,
            time_zone=purchase.time_zone,
            now=now,
        )
    log.info("slot held", extra={"booking_id": booking.id, "user_id": user.id})
    return user, booking


async def _known(conn: Conn, user_id: UUID, purchase: Purchase) -> Booking | None:
    if purchase.idempotency_key is not None:
        keyed = await booking_store.by_key(conn, user_id, purchase.idempotency_key)
        if keyed is not None:
            return _same(keyed, purchase)
    return await booking_store.open_hold(
        conn, user_id, purchase.session_type_id, purchase.starts_at
    )


def _same(keyed: Booking, purchase: Purchase) -> Booking:
    """The booking made under this key before, if it was for the same thing and can go on."""
    asked_start = purchase.starts_at
    same = keyed.session_type_id == purchase.session_type_id
    placed_later = asked_start is None and keyed.place_by is not None
    if not same or (keyed.starts_at != asked_start and not placed_later):
        raise IdempotencyConflict
    if keyed.status in (Status.PENDING, Status.ACCEPTED):
        raise AlreadyPaid
    if keyed.status is not Status.AWAITING_PAYMENT:
        raise IdempotencyConflict
    return keyed


async def _customer(app: App, user: User) -> str:
    """The user's one customer at Stripe; whoever writes first wins every race."""
    if user.stripe_customer_id:
        return user.stripe_customer_id
    made = await app.customers.create(user_id=user.id, email=user.email, name=user.name)
    async with app.db.transaction() as conn:
        return await user_store.set_customer(conn, user.id, made)


async def _open(
    app: App, booking: Booking, wanted: SessionType, purchase: Purchase, customer_id: str
) -> CheckoutState | None:
    """The booking's open checkout, as asked for; None when it has to be looked at again."""
    async with app.db.connection() as conn:
        latest = await checkout_store.latest(conn, booking.id)
    if latest is not None and latest.status is CheckoutStatus.OPEN:
        return await _reuse(app, latest, purchase)
    if latest is None or latest.status is not CheckoutStatus.CREATING:
        latest = await _next_attempt(app, booking, purchase)
        if latest is None:
            return None
    state = await _create(app, latest, booking, wanted, customer_id)
    if state is None or latest.ui_mode is not purchase.ui_mode:
        return None
    return state if state.status == "OPEN" else None


async def _reuse(app: App, checkout: Checkout, purchase: Purchase) -> CheckoutState | None:
    """An open checkout of before: the same again, or closed at Stripe to make way."""
    assert checkout.stripe_session_id is not None
    state = await app.checkouts.read(checkout.stripe_session_id)
    if state.status == "OPEN" and checkout.ui_mode is purchase.ui_mode:
        return state
    if state.status == "OPEN":
        state = await app.checkouts.expire(state.id)
    if state.status == "EXPIRED":
        await _close(app, checkout)
        return None
    async with app.db.transaction() as conn:
        await payments.apply(app, conn, state)
    if state.payment is not None and state.payment.status == "PROCESSING":
        raise PaymentProcessing
    if state.payment is not None and state.payment.status == "SUCCEEDED":
        raise AlreadyPaid
    return None


async def _close(app: App, checkout: Checkout) -> None:
    """This attempt is over but the hold goes on: the next attempt follows at once."""
    async with app.db.transaction() as conn:
        await booking_store.lock(conn, checkout.booking_id)
        await checkout_store.set_status(conn, checkout.id, CheckoutStatus.EXPIRED, None)


async def _next_attempt(app: App, booking: Booking, purchase: Purchase) -> Checkout | None:
    """A row for a fresh checkout, made before Stripe is asked; the hold ends with it."""
    async with app.db.transaction() as conn:
        current = await booking_store.lock(conn, booking.id)
        assert current is not None
        if current.status is not Status.AWAITING_PAYMENT:
            return None
        latest = await checkout_store.latest(conn, booking.id)
        if latest is not None and latest.status in (CheckoutStatus.CREATING, CheckoutStatus.OPEN):
            return None
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
    """Ask Stripe; the same row asked twice is the same session. None: a new attempt is needed."""
    ids = {
        payments.CHECKOUT_KEY: str(checkout.id),
        "booking_id": str(booking.id),
        "user_id": str(booking.user_id),
    }
    assert booking.user_id is not None
    try:
        state = await app.checkouts.open(
            NewCheckout(
                key=f"checkout:{checkout.id}",
                user_id=booking.user_id,
                customer_id=customer_id,
                ui_mode=checkout.ui_mode.value,
                product=wanted.name,
                price=booking.price,
                success_url=checkout.success_url,
                cancel_url=checkout.cancel_url,
                expires_at=checkout.expires_at,
                metadata=ids,
            )
        )
    except ProviderError as error:
        if error.retryable:
            raise
        # Refused for good, such as an attempt left over from long ago whose end is too near now.
        # Its address was never given to anybody, so nobody can pay it.
        await _close(app, checkout)
        if checkout.expires_at - app.clock.now() > app.settings.hold / 2:
            raise
        return None
    async with app.db.transaction() as conn:
        await booking_store.lock(conn, booking.id)
        await checkout_store.set_status(conn, checkout.id, CheckoutStatus(state.status), state.id)
    return state


async def cancel(app: App, viewer: Viewer, booking_id: UUID) -> Booking:
    """Release an unpaid hold: first at Stripe, so that it can't be paid any more, then here.

    Raises NotFound, NotCancellable, AlreadyPaid, PaymentProcessing, PaymentProviderUnavailable.
    """
    booking = await bookings.get(app, viewer.user_id, booking_id)
    if booking is None:
        raise NotFound("booking")
    if booking.status is Status.CANCELLED:
        return booking
    if booking.status is not Status.AWAITING_PAYMENT:
        raise NotCancellable
    try:
        await release(app, booking_id, Event.CLIENT_CANCELLED)
    except ProviderError as error:
        raise PaymentProviderUnavailable from error
    after = await bookings.get(app, viewer.user_id, booking_id)
    assert after is not None
    if after.status is Status.AWAITING_PAYMENT:
        raise PaymentProcessing
    if after.status is not Status.CANCELLED:
        raise AlreadyPaid
    return after


async def end_hold(app: App, booking_id: UUID) -> None:
    """Job: the hold is over; whatever Stripe says of its checkout decides."""
    async with app.db.connection() as conn:
        booking = await booking_store.get(conn, booking_id)
    assert booking is not None
    assert booking.hold_expires_at is not None
    lapsed = booking.hold_expires_at <= app.clock.now()
    if booking.status is Status.AWAITING_PAYMENT and lapsed:
        await release(app, booking_id, Event.HOLD_LAPSED)


async def release(app: App, booking_id: UUID, event: Event) -> None:
    """Close the booking's checkout at Stripe, then write what that came to.

    A slot is never released before Stripe confirmed the end of its checkout; one that was no
    longer open may be paid, and is treated so. Raises ProviderError.
    """
    async with app.db.connection() as conn:
        latest = await checkout_store.latest(conn, booking_id)
    if latest is None or latest.stripe_session_id is None:
        await _release_unopened(app, booking_id, event)
        return
    state = await app.checkouts.expire(latest.stripe_session_id)
    async with app.db.transaction() as conn:
        await payments.apply(app, conn, state, when_expired=event)


async def _release_unopened(app: App, booking_id: UUID, event: Event) -> None:
    """No address of a payment page was ever given out, so nobody can pay."""
    async with app.db.transaction() as conn:
        await booking_store.lock(conn, booking_id)
        latest = await checkout_store.latest(conn, booking_id)
        if latest is not None:
            if latest.stripe_session_id is not None:
                return  # it was opened meanwhile; the caller's retry finds it
            await checkout_store.set_status(conn, latest.id, CheckoutStatus.EXPIRED, None)
        await bookings.advance(
            app, conn, booking_id, event, reason="The payment was not completed."
        )
