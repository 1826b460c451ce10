"""Cal.com as a calendar, against its stand-in: each effect once, whatever becomes of the answer."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sandbox.calcom import API_KEY, CalcomSandbox
from sandbox.faults import Fault, FaultKind
from services.domain.slots import Interval
from services.log import correlated
from services.providers.calcom import CalcomCalendar, CalcomLinks
from services.providers.calcom_bookings import CalcomBookings
from services.providers.calcom_times import CalcomTimes
from services.providers.calendar_ports import Appointment
from services.providers.errors import ProviderError, SlotRefused
from services.providers.http import Door
from tests.providers.standin_rig import BOOKING_ID, appointment, host, served, wednesday

HOUR = timedelta(hours=1)
NOON, LATER = wednesday(10), wednesday(12)
WANTED = appointment(event_type="1002", client_email="Ann@Example.com")
SOMEBODY = replace(WANTED, booking_id=UUID(int=7), client_email="bob@example.com")
IN_TIME = timedelta(seconds=5)
TOO_SOON = timedelta(milliseconds=200)


@dataclass
class Rig:
    standin: CalcomSandbox
    entries: CalcomCalendar
    links: CalcomLinks
    times: CalcomTimes

    def plan(self, operation: str, kind: FaultKind, *, seconds: float = 0, times: int = 1) -> None:
        fault = Fault(kind, seconds)
        self.standin.stage.faults.plan(f"calcom.{operation}", fault, times)

    def calls(self, method: str) -> list[str]:
        """Paths asked with this method, without their query."""
        journal = self.standin.stage.journal
        return [call.path.partition("?")[0] for call in journal if call.method == method]

    async def starts(self, between: Interval | None = None) -> list[datetime]:
        day = Interval(wednesday(0), wednesday(0) + timedelta(days=1))
        found = await self.times.open_times(host(), "1002", HOUR, between or day)
        assert found.starts is not None
        assert found.busy == ()
        return sorted(found.starts)


@asynccontextmanager
async def calcom(
    *, patience: timedelta = IN_TIME, key: str = API_KEY, version: str = "2026-02-25"
) -> AsyncIterator[Rig]:
    async with served(CalcomSandbox) as standin:
        headers = {"authorization": f"Bearer {key}"}
        door = Door("calcom", standin.url, timeout=patience, headers=headers, sleep=_no_pause)
        bookings = CalcomBookings(door, version=version)
        entries = CalcomCalendar(bookings, look_again=(timedelta(), timedelta()))
        times = CalcomTimes(door, now=standin.stage.clock.now)
        yield Rig(standin, entries, CalcomLinks(bookings), times)
        await door.close()


async def _no_pause(_seconds: float) -> None:
    return


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with calcom() as rig:
        yield rig


def again(wanted: Appointment, **changes: Any) -> Appointment:
    """The appointment as a job asks for it when it can't know what became of the first time."""
    return replace(wanted, asked_before=True, **changes)


