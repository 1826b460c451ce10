"""A host whose clients pay first and choose their time on the host's own Calendly page."""

import dataclasses
import json
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from resolvers.receiving import MAX_BYTES
from resolvers.webhooks import calendly_webhook
from sandbox.calendly import sign
from sandbox.calendly_agenda import Resource
from sandbox.faults import Fault, FaultKind
from services import calendly_events
from services.bookings import OutOfOrder
from tests.providers.standin_rig import wednesday
from tests.world import Client, Opened, World

CAREER = "5e550000-0000-4000-8000-000000000005"  # pay first, 40 EUR, with Lena's Calendly
HALF_HOUR = timedelta(minutes=30)
PATH = "/webhooks/calendly"


async def ordered(world: World, client: Client | None = None) -> Opened:
    """A checkout that is open; nothing is paid yet."""
    payload = await (client or world.client).opens_checkout(None, CAREER)
    assert payload["errors"] == [], payload
    return Opened(payload["booking"]["id"], payload["checkout"]["sessionId"], None)


async def paid(world: World) -> Opened:
    """A paid session whose client has its link."""
    opened = await ordered(world)
    await world.pays(opened)
    await world.worker.drain()
    return opened


async def link_of(world: World, opened: Opened) -> str:
    row = await world.row(
        "select scheduling_url from public.bookings where id = $1", UUID(opened.booking_id)
    )
    assert row["scheduling_url"] is not None
    return str(row["scheduling_url"])


async def settles(world: World) -> list[str]:
    """Webhooks arrive, jobs run; the names of those that were done."""
    await world.sandbox.hooks.settled()
    return await world.worker.drain()


async def chooses(world: World, opened: Opened, starts_at: datetime) -> str:
    """The client takes a time by their link, and what follows is done; the invitee's address."""
    link = await link_of(world, opened)
    invitee = world.sandbox.calendly.choose(link, starts_at, name="Demo", email="demo@example.com")
    await settles(world)
    return invitee


async def booking_of(world: World, opened: Opened) -> dict[str, Any]:
    return await world.client.booking(opened.booking_id)


def starts(world: World) -> list[datetime]:
    """When the appointments start that stand in the host's Calendly."""
    return [datetime.fromisoformat(event["start_time"]) for event in world.sandbox.calendly.events]


def reasons(world: World) -> list[str]:
    """What those read whose appointments were called off."""
    history: list[Resource] = world.sandbox.calendly.history
    return [each["cancellation"]["reason"] for each in history if each["status"] == "canceled"]


async def troubles(world: World) -> list[str]:
    rows = await world.rows(
        "select message from private.error_logs where source = 'calendly_event' order by created_at"
    )
    return [row["message"] for row in rows]


async def unsettled(world: World) -> int:
    """Events without their effects."""
    rows = await world.rows("select from private.received_events where processed_at is null")
    return len(rows)


async def takes_lenas_time(world: World, starts_at: datetime) -> None:
    """Something of ours, which Calendly does not know, fills half an hour of the host."""
    await world.rows(
        "insert into public.bookings (host_id, session_type_id, status, starts_at, ends_at, "
        "occupied, duration_minutes, price_minor, currency) select host_id, id, 'ACCEPTED', $1, "
        "$2, tstzrange($1, $2), 30, 4000, 'EUR' from public.session_types where id = $3",
        starts_at,
        starts_at + HALF_HOUR,
        UUID(CAREER),
    )


# --- choosing ------------------------------------------------------------------------------------


async def test_a_paid_client_chooses_on_the_hosts_page_and_gets_the_booking(
    world: World,
) -> None:
    opened = await paid(world)
    assert (await booking_of(world, opened))["needsTime"] is True

    await chooses(world, opened, wednesday())

    booking = await booking_of(world, opened)
    assert booking["status"] == "ACCEPTED"
    assert datetime.fromisoformat(booking["startsAt"]) == wednesday()
    assert booking["meeting"]["url"].startswith("https://zoom.example/j/")
    [payment] = booking["payments"]
    assert payment["outcome"] == "FULFILLED"
    assert starts(world) == [wednesday()]
    assert len(world.sandbox.calendly.history) == 1
    assert await unsettled(world) == 0
    assert await troubles(world) == []


