"""Disputes about sessions: what a buyer's bank does, and everywhere that a link could be read."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sandbox.stripe.account import Account
from services import payouts
from tests.stories.payday import payment_of, slots_after
from tests.world import MENTORING, Client, Opened, World

OLENA = "olena@example.com"
OPERATOR = "operator@example.com"
DISPUTED_AT_ONCE = "4000000000000259"

PAID_FOR = """query ($id: ID!) { booking(id: $id) { status statusReason calledOffBy
  meeting { url } payments { outcome outcomeReason disputed refunded { amountMinor }
  lostToDispute { amountMinor } } } }"""
HOSTED = """{ hostBookings(first: 100) { nodes { id status calledOffBy meetingUrl } } }"""


def stripes(world: World) -> Account:
    """The account at Stripe: what a bank may do has no switch in the dashboard for all of it."""
    return world.sandbox.stripe._account


async def rests(world: World) -> None:
    """Stripe has told everything, and everything that follows is done."""
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()


async def charge_of(world: World, opened: Opened) -> str:
    charge: str = (await payment_of(world, opened.booking_id))["stripe_charge_id"]
    return charge


async def disputed(world: World, opened: Opened, amount_minor: int | None = None) -> str:
    """The client's bank takes the money for now, or so much of it; the dispute's id."""
    dispute = world.sandbox.stripe.dispute(await charge_of(world, opened))
    if amount_minor is not None:
        _at_stripe(world, dispute["id"], amount=amount_minor)
    await rests(world)
    return str(dispute["id"])


async def disputed_again(world: World, opened: Opened, amount_minor: int) -> str:
    """Another dispute about the same charge, which banks may open; the dispute's id."""
    await rest_can_be_refunded(world, opened)
    return await disputed(world, opened, amount_minor)


async def rest_can_be_refunded(world: World, opened: Opened) -> None:
    """Stripe does not mind refunds of the charge, as during inquiries."""
    stripes(world).require(await charge_of(world, opened), "charge")["disputed"] = False


async def decides(world: World, dispute_id: str, *, won: bool) -> None:
    world.sandbox.stripe.close_dispute(dispute_id, won=won)
    await rests(world)


async def says(world: World, dispute_id: str, status: str) -> None:
    """Stripe tells another state of a dispute."""
    dispute = _at_stripe(world, dispute_id, status=status)
    stripes(world).events.record("charge.dispute.updated", dispute)
    await rests(world)


def _at_stripe(world: World, dispute_id: str, **values: Any) -> dict[str, Any]:
    dispute: dict[str, Any] = stripes(world).require(dispute_id, "dispute")
    dispute.update(values)
    stripes(world).state.put(dispute)
    stripes(world).state.commit()
    return dispute


async def paid_for(world: World, opened: Opened) -> dict[str, Any]:
    """The session and its one payment as the client reads them."""
    found: dict[str, Any] = (await world.client.asks(PAID_FOR, id=opened.booking_id))["booking"]
    [payment] = found.pop("payments")
    for name in ("refunded", "lostToDispute"):
        payment[name] = payment[name]["amountMinor"]
    shown: dict[str, Any] = found | payment
    return shown


async def hosted(host: Client, opened: Opened) -> dict[str, Any]:
    """The session as its host reads it."""
    nodes = (await host.asks(HOSTED))["hostBookings"]["nodes"]
    [found] = [node for node in nodes if node["id"] == opened.booking_id]
    shown: dict[str, Any] = found
    return shown


async def link_by_sql(world: World, user_id: UUID | None) -> list[str]:
    """The meeting links that Supabase would give to somebody who is signed in."""
    async with world.app.db.transaction() as conn:
        await conn.execute(
            "select set_config('request.jwt.claims', $1, true), "
            "set_config('role', 'authenticated', true)",
            json.dumps({"sub": str(user_id), "role": "authenticated"}),
        )
        rows = await conn.fetch("select meeting_url from public.user_sessions")
        return [row["meeting_url"] for row in rows]


def told_by_mail(world: World, to: str) -> list[str]:
    """How the subjects of the mails to somebody begin, oldest first."""
    return [subject.partition(":")[0] for subject in world.mails(to)]


def eavesdrops(world: World) -> Callable[[], str]:
    """What is said from now on by mail, with its files, and in the chat, all in one."""
    mails, chat = len(world.sandbox.inbox.mails), len(world.sandbox.telegram.messages())

    def heard() -> str:
        said = []
        for mail in world.sandbox.inbox.mails[mails:]:
            said += [mail.subject, mail.text, mail.html or ""]
            said += [file.content.decode().replace("\r\n ", "") for file in mail.files]
        for message in world.sandbox.telegram.messages()[chat:]:
            said += [message.text, *(message.button or ())]
        return "\n".join(said)

    return heard


async def held(world: World, opened: Opened) -> None:
    """The session is over and its payment has rested."""
    row = await world.row("select ends_at from public.bookings where id = $1", opened.booking_id)
    due = row["ends_at"] + timedelta(hours=73)
    await world.time_passes(max(timedelta(0), due - world.sandbox.clock.now()))


async def payout_row(world: World, opened: Opened) -> tuple[str, str | None, int, int]:
    """Status and reason of the payout, what was transferred and what of it taken back."""
    row = await world.row(
        "select status, reason, coalesce(transfer_minor, 0), reversed_minor from public.payouts "
        "where booking_id = $1",
        UUID(opened.booking_id),
    )
    return tuple(row)


def transferred(world: World) -> list[tuple[int, int]]:
    """What Stripe moved to hosts, and what of it came back, newest first."""
    moved = world.sandbox.stripe.transfers()
    return [(each["amount"], each["amount_reversed"]) for each in moved]


async def pays_out(world: World) -> None:
    await payouts.run(world.app)
    await rests(world)


async def another_time(world: World) -> str:
    later = world.sandbox.clock.now() + timedelta(days=6)
    return (await slots_after(world, later, MENTORING))[0]


async def refunds_at_stripe(world: World, opened: Opened) -> list[tuple[int, str]]:
    payment = await payment_of(world, opened.booking_id)
    found = await world.app.refunds.of_payment(payment["stripe_payment_intent_id"])
    return [(refund.amount.amount_minor, refund.status) for refund in found]


def standing(shown: dict[str, object]) -> tuple[object, ...]:
    """Of a session and its payment what most depends on a dispute."""
    return (
        shown["status"],
        shown["outcome"],
        shown["refunded"],
        shown["lostToDispute"],
        shown["meeting"] is not None,
    )
