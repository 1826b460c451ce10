"""A client gives their session another time: the same payment, and everything follows."""

import asyncio
from datetime import datetime, timedelta

from sandbox.faults import Fault, FaultKind
from services.domain.jobs import Job
from services.runners import RUNNERS
from tests.stories import spending
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import REST, booked, payout_of, slots_after, start_of
from tests.stories.subscriber import subscribes
from tests.stories.terms import (
    CLIENT,
    DAY,
    HOUR,
    MINUTE,
    OLENA,
    asked_to_move,
    assert_nothing_is_left,
    before,
    codes,
    comes_to_rest,
    last_mail,
    moment,
    moved,
    open_after,
    payment,
    refunds_at_stripe,
    row_of,
    told,
)
from tests.stories.test_rescheduled import invitation
from tests.world import COACHING, MENTORING, REVIEW, Opened, World, running_world

# --- the time and what follows it ----------------------------------------------------------------


async def test_the_same_payment_holds_for_the_new_time_and_everybody_is_told(seeded: str) -> None:
    async with running_world(seeded, busy_cache_seconds=0) as world:
        opened = await booked(world)
        later = await moved(world, opened, 7 * DAY)

        booking = await world.client.booking(opened.booking_id)
        assert (booking["status"], moment(booking["startsAt"])) == ("ACCEPTED", moment(later))
        assert await payment(world, opened) == ("FULFILLED", 0)
        assert len(world.sandbox.stripe.sessions()) == 1
        assert await refunds_at_stripe(world, opened) == []
        open_to_others = await world.other.slots(days=30)
        assert opened.starts_at in open_to_others
        assert later not in open_to_others
        for reader in (CLIENT, OLENA):
            first, second = (invitation(mail) for mail in world.sandbox.inbox.to(reader))
            assert second == first | {
                "SEQUENCE": "1",
                "DTSTART": f"{moment(later):%Y%m%dT%H%M%SZ}",
            }
        row = await row_of(world, opened)
        assert (row.reschedules, row.sequence, row.moved_from) == (1, 1, None)
        await assert_nothing_amiss(world)


async def test_a_payout_waits_for_the_session_where_it_is_now(world: World) -> None:
    opened = await booked(world, ahead=6 * DAY)
    before_it = await payout_of(world, world.olena, opened.booking_id)
    later = await moved(world, opened, 7 * DAY)
    after = await payout_of(world, world.olena, opened.booking_id)
    assert moment(before_it["dueAt"]) == max(start_of(opened) + HOUR, await paid_at(world) + REST)
    assert moment(after["dueAt"]) == moment(later) + HOUR
    await before(world, opened, -2 * HOUR)  # the old time is over
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "WAITING"
    assert world.sandbox.stripe.transfers() == []
    await assert_nothing_amiss(world)


async def paid_at(world: World) -> datetime:
    found: datetime = (await world.row("select paid_at from public.payments"))["paid_at"]
    return found


async def test_it_may_reach_into_its_own_old_time(seeded: str) -> None:
    """By our own rule, by Cal.com's and by Google's list of busy times."""
    async with running_world(seeded, busy_cache_seconds=0) as world:
        await world.rows("update public.session_types set step_minutes = 15, daily_cap = 1")
        starts = {}
        for session_type in (MENTORING, COACHING, REVIEW):
            opened = await booked(world, session_type)
            start = start_of(opened) + 15 * MINUTE
            payload = await world.client.reschedules(opened.booking_id, start.isoformat())
            assert codes(payload) == [], session_type
            await comes_to_rest(world)
            row = await row_of(world, opened)
            assert (row.starts_at, row.moved_from, row.sequence) == (start, None, 1)
            starts[session_type] = start
        [entry], [event] = world.sandbox.calcom.bookings, world.sandbox.google.events
        assert moment(entry["start"]) == starts[MENTORING]
        assert moment(event["start"]["dateTime"]) == starts[COACHING]
        await assert_nothing_amiss(world)


async def test_reminders_come_for_the_new_time_alone(world: World) -> None:
    opened = await booked(world)
    later = await moved(world, opened, 3 * DAY)
    assert moment(later) - start_of(opened) >= 2 * DAY
    await before(world, opened, DAY - MINUTE)
    await before(world, opened, HOUR - MINUTE)
    assert "REMINDER_DAY" not in await world.client.notifications()
    assert "REMINDER_HOUR" not in await world.client.notifications()
    there = Opened(opened.booking_id, opened.session_id, later)
    await before(world, there, DAY - MINUTE)
    await before(world, there, HOUR - MINUTE)
    assert (await world.client.notifications())[:2] == ["REMINDER_HOUR", "REMINDER_DAY"]
    await assert_nothing_amiss(world)


async def test_called_off_after_a_move_the_terms_count_from_the_new_start(world: World) -> None:
    opened = await booked(world)
    later = await moved(world, opened, 3 * DAY)
    await before(world, opened, HOUR)  # it would have been too late for the old time
    quote = await world.client.quote(opened.booking_id)
    assert (quote["canCancel"], quote["refund"]["amountMinor"]) == (True, 9000)
    assert moment(quote["holdsUntil"]) == moment(later) - DAY
    await before(world, Opened(opened.booking_id, "", later), DAY - MINUTE)
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=4500)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("FULFILLED", 4500)
    await assert_nothing_is_left(world, opened)
    assert invitation(last_mail(world))["METHOD"] == "CANCEL"
    assert int(invitation(last_mail(world))["SEQUENCE"]) > 1
    await assert_nothing_amiss(world)