async def test_the_same_news_twice_books_once(world: World) -> None:
    opened = await paid(world)
    world.sandbox.faults.plan("calendly.webhook", Fault(FaultKind.LOSE_ANSWER))
    await chooses(world, opened, wednesday())

    assert (await booking_of(world, opened))["status"] == "ACCEPTED"
    assert len(await world.rows("select from private.received_events")) == 1
    assert (await world.client.notifications()).count("BOOKING_CONFIRMED") == 1
    assert starts(world) == [wednesday()]


async def test_a_time_chosen_before_the_payment_is_known_waits_for_it(world: World) -> None:
    opened = await ordered(world)
    world.sandbox.calendly.choose_without_link(
        wednesday(),
        name="Demo",
        email="demo@example.com",
        tracking={"utm_source": "sessionpay", "utm_content": opened.booking_id},
    )
    await world.sandbox.hooks.settled()
    assert await world.worker.waiting() == ["calendly_event"]
    await world.pays(opened)
    await world.worker.drain()

    booking = await booking_of(world, opened)
    assert booking["status"] == "ACCEPTED"
    assert datetime.fromisoformat(booking["startsAt"]) == wednesday()
    assert starts(world) == [wednesday()]
    assert await unsettled(world) == 0


async def test_a_time_that_nobody_pays_for_is_given_back_in_the_end(world: World) -> None:
    opened = await ordered(world)
    world.sandbox.calendly.choose_without_link(
        wednesday(),
        name="Demo",
        email="demo@example.com",
        tracking={"utm_source": "sessionpay", "utm_content": opened.booking_id},
    )
    await world.sandbox.hooks.settled()
    event = await world.row("select key from private.received_events")
    with pytest.raises(OutOfOrder):
        await calendly_events.handle(world.app, event["key"])
    assert starts(world) == [wednesday()]
    await calendly_events.give_up(world.app, event["key"], "a time was taken too early")
    await settles(world)

    assert starts(world) == []
    assert reasons(world) == [f"This session is booked and paid for at {world.base}."]
    assert (await booking_of(world, opened))["status"] == "AWAITING_PAYMENT"
    assert await unsettled(world) == 0
    [message] = await troubles(world)
    assert message.endswith("was made without a payment and has been called off.")
    assert await world.worker.held() == []


async def test_an_event_that_cannot_be_settled_at_the_end_stays_open(world: World) -> None:
    opened = await paid(world)
    link = await link_of(world, opened)
    world.sandbox.calendly.choose(link, wednesday(), name="Demo", email="demo@example.com")
    await world.sandbox.hooks.settled()
    event = await world.row("select key from private.received_events")
    world.sandbox.faults.plan("calendly.invitee", Fault(FaultKind.UNAUTHORIZED))
    await calendly_events.give_up(world.app, event["key"], "answered 401")
    assert await unsettled(world) == 1
    assert starts(world) == [wednesday()]
    await settles(world)
    assert (await booking_of(world, opened))["status"] == "ACCEPTED"


async def test_a_stranger_who_finds_the_page_is_told_where_to_book(world: World) -> None:
    world.sandbox.calendly.choose_without_link(
        wednesday(), name="Eve", email="eve@example.com", tracking={}
    )
    await settles(world)

    assert starts(world) == []
    assert reasons(world) == [f"This session is booked and paid for at {world.base}."]
    assert await world.rows("select from public.bookings") == []
    [message] = await troubles(world)
    assert message.startswith("CALENDLY:scheduled_events/")
    assert "eve@" not in message


async def test_a_page_that_is_not_sold_here_is_the_hosts_own_business(world: World) -> None:
    await world.rows("update public.session_types set calendar_event_type = null")
    world.sandbox.calendly.choose_without_link(
        wednesday(), name="Eve", email="eve@example.com", tracking={}
    )
    await settles(world)
    assert starts(world) == [wednesday()]
    assert await troubles(world) == []
    assert await unsettled(world) == 0


async def test_something_else_than_what_was_paid_for_is_not_given(world: World) -> None:
    opened = await paid(world)
    await world.rows(
        "update public.session_types set calendar_event_type = case when id = $1 "
        "then 'https://api.calendly.com/event_types/CHEAP' else "
        "'https://api.calendly.com/event_types/SANDBOXCAREER' end",
        UUID(CAREER),
    )
    await chooses(world, opened, wednesday())
    assert starts(world) == []
    assert (await booking_of(world, opened))["needsTime"] is True


