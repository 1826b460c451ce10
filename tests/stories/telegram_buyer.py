"""Somebody in Telegram: what they write, open, pay and are told, and the channel they come into."""

from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.telegram_chats import DEMO, BotMessage, TelegramUser
from tests.world import BUSY, MUCH_LATER, Client, World

INNER_CIRCLE = "91a40000-0000-4000-8000-000000000004"  # 15 USD a month, channel, sold in the chat
GOOD_CARD = "4242424242424242"
FAILING_CARD = "4000000000000341"  # can be kept, and is declined whenever it is charged

LINK = "mutation { createTelegramLink { url errors { code } } }"
CHANNELS = "{ me { entitlements { active channels { channel { name } status inviteUrl } } } }"


async def rests(world: World) -> None:
    """Everything under way arrives, and the worker does what it asks for."""
    await _arrives(world)
    while (await world.row(BUSY, MUCH_LATER))[0]:
        await world.worker.drain()
        await _arrives(world)


async def _arrives(world: World) -> None:
    await world.sandbox.stripe.deliveries.settled()
    await world.sandbox.hooks.settled()


@dataclass(frozen=True, slots=True)
class TelegramBuyer:
    """A person with Telegram, who may never have heard of an account."""

    world: World
    user: TelegramUser = DEMO

    async def says(self, text: str) -> BotMessage:
        """The bot's answer; what follows from it is done too."""
        before = len(self.messages())
        self.world.sandbox.telegram.say(text, self.user)
        await rests(self.world)
        return self.messages()[before]

    def messages(self) -> list[BotMessage]:
        return self.world.sandbox.telegram.messages(self.user.id)

    def told(self) -> list[str]:
        """Headings of what the bot wrote, oldest first."""
        return [heading(message) for message in self.messages()]

    async def pay_link(self) -> str:
        """The address below the bot's answer to /pay."""
        return address(await self.says("/pay"))

    async def follows(self, link: str) -> httpx.Response:
        """The answer of one of our addresses, wherever it leads."""
        return await self.world.http.get(link)

    async def opens_checkout(self) -> str:
        """The id of the checkout to which /pay leads."""
        answer = await self.follows(await self.pay_link())
        assert answer.status_code == 303, answer.text
        return session_of(answer)

    async def pays(self, card: str = GOOD_CARD, *, email: str | None = None) -> str:
        """From /pay to the paid checkout, whose id is returned; what follows is done."""
        session_id = await self.opens_checkout()
        self.world.sandbox.stripe.pay(session_id, card, email=email)
        await rests(self.world)
        return session_id

    async def buys(self) -> str:
        """Pay; the link of the invitation that came."""
        await self.pays()
        return self.invitation()

    async def joins(self) -> str:
        """Pay and come into the channel; the link by which they came."""
        link = await self.buys()
        assert await self.opens(link) == "requested"
        assert self.is_in()
        return link

    def invitation(self) -> str:
        """The link in the newest message, which is an invitation."""
        message = self.messages()[-1]
        assert heading(message) == "Your invitation: Inner circle", self.told()
        return address(message)

    async def opens(self, link: str) -> str:
        """What Telegram says of an invite link; what follows is done."""
        outcome = self.world.sandbox.telegram.join(link, self.user)
        await rests(self.world)
        return outcome

    async def leaves(self) -> None:
        self.world.sandbox.telegram.leave(self.user)
        await rests(self.world)

    def is_in(self) -> bool:
        """Whether they are in the channel."""
        return self.user.id in self.world.sandbox.telegram.members()

    async def blocks(self) -> None:
        self.world.sandbox.telegram.block(self.user)
        await rests(self.world)

    async def unblocks(self) -> None:
        self.world.sandbox.telegram.unblock(self.user)
        await rests(self.world)

    async def links(self, client: Client) -> str:
        """The chat becomes an account's own; the heading of the bot's answer."""
        made = (await client.asks(LINK))["createTelegramLink"]
        assert made["errors"] == []
        _, _, code = made["url"].partition("?start=")
        return heading(await self.says(f"/start {code}"))


def heading(message: BotMessage) -> str:
    return message.text.partition("\n")[0]


def address(message: BotMessage) -> str:
    """Where the button of a message leads."""
    assert message.button is not None, message.text
    return message.button[1]


def session_of(answer: httpx.Response) -> str:
    """The checkout of Stripe's page to which an answer redirects."""
    return httpx.URL(answer.headers["location"]).path.rpartition("/")[2]


async def channel_of(client: Client) -> dict[str, Any] | None:
    """The channel as the account sees it: `status`, `inviteUrl`; None without one."""
    found = (await client.asks(CHANNELS))["me"]["entitlements"]["channels"]
    assert len(found) <= 1
    return found[0] if found else None


async def charge_of(world: World) -> str:
    """The charge of the one payment there is, at Stripe."""
    return str((await world.row("select stripe_charge_id as id from public.payments"))["id"])


async def subscription_of(world: World) -> str:
    """The one subscription there is, at Stripe."""
    row = await world.row("select stripe_subscription_id as id from public.subscriptions")
    return str(row["id"])


async def troubles(world: World, source: str) -> list[tuple[str, bool]]:
    """What the operator finds written down, oldest first: each message, and whether it is final."""
    rows = await world.rows(
        "select message, final from private.error_logs where source = $1 order by created_at, id",
        source,
    )
    return [(row["message"], row["final"]) for row in rows]


def sold(world: World) -> dict[str, Any]:
    """What was ever begun at Stripe: sessions by their status, and subscriptions by theirs."""
    return {
        "sessions": sorted(each["status"] for each in world.sandbox.stripe.sessions()),
        "subscriptions": sorted(each["status"] for each in world.sandbox.stripe.subscriptions()),
    }
