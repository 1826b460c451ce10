"""What a person can ask the bot for: each command with its answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from services import buyer_links, buyers, channel, channel_joins, pay_links
from services.app import App
from services.db import Conn
from services.domain.payments import PaymentStatus
from services.domain.plans import (
    OWING,
    AccessStatus,
    Buyer,
    Channel,
    ChannelAccess,
    Plan,
    Subscription,
)
from services.messages import bot, plan_terms, standing
from services.messages.bot import Reply
from services.messages.languages import Language
from services.store import entitlements as entitlement_store
from services.store import plan_payments as plan_payment_store
from services.store import plans as plan_store
from services.store import subscription_lists
from services.store import telegram as store
from services.store import users as user_store
from services.store.telegram import Session
from services.telegram_updates import Said

MOST_SHOWN = 5
"""How many sessions of a kind /status lists: a message holds 4,096 characters."""


def _language(buyer: Buyer | None, said: Said) -> Language:
    """The account's language goes before that of the person's Telegram."""
    return Language.of((buyer and buyer.language) or said.language)


def _public_url(app: App) -> str:
    return app.settings.public_url.rstrip("/")


async def _start(app: App, conn: Conn, said: Said) -> Reply:
    refused = bot.not_linked
    if said.code_hash is not None:
        refused = bot.link_refused
        if not await buyer_links.link(app, conn, said.chat_id, bytes.fromhex(said.code_hash)):
            buyer = await buyers.known(conn, said.chat_id)
            return refused(_language(buyer, said), _public_url(app))
    user = await user_store.by_telegram(conn, said.chat_id)
    if user is None:
        buyer = await buyers.known(conn, said.chat_id)
        return refused(_language(buyer, said), _public_url(app))
    stays = await buyer_links.has_own(conn, said.chat_id)
    language = _language(buyers.of_user(user), said)
    return bot.linked(language, _public_url(app), user.email, stays=stays)


async def _move(app: App, conn: Conn, said: Said) -> Reply:
    """What was bought in the chat comes along to the account, for the person asks for it."""
    moved = await buyer_links.move(app, conn, said.chat_id)
    buyer = await buyers.known(conn, said.chat_id)
    language = _language(buyer, said)
    if moved is None or buyer is None:
        return bot.not_linked(language, _public_url(app))
    plans = await _plans(conn, moved)
    named = [standing.name(_plan_of(plans, sub), language) for sub in moved[:MOST_SHOWN]]
    return bot.moved(language, _public_url(app), buyer.email, list(dict.fromkeys(named)))


async def _pay(app: App, conn: Conn, said: Said) -> Reply:
    """A link for this chat; whoever has paid is sent to what they have."""
    plan = await plan_store.in_chat(conn)
    buyer = await buyers.of_chat(app, conn, said.chat_id, name=said.name, language=said.language)
    language = _language(buyer, said)
    if plan is None:
        return bot.pay_unavailable(language)
    everything = await buyers.with_chat(conn, buyer, said.chat_id)
    held = await subscription_lists.live_of(conn, everything, plan.id)
    if held is None or held.is_order or held.is_own_trial:
        return bot.pay(
            language,
            plan_name=plan.name,
            price_and_interval=plan_terms.terms(plan, language),
            url=pay_links.address(app, said.chat_id),
            works_for=pay_links.LIFE,
        )
    if not await entitlement_store.is_entitled(conn, held.id, now=app.clock.now()):
        return await _stopped(app, conn, said, held, plan, language=language)
    opened = await buyers.open_channels(app, conn, everything, said.chat_id)
    for found, access in opened:
        if found.id == plan.channel_id:
            return bot.paid_already(language, found.name, channel.link_for(app, access, found))
    return bot.has_plan(language, plan.name)


async def _stopped(
    app: App, conn: Conn, said: Said, held: Subscription, plan: Plan, *, language: Language
) -> Reply:
    """Whoever has a plan that gives nothing can't buy it again: to where it can be mended."""
    newest = await plan_payment_store.newest_of_subscription(conn, held.id)
    owed = held.status in OWING and newest is not None and newest.status is PaymentStatus.FAILED
    return bot.stopped(
        language,
        _public_url(app),
        standing.held(held, plan, language, entitled=False),
        invoice_url=newest.invoice_url if owed and newest else None,
        manage_url=_portal(app, said) if held.user_id is None else None,
    )


def _portal(app: App, said: Said) -> str:
    return pay_links.address(app, said.chat_id, pay_links.MANAGE)


