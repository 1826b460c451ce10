"""The table of a booking's states, walked as a graph and held against the database."""

import re
from collections.abc import Iterator
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import bookings
from services.domain.booking import FLOW, LIVE, Event, Meaning, Status, Step, diagram
from services.domain.jobs import Job
from tests.world import World

FINAL = {Status.REJECTED}
"""Where nothing leads on from; a cancelled booking may still be paid late."""

STEPS = {
    (Status.AWAITING_PAYMENT, Event.PAYMENT_PROCESSING, Status.AWAITING_PAYMENT, ()),
    (Status.AWAITING_PAYMENT, Event.PAYMENT_SUCCEEDED, Status.PENDING, (Job.BOOK_CALENDAR,)),
    (Status.AWAITING_PAYMENT, Event.CREDIT_SPENT, Status.PENDING, (Job.BOOK_CALENDAR,)),
    (Status.AWAITING_PAYMENT, Event.PAYMENT_FAILED, Status.CANCELLED, (Job.LEAVE_CALENDAR,)),
    (Status.AWAITING_PAYMENT, Event.HOLD_LAPSED, Status.CANCELLED, (Job.LEAVE_CALENDAR,)),
    (Status.AWAITING_PAYMENT, Event.CLIENT_CANCELLED, Status.CANCELLED, (Job.LEAVE_CALENDAR,)),
    (Status.AWAITING_PAYMENT, Event.TIME_CLOSED, Status.CANCELLED, (Job.LEAVE_CALENDAR,)),
    (Status.PENDING, Event.SLOT_CHOSEN, Status.PENDING, (Job.BOOK_CALENDAR,)),
    (Status.PENDING, Event.PLACEMENT_LAPSED, Status.REJECTED, (Job.REFUND,)),
    (Status.PENDING, Event.CALENDAR_BOOKED, Status.ACCEPTED, (Job.OPEN_MEETING,)),
    (
        Status.PENDING,
        Event.CALENDAR_REFUSED,
        Status.REJECTED,
        (Job.REFUND, Job.LEAVE_CALENDAR),
    ),
    (Status.PENDING, Event.CALLED_OFF, Status.CANCELLED, (Job.LEAVE_CALENDAR,)),
    (Status.PENDING, Event.REFUNDED_OUTSIDE, Status.REJECTED, (Job.LEAVE_CALENDAR,)),
    (Status.PENDING, Event.DISPUTE_LOST, Status.CANCELLED, (Job.LEAVE_CALENDAR,)),
    (Status.ACCEPTED, Event.RESCHEDULED, Status.ACCEPTED, (Job.MOVE_CALENDAR,)),
    (
        Status.ACCEPTED,
        Event.CALLED_OFF,
        Status.CANCELLED,
        (Job.LEAVE_CALENDAR, Job.CLOSE_ROOM),
    ),
    (
        Status.ACCEPTED,
        Event.REFUNDED_OUTSIDE,
        Status.CANCELLED,
        (Job.LEAVE_CALENDAR, Job.CLOSE_ROOM),
    ),
    (
        Status.ACCEPTED,
        Event.DISPUTE_LOST,
        Status.CANCELLED,
        (Job.LEAVE_CALENDAR, Job.CLOSE_ROOM),
    ),
    (Status.CANCELLED, Event.PAYMENT_SUCCEEDED, Status.PENDING, (Job.BOOK_CALENDAR,)),
    (Status.CANCELLED, Event.SLOT_LOST, Status.REJECTED, (Job.REFUND,)),
}


def steps() -> Iterator[tuple[Status, Event, Step]]:
    for status, row in FLOW.items():
        for event, meaning in row.items():
            if isinstance(meaning, Step):
                yield status, event, meaning


