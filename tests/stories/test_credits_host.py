"""A session booked with credits that its host calls off or moves, in a calendar of their own."""

from datetime import datetime, timedelta
from uuid import UUID

from sandbox.faults import Fault, FaultKind
from services import bookings, escalation, rescheduling
from services.domain.slots import Interval
from tests.providers.standin_rig import wednesday
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.spending import booked, credits_left, of_sessions, slots_ahead, until, uses
from tests.stories.subscriber import subscribes
from tests.world import World

CAREER = "5e550000-0000-4000-8000-000000000005"  # pay first, with Lena's Calendly
YOURS = "Your session credit is yours again."
USED_UP = "The credit is used up, because it was called off too late."


async def sells_lenas_talk_for_credits(world: World) -> None:
    await world.rows(
        "update public.session_types set credits = 1, payment_flow = 'SLOT_FIRST' where id = $1",
        UUID(CAREER),
    )


async def test_cancelled_in_the_hosts_calendly_the_credit_comes_back_however_late(
    world: World,
) -> None:
    await subscribes(world)
    await sells_lenas_talk_for_credits(world)
    slot = wednesday().isoformat()
    booking_id = await booked(world, slot, CAREER)
    await until(world, slot, timedelta(hours=3))
    world.sandbox.calendly.cancel_by_host(world.sandbox.calendly.events[0]["uri"], "Ill.")
    await world.sandbox.hooks.settled()
    await world.worker.drain()

    booking = await world.client.booking(booking_id)
    assert booking["status"] == "CANCELLED"
    assert booking["statusReason"] == "The host called it off in their Calendly."
    assert await uses(world) == [(1, True)]
    assert world.sandbox.calendly.events == []
    assert YOURS in of_sessions(world)[-1].text
    assert "PAYMENT_WAITING" not in await world.client.notifications()
    assert await world.worker.held() == []
    await assert_nothing_amiss(world)


async def test_moved_in_the_hosts_calendly_the_session_follows_and_the_credit_stays_spent(
    world: World,
) -> None:
    await subscribes(world)
    await sells_lenas_talk_for_credits(world)
    booking_id = await booked(world, wednesday().isoformat(), CAREER)
    await world.sandbox.hooks.settled()
    told = await world.row("select payload ->> 'invitee' as invitee from private.received_events")
    world.sandbox.calendly.reschedule(told["invitee"], wednesday(12))
    await world.sandbox.hooks.settled()
    await world.worker.drain()

    booking = await world.client.booking(booking_id)
    assert booking["status"] == "ACCEPTED"
    assert datetime.fromisoformat(booking["startsAt"]) == wednesday(12)
    assert await uses(world) == [(1, False)]
    assert of_sessions(world)[-1].subject.startswith("New time: ")
    await assert_nothing_amiss(world)


async def test_moved_to_a_time_that_the_calendar_refuses_it_stays_and_the_credit_stays_spent(
    world: World,
) -> None:
    await subscribes(world)
    slots = await slots_ahead(world, 2)
    booking_id = await booked(world, slots[0])
    assert (await world.client.reschedules(booking_id, slots[2]))["errors"] == []
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE))
    await world.worker.drain()

    booking = await world.client.booking(booking_id)
    assert (booking["status"], booking["startsAt"]) == ("ACCEPTED", slots[0])
    assert await credits_left(world.client) == 1
    assert world.entered() == [booking_id]
    assert (await world.client.notifications())[0] == "BOOKING_KEPT_TIME"
    await assert_nothing_amiss(world)


async def test_a_credit_kept_because_it_was_too_late_is_not_given_back_by_later_news(
    world: World,
) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    booking_id = await booked(world, slot)
    await until(world, slot, timedelta(hours=3))
    assert (await world.client.cancels(booking_id))["errors"] == []
    async with world.app.db.transaction() as conn:
        await escalation.leave_to_human(world.app, conn, UUID(booking_id), reason="Late news.")
    await world.worker.drain()
    assert await uses(world) == [(1, False)]
    assert USED_UP in of_sessions(world)[-1].text
    await assert_nothing_amiss(world)


async def test_moved_outside_the_time_within_which_it_can_be_called_off_moves_too(
    world: World,
) -> None:
    await subscribes(world)
    slots = await slots_ahead(world, 2)
    booking_id = await booked(world, slots[0])
    await _moved(world, booking_id, slots[6])
    await world.worker.drain()
    await until(world, slots[0], timedelta(hours=1))
    assert (await world.client.cancels(booking_id))["errors"] == []
    assert await credits_left(world.client) == 2
    await world.worker.drain()
    await assert_nothing_amiss(world)


async def _moved(world: World, booking_id: str, slot: str) -> None:
    starts_at = datetime.fromisoformat(slot)
    async with world.app.db.transaction() as conn:
        booking = await bookings.lock(conn, UUID(booking_id))
        await rescheduling.moved_outside(
            world.app, conn, booking, Interval(starts_at, starts_at + booking.duration)
        )
