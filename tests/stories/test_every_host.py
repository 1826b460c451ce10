"""Four hosts, each with another calendar and another room: from the slot to the link and back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
import jwt
import pytest

from sandbox.faults import Fault, FaultKind
from tests.stories.test_calendly import CAREER, HALF_HOUR, link_of, paid, settles
from tests.world import COACHING, MENTORING, REVIEW, World, running_world

BOOKED_OUTSIDE = [MENTORING, COACHING, REVIEW]
LINK_LIFE = timedelta(hours=12)

Busy = Callable[[World, datetime, datetime], None]


async def booked(world: World, session_type: str) -> dict[str, Any]:
    """A booking of the first open slot, paid, and everything after it done."""
    opened = await world.client.books(session_type=session_type)
    await world.pays(opened)
    await world.worker.drain()
    return await world.client.booking(opened.booking_id)


async def refunded_in_the_dashboard(world: World) -> None:
    """The seller returns every payment at Stripe."""
    for row in await world.rows("select stripe_charge_id from public.payments"):
        world.sandbox.stripe.dashboard_refund(row["stripe_charge_id"])
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def claims_of(link: str) -> dict[str, Any]:
    """What the token in a link to Daily lets its bearer do."""
    [token] = parse_qs(urlsplit(link).query)["t"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_a_host_with_cal_com_and_zoom_finds_the_link_in_her_calendar(world: World) -> None:
    booking = await booked(world, MENTORING)
    assert booking["status"] == "ACCEPTED"
    assert booking["meeting"]["url"].startswith("https://zoom.us/j/")

    [entry] = world.sandbox.calcom.bookings
    assert entry["metadata"]["booking_id"] == booking["id"]
    assert (at(entry["start"]), at(entry["end"])) == (
        at(booking["startsAt"]),
        at(booking["endsAt"]),
    )
    assert entry["location"] == booking["meeting"]["url"]
    [meeting] = world.sandbox.zoom.meetings
    assert meeting["join_url"] == booking["meeting"]["url"]
    assert at(meeting["start_time"]) == at(booking["startsAt"])
    assert f"session {booking['id']}" in meeting["agenda"]
    [told] = world.sandbox.inbox.to("olena@example.com")
    assert booking["meeting"]["url"] in told.text
    assert world.sandbox.google.history == world.sandbox.daily.history == []


async def test_a_host_with_google_calendar_meets_in_the_entrys_own_room(world: World) -> None:
    booking = await booked(world, COACHING)
    assert booking["status"] == "ACCEPTED"

    [event] = world.sandbox.google.events
    assert booking["meeting"]["url"] == event["hangoutLink"]
    assert event["hangoutLink"].startswith("https://meet.google.com/")
    assert event["id"] == UUID(booking["id"]).hex
    assert event["extendedProperties"]["private"]["booking_id"] == booking["id"]
    assert at(event["start"]["dateTime"]) == at(booking["startsAt"])
    assert at(event["end"]["dateTime"]) == at(booking["endsAt"])
    assert event["attendees"] == [{"email": "demo@example.com", "displayName": "Demo Client"}]
    patched = [call for call in world.sandbox.journal.of("google") if call.method == "PATCH"]
    assert patched == []  # the entry has its room: there is no link to write into it
    assert world.sandbox.calcom.history == world.sandbox.zoom.history == []


async def test_with_daily_client_and_host_get_a_link_each(world: World, seeded: str) -> None:
    booking = await booked(world, REVIEW)
    [room] = world.sandbox.daily.rooms
    assert room["name"] == f"s-{booking['id']}"
    assert room["privacy"] == "private"
    assert room["config"]["exp"] == (at(booking["endsAt"]) + LINK_LIFE).timestamp()

    link = booking["meeting"]["url"]
    assert link.startswith(f"{room['url']}?t=")
    assert (claims_of(link)["o"], claims_of(link)["u"]) == (False, "Demo Client")
    row = await world.row("select host_url from public.user_sessions")
    assert (claims_of(row["host_url"])["o"], claims_of(row["host_url"])["u"]) == (
        True,
        "Yuki Tanaka",
    )
    [to_host], [to_client] = (
        world.sandbox.inbox.to(who) for who in ("yuki@example.com", "demo@example.com")
    )
    assert row["host_url"] in to_host.text
    assert row["host_url"].encode() not in to_client.source
    assert link in to_client.text
    kept = await world.rows(
        "select title, body from public.notifications where user_id is not null"
    )
    assert not any(row["host_url"] in message["body"] for message in kept)
    assert await readable(seeded, world, "meeting_url") == [link]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await readable(seeded, world, "host_url")


async def readable(dsn: str, world: World, column: str) -> list[str]:
    """What the client reads of the links by Supabase's own API, past our GraphQL."""
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction():
            await conn.execute("set local role authenticated")
            await conn.execute(
                "select set_config('request.jwt.claims', $1, true)",
                f'{{"sub": "{world.client.user_id}", "role": "authenticated"}}',
            )
            rows = await conn.fetch(f"select {column} from public.user_sessions")
            return [row[0] for row in rows]
    finally:
        await conn.close()


