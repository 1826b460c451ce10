"""The address by which somebody in Telegram pays: signed, for one chat, for a week."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from services import billing_portal, buyers, plan_checkout, settlement
from services.app import App
from services.checkout_sessions import Wanted
from services.domain.errors import (
    AlreadySubscribed,
    NoBilling,
    NotFound,
    PaymentNotFound,
    PaymentProviderUnavailable,
)
from services.domain.models import CheckoutStatus, UiMode
from services.domain.plans import Buyer, Plan
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.store import checkouts as checkout_store
from services.store import entitlements as entitlement_store
from services.store import plans as plan_store
from services.store import subscriptions as subscription_store

MANAGE = "/pay/manage"
LIFE = timedelta(days=7)
LONGEST = 120
"""Characters of a link's `tg_id`: more was never made here."""

_MARK = b"sessionpay pay link 1"
"""Keeps signatures of this purpose from any other use of the bot's token."""


class BadPayLink(Exception):
    """The address is none that we gave out, or was given out too long ago; the message says which,
    fit for the person."""


@dataclass(frozen=True, slots=True)
class PayPage:
    """Where to send the person: `url` is Stripe's page, None when they have the plan already.

    `stopped` is whether they have it and it gives them nothing: its payment is owed, was returned
    or is disputed.
    """

    url: str | None
    plan: Plan
    stopped: bool = False


def address(app: App, telegram_id: int, path: str = "/pay") -> str:
    """The address for the person of this chat; with `path` MANAGE that of their portal."""
    ends_at = int((app.clock.now() + LIFE).timestamp())
    signed = f"{telegram_id}.{ends_at}"
    base = app.settings.public_url.rstrip("/")
    return f"{base}{path}?tg_id={signed}.{_signature(app, signed)}"


def _signature(app: App, signed: str) -> str:
    token = app.settings.telegram_bot_token
    assert token is not None, "there is no link without a bot"
    key = hmac.digest(token.get_secret_value().encode(), _MARK, sha256)
    digest = hmac.digest(key, signed.encode(), sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")


def verified(app: App, tg_id: str | None) -> int:
    """The chat that the link was made for. Raises BadPayLink."""
    if not tg_id:
        raise BadPayLink("This link is incomplete. Please send /pay to the bot for a new one.")
    if app.settings.telegram_bot_token is None or len(tg_id) > LONGEST or not tg_id.isascii():
        raise BadPayLink("This link is not one of ours. Please send /pay to the bot for a new one.")
    signed, _, signature = tg_id.rpartition(".")
    person, _, ends_at = signed.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(app, signed).encode()):
        raise BadPayLink("This link is not one of ours. Please send /pay to the bot for a new one.")
    if datetime.fromtimestamp(int(ends_at), UTC) <= app.clock.now():
        raise BadPayLink("This link has expired. Please send /pay to the bot for a new one.")
    return int(person)


async def open_page(app: App, tg_id: str | None) -> PayPage:
    """Open a checkout of what the bot sells for the person of the link; the same one every time.

    Raises BadPayLink, NotFound when nothing is sold, PaymentProviderUnavailable.
    """
    chat_id = verified(app, tg_id)
    async with app.db.transaction() as conn:
        plan = await plan_store.in_chat(conn)
        if plan is None:
            raise NotFound("offer")
        buyer = await buyers.of_chat(app, conn, chat_id)
    base = app.settings.public_url.rstrip("/")
    page = Wanted(
        ui_mode=UiMode.HOSTED,
        success_url=f"{base}/pay/done?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base}/pay/cancelled?tg_id={tg_id}",
    )
    try:
        opened = await plan_checkout.open_for(app, buyer, plan.id, page)
    except AlreadySubscribed:
        return PayPage(None, plan, stopped=not await _gives(app, buyer, plan))
    return PayPage(opened.checkout.url, plan)


async def _gives(app: App, buyer: Buyer, plan: Plan) -> bool:
    """Whether what they have of the plan entitles them now."""
    now = app.clock.now()
    async with app.db.connection() as conn:
        held = await subscription_store.live_of(conn, buyer, plan.id)
        return held is not None and await entitlement_store.is_entitled(conn, held.id, now=now)


async def manage(app: App, tg_id: str | None) -> str:
    """The customer portal of whoever the link was made for: somebody without an account has no
    other way to change their card or to cancel.

    Raises BadPayLink, NoBilling, PaymentProviderUnavailable.
    """
    chat_id = verified(app, tg_id)
    async with app.db.connection() as conn:
        buyer = await buyers.known(conn, chat_id)
        bought = await subscription_store.shown(conn, buyer, limit=1) if buyer else []
    customer_id = bought[0].customer_id if bought else None
    if customer_id is None:
        customer_id = buyer.customer_id if buyer else None
    if customer_id is None:
        raise NoBilling
    base = app.settings.public_url.rstrip("/")
    return await billing_portal.open_for(app, customer_id, return_url=f"{base}/pay/managed")


async def finished(app: App, session_id: str) -> bool:
    """Take in what somebody paid who comes back from Stripe's page, whether or not its webhook
    came; False when they did not pay.

    Raises PaymentNotFound, PaymentProviderUnavailable.
    """
    async with app.db.connection() as conn:
        checkout = await checkout_store.by_session(conn, session_id)
    if checkout is None or checkout.subscription_id is None:
        raise PaymentNotFound
    if checkout.status is CheckoutStatus.COMPLETE:
        return True
    try:
        state = await app.checkouts.read(session_id)
        await settlement.take_in(app, state)
    except Unknown:
        raise PaymentNotFound from None
    except ProviderError as error:
        raise PaymentProviderUnavailable from error
    return state.status == "COMPLETE"
