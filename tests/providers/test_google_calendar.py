"""Google Calendar against its stand-in over HTTP: what is entered, and what trouble does not."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.google import ACCOUNT, GoogleSandbox
from sandbox.google_meet import Meet
from sandbox.google_sign_in import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from services.domain.models import CalendarKind
from services.domain.slots import Interval
from services.providers.calendar_ports import Appointment, HostCalendar, OpenTimes
from services.providers.errors import ProviderError, SlotRefused
from services.providers.google_calendar import connect_refresh_token, connect_service_account
from tests.providers.standin_rig import BOOKING_ID, appointment, host, served, wednesday

MARCUS = host(
    name="Marcus Host",
    email="marcus@host.example",
    time_zone="America/New_York",
    calendar=CalendarKind.GOOGLE,
    calendar_account=ACCOUNT,
)
HOUR = timedelta(hours=1)
EVENT_ID = BOOKING_ID.hex
MEET = r"https://meet\.google\.com/[a-z]{3}-[a-z]{4}-[a-z]{3}"


async def no_pause(seconds: float) -> None:
    """The door's pauses between tries take no time here."""
    del seconds
    await asyncio.sleep(0)


@pytest.fixture
async def google() -> AsyncIterator[GoogleSandbox]:
    async with served(GoogleSandbox) as standin:
        yield standin


@asynccontextmanager
async def connected(google: GoogleSandbox, **given: Any) -> AsyncIterator[HostCalendar]:
    calendar, close = connect_service_account(
        google.service_account_json,
        api_base=google.url,
        oauth_base=google.url,
        now=google.stage.clock.now,
        sleep=no_pause,
        **given,
    )
    yield calendar
    await close()


@pytest.fixture
async def calendar(google: GoogleSandbox) -> AsyncIterator[HostCalendar]:
    async with connected(google) as made:
        yield made


def booking(**changes: Any) -> Appointment:
    return appointment(host=MARCUS, **changes)


def plan(google: GoogleSandbox, operation: str, kind: FaultKind, times: int = 1) -> None:
    google.stage.faults.plan(f"google.{operation}", Fault(kind, 30), times)


def asked(google: GoogleSandbox) -> list[str]:
    """Method and path of what was asked, without the sign-in."""
    own = f"/calendars/{ACCOUNT}/events"
    calls = (call for call in google.stage.journal if call.path != "/token")
    return [
        f"{call.method} {call.path.partition('?')[0].removeprefix('/calendar/v3').replace(own, '')}"
        for call in calls
    ]


def sign_ins(google: GoogleSandbox) -> int:
    return len([call for call in google.stage.journal if call.path == "/token"])


def hours(event: dict[str, Any]) -> tuple[datetime, datetime]:
    start, end = event["start"]["dateTime"], event["end"]["dateTime"]
    return datetime.fromisoformat(start), datetime.fromisoformat(end)


def only(google: GoogleSandbox) -> dict[str, Any]:
    """The one event that there is and ever was."""
    (event,) = google.history
    assert event["status"] == "confirmed"
    return event