async def test_a_time_chosen_in_our_own_picker_is_booked_at_calendly_and_its_news_is_old(
    world: World,
) -> None:
    opened = await paid(world)
    payload = await world.client.schedules(opened.booking_id, wednesday().isoformat())
    assert payload["errors"] == []
    await world.worker.drain()
    await settles(world)
    assert len(await world.rows("select from private.received_events")) == 1
    assert await unsettled(world) == 0

    booking = await booking_of(world, opened)
    assert booking["status"] == "ACCEPTED"
    assert booking["meeting"]["url"].startswith("https://zoom.example/j/")
    assert starts(world) == [wednesday()]
    assert world.sandbox.calendly.events == world.sandbox.calendly.history
    assert await troubles(world) == []


async def test_an_appointment_called_off_while_its_booking_is_being_made_is_made_again(
    world: World,
) -> None:
    opened = await paid(world)
    await world.client.schedules(opened.booking_id, wednesday().isoformat())
    world.sandbox.calendly.choose_without_link(
        wednesday(),
        name="Demo",
        email="demo@example.com",
        tracking={"utm_source": "sessionpay", "utm_content": opened.booking_id},
    )
    world.sandbox.calendly.cancel_by_host(world.sandbox.calendly.events[0]["uri"], "Sorry.")
    await world.sandbox.hooks.settled()
    [cancelled] = await world.rows(
        "select key from private.received_events where payload ->> 'type' = 'invitee.canceled'"
    )
    with pytest.raises(OutOfOrder):
        await calendly_events.handle(world.app, cancelled["key"])
    await world.worker.drain()
    await settles(world)

    booking = await booking_of(world, opened)
    assert booking["status"] == "ACCEPTED"
    assert [payment["outcome"] for payment in booking["payments"]] == ["FULFILLED"]
    assert starts(world) == [wednesday()]
    assert await unsettled(world) == 0


async def test_a_second_choice_is_called_off_and_the_first_stands(world: World) -> None:
    opened = await paid(world)
    await chooses(world, opened, wednesday())
    world.sandbox.calendly.choose_without_link(
        wednesday(12),
        name="Demo",
        email="demo@example.com",
        tracking={"utm_source": "sessionpay", "utm_content": opened.booking_id},
    )
    await settles(world)
    assert starts(world) == [wednesday()]
    assert reasons(world) == ["Another time was chosen for this session already."]
    assert (await booking_of(world, opened))["status"] == "ACCEPTED"


async def test_a_choice_for_a_booking_that_is_over_is_called_off(world: World) -> None:
    opened = await paid(world)
    link = await link_of(world, opened)
    await world.time_passes(timedelta(days=31))
    assert (await booking_of(world, opened))["status"] == "REJECTED"
    later = wednesday() + timedelta(days=35)
    world.sandbox.calendly.choose(link, later, name="Demo", email="demo@example.com")
    await settles(world)
    assert starts(world) == []
    assert reasons(world) == ["The booking of this session was called off."]


async def test_a_time_that_is_taken_here_is_given_back_and_a_new_link_offered(
    world: World,
) -> None:
    opened = await paid(world)
    first_link = await link_of(world, opened)
    await takes_lenas_time(world, wednesday())
    await chooses(world, opened, wednesday())

    assert starts(world) == []
    assert (await booking_of(world, opened))["needsTime"] is True
    assert await link_of(world, opened) != first_link

    await chooses(world, opened, wednesday(12))
    assert (await booking_of(world, opened))["status"] == "ACCEPTED"
    assert starts(world) == [wednesday(12)]


async def test_giving_a_time_back_is_finished_after_its_answer_was_lost(world: World) -> None:
    opened = await paid(world)
    first_link = await link_of(world, opened)
    await takes_lenas_time(world, wednesday())
    world.sandbox.faults.plan("calendly.cancel", Fault(FaultKind.LOSE_ANSWER))
    await chooses(world, opened, wednesday())

    assert starts(world) == []
    assert reasons(world) == [
        "This time has just been taken. Please choose another one with the new link."
    ]
    assert await link_of(world, opened) != first_link
    assert await unsettled(world) == 0


async def test_a_choice_taken_back_at_once_leaves_a_new_link(world: World) -> None:
    opened = await paid(world)
    first_link = await link_of(world, opened)
    world.sandbox.calendly.choose(first_link, wednesday(), name="Demo", email="demo@example.com")
    world.sandbox.calendly.cancel_by_host(world.sandbox.calendly.events[0]["uri"], "Sorry.")
    await settles(world)
    assert (await booking_of(world, opened))["needsTime"] is True
    assert await link_of(world, opened) != first_link
    assert await unsettled(world) == 0