async def trouble(action: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await action
    return caught.value


async def test_a_booking_carries_our_id_and_the_client(rig: Rig) -> None:
    with correlated("cause-1"):
        uid = await rig.entries.book(WANTED)
    [booking] = rig.standin.bookings
    assert booking["uid"] == uid
    assert booking["status"] == "accepted"
    assert datetime.fromisoformat(booking["start"]) == NOON
    assert booking["metadata"] == {"booking_id": str(BOOKING_ID), "correlation_id": "cause-1"}
    assert booking["attendees"][0]["email"] == "ann@example.com"
    assert booking["attendees"][0]["language"] == "uk"


async def test_asking_again_finds_the_booking_instead_of_making_another(rig: Rig) -> None:
    uid = await rig.entries.book(WANTED)
    assert await rig.entries.book(again(WANTED)) == uid
    assert len(rig.standin.history) == 1
    assert rig.calls("POST") == ["/v2/bookings"]


async def test_a_known_booking_is_only_looked_at(rig: Rig) -> None:
    uid = await rig.entries.book(WANTED)
    assert await rig.entries.book(replace(WANTED, ref=uid)) == uid
    assert rig.calls("GET") == [f"/v2/bookings/{uid}"]
    assert rig.calls("POST") == ["/v2/bookings"]


async def test_a_known_booking_at_another_time_is_brought_to_its_time(rig: Rig) -> None:
    uid = await rig.entries.book(WANTED)
    moved = await rig.entries.book(replace(WANTED, ref=uid, starts_at=LATER, ends_at=LATER + HOUR))
    assert [booking["uid"] for booking in rig.standin.bookings] == [moved]


async def test_a_known_booking_that_was_cancelled_is_booked_anew(rig: Rig) -> None:
    uid = await rig.entries.book(WANTED)
    await rig.entries.cancel(replace(WANTED, ref=uid), reason="The host fell ill.")
    assert await rig.entries.book(replace(WANTED, ref=uid)) != uid
    assert len(rig.standin.bookings) == 1


async def test_a_busy_host_is_a_refusal(rig: Rig) -> None:
    rig.standin.busy(NOON, NOON + HOUR)
    with pytest.raises(SlotRefused) as refused:
        await rig.entries.book(WANTED)
    assert refused.value.reason == "The host is no longer free at this time."
    assert rig.standin.history == []


async def test_a_planned_refusal_is_a_refusal(rig: Rig) -> None:
    rig.plan("book", FaultKind.REFUSE)
    with pytest.raises(SlotRefused):
        await rig.entries.book(WANTED)
    assert rig.standin.history == []


async def test_somebody_elses_booking_is_not_taken_for_ours(rig: Rig) -> None:
    await rig.entries.book(SOMEBODY)
    with pytest.raises(SlotRefused):
        await rig.entries.book(again(WANTED))
    assert len(rig.standin.history) == 1


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (NOON - timedelta(days=28), "This time has passed."),
        (NOON + timedelta(days=371), "The host's calendar does not open this time for booking."),
        (wednesday(2), "The host is no longer free at this time."),
    ],
)
async def test_a_time_that_is_not_for_booking_is_refused_in_a_sentence(
    rig: Rig, starts_at: datetime, reason: str
) -> None:
    with pytest.raises(SlotRefused) as refused:
        await rig.entries.book(appointment(event_type="1002", starts_at=starts_at))
    assert refused.value.reason == reason


@pytest.mark.parametrize("event_type", [None, "mentoring", "999"])
async def test_a_wrong_event_type_is_for_a_human(rig: Rig, event_type: str | None) -> None:
    error = await trouble(rig.entries.book(replace(WANTED, event_type=event_type)))
    assert not error.retryable
    assert "event type" in error.message
    assert rig.standin.history == []


async def test_a_request_that_calcom_cannot_take_is_no_refusal_of_the_time(rig: Rig) -> None:
    error = await trouble(rig.entries.book(replace(WANTED, client_email=None)))
    assert (error.status, error.retryable) == (400, False)


async def test_a_wrong_key_is_not_tried_again() -> None:
    async with calcom(key="cal_wrong") as rig:
        error = await trouble(rig.entries.book(WANTED))
        assert (error.status, error.retryable) == (401, False)
        assert rig.standin.history == []


async def test_a_wrong_version_is_no_missing_booking() -> None:
    async with calcom(version="2024-04-15") as rig:
        assert not (await trouble(rig.entries.book(WANTED))).retryable
        error = await trouble(
            rig.entries.cancel(replace(WANTED, ref="abc"), reason="The client cancelled.")
        )
        assert error.message.startswith("answered 404: it knows no bookings in the API version")


async def test_too_many_requests_say_how_long_to_wait(rig: Rig) -> None:
    rig.plan("book", FaultKind.RATE_LIMIT, seconds=30)
    error = await trouble(rig.entries.book(WANTED))
    assert (error.status, error.retryable) == (429, True)
    assert error.retry_after == timedelta(seconds=30)
    assert rig.standin.history == []


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.MALFORMED])
async def test_trouble_without_effect_leads_to_one_booking_in_the_end(
    rig: Rig, kind: FaultKind
) -> None:
    rig.plan("book", kind)
    error = await trouble(rig.entries.book(WANTED))
    assert error.retryable
    assert error.outcome_unknown
    await rig.entries.book(again(WANTED))
    assert len(rig.standin.history) == 1