async def test_a_client_of_calendly_pays_first_and_chooses_on_the_hosts_page(world: World) -> None:
    opened = await paid(world)
    query = "query ($id: ID!) { booking(id: $id) { needsTime schedulingUrl hasSchedulingPage } }"
    waiting = (await world.client.asks(query, id=opened.booking_id))["booking"]
    link = await link_of(world, opened)
    assert waiting == {"needsTime": True, "schedulingUrl": link, "hasSchedulingPage": True}

    chosen = at((await world.client.slots(CAREER))[0])
    world.sandbox.calendly.choose(link, chosen, name="Demo", email="demo@example.com")
    await settles(world)
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert at(booking["startsAt"]) == chosen
    [event] = world.sandbox.calendly.events
    assert at(event["start_time"]) == chosen
    assert booking["meeting"]["url"] == event["location"]["join_url"]
    assert parse_qs(urlsplit(link).query)["utm_content"] == [opened.booking_id]
    [told] = world.sandbox.inbox.to("lena@example.com")
    assert event["location"]["join_url"] in told.text


async def test_money_sent_back_in_the_dashboard_takes_entry_and_room_away(world: World) -> None:
    bookings = [await booked(world, session_type) for session_type in BOOKED_OUTSIDE]
    await refunded_in_the_dashboard(world)

    for booking in bookings:
        after = await world.client.booking(booking["id"])
        assert after["status"] == "CANCELLED"
        assert after["meeting"] is None
        assert [payment["outcome"] for payment in after["payments"]] == ["REFUNDED"]
    sandbox = world.sandbox
    assert sandbox.calcom.bookings == sandbox.google.events == []
    assert sandbox.zoom.meetings == sandbox.daily.rooms == []
    assert [room["deleted"] for room in sandbox.daily.history] == [True]
    assert await world.rows("select from public.user_sessions where closed_at is null") == []
    for host in ("olena", "marcus", "yuki"):
        told = world.mails(f"{host}@example.com")
        assert [subject.split(":")[0] for subject in told] == ["Booked", "Cancelled"]


async def test_a_room_is_removed_when_its_window_is_over_and_the_entry_stays(world: World) -> None:
    bookings = [await booked(world, session_type) for session_type in BOOKED_OUTSIDE]
    over = max(at(booking["endsAt"]) for booking in bookings) + LINK_LIFE
    await world.time_passes(over - datetime.now(UTC) - timedelta(minutes=1))
    last = max(bookings, key=lambda booking: at(booking["endsAt"]))
    assert (await world.client.booking(last["id"]))["meeting"] == last["meeting"]
    await world.time_passes(timedelta(minutes=2))

    for booking in bookings:
        after = await world.client.booking(booking["id"])
        assert (after["status"], after["meeting"]) == ("ACCEPTED", None)
    assert world.sandbox.zoom.meetings == []
    assert [room["deleted"] for room in world.sandbox.daily.history] == [True]
    assert len(world.sandbox.calcom.bookings) == len(world.sandbox.google.events) == 1
    assert await world.rows("select from public.user_sessions where closed_at is null") == []