async def test_calendly_out_of_reach_delays_the_booking_only(world: World) -> None:
    opened = await paid(world)
    world.sandbox.faults.plan("calendly.invitee", Fault(FaultKind.UNAUTHORIZED), times=3)
    await chooses(world, opened, wednesday())
    assert (await booking_of(world, opened))["status"] == "ACCEPTED"
    assert starts(world) == [wednesday()]
    assert await unsettled(world) == 0


# --- moving and cancelling at Calendly -----------------------------------------------------------


async def test_a_time_moved_on_calendly_moves_the_booking(world: World) -> None:
    opened = await paid(world)
    invitee = await chooses(world, opened, wednesday())
    world.sandbox.calendly.reschedule(invitee, wednesday(12))
    await settles(world)

    booking = await booking_of(world, opened)
    assert booking["status"] == "ACCEPTED"
    assert datetime.fromisoformat(booking["startsAt"]) == wednesday(12)
    assert starts(world) == [wednesday(12)]
    assert "BOOKING_RESCHEDULED" in await world.client.notifications()
    assert [payment["outcome"] for payment in booking["payments"]] == ["FULFILLED"]
    assert await unsettled(world) == 0


async def test_a_time_moved_again_and_again_before_it_is_heard_of_ends_at_the_last(
    world: World,
) -> None:
    opened = await paid(world)
    link = await link_of(world, opened)
    calendly = world.sandbox.calendly
    invitee = calendly.choose(link, wednesday(), name="Demo", email="demo@example.com")
    for hour in (11, 12, 13):
        invitee = calendly.reschedule(invitee, wednesday(hour))
    await settles(world)

    booking = await booking_of(world, opened)
    assert booking["status"] == "ACCEPTED"
    assert datetime.fromisoformat(booking["startsAt"]) == wednesday(13)
    assert starts(world) == [wednesday(13)]
    assert await unsettled(world) == 0


async def test_a_move_is_understood_also_if_calendly_forgets_what_the_link_carried(
    world: World,
) -> None:
    opened = await paid(world)
    link = await link_of(world, opened)
    calendly = world.sandbox.calendly
    invitee = calendly.choose(link, wednesday(), name="Demo", email="demo@example.com")
    await settles(world)
    forgetful = calendly.reschedule(invitee, wednesday(12))
    calendly.forget_tracking(forgetful)
    await settles(world)

    assert datetime.fromisoformat((await booking_of(world, opened))["startsAt"]) == wednesday(12)
    calendly.cancel_by_host(calendly.events[0]["uri"], "Ill.")
    await settles(world)
    [payment] = (await booking_of(world, opened))["payments"]
    assert payment["outcome"] == "REFUNDED"


async def test_a_move_to_a_time_that_is_taken_here_waits_for_a_human(world: World) -> None:
    opened = await paid(world)
    invitee = await chooses(world, opened, wednesday())
    await takes_lenas_time(world, wednesday(12))
    moved = world.sandbox.calendly.reschedule(invitee, wednesday(12))
    await settles(world)

    booking = await booking_of(world, opened)
    assert datetime.fromisoformat(booking["startsAt"]) == wednesday()
    [payment] = booking["payments"]
    assert payment["outcome"] == "WAITING"
    assert payment["outcomeReason"] == (
        "The appointment was moved in the host's Calendly to a time that is taken here."
    )
    row = await world.row("select calendar_ref from public.bookings where user_id is not null")
    assert row["calendar_ref"].removeprefix("CALENDLY:") in moved


async def test_an_appointment_cancelled_by_the_host_gives_all_the_money_back(world: World) -> None:
    opened = await paid(world)
    await chooses(world, opened, wednesday())
    world.sandbox.calendly.cancel_by_host(world.sandbox.calendly.events[0]["uri"], "Ill.")
    await settles(world)

    booking = await booking_of(world, opened)
    assert booking["status"] == "CANCELLED"
    [payment] = booking["payments"]
    assert payment["outcome"] == "REFUNDED"
    assert payment["outcomeReason"] == "The host called it off in their Calendly."
    assert "BOOKING_CANCELLED" in await world.client.notifications()
    assert "PAYMENT_WAITING" not in await world.client.notifications()
    assert await unsettled(world) == 0


