"""Somebody who books sessions with the credits of a plan, in place of money."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.mails import Mail
from tests.world import MENTORING, Client, World

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

_SLOTS = """query ($id: ID!, $start: DateTime!, $end: DateTime!) {
  availableSlots(sessionTypeId: $id, from: $start, to: $end) { startsAt } }"""
_BOOK = """mutation ($input: CreateCheckoutSessionInput!) { createCheckoutSession(input: $input) {
  checkout { sessionId }
  booking { id status credits startsAt holdExpiresAt payments { id } }
  errors { code message ... on NoCreditsError { left needed }
           ... on SlotTakenError { alternatives { startsAt } } } } }"""


async def asks(
    client: Client, starts_at: str | None, session_type: str = MENTORING, **more: Any
) -> dict[str, Any]:
    """createCheckoutSession's payload, for a session that costs credits."""
    wanted = {"sessionTypeId": session_type, "startsAt": starts_at, "useCredits": True, **more}
    payload: dict[str, Any] = (await client.asks(_BOOK, input=wanted))["createCheckoutSession"]
    return payload


async def spends(client: Client, starts_at: str, session_type: str = MENTORING) -> str:
    """Ask for a session; the id of its booking, which nobody has put into a calendar yet."""
    payload = await asks(client, starts_at, session_type)
    assert payload["errors"] == [], payload
    return str(payload["booking"]["id"])


async def booked(world: World, starts_at: str, session_type: str = MENTORING) -> str:
    """The client has a session that is confirmed; the id of its booking."""
    booking_id = await spends(world.client, starts_at, session_type)
    await world.worker.drain()
    assert (await world.client.booking(booking_id))["status"] == "ACCEPTED"
    return booking_id


async def refusal(client: Client, starts_at: str | None, session_type: str = MENTORING) -> Any:
    """The one error for which nothing was booked."""
    payload = await asks(client, starts_at, session_type)
    assert payload["booking"] is payload["checkout"] is None, payload
    [error] = payload["errors"]
    return error


async def credits_left(client: Client) -> int:
    data = await client.asks("{ me { entitlements { creditsLeft } } }")
    left: int = data["me"]["entitlements"]["creditsLeft"]
    return left


async def slots_ahead(world: World, days: int, *, session_type: str = MENTORING) -> list[str]:
    """Open slots at least so many days ahead, none of which reaches into another."""
    earliest = world.sandbox.clock.now() + days * DAY
    data = await world.client.asks(
        _SLOTS, id=session_type, start=earliest.isoformat(), end=(earliest + 21 * DAY).isoformat()
    )
    return [slot["startsAt"] for slot in data["availableSlots"]][::2]


async def until(world: World, slot: str, before: timedelta) -> None:
    """The clock moves to that long before the slot; what is due is done."""
    await world.time_passes(datetime.fromisoformat(slot) - before - world.sandbox.clock.now())


async def uses(world: World) -> list[tuple[int, bool]]:
    """Of each booking with credits, oldest first: how many it cost, and whether they came back."""
    rows = await world.rows("select credits, returned_at from public.credit_uses order by used_at")
    return [(row["credits"], row["returned_at"] is not None) for row in rows]


def of_sessions(world: World, to: str = "demo@example.com") -> list[Mail]:
    """Mails to somebody about sessions, oldest first; those about plans left out."""
    return [mail for mail in world.sandbox.inbox.to(to) if " with " in mail.subject]
