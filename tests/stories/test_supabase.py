"""Open pages are told of new messages on the person's own channel; the row is what counts."""

from datetime import timedelta

from sandbox.faults import Fault, FaultKind
from tests.world import CONSULTATION, World


async def test_each_message_in_the_app_is_broadcast_on_the_readers_private_channel(
    world: World,
) -> None:
    booked = await world.client.books()
    await world.pays(booked)
    await world.pays(await world.other.books(session_type=CONSULTATION))
    await world.worker.drain()

    rows = await world.rows(
        "select id, user_id, kind, booking_id, title from public.notifications "
        "where medium = 'IN_APP'"
    )
    assert sorted(row["kind"] for row in rows) == ["BOOKING_CONFIRMED", "CHOOSE_TIME"]
    sent = world.sandbox.supabase.broadcasts
    assert {each.event for each in sent} == {"notification"}
    assert sorted((each.topic, sorted(each.payload.items())) for each in sent) == sorted(
        (
            f"user:{row['user_id']}",
            [
                ("bookingId", str(row["booking_id"])),
                ("id", str(row["id"])),
                ("kind", row["kind"]),
                ("subscriptionId", None),
                ("title", row["title"]),
            ],
        )
        for row in rows
    )
    assert {each.topic for each in sent} == {
        f"user:{world.client.user_id}",
        f"user:{world.other.user_id}",
    }


async def test_while_realtime_is_down_the_booking_stands_and_the_row_is_there(
    world: World,
) -> None:
    world.sandbox.faults.plan("supabase.broadcast", Fault(FaultKind.FAIL), 3)
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    assert world.sandbox.supabase.broadcasts == []
    assert await world.worker.held() == await world.worker.waiting() == []
    assert await world.rows("select from private.error_logs") == []
    await world.time_passes(timedelta(minutes=5))
    assert world.sandbox.supabase.broadcasts == []  # late news would help nobody


async def test_an_answer_of_realtime_that_is_lost_hurts_nobody(world: World) -> None:
    world.sandbox.faults.plan("supabase.broadcast", Fault(FaultKind.LOSE_ANSWER))
    await world.pays(await world.client.books())
    await world.worker.drain()
    sent = world.sandbox.supabase.broadcasts
    assert {each.payload["kind"] for each in sent} == {"BOOKING_CONFIRMED"}
    assert len({each.payload["id"] for each in sent}) == 1  # pages know a repeat by its id
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
