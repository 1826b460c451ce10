"""Calendly's adapters against its stand-in over HTTP: what is booked, what is not, what is
repeated."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from sandbox.calendly import API_TOKEN, SIGNING_KEY, CalendlySandbox, sign
from sandbox.calendly_agenda import EVENT_TYPE, USER
from sandbox.faults import Fault, FaultKind
from sandbox.hooks import Hooks
from sandbox.standin import Stage
from services.domain.slots import Interval
from services.providers.calendar_ports import Appointment, HostCalendar
from services.providers.calendly import connect
from services.providers.calendly_page import CalendlyPage
from services.providers.errors import ProviderError, SlotRefused
from services.providers.ports import BadSignature, MalformedEvent
from tests.providers.standin_rig import BOOKING_ID, appointment, host, served, wednesday

HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)
PATIENT = timedelta(seconds=10)
HASTY = timedelta(milliseconds=200)
HOST = host(calendar_account=USER)


@dataclass
class Rig:
    standin: CalendlySandbox
    calendar: HostCalendar
    page: CalendlyPage

    def plan(self, kind: FaultKind, operation: str = "book", seconds: float = 0.0) -> None:
        self.standin.stage.faults.plan(f"calendly.{operation}", Fault(kind, seconds))

    @property
    def starts(self) -> list[datetime]:
        """When what stands in the host's calendar starts."""
        return [datetime.fromisoformat(event["start_time"]) for event in self.standin.events]

    def asked(self, method: str) -> list[str]:
        """Paths of the requests so far, without their queries."""
        calls = self.standin.stage.journal.of("calendly")
        return [call.path.partition("?")[0] for call in calls if call.method == method]

    async def choose(self, starts_at: datetime) -> str:
        """The client takes a time by a new link; the invitee's address."""
        link = await self.page.link(BOOKING_ID, EVENT_TYPE)
        return self.standin.choose(link, starts_at, name="Ann Client", email="ann@example.com")


def _without_webhooks(stage: Stage) -> CalendlySandbox:
    stage.faults.plan("calendly.webhook", Fault(FaultKind.FAIL), times=1000)
    return CalendlySandbox(stage, hooks=Hooks(stage), webhook_url="http://127.0.0.1:9/never")


@asynccontextmanager
async def rigged(*, token: str = API_TOKEN, patience: timedelta = PATIENT) -> AsyncIterator[Rig]:
    async with served(_without_webhooks) as standin:
        calendar, page, close = connect(
            token,
            standin.url,
            page_base=standin.stage.public_url,
            signing_key=SIGNING_KEY,
            public_url="https://pay.example.com",
            timeout=patience,
            now=standin.stage.clock.now,
        )
        assert page is not None
        yield Rig(standin, calendar, page)
        await close()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as made:
        yield made


def wanted(**changes: Any) -> Appointment:
    """Half an hour from 10:00 UTC, which is within the host's hours all year."""
    starts_at = changes.pop("starts_at", wednesday())
    times = {"starts_at": starts_at, "ends_at": starts_at + HALF_HOUR}
    return appointment(**({"host": HOST, "event_type": EVENT_TYPE} | times | changes))