async def test_a_session_for_a_credit_is_moved_for_the_same_credit(world: World) -> None:
    await subscribes(world)
    slot = (await spending.slots_ahead(world, 3))[0]
    opened = Opened(await spending.booked(world, slot), "", slot)
    later = await moved(world, opened, 3 * DAY)
    assert await spending.uses(world) == [(1, False)]
    assert await spending.credits_left(world.client) == 1
    await before(world, opened, MINUTE)  # by the new time a credit comes back still
    assert (await world.client.quote(opened.booking_id))["creditsReturned"] == 1
    assert codes(await world.client.cancels(opened.booking_id)) == []
    await comes_to_rest(world)
    assert await spending.uses(world) == [(1, True)]
    assert later in await slots_after(world, moment(later))
    await assert_nothing_amiss(world)


# --- at once -------------------------------------------------------------------------------------


async def test_asked_ten_times_at_once_it_is_moved_once(world: World) -> None:
    opened = await booked(world)
    later = await open_after(world, opened, DAY)
    answers = await asyncio.gather(
        *(world.client.reschedules(opened.booking_id, later) for _ in range(10))
    )
    assert [codes(payload) for payload in answers] == [[]] * 10
    await comes_to_rest(world)
    row = await row_of(world, opened)
    assert (row.starts_at, row.reschedules, row.sequence) == (moment(later), 1, 1)
    assert asked_to_move(world) == 1
    assert told(world).count("New time") == told(world, OLENA).count("New time") == 1
    await assert_nothing_amiss(world)


async def test_of_two_clients_who_want_one_time_one_has_it(world: World) -> None:
    mine = await booked(world)
    theirs = await world.other.books((await slots_after(world, start_of(mine) + DAY))[0])
    await world.pays(theirs)
    await world.worker.drain()
    wanted = await open_after(world, mine, 3 * DAY)
    payloads = await asyncio.gather(
        world.client.reschedules(mine.booking_id, wanted),
        world.other.reschedules(theirs.booking_id, wanted),
    )
    assert sorted(codes(payload) for payload in payloads) == [[], ["SLOT_TAKEN"]]
    await comes_to_rest(world)
    won = mine if codes(payloads[0]) == [] else theirs
    starts = {one: (await row_of(world, one)).starts_at for one in (mine, theirs)}
    assert [one for one, start in starts.items() if start == moment(wanted)] == [won]
    assert len(world.sandbox.calcom.bookings) == 2
    await assert_nothing_amiss(world)


async def test_moved_twice_before_the_calendar_followed_it_ends_at_the_last(
    world: World,
) -> None:
    opened = await booked(world)
    first = await open_after(world, opened, DAY)
    last = await open_after(world, opened, 2 * DAY)
    for start in (first, last):
        assert codes(await world.client.reschedules(opened.booking_id, start)) == []
    assert first in await slots_after(world, moment(first))
    await comes_to_rest(world)
    [entry], [meeting] = world.sandbox.calcom.bookings, world.sandbox.zoom.meetings
    assert moment(entry["start"]) == moment(meeting["start_time"]) == moment(last)
    assert told(world).count("New time") == 1
    assert (await row_of(world, opened)).sequence == 2
    await assert_nothing_amiss(world)


async def test_moved_there_and_back_before_the_calendar_followed_it_stays_where_it_was(
    world: World,
) -> None:
    opened = await booked(world)
    assert opened.starts_at is not None
    for start in (await open_after(world, opened, DAY), opened.starts_at):
        assert codes(await world.client.reschedules(opened.booking_id, start)) == []
    await comes_to_rest(world)
    [entry], [meeting] = world.sandbox.calcom.bookings, world.sandbox.zoom.meetings
    assert moment(entry["start"]) == moment(meeting["start_time"]) == start_of(opened)
    row = await row_of(world, opened)
    assert (row.starts_at, row.moved_from, row.reschedules) == (start_of(opened), None, 2)
    newest = invitation(last_mail(world))
    assert (newest["SEQUENCE"], newest["DTSTART"]) == ("2", f"{start_of(opened):%Y%m%dT%H%M%SZ}")
    await assert_nothing_amiss(world)


async def test_moved_and_called_off_at_once_nothing_stays_in_calendar_or_room(
    world: World,
) -> None:
    opened = await booked(world)
    later = await open_after(world, opened, DAY)
    assert codes(await world.client.reschedules(opened.booking_id, later)) == []
    await world.rows("delete from jobs.pgqueuer where entrypoint = 'move_calendar'")
    world.sandbox.faults.plan("zoom.update", Fault(FaultKind.DELAY, seconds=2))
    moving = asyncio.ensure_future(RUNNERS[Job.MOVE_CALENDAR].run(world.app, opened.booking_id))
    for _ in range(100):  # until the calendar has followed; then Zoom thinks
        if len(world.sandbox.calcom.history) == 2:
            break
        await asyncio.sleep(0.01)
    assert codes(await world.client.cancels(opened.booking_id)) == []
    await world.worker.drain()  # the room is closed
    assert world.sandbox.zoom.meetings == []
    assert not moving.done()
    await moving
    await comes_to_rest(world)
    await world.time_passes(timedelta(minutes=3))
    assert world.sandbox.calcom.bookings == []
    assert world.sandbox.zoom.meetings == []
    await assert_nothing_is_left(world, opened)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert told(world)[-1] == "Cancelled"
    await assert_nothing_amiss(world)