async def test_a_time_out_after_the_effect_finds_the_booking() -> None:
    async with calcom(patience=TOO_SOON) as rig:
        rig.plan("book", FaultKind.HANG, seconds=30)
        uid = await rig.entries.book(WANTED)
        assert [booking["uid"] for booking in rig.standin.history] == [uid]


async def test_a_lost_answer_finds_the_booking(rig: Rig) -> None:
    rig.plan("book", FaultKind.LOSE_ANSWER)
    uid = await rig.entries.book(WANTED)
    assert [booking["uid"] for booking in rig.standin.history] == [uid]


async def test_a_client_who_changed_their_address_meanwhile_is_not_booked_twice(rig: Rig) -> None:
    rig.plan("book", FaultKind.LOSE_ANSWER)
    rig.plan("list", FaultKind.FAIL, times=3)
    await trouble(rig.entries.book(WANTED))
    uid = await rig.entries.book(again(WANTED, client_email="new@example.com"))
    assert [booking["uid"] for booking in rig.standin.history] == [uid]
    await rig.entries.cancel(again(WANTED, client_email=None), reason="The client cancelled.")
    assert rig.standin.bookings == []


async def test_a_lost_answer_while_the_list_is_down_is_found_by_the_next_try(rig: Rig) -> None:
    rig.plan("book", FaultKind.LOSE_ANSWER)
    rig.plan("list", FaultKind.FAIL, times=3)
    assert (await trouble(rig.entries.book(WANTED))).retryable
    uid = await rig.entries.book(again(WANTED))
    assert [booking["uid"] for booking in rig.standin.history] == [uid]
    assert rig.calls("POST") == ["/v2/bookings"]


async def test_a_booking_that_waits_for_the_host_is_confirmed(rig: Rig) -> None:
    uid = await rig.entries.book(replace(WANTED, event_type="1003"))
    [booking] = rig.standin.bookings
    assert (booking["uid"], booking["status"]) == (uid, "accepted")


async def test_a_lost_confirmation_is_seen_by_the_next_try(rig: Rig) -> None:
    wanted = replace(WANTED, event_type="1003")
    rig.plan("confirm", FaultKind.LOSE_ANSWER)
    assert (await trouble(rig.entries.book(wanted))).retryable
    assert await rig.entries.book(again(wanted)) == rig.standin.bookings[0]["uid"]
    assert len(rig.standin.history) == 1


async def test_a_refused_confirmation_is_for_a_human_and_can_be_mended(rig: Rig) -> None:
    wanted = replace(WANTED, event_type="1003")
    rig.plan("confirm", FaultKind.REFUSE)
    error = await trouble(rig.entries.book(wanted))
    assert not error.retryable
    assert "confirmation" in error.message
    uid = await rig.entries.book(again(wanted))
    assert [booking["uid"] for booking in rig.standin.history] == [uid]


async def booked(rig: Rig, **changes: Any) -> Appointment:
    """An appointment that stands in the calendar and is now wanted two hours later."""
    uid = await rig.entries.book(replace(WANTED, **changes))
    return replace(WANTED, ref=uid, starts_at=LATER, ends_at=LATER + HOUR, **changes)


async def test_a_move_makes_a_new_entry_that_is_still_ours(rig: Rig) -> None:
    wanted = await booked(rig)
    uid = await rig.entries.move(wanted)
    [booking] = rig.standin.bookings
    assert uid == booking["uid"] != wanted.ref
    assert datetime.fromisoformat(booking["start"]) == LATER
    assert booking["metadata"]["booking_id"] == str(BOOKING_ID)


async def test_a_move_asked_for_twice_moves_once(rig: Rig) -> None:
    wanted = await booked(rig)
    uid = await rig.entries.move(wanted)
    assert await rig.entries.move(again(wanted)) == uid
    assert len(rig.standin.history) == 2


async def test_a_move_by_half_its_length_does_not_stand_in_its_own_way(rig: Rig) -> None:
    wanted = await booked(rig)
    half = NOON + HOUR / 2
    await rig.entries.move(replace(wanted, starts_at=half, ends_at=half + HOUR))
    assert datetime.fromisoformat(rig.standin.bookings[0]["start"]) == half


