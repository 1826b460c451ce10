"""The addresses by which somebody in Telegram pays and manages: each signed, for one chat, one
purpose and a while."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from services import billing_portal, buyers, plan_checkout, settlement
from services.app import App
from services.checkout_sessions import Wanted
from services.db import Conn
from services.domain.errors import AlreadySubscribed, NoBilling, NotFound, PaymentNotFound
from services.domain.payments import CheckoutStatus, PaymentStatus, UiMode
from services.domain.plans import Buyer, Plan, Subscription
from services.messages.languages import Language
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.store import checkouts as checkout_store
from services.store import entitlements as entitlement_store
from services.store import plan_payments as plan_payment_store
from services.store import plans as plan_store
from services.store import subscription_lists, telegram_buyers
from services.store import subscriptions as subscription_store
from services.store import users as user_store

PAY = "/pay"
MANAGE = "/pay/manage"
LIFE = timedelta(days=7)
MANAGE_LIFE = timedelta(hours=1)
"""Whoever has a link to a portal sees invoices and can cancel: it is made anew when asked for."""

LONGEST = 120
"""Characters of a link's `tg_id`: more was never made here."""

_MARK = b"sessionpay pay link 1"
"""Keeps signatures of this purpose from any other use of the bot's token."""


class Flaw(StrEnum):
    """What is wrong with an address."""

    INCOMPLETE = "INCOMPLETE"
    FOREIGN = "FOREIGN"
    EXPIRED = "EXPIRED"


class BadPayLink(Exception):
    """The address is none that we gave out, or was given out too long ago; `chat_id` is for whom,
    None while that can't be believed."""

    def __init__(self, flaw: Flaw, chat_id: int | None = None) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.chat_id = chat_id


class ManagedInAccount(NoBilling):
    """What they have is an account's, to which no link opens a portal: they sign in."""


class Arrival(StrEnum):
    """How it stands with the payment of somebody who comes back from Stripe's page."""

    PAID = "PAID"
    BEGUN = "BEGUN"  # nothing was to be paid yet
    PROCESSING = "PROCESSING"
    MISSING = "MISSING"
    UNHEARD = "UNHEARD"  # Stripe can't be asked just now


@dataclass(frozen=True, slots=True)
class PayPage:
    """Where to send the person: `url` is Stripe's page, None when they have the plan already.

    `stopped` is whether they have it and it gives them nothing: its payment is owed, was returned
    or is disputed, or it is paused.
    """

    url: str | None
    plan: Plan
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """`invited` is whether a channel opens by it, `language` the buyer's, None when they left."""

    arrival: Arrival
    invited: bool
    language: str | None


def address(app: App, telegram_id: int, path: str = PAY) -> str:
    """The address for the person of this chat; with `path` MANAGE that of their portal."""
    life = MANAGE_LIFE if path == MANAGE else LIFE
    signed = f"{telegram_id}.{int((app.clock.now() + life).timestamp())}"
    base = app.settings.public_url.rstrip("/")
    return f"{base}{path}?tg_id={signed}.{_signature(app, path, signed)}"


def _signature(app: App, path: str, signed: str) -> str:
    token = app.settings.telegram_bot_token
    assert token is not None, "there is no link without a bot"
    key = hmac.digest(token.get_secret_value().encode(), _MARK, sha256)
    digest = hmac.digest(key, f"{path}?{signed}".encode(), sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")


def verified(app: App, tg_id: str | None, path: str = PAY) -> int:
    """The chat that the link with this path was made for. Raises BadPayLink."""
    if not tg_id:
        raise BadPayLink(Flaw.INCOMPLETE)
    if app.settings.telegram_bot_token is None or len(tg_id) > LONGEST or not tg_id.isascii():
        raise BadPayLink(Flaw.FOREIGN)
    signed, _, signature = tg_id.rpartition(".")
    person, _, ends_at = signed.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(app, path, signed).encode()):
        raise BadPayLink(Flaw.FOREIGN)
    if datetime.fromtimestamp(int(ends_at), UTC) <= app.clock.now():
        raise BadPayLink(Flaw.EXPIRED, int(person))
    return int(person)


async def language_of(app: App, chat_id: int) -> str | None:
    """What the person of the chat reads; None as long as nobody knows."""
    async with app.db.connection() as conn:
        buyer = await buyers.known(conn, chat_id)
    return buyer.language if buyer else None


