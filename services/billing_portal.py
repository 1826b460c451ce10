"""Stripe's customer portal: where people change their plan and card, see invoices and cancel."""

import logging
from hashlib import sha256
from uuid import UUID

from services import accounts, buyers, plans, return_urls
from services.app import App
from services.auth import Viewer
from services.domain.errors import NoBilling, NotFound, PaymentProviderUnavailable
from services.domain.models import User
from services.domain.plans import OVER, PortalFlow, Subscription
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.store import plans as plan_store
from services.store import subscription_lists, telegram_buyers

log = logging.getLogger(__name__)

OF_ONE = frozenset({PortalFlow.CANCEL, PortalFlow.CHANGE_PLAN})
"""Flows that begin at one subscription."""


async def portal_url(
    app: App,
    viewer: Viewer,
    *,
    flow: PortalFlow,
    subscription_id: UUID | None,
    return_url: str | None,
) -> str:
    """A fresh address of the portal, good for minutes and for this person alone.

    Somebody who bought in Telegram before they had an account may have two customers at Stripe: the
    one of the subscription that is named, else of the newest that goes on, is shown. Raises
    NoBilling, NotFound, ReturnUrlRefused, PaymentProviderUnavailable.
    """
    return_urls.check(app, returnUrl=return_url)
    user = await accounts.me(app, viewer)
    chosen = await _chosen(app, user, subscription_id)
    if flow in OF_ONE and (chosen is None or chosen.status in OVER):
        raise NotFound("subscription")
    named = subscription_id is not None
    customer_id = await _customer(app, user, chosen, named=named)
    return await open_for(
        app,
        customer_id,
        return_url=return_url or f"{app.settings.public_url.rstrip('/')}/account",
        flow=flow,
        stripe_id=chosen.stripe_id if chosen and flow in OF_ONE else None,
    )


async def open_for(
    app: App,
    customer_id: str,
    *,
    return_url: str,
    flow: PortalFlow = PortalFlow.HOME,
    stripe_id: str | None = None,
) -> str:
    """The portal of any customer of ours, whoever they are to us.

    Raises NoBilling when Stripe does not know them any more, PaymentProviderUnavailable.
    """
    try:
        for _ in range(2):
            configuration = await _configuration(app)
            try:
                return await app.billing.portal.open(
                    customer_id=customer_id,
                    configuration_id=configuration,
                    return_url=return_url,
                    flow=flow,
                    subscription_id=stripe_id,
                )
            except Unknown as what:
                await _forget(app, customer_id, configuration, what)
    except ProviderError as error:
        log.warning("portal not opened", extra={"why": error.message})
        raise PaymentProviderUnavailable from error
    raise PaymentProviderUnavailable


async def _chosen(app: App, user: User, subscription_id: UUID | None) -> Subscription | None:
    async with app.db.connection() as conn:
        found = await subscription_lists.of_customers(conn, user.id)
    if subscription_id is None:
        return found[0] if found else None
    for subscription in found:
        if subscription.id == subscription_id:
            return subscription
    raise NotFound("subscription")


async def _customer(app: App, user: User, chosen: Subscription | None, *, named: bool) -> str:
    """The customer of what is managed; of what is over only if it was asked for by name."""
    counts = chosen is not None and (named or chosen.status not in OVER)
    if chosen is not None and counts and chosen.customer_id is not None:
        return chosen.customer_id
    if user.stripe_customer_id is not None:
        return user.stripe_customer_id
    async with app.db.connection() as conn:
        for buyer in await telegram_buyers.of_user(conn, user.id):
            if buyer.customer_id is not None:
                return buyer.customer_id
    raise NoBilling


async def _configuration(app: App) -> str:
    """The operator's own configuration, or one that offers what is on sale now."""
    if app.settings.stripe_portal_configuration is not None:
        return app.settings.stripe_portal_configuration
    async with app.db.connection() as conn:
        on_sale = await plan_store.recurring_on_sale(conn)
    offers = [await plans.price(app, plan) for plan in on_sale]
    return_url = f"{app.settings.public_url.rstrip('/')}/account"
    told = "\n".join([return_url, *(f"{offer.product_id} {offer.id}" for offer in offers)])
    digest = sha256(told.encode()).hexdigest()
    async with app.db.connection() as conn:
        known = await plan_store.portal_configuration(conn, digest)
    if known is not None:
        return known
    made = await app.billing.portal.configure(offers, key=digest, return_url=return_url)
    async with app.db.transaction() as conn:
        await plan_store.keep_portal_configuration(conn, digest, made, now=app.clock.now())
    return made


async def _forget(app: App, customer_id: str, configuration: str, what: Unknown) -> None:
    """Stripe does not know the customer, or what we offer, any more. Raises NoBilling."""
    async with app.db.transaction() as conn:
        if what.parameter == "configuration":
            await plan_store.forget_portal_configuration(conn, configuration)
            return
        await buyers.forget_customer(conn, customer_id)
    raise NoBilling
