"""A session booked with the credits of a plan: no payment page, and never one credit too many."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services import story, story_text
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.spending import (
    asks,
    booked,
    credits_left,
    of_sessions,
    refusal,
    slots_ahead,
    spends,
    until,
    uses,
)
from tests.stories.steps import kinds_of
from tests.stories.subscriber import STARTER, subscribes
from tests.world import COACHING, CONSULTATION, REVIEW, World

NOTHING = {"code": "NO_CREDITS", "left": 0, "needed": 1}


def facts_of(error: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in error.items() if key != "message"}


async def test_a_credit_books_at_once_without_payment_page_and_without_payment(
    world: World,
) -> None:
    await subscribes(world)
    pages = len(world.sandbox.stripe.sessions())
    slot = (await slots_ahead(world, 2))[0]
    payload = await asks(world.client, slot)

    assert (payload["checkout"], payload["errors"]) == (None, [])
    booking_id = payload["booking"]["id"]
    assert payload["booking"] == {
        "id": booking_id,
        "status": "PENDING",
        "credits": 1,
        "startsAt": slot,
        "holdExpiresAt": None,
        "payments": [],
    }
    assert await credits_left(world.client) == 1
    jobs = await world.worker.drain()
    assert Counter(jobs) == Counter(
        book_calendar=1, open_meeting=1, show_link=1, notify=2, broadcast=1
    )

    booking = await world.client.booking(booking_id)
    assert (booking["status"], booking["payments"]) == ("ACCEPTED", [])
    [meeting] = world.sandbox.zoom.history
    assert booking["meeting"]["url"] == meeting["join_url"]
    [mail] = of_sessions(world)
    assert mail.subject == "Confirmed: Mentoring session with Olena Koval"
    assert meeting["join_url"] in mail.text
    assert "Receipt" not in mail.text
    assert world.entered() == [booking_id]
    assert len(world.sandbox.stripe.sessions()) == pages
    assert await kinds_of(world.client, booking_id) == [
        "HELD",
        "CREDIT_SPENT",
        "CALENDAR_BOOKED",
        "ROOM_OPENED",
        "MESSAGE_SENT",
        "MESSAGE_SENT",
    ]
    await assert_nothing_amiss(world)


async def test_the_operator_reads_how_many_credits_a_session_cost(world: World) -> None:
    await subscribes(world)
    booking_id = await booked(world, (await slots_ahead(world, 2))[0])
    await world.client.cancels(booking_id)
    await world.worker.drain()
    async with world.app.db.connection() as conn:
        account = await story.tell(conn, UUID(booking_id))
    assert account is not None
    lines = story_text.written(account).splitlines()
    assert lines[0] == f"Booking {booking_id}: CANCELLED (Called off by the client.)"
    assert lines[1].startswith("  1 session credit, ")
    assert lines[1].endswith(f", client {world.client.user_id}")
    told = [line.partition("Z  ")[2] for line in lines]
    assert "CREDIT_SPENT: It was booked with session credits." in told
    assert "CREDIT_RETURNED: The session credits came back." in told
    assert not any("USD" in line or line.startswith("Payment ") for line in lines)


async def test_who_has_spent_all_credits_is_told_and_holds_nothing(world: World) -> None:
    await subscribes(world)
    first, second, third = (await slots_ahead(world, 2))[:3]
    await booked(world, first)
    await booked(world, second)

    refused = await refusal(world.client, third)
    assert facts_of(refused) == NOTHING
    assert refused["message"] == "This session costs 1 session credit; you have 0."
    assert third in await world.other.slots(days=62)
    assert await uses(world) == [(1, False), (1, False)]
    assert len(await world.rows("select from public.bookings")) == 2


async def test_a_session_may_cost_more_credits_than_are_left(world: World) -> None:
    await subscribes(world)
    first, second = (await slots_ahead(world, 2))[:2]
    await booked(world, first)
    await world.rows("update public.session_types set credits = 2 where credits = 1")
    assert facts_of(await refusal(world.client, second)) == {
        "code": "NO_CREDITS",
        "left": 1,
        "needed": 2,
    }
    assert await credits_left(world.client) == 1


async def test_in_two_tabs_at_once_the_last_credit_is_spent_once(world: World) -> None:
    await subscribes(world)
    slots = (await slots_ahead(world, 2))[:6]
    await booked(world, slots[0])
    answers = await asyncio.gather(*(asks(world.client, slot) for slot in slots[1:]))

    assert Counter(
        "booked" if answer["booking"] else answer["errors"][0]["code"] for answer in answers
    ) == {"booked": 1, "NO_CREDITS": 4}
    assert await credits_left(world.client) == 0
    assert await uses(world) == [(1, False), (1, False)]
    await world.worker.drain()
    assert len(world.entered()) == 2
    await assert_nothing_amiss(world)


async def test_the_same_asked_ten_times_is_one_booking_and_one_credit(world: World) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    answers = await asyncio.gather(*(asks(world.client, slot) for _ in range(10)))
    [booking_id] = {answer["booking"]["id"] for answer in answers}
    await world.worker.drain()

    again = await asks(world.client, slot)
    assert again["booking"]["id"] == booking_id
    assert again["booking"]["status"] == "ACCEPTED"
    assert await credits_left(world.client) == 1
    assert len(of_sessions(world)) == 1


async def test_a_time_that_somebody_else_has_costs_no_credit(world: World) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    await world.other.books(slot)
    refused = await refusal(world.client, slot)
    assert refused["code"] == "SLOT_TAKEN"
    assert slot not in [each["startsAt"] for each in refused["alternatives"]]
    assert await credits_left(world.client) == 2
    assert await uses(world) == []


# --- what credits are not for --------------------------------------------------------------------


@pytest.mark.parametrize("session_type", [COACHING, REVIEW])
async def test_a_session_without_a_price_in_credits_is_for_money_only(
    world: World, session_type: str
) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2, session_type=session_type))[0]
    assert (await refusal(world.client, slot, session_type))["code"] == "NOT_FOR_CREDITS"
    assert await world.rows("select from public.bookings") == []


async def test_a_session_that_is_paid_first_is_for_money_only(world: World) -> None:
    await subscribes(world)
    await world.rows(
        "update public.session_types set credits = 1 where id = $1", UUID(CONSULTATION)
    )
    assert (await refusal(world.client, None, CONSULTATION))["code"] == "NOT_FOR_CREDITS"
    slot = (await slots_ahead(world, 2, session_type=CONSULTATION))[0]
    assert (await refusal(world.client, slot, CONSULTATION))["code"] == "VALIDATION"
    assert await world.rows("select from public.bookings") == []


async def test_without_a_plan_there_are_no_credits(world: World) -> None:
    slot = (await slots_ahead(world, 2))[0]
    assert facts_of(await refusal(world.client, slot)) == NOTHING
    await subscribes(world)
    assert facts_of(await refusal(world.other, slot)) == NOTHING
    assert slot in await world.other.slots(days=62)


async def test_the_credits_of_a_trial_are_spent_like_others(world: World) -> None:
    await subscribes(world, STARTER)
    assert await credits_left(world.client) == 1
    await booked(world, (await slots_ahead(world, 2))[0])
    assert await credits_left(world.client) == 0


async def test_a_client_who_booked_with_credits_is_reminded(world: World) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 3))[0]
    await booked(world, slot)
    await until(world, slot, timedelta(hours=23, minutes=59))
    await until(world, slot, timedelta(minutes=59))
    assert [mail.subject.partition(":")[0] for mail in of_sessions(world)] == [
        "Confirmed",
        "Coming up",
        "Starting soon",
    ]
    await assert_nothing_amiss(world)


async def test_a_lost_queue_is_healed_and_spends_nothing_again(world: World) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    booking_id = await spends(world.client, slot)
    await world.rows("delete from jobs.pgqueuer where entrypoint = 'book_calendar'")
    await world.time_passes(timedelta(minutes=2))
    booking = await world.client.booking(booking_id)
    assert booking["status"] == "ACCEPTED"
    assert datetime.fromisoformat(booking["startsAt"]) == datetime.fromisoformat(slot)
    assert await credits_left(world.client) == 1
    await assert_nothing_amiss(world)
