"""Buying a plan: at most one open checkout and one live subscription, whoever asks how often."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from services import buyers, checkout_sessions, plans, return_urls, settlement
from services.app import App
from services.auth import Viewer
from services.checkout_sessions import Wanted
from services.db import Conn
from services.domain.errors import (
    AlreadySubscribed,
    DomainError,
    NotFound,
    PaymentFailed,
    PaymentProcessing,
    PaymentProviderUnavailable,
)
from services.domain.payments import Checkout, CheckoutStatus, UiMode
from services.domain.plans import Buyer, Plan, Subscription
from services.domain.purchase import PlanPurchase
from services.payments import CHECKOUT_KEY
from services.providers.errors import ProviderError
from services.providers.ports import CheckoutState, NewCheckout, NewSubscription, Unknown
from services.store import checkouts as checkout_store
from services.store import plans as plan_store
from services.store import subscription_lists
from services.store import subscriptions as store
from services.store.checkouts import Subject
from services.subscriptions import ORDER_KEY

log = logging.getLogger(__name__)

LIFE = timedelta(hours=12)
"""How long a plan's checkout stays open: nothing is kept from others meanwhile. Stripe's longest
is a day."""

NEAREST_TRIAL_END = timedelta(hours=48, minutes=5)
"""Stripe takes no end of a trial within 48 hours."""

ROUNDS = 4
"""How often a checkout is looked at again because something moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open checkout and what it begins."""

    checkout: CheckoutState
    ui_mode: UiMode
    subscription: Subscription


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """Implements checkout_sessions.Order."""

    subscription: Subscription
    plan: Plan
    buyer: Buyer
    with_trial: bool
    life: timedelta = LIFE

    @property
    def subject(self) -> Subject:
        return Subject("subscription_id", self.subscription.id)

    async def lock(self, conn: Conn) -> None:
        await buyers.lock(conn, self.buyer)
        await store.lock(conn, self.subscription.id)

    async def claim(self, app: App, conn: Conn) -> bool:
        await buyers.lock(conn, self.buyer)
        current = await store.lock(conn, self.subscription.id)
        return current is not None and (current.is_order or current.is_own_trial)

    async def opened(self, app: App, conn: Conn, checkout: Checkout) -> None:
        """Nothing is held for a plan."""

    async def new(self, app: App, checkout: Checkout, customer_id: str) -> NewCheckout:
        begins = None
        if self.plan.interval is not None:
            price = await plans.price(app, self.plan)
            begins = self._with_trial(app, NewSubscription(price.id))
        return NewCheckout(
            # Another price or customer is another request: Stripe refuses an old key for it.
            key=f"checkout:{checkout.id}:{customer_id}:{begins.price_id if begins else 'once'}",
            client_reference=self.buyer.key,
            customer_id=customer_id,
            ui_mode=checkout.ui_mode.value,
            product=self.plan.name,
            price=self.plan.price,
            subscription=begins,
            success_url=checkout.success_url,
            cancel_url=checkout.cancel_url,
            expires_at=checkout.expires_at,
            metadata={
                CHECKOUT_KEY: str(checkout.id),
                ORDER_KEY: str(self.subscription.id),
                "plan_id": str(self.plan.id),
            },
        )

    def _with_trial(self, app: App, begins: NewSubscription) -> NewSubscription:
        """A trial granted here goes on until its end; the plan's own is for who never had it."""
        own, ends_at = self.subscription.is_own_trial, self.subscription.trial_end
        if own:
            nearest = app.clock.now() + NEAREST_TRIAL_END
            return replace(begins, trial_end=ends_at) if ends_at and ends_at > nearest else begins
        return replace(begins, trial_days=self.plan.trial_days) if self.with_trial else begins

    async def unknown(self, app: App, conn: Conn, what: Unknown, asked: NewCheckout) -> None:
        if asked.subscription is not None and "price" in (what.parameter or ""):
            await plan_store.forget_price(conn, asked.subscription.price_id)
        else:
            await buyers.forget_customer(conn, asked.customer_id)

    async def take_in(self, app: App, state: CheckoutState) -> None:
        await settlement.take_in(app, state)

    def used(self, state: CheckoutState) -> DomainError:
        if state.payment is not None and state.payment.status == "PROCESSING":
            return PaymentProcessing(held=False)
        if state.payment is not None and state.payment.status == "FAILED":
            return PaymentFailed(state.payment.failure_reason)
        return AlreadySubscribed()