def reachable(start: Status) -> set[Status]:
    """Every state that some chain of events leads to from `start`, itself included."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        nexts = {step.to for status, _, step in steps() if status is here} - found
        found |= nexts
        waiting += nexts
    return found


def after(status: Status, event: Event) -> Status:
    meaning = FLOW[status][event]
    return meaning.to if isinstance(meaning, Step) else status


def test_every_event_has_one_meaning_in_every_state() -> None:
    assert set(FLOW) == set(Status)
    for status, row in FLOW.items():
        assert set(row) == set(Event), status
        assert all(isinstance(meaning, Step | Meaning) for meaning in row.values()), status


def test_these_and_no_other_events_lead_on() -> None:
    assert {(status, event, step.to, step.then) for status, event, step in steps()} == STEPS


def test_every_state_can_be_reached_from_the_first() -> None:
    assert reachable(Status.AWAITING_PAYMENT) == set(Status)


def test_what_was_paid_has_ways_to_be_fulfilled_and_to_be_returned() -> None:
    ways = {step.to: step.then for status, _, step in steps() if status is Status.PENDING}
    assert Status.ACCEPTED in ways
    assert Status.REJECTED in ways
    assert reachable(Status.PENDING) == set(Status) - {Status.AWAITING_PAYMENT}


def test_every_way_out_of_a_live_state_gives_the_hosts_time_back() -> None:
    over = {Status.CANCELLED, Status.REJECTED}
    for status, event, step in steps():
        if status in LIVE and step.to in over and event is not Event.PLACEMENT_LAPSED:
            assert Job.LEAVE_CALENDAR in step.then, event


def test_every_step_into_rejected_returns_money_that_was_not_returned_yet() -> None:
    for _, event, step in steps():
        if step.to is Status.REJECTED and event is not Event.REFUNDED_OUTSIDE:
            assert Job.REFUND in step.then, event


def test_nothing_leads_on_from_a_final_state() -> None:
    assert {status for status in Status if not any(s is status for s, _, _ in steps())} == FINAL
    for status in FINAL:
        assert set(FLOW[status].values()) == {Meaning.OLD_NEWS}


def test_only_what_is_not_accepted_yet_can_hear_an_event_too_early() -> None:
    early = {
        (status, event)
        for status, row in FLOW.items()
        for event, meaning in row.items()
        if meaning is Meaning.OUT_OF_ORDER
    }
    assert early == {
        (Status.AWAITING_PAYMENT, event)
        for event in (
            Event.SLOT_LOST,
            Event.SLOT_CHOSEN,
            Event.PLACEMENT_LAPSED,
            Event.CALENDAR_BOOKED,
            Event.CALENDAR_REFUSED,
            Event.RESCHEDULED,
            Event.CALLED_OFF,
            Event.REFUNDED_OUTSIDE,
            Event.DISPUTE_LOST,
        )
    } | {(Status.PENDING, Event.RESCHEDULED)}


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_no_sequence_of_events_breaks_the_promises(events: list[Event]) -> None:
    status, paid = Status.AWAITING_PAYMENT, False
    for event in events:
        moved = after(status, event)
        paid = paid or event in (Event.PAYMENT_SUCCEEDED, Event.CREDIT_SPENT)
        if status is Status.REJECTED:
            assert moved is Status.REJECTED
        if moved is Status.ACCEPTED and status is not Status.ACCEPTED:
            assert (status, event) == (Status.PENDING, Event.CALENDAR_BOOKED)
        if moved in (Status.PENDING, Status.ACCEPTED):
            assert paid
        if moved is Status.AWAITING_PAYMENT:
            assert status is Status.AWAITING_PAYMENT
        status = moved


@given(st.sampled_from(Status), st.sampled_from(Event))
def test_the_same_event_again_moves_nothing(status: Status, event: Event) -> None:
    once = after(status, event)
    assert after(once, event) is once


def test_a_booking_that_keeps_others_out_is_not_over() -> None:
    assert {Status.AWAITING_PAYMENT, Status.PENDING, Status.ACCEPTED} == LIVE
    assert LIVE.isdisjoint(FINAL)


def test_the_diagram_is_mermaid_and_shows_every_step_once() -> None:
    head, start, *arrows = diagram().split("\n")
    assert head == "stateDiagram-v2"
    assert start == "    [*] --> AWAITING_PAYMENT"
    arrow = re.compile(r"    ([A-Z_]+) --> ([A-Z_]+): ([A-Z_]+)")
    drawn = [match.groups() for line in arrows if (match := arrow.fullmatch(line))]
    assert len(drawn) == len(arrows) == len(STEPS)
    assert set(drawn) == {(status, to, event) for status, event, to, _ in STEPS}


async def constraint(database: str, *, kind: bytes, naming: str) -> str:
    """The definition of the one constraint of bookings of this kind whose text names `naming`."""
    conn = await asyncpg.connect(database)
    try:
        found = await conn.fetch(
            "select pg_get_constraintdef(oid) as text from pg_constraint "
            "where conrelid = 'public.bookings'::regclass and contype = $1 "
            "and position($2 in pg_get_constraintdef(oid)) > 0",
            kind,
            naming,
        )
    finally:
        await conn.close()
    [definition] = found
    return str(definition["text"])


def states_in(definition: str) -> set[str]:
    return set(re.findall(r"'([A-Z_]+)'", definition))


async def test_the_database_knows_the_same_states(database: str) -> None:
    check = await constraint(database, kind=b"c", naming="AWAITING_PAYMENT'::text, 'PENDING")
    assert check.startswith("CHECK ((status = ANY (ARRAY[")
    assert states_in(check) == set(Status)


async def test_the_database_keeps_others_out_of_exactly_the_live_states(database: str) -> None:
    exclusion = await constraint(database, kind=b"x", naming="status")
    assert exclusion.startswith("EXCLUDE USING gist (host_id WITH =, occupied WITH &&) WHERE ")
    assert "occupied IS NOT NULL" in exclusion
    assert states_in(exclusion) == LIVE


async def test_an_event_that_cannot_be_true_yet_moves_nothing_and_queues_nothing(
    world: World,
) -> None:
    opened = await world.client.books()
    waiting = await world.worker.waiting()
    for event in (Event.CALENDAR_BOOKED, Event.SLOT_LOST, Event.REFUNDED_OUTSIDE):
        async with world.app.db.transaction() as conn:
            with pytest.raises(bookings.OutOfOrder, match=f"{event} while AWAITING_PAYMENT"):
                await bookings.advance(world.app, conn, UUID(opened.booking_id), event)
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    assert await world.worker.waiting() == waiting
