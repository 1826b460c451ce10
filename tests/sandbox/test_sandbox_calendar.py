"""The calendar stand-in, spoken to by the port that the product uses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from sandbox.faults import Fault, FaultKind
from services.domain.booking import Status
from services.domain.models import Booking
from services.domain.money import Money
from services.providers.errors import ProviderError, SlotRefused
from tests.sandbox.sandbox_rig import running

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def booking() -> Booking:
    return Booking(
        id=uuid4(),
        user_id=uuid4(),
        host_id=uuid4(),
        session_type_id=uuid4(),
        status=Status.PENDING,
        status_reason=None,
        starts_at=NOON,
        ends_at=NOON + timedelta(minutes=30),
        duration=timedelta(minutes=30),
        price=Money(3000, "USD"),
        hold_expires_at=None,
        place_by=None,
        calendar_ref=None,
        room_key=UUID(int=1),
        sequence=0,
        time_zone=None,
        created_at=NOON,
    )


async def test_a_booking_is_entered_once_however_often_it_is_booked() -> None:
    async with running() as rig:
        wanted = booking()
        first = await rig.sandbox.calendar.book(wanted, title="First consultation")
        second = await rig.sandbox.calendar.book(wanted, title="First consultation")
        [entry] = rig.sandbox.agenda.entries
        assert first == second == entry.id
        assert (entry.booking_id, entry.title) == (wanted.id, "First consultation")
        assert (entry.starts_at, entry.ends_at) == (wanted.starts_at, wanted.ends_at)
        assert [call.status for call in rig.sandbox.journal.of("calendar")] == [201, 200]


async def test_a_cancelled_entry_is_gone_but_stays_in_the_history() -> None:
    async with running() as rig:
        wanted = booking()
        entry_id = await rig.sandbox.calendar.book(wanted, title="x")
        await rig.sandbox.calendar.cancel(wanted)
        assert rig.sandbox.agenda.entries == []
        [past] = rig.sandbox.agenda.history
        assert (past.id, past.cancelled) == (entry_id, True)


async def test_cancelling_what_is_not_there_is_no_error() -> None:
    async with running() as rig:
        await rig.sandbox.calendar.cancel(booking())
        assert [call.status for call in rig.sandbox.journal.of("calendar")] == [404]


async def test_a_booking_cancelled_and_booked_again_has_a_new_entry() -> None:
    async with running() as rig:
        wanted = booking()
        first = await rig.sandbox.calendar.book(wanted, title="x")
        await rig.sandbox.calendar.cancel(wanted)
        second = await rig.sandbox.calendar.book(wanted, title="x")
        assert first != second
        assert [entry.id for entry in rig.sandbox.agenda.entries] == [second]


async def test_a_refusal_says_why_and_enters_nothing() -> None:
    async with running() as rig:
        rig.sandbox.faults.plan("calendar", Fault(FaultKind.REFUSE))
        with pytest.raises(SlotRefused) as refused:
            await rig.sandbox.calendar.book(booking(), title="x")
        assert refused.value.reason == "The host is busy at this time."
        assert rig.sandbox.agenda.entries == []


async def test_one_planned_failure_is_one_failed_call() -> None:
    async with running() as rig:
        rig.sandbox.faults.plan("calendar", Fault(FaultKind.FAIL))
        wanted = booking()
        with pytest.raises(ProviderError) as failed:
            await rig.sandbox.calendar.book(wanted, title="x")
        assert (failed.value.status, failed.value.retryable) == (500, True)
        assert rig.sandbox.agenda.entries == []
        await rig.sandbox.calendar.book(wanted, title="x")
        assert len(rig.sandbox.agenda.entries) == 1


async def test_a_lost_answer_leaves_the_entry_for_the_next_try_to_find() -> None:
    async with running() as rig:
        rig.sandbox.faults.plan("calendar", Fault(FaultKind.LOSE_ANSWER))
        wanted = booking()
        with pytest.raises(ProviderError):
            await rig.sandbox.calendar.book(wanted, title="x")
        [entry] = rig.sandbox.agenda.entries
        assert await rig.sandbox.calendar.book(wanted, title="x") == entry.id


async def test_a_delayed_call_is_answered() -> None:
    async with running() as rig:
        rig.sandbox.faults.plan("calendar", Fault(FaultKind.DELAY, seconds=0.01))
        await rig.sandbox.calendar.book(booking(), title="x")
        assert rig.sandbox.faults.planned() == {}


async def test_trouble_while_cancelling_is_told_and_cancels_nothing() -> None:
    async with running() as rig:
        wanted = booking()
        await rig.sandbox.calendar.book(wanted, title="x")
        rig.sandbox.faults.plan("calendar", Fault(FaultKind.FAIL))
        with pytest.raises(ProviderError):
            await rig.sandbox.calendar.cancel(wanted)
        assert len(rig.sandbox.agenda.entries) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"bookingId": "nonsense"},
        {"startsAt": "2026-11-24T12:00:00"},
        {"endsAt": NOON.isoformat()},
        {"endsAt": None},
    ],
)
async def test_an_entry_that_makes_no_sense_is_turned_away(changes: dict[str, str]) -> None:
    wanted = {
        "bookingId": str(uuid4()),
        "startsAt": NOON.isoformat(),
        "endsAt": (NOON + timedelta(minutes=30)).isoformat(),
        "title": "x",
    }
    async with running() as rig:
        answer = await rig.http.post("/sandbox/calendar/bookings", json=wanted | changes)
        assert answer.status_code == 400
        assert rig.sandbox.agenda.history == []


async def test_entries_outlive_the_process(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        kept, cancelled = booking(), replace(booking(), starts_at=NOON - timedelta(hours=1))
        await rig.sandbox.calendar.book(kept, title="x")
        await rig.sandbox.calendar.book(cancelled, title="y")
        await rig.sandbox.calendar.cancel(cancelled)
        before = rig.sandbox.agenda.history
    async with running(tmp_path) as rig:
        assert rig.sandbox.agenda.history == before
        assert [entry.booking_id for entry in rig.sandbox.agenda.entries] == [kept.id]
