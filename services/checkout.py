"""Checkout: hold a slot and open a Stripe Checkout Session for it."""

import logging
from dataclasses import dataclass

from services import (
    accounts,
    appointments,
    booking_orders,
    buyers,
    catalogue,
    checkout_sessions,
    holds,
    reservations,
    return_urls,
)
from services.app import App
from services.auth import Viewer
from services.domain.errors import (
    EmailRequired,
    InvalidInput,
    NotForCredits,
    NotFound,
    PaymentProviderUnavailable,
    SlotTaken,
)
from services.domain.models import (
    Booking,
    CalendarKind,
    PaymentFlow,
    SessionType,
    User,
)
from services.domain.payments import UiMode
from services.domain.purchase import Purchase
from services.domain.zones import require_time_zone
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState

log = logging.getLogger(__name__)

INVITES_BY_EMAIL = frozenset({CalendarKind.CALCOM, CalendarKind.CALENDLY})

ROUNDS = 4
"""How often a checkout is looked at again because something moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open checkout and the booking it pays for; no checkout for one booked with credits."""

    checkout: CheckoutState | None
    ui_mode: UiMode
    booking: Booking


async def start(app: App, viewer: Viewer, purchase: Purchase) -> Opened:
    """Hold the slot and open a checkout; asked again, answer with the same one. With credits there
    is nothing to pay, and the session is booked at once.

    Raises DomainError: SlotTaken with alternatives, SlotUnavailable, TooManyHolds, AlreadyPaid,
    PaymentProcessing, EmailRequired, IdempotencyConflict, ReturnUrlRefused, InvalidInput, NotFound,
    NoCredits, NotForCredits, PaymentProviderUnavailable.
    """
    _check(app, purchase)
    wanted = await catalogue.session_type(app, purchase.session_type_id)
    if wanted is None:
        raise NotFound("session type")
    _check_flow(wanted, purchase)
    await _check_reachable(app, await accounts.complete(app, viewer), wanted)
    try:
        if purchase.with_credits:
            return Opened(None, purchase.ui_mode, await holds.book(app, viewer, wanted, purchase))
        for _ in range(ROUNDS):
            user, booking = await holds.reserve(app, viewer, wanted, purchase)
            await reservations.reserve(app, booking)
            order = booking_orders.BookingOrder(
                booking, wanted, buyers.of_user(user), app.settings.hold
            )
            if opened := await checkout_sessions.open_session(
                app, order, booking_orders.page(app, booking, purchase)
            ):
                return Opened(opened, purchase.ui_mode, booking)
    except ProviderError as error:
        log.warning("checkout not opened", extra={"vendor": error.vendor, "why": error.message})
        raise PaymentProviderUnavailable from error
    except SlotTaken:
        assert purchase.starts_at is not None
        raise await catalogue.taken(app, wanted, purchase.starts_at) from None
    raise PaymentProviderUnavailable


def _check(app: App, purchase: Purchase) -> None:
    require_time_zone(purchase.time_zone)
    key = purchase.idempotency_key
    if key is not None and (not 1 <= len(key) <= 255 or "\x00" in key):
        raise InvalidInput(
            "idempotencyKey", "idempotencyKey must have 1 to 255 characters, no NUL."
        )
    return_urls.check(app, returnUrl=purchase.return_url, cancelUrl=purchase.cancel_url)


def _check_flow(wanted: SessionType, purchase: Purchase) -> None:
    if purchase.with_credits and (wanted.credits is None or purchase.starts_at is None):
        raise NotForCredits
    pay_first = wanted.payment_flow is PaymentFlow.PAY_FIRST
    if pay_first and purchase.starts_at is not None:
        raise InvalidInput(
            "startsAt", "This session is paid first; leave out startsAt and choose the time after."
        )
    if not pay_first and purchase.starts_at is None:
        raise InvalidInput("startsAt", "startsAt is missing: choose a time from availableSlots.")


async def _check_reachable(app: App, user: User, wanted: SessionType) -> None:
    """Found out after the payment, it would only be refunded."""
    host = (await catalogue.hosts_by_ids(app, [wanted.host_id]))[wanted.host_id]
    if user.email is None and appointments.calendar_of(app, host).kind in INVITES_BY_EMAIL:
        raise EmailRequired