async def test_an_appointment_moved_and_then_cancelled_unheard_is_called_off(
    world: World,
) -> None:
    opened = await paid(world)
    invitee = await chooses(world, opened, wednesday())
    world.sandbox.calendly.reschedule(invitee, wednesday(12))
    world.sandbox.calendly.cancel_by_host(world.sandbox.calendly.events[0]["uri"], "Ill.")
    await settles(world)
    booking = await booking_of(world, opened)
    assert booking["status"] == "CANCELLED"
    [payment] = booking["payments"]
    assert payment["outcome"] == "REFUNDED"
    assert payment["outcomeReason"] == "The host called it off in their Calendly."


async def test_money_sent_back_takes_the_appointment_out_and_asks_nobody(world: World) -> None:
    opened = await paid(world)
    await chooses(world, opened, wednesday())
    row = await world.row("select stripe_charge_id from public.payments")
    world.sandbox.stripe.dashboard_refund(row["stripe_charge_id"])
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    await settles(world)

    booking = await booking_of(world, opened)
    assert booking["status"] == "CANCELLED"
    assert [payment["outcome"] for payment in booking["payments"]] == ["REFUNDED"]
    assert starts(world) == []
    assert "PAYMENT_WAITING" not in await world.client.notifications()
    assert await unsettled(world) == 0


# --- the webhook ---------------------------------------------------------------------------------


def news(event: str = "invitee.created", **payload: Any) -> bytes:
    told = {
        "uri": "https://api.calendly.com/scheduled_events/NONE/invitees/NOBODY",
        "updated_at": "2026-12-01T09:00:00.000000Z",
    }
    return json.dumps({"event": event, "payload": told | payload}).encode()


async def send(world: World, body: bytes, signature: str | None = None) -> httpx.Response:
    header = sign(body, at=int(time.time())) if signature is None else signature
    return await world.http.post(PATH, content=body, headers={"calendly-webhook-signature": header})


async def test_a_webhook_is_stored_once_and_answered_at_once(world: World) -> None:
    for new in (True, False):
        response = await send(world, news())
        assert response.status_code == 200
        assert response.json() == {"received": True, "new": new}
    assert len(await world.rows("select from private.received_events")) == 1
    assert await world.worker.waiting() == ["calendly_event"]
    assert await world.worker.drain() == ["calendly_event"]
    assert await unsettled(world) == 0
    assert await world.rows("select from public.bookings") == []


async def test_a_webhook_of_no_use_is_acknowledged_and_not_stored(world: World) -> None:
    response = await send(world, news("invitee_no_show.created"))
    assert response.json() == {"received": True, "new": False}
    assert await world.rows("select from private.received_events") == []


async def test_what_calendly_did_not_send_is_refused(world: World) -> None:
    for body, signature, status in (
        (news(), "", 400),
        (news(), sign(news(), at=int(time.time()), key="another"), 400),
        (news(), sign(news(), at=int(time.time()) - 200), 400),
        (b"{}", None, 400),
        (b"x" * (MAX_BYTES + 1), None, 413),
    ):
        assert (await send(world, body, signature)).status_code == status
    assert await world.rows("select from private.received_events") == []
    assert await world.worker.waiting() == []


async def test_a_webhook_that_cannot_be_stored_is_asked_for_again(world: World) -> None:
    await world.rows("alter table private.received_events rename to elsewhere")
    response = await send(world, news())
    assert (response.status_code, response.json()["error"]["code"]) == (500, "not_stored")
    await world.rows("alter table private.elsewhere rename to received_events")
    assert (await send(world, news())).json() == {"received": True, "new": True}


async def test_without_a_signing_key_there_is_no_webhook(world: World) -> None:
    web = Starlette(routes=[Route(PATH, calendly_webhook, methods=["POST"])])
    web.state.app = dataclasses.replace(world.app, scheduling_page=None)
    transport = httpx.ASGITransport(app=web)
    async with httpx.AsyncClient(transport=transport, base_url=world.base) as http:
        assert (await http.post(PATH, content=news())).status_code == 404


async def test_a_job_of_an_event_that_is_gone_or_done_does_nothing(world: World) -> None:
    await calendly_events.handle(world.app, "no such event")
    await calendly_events.give_up(world.app, "no such event", "why")
    await send(world, news())
    await world.worker.drain()
    world.sandbox.journal.clear()
    [row] = await world.rows("select key from private.received_events")
    await calendly_events.handle(world.app, row["key"])
    await calendly_events.give_up(world.app, row["key"], "why")
    assert world.sandbox.journal.of("calendly") == []
    assert await troubles(world) == []
