"""While its client pays, a slot is kept in the host's own calendar as well, and let go again."""

import asyncio
from datetime import datetime, timedelta

from sandbox.faults import Fault, FaultKind
from tests.world import MENTORING, Opened, World

HOLD = timedelta(minutes=32)


async def known_reservation(world: World, booking_id: str) -> str | None:
    row = await world.row(
        "select calendar_reservation from public.bookings where id::text = $1", booking_id
    )
    reservation: str | None = row["calendar_reservation"]
    return reservation


def asked(world: World, method: str) -> list[int]:
    """Answers to what was asked of Cal.com's reservations."""
    return [
        call.status
        for call in world.sandbox.journal.of("calcom")
        if call.method == method and "/reservations" in call.path
    ]


def paying(payload: dict[str, object]) -> str:
    assert payload["errors"] == [], payload
    booking = payload["booking"]
    assert isinstance(booking, dict)
    return str(booking["id"])


async def test_cal_com_keeps_the_time_until_after_the_last_second_to_pay(world: World) -> None:
    opened = await world.client.books()
    [reservation] = world.sandbox.calcom.reservations
    assert opened.starts_at is not None
    assert datetime.fromisoformat(reservation["slotStart"]) == datetime.fromisoformat(
        opened.starts_at
    )
    held_until = (await world.client.booking(opened.booking_id))["holdExpiresAt"]
    kept = datetime.fromisoformat(reservation["reservationUntil"])
    longer = kept - datetime.fromisoformat(held_until)
    assert timedelta(minutes=2) < longer <= timedelta(minutes=4)
    uid = reservation["reservationUid"]
    assert await known_reservation(world, opened.booking_id) == f"CALCOM:{uid}"


async def test_asking_again_and_five_times_at_once_reserves_once(world: World) -> None:
    slot = (await world.client.slots())[0]
    payloads = await asyncio.gather(*(world.client.opens_checkout(slot) for _ in range(5)))
    payloads.append(await world.client.opens_checkout(slot))
    assert len({paying(payload) for payload in payloads}) == 1
    assert len({payload["checkout"]["sessionId"] for payload in payloads}) == 1
    assert asked(world, "POST") == [201]
    assert len(world.sandbox.calcom.reservations) == 1
    assert len(world.sandbox.stripe.sessions()) == 1


async def test_the_booking_takes_the_reservations_place(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert world.sandbox.calcom.reservations == []
    assert asked(world, "DELETE") == [200]
    assert await known_reservation(world, opened.booking_id) is None


async def test_a_client_who_steps_back_gives_the_time_back(world: World) -> None:
    opened = await world.client.books()
    assert (await world.client.cancels(opened.booking_id))["errors"] == []
    await world.worker.drain()
    assert world.sandbox.calcom.reservations == []
    assert world.sandbox.calcom.history == []
    assert await known_reservation(world, opened.booking_id) is None
    again = await world.other.opens_checkout(opened.starts_at)
    assert paying(again) != opened.booking_id
    assert len(world.sandbox.calcom.reservations) == 1


async def test_a_client_who_lets_the_hold_lapse_gives_the_time_back(world: World) -> None:
    opened = await world.client.books()
    await world.time_passes(HOLD + timedelta(seconds=30))
    assert (await world.client.booking(opened.booking_id))["status"] == "CANCELLED"
    assert asked(world, "DELETE") == [200]  # long before it would have ended by itself
    assert world.sandbox.calcom.reservations == []
    assert await known_reservation(world, opened.booking_id) is None


async def test_a_reservation_that_cannot_be_given_back_yet_is_given_back_later(
    world: World,
) -> None:
    opened = await world.client.books()
    await world.client.cancels(opened.booking_id)
    await world.rows("delete from jobs.pgqueuer")  # its job is lost
    await world.time_passes(timedelta(minutes=2))
    assert asked(world, "DELETE") == [200]
    assert world.sandbox.calcom.reservations == []


async def test_while_cal_com_is_down_the_time_is_sold_anyway(world: World) -> None:
    slot = (await world.client.slots())[0]
    world.sandbox.faults.plan("calcom", Fault(FaultKind.FAIL))
    payload = await world.client.opens_checkout(slot, MENTORING)
    booking_id = paying(payload)
    assert asked(world, "POST") == [500]
    assert world.sandbox.calcom.reservations == []

    again = await world.client.opens_checkout(slot, MENTORING)
    assert paying(again) == booking_id
    assert asked(world, "POST") == [500]  # once for each hold: an answer may have been lost
    await world.pays(Opened(booking_id, payload["checkout"]["sessionId"], slot))
    await world.worker.drain()
    assert (await world.client.booking(booking_id))["status"] == "ACCEPTED"
    assert len(world.sandbox.calcom.bookings) == 1


async def test_a_reservation_whose_answer_was_lost_lapses_and_does_not_hinder(
    world: World,
) -> None:
    slot = (await world.client.slots())[0]
    world.sandbox.faults.plan("calcom.reserve", Fault(FaultKind.LOSE_ANSWER))
    opened = await world.client.books(slot)
    assert len(world.sandbox.calcom.reservations) == 1
    await world.pays(opened)
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    await world.time_passes(HOLD + timedelta(minutes=6))
    assert world.sandbox.calcom.reservations == []
