"""A session booked with credits that does not take place: when they come back, and when not."""

from datetime import timedelta

from sandbox.faults import Fault, FaultKind
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.spending import (
    DAY,
    MINUTE,
    booked,
    credits_left,
    of_sessions,
    slots_ahead,
    spends,
    until,
    uses,
)
from tests.stories.steps import kinds_of
from tests.stories.subscriber import subscribes
from tests.world import World

YOURS = "Your session credit is yours again."
USED_UP = "The credit is used up, because it was called off too late."
TITLE = "Mentoring session with Olena Koval"


async def codes(world: World, booking_id: str) -> list[str]:
    """Codes for which the booking is not called off."""
    return [error["code"] for error in (await world.client.cancels(booking_id))["errors"]]


# --- refused by the calendar ---------------------------------------------------------------------


async def test_a_calendar_that_refuses_gives_the_credit_back_and_says_so(world: World) -> None:
    await subscribes(world)
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
    booking_id = await spends(world.client, (await slots_ahead(world, 2))[0])
    assert await credits_left(world.client) == 1
    await world.worker.drain()

    assert (await world.client.booking(booking_id))["status"] == "REJECTED"
    assert await credits_left(world.client) == 2
    [mail] = of_sessions(world)
    assert mail.subject == f"Not booked: {TITLE}"
    assert YOURS in mail.text
    assert "USD" not in mail.text
    told = await kinds_of(world.client, booking_id)
    assert told[:4] == ["HELD", "CREDIT_SPENT", "CALENDAR_REFUSED", "CREDIT_RETURNED"]
    assert "REFUND_REQUESTED" not in told
    assert world.entered() == []
    assert await codes(world, booking_id) == ["NOT_CANCELLABLE"]
    await assert_nothing_amiss(world)


async def test_what_could_not_be_booked_in_time_does_not_speak_of_a_payment(world: World) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    booking_id = await spends(world.client, slot)
    await world.rows("delete from jobs.pgqueuer where entrypoint = 'book_calendar'")
    await until(world, slot, -MINUTE)

    booking = await world.client.booking(booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["statusReason"] == "The time had passed before it could be booked."
    assert await uses(world) == [(1, True)]
    assert world.sandbox.calcom.history == []
    await assert_nothing_amiss(world)


# --- called off by the client --------------------------------------------------------------------


async def test_called_off_in_time_the_credit_is_back_and_everything_of_it_is_gone(
    world: World,
) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    booking_id = await booked(world, slot)
    payload = await world.client.cancels(booking_id)
    assert (payload["booking"]["status"], payload["errors"]) == ("CANCELLED", [])
    assert await credits_left(world.client) == 2
    await world.worker.drain()

    assert world.entered() == []
    assert world.sandbox.zoom.meetings == []
    assert (await world.client.booking(booking_id))["meeting"] is None
    assert slot in await world.other.slots(days=62)
    assert [mail.subject for mail in of_sessions(world)] == [
        f"Confirmed: {TITLE}",
        f"Cancelled: {TITLE}",
    ]
    assert YOURS in of_sessions(world)[-1].text
    assert [subject.partition(":")[0] for subject in world.mails("olena@example.com")] == [
        "Booked",
        "Cancelled",
    ]
    told = await kinds_of(world.client, booking_id)
    assert told.index("CALLED_OFF") + 1 == told.index("CREDIT_RETURNED")
    await assert_nothing_amiss(world)


async def test_a_credit_that_came_back_books_the_same_time_again(world: World) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    first = await booked(world, slot)
    await world.client.cancels(first)
    await world.worker.drain()
    second = await booked(world, slot)
    assert second != first
    assert await uses(world) == [(1, True), (1, False)]
    assert await credits_left(world.client) == 1
    await assert_nothing_amiss(world)


async def test_a_day_before_is_in_time_and_a_minute_later_is_not(world: World) -> None:
    await subscribes(world)
    slots = await slots_ahead(world, 3)
    first = slots[0]
    later = next(slot for slot in slots if slot > first)
    in_time, too_late = await booked(world, first), await booked(world, later)
    await until(world, first, DAY + MINUTE)
    await world.client.cancels(in_time)
    assert await uses(world) == [(1, True), (1, False)]

    await until(world, later, DAY - MINUTE)
    payload = await world.client.cancels(too_late)
    assert (payload["booking"]["status"], payload["errors"]) == ("CANCELLED", [])
    await world.worker.drain()
    assert await uses(world) == [(1, True), (1, False)]
    assert await credits_left(world.client) == 1
    assert USED_UP in of_sessions(world)[-1].text
    assert YOURS not in of_sessions(world)[-1].text
    assert "CREDIT_RETURNED" not in await kinds_of(world.client, too_late)
    assert world.entered() == []
    await assert_nothing_amiss(world)


async def test_what_has_begun_cannot_be_called_off(world: World) -> None:
    await subscribes(world)
    slot = (await slots_ahead(world, 2))[0]
    booking_id = await booked(world, slot)
    await until(world, slot, timedelta())
    assert await codes(world, booking_id) == ["NOT_CANCELLABLE"]
    assert (await world.client.booking(booking_id))["status"] == "ACCEPTED"
    assert await uses(world) == [(1, False)]


async def test_called_off_while_the_calendar_is_still_to_be_asked_nothing_is_entered(
    world: World,
) -> None:
    await subscribes(world)
    booking_id = await spends(world.client, (await slots_ahead(world, 2))[0])
    await world.client.cancels(booking_id)
    await world.worker.drain()
    assert world.entered() == []
    assert await credits_left(world.client) == 2
    assert world.mails("olena@example.com") == []
    assert [mail.subject for mail in of_sessions(world)] == [f"Cancelled: {TITLE}"]
    await assert_nothing_amiss(world)


async def test_called_off_twice_is_called_off_once(world: World) -> None:
    await subscribes(world)
    booking_id = await booked(world, (await slots_ahead(world, 2))[0])
    for _ in range(2):
        assert await codes(world, booking_id) == []
    await world.worker.drain()
    assert await codes(world, booking_id) == []
    assert await credits_left(world.client) == 2
    assert len(of_sessions(world)) == 2
    assert (await kinds_of(world.client, booking_id)).count("CREDIT_RETURNED") == 1


async def test_a_stranger_calls_off_nothing(world: World) -> None:
    await subscribes(world)
    booking_id = await booked(world, (await slots_ahead(world, 2))[0])
    payload = await world.other.cancels(booking_id)
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    assert payload["booking"] is None
    body = await world.nobody.posts(
        "mutation ($id: ID!) { cancelBooking(input: {bookingId: $id}) { booking { id } } }",
        id=booking_id,
    )
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
    assert (await world.client.booking(booking_id))["status"] == "ACCEPTED"
    assert await credits_left(world.client) == 1


async def test_a_session_paid_with_money_is_called_off_by_its_terms_and_takes_no_credit(
    world: World,
) -> None:
    await subscribes(world)
    slot, another = (await slots_ahead(world, 2))[:2]
    held = await world.client.books(slot)
    assert (await world.client.cancels(held.booking_id))["booking"]["status"] == "CANCELLED"
    opened = await world.client.books(another)
    await world.pays(opened)
    await world.worker.drain()
    assert await codes(world, opened.booking_id) == []
    assert (await world.client.booking(opened.booking_id))["status"] == "CANCELLED"
    assert await credits_left(world.client) == 2