async def test_a_move_of_a_booking_by_request_is_confirmed(rig: Rig) -> None:
    wanted = await booked(rig, event_type="1003", host=host(email="other@example.com"))
    await rig.entries.move(wanted)
    assert [booking["status"] for booking in rig.standin.bookings] == ["accepted"]


async def test_a_move_onto_a_taken_time_is_refused_and_leaves_the_entry(rig: Rig) -> None:
    wanted = await booked(rig)
    await rig.entries.book(replace(SOMEBODY, starts_at=LATER, ends_at=LATER + HOUR))
    with pytest.raises(SlotRefused):
        await rig.entries.move(wanted)
    assert rig.standin.bookings[0]["uid"] == wanted.ref


@pytest.mark.parametrize(
    ("kind", "patience"), [(FaultKind.LOSE_ANSWER, IN_TIME), (FaultKind.HANG, TOO_SOON)]
)
async def test_a_move_whose_answer_is_lost_is_found(kind: FaultKind, patience: timedelta) -> None:
    async with calcom(patience=patience) as rig:
        wanted = await booked(rig)
        rig.plan("reschedule", kind, seconds=30)
        uid = await rig.entries.move(wanted)
        assert [booking["uid"] for booking in rig.standin.bookings] == [uid]
        assert len(rig.standin.history) == 2


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.FAIL, 500),
        (FaultKind.RATE_LIMIT, 429),
        (FaultKind.UNAUTHORIZED, 401),
        (FaultKind.MALFORMED, 200),
    ],
)
async def test_a_move_in_trouble_leaves_the_entry_for_the_next_try(
    rig: Rig, kind: FaultKind, status: int
) -> None:
    wanted = await booked(rig)
    rig.plan("reschedule", kind, seconds=30)
    error = await trouble(rig.entries.move(wanted))
    assert (error.status, error.retryable) == (status, status != 401)
    assert [booking["uid"] for booking in rig.standin.bookings] == [wanted.ref]
    assert await rig.entries.move(again(wanted)) == rig.standin.bookings[0]["uid"]


async def test_a_move_of_an_entry_that_the_host_took_out_books_anew(rig: Rig) -> None:
    wanted = await booked(rig)
    await rig.entries.cancel(wanted, reason="The host fell ill.")
    uid = await rig.entries.move(wanted)
    assert [booking["uid"] for booking in rig.standin.bookings] == [uid]


async def test_a_cancellation_takes_the_entry_out_once(rig: Rig) -> None:
    wanted = await booked(rig)
    await rig.entries.cancel(wanted, reason="The client cancelled.")
    await rig.entries.cancel(again(wanted), reason="The client cancelled.")
    assert rig.standin.bookings == []
    assert rig.standin.history[0]["cancellationReason"] == "The client cancelled."
    assert rig.calls("POST") == ["/v2/bookings", f"/v2/bookings/{wanted.ref}/cancel"]


async def test_a_cancellation_follows_a_move_that_we_never_heard_of(rig: Rig) -> None:
    wanted = await booked(rig)
    await rig.entries.move(wanted)
    await rig.entries.cancel(wanted, reason="The client cancelled.")
    assert rig.standin.bookings == []


async def test_an_entry_whose_id_never_reached_us_is_taken_out(rig: Rig) -> None:
    await rig.entries.book(WANTED)
    await rig.entries.cancel(again(WANTED), reason="The client cancelled.")
    assert rig.standin.bookings == []


async def test_cancelling_what_was_never_asked_for_asks_nothing(rig: Rig) -> None:
    await rig.entries.book(SOMEBODY)
    before = len(list(rig.standin.stage.journal))
    await rig.entries.cancel(WANTED, reason="The client cancelled.")
    assert len(list(rig.standin.stage.journal)) == before


async def test_cancelling_what_is_not_there_is_no_error(rig: Rig) -> None:
    await rig.entries.book(SOMEBODY)
    await rig.entries.cancel(again(WANTED), reason="The client cancelled.")
    await rig.entries.cancel(replace(WANTED, ref="no/such?uid"), reason="The client cancelled.")
    assert len(rig.standin.bookings) == 1


