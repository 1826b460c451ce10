"""How long a buyer in Telegram waits: from Stripe's first event to the invitation in the chat.

One person after another types /pay, follows the bot's button and pays on Stripe's page. Prints the
distribution, its share of the two seconds that are allowed, and beside it a floor: the reads at
Stripe alone.

    python -m bench.payment_to_invite [purchases]
"""

import asyncio
import sys
from functools import partial

import httpx

import server
from bench import measuring
from sandbox import demo
from sandbox.telegram_chats import BotMessage, TelegramUser
from services.settings import Settings

FIRST_ID = 810_000_000
PATIENCE_S = 20
WAITS = """
  select extract(epoch from n.sent_at - min(e.received_at)) as seconds
  from public.notifications n
  join public.subscriptions s on s.id = n.subscription_id
  join private.stripe_events e
    on s.stripe_subscription_id in (
      e.payload -> 'data' -> 'object' ->> 'id',
      e.payload -> 'data' -> 'object' ->> 'subscription',
      e.payload -> 'data' -> 'object' -> 'parent' -> 'subscription_details' ->> 'subscription')
  where n.kind = 'CHANNEL_INVITE' and n.medium = 'TELEGRAM' and n.status = 'SENT' group by n.id
"""


async def measure(purchases: int, settings: Settings, database: demo.Embedded) -> None:
    async with measuring.product(settings, database) as parts, measuring.browser(parts) as client:
        for number in range(purchases):
            await buy(client, parts, TelegramUser(FIRST_ID + number, f"Buyer {number}"))
        base = await measuring.floor(client)
        waits = await waits_of(parts)
    assert len(waits) == purchases, f"{len(waits)} of {purchases} were invited"
    measuring.print_waits({"/pay to invitation": waits}, base)


async def waits_of(parts: server.Service) -> list[float]:
    """Seconds from the first event to the invitation, for each purchase."""
    await asyncio.sleep(2)  # what is in the chat already may not be noted yet
    async with parts.app.db.connection() as conn:
        return [float(row["seconds"]) for row in await conn.fetch(WAITS)]


async def buy(client: httpx.AsyncClient, parts: server.Service, user: TelegramUser) -> None:
    """From /pay to the invitation."""
    measuring.standins(parts).telegram.say("/pay", user)
    offer = await said(parts, user, "/pay?")
    page = await client.get(offer)
    assert page.status_code == 303, page.text
    await measuring.pay(client, parts, page.headers["location"])
    await said(parts, user, "/join/")


async def said(parts: server.Service, user: TelegramUser, address: str) -> str:
    """Where the bot's button leads that has `address` in it, once it is in the chat."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for message in measuring.standins(parts).telegram.messages(user.id):
                if leads := _leads_to(message, address):
                    return leads
            await asyncio.sleep(0.005)


def _leads_to(message: BotMessage, address: str) -> str | None:
    if message.button is None or address not in message.button[1]:
        return None
    return message.button[1]


def main() -> None:
    purchases = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    measuring.run(partial(measure, purchases), port=8791)


if __name__ == "__main__":
    main()
