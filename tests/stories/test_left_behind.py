"""Rooms that fail, and what stays behind in the host's calendar and video service."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import fulfilment, meetings, refunds
from services.app import App
from services.domain.models import VideoKind
from services.providers.calendar_ports import Appointment, Room
from services.providers.errors import ProviderError
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.world import CONSULTATION, World

NO_FAULT = Fault(FaultKind.DELAY)


class StubbornRooms:
    """Fails so many times, then opens; `closed` are the rooms that were removed."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.closed: list[str] = []

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        if self.failures:
            self.failures -= 1
            raise ProviderError("rooms", "answered 500", retryable=True, status=500)
        return Room(url=f"https://rooms.test/{key}?until={until:%Y}", ref=str(wanted.booking_id))

    async def move(self, wanted: Appointment, room: Room, *, key: UUID, until: datetime) -> Room:
        raise NotImplementedError("nothing is moved here")

    async def find(self, wanted: Appointment) -> str | None:
        return None

    async def close(self, ref: str) -> None:
        self.closed.append(ref)


def meeting_in(app: App, rooms: StubbornRooms) -> App:
    """The product with these rooms in Zoom's place."""
    return replace(app, rooms={VideoKind.ZOOM: rooms})


async def refunded_in_the_dashboard(world: World) -> None:
    charge = await world.row("select stripe_charge_id as id from public.payments")
    world.sandbox.stripe.dashboard_refund(charge["id"])
    await world.sandbox.stripe.deliveries.settled()


# --- rooms ---------------------------------------------------------------------------------------


async def test_a_room_that_fails_keeps_nobody_from_knowing_and_the_link_follows(
    world: World,
) -> None:
    world.worker.app = meeting_in(world.app, StubbornRooms(2))
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert booking["meeting"]["url"].startswith("https://rooms.test/")
    assert world.mails() == [
        "Confirmed: Mentoring session with Olena Koval",
        "Your meeting link: Mentoring session with Olena Koval",
    ]
    first, second = world.sandbox.inbox.to("demo@example.com")
    assert "follows in a separate message" in first.text
    assert booking["meeting"]["url"] in second.text
    assert len(world.mails("olena@example.com")) == 1


async def test_a_room_that_never_opens_is_told_to_the_operator_and_tried_again(
    world: World,
) -> None:
    world.worker.app = meeting_in(world.app, StubbornRooms(26))
    opened = await world.client.books((await world.client.slots())[-1])
    await world.pays(opened)
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["meeting"] is None
    logs = await world.rows("select source, message, times, final from private.error_logs")
    assert {tuple(log) for log in logs} == {
        ("open_meeting", "rooms: answered 500", 25, True),
    }
    await world.time_passes(timedelta(hours=2))
    assert (await world.client.booking(opened.booking_id))["meeting"] is not None


async def test_a_booking_given_up_while_its_room_opens_tells_nobody_that_it_takes_place(
    world: World,
) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.rows("delete from jobs.pgqueuer where entrypoint = 'open_meeting'")
    await world.worker.drain()

    class GivesUpMeanwhile(StubbornRooms):
        async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
            charge = await world.row("select stripe_charge_id as id from public.payments")
            world.sandbox.stripe.dashboard_refund(charge["id"])
            intent = world.sandbox.stripe.sessions()[0]["payment_intent"]
            await refunds.follow(world.app, intent)
            return await super().open(wanted, key=key, until=until)

    await world.rows("delete from public.user_sessions")
    await world.rows("delete from public.notifications")
    rooms = GivesUpMeanwhile(0)
    await meetings.open_meeting(meeting_in(world.app, rooms), UUID(opened.booking_id))
    assert rooms.closed == [opened.booking_id]
    assert await world.rows("select from public.user_sessions") == []
    assert await world.client.notifications() == ["BOOKING_CANCELLED"]


async def test_a_refunded_booking_gives_its_link_out_no_longer(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    await refunded_in_the_dashboard(world)
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "CANCELLED"
    assert booking["meeting"] is None
    answer = await world.client.confirms(opened.session_id)
    assert [error["code"] for error in answer["errors"]] == ["BOOKING_REJECTED"]
    [*_, mail] = world.sandbox.inbox.to("demo@example.com")
    assert [part.content_type for part in mail.files if b"METHOD:CANCEL" in part.content] != []


async def test_a_room_opened_without_our_hearing_of_it_goes_with_its_booking(
    world: World,
) -> None:
    opened = await world.client.books((await world.client.slots())[-1])
    world.sandbox.faults.plan("zoom.create", Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan("zoom.list", NO_FAULT)
    world.sandbox.faults.plan("zoom.list", Fault(FaultKind.FAIL), times=1000)
    await world.pays(opened)
    await world.worker.drain()
    assert len(world.sandbox.zoom.meetings) == 1
    assert (await world.client.booking(opened.booking_id))["meeting"] is None

    await refunded_in_the_dashboard(world)
    await world.worker.drain()
    world.sandbox.faults.clear()
    await world.time_passes(timedelta(hours=2))
    assert (await world.client.booking(opened.booking_id))["status"] == "CANCELLED"
    assert world.entered() == []
    assert world.sandbox.zoom.meetings == []


# --- calendars -----------------------------------------------------------------------------------


async def test_a_hold_paid_while_its_calendar_is_left_keeps_what_is_known_of_its_entry(
    world: World,
) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(opened.session_id)
    await world.rows(
        "update public.bookings set status = 'CANCELLED' where id = $1", UUID(opened.booking_id)
    )
    world.sandbox.faults.plan("calcom.release", Fault(FaultKind.DELAY, seconds=1))
    leaving = asyncio.create_task(fulfilment.leave_calendar(world.app, UUID(opened.booking_id)))
    while world.sandbox.faults.planned():  # noqa: ASYNC110  # until Cal.com thinks about it
        await asyncio.sleep(0.01)
    await world.client.confirms(opened.session_id)
    await fulfilment.book_calendar(world.app, UUID(opened.booking_id))
    await leaving
    world.sandbox.stripe.deliveries.release()
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    [entry] = world.sandbox.calcom.bookings
    row = await world.row("select calendar_ref from public.bookings")
    assert row["calendar_ref"] == f"CALCOM:{entry['uid']}"
    await assert_nothing_amiss(world)


async def test_an_entry_whose_answer_was_lost_is_taken_out_though_the_job_was_lost_too(
    world: World,
) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan("calcom.list", Fault(FaultKind.UNAUTHORIZED))
    slot = (await world.client.slots(CONSULTATION))[-1]
    await world.client.schedules(opened.booking_id, slot)
    with pytest.raises(ProviderError):
        await fulfilment.book_calendar(world.app, UUID(opened.booking_id))
    assert world.entered() == [opened.booking_id]
    await fulfilment.calendar_gave_up(world.app, UUID(opened.booking_id))
    await world.rows("delete from jobs.pgqueuer")
    assert world.sandbox.faults.planned() == {}

    await world.time_passes(timedelta(minutes=2))
    assert (await world.client.booking(opened.booking_id))["status"] == "REJECTED"
    assert world.entered() == []
    await assert_nothing_amiss(world)