async def start(app: App, viewer: Viewer, purchase: PlanPurchase) -> Opened:
    """Open a checkout for a plan; asked again, answer with the same one.

    Raises DomainError: NotFound, AlreadySubscribed, PaymentProcessing, PaymentFailed,
    ReturnUrlRefused, PaymentProviderUnavailable.
    """
    return_urls.check(app, returnUrl=purchase.return_url, cancelUrl=purchase.cancel_url)
    base = app.settings.public_url.rstrip("/")
    page = Wanted(
        ui_mode=purchase.ui_mode,
        success_url=purchase.return_url
        or f"{base}/payment/success?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=purchase.cancel_url or f"{base}/payment/cancel?plan_id={purchase.plan_id}",
    )
    return await open_for(app, await buyers.of_viewer(app, viewer), purchase.plan_id, page)


async def open_for(app: App, buyer: Buyer, plan_id: UUID, page: Wanted) -> Opened:
    """The same for any buyer."""
    async with app.db.connection() as conn:
        plan = (await plan_store.by_ids(conn, [plan_id])).get(plan_id)
    if plan is None or not plan.active:
        raise NotFound("plan")
    try:
        for _ in range(ROUNDS):
            order = await _at_the_price_of_today(app, await _order(app, buyer, plan))
            await _settle_complete(app, order)
            if opened := await checkout_sessions.open_session(app, order, page):
                return Opened(opened, page.ui_mode, order.subscription)
            buyer = await _again(app, buyer)
    except ProviderError as error:
        log.warning("checkout not opened", extra={"vendor": error.vendor, "why": error.message})
        raise PaymentProviderUnavailable from error
    raise PaymentProviderUnavailable


async def _order(app: App, buyer: Buyer, plan: Plan) -> PlanOrder:
    """The buyer's open order of the plan, or a new one. Raises AlreadySubscribed."""
    async with app.db.transaction() as conn:
        await buyers.lock(conn, buyer)
        with_trial = plan.trial_days is not None and not await subscription_lists.had_before(
            conn, buyer, plan.id
        )
        known = await subscription_lists.live_of(conn, buyer, plan.id)
        if known is not None and not (known.is_order or known.is_own_trial):
            raise AlreadySubscribed
        if known is None:
            known = await store.begin(conn, buyer, plan, now=app.clock.now())
            log.info("plan ordered", extra={"subscription_id": known.id, "plan_id": plan.id})
        return PlanOrder(known, plan, buyer, with_trial)


async def _at_the_price_of_today(app: App, order: PlanOrder) -> PlanOrder:
    """An order of before costs what the plan costs now; a page with the old price is closed."""
    async with app.db.connection() as conn:
        latest = await checkout_store.latest(conn, order.subject)
        # Read after the page: whoever writes the new price opens theirs later than that.
        current = await store.get(conn, order.subscription.id)
    if current is None or not current.is_order or current.price == order.plan.price:
        return order if current is None else replace(order, subscription=current)
    if latest is not None:
        await settlement.end_checkout(app, latest.id)
    async with app.db.transaction() as conn:
        if not await order.claim(app, conn):
            return order
        repriced = await store.set_price(conn, current.id, order.plan.price)
    return replace(order, subscription=repriced)


async def _settle_complete(app: App, order: PlanOrder) -> None:
    """Look at a page that was paid by a method that takes days, before another one is opened.

    Raises PaymentProcessing.
    """
    async with app.db.connection() as conn:
        latest = await checkout_store.latest(conn, order.subject)
    if latest is None or latest.status is not CheckoutStatus.COMPLETE:
        return
    assert latest.stripe_session_id is not None
    try:
        state = await app.checkouts.read(latest.stripe_session_id)
    except Unknown:  # made with another account's key
        return
    await order.take_in(app, state)
    if state.payment is not None and state.payment.status == "PROCESSING":
        raise PaymentProcessing(held=False)


async def _again(app: App, buyer: Buyer) -> Buyer:
    """The buyer as they are now: their customer may have been forgotten, or made meanwhile."""
    async with app.db.connection() as conn:
        return await buyers.read_again(conn, buyer)