async def trouble(call: Callable[[], Awaitable[object]]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await call()
    return caught.value


# --- open times ----------------------------------------------------------------------------------


async def test_the_open_starts_are_those_that_calendly_would_take(rig: Rig) -> None:
    at = wednesday()
    rig.standin.busy(at, at + HALF_HOUR)
    between = Interval(at - HALF_HOUR, at + 3 * HALF_HOUR)

    found = await rig.calendar.times.open_times(HOST, EVENT_TYPE, HALF_HOUR, between)

    assert found.busy == ()
    assert found.starts == frozenset({at - HALF_HOUR, at + HALF_HOUR, at + 2 * HALF_HOUR})


async def test_a_long_search_is_asked_for_in_pieces_of_31_days_from_now_on(rig: Rig) -> None:
    now = rig.standin.stage.clock.now()
    between = Interval(now - 5 * DAY, now + 70 * DAY)

    found = await rig.calendar.times.open_times(HOST, EVENT_TYPE, HALF_HOUR, between)

    assert found.starts is not None
    assert len(found.starts) >= 48 * 16  # 70 days hold at least 48 whole working days
    assert min(found.starts) > now
    assert max(found.starts) < between.end
    assert rig.asked("GET") == ["/event_type_available_times"] * 3


async def test_a_search_of_the_past_asks_for_nothing(rig: Rig) -> None:
    now = rig.standin.stage.clock.now()

    found = await rig.calendar.times.open_times(
        HOST, EVENT_TYPE, HALF_HOUR, Interval(now - DAY, now)
    )

    assert found.starts == frozenset()
    assert rig.asked("GET") == []


async def test_times_that_cannot_be_read_are_not_taken_for_free_ones() -> None:
    async with rigged(token="another token") as rig:
        now = rig.standin.stage.clock.now()
        error = await trouble(
            lambda: rig.calendar.times.open_times(
                HOST, EVENT_TYPE, HALF_HOUR, Interval(now, now + DAY)
            )
        )
    assert (error.status, error.retryable) == (401, False)


async def test_an_open_time_is_reserved_by_looking_and_a_taken_one_is_refused(rig: Rig) -> None:
    at = wednesday()
    assert await rig.calendar.times.reserve(wanted(), until=at) is None
    await rig.calendar.times.release("nothing")

    rig.standin.busy(at, at + HALF_HOUR)
    with pytest.raises(SlotRefused, match="not open"):
        await rig.calendar.times.reserve(wanted(), until=at)
    with pytest.raises(SlotRefused, match="not open"):
        past = rig.standin.stage.clock.now() - HALF_HOUR
        await rig.calendar.times.reserve(wanted(starts_at=past), until=at)
    assert rig.standin.history == []


async def test_a_session_type_without_an_event_type_is_for_the_operator_to_mend(
    rig: Rig,
) -> None:
    nowhere = wanted(event_type=None)
    reserving = await trouble(lambda: rig.calendar.times.reserve(nowhere, until=wednesday()))
    booking = await trouble(lambda: rig.calendar.entries.book(nowhere))
    assert reserving.message == booking.message == "the session type has no event type of Calendly"
    assert (reserving.retryable, booking.retryable) == (False, False)


# --- booking -------------------------------------------------------------------------------------


async def test_a_booking_is_entered_once_however_often_it_is_asked_for(rig: Rig) -> None:
    ref = await rig.calendar.entries.book(wanted())

    assert ref.startswith("scheduled_events/")
    assert rig.starts == [wednesday()]
    assert await rig.calendar.entries.book(wanted(ref=ref)) == ref
    assert await rig.calendar.entries.book(wanted(asked_before=True)) == ref
    assert await rig.calendar.entries.book(wanted()) == ref  # taken, by ourselves
    assert rig.starts == [wednesday()]


async def test_a_time_that_is_taken_is_refused(rig: Rig) -> None:
    rig.standin.busy(wednesday(), wednesday() + HALF_HOUR)
    with pytest.raises(SlotRefused, match="no longer open"):
        await rig.calendar.entries.book(wanted())
    assert rig.standin.history == []


async def test_a_time_that_another_booking_has_is_refused(rig: Rig) -> None:
    await rig.calendar.entries.book(wanted())
    with pytest.raises(SlotRefused, match="no longer open"):
        await rig.calendar.entries.book(wanted(booking_id=UUID(int=7)))
    assert rig.starts == [wednesday()]


async def test_a_wrong_token_is_no_refusal_of_the_time() -> None:
    async with rigged(token="another token") as rig:
        error = await trouble(lambda: rig.calendar.entries.book(wanted()))
        assert (error.status, error.retryable) == (401, False)
        assert "another token" not in str(error)
        assert rig.standin.history == []


async def test_too_many_requests_are_waited_for_as_long_as_calendly_says(rig: Rig) -> None:
    rig.plan(FaultKind.RATE_LIMIT, seconds=90)
    error = await trouble(lambda: rig.calendar.entries.book(wanted()))
    assert (error.status, error.retryable) == (429, True)
    assert error.retry_after == timedelta(seconds=90)
    assert rig.standin.history == []


async def test_the_hundred_bookings_of_a_day_are_calendlys_own_limit(rig: Rig) -> None:
    rig.standin.spend(100)
    error = await trouble(lambda: rig.calendar.entries.book(wanted()))

    assert (error.status, error.retryable) == (429, True)
    assert error.retry_after is not None
    assert timedelta() <= error.retry_after <= DAY
    rig.standin.stage.clock.advance(error.retry_after + timedelta(seconds=2))
    await rig.calendar.entries.book(wanted())
    assert rig.starts == [wednesday()]


async def test_trouble_at_calendly_books_nothing_and_may_be_tried_again(rig: Rig) -> None:
    rig.plan(FaultKind.FAIL)
    error = await trouble(lambda: rig.calendar.entries.book(wanted()))
    assert (error.status, error.retryable, error.outcome_unknown) == (500, True, True)
    assert rig.standin.history == []

    await rig.calendar.entries.book(wanted(asked_before=True))
    assert rig.starts == [wednesday()]


async def test_a_booking_whose_answer_came_too_late_is_found_and_not_made_again() -> None:
    async with rigged(patience=HASTY) as rig:
        rig.plan(FaultKind.HANG, seconds=5)
        ref = await rig.calendar.entries.book(wanted())
        assert await rig.calendar.entries.book(wanted(asked_before=True)) == ref
        [made] = rig.standin.history
        assert made["uri"].endswith(ref)


async def test_a_booking_whose_answer_was_lost_is_found_and_not_made_again(rig: Rig) -> None:
    rig.plan(FaultKind.LOSE_ANSWER)
    ref = await rig.calendar.entries.book(wanted())
    assert await rig.calendar.entries.book(wanted(asked_before=True)) == ref
    assert len(rig.standin.history) == 1
    assert rig.asked("POST") == ["/invitees"]


async def test_an_answer_that_makes_no_sense_is_looked_up_before_it_is_believed(
    rig: Rig,
) -> None:
    rig.plan(FaultKind.MALFORMED)
    error = await trouble(lambda: rig.calendar.entries.book(wanted()))
    assert (error.retryable, error.outcome_unknown) == (True, True)
    assert rig.standin.history == []

    await rig.calendar.entries.book(wanted(asked_before=True))
    assert len(rig.standin.history) == 1


async def test_a_client_without_an_address_cannot_be_booked(rig: Rig) -> None:
    error = await trouble(lambda: rig.calendar.entries.book(wanted(client_email=None)))
    assert error.message == "Calendly books only for a client with an e-mail address"
    assert error.retryable is False
    assert rig.asked("POST") == []


async def test_a_host_without_a_calendly_user_cannot_be_searched(rig: Rig) -> None:
    nobody = wanted(host=host(), asked_before=True)
    error = await trouble(lambda: rig.calendar.entries.book(nobody))
    assert (error.message, error.retryable) == ("the host's Calendly user is not set", False)
    assert rig.standin.history == []


async def test_an_earlier_entry_that_was_cancelled_is_not_taken_for_the_booking(
    rig: Rig,
) -> None:
    gone = await rig.calendar.entries.book(wanted())
    await rig.calendar.entries.cancel(wanted(ref=gone), reason="Once more.")
    ref = await rig.calendar.entries.book(wanted(asked_before=True))
    assert ref != gone
    assert rig.starts == [wednesday()]


# --- an appointment that the client made on the page ---------------------------------------------


async def test_what_the_client_chose_on_the_page_is_taken_as_it_is(rig: Rig) -> None:
    told = await rig.page.invitee(await rig.choose(wednesday()))
    assert told is not None
    assert await rig.calendar.entries.book(wanted(ref=told.event_ref)) == told.event_ref
    assert len(rig.standin.history) == 1
    assert "/invitees" not in rig.asked("POST")


async def test_what_was_called_off_meanwhile_is_refused_and_not_booked_anew(rig: Rig) -> None:
    told = await rig.page.invitee(await rig.choose(wednesday()))
    assert told is not None
    rig.standin.cancel_by_host(rig.standin.events[0]["uri"], "I am ill.")
    with pytest.raises(SlotRefused, match="called off"):
        await rig.calendar.entries.book(wanted(ref=told.event_ref))
    with pytest.raises(SlotRefused, match="called off"):
        await rig.calendar.entries.book(wanted(ref="scheduled_events/unknown"))
    assert rig.standin.events == []


async def test_what_the_client_moved_meanwhile_still_counts_as_booked(rig: Rig) -> None:
    invitee = await rig.choose(wednesday())
    told = await rig.page.invitee(invitee)
    assert told is not None
    rig.standin.reschedule(invitee, wednesday() + HALF_HOUR)
    assert await rig.calendar.entries.book(wanted(ref=told.event_ref)) == told.event_ref
    assert rig.starts == [wednesday() + HALF_HOUR]


# --- moving and cancelling -----------------------------------------------------------------------


async def test_a_moved_booking_is_booked_anew_and_leaves_its_old_time(rig: Rig) -> None:
    old = await rig.calendar.entries.book(wanted())
    later = wanted(starts_at=wednesday() + 2 * HALF_HOUR, ref=old, asked_before=True)

    new = await rig.calendar.entries.move(later)

    assert new != old
    assert rig.starts == [wednesday() + 2 * HALF_HOUR]
    assert await rig.calendar.entries.move(later) == new  # the new id may not have been kept
    assert rig.starts == [wednesday() + 2 * HALF_HOUR]
    assert len(rig.standin.history) == 2


async def test_a_move_to_a_taken_time_leaves_everything_as_it_was(rig: Rig) -> None:
    old = await rig.calendar.entries.book(wanted())
    rig.standin.busy(wednesday(12), wednesday(13))
    with pytest.raises(SlotRefused):
        await rig.calendar.entries.move(wanted(starts_at=wednesday(12), ref=old))
    assert rig.starts == [wednesday()]


async def test_a_move_whose_answer_was_lost_is_finished_by_its_repeat() -> None:
    async with rigged(patience=HASTY) as rig:
        old = await rig.calendar.entries.book(wanted())
        later = wanted(starts_at=wednesday(12), ref=old, asked_before=True)
        rig.plan(FaultKind.HANG, operation="cancel", seconds=5)
        assert (await trouble(lambda: rig.calendar.entries.move(later))).outcome_unknown
        new = await rig.calendar.entries.move(later)
        assert rig.starts == [wednesday(12)]
        assert rig.standin.events[0]["uri"].endswith(new)
        assert len(rig.standin.history) == 2


async def test_a_booking_moved_on_calendlys_page_needs_no_move(rig: Rig) -> None:
    moved = rig.standin.reschedule(await rig.choose(wednesday()), wednesday(12))
    told = await rig.page.invitee(moved)
    assert told is not None
    later = wanted(starts_at=wednesday(12), ref=told.event_ref)
    assert await rig.calendar.entries.move(later) == told.event_ref
    assert len(rig.standin.history) == 2


async def test_a_cancelled_booking_leaves_the_calendar_once(rig: Rig) -> None:
    ref = await rig.calendar.entries.book(wanted())
    for _ in range(2):
        await rig.calendar.entries.cancel(wanted(ref=ref), reason="The client is ill.")
    assert rig.standin.events == []
    assert rig.standin.history[0]["cancellation"]["reason"] == "The client is ill."
    assert len([path for path in rig.asked("POST") if path.endswith("/cancellation")]) == 1


async def test_an_entry_whose_id_never_reached_us_is_found_and_cancelled(rig: Rig) -> None:
    await rig.calendar.entries.book(wanted())
    await rig.calendar.entries.cancel(wanted(), reason="Never asked for.")
    assert rig.starts == [wednesday()]
    await rig.calendar.entries.cancel(wanted(asked_before=True), reason="Over.")
    await rig.calendar.entries.cancel(wanted(asked_before=True), reason="Over.")
    assert rig.standin.events == []


async def test_no_entry_is_no_error(rig: Rig) -> None:
    unknown = wanted(ref="scheduled_events/unknown", asked_before=True)
    await rig.calendar.entries.cancel(unknown, reason="Over.")
    await rig.page.cancel("scheduled_events/unknown", reason="Over.")
    assert rig.asked("POST") == []


async def test_a_cancellation_whose_answer_was_lost_is_finished_by_its_repeat(rig: Rig) -> None:
    ref = await rig.calendar.entries.book(wanted())
    rig.plan(FaultKind.LOSE_ANSWER, operation="cancel")
    over = wanted(ref=ref)
    error = await trouble(lambda: rig.calendar.entries.cancel(over, reason="Over."))
    assert (error.status, error.retryable) == (500, True)
    await rig.calendar.entries.cancel(over, reason="Over.")
    assert rig.standin.events == []


async def test_a_cancellation_that_is_refused_though_it_stands_is_trouble(rig: Rig) -> None:
    ref = await rig.calendar.entries.book(wanted())
    rig.plan(FaultKind.REFUSE, operation="cancel")
    error = await trouble(lambda: rig.calendar.entries.cancel(wanted(ref=ref), reason="Over."))
    assert (error.status, error.retryable) == (400, False)
    assert len(rig.standin.events) == 1


# --- rooms ---------------------------------------------------------------------------------------


async def test_the_room_is_waited_for_until_calendly_has_made_it(rig: Rig) -> None:
    booked = wanted(ref=await rig.calendar.entries.book(wanted()))
    error = await trouble(lambda: rig.calendar.links.link(booked))
    assert (error.message, error.retryable) == ("the room is not ready yet", True)
    assert (await rig.calendar.links.link(booked)).startswith("https://zoom.example/j/")
    await rig.calendar.links.show(booked, "https://elsewhere.example/room")


async def test_an_appointment_that_is_off_has_no_room(rig: Rig) -> None:
    ref = await rig.calendar.entries.book(wanted())
    await rig.calendar.entries.cancel(wanted(ref=ref), reason="Over.")
    for off in (wanted(ref=ref), wanted(), wanted(ref="scheduled_events/unknown")):
        error = await trouble(partial(rig.calendar.links.link, off))
        assert (error.message, error.retryable) == ("there is no appointment with a room", False)


# --- the page ------------------------------------------------------------------------------------


async def test_a_link_takes_one_choice_and_tells_whose_it_is(rig: Rig) -> None:
    address = await rig.choose(wednesday())
    told = await rig.page.invitee(address)

    assert told is not None
    assert told.booking_id == BOOKING_ID
    assert told.event_type == EVENT_TYPE
    assert (told.starts_at, told.ends_at) == (wednesday(), wednesday() + HALF_HOUR)
    assert (told.time_zone, told.cancelled, told.replaced) == ("Europe/Berlin", False, False)
    assert told.replaces is None
    assert told.address == address
    assert rig.standin.events[0]["uri"] == f"https://api.calendly.com/{told.event_ref}"


async def test_a_time_that_was_moved_tells_what_it_replaces(rig: Rig) -> None:
    first = await rig.choose(wednesday())
    second = rig.standin.reschedule(first, wednesday(12))
    old, new = await rig.page.invitee(first), await rig.page.invitee(second)
    assert old is not None
    assert new is not None
    assert (old.cancelled, old.replaced, old.starts_at) == (True, True, wednesday())
    assert (new.cancelled, new.replaced, new.starts_at) == (False, False, wednesday(12))
    assert new.replaces == first
    assert new.event_ref != old.event_ref


async def test_who_came_without_a_link_of_ours_names_no_booking(rig: Rig) -> None:
    foreign: dict[str, str] = {"utm_source": "newsletter", "utm_content": str(BOOKING_ID)}
    odd = {"utm_source": "sessionpay", "utm_content": "42"}
    for at, tracking in ((wednesday(11), {}), (wednesday(12), foreign), (wednesday(13), odd)):
        address = rig.standin.choose_without_link(
            at, name="Eve", email="eve@example.com", tracking=tracking
        )
        told = await rig.page.invitee(address)
        assert told is not None
        assert told.booking_id is None


async def test_an_invitee_whom_calendly_does_not_know_is_none(rig: Rig) -> None:
    await rig.choose(wednesday())
    event = rig.standin.events[0]["uri"]
    assert await rig.page.invitee(f"{event}/invitees/unknown") is None
    with pytest.raises(ValueError, match="no address of an invitee"):
        await rig.page.invitee("https://evil.example/users/1")


async def test_only_our_own_machine_is_called_whatever_an_address_says(rig: Rig) -> None:
    address = await rig.choose(wednesday())
    elsewhere = address.replace("https://api.calendly.com", "https://evil.example")
    told = await rig.page.invitee(elsewhere)
    assert told is not None
    assert told.booking_id == BOOKING_ID


async def test_an_appointment_is_called_off_once_and_says_why(rig: Rig) -> None:
    told = await rig.page.invitee(await rig.choose(wednesday()))
    assert told is not None
    for _ in range(2):
        await rig.page.cancel(told.event_ref, reason="Not paid for.")
    assert rig.standin.events == []
    assert rig.standin.history[0]["cancellation"]["reason"] == "Not paid for."


TROUBLES = [
    (FaultKind.UNAUTHORIZED, 401, False, False),
    (FaultKind.RATE_LIMIT, 429, True, False),
    (FaultKind.FAIL, 500, True, True),
    (FaultKind.MALFORMED, 200, True, True),
]


@pytest.mark.parametrize(("kind", "status", "retryable", "unknown"), TROUBLES)
async def test_a_link_in_trouble_is_told_and_asked_for_anew(
    *, rig: Rig, kind: FaultKind, status: int, retryable: bool, unknown: bool
) -> None:
    rig.plan(kind, operation="link", seconds=90)
    error = await trouble(lambda: rig.page.link(BOOKING_ID, EVENT_TYPE))
    assert (error.status, error.retryable, error.outcome_unknown) == (status, retryable, unknown)
    assert error.retry_after == (timedelta(seconds=90) if status == 429 else None)
    await rig.choose(wednesday())
    assert rig.starts == [wednesday()]


async def test_a_link_that_came_too_late_is_replaced_by_another() -> None:
    async with rigged(patience=HASTY) as rig:
        rig.plan(FaultKind.HANG, operation="link", seconds=5)
        error = await trouble(lambda: rig.page.link(BOOKING_ID, EVENT_TYPE))
        assert (error.status, error.retryable, error.outcome_unknown) == (None, True, True)
        await rig.choose(wednesday())
        assert rig.starts == [wednesday()]


@pytest.mark.parametrize(("kind", "status", "retryable", "unknown"), TROUBLES)
async def test_a_calling_off_in_trouble_is_told_and_leaves_the_appointment_for_the_next_try(
    *, rig: Rig, kind: FaultKind, status: int, retryable: bool, unknown: bool
) -> None:
    told = await rig.page.invitee(await rig.choose(wednesday()))
    assert told is not None
    rig.plan(kind, operation="cancel", seconds=90)
    error = await trouble(lambda: rig.page.cancel(told.event_ref, reason="Not paid for."))
    assert (error.status, error.retryable, error.outcome_unknown) == (status, retryable, unknown)
    assert error.retry_after == (timedelta(seconds=90) if status == 429 else None)
    assert rig.starts == [wednesday()]

    await rig.page.cancel(told.event_ref, reason="Not paid for.")
    assert rig.starts == []


async def test_a_calling_off_whose_answer_came_too_late_is_not_asked_for_again() -> None:
    async with rigged(patience=HASTY) as rig:
        told = await rig.page.invitee(await rig.choose(wednesday()))
        assert told is not None
        rig.plan(FaultKind.HANG, operation="cancel", seconds=5)
        error = await trouble(lambda: rig.page.cancel(told.event_ref, reason="Not paid for."))
        assert (error.retryable, error.outcome_unknown) == (True, True)
        assert rig.starts == []

        await rig.page.cancel(told.event_ref, reason="A second reason.")
        assert rig.standin.history[0]["cancellation"]["reason"] == "Not paid for."


async def test_a_link_that_leads_elsewhere_is_not_given_to_anybody() -> None:
    async with served(_without_webhooks) as standin:
        _, page, close = connect(
            API_TOKEN, standin.url, signing_key=SIGNING_KEY, public_url="https://pay.example.com"
        )
        assert page is not None
        error = await trouble(lambda: page.link(BOOKING_ID, EVENT_TYPE))
        await close()
    assert error.message == "answered 200 with malformed booking_url"


async def test_without_a_signing_key_there_is_no_page() -> None:
    _, page, close = connect(API_TOKEN, signing_key=None, public_url="https://pay.example.com")
    await close()
    assert page is None


# --- webhooks ------------------------------------------------------------------------------------

INVITEE = "/scheduled_events/EV1/invitees/IN1"
UPDATED_AT = "2026-12-01T09:00:00.000000Z"


def news(event: object = "invitee.created", **payload: object) -> bytes:
    told = {"uri": f"https://api.calendly.com{INVITEE}", "updated_at": UPDATED_AT} | payload
    return json.dumps({"event": event, "payload": told}).encode()


def now_s() -> int:
    return int(time.time())


async def test_an_event_that_calendly_signed_is_known_by_what_changed_last(rig: Rig) -> None:
    body = news()
    first = rig.page.verify(body, sign(body, at=now_s()))
    again = rig.page.verify(body, sign(body, at=now_s() - 100))
    changed = news(updated_at="2026-12-01T09:00:01Z")
    later = rig.page.verify(changed, sign(changed, at=now_s()))

    assert first is not None
    assert later is not None
    assert first == again
    assert (first.type, first.invitee) == ("invitee.created", INVITEE)
    assert first.key == f"invitee.created {INVITEE} 2026-12-01T09:00:00+00:00"
    assert later.key != first.key


@pytest.mark.parametrize("header", ["", "t=1", "v1=abc", "t=x,v1=abc", "nonsense", "t=,v1="])
async def test_a_missing_or_malformed_signature_is_refused(rig: Rig, header: str) -> None:
    with pytest.raises(BadSignature):
        rig.page.verify(news(), header)


async def test_another_key_another_body_and_another_time_are_refused(rig: Rig) -> None:
    body = news()
    for signature in (
        sign(body, at=now_s(), key="another key"),
        sign(news("invitee.canceled"), at=now_s()),
        sign(body, at=now_s() - 200),
        sign(body, at=now_s() + 200),
    ):
        with pytest.raises(BadSignature):
            rig.page.verify(body, signature)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        news(["invitee.created"]),
        json.dumps({"event": "invitee.created", "payload": None}).encode(),
        news(uri="https://api.calendly.com/users/1"),
        news(uri=7),
        news(updated_at=None),
        news(updated_at="yesterday"),
    ],
)
async def test_what_is_signed_but_no_event_is_refused(rig: Rig, body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        rig.page.verify(body, sign(body, at=now_s()))


async def test_events_that_are_not_about_invitees_are_of_no_use(rig: Rig) -> None:
    for event in ("invitee_no_show.created", "routing_form_submission.created"):
        body = news(event)
        assert rig.page.verify(body, sign(body, at=now_s())) is None


def test_the_sandbox_signs_as_calendly_does() -> None:
    at = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
    assert sign(b"{}", at=at, key="k").startswith(f"t={at},v1=")
