"""Who pays: a user, or somebody in Telegram without an account; each is one customer at Stripe."""

from dataclasses import replace
from uuid import UUID

from services import accounts
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.models import User
from services.domain.plans import AccessStatus, Buyer, Channel, ChannelAccess, Subscription
from services.store import channel_accesses as access_store
from services.store import entitlements as entitlement_store
from services.store import plans as plan_store
from services.store import telegram_buyers
from services.store import users as user_store
from services.store.telegram_buyers import TelegramBuyer


async def of_viewer(app: App, viewer: Viewer) -> Buyer:
    """The signed-in person. Raises NotFound when their account was deleted."""
    return of_user(await accounts.complete(app, viewer))


def of_user(user: User) -> Buyer:
    return Buyer(
        user_id=user.id,
        telegram_buyer_id=None,
        telegram_id=user.telegram_id,
        email=user.email,
        name=user.name,
        language=user.language,
        customer_id=user.stripe_customer_id,
    )


def of_telegram_buyer(row: TelegramBuyer) -> Buyer:
    return Buyer(
        user_id=None,
        telegram_buyer_id=row.id,
        telegram_id=row.telegram_id,
        email=row.email,
        name=row.name,
        language=row.language,
        customer_id=row.customer_id,
    )


async def of_chat(
    app: App, conn: Conn, chat_id: int, *, name: str | None = None, language: str | None = None
) -> Buyer:
    """Whoever writes from this chat: the account it is linked to, else somebody without one."""
    user = await user_store.by_telegram(conn, chat_id)
    if user is not None:
        return of_user(user)
    return of_telegram_buyer(
        await telegram_buyers.ensure(
            conn, chat_id, name=name, language=language, now=app.clock.now()
        )
    )


async def of_customer(conn: Conn, customer_id: str) -> Buyer | None:
    """Who has this customer at Stripe: the account, once what they bought was brought along to one.
    None for a customer of somebody else's."""
    if user := await user_store.by_customer(conn, customer_id):
        return of_user(user)
    row = await telegram_buyers.by_customer(conn, customer_id)
    if row is None or row.user_id is None:
        return of_telegram_buyer(row) if row else None
    linked = await user_store.get(conn, row.user_id)
    return of_user(linked) if linked else of_telegram_buyer(row)


async def of_subscription(conn: Conn, subscription: Subscription) -> Buyer | None:
    """Whose it is; None once they are gone."""
    if subscription.user_id is not None:
        user = await user_store.get(conn, subscription.user_id)
        return of_user(user) if user else None
    if subscription.telegram_buyer_id is None:
        return None
    row = await telegram_buyers.get(conn, subscription.telegram_buyer_id)
    return of_telegram_buyer(row) if row else None


async def lock(conn: Conn, buyer: Buyer) -> None:
    """Let one transaction at a time begin something for them."""
    if buyer.user_id is not None:
        await user_store.lock(conn, buyer.user_id)
    elif buyer.telegram_buyer_id is not None:
        await telegram_buyers.lock(conn, buyer.telegram_buyer_id)


async def customer(app: App, buyer: Buyer) -> str:
    """Their one customer at Stripe; whoever writes first wins every race. Raises ProviderError."""
    if buyer.customer_id:
        return buyer.customer_id
    kind = "user_id" if buyer.user_id else "telegram_buyer_id"
    made = await app.customers.create(
        key=buyer.key, metadata={kind: str(buyer.key)}, email=buyer.email, name=buyer.name
    )
    async with app.db.transaction() as conn:
        if buyer.user_id is not None:
            return await user_store.set_customer(conn, buyer.user_id, made)
        return await telegram_buyers.set_customer(conn, buyer.key, made)


async def forget_customer(conn: Conn, customer_id: str) -> None:
    """Stripe does not know this customer any more, whoever's it was."""
    await user_store.forget_customer(conn, customer_id)
    await telegram_buyers.forget_customer(conn, customer_id)


async def read_again(conn: Conn, buyer: Buyer) -> Buyer:
    """The buyer as their row shows them now; as they were, once it is gone."""
    if buyer.user_id is not None:
        user = await user_store.get(conn, buyer.user_id)
        return of_user(user) if user else buyer
    row = await telegram_buyers.get(conn, buyer.key)
    return of_telegram_buyer(row) if row else buyer


async def known(conn: Conn, chat_id: int) -> Buyer | None:
    """Whoever writes from this chat, if they have an account or have asked to pay before."""
    user = await user_store.by_telegram(conn, chat_id)
    if user is not None:
        return of_user(user)
    row = await telegram_buyers.of_chat(conn, chat_id)
    return of_telegram_buyer(row) if row else None


async def with_chat(conn: Conn, buyer: Buyer, chat_id: int) -> Buyer:
    """The account together with whoever bought in the chat itself: to look for what they have,
    never to begin something."""
    row = await telegram_buyers.of_chat(conn, chat_id)
    return replace(buyer, telegram_buyer_id=row.id) if row else buyer


async def open_channels(
    app: App, conn: Conn, buyer: Buyer, chat_id: int
) -> list[tuple[Channel, ChannelAccess]]:
    """Each channel that the person of the chat may be in, and where they stand with it: of two rows
    for one, bought in the chat and by the account, that by which they are in."""
    of_user = await access_store.of_user(conn, buyer.user_id) if buyer.user_id else []
    bought_as = buyer.telegram_buyer_id
    of_chat = await access_store.of_buyer(conn, bought_as) if bought_as else []

    def farness(access: ChannelAccess) -> tuple[bool, bool, bool]:
        somebody_else = access.person_id not in (None, chat_id)
        joined = access.status is AccessStatus.JOINED
        return somebody_else, not joined, access.status is not AccessStatus.INVITED

    found: dict[UUID, tuple[Channel, ChannelAccess]] = {}
    for access in sorted([*of_user, *of_chat], key=farness):
        if access.channel_id in found:
            continue
        if await entitlement_store.opens_channel(conn, access, now=app.clock.now()):
            channel = await plan_store.channel(conn, access.channel_id)
            assert channel is not None
            found[access.channel_id] = (channel, access)
    return list(found.values())
