"""How long a client waits: from Stripe's first event to the last message handed over.

Lets the demo user buy one session after another through HTTP, as a browser would: of a host with
the built-in calendar and Daily, then of one with Cal.com and Zoom. Prints the distributions, their
share of the two seconds that are allowed, and beside them a floor: the reads at Stripe alone.

    python -m bench.payment_to_mail [purchases]
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import httpx

import server
from bench import measuring
from bench.measuring import ask, browser
from sandbox import demo
from sandbox.accounts import DEMO_USER
from services.settings import Settings

HOSTS = {
    "built-in calendar, Daily": "5e550000-0000-4000-8000-000000000004",
    "Cal.com, Zoom": "5e550000-0000-4000-8000-000000000002",
}
SLOTS = """query ($type: ID!, $from: DateTime!, $to: DateTime!) {
  availableSlots(sessionTypeId: $type, from: $from, to: $to) { startsAt } }"""
OPEN = """mutation ($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) { checkout { url } errors { code } } }"""
WAITS = """
  select extract(epoch from max(n.sent_at) - min(e.received_at)) as seconds
  from public.bookings b
  join public.notifications n on n.booking_id = b.id
  join public.payments p on p.booking_id = b.id
  join private.stripe_events e
    on e.payload -> 'data' -> 'object' ->> 'payment_intent' = p.stripe_payment_intent_id
    or e.payload -> 'data' -> 'object' ->> 'id' = p.stripe_payment_intent_id
  where n.status = 'SENT' and b.session_type_id = $1 group by b.id having count(distinct n.id) = 3
"""


async def measure(purchases: int, settings: Settings, database: demo.Embedded) -> None:
    async with (
        measuring.product(settings, database) as parts,
        browser(parts, DEMO_USER) as client,
    ):
        waits = {
            name: await waits_at(client, parts, session_type, purchases)
            for name, session_type in HOSTS.items()
        }
        base = await measuring.floor(client)
    measuring.print_waits(waits, base)


async def waits_at(
    client: httpx.AsyncClient, parts: server.Service, session_type: str, purchases: int
) -> list[float]:
    """Seconds from the first event to the last message, for each purchase."""
    now = datetime.now(UTC)
    window = {"from": now.isoformat(), "to": (now + timedelta(days=60)).isoformat()}
    slots = (await ask(client, SLOTS, type=session_type, **window))["availableSlots"]
    for slot in slots[: 2 * purchases : 2]:  # every other one: buffers reach into the next
        await measuring.pay(client, parts, await opened(client, session_type, slot["startsAt"]))
    await asyncio.sleep(2)
    async with parts.app.db.connection() as conn:
        waits = [float(row["seconds"]) for row in await conn.fetch(WAITS, UUID(session_type))]
    assert len(waits) == purchases, f"{len(waits)} of {purchases} were fulfilled"
    return waits


async def opened(client: httpx.AsyncClient, session_type: str, slot: str) -> str:
    """Stripe's page for a session."""
    given = {"sessionTypeId": session_type, "startsAt": slot}
    payload = (await ask(client, OPEN, input=given))["createCheckoutSession"]
    assert payload["errors"] == [], payload
    url: str = payload["checkout"]["url"]
    return url


def main() -> None:
    purchases = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    measuring.run(partial(measure, purchases), port=8790)


if __name__ == "__main__":
    main()