async def trouble(doing: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await doing
    return caught.value


# Booking


async def test_a_booking_becomes_one_event_with_its_guest(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    wanted = booking()

    assert await calendar.entries.book(wanted) == EVENT_ID

    event = only(google)
    assert event["summary"] == "Mentoring with Olena Host · Ann Client"
    assert hours(event) == (wanted.starts_at, wanted.ends_at)
    assert event["start"]["timeZone"] == "America/New_York"
    assert event["attendees"] == [{"email": "ann@example.com", "displayName": "Ann Client"}]
    assert event["extendedProperties"] == {"private": {"booking_id": str(BOOKING_ID)}}
    assert "conferenceData" not in event
    assert google.events == [event]


async def test_a_client_without_an_address_is_no_guest(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking(client_email=None))

    assert "attendees" not in only(google)


async def test_a_busy_host_refuses_and_nothing_is_entered(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.busy(ACCOUNT, wednesday(10) + HOUR / 2, wednesday(12))

    with pytest.raises(SlotRefused, match="The host is busy at this time"):
        await calendar.entries.book(booking())

    assert google.history == []


async def test_the_sandbox_refuses_by_a_busy_calendar(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "freebusy", FaultKind.REFUSE)

    with pytest.raises(SlotRefused):
        await calendar.entries.book(booking())

    assert google.history == []


async def test_engagements_that_only_touch_do_not_stand_in_the_way(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.busy(ACCOUNT, wednesday(9), wednesday(10))
    google.busy(ACCOUNT, wednesday(11), wednesday(12))

    await calendar.entries.book(booking())

    assert only(google)["id"] == EVENT_ID


async def test_asking_again_enters_nothing_more(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    asked_once = asked(google)

    assert await calendar.entries.book(booking(asked_before=True)) == EVENT_ID

    assert only(google)["id"] == EVENT_ID
    assert asked(google) == [*asked_once, f"GET /{EVENT_ID}"]


async def test_what_was_asked_before_and_never_arrived_is_entered_now(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking(asked_before=True))

    assert asked(google) == [f"GET /{EVENT_ID}", "POST /freeBusy", "POST "]
    assert only(google)["id"] == EVENT_ID


# Trouble while booking


@pytest.mark.parametrize("operation", ["freebusy", "insert"])
async def test_a_refused_token_is_replaced_once(
    operation: str, google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, operation, FaultKind.UNAUTHORIZED)

    await calendar.entries.book(booking())

    assert sign_ins(google) == 2
    assert only(google)["id"] == EVENT_ID


async def test_a_token_that_is_refused_again_locks_out(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "insert", FaultKind.UNAUTHORIZED, times=2)

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status) == (False, 401)
    assert str(error) == "google: answered 401 (authError)"
    assert sign_ins(google) == 2
    assert google.history == []


async def test_a_rate_limit_tells_how_long_to_wait(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "insert", FaultKind.RATE_LIMIT)

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status) == (True, 429)
    assert error.retry_after == timedelta(seconds=30)
    assert not error.outcome_unknown
    assert google.history == []


async def test_too_many_events_are_waited_out_for_hours(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "insert", FaultKind.REFUSE)

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status) == (True, 429)
    assert error.retry_after == timedelta(hours=2)
    assert str(error) == "google: answered 403 (calendarUsageLimitsExceeded)"
    assert google.history == []


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.MALFORMED])
async def test_an_insert_that_may_have_failed_is_looked_for_and_tried_again_later(
    kind: FaultKind, google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "insert", kind)

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.outcome_unknown) == (True, True)
    assert asked(google) == ["POST /freeBusy", "POST ", f"GET /{EVENT_ID}"]
    assert google.history == []

    await calendar.entries.book(booking(asked_before=True))
    assert only(google)["id"] == EVENT_ID


async def test_a_lost_answer_is_found_out_at_once(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "insert", FaultKind.LOSE_ANSWER)

    assert await calendar.entries.book(booking()) == EVENT_ID

    assert only(google)["id"] == EVENT_ID
    assert asked(google) == ["POST /freeBusy", "POST ", f"GET /{EVENT_ID}"]


async def test_a_time_out_after_the_event_was_entered_books_once(google: GoogleSandbox) -> None:
    plan(google, "insert", FaultKind.HANG)

    async with connected(google, timeout=timedelta(seconds=0.2)) as calendar:
        assert await calendar.entries.book(booking()) == EVENT_ID

    assert only(google)["id"] == EVENT_ID


async def test_a_lost_answer_that_cannot_be_looked_up_is_found_by_the_repeat(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "insert", FaultKind.LOSE_ANSWER)
    plan(google, "get", FaultKind.FAIL, times=3)

    error = await trouble(calendar.entries.book(booking()))
    assert (error.retryable, error.outcome_unknown) == (True, True)

    assert await calendar.entries.book(booking(asked_before=True)) == EVENT_ID
    assert only(google)["id"] == EVENT_ID


async def test_without_a_look_first_nothing_is_entered(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "freebusy", FaultKind.FAIL, times=3)

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status) == (True, 500)
    assert asked(google) == ["POST /freeBusy"] * 3
    assert google.history == []


