"""Holds: a slot reserved while its client pays, and let go again only after Stripe agreed."""

import asyncio
import logging
from uuid import UUID

from services import (
    accounts,
    appointments,
    bookings,
    catalogue,
    fulfilment,
    payments,
    session_credits,
    story,
)
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.booking import Event, Status
from services.domain.errors import (
    AlreadyPaid,
    IdempotencyConflict,
    NotCancellable,
    NotFound,
    PaymentProcessing,
    PaymentProviderUnavailable,
    TooManyHolds,
)
from services.domain.models import (
    Booking,
    SessionType,
    User,
)
from services.domain.payments import CheckoutStatus
from services.domain.purchase import Purchase
from services.domain.story import StepKind
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.store import bookings as booking_store
from services.store import checkouts as checkout_store
from services.store import hosts as host_store
from services.store import users as user_store
from services.store.checkouts import Subject
from services.story import Failure

log = logging.getLogger(__name__)


async def reserve(
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
        if purchase.idempotency_key is not None:
            await booking_store.free_key(conn, user.id, purchase.idempotency_key)
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
        await story.step(app, conn, booking.id, StepKind.HELD)
    log.info("slot held", extra={"booking_id": booking.id, "user_id": user.id})
    return user, booking


async def book(app: App, viewer: Viewer, wanted: SessionType, purchase: Purchase) -> Booking:
    """Book a session with credits in place of money; asked again, answer with the same booking.

    Raises SlotTaken, SlotUnavailable, NoCredits, AlreadyPaid, PaymentProcessing, ProviderError.
    """
    assert purchase.starts_at is not None
    assert wanted.credits is not None
    async with app.db.connection() as conn:
        held = await booking_store.open_hold(conn, viewer.user_id, wanted.id, purchase.starts_at)
        if held is not None:
            await session_credits.source(app, conn, viewer.user_id, wanted.credits)
    if held is not None:  # the client had begun to pay for it
        await _give_up(app, viewer, held.id)
    async with app.db.transaction() as conn:
        user = await accounts.ensure(conn, viewer)
        await user_store.lock(conn, user.id)
        if known := await booking_store.with_credits(conn, user.id, wanted.id, purchase.starts_at):
            return known
        await host_store.lock(conn, wanted.host_id)
        now = app.clock.now()
        booking = await booking_store.hold(
            conn,
            user_id=user.id,
            session_type=wanted,
            slot=await catalogue.slot_at(conn, wanted, purchase.starts_at, now),
            hold_expires_at=now + app.settings.hold,
            idempotency_key=None,
            time_zone=purchase.time_zone,
            credits_=wanted.credits,
            now=now,
        )
        await story.step(app, conn, booking.id, StepKind.HELD)
        return await session_credits.spend(app, conn, booking)


async def _known(conn: Conn, user_id: UUID, purchase: Purchase) -> Booking | None:
    if purchase.idempotency_key is not None:
        keyed = await booking_store.by_key(conn, user_id, purchase.idempotency_key)
        if keyed is not None and _goes_on(keyed, purchase):
            return keyed
    return await booking_store.open_hold(
        conn, user_id, purchase.session_type_id, purchase.starts_at
    )


def _goes_on(keyed: Booking, purchase: Purchase) -> bool:
    """Whether the booking made under this key before is the one to pay for; False: a new one.

    Raises IdempotencyConflict for another purchase, AlreadyPaid.
    """
    same = keyed.session_type_id == purchase.session_type_id
    placed_later = purchase.starts_at is None and keyed.place_by is not None
    if not same or (keyed.starts_at != purchase.starts_at and not placed_later):
        raise IdempotencyConflict
    if keyed.status in (Status.PENDING, Status.ACCEPTED):
        raise AlreadyPaid
    return keyed.status is Status.AWAITING_PAYMENT


async def cancel(app: App, viewer: Viewer, booking_id: UUID) -> Booking:
    """Release an unpaid hold: first at Stripe, so that it can't be paid any more, then here. Or
    call off a session that was booked with credits.

    Raises NotFound, NotCancellable, AlreadyPaid, PaymentProcessing, PaymentProviderUnavailable.
    """
    booking = await bookings.get(app, viewer.user_id, booking_id)
    if booking is None:
        raise NotFound("booking")
    if booking.status is Status.CANCELLED:
        return booking
    if booking.credits is not None:
        await session_credits.cancel(app, booking_id)
        return await _read_again(app, viewer, booking_id)
    if booking.status is not Status.AWAITING_PAYMENT:
        raise NotCancellable
    try:
        return await _give_up(app, viewer, booking_id)
    except ProviderError as error:
        raise PaymentProviderUnavailable from error


async def _give_up(app: App, viewer: Viewer, booking_id: UUID) -> Booking:
    """Release the client's unpaid hold at Stripe, here and in the host's calendar. Raises
    AlreadyPaid, PaymentProcessing, ProviderError."""
    await release(app, booking_id, Event.CLIENT_CANCELLED)
    after = await _read_again(app, viewer, booking_id)
    if after.status is Status.AWAITING_PAYMENT:
        raise PaymentProcessing
    if after.status is not Status.CANCELLED:
        raise AlreadyPaid
    await _let_go(app, booking_id)
    return after


async def _read_again(app: App, viewer: Viewer, booking_id: UUID) -> Booking:
    after = await bookings.get(app, viewer.user_id, booking_id)
    assert after is not None
    return after


async def _let_go(app: App, booking_id: UUID) -> None:
    """The host's calendar is told at once, not only by the job that follows: whoever looks after
    this was answered finds the time open."""
    try:
        async with asyncio.timeout(appointments.PATIENCE.total_seconds()):
            await fulfilment.leave_calendar(app, booking_id)
    except (ProviderError, TimeoutError) as error:
        log.warning("time not given back yet", extra={"why": str(error) or "too slow"})


async def end_hold(app: App, booking_id: UUID) -> None:
    """Job: the hold is over; whatever Stripe says of its checkout decides."""
    await release(app, booking_id, Event.HOLD_LAPSED)


async def release(app: App, booking_id: UUID, event: Event) -> None:
    """Close the booking's checkout at Stripe, then write what that came to.

    A slot is never released before Stripe confirmed the end of its checkout; one that was no
    longer open may be paid, and is treated so. Raises ProviderError.
    """
    session_id = await _session_to_close(app, booking_id, event)
    if session_id is None:
        return
    try:
        state = await app.checkouts.expire(session_id)
    except Unknown:
        await _release_unknown(app, booking_id, session_id, event)
        return
    async with app.db.transaction() as conn:
        await payments.apply(app, conn, state, when_expired=event)


async def _session_to_close(app: App, booking_id: UUID, event: Event) -> str | None:
    """Stripe's id of the checkout that keeps the hold; None when there is nothing to close.

    Without an id no address of a payment page was ever given out, so nobody can pay and the
    hold ends here; whoever is about to open the page finds it closed and takes it back.
    """
    async with app.db.transaction() as conn:
        booking = await bookings.lock(conn, booking_id)
        assert booking.hold_expires_at is not None
        goes_on = event is Event.HOLD_LAPSED and booking.hold_expires_at > app.clock.now()
        if booking.status is not Status.AWAITING_PAYMENT or goes_on:
            return None
        latest = await checkout_store.latest(conn, Subject("booking_id", booking_id))
        if latest is not None and latest.stripe_session_id is not None:
            return latest.stripe_session_id
        if latest is not None:
            await checkout_store.close_unopened(conn, latest.id)
        await bookings.advance(app, conn, booking_id, event, reason=payments.WHY_RELEASED[event])
        return None


async def _release_unknown(app: App, booking_id: UUID, session_id: str, event: Event) -> None:
    """Stripe knows no such checkout: it was made with another account's key. The operator is
    told, since a payment there would not be heard of here."""
    async with app.db.transaction() as conn:
        await bookings.lock(conn, booking_id)
        latest = await checkout_store.latest(conn, Subject("booking_id", booking_id))
        if latest is None or latest.stripe_session_id != session_id:
            return
        await checkout_store.set_status(conn, latest.id, CheckoutStatus.EXPIRED, None)
        await bookings.advance(app, conn, booking_id, event, reason=payments.WHY_RELEASED[event])
        await story.trouble(
            app,
            conn,
            booking_id,
            StepKind.CHECKOUT_UNKNOWN,
            Failure(f"{session_id} is unknown at Stripe; its hold was released.", "stripe"),
            source="holds",
        )
