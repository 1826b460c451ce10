"""Hosts with accounts at Stripe, sessions that were held, and the days on which they are paid."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sandbox.stripe.app import SECRET_KEY
from services import payouts
from tests.world import MENTORING, Client, Opened, World

REST = timedelta(hours=72)
PAYOUT = """
  status reason message dueAt paidAt
  amount { amountMinor currency } returned { amountMinor } fee { amountMinor } net { amountMinor }
  transferred { amountMinor currency } reversed { amountMinor }
"""


async def link(host: Client, country: str = "US") -> dict[str, Any]:
    """createPayoutAccountLink's payload."""
    data = await host.asks(
        "mutation ($input: CreatePayoutAccountLinkInput!) {"
        " createPayoutAccountLink(input: $input) { url expiresAt errors { code message } } }",
        input={"country": country},
    )
    payload: dict[str, Any] = data["createPayoutAccountLink"]
    return payload


async def connects(world: World, host: Client, country: str = "US") -> str:
    """The host's new account at Stripe, filled in and ready."""
    payload = await link(host, country)
    assert payload["errors"] == [], payload
    account_id: str = world.sandbox.stripe.connect_accounts()[0]["id"]
    world.sandbox.stripe.onboard(account_id)
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    return account_id


async def booked(
    world: World,
    session_type: str = MENTORING,
    *,
    ahead: timedelta = timedelta(days=3),
    card: str = "4242424242424242",
) -> Opened:
    """A session paid and confirmed, that begins `ahead` from now or later."""
    after = world.sandbox.clock.now() + ahead
    open_times = await slots_after(world, after, session_type)
    opened = await world.client.books(open_times[0], session_type)
    await world.pays(opened, card)
    await world.worker.drain()
    return opened


async def slots_after(
    world: World, after: datetime, session_type: str = MENTORING, *, days: int = 14
) -> list[str]:
    """Starts of open times by the world's own clock."""
    data = await world.client.asks(
        "query ($id: ID!, $from: DateTime!, $to: DateTime!) {"
        " availableSlots(sessionTypeId: $id, from: $from, to: $to) { startsAt } }",
        id=session_type,
        **{"from": after.isoformat(), "to": (after + timedelta(days=days)).isoformat()},
    )
    return [slot["startsAt"] for slot in data["availableSlots"]]


async def until(world: World, moment: datetime) -> None:
    """The clock shows this moment; what became due is done."""
    await world.time_passes(moment - world.sandbox.clock.now())


def start_of(opened: Opened) -> datetime:
    assert opened.starts_at is not None
    return datetime.fromisoformat(opened.starts_at).astimezone(UTC)


async def payday(world: World) -> payouts.Run:
    """The hourly run, and what follows from it."""
    ran = await payouts.run(world.app)
    await world.worker.drain()
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    return ran


async def rested(world: World, opened: Opened) -> None:
    """The session was held, and its payment has rested; the run is still to come."""
    await until(world, start_of(opened) + REST + timedelta(hours=3))


async def payout_of(world: World, host: Client, booking_id: str) -> dict[str, Any]:
    """The host's payout for a session, as they see it."""
    data = await host.asks(
        f"{{ myPayouts(first: 100) {{ nodes {{ id {PAYOUT} hostBooking {{ id }} }} }} }}"
    )
    found = [node for node in data["myPayouts"]["nodes"] if node["hostBooking"]["id"] == booking_id]
    assert len(found) == 1, data
    one: dict[str, Any] = found[0]
    return one


async def payment_of(world: World, booking_id: str) -> dict[str, Any]:
    row = await world.row(
        "select * from public.payments where booking_id = $1 and status = 'SUCCEEDED' "
        "order by paid_at limit 1",
        UUID(booking_id),
    )
    return dict(row)


async def paid_out(
    world: World, host: Client, session_type: str = MENTORING, **more: Any
) -> Opened:
    """A session that was held and for which its host was paid, into an account made for it."""
    await connects(world, host)
    opened = await booked(world, session_type, **more)
    await rested(world, opened)
    await payday(world)
    return opened


async def returned(world: World, opened: Opened, amount: int | None = None) -> dict[str, Any]:
    """The seller gives money back in Stripe's dashboard, all that is left by default; what follows
    from it is done."""
    payment = await payment_of(world, opened.booking_id)
    refund = world.sandbox.stripe.dashboard_refund(payment["stripe_charge_id"], amount)
    await news(world)
    return refund


@asynccontextmanager
async def unheard(world: World) -> AsyncIterator[None]:
    """Whatever Stripe tells of what happens meanwhile is lost."""
    world.sandbox.stripe.deliveries.plan("drop", 100)
    yield
    await world.sandbox.stripe.deliveries.settled()
    world.sandbox.stripe.deliveries.clear_plans()


async def by_hand(world: World, what: str, **params: Any) -> dict[str, Any]:
    """What an operator does in Stripe's dashboard that is a request of its API: POST /v1/`what`."""
    answer = await world.http.post(
        f"/sandbox/stripe/v1/{what}",
        data=params,
        headers={"authorization": f"Bearer {SECRET_KEY}"},
    )
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def news(world: World) -> None:
    """Stripe's events arrive, and what follows from them."""
    for _ in range(2):
        await world.sandbox.stripe.deliveries.settled()
        await world.worker.drain()


def at_stripe(world: World) -> list[tuple[int, str, int]]:
    """Amount, currency and what came back of each transfer, newest first, in Stripe's unit."""
    return [
        (transfer["amount"], transfer["currency"], transfer["amount_reversed"])
        for transfer in world.sandbox.stripe.transfers()
    ]
