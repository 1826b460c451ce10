"""Moves that are not made: by the terms, by others who have the time, by the calendar itself."""

from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import rescheduling
from services.domain.refusals import NotReschedulable, TooLate
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, slots_after, start_of
from tests.stories.steps import kinds_of
from tests.stories.terms import (
    DAY,
    HOUR,
    INSTANT,
    MINUTE,
    asked_to_move,
    at,
    before,
    codes,
    comes_to_rest,
    marcus,
    moment,
    moved,
    open_after,
    payment,
    row_of,
    terms,
    told,
    viewer,
)
from tests.stories.test_money_back import charge_of
from tests.world import COACHING, REVIEW, Opened, World

# --- refused -------------------------------------------------------------------------------------


async def refused(world: World, opened: Opened, to: str) -> list[str]:
    """Codes for which it keeps its time; nothing of it has moved."""
    before_it = await row_of(world, opened)
    found = codes(await world.client.reschedules(opened.booking_id, to))
    assert await row_of(world, opened) == before_it
    assert "move_calendar" not in await world.worker.waiting()
    return found


async def test_what_cannot_be_moved_keeps_its_time_and_says_why(world: World) -> None:
    opened = await booked(world, ahead=4 * DAY)
    later = await open_after(world, opened, DAY)
    for stranger in (world.other, world.olena, marcus(world)):
        assert codes(await stranger.reschedules(opened.booking_id, later)) == ["NOT_FOUND"]
    unpaid = await world.client.books(session_type=REVIEW)
    assert await refused(world, unpaid, later) == ["NOT_RESCHEDULABLE"]
    odd = (moment(later) + MINUTE).isoformat()
    assert set(await refused(world, opened, odd)) <= {"SLOT_UNAVAILABLE", "SLOT_TAKEN"}
    dispute = world.sandbox.stripe.dispute(await charge_of(world, opened))
    await comes_to_rest(world)
    assert await refused(world, opened, later) == ["PAYMENT_DISPUTED"]
    world.sandbox.stripe.close_dispute(dispute["id"], won=True)
    await comes_to_rest(world)
    await world.rows("update public.payments set outcome = 'WAITING', outcome_owner = 'a@b.c'")
    assert await refused(world, opened, later) == ["PAYMENT_UNDER_REVIEW"]
    await world.rows("update public.payments set outcome = 'FULFILLED', outcome_owner = null")
    await world.client.cancels(unpaid.booking_id)
    await before(world, opened, 4 * HOUR - MINUTE)
    assert await refused(world, opened, later) == ["TOO_LATE"]
    await before(world, opened, -MINUTE)
    assert await refused(world, opened, later) == ["NOT_RESCHEDULABLE"]
    assert asked_to_move(world) == 0
    await assert_nothing_amiss(world)


async def test_at_the_bound_it_may_still_be_moved_and_an_instant_later_no_more(
    world: World,
) -> None:
    opened = await booked(world)
    later = moment(await open_after(world, opened, DAY))
    bound = start_of(opened) - 4 * HOUR
    booking_id, client = UUID(opened.booking_id), viewer(world.client)
    with pytest.raises(TooLate) as late:
        await rescheduling.reschedule(at(world, bound + INSTANT), client, booking_id, later, None)
    assert late.value.until == bound
    with pytest.raises(NotReschedulable):
        await rescheduling.reschedule(at(world, start_of(opened)), client, booking_id, later, None)
    await rescheduling.reschedule(at(world, bound), client, booking_id, later, None)
    await comes_to_rest(world)
    assert (await row_of(world, opened)).starts_at == later
    await assert_nothing_amiss(world)


async def test_it_may_be_moved_as_often_as_the_terms_say(world: World) -> None:
    opened = await booked(world)
    first = await moved(world, opened, DAY)
    assert codes(await world.client.reschedules(opened.booking_id, first)) == []  # no move
    await moved(world, opened, 2 * DAY)
    later = await open_after(world, opened, 4 * DAY)
    [error] = (await world.client.reschedules(opened.booking_id, later))["errors"]
    assert (error["code"], error["message"]) == (
        "NOT_RESCHEDULABLE",
        "This session can be given another time at most 2 times.",
    )
    assert (await row_of(world, opened)).reschedules == 2
    await terms(world, COACHING, reschedule_limit=0)
    fixed = await booked(world, COACHING)
    later = await open_after(world, fixed, DAY, COACHING)
    assert await refused(world, fixed, later) == ["NOT_RESCHEDULABLE"]
    await assert_nothing_amiss(world)


async def test_of_a_time_that_is_taken_the_nearest_open_ones_are_told(world: World) -> None:
    opened = await booked(world)
    taken = await open_after(world, opened, DAY)
    await world.other.books(taken)
    payload = await world.client.reschedules(opened.booking_id, taken)
    assert codes(payload) == ["SLOT_TAKEN"]
    alternatives = [each["startsAt"] for each in payload["errors"][0]["alternatives"]]
    assert 0 < len(alternatives) <= 4
    assert taken not in alternatives
    assert (await world.client.booking(opened.booking_id))["startsAt"] == opened.starts_at
    assert codes(await world.client.reschedules(opened.booking_id, alternatives[0])) == []
    await comes_to_rest(world)
    assert (await row_of(world, opened)).starts_at == moment(alternatives[0])
    assert told(world).count("New time") == 1


# --- a calendar that does not follow -------------------------------------------------------------


async def test_a_calendar_that_refuses_keeps_the_old_time_and_the_move_is_not_counted(
    world: World,
) -> None:
    opened = await booked(world)
    later = await open_after(world, opened, DAY)
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE))
    assert codes(await world.client.reschedules(opened.booking_id, later)) == []
    await comes_to_rest(world)
    row = await row_of(world, opened)
    assert (row.starts_at, row.reschedules, row.moved_from) == (start_of(opened), 0, None)
    assert await world.client.notifications() == ["BOOKING_KEPT_TIME", "BOOKING_CONFIRMED"]
    assert "MOVE_REFUSED" in await kinds_of(world.client, opened.booking_id)
    assert later in await slots_after(world, moment(later))
    assert await payment(world, opened) == ("FULFILLED", 0)
    await moved(world, opened, 2 * DAY)  # another one may be taken
    assert (await row_of(world, opened)).reschedules == 1
    await assert_nothing_amiss(world)


async def test_a_calendar_that_refuses_when_the_old_time_is_gone_leaves_it_to_a_human(
    world: World,
) -> None:
    opened = await booked(world)
    later = await open_after(world, opened, DAY)
    assert codes(await world.client.reschedules(opened.booking_id, later)) == []
    assert opened.starts_at is not None
    await world.rows("update public.hosts set calendar = 'BUILTIN'")  # where the old time is open
    rival = await world.other.books(opened.starts_at)
    await world.pays(rival)
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE))
    await comes_to_rest(world)
    assert await payment(world, opened) == ("WAITING", 0)
    row = await world.row(
        "select outcome_owner as owner from public.payments where booking_id = $1",
        UUID(opened.booking_id),
    )
    assert row["owner"] == "operator@example.com"
    assert (await world.client.notifications())[0] == "PAYMENT_WAITING"
    assert len(world.mails("operator@example.com")) == 1
    assert codes(await world.client.cancels(opened.booking_id)) == ["PAYMENT_UNDER_REVIEW"]
    assert codes(await world.olena.cancels(opened.booking_id)) == []  # the host decides
    await comes_to_rest(world)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert (await world.other.booking(rival.booking_id))["status"] == "ACCEPTED"
    await assert_nothing_amiss(world)