async def _invite(app: App, conn: Conn, said: Said) -> Reply:
    """The links again, or new ones where there are none: of every channel that is open to them."""
    buyer = await buyers.known(conn, said.chat_id)
    language = _language(buyer, said)
    if buyer is not None:
        everything = await buyers.with_chat(conn, buyer, said.chat_id)
        opened = await buyers.open_channels(app, conn, everything, said.chat_id)
        if opened:
            replies = [await _way_in(app, conn, *each, language) for each in opened]
            return bot.of_channels(language, replies)
        if stopped := await _stopped_channel(app, conn, said, everything, language):
            return stopped
    plan = await plan_store.in_chat(conn)
    sold = await plan_store.channel(conn, plan.channel_id) if plan and plan.channel_id else None
    return bot.not_paid(language, sold.name) if sold else bot.pay_unavailable(language)


async def _stopped_channel(
    app: App, conn: Conn, said: Said, buyer: Buyer, language: Language
) -> Reply | None:
    """Why a channel that they pay for is closed to them; None when they pay for none."""
    subscriptions = await subscription_lists.shown(conn, buyer, limit=MOST_SHOWN)
    plans = await _plans(conn, subscriptions)
    for held in subscriptions:
        plan = _plan_of(plans, held)
        if plan is not None and plan.channel_id is not None:
            return await _stopped(app, conn, said, held, plan, language=language)
    return None


async def _way_in(
    app: App, conn: Conn, found: Channel, access: ChannelAccess, language: Language
) -> Reply:
    link = channel.link_for(app, access, found)
    await channel_joins.invite_again(app, conn, access)
    if link is not None:
        return bot.invite(language, found.name, link, alone=access.invite_link is not None)
    if access.status is AccessStatus.JOINED:
        return bot.joined_already(language, found.name)
    return bot.invite_follows(language, found.name)


async def _status(app: App, conn: Conn, said: Said) -> Reply:
    buyer = await buyers.known(conn, said.chat_id)
    language = _language(buyer, said)
    if buyer is None:
        return bot.not_linked(language, _public_url(app))
    upcoming: Sequence[Session] = ()
    to_place: Sequence[Session] = ()
    if buyer.user_id is not None:
        upcoming = await store.upcoming(conn, buyer.user_id, limit=MOST_SHOWN, now=app.clock.now())
        to_place = await store.to_place(conn, buyer.user_id, limit=MOST_SHOWN)
    everything = await buyers.with_chat(conn, buyer, said.chat_id)
    held = await _held(app, conn, everything, language)
    own = await buyer_links.has_own(conn, said.chat_id)
    return bot.status(
        language,
        _public_url(app),
        upcoming,
        to_place,
        held,
        manage_url=_portal(app, said) if own and buyer.user_id is None else None,
        has_account=buyer.user_id is not None,
        stays=own and buyer.user_id is not None,
    )


async def _held(app: App, conn: Conn, buyer: Buyer, language: Language) -> list[standing.Held]:
    """The plans that somebody has, each with where it stands."""
    subscriptions = await subscription_lists.shown(conn, buyer, limit=MOST_SHOWN)
    plans = await _plans(conn, subscriptions)
    now, found = app.clock.now(), []
    for held in subscriptions:
        entitled = await entitlement_store.is_entitled(conn, held.id, now=now)
        plan = _plan_of(plans, held)
        found.append(standing.held(held, plan, language, entitled=entitled))
    return found


async def _plans(conn: Conn, subscriptions: Sequence[Subscription]) -> dict[UUID, Plan]:
    return await plan_store.by_ids(conn, [sub.plan_id for sub in subscriptions if sub.plan_id])


def _plan_of(plans: Mapping[UUID, Plan], subscription: Subscription) -> Plan | None:
    return plans.get(subscription.plan_id) if subscription.plan_id else None


async def _stop(app: App, conn: Conn, said: Said) -> Reply:
    language = _language(await buyers.known(conn, said.chat_id), said)
    if await buyer_links.unlink(app, conn, said.chat_id):
        return bot.unlinked(language, _public_url(app))
    return bot.not_linked(language, _public_url(app))


async def _help(app: App, conn: Conn, said: Said) -> Reply:
    buyer = await buyers.known(conn, said.chat_id)
    has_account = buyer is None or buyer.user_id is not None
    return bot.overview(_language(buyer, said), _public_url(app), has_account=has_account)


ANSWERS: Mapping[str, Callable[[App, Conn, Said], Awaitable[Reply]]] = {
    "start": _start,
    "pay": _pay,
    "invite": _invite,
    "status": _status,
    "move": _move,
    "stop": _stop,
    "help": _help,
}