@pytest.mark.parametrize(
    ("kind", "patience"), [(FaultKind.LOSE_ANSWER, IN_TIME), (FaultKind.HANG, TOO_SOON)]
)
async def test_a_cancellation_whose_answer_is_lost_is_done(
    kind: FaultKind, patience: timedelta
) -> None:
    async with calcom(patience=patience) as rig:
        wanted = await booked(rig)
        rig.plan("cancel", kind, seconds=30)
        await rig.entries.cancel(wanted, reason="The client cancelled.")
        assert rig.standin.bookings == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.FAIL, 500),
        (FaultKind.RATE_LIMIT, 429),
        (FaultKind.UNAUTHORIZED, 401),
        (FaultKind.REFUSE, 400),
    ],
)
async def test_a_cancellation_in_trouble_is_told(rig: Rig, kind: FaultKind, status: int) -> None:
    wanted = await booked(rig)
    rig.plan("cancel", kind, seconds=30)
    error = await trouble(rig.entries.cancel(wanted, reason="The client cancelled."))
    assert error.status == status
    assert len(rig.standin.bookings) == 1


async def test_an_entry_that_cannot_be_looked_at_is_not_taken_for_gone(rig: Rig) -> None:
    wanted = await booked(rig)
    rig.plan("get", FaultKind.UNAUTHORIZED)
    error = await trouble(rig.entries.cancel(wanted, reason="The client cancelled."))
    assert (error.status, error.retryable) == (401, False)
    assert len(rig.standin.bookings) == 1


async def test_the_entry_has_a_video_room(rig: Rig) -> None:
    wanted = await booked(rig)
    assert await rig.links.link(wanted) == rig.standin.bookings[0]["location"]


async def test_a_link_from_elsewhere_is_written_into_the_entry_once(rig: Rig) -> None:
    wanted = await booked(rig)
    for _ in range(2):
        await rig.links.show(wanted, "https://zoom.example/j/1")
    assert rig.standin.bookings[0]["location"] == "https://zoom.example/j/1"
    assert rig.calls("PATCH") == [f"/v2/bookings/{wanted.ref}/location"]


@pytest.mark.parametrize("kind", [FaultKind.LOSE_ANSWER, FaultKind.FAIL])
async def test_a_link_whose_answer_is_lost_is_written_by_the_next_try(
    rig: Rig, kind: FaultKind
) -> None:
    wanted = await booked(rig)
    rig.plan("location", kind)
    assert (await trouble(rig.links.show(wanted, "https://zoom.example/j/1"))).retryable
    await rig.links.show(wanted, "https://zoom.example/j/1")
    assert rig.standin.bookings[0]["location"] == "https://zoom.example/j/1"


@pytest.mark.parametrize("ask", [lambda r, w: r.link(w), lambda r, w: r.show(w, "https://a.b/")])
async def test_an_entry_that_is_gone_has_no_link(
    rig: Rig, ask: Callable[[CalcomLinks, Appointment], Any]
) -> None:
    wanted = await booked(rig)
    await rig.entries.cancel(wanted, reason="The client cancelled.")
    assert not (await trouble(ask(rig.links, wanted))).retryable


async def test_open_times_leave_out_what_is_booked_reserved_or_busy(rig: Rig) -> None:
    free = await rig.starts()
    assert len(free) == 23  # 8:00 to 19:00 in Kyiv, every half hour
    await rig.entries.book(WANTED)
    await rig.times.reserve(
        replace(SOMEBODY, starts_at=LATER, ends_at=LATER + HOUR), until=wednesday(0)
    )
    rig.standin.busy(wednesday(14), wednesday(14) + HOUR)
    gone = {
        hour + step
        for hour in (NOON, LATER, wednesday(14))
        for step in (-HOUR / 2, timedelta(), HOUR / 2)
    }
    assert await rig.starts() == [start for start in free if start not in gone]


async def test_a_weekend_is_closed(rig: Rig) -> None:
    saturday = wednesday(0) + timedelta(days=3)
    assert await rig.starts(Interval(saturday, saturday + timedelta(days=1))) == []