@pytest.mark.parametrize("asked_before", [True, False])
async def test_an_event_that_was_deleted_comes_back(
    asked_before: bool, google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    await calendar.entries.cancel(booking(), reason="by mistake")

    assert await calendar.entries.book(booking(asked_before=asked_before)) == EVENT_ID

    event = only(google)
    assert hours(event) == (wednesday(10), wednesday(11))
    assert event["attendees"] == [{"email": "ann@example.com", "displayName": "Ann Client"}]


async def test_a_deleted_event_does_not_come_back_over_another_engagement(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    await calendar.entries.cancel(booking(), reason="the host fell ill")
    google.busy(ACCOUNT, wednesday(10), wednesday(11))

    with pytest.raises(SlotRefused):
        await calendar.entries.book(booking(asked_before=True))

    assert google.events == []


# Moving and cancelling


async def test_moving_keeps_the_event_and_its_room(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.meet = Meet.AT_ONCE
    await calendar.entries.book(booking(wants_room=True))
    link = only(google)["hangoutLink"]

    moved = booking(starts_at=wednesday(15), ref=EVENT_ID, wants_room=True)
    assert await calendar.entries.move(moved) == EVENT_ID

    event = only(google)
    assert hours(event) == (wednesday(15), wednesday(16))
    assert event["hangoutLink"] == link
    assert event["attendees"] == [{"email": "ann@example.com", "displayName": "Ann Client"}]


async def test_an_event_may_move_into_its_own_time(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    google.busy(ACCOUNT, wednesday(9), wednesday(10))

    await calendar.entries.move(booking(starts_at=wednesday(10) + HOUR / 2, ref=EVENT_ID))

    assert hours(only(google)) == (wednesday(10) + HOUR / 2, wednesday(11) + HOUR / 2)


async def test_an_event_does_not_move_onto_a_neighbour_that_touches_it(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    google.busy(ACCOUNT, wednesday(11), wednesday(12))

    with pytest.raises(SlotRefused):
        await calendar.entries.move(booking(starts_at=wednesday(10) + HOUR / 2, ref=EVENT_ID))

    assert hours(only(google)) == (wednesday(10), wednesday(11))


async def test_an_event_that_only_grows_shorter_asks_for_nothing_free(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    plan(google, "freebusy", FaultKind.REFUSE)

    await calendar.entries.move(booking(ends_at=wednesday(10) + HOUR / 2, ref=EVENT_ID))

    assert hours(only(google)) == (wednesday(10), wednesday(10) + HOUR / 2)


async def test_a_move_whose_answer_was_lost_is_not_made_again(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    moved = booking(starts_at=wednesday(15), ref=EVENT_ID)
    plan(google, "patch", FaultKind.LOSE_ANSWER)

    assert (await trouble(calendar.entries.move(moved))).retryable
    assert await calendar.entries.move(moved) == EVENT_ID

    assert hours(only(google)) == (wednesday(15), wednesday(16))
    assert asked(google).count(f"PATCH /{EVENT_ID}") == 1


async def test_moving_what_is_not_there_enters_it_at_the_new_time(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    moved = booking(starts_at=wednesday(15), ref=EVENT_ID)

    assert await calendar.entries.move(moved) == EVENT_ID

    assert hours(only(google)) == (wednesday(15), wednesday(16))


async def test_moving_what_the_host_deleted_brings_it_back(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    await calendar.entries.cancel(booking(), reason="by mistake")

    await calendar.entries.move(booking(starts_at=wednesday(15), ref=EVENT_ID))

    assert hours(only(google)) == (wednesday(15), wednesday(16))


async def test_cancelling_takes_the_event_out_however_often_it_is_asked(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())

    await calendar.entries.cancel(booking(ref=EVENT_ID), reason="changed plans")
    await calendar.entries.cancel(booking(ref=EVENT_ID), reason="changed plans")

    assert google.events == []
    assert [event["status"] for event in google.history] == ["cancelled"]


async def test_cancelling_what_was_never_booked_is_no_error(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.cancel(booking(), reason="changed plans")

    assert asked(google) == [f"DELETE /{EVENT_ID}"]


async def test_a_cancellation_whose_answer_was_lost_is_done_with_the_repeat(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    plan(google, "delete", FaultKind.LOSE_ANSWER)

    assert (await trouble(calendar.entries.cancel(booking(), reason="changed plans"))).retryable
    await calendar.entries.cancel(booking(), reason="changed plans")

    assert google.events == []


# Open times


async def test_busy_times_are_told_and_reserving_enters_nothing(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.busy(ACCOUNT, wednesday(12), wednesday(14))
    between = Interval(wednesday(0), wednesday(23))

    told = await calendar.times.open_times(MARCUS, None, HOUR, between)
    kept = await calendar.times.reserve(booking(), until=wednesday(9))

    assert told == OpenTimes(busy=(Interval(wednesday(12), wednesday(14)),))
    assert kept is None
    assert google.history == []


async def test_a_busy_time_cannot_be_reserved(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.busy(ACCOUNT, wednesday(10), wednesday(11))

    with pytest.raises(SlotRefused):
        await calendar.times.reserve(booking(), until=wednesday(9))


async def test_giving_back_asks_for_nothing(google: GoogleSandbox, calendar: HostCalendar) -> None:
    await calendar.times.release("whatever")

    assert asked(google) == []


async def test_a_long_span_is_asked_for_in_pieces(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    far = wednesday(10) + timedelta(days=100)
    google.busy(ACCOUNT, wednesday(10), wednesday(11))
    google.busy(ACCOUNT, far, far + HOUR)
    between = Interval(wednesday(0), wednesday(0) + timedelta(days=121))

    told = await calendar.times.open_times(MARCUS, None, HOUR, between)

    assert told.busy == (Interval(wednesday(10), wednesday(11)), Interval(far, far + HOUR))
    assert asked(google) == ["POST /freeBusy"] * 3


async def test_a_calendar_that_is_not_shared_is_not_free(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    secondary = replace(MARCUS, email=ACCOUNT, calendar_account="c_1@group.calendar.google.com")

    error = await trouble(
        calendar.times.open_times(secondary, None, HOUR, Interval(wednesday(0), wednesday(23)))
    )

    assert str(error) == "google: the host's calendar is unknown or not shared with us"
    assert (error.retryable, error.status) == (False, 403)


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.MALFORMED])
async def test_a_calendar_that_does_not_answer_is_not_free(
    kind: FaultKind, google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "freebusy", kind, times=3)

    error = await trouble(
        calendar.times.open_times(MARCUS, None, HOUR, Interval(wednesday(0), wednesday(23)))
    )

    assert error.retryable


# Rooms


async def test_a_room_comes_with_the_event(google: GoogleSandbox, calendar: HostCalendar) -> None:
    await calendar.entries.book(booking(wants_room=True))

    link = await calendar.links.link(booking(ref=EVENT_ID))

    assert link == only(google)["hangoutLink"]
    assert re.fullmatch(MEET, link)
    assert await calendar.links.link(booking(ref=EVENT_ID)) == link


async def test_a_room_in_the_making_is_asked_for_again_soon(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.meet = Meet.NEVER
    await calendar.entries.book(booking(wants_room=True))

    error = await trouble(calendar.links.link(booking(ref=EVENT_ID)))

    assert str(error) == "google: the video room is not ready yet"
    assert (error.retryable, error.retry_after) == (True, timedelta(seconds=2))
    assert f"PATCH /{EVENT_ID}" not in asked(google)


async def test_a_room_that_failed_is_asked_for_anew(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.meet = Meet.FAILING
    await calendar.entries.book(booking(wants_room=True))
    first = only(google)["conferenceData"]["createRequest"]["requestId"]

    assert (await trouble(calendar.links.link(booking(ref=EVENT_ID)))).retryable
    google.meet = Meet.AT_ONCE
    link = await calendar.links.link(booking(ref=EVENT_ID))

    event = only(google)
    assert link == event["hangoutLink"]
    assert first == str(BOOKING_ID)
    assert event["conferenceData"]["createRequest"]["requestId"] != first


async def test_a_room_asked_for_anew_is_one_room_also_when_the_answer_is_lost(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())
    plan(google, "patch", FaultKind.LOSE_ANSWER)

    assert (await trouble(calendar.links.link(booking(ref=EVENT_ID)))).retryable
    link = await calendar.links.link(booking(ref=EVENT_ID))

    assert link == only(google)["hangoutLink"]
    assert asked(google).count(f"PATCH /{EVENT_ID}") == 1


async def test_a_calendar_without_rooms_is_booked_all_the_same(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    google.meet = Meet.ABSENT

    assert await calendar.entries.book(booking(wants_room=True)) == EVENT_ID
    error = await trouble(calendar.links.link(booking(ref=EVENT_ID)))

    assert (error.retryable, error.status) == (False, 400)
    assert "conferenceData" not in only(google)


async def test_an_event_that_is_gone_has_no_room(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    never_booked = await trouble(calendar.links.link(booking(ref=EVENT_ID)))
    await calendar.entries.book(booking(wants_room=True))
    await calendar.entries.cancel(booking(ref=EVENT_ID), reason="changed plans")
    deleted = await trouble(calendar.links.link(booking(ref=EVENT_ID)))

    assert str(never_booked) == str(deleted) == "google: the booking's event is gone"
    assert (never_booked.retryable, deleted.retryable) == (False, False)


async def test_a_link_from_elsewhere_is_shown_in_the_event(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await calendar.entries.book(booking())

    await calendar.links.show(booking(ref=EVENT_ID), "https://zoom.example/j/1")

    event = only(google)
    assert event["location"] == "https://zoom.example/j/1"
    assert event["description"] == "https://zoom.example/j/1"
    assert hours(event) == (wednesday(10), wednesday(11))


# Signing in


async def busy_times(calendar: HostCalendar) -> OpenTimes:
    between = Interval(wednesday(0), wednesday(23))
    return await calendar.times.open_times(MARCUS, None, HOUR, between)


async def test_one_sign_in_serves_all_who_ask_at_once(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await asyncio.gather(*(busy_times(calendar) for _ in range(5)))

    assert sign_ins(google) == 1


async def test_a_token_is_replaced_two_minutes_before_its_end(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await busy_times(calendar)
    google.stage.clock.advance(timedelta(minutes=57))
    await busy_times(calendar)
    assert sign_ins(google) == 1

    google.stage.clock.advance(timedelta(minutes=1))
    await busy_times(calendar)
    assert sign_ins(google) == 2


async def test_a_revoked_token_is_replaced_for_all_who_hold_it_by_one(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    await busy_times(calendar)
    google.sign_in.revoke()

    await asyncio.gather(busy_times(calendar), busy_times(calendar))

    assert sign_ins(google) == 2


async def test_a_host_outside_the_domain_is_locked_out(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    stranger = replace(MARCUS, calendar_account="stranger@elsewhere.example")

    error = await trouble(calendar.entries.book(appointment(host=stranger)))

    assert str(error) == "google: the sign-in was revoked or is wrong"
    assert (error.retryable, error.status) == (False, 401)
    assert sign_ins(google) == 1
    assert google.history == []


async def test_a_refused_sign_in_locks_out(google: GoogleSandbox, calendar: HostCalendar) -> None:
    plan(google, "token", FaultKind.UNAUTHORIZED)

    error = await trouble(busy_times(calendar))

    assert str(error) == "google: answered 401 to the sign-in"
    assert (error.retryable, error.status) == (False, 401)


async def test_a_sign_in_that_fails_is_tried_again(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "token", FaultKind.FAIL)
    plan(google, "token", FaultKind.MALFORMED)

    assert await busy_times(calendar) == OpenTimes()

    assert sign_ins(google) == 3


async def test_a_sign_in_that_keeps_failing_is_trouble_of_known_outcome(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "token", FaultKind.FAIL, times=3)

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status, error.outcome_unknown) == (True, 500, False)
    assert google.history == []


async def test_the_limit_of_sign_ins_tells_how_long_to_wait(
    google: GoogleSandbox, calendar: HostCalendar
) -> None:
    plan(google, "token", FaultKind.RATE_LIMIT)

    error = await trouble(busy_times(calendar))

    assert (error.retryable, error.retry_after) == (True, timedelta(seconds=30))


async def test_a_refresh_token_serves_hosts_without_a_calendar_of_their_own(
    google: GoogleSandbox,
) -> None:
    calendar, close = connect_refresh_token(
        CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, api_base=google.url, oauth_base=google.url
    )

    ref = await calendar.entries.book(appointment(host=replace(MARCUS, calendar_account=None)))
    await close()

    assert calendar.kind is CalendarKind.GOOGLE
    assert ref == EVENT_ID
    assert only(google)["organizer"] == {"email": ACCOUNT, "self": True}


@pytest.mark.parametrize(
    ("secret", "token", "told"),
    [
        (CLIENT_SECRET, "1//revoked", "the sign-in was revoked or is wrong"),
        ("GOCSPX-wrong", REFRESH_TOKEN, "answered 401 to the sign-in"),
    ],
)
async def test_a_wrong_refresh_token_or_client_locks_out_and_is_not_quoted(
    secret: str, token: str, told: str, google: GoogleSandbox
) -> None:
    calendar, close = connect_refresh_token(
        CLIENT_ID, secret, token, api_base=google.url, oauth_base=google.url
    )

    error = await trouble(calendar.entries.book(booking()))
    await close()

    assert str(error) == f"google: {told}"
    assert (error.retryable, error.status) == (False, 401)
    assert google.history == []