async def open_page(app: App, chat_id: int) -> PayPage:
    """Open a checkout of what the bot sells for the person of the chat; the same one every time.

    Raises NotFound when nothing is sold, PaymentProcessing, PaymentFailed,
    PaymentProviderUnavailable.
    """
    async with app.db.transaction() as conn:
        plan = await plan_store.in_chat(conn)
        if plan is None:
            raise NotFound("offer")
        buyer = await buyers.of_chat(app, conn, chat_id)
    if has_it := await _if_they_have(app, buyer, chat_id, plan):
        return has_it
    base = app.settings.public_url.rstrip("/")
    page = Wanted(
        ui_mode=UiMode.HOSTED,
        success_url=f"{base}/pay/done?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base}/pay/cancelled?language={Language.of(buyer.language)}",
    )
    try:
        opened = await plan_checkout.open_for(app, buyer, plan.id, page)
    except AlreadySubscribed:  # paid meanwhile
        return await _if_they_have(app, buyer, chat_id, plan) or PayPage(None, plan)
    return PayPage(opened.checkout.url, plan)


async def _if_they_have(app: App, buyer: Buyer, chat_id: int, plan: Plan) -> PayPage | None:
    """The page of whoever has the plan, by their account or bought in the chat; None if nobody."""
    async with app.db.connection() as conn:
        everything = await buyers.with_chat(conn, buyer, chat_id)
        held = await subscription_lists.live_of(conn, everything, plan.id)
        if held is None or held.is_order or held.is_own_trial:
            return None
        gives = await entitlement_store.is_entitled(conn, held.id, now=app.clock.now())
        return PayPage(None, plan, stopped=not gives)


async def manage(app: App, chat_id: int) -> str:
    """The customer portal of what was bought in the chat and is no account's: somebody without an
    account has no other way to change their card or to cancel.

    Raises NoBilling, ManagedInAccount, PaymentProviderUnavailable.
    """
    async with app.db.connection() as conn:
        customer_id = await _customer_of_chat(conn, chat_id)
        buyer = await buyers.known(conn, chat_id)
    base = app.settings.public_url.rstrip("/")
    back = f"{base}/pay/managed?language={Language.of(buyer.language if buyer else None)}"
    return await billing_portal.open_for(app, customer_id, return_url=back)


async def _customer_of_chat(conn: Conn, chat_id: int) -> str:
    linked = await user_store.by_telegram(conn, chat_id)
    row = await telegram_buyers.of_chat(conn, chat_id)
    bought = await telegram_buyers.purchases(conn, row.id) if row else []
    own = [each for each in bought if each.user_id is None]
    if not own and (linked is not None or bought):
        raise ManagedInAccount
    found = own[0].customer_id if own else None
    if found is None and row is not None:
        found = row.customer_id
    if found is None:
        raise NoBilling
    return found


async def finished(app: App, session_id: str) -> Finished:
    """Take in what somebody paid who comes back from Stripe's page, whether or not its webhook
    came. Raises PaymentNotFound."""
    async with app.db.connection() as conn:
        checkout = await checkout_store.by_session(conn, session_id)
    if checkout is None or checkout.subscription_id is None:
        raise PaymentNotFound
    early: Arrival | None = None
    if checkout.status is not CheckoutStatus.COMPLETE:
        early = await _take_in(app, session_id)
    async with app.db.connection() as conn:
        begun = await subscription_store.get(conn, checkout.subscription_id)
        assert begun is not None, "a checkout goes with what it was opened for"
        buyer = await buyers.of_subscription(conn, begun)
        language = buyer.language if buyer else None
        if early is not None:
            return Finished(early, invited=False, language=language)
        arrival, gives = await _arrival(app, conn, begun)
        return Finished(arrival, gives and await _opens_channel(conn, begun), language)


async def _take_in(app: App, session_id: str) -> Arrival | None:
    """None when the page was paid, and that is written now."""
    try:
        state = await app.checkouts.read(session_id)
        await settlement.take_in(app, state)
    except Unknown:
        raise PaymentNotFound from None
    except ProviderError:
        return Arrival.UNHEARD
    return None if state.status == "COMPLETE" else Arrival.MISSING


async def _arrival(app: App, conn: Conn, begun: Subscription) -> tuple[Arrival, bool]:
    """How its payment stands, and whether it entitles now."""
    gives = await entitlement_store.is_entitled(conn, begun.id, now=app.clock.now())
    payment = await plan_payment_store.newest_of_subscription(conn, begun.id)
    if payment is None:
        return (Arrival.BEGUN if gives else Arrival.PROCESSING), gives
    if payment.status is PaymentStatus.SUCCEEDED:
        return Arrival.PAID, gives
    if payment.status is PaymentStatus.PROCESSING:
        return Arrival.PROCESSING, False
    return Arrival.MISSING, False


async def _opens_channel(conn: Conn, begun: Subscription) -> bool:
    if begun.plan_id is None:
        return False
    return (await plan_store.by_ids(conn, [begun.plan_id]))[begun.plan_id].channel_id is not None
