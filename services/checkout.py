"""Checkout: hold a slot and open a Stripe Checkout Session for it."""

import logging
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import urlsplit

from services import accounts, appointments, catalogue, checkout_sessions, holds, reservations
from services.app import App
from services.auth import Viewer
from services.domain.errors import (
    EmailRequired,
    InvalidInput,
    NotFound,
    PaymentProviderUnavailable,
    ReturnUrlRefused,
    SlotTaken,
)
from services.domain.models import Booking, CalendarKind, PaymentFlow, SessionType, UiMode, User
from services.domain.purchase import Purchase
from services.domain.zones import require_time_zone
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState
from services.store import users as user_store

log = logging.getLogger(__name__)

INVITES_BY_EMAIL = frozenset({CalendarKind.CALCOM, CalendarKind.CALENDLY})

ROUNDS = 4
"""How often a checkout is looked at again because something moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open checkout and the booking it pays for."""

    checkout: CheckoutState
    ui_mode: UiMode
    booking: Booking


async def start(app: App, viewer: Viewer, purchase: Purchase) -> Opened:
    """Hold the slot and open a checkout; asked again, answer with the same one.

    Raises DomainError: SlotTaken with alternatives, SlotUnavailable, TooManyHolds, AlreadyPaid,
    PaymentProcessing, EmailRequired, IdempotencyConflict, ReturnUrlRefused, InvalidInput, NotFound,
    PaymentProviderUnavailable.
    """
    _check(app, purchase)
    wanted = await catalogue.session_type(app, purchase.session_type_id)
    if wanted is None:
        raise NotFound("session type")
    _check_flow(wanted, purchase)
    await _check_reachable(app, await accounts.complete(app, viewer), wanted)
    try:
        for _ in range(ROUNDS):
            user, booking = await holds.reserve(app, viewer, wanted, purchase)
            await reservations.reserve(app, booking)
            customer_id = await _customer(app, user)
            if opened := await checkout_sessions.open_session(
                app, booking, wanted, purchase, customer_id
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
    for field, url in (("returnUrl", purchase.return_url), ("cancelUrl", purchase.cancel_url)):
        if url is not None and not _leads_to(app.settings.return_origins, url):
            raise ReturnUrlRefused(field)


def _leads_to(origins: Container[str], url: str) -> bool:
    """Whether a browser goes to one of these origins by this address."""
    if " " in url or not url.isprintable():  # urlsplit, like a browser, skips some of these
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in origins


def _check_flow(wanted: SessionType, purchase: Purchase) -> None:
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


async def _customer(app: App, user: User) -> str:
    """The user's one customer at Stripe; whoever writes first wins every race."""
    if user.stripe_customer_id:
        return user.stripe_customer_id
    made = await app.customers.create(user_id=user.id, email=user.email, name=user.name)
    async with app.db.transaction() as conn:
        return await user_store.set_customer(conn, user.id, made)
