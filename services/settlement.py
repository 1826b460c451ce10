"""What Stripe tells of any checkout becomes the state of what it was opened for."""

from uuid import UUID

from services import entitlements, notifications, payments, plan_payments, subscriptions
from services.app import App
from services.db import Conn
from services.domain.models import (
    NotificationKind,
)
from services.domain.payments import Checkout, CheckoutStatus
from services.domain.plans import AccessStatus, Subscription
from services.providers.ports import CheckoutState, Unknown
from services.store import checkouts as checkout_store
from services.store import telegram_buyers
from services.subscriptions import BEGUN, Reading


async def look(app: App, state: CheckoutState) -> Reading | None:
    """What else must be read before a checkout is written: the subscription that it began.

    Raises Unknown, ProviderError.
    """
    if state.subscription_id is None:
        return None
    return await subscriptions.read(app, state.subscription_id)


async def apply(app: App, conn: Conn, state: CheckoutState, reading: Reading | None) -> bool:
    """Write what Stripe tells of a checkout, once, in any order. False when it isn't ours."""
    checkout = await payments.checkout_of(conn, state)
    if checkout is None:
        return False
    if checkout.subscription_id is None:
        return await payments.apply(app, conn, state)
    await _apply_plan(app, conn, checkout, state, reading)
    return True


async def take_in(app: App, state: CheckoutState) -> None:
    """Read what is missing and write it all."""
    reading = await look(app, state)
    async with app.db.transaction() as conn:
        await apply(app, conn, state, reading)


async def _apply_plan(
    app: App, conn: Conn, checkout: Checkout, state: CheckoutState, reading: Reading | None
) -> None:
    assert checkout.subscription_id is not None
    if reading is not None:
        await subscriptions.apply(app, conn, reading, order_id=checkout.subscription_id)
    order = await entitlements.lock(conn, checkout.subscription_id)
    await checkout_store.set_status(conn, checkout.id, CheckoutStatus(state.status), state.id)
    await _keep_email(app, conn, order, state)
    if reading is None:
        await plan_payments.apply_checkout(app, conn, order, state)


async def _keep_email(app: App, conn: Conn, order: Subscription, state: CheckoutState) -> None:
    """Somebody without an account is written to at the address that they gave to pay."""
    if state.status != "COMPLETE" or state.email is None or order.telegram_buyer_id is None:
        return
    buyer = await telegram_buyers.get(conn, order.telegram_buyer_id)
    await telegram_buyers.set_email(conn, order.telegram_buyer_id, state.email)
    if buyer is not None and buyer.email is None and order.status in BEGUN:
        await _tell_by_mail(app, conn, order)


async def _tell_by_mail(app: App, conn: Conn, begun: Subscription) -> None:
    """What was told before the address was known: Stripe's events come in any order."""
    await notifications.announce_plan(app, conn, begun.id, NotificationKind.SUBSCRIPTION_STARTED)
    for access in await entitlements.accesses(conn, begun):
        if access.status is AccessStatus.INVITED:
            await notifications.announce_plan(
                app, conn, begun.id, NotificationKind.CHANNEL_INVITE, round_=access.round
            )


async def end_checkout(app: App, checkout_id: UUID) -> None:
    """Job: the time of a plan's checkout is over, or nobody needs it any more: close it at Stripe,
    and write what that came to, for it may be paid. One that is being paid is looked at.

    Without an id at Stripe its address was never given to anybody.
    """
    async with app.db.transaction() as conn:
        checkout = await checkout_store.get(conn, checkout_id)
        if checkout is None or checkout.status is CheckoutStatus.EXPIRED:
            return
        if checkout.stripe_session_id is None:
            await checkout_store.close_unopened(conn, checkout.id)
            return
    try:
        state = await app.checkouts.expire(checkout.stripe_session_id)
    except Unknown:  # made with another account's key: nobody can pay it here
        async with app.db.transaction() as conn:
            await checkout_store.set_status(conn, checkout.id, CheckoutStatus.EXPIRED, None)
        return
    await take_in(app, state)
