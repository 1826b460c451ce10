"""What a person can ask the bot for: each command with its answer."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from services import buyer_links, buyers, channel, channel_joins, pay_links
from services.app import App
from services.db import Conn
from services.domain.plans import AccessStatus, Buyer, Channel, ChannelAccess
from services.messages import bot, plan_terms, standing
from services.messages.bot import Reply
from services.messages.languages import Language
from services.store import channel_accesses as access_store
from services.store import entitlements as entitlement_store
from services.store import plans as plan_store
from services.store import subscriptions as subscription_store
from services.store import telegram as store
from services.store.telegram import Session
from services.telegram_updates import Said

log = logging.getLogger(__name__)

MOST_SHOWN = 5
"""How many sessions of a kind /status lists: a message holds 4,096 characters."""


def _language(buyer: Buyer | None, said: Said) -> Language:
    """The account's language goes before that of the person's Telegram."""
    return Language.of((buyer and buyer.language) or said.language)


def _public_url(app: App) -> str:
    return app.settings.public_url.rstrip("/")


async def _start(app: App, conn: Conn, said: Said) -> Reply:
    if said.code_hash is not None:
        linked = await buyer_links.link(app, conn, said.chat_id, bytes.fromhex(said.code_hash))
        words = bot.linked if linked else bot.link_refused
    else:
        linked = await store.user_of(conn, said.chat_id) is not None
        words = bot.linked if linked else bot.not_linked
    return words(_language(await buyers.known(conn, said.chat_id), said), _public_url(app))


async def _pay(app: App, conn: Conn, said: Said) -> Reply:
    """A link for this chat; whoever has paid is sent to their channel."""
    plan = await plan_store.in_chat(conn)
    buyer = await buyers.of_chat(app, conn, said.chat_id, name=said.name, language=said.language)
    language = _language(buyer, said)
    if plan is None:
        return bot.pay_unavailable(language)
    held = await subscription_store.live_of(conn, buyer, plan.id)
    if held is not None and not (held.is_order or held.is_own_trial):
        opened = await _entitled_channel(app, conn, buyer)
        if opened is not None:
            found, access = opened
            link = channel.link_for(app, access, found)
            return bot.paid_already(language, found.name, link)
    return bot.pay(
        language,
        plan_name=plan.name,
        price_and_interval=plan_terms.terms(plan, language),
        url=pay_links.address(app, said.chat_id),
        works_for=pay_links.LIFE,
    )


async def _invite(app: App, conn: Conn, said: Said) -> Reply:
    """The link again, or a new one where there is none."""
    buyer = await buyers.known(conn, said.chat_id)
    language = _language(buyer, said)
    opened = await _entitled_channel(app, conn, buyer) if buyer else None
    if opened is None:
        plan = await plan_store.in_chat(conn)
        sold = await plan_store.channel(conn, plan.channel_id) if plan and plan.channel_id else None
        return bot.not_paid(language, sold.name) if sold else bot.pay_unavailable(language)
    found, access = opened
    link = channel.link_for(app, access, found)
    if link is None or access.by_request:
        await channel_joins.invite_again(app, conn, access)
    if link is not None:
        return bot.invite(
            language,
            found.name,
            link,
            access.invite_expires_at,
            alone=access.invite_link is not None,
        )
    if access.status is AccessStatus.JOINED:
        return bot.joined_already(language, found.name)
    return bot.invite_follows(language, found.name)


async def _entitled_channel(
    app: App, conn: Conn, buyer: Buyer
) -> tuple[Channel, ChannelAccess] | None:
    """The channel that the person may be in, and where they stand with it."""
    rows = (
        await access_store.of_user(conn, buyer.user_id)
        if buyer.user_id
        else await access_store.of_buyer(conn, buyer.key)
    )
    for access in rows:
        if await entitlement_store.opens_channel(conn, access, now=app.clock.now()):
            found = await plan_store.channel(conn, access.channel_id)
            assert found is not None
            return found, access
    return None


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
    subscriptions = await subscription_store.shown(conn, buyer, limit=MOST_SHOWN)
    plans = await plan_store.by_ids(conn, [sub.plan_id for sub in subscriptions if sub.plan_id])
    held = [
        standing.held(sub, plans.get(sub.plan_id) if sub.plan_id else None, language)
        for sub in subscriptions
    ]
    return bot.status(
        language,
        _public_url(app),
        upcoming,
        to_place,
        held,
        manage_url=None
        if buyer.user_id is not None or not held
        else pay_links.address(app, said.chat_id, pay_links.MANAGE),
        has_account=buyer.user_id is not None,
    )


async def _stop(app: App, conn: Conn, said: Said) -> Reply:
    language = _language(await buyers.known(conn, said.chat_id), said)
    user_id = await store.free_chat(conn, said.chat_id)
    if user_id is None:
        return bot.not_linked(language, _public_url(app))
    log.info("telegram unlinked", extra={"user_id": user_id})
    return bot.unlinked(language, _public_url(app))


async def _help(app: App, conn: Conn, said: Said) -> Reply:
    buyer = await buyers.known(conn, said.chat_id)
    has_account = buyer is None or buyer.user_id is not None
    return bot.overview(_language(buyer, said), _public_url(app), has_account=has_account)


ANSWERS: Mapping[str, Callable[[App, Conn, Said], Awaitable[Reply]]] = {
    "start": _start,
    "pay": _pay,
    "invite": _invite,
    "status": _status,
    "stop": _stop,
    "help": _help,
}
