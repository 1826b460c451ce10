"""Checkout Sessions: of each thing at most one is open, the same one for everybody who asks."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from services import buyers
from services.app import App
from services.db import Conn
from services.domain.errors import DomainError
from services.domain.payments import Checkout, CheckoutStatus, UiMode
from services.domain.plans import Buyer
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState, NewCheckout, Unknown
from services.store import checkouts as store
from services.store.checkouts import Subject


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the payment page is to be shown, and where it leads."""

    ui_mode: UiMode
    success_url: str
    cancel_url: str


class Order(Protocol):
    """What a checkout is opened for: a booking, or a subscription."""

    @property
    def subject(self) -> Subject: ...

    @property
    def buyer(self) -> Buyer: ...

    @property
    def life(self) -> timedelta:
        """How long its checkout stays open."""

    async def lock(self, conn: Conn) -> None:
        """Let nobody else change it until the transaction ends."""

    async def claim(self, app: App, conn: Conn) -> bool:
        """Lock it; False when there is nothing to pay any more. Raises DomainError when it can't be
        had any more."""

    async def opened(self, app: App, conn: Conn, checkout: Checkout) -> None:
        """A row for a fresh checkout was made."""

    async def new(self, app: App, checkout: Checkout, customer_id: str) -> NewCheckout:
        """What to ask Stripe for. Raises ProviderError."""

    async def unknown(self, app: App, conn: Conn, what: Unknown, asked: NewCheckout) -> None:
        """Stripe does not know something that it was asked for by: it is to be forgotten."""

    async def take_in(self, app: App, state: CheckoutState) -> None:
        """Write what Stripe tells of a checkout of it."""

    def used(self, state: CheckoutState) -> DomainError:
        """Why its complete checkout can't be paid again."""


async def open_session(app: App, order: Order, wanted: Wanted) -> CheckoutState | None:
    """The order's open checkout, as asked for; None when it has to be looked at again.

    Raises DomainError when it was paid meanwhile or can't be had any more, ProviderError.
    """
    async with app.db.connection() as conn:
        latest = await store.latest(conn, order.subject)
    if latest is not None and latest.status is CheckoutStatus.OPEN:
        reused = await _reuse(app, order, latest, wanted)
        if reused is not None:
            return reused
    if latest is None or latest.status is not CheckoutStatus.CREATING:
        latest = await _next_attempt(app, order, wanted, after=latest)
        if latest is None:
            return None
    state = await _create(app, order, latest)
    if state is None or latest.ui_mode is not wanted.ui_mode:
        return None
    return state if state.status == "OPEN" else None


async def _reuse(
    app: App, order: Order, checkout: Checkout, wanted: Wanted
) -> CheckoutState | None:
    """An open checkout of before; None when it is over at Stripe, or was closed to make way."""
    assert checkout.stripe_session_id is not None
    try:
        state = await app.checkouts.read(checkout.stripe_session_id)
        if state.status == "OPEN" and checkout.ui_mode is not wanted.ui_mode:
            state = await app.checkouts.expire(state.id)
    except Unknown:  # made with another account's key: nobody can pay it here
        return None
    if state.status != "COMPLETE":
        return state if state.status == "OPEN" else None
    await order.take_in(app, state)
    raise order.used(state)


async def _next_attempt(
    app: App, order: Order, wanted: Wanted, *, after: Checkout | None
) -> Checkout | None:
    """A row for a fresh checkout, made before Stripe is asked.

    `after` is over at Stripe: it is closed in the same transaction, so that the news of its end
    never finds the order without a checkout. None when something moved meanwhile.
    """
    async with app.db.transaction() as conn:
        if not await order.claim(app, conn) or await store.latest(conn, order.subject) != after:
            return None
        if after is not None:
            await store.set_status(conn, after.id, CheckoutStatus.EXPIRED, None)
        made = await store.add(
            conn,
            order.subject,
            ui_mode=wanted.ui_mode,
            success_url=wanted.success_url,
            cancel_url=wanted.cancel_url,
            expires_at=app.clock.now() + order.life,
        )
        await order.opened(app, conn, made)
        return made


async def _create(app: App, order: Order, checkout: Checkout) -> CheckoutState | None:
    """Ask Stripe; the same row asked twice is the same session. None: look at it all again."""
    asked = await order.new(app, checkout, await buyers.customer(app, order.buyer))
    try:
        state = await app.checkouts.open(asked)
    except Unknown as what:  # deleted there, or another account's
        async with app.db.transaction() as conn:
            await store.close_unopened(conn, checkout.id)
            await order.unknown(app, conn, what, asked)
        return None
    except ProviderError as error:
        if error.retryable:
            raise
        # Refused for good, such as an attempt left over from long ago whose end is too near now.
        # Its address was never given to anybody, so nobody can pay it.
        async with app.db.transaction() as conn:
            await store.close_unopened(conn, checkout.id)
        if checkout.expires_at - app.clock.now() > order.life / 2:
            raise
        return None
    async with app.db.transaction() as conn:
        await order.lock(conn)
        kept = await store.set_status(conn, checkout.id, CheckoutStatus(state.status), state.id)
    if state.status == "OPEN" and kept is not CheckoutStatus.OPEN:
        # The order was given up while Stripe opened the page: nobody may be sent there.
        await order.take_in(app, await app.checkouts.expire(state.id))
        return None
    return state
