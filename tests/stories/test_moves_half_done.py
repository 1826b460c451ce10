"""Moves and cancellations that got half their way, at the calendar, its room or Calendly."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from sandbox.faults import Fault, FaultKind
from services import appointments, calendar_moves, calendly_events, no_shows, operations
from services.domain.policy import Absent
from tests.providers.standin_rig import wednesday
from tests.stories.hasty_adapters import hasty_adapters
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, news, payment_of, start_of, until
from tests.stories.terms import (
    DAY,
    HOUR,
    MINUTE,
    asked_to_move,
    before,
    codes,
    comes_to_rest,
    moment,
    open_after,
    payment,
    row_of,
    terms,
    told,
)
from tests.stories.test_calendly import CAREER, chooses, paid, settles, starts
from tests.world import MENTORING, Opened, World

__all__ = ["hasty_adapters"]

OPERATOR = "operator@example.com"
PENDING = "4000000000007726"  # a refund to this card is pending for an hour


async def moves(world: World, opened: Opened, to: str) -> None:
    assert codes(await world.client.reschedules(opened.booking_id, to)) == []


async def step_of_the_calendar(world: World, opened: Opened) -> None:
    """The calendar moves the entry; then the worker dies, before it wrote that down."""
    case = await appointments.read(world.app, UUID(opened.booking_id))
    assert case is not None
    calendar = appointments.calendar_holding(world.app, case)
    assert calendar is not None
    await calendar.entries.move(appointments.appointment(world.app, case))


# --- the calendar and its room -------------------------------------------------------------------


@pytest.mark.usefixtures("hasty_adapters")
async def test_a_room_left_behind_follows_though_a_second_move_is_refused(world: World) -> None:
    opened = await booked(world)
    first = await open_after(world, opened, 4 * DAY)
    world.sandbox.faults.plan("zoom.update", Fault(FaultKind.FAIL), times=4000)
    await moves(world, opened, first)
    await comes_to_rest(world)
    second = await open_after(world, opened, 6 * DAY)
    await moves(world, opened, second)
    world.sandbox.calcom.busy(moment(second), moment(second) + HOUR)
    await comes_to_rest(world)
    world.sandbox.faults.clear()
    await world.time_passes(HOUR + 10 * MINUTE)
    await comes_to_rest(world)
    row = await row_of(world, opened)
    assert (row.starts_at, row.moved_from) == (moment(first), None)
    [meeting] = world.sandbox.zoom.meetings
    assert datetime.fromisoformat(meeting["start_time"]) == moment(first)
    link = await world.row("select expires_at from public.user_sessions")
    assert link["expires_at"] > row.ends_at
    await assert_nothing_amiss(world)


async def test_a_move_refused_after_one_nobody_wrote_down_is_at_its_old_time_in_the_calendar_too(
    world: World,
) -> None:
    opened = await booked(world)
    await moves(world, opened, await open_after(world, opened, DAY))
    await step_of_the_calendar(world, opened)
    await moves(world, opened, await open_after(world, opened, 2 * DAY))
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE))
    await comes_to_rest(world)
    [entry] = world.sandbox.calcom.bookings
    row = await row_of(world, opened)
    assert datetime.fromisoformat(entry["start"]) == start_of(opened)
    assert (row.starts_at, row.moved_from) == (start_of(opened), None)
    await assert_nothing_amiss(world)


async def somebody_has_the_old_time(world: World, opened: Opened) -> None:
    await world.rows(
        "insert into public.bookings (host_id, session_type_id, status, starts_at, ends_at, "
        "occupied, duration_minutes, price_minor, currency, calendar_ref) select host_id, "
        "session_type_id, 'ACCEPTED', moved_from, moved_from + interval '1 hour', "
        "tstzrange(moved_from, moved_from + interval '1 hour'), 60, price_minor, currency, "
        "'BUILTIN:x' from public.bookings where id = $1",
        UUID(opened.booking_id),
    )


async def test_refused_on_both_sides_while_a_part_goes_back_it_is_a_humans_and_asked_no_more(
    world: World,
) -> None:
    opened = await booked(world, card=PENDING)
    payment_id = (await payment_of(world, opened.booking_id))["id"]
    await operations.refund(world.app, payment_id, 1000, reason="For the trouble.")
    await news(world)
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE), times=1000)
    await moves(world, opened, await open_after(world, opened, DAY))
    await somebody_has_the_old_time(world, opened)
    await comes_to_rest(world)
    asked = asked_to_move(world)
    assert asked > 0
    for _ in range(3):
        await world.time_passes(2 * MINUTE)
    assert asked_to_move(world) == asked
    assert len(world.mails(OPERATOR)) == 1
    assert await payment(world, opened) == ("WAITING", 1000)


# --- no-shows and terms --------------------------------------------------------------------------


async def test_a_client_who_did_not_come_and_has_all_back_is_not_told_of_a_cancellation(
    world: World,
) -> None:
    await terms(world, MENTORING, no_show_percent=100)
    opened = await booked(world)
    await before(world, opened, -10 * MINUTE)
    await no_shows.mark_as_operator(world.app, UUID(opened.booking_id), Absent.CLIENT)
    await comes_to_rest(world)
    row = await row_of(world, opened)
    assert (row.status, row.called_off_by, row.absent) == ("ACCEPTED", None, "CLIENT")
    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert told(world)[-2:] == ["Missed", "Payment returned"]
    await world.time_passes(2 * HOUR)  # it is over
    row = await row_of(world, opened)
    assert (row.status, row.called_off_by) == ("ACCEPTED", None)
    await assert_nothing_amiss(world)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cancel_until_minutes": "60"},
        {"reschedule_limit": "3"},
        {"no_show_percent": "0"},
        {"refunds": [{"minutes_before": "0", "percent": 50}]},
        {"refunds": [{"minutes_before": 0, "percent": "50"}]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_terms_with_words_for_numbers_are_refused_by_the_database(
    world: World, wrong: dict[str, Any]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await terms(world, MENTORING, **wrong)
    assert (await world.client.slots())[0]


# --- Calendly ------------------------------------------------------------------------------------


async def test_a_move_made_at_calendly_is_not_moved_back_when_it_cannot_be_looked_at(
    world: World,
) -> None:
    opened = await paid(world)
    invitee = await chooses(world, opened, wednesday(9))
    world.sandbox.calendly.reschedule(invitee, wednesday(11))
    await world.sandbox.hooks.settled()
    for event in await world.rows(
        "select key from private.received_events where processed_at is null order by received_at"
    ):
        await calendly_events.handle(world.app, event["key"])
    await world.rows("delete from jobs.pgqueuer where entrypoint = 'move_calendar'")
    await calendar_moves.move_gave_up(world.app, UUID(opened.booking_id), "calendly: no answer")
    await settles(world)
    await world.time_passes(3 * MINUTE)
    await settles(world)
    assert (await row_of(world, opened)).starts_at == wednesday(11)
    assert starts(world) == [wednesday(11)]
    notifications = await world.client.notifications()
    assert notifications[:2] == ["BOOKING_RESCHEDULED", "BOOKING_CONFIRMED"]


async def test_a_cancellation_at_calendly_that_was_in_time_is_so_however_late_it_is_heard(
    world: World,
) -> None:
    await terms(world, CAREER, refunds=[{"minutes_before": 1440, "percent": 100}])
    opened = await paid(world)
    invitee = await chooses(world, opened, wednesday())
    await until(world, wednesday() - timedelta(hours=25))
    page = f"{world.sandbox.calendly.path}/cancellations/{invitee.rpartition('/')[2]}"
    cancelled = await world.http.post(page)
    assert cancelled.status_code == 200
    await world.sandbox.hooks.settled()
    await world.sandbox.advance(2 * HOUR)  # the worker was down
    await settles(world)
    await comes_to_rest(world)
    row = await row_of(world, opened)
    assert (row.status, row.called_off_by) == ("CANCELLED", "CLIENT")
    assert await payment(world, opened) == ("REFUNDED", 4000)
    await assert_nothing_amiss(world)
