"""Exactly what is sent to Calendly, and what becomes of answers no stand-in gives."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from pytest_httpx import HTTPXMock

from services.domain.slots import Interval
from services.log import correlated
from services.providers.calendar_ports import Appointment, HostCalendar
from services.providers.calendly import connect
from services.providers.calendly_page import CalendlyPage
from services.providers.errors import ProviderError
from tests.providers.standin_rig import BOOKING_ID, appointment, host

API = "https://api.calendly.com"
EVENT_TYPE = f"{API}/event_types/AAA"
USER = f"{API}/users/U1"
EVENT = f"{API}/scheduled_events/EV1"
INVITEE = f"{EVENT}/invitees/IN1"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STARTS = datetime(2026, 12, 1, 9, tzinfo=UTC)
AUTH = {"authorization": "Bearer pat_secret"}
LOOKUP = (
    f"{API}/scheduled_events?user=https%3A%2F%2Fapi.calendly.com%2Fusers%2FU1"
    "&min_start_time=2026-12-01T09%3A00%3A00Z&max_start_time=2026-12-01T09%3A01%3A00Z"
    "&status=active&sort=start_time%3Aasc&count=100"
)
TIMES = f"{API}/event_type_available_times?event_type={quote(EVENT_TYPE, safe='')}"


@pytest.fixture
async def parts() -> AsyncIterator[tuple[HostCalendar, CalendlyPage]]:
    calendar, page, close = connect(
        "pat_secret",
        signing_key="key",
        public_url="https://pay.example.com",
        now=lambda: NOW,
    )
    assert page is not None
    yield calendar, page
    await close()


@pytest.fixture
def calendar(parts: tuple[HostCalendar, CalendlyPage]) -> HostCalendar:
    return parts[0]


@pytest.fixture
def page(parts: tuple[HostCalendar, CalendlyPage]) -> CalendlyPage:
    return parts[1]


def wanted(**changes: Any) -> Appointment:
    usual: dict[str, Any] = {
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(minutes=30),
        "host": host(calendar_account=USER),
        "event_type": EVENT_TYPE,
    }
    return appointment(**usual | changes)


def event(**changes: object) -> dict[str, object]:
    return {
        "uri": EVENT,
        "event_type": EVENT_TYPE,
        "status": "active",
        "start_time": "2026-12-01T09:00:00.000000Z",
        "end_time": "2026-12-01T09:30:00.000000Z",
        "location": {"type": "zoom_conference", "join_url": "https://zoom.us/j/1"},
    } | changes


def invitee(**changes: object) -> dict[str, object]:
    return {
        "uri": INVITEE,
        "event": EVENT,
        "status": "active",
        "timezone": "Europe/Berlin",
        "rescheduled": False,
        "old_invitee": None,
        "tracking": {"utm_source": "sessionpay", "utm_content": str(BOOKING_ID)},
    } | changes


def listed(*found: object, following: str | None = None) -> dict[str, object]:
    return {"collection": list(found), "pagination": {"next_page_token": following}}


async def test_a_booking_is_one_post_with_our_id_in_its_tracking(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/invitees",
        match_headers=AUTH | {"Content-Type": "application/json"},
        match_json={
            "event_type": EVENT_TYPE,
            "start_time": "2026-12-01T09:00:00Z",
            "invitee": {
                "email": "ann@example.com",
                "name": "Ann Client",
                "timezone": "Europe/Kyiv",
            },
            "tracking": {
                "utm_source": "sessionpay",
                "utm_content": str(BOOKING_ID),
                "utm_campaign": "cause-1",
            },
        },
        status_code=201,
        json={"resource": invitee()},
    )
    with correlated("cause-1"):
        assert await calendar.entries.book(wanted()) == "scheduled_events/EV1"


async def test_a_lookup_asks_for_the_minute_and_reads_every_page(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    other = event(uri=f"{API}/scheduled_events/EV0")
    httpx_mock.add_response(url=LOOKUP, match_headers=AUTH, json=listed(other, following="p2"))
    httpx_mock.add_response(
        url=f"{API}/scheduled_events/EV0/invitees?count=100",
        json=listed(invitee(tracking={"utm_source": None, "utm_content": None})),
    )
    httpx_mock.add_response(url=f"{LOOKUP}&page_token=p2", json=listed(event()))
    httpx_mock.add_response(
        url=f"{EVENT}/invitees?count=100", json=listed(invitee(), following=None)
    )

    assert await calendar.entries.book(wanted(asked_before=True)) == "scheduled_events/EV1"


async def test_a_list_without_end_is_not_read_for_ever(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=listed(following="again"), is_reusable=True)
    with pytest.raises(ProviderError, match="malformed pagination"):
        await calendar.entries.book(wanted(asked_before=True))
    assert len(httpx_mock.get_requests()) == 50


async def test_open_times_are_asked_for_in_spans_of_31_days(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    first = {"status": "available", "invitees_remaining": 1, "start_time": "2026-12-01T09:00:00Z"}
    full = first | {"invitees_remaining": 0, "start_time": "2026-12-01T09:30:00Z"}
    gone = first | {"status": "unavailable", "start_time": "2026-12-01T10:00:00Z"}
    httpx_mock.add_response(
        url=f"{TIMES}&start_time=2026-11-20T12%3A01%3A00Z&end_time=2026-12-21T12%3A01%3A00Z",
        match_headers=AUTH,
        json={"collection": [first, full, gone]},
    )
    later = first | {"start_time": "2026-12-31T23:30:00Z"}
    beyond = first | {"start_time": "2027-01-01T00:00:00Z"}
    httpx_mock.add_response(
        url=f"{TIMES}&start_time=2026-12-21T12%3A01%3A00Z&end_time=2027-01-01T00%3A00%3A00Z",
        json={"collection": [later, beyond]},
    )
    until = datetime(2027, 1, 1, tzinfo=UTC)

    found = await calendar.times.open_times(
        wanted().host, EVENT_TYPE, timedelta(minutes=30), Interval(NOW - timedelta(days=1), until)
    )

    last = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert found.starts == frozenset({STARTS, last})


async def test_a_reservation_is_one_narrow_question(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    open_time = {"status": "available", "invitees_remaining": 1}
    httpx_mock.add_response(
        url=f"{TIMES}&start_time=2026-12-01T09%3A00%3A00Z&end_time=2026-12-01T09%3A30%3A00Z",
        json={"collection": [open_time | {"start_time": "2026-12-01T09:00:00Z"}]},
    )
    assert await calendar.times.reserve(wanted(), until=NOW) is None


async def test_a_cancellation_is_looked_at_and_then_posted_with_its_reason(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="GET", url=EVENT, match_headers=AUTH, json={"resource": event()})
    httpx_mock.add_response(
        method="POST",
        url=f"{EVENT}/cancellation",
        match_headers=AUTH,
        match_json={"reason": "x" * 10_000},
        status_code=201,
        json={"resource": {"reason": "x"}},
    )
    await calendar.entries.cancel(wanted(ref="scheduled_events/EV1"), reason="x" * 12_000)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_cancellation_that_somebody_else_was_quicker_with_is_done(
    calendar: HostCalendar, httpx_mock: HTTPXMock, status: int
) -> None:
    httpx_mock.add_response(url=EVENT, json={"resource": event()})
    httpx_mock.add_response(url=f"{EVENT}/cancellation", status_code=status)
    httpx_mock.add_response(url=EVENT, json={"resource": event(status="canceled")})
    await calendar.entries.cancel(wanted(ref="scheduled_events/EV1"), reason="Over.")


async def test_a_link_is_single_use_and_carries_our_booking(
    page: CalendlyPage, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/scheduling_links",
        match_headers=AUTH,
        match_json={"max_event_count": 1, "owner": EVENT_TYPE, "owner_type": "EventType"},
        status_code=201,
        json={"resource": {"booking_url": "https://calendly.com/d/abc-123/career-talk?month=1"}},
    )
    assert await page.link(BOOKING_ID, EVENT_TYPE) == (
        "https://calendly.com/d/abc-123/career-talk?month=1&utm_source=sessionpay"
        f"&utm_content={BOOKING_ID}&embed_domain=pay.example.com&embed_type=Inline"
    )


async def test_an_invitee_is_read_with_its_appointment(
    page: CalendlyPage, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=INVITEE, match_headers=AUTH, json={"resource": invitee()})
    httpx_mock.add_response(url=EVENT, match_headers=AUTH, json={"resource": event()})
    told = await page.invitee(INVITEE)
    assert told is not None
    assert (told.booking_id, told.event_ref) == (BOOKING_ID, "scheduled_events/EV1")


async def test_an_invitee_whose_appointment_is_gone_is_none(
    page: CalendlyPage, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=INVITEE, json={"resource": invitee(timezone=None)})
    httpx_mock.add_response(url=EVENT, status_code=404)
    assert await page.invitee(INVITEE) is None


async def test_the_wait_is_read_from_the_reset_header_up_to_a_day(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    for header, wait in (
        ({"x-ratelimit-reset": "3600"}, timedelta(hours=1)),
        ({"x-ratelimit-reset": "9999999999"}, timedelta(days=1)),
        ({"x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-reset": "60", "retry-after": "30"}, timedelta(seconds=30)),
        ({}, None),
    ):
        httpx_mock.add_response(status_code=429, headers=header)
        with pytest.raises(ProviderError) as caught:
            await calendar.entries.book(wanted())
        assert caught.value.retry_after == wait
    assert len(httpx_mock.get_requests()) == 5


@pytest.mark.parametrize("look", [400, 403, 404])
@pytest.mark.parametrize("status", [409, 502])
async def test_a_look_that_fails_does_not_settle_what_became_of_the_booking(
    calendar: HostCalendar, httpx_mock: HTTPXMock, status: int, look: int
) -> None:
    httpx_mock.add_response(method="POST", status_code=status)
    httpx_mock.add_response(url=LOOKUP, status_code=look)
    with pytest.raises(ProviderError) as caught:
        await calendar.entries.book(wanted())
    error = caught.value
    assert (error.status, error.retryable, error.outcome_unknown) == (status, True, True)


async def test_a_cause_travels_with_a_booking_and_a_link_and_is_left_out_without_one(
    calendar: HostCalendar, page: CalendlyPage, httpx_mock: HTTPXMock
) -> None:
    made = {"resource": {"event": f"{API}/scheduled_events/EV1"}}
    link = {"resource": {"booking_url": "https://calendly.com/d/abc-123/career-talk"}}
    for answer in (made, link, made):
        httpx_mock.add_response(method="POST", status_code=201, json=answer)
    with correlated("c" * 300):
        await calendar.entries.book(wanted())
        address = await page.link(BOOKING_ID, EVENT_TYPE)
    await calendar.entries.book(wanted())

    [with_cause, _, without] = [json.loads(sent.content) for sent in httpx_mock.get_requests()]
    ours = {"utm_source": "sessionpay", "utm_content": str(BOOKING_ID)}
    assert with_cause["tracking"] == ours | {"utm_campaign": "c" * 255}
    assert without["tracking"] == ours
    assert f"&utm_campaign={'c' * 255}&" in address


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"resource": 1}, {"resource": {}}, {"resource": {"event": "x"}}]
)
async def test_a_booking_answered_without_its_event_may_have_been_made(
    calendar: HostCalendar, httpx_mock: HTTPXMock, answer: object
) -> None:
    httpx_mock.add_response(method="POST", status_code=201, json=answer)
    httpx_mock.add_response(url=LOOKUP, json=listed())
    with pytest.raises(ProviderError, match="malformed") as caught:
        await calendar.entries.book(wanted())
    assert (caught.value.retryable, caught.value.outcome_unknown) == (True, True)


@pytest.mark.parametrize(
    "broken",
    [
        event(uri="https://api.calendly.com/users/1"),
        event(event_type=None),
        event(status=7),
        event(start_time="noon"),
        event(end_time="2026-12-01T09:30:00"),
    ],
)
async def test_an_appointment_that_lacks_something_is_malformed(
    calendar: HostCalendar, httpx_mock: HTTPXMock, broken: dict[str, object]
) -> None:
    httpx_mock.add_response(url=EVENT, json={"resource": broken})
    with pytest.raises(ProviderError, match="malformed") as caught:
        await calendar.entries.book(wanted(ref="scheduled_events/EV1"))
    assert caught.value.retryable


@pytest.mark.parametrize(
    "answer", [[], {"collection": {}}, {"collection": [7]}, {"collection": [{}]}]
)
async def test_times_that_make_no_sense_are_not_taken_for_none(
    calendar: HostCalendar, httpx_mock: HTTPXMock, answer: Any
) -> None:
    slot = {"status": "available", "start_time": "2026-12-01T09:00:00Z"}
    if answer == {"collection": [{}]}:
        answer = {"collection": [slot]}  # nobody knows whether a seat is left
    httpx_mock.add_response(json=answer)
    with pytest.raises(ProviderError, match="malformed"):
        await calendar.times.reserve(wanted(), until=NOW)


@pytest.mark.parametrize(
    "broken", [invitee(old_invitee="https://evil.example/"), invitee(status=None)]
)
async def test_an_invitee_that_lacks_something_is_malformed(
    page: CalendlyPage, httpx_mock: HTTPXMock, broken: dict[str, object]
) -> None:
    httpx_mock.add_response(url=INVITEE, json={"resource": broken})
    httpx_mock.add_response(url=EVENT, json={"resource": event()})
    with pytest.raises(ProviderError, match="malformed"):
        await page.invitee(INVITEE)


async def test_trouble_in_reading_an_invitee_is_not_taken_for_its_absence(
    page: CalendlyPage, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=INVITEE, status_code=403)
    with pytest.raises(ProviderError) as caught:
        await page.invitee(INVITEE)
    assert (caught.value.status, caught.value.retryable) == (403, False)


@pytest.mark.parametrize(
    ("location", "message", "retryable"),
    [
        ({"type": "zoom_conference", "status": "initiated"}, "the room is not ready yet", True),
        ({"type": "zoom_conference", "status": "pushed"}, "the room is not ready yet", True),
        ({"status": "failed", "join_url": None}, "the event type has no video room", False),
        ({"type": "physical", "location": "Main St"}, "the event type has no video room", False),
        (None, "the event type has no video room", False),
        ({"join_url": "javascript:alert(1)"}, "answered 200 with malformed join_url", True),
    ],
)
async def test_an_appointment_without_an_address_of_its_room_says_whether_to_wait(
    calendar: HostCalendar, httpx_mock: HTTPXMock, location: Any, message: str, retryable: bool
) -> None:
    httpx_mock.add_response(url=EVENT, json={"resource": event(location=location)})
    with pytest.raises(ProviderError) as caught:
        await calendar.links.link(wanted(ref="scheduled_events/EV1"))
    assert (caught.value.message, caught.value.retryable) == (message, retryable)