async def test_a_reservation_lasts_until_it_is_asked_for_rounded_up_to_a_minute(rig: Rig) -> None:
    until = rig.standin.stage.clock.now() + timedelta(minutes=32, seconds=20)
    uid = await rig.times.reserve(WANTED, until=until)
    [reservation] = rig.standin.reservations
    assert (reservation["reservationUid"], reservation["reservationDuration"]) == (uid, 33)
    rig.standin.stage.clock.advance(timedelta(minutes=34))
    assert rig.standin.reservations == []
    assert NOON in await rig.starts()


async def test_a_reserved_time_is_refused_to_the_next_and_free_when_given_back(rig: Rig) -> None:
    until = datetime.now(UTC) + HOUR
    uid = await rig.times.reserve(WANTED, until=until)
    with pytest.raises(SlotRefused):
        await rig.times.reserve(SOMEBODY, until=until)
    for _ in range(2):
        await rig.times.release(uid)
    await rig.times.reserve(SOMEBODY, until=until)
    assert len(rig.standin.reservations) == 1


async def test_our_own_reservation_does_not_stand_in_the_way_of_the_booking(rig: Rig) -> None:
    await rig.times.reserve(WANTED, until=datetime.now(UTC) + HOUR)
    await rig.entries.book(WANTED)
    assert len(rig.standin.bookings) == 1


TROUBLES = [
    (FaultKind.FAIL, 500, True),
    (FaultKind.RATE_LIMIT, 429, True),
    (FaultKind.UNAUTHORIZED, 401, False),
    (FaultKind.MALFORMED, 200, True),
]


@pytest.mark.parametrize(("kind", "status", "retryable"), TROUBLES)
async def test_unknown_times_are_trouble_and_not_free(
    rig: Rig, kind: FaultKind, status: int, *, retryable: bool
) -> None:
    rig.plan("slots", kind, seconds=30, times=3)
    error = await trouble(rig.starts())
    assert (error.status, error.retryable) == (status, retryable)


async def test_times_that_do_not_come_in_time_are_trouble() -> None:
    async with calcom(patience=TOO_SOON) as rig:
        rig.plan("slots", FaultKind.HANG, seconds=30, times=3)
        assert (await trouble(rig.starts())).retryable


async def test_times_of_a_wrong_event_type_are_for_a_human(rig: Rig) -> None:
    day = Interval(NOON, LATER)
    error = await trouble(rig.times.open_times(host(), "999", HOUR, day))
    assert (error.status, error.retryable) == (404, False)


@pytest.mark.parametrize(("kind", "status", "retryable"), TROUBLES)
async def test_a_reservation_in_trouble_is_told_and_not_made(
    rig: Rig, kind: FaultKind, status: int, *, retryable: bool
) -> None:
    rig.plan("reserve", kind, seconds=30)
    error = await trouble(rig.times.reserve(WANTED, until=datetime.now(UTC) + HOUR))
    assert (error.status, error.retryable) == (status, retryable)
    assert rig.standin.reservations == []


async def test_a_reservation_whose_answer_is_late_is_known_to_be_unknown() -> None:
    async with calcom(patience=TOO_SOON) as rig:
        rig.plan("reserve", FaultKind.HANG, seconds=30)
        error = await trouble(rig.times.reserve(WANTED, until=datetime.now(UTC) + HOUR))
        assert error.outcome_unknown
        assert len(rig.standin.reservations) == 1


async def test_a_refused_reservation_is_a_refusal(rig: Rig) -> None:
    rig.plan("reserve", FaultKind.REFUSE)
    with pytest.raises(SlotRefused):
        await rig.times.reserve(WANTED, until=datetime.now(UTC) + HOUR)


async def test_giving_back_is_tried_again_until_it_is_done(rig: Rig) -> None:
    uid = await rig.times.reserve(WANTED, until=datetime.now(UTC) + HOUR)
    rig.plan("release", FaultKind.LOSE_ANSWER)
    await rig.times.release(uid)
    assert rig.standin.reservations == []


async def test_giving_back_with_a_wrong_key_is_trouble(rig: Rig) -> None:
    rig.plan("release", FaultKind.UNAUTHORIZED)
    assert (await trouble(rig.times.release("abc"))).status == 401