# --- busy times ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session_type", "busy"),
    [
        (MENTORING, lambda world, *times: world.sandbox.calcom.busy(*times)),
        (COACHING, lambda world, *times: world.sandbox.google.busy("marcus@example.com", *times)),
        (CAREER, lambda world, *times: world.sandbox.calendly.busy(*times)),
    ],
    ids=["Cal.com", "Google", "Calendly"],
)
async def test_busy_times_of_the_outside_calendar_close_slots(
    seeded: str, session_type: str, busy: Busy
) -> None:
    async with running_world(seeded, busy_cache_seconds=0) as world:
        before = await world.client.slots(session_type)
        busy(world, at(before[0]), at(before[0]) + HALF_HOUR)
        assert await world.client.slots(session_type) == before[1:]


async def test_a_calendar_that_does_not_answer_has_no_slots_to_tell(seeded: str) -> None:
    async with running_world(seeded, busy_cache_seconds=0) as world:
        for vendor, session_type in (
            ("calcom", MENTORING),
            ("google", COACHING),
            ("calendly", CAREER),
        ):
            world.sandbox.faults.plan(vendor, Fault(FaultKind.UNAUTHORIZED), 2)
            answer = await world.client.posts(
                "query ($id: ID!, $from: DateTime!, $to: DateTime!) {"
                " availableSlots(sessionTypeId: $id, from: $from, to: $to) { startsAt } }",
                id=session_type,
                **{
                    "from": datetime.now(UTC).isoformat(),
                    "to": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
                },
            )
            assert [error["extensions"]["code"] for error in answer["errors"]] == [
                "CALENDAR_UNAVAILABLE"
            ], vendor
            assert vendor not in str(answer)
            world.sandbox.faults.clear()
        assert await world.client.slots(REVIEW) != []  # her calendar is our own


async def test_a_time_the_outside_calendar_has_just_given_away_is_not_sold(seeded: str) -> None:
    async with running_world(seeded, busy_cache_seconds=0) as world:
        for session_type, given_away in ((MENTORING, at_cal_com), (COACHING, at_google)):
            slot = (await world.client.slots(session_type))[0]
            await given_away(world, at(slot))
            payload = await world.client.opens_checkout(slot, session_type)

            [error] = payload["errors"]
            assert error["code"] == "SLOT_TAKEN"
            alternatives = [found["startsAt"] for found in error["alternatives"]]
            assert alternatives == sorted((await world.client.slots(session_type))[:4])
            assert slot not in alternatives
            assert payload["checkout"] is None
        held = await world.rows("select status, calendar_reservation from public.bookings")
        assert [row["status"] for row in held] == ["CANCELLED", "CANCELLED"]
        assert world.sandbox.stripe.sessions() == []
        await world.worker.drain()
        assert world.sandbox.calcom.reservations == []


async def at_cal_com(world: World, starts_at: datetime) -> None:
    """Somebody else books on the host's public page at Cal.com."""
    answer = await world.http.post(
        f"{world.sandbox.calcom.url}/v2/bookings",
        json={
            "eventTypeId": 1002,
            "start": starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "attendee": {"name": "Eve", "email": "eve@example.com", "timeZone": "Europe/Kyiv"},
        },
        headers={"cal-api-version": "2026-02-25"},
    )
    assert answer.status_code == 201, answer.text


async def at_google(world: World, starts_at: datetime) -> None:
    world.sandbox.google.busy("marcus@example.com", starts_at, starts_at + timedelta(minutes=45))
