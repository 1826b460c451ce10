"""Sessions called off or moved by their terms: moments to do it at, and what came of it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sandbox.accounts import DEMO_USERS
from sandbox.mails import Mail
from services.app import App
from services.auth import Viewer
from services.domain.booking import Status
from services.domain.models import Booking
from services.store import bookings as booking_store
from tests.stories.payday import slots_after, start_of, until
from tests.world import MENTORING, REVIEW, Client, Opened, World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)

CLIENT = "demo@example.com"
OLENA = "olena@example.com"
ANOTHER_HOST = DEMO_USERS[3]
MARKED = """mutation ($input: MarkNoShowInput!) { markNoShow(input: $input) {
  hostBooking { id status absent } errors { code message } } }"""
REFUSED = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) {
  errors { code ... on TooLateError { until }
           ... on QuoteChangedError { refund { amountMinor } } } } }"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def at(world: World, moment: datetime) -> App:
    """The product at just this moment."""
    return replace(world.app, clock=Standing(moment))


def viewer(client: Client) -> Viewer:
    assert client.user_id is not None
    return Viewer(client.user_id, None, is_anonymous=False, language=None)


def marcus(world: World) -> Client:
    """The host of other sessions."""
    user = ANOTHER_HOST
    token = world.sandbox.accounts.token(user.id, user.email, name=user.name)
    return Client(world.http, token, user.id)


async def before(world: World, opened: Opened, left: timedelta) -> None:
    """The clock moves to when so much time is left to the session."""
    await until(world, start_of(opened) - left)


def moment(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


async def open_after(
    world: World, opened: Opened, by: timedelta, session_type: str = MENTORING
) -> str:
    """The first open start so long after the session's own."""
    return (await slots_after(world, start_of(opened) + by, session_type))[0]


async def comes_to_rest(world: World) -> None:
    """Jobs run, and the webhooks that they cause."""
    await world.worker.drain()
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()


async def terms(world: World, session_type: str, **changes: Any) -> None:
    """A session type is sold on other terms from now on."""
    await world.rows(
        "update public.session_types set policy = policy || $2::jsonb where id = $1",
        UUID(session_type),
        json.dumps(changes),
    )


async def priced_in(world: World, currency: str, price_minor: int) -> str:
    """A new session type in another currency, on the terms of REVIEW; its id."""
    row = await world.row(
        "insert into public.session_types (host_id, name, description, duration_minutes, "
        "price_minor, currency, payment_flow, step_minutes, minimum_notice_minutes, policy) "
        "select host_id, 'Review in ' || $2, description, duration_minutes, $3, $2, payment_flow, "
        "step_minutes, minimum_notice_minutes, policy from public.session_types where id = $1 "
        "returning id",
        UUID(REVIEW),
        currency,
        price_minor,
    )
    return str(row["id"])


async def row_of(world: World, opened: Opened) -> Booking:
    async with world.app.db.connection() as conn:
        found = await booking_store.get(conn, UUID(opened.booking_id))
    assert found is not None
    return found


async def payment(world: World, opened: Opened) -> tuple[str, int]:
    """How the one payment ended, and how much of it went back, as the client reads it."""
    [one] = (await world.client.booking(opened.booking_id))["payments"]
    return one["outcome"], one["refunded"]["amountMinor"]


async def refunds_at_stripe(world: World, opened: Opened) -> list[tuple[int, str]]:
    """Amount and status of each refund of the booking's first payment, oldest first."""
    state = await world.app.checkouts.read(opened.session_id)
    assert state.payment is not None
    found = await world.app.refunds.of_payment(state.payment.id)
    return sorted((refund.amount.amount_minor, refund.status) for refund in found)


async def refusal(client: Client, booking_id: str, **more: Any) -> dict[str, Any]:
    """The one reason for which it was not called off."""
    answer = await client.asks(REFUSED, input={"bookingId": booking_id, **more})
    [error] = answer["cancelBooking"]["errors"]
    found: dict[str, Any] = error
    return found


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["errors"]]


async def marks(host: Client, booking_id: str, absent: str) -> dict[str, Any]:
    """markNoShow's payload."""
    answer = await host.asks(MARKED, input={"bookingId": booking_id, "absent": absent})
    payload: dict[str, Any] = answer["markNoShow"]
    return payload


def told(world: World, to: str = CLIENT) -> list[str]:
    """How the subjects of the mails to somebody begin, oldest first."""
    return [subject.partition(":")[0] for subject in world.mails(to)]


def last_mail(world: World, to: str = CLIENT) -> Mail:
    return world.sandbox.inbox.to(to)[-1]


async def assert_nothing_is_left(world: World, opened: Opened) -> None:
    """Calendar and room are empty, the time is open again, the link is given out no longer."""
    booking = await row_of(world, opened)
    assert booking.status in (Status.CANCELLED, Status.REJECTED)
    assert opened.booking_id not in world.entered()
    assert [m for m in world.sandbox.zoom.meetings if opened.booking_id in m["agenda"]] == []
    assert (await world.client.booking(opened.booking_id))["meeting"] is None
    links = await world.rows(
        "select expires_at from public.user_sessions where booking_id = $1",
        UUID(opened.booking_id),
    )
    assert all(link["expires_at"] <= world.app.clock.now() for link in links)


async def moved(world: World, opened: Opened, by: timedelta = 2 * DAY) -> str:
    """The session is given a start so much later, and calendar and room have followed."""
    later = await open_after(world, opened, by)
    assert codes(await world.client.reschedules(opened.booking_id, later)) == []
    await comes_to_rest(world)
    return later


def asked_to_move(world: World) -> int:
    return sum(call.path.endswith("/reschedule") for call in world.sandbox.journal.of("calcom"))
