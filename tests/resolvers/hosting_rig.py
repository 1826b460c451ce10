"""A host who is signed in, sessions of theirs that were paid for, and what both may ask."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sandbox.accounts import DEMO_USERS, DemoUser
from tests.world import MENTORING, Client, Opened, World

OLENA, MARCUS = DEMO_USERS[2], DEMO_USERS[3]
OLENAS_ID = UUID("0b5e0000-0000-4000-8000-000000000001")

ERRORS = """errors { __typename code message
  ... on TooLateError { until } ... on QuoteChangedError { refund { display } }
  ... on InvalidInputError { field } ... on SlotTakenError { alternatives { startsAt } } }"""
QUOTE = """query ($id: ID!) { quoteRefund(bookingId: $id) {
  bookingId canCancel refund { display } kept { display } percent creditsReturned holdsUntil
  refusal { __typename code ... on TooLateError { until } } } }"""
CANCEL = f"""mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{
  booking {{ id status calledOffBy }} hostBooking {{ id status calledOffBy }}
  refund {{ display }} {ERRORS} }} }}"""
REFUNDS = """query ($id: ID!) { booking(id: $id) { payments { refunded { display }
  lostToDispute { display } outcome
  refunds { amount { display } status reason requestedBy } } } }"""


def signed_in(world: World, user: DemoUser = OLENA) -> Client:
    token = world.sandbox.accounts.token(user.id, user.email, name=user.name)
    return Client(world.http, token, user.id)


async def booked(world: World, *, slot: int = -1, session_type: str = MENTORING) -> Opened:
    """A paid and confirmed session of the client, if nothing else is said many days ahead."""
    starts_at = (await world.client.slots(session_type))[slot]
    opened = await world.client.books(starts_at, session_type)
    await world.pays(opened)
    await world.worker.drain()
    return opened


async def agreed(
    world: World, opened: Opened, *, refunds: dict[timedelta, int], **more: Any
) -> None:
    """The booking was made under other terms."""
    policy = {
        "cancel_until_minutes": 0,
        "refunds": [
            {"minutes_before": before // timedelta(minutes=1), "percent": percent}
            for before, percent in refunds.items()
        ],
        "reschedule_until_minutes": 60,
        "reschedule_limit": 3,
        "no_show_percent": 0,
    }
    await world.rows(
        "update public.bookings set policy = $2::jsonb where id = $1",
        UUID(opened.booking_id),
        json.dumps(policy | more),
    )


async def platform_fee(world: World, *, fixed_minor: int = 0, percent: int = 0) -> None:
    """The platform keeps so much of what hosts earn."""
    await world.rows("delete from private.platform_fees")
    await world.rows(
        "insert into private.platform_fees (host_id, currency, fixed_minor, percent) "
        "select id, 'USD', $1, $2 from public.hosts",
        fixed_minor,
        percent,
    )


async def quoted(client: Client, opened: Opened) -> dict[str, Any]:
    quote: dict[str, Any] = (await client.asks(QUOTE, id=opened.booking_id))["quoteRefund"]
    return quote


async def cancels(client: Client, opened: Opened, **more: Any) -> dict[str, Any]:
    answer = await client.asks(CANCEL, input={"bookingId": opened.booking_id, **more})
    payload: dict[str, Any] = answer["cancelBooking"]
    return payload


async def refunds_of(world: World, opened: Opened) -> dict[str, Any]:
    """The one payment of the booking as its client reads it."""
    [payment] = (await world.client.asks(REFUNDS, id=opened.booking_id))["booking"]["payments"]
    answer: dict[str, Any] = payment
    return answer
