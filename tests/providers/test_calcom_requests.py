"""Exactly what is sent to Cal.com, and what is made of answers that the stand-in does not give."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from services.domain.models import CalendarKind
from services.domain.slots import Interval
from services.log import correlated
from services.providers.calcom import connect
from services.providers.calendar_ports import HostCalendar
from services.providers.errors import ProviderError, SlotRefused
from tests.providers.standin_rig import BOOKING_ID, appointment, host

BASE = "https://api.cal.com"
BOOKINGS = f"{BASE}/v2/bookings"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOON = datetime(2026, 12, 2, 10, tzinfo=UTC)
LATER = NOON + timedelta(hours=2)
WANTED = appointment(starts_at=NOON, event_type="1002", client_email="Ann@Example.com")
KNOWN = replace(WANTED, ref="old/1")
FOUND_BY = (
    f"{BOOKINGS}?eventTypeId=1002&afterStart=2026-12-02T09%3A59%3A00Z"
    "&beforeEnd=2026-12-02T11%3A01%3A00Z&status=upcoming%2Cunconfirmed"
)
BUSY = "User either already has booking at this time or is not available"


@pytest.fixture
async def calcom() -> AsyncIterator[HostCalendar]:
    calendar, close = connect(
        "cal_live_key",
        bookings_version="2026-02-25",
        look_again=(timedelta(), timedelta()),
        now=lambda: NOW,
    )
    yield calendar
    await close()


def entry(uid: str = "new", **changes: Any) -> dict[str, Any]:
    usual = {
        "uid": uid,
        "status": "accepted",
        "start": "2026-12-02T10:00:00.000Z",
        "metadata": {"booking_id": str(BOOKING_ID)},
        "location": "https://app.cal.com/video/new",
    }
    return usual | changes


def success(data: object) -> dict[str, object]:
    return {"status": "success", "data": data}


def refused(message: object) -> dict[str, object]:
    return {"status": "error", "error": {"code": "BadRequestException", "message": message}}


def sent(httpx_mock: HTTPXMock, version: str = "2026-02-25") -> list[tuple[str, str, Any]]:
    """Method, address and body of every request, each with our key and this version."""
    requests = httpx_mock.get_requests()
    for request in requests:
        assert request.headers["authorization"] == "Bearer cal_live_key"
        assert request.headers["cal-api-version"] == version
    return [
        (request.method, str(request.url), json.loads(request.content) if request.content else None)
        for request in requests
    ]


async def test_it_is_the_calendar_of_its_kind(calcom: HostCalendar) -> None:
    assert calcom.kind is CalendarKind.CALCOM


async def test_a_booking_is_asked_for_in_utc_with_our_metadata(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=success(entry()), status_code=201)
    with correlated("c" * 600):
        assert await calcom.entries.book(WANTED) == "new"
    attendee = {
        "name": "Ann Client",
        "timeZone": "Europe/Kyiv",
        "language": "uk",
        "email": "Ann@Example.com",
    }
    body = {
        "eventTypeId": 1002,
        "start": "2026-12-02T10:00:00Z",
        "attendee": attendee,
        "metadata": {"booking_id": str(BOOKING_ID), "correlation_id": "c" * 500},
    }
    assert sent(httpx_mock) == [("POST", BOOKINGS, body)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("pt_BR", "pt-BR"),
        ("ru-RU", "ru"),
        ("nb", "no"),
        ("zh-HK", "zh-CN"),
        ("ES-419", "es-419"),
        ("tlh", "en"),
    ],
)
async def test_a_language_that_calcom_does_not_write_becomes_the_nearest(
    calcom: HostCalendar, httpx_mock: HTTPXMock, ours: str, theirs: str
) -> None:
    httpx_mock.add_response(json=success(entry()), status_code=201)
    await calcom.entries.book(replace(WANTED, client_language=ours, client_email=None))
    [(_, _, body)] = sent(httpx_mock)
    assert body["attendee"]["language"] == theirs
    assert "email" not in body["attendee"]
    assert body["metadata"] == {"booking_id": str(BOOKING_ID)}


async def test_a_booking_is_looked_for_by_type_time_and_state(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    others = [
        entry("else", metadata={"booking_id": "other"}),
        entry("bare", metadata=None),
        entry("late", start="2026-12-02T10:00:30Z"),
        entry("gone", status="cancelled"),
    ]
    httpx_mock.add_response(json=success([*others, entry("ours")]))
    assert await calcom.entries.book(replace(WANTED, asked_before=True)) == "ours"
    assert sent(httpx_mock) == [("GET", FOUND_BY, None)]


@pytest.mark.parametrize("address", [None, "new@example.com"])
async def test_a_client_whose_address_is_gone_or_another_one_is_looked_for_all_the_same(
    calcom: HostCalendar, httpx_mock: HTTPXMock, address: str | None
) -> None:
    httpx_mock.add_response(json=success([entry("ours")]))
    wanted = replace(WANTED, client_email=address, asked_before=True)
    assert await calcom.entries.book(wanted) == "ours"
    assert sent(httpx_mock) == [("GET", FOUND_BY, None)]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_look_that_fails_does_not_settle_what_became_of_the_booking(
    calcom: HostCalendar, httpx_mock: HTTPXMock, status: int
) -> None:
    httpx_mock.add_response(method="POST", status_code=502)
    httpx_mock.add_response(method="GET", status_code=status)
    with pytest.raises(ProviderError) as caught:
        await calcom.entries.book(WANTED)
    error = caught.value
    assert (error.status, error.retryable, error.outcome_unknown) == (502, True, True)


async def test_a_refusal_that_cannot_be_looked_into_may_be_for_our_own_booking(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="GET", json=success([]))
    httpx_mock.add_response(method="POST", status_code=400, json=refused(BUSY))
    httpx_mock.add_response(method="GET", status_code=404)
    with pytest.raises(ProviderError) as caught:
        await calcom.entries.book(replace(WANTED, asked_before=True))
    error = caught.value
    assert (error.message, error.retryable, error.outcome_unknown) == ("answered 400", True, True)


async def test_a_look_that_fails_does_not_settle_what_became_of_the_move(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="GET", json=success(entry("old/1")))
    httpx_mock.add_response(method="POST", status_code=502)
    httpx_mock.add_response(method="GET", status_code=403)
    with pytest.raises(ProviderError) as caught:
        await calcom.entries.move(replace(KNOWN, starts_at=LATER))
    error = caught.value
    assert (error.status, error.retryable, error.outcome_unknown) == (502, True, True)


async def test_a_late_list_is_looked_at_no_longer_than_needed(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", status_code=400, json=refused(BUSY))
    for rows in ([], [], [entry("ours")]):
        httpx_mock.add_response(method="GET", json=success(rows))
    assert await calcom.entries.book(replace(WANTED, asked_before=True)) == "ours"
    assert len(httpx_mock.get_requests()) == 4


async def test_a_refusal_counts_only_when_a_late_list_has_been_looked_at_again(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", status_code=400, json=refused(BUSY))
    for rows in ([], [], [], [entry("ours")]):
        httpx_mock.add_response(method="GET", json=success(rows))
    assert await calcom.entries.book(replace(WANTED, asked_before=True)) == "ours"
    assert [method for method, _, _ in sent(httpx_mock)] == ["GET", "POST", "GET", "GET", "GET"]


async def test_a_refusal_of_the_first_request_is_looked_into_once(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", status_code=400, json=refused(BUSY))
    httpx_mock.add_response(method="GET", json=success([]))
    with pytest.raises(SlotRefused):
        await calcom.entries.book(WANTED)


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (
            400,
            "One of the hosts either already has booking at this time or is not available",
            "The host is no longer free at this time.",
        ),
        (409, "reserved_slot_not_first_in_line", "The host is no longer free at this time."),
        (
            400,
            "Attendee with this email can't book because the maximum number of active bookings"
            " has been reached.",
            "The host's calendar takes no further booking of yours.",
        ),
    ],
)
async def test_refusals_become_sentences_for_the_client(
    calcom: HostCalendar, httpx_mock: HTTPXMock, status: int, message: str, reason: str
) -> None:
    httpx_mock.add_response(method="POST", status_code=status, json=refused(message))
    httpx_mock.add_response(method="GET", json=success([]))
    with pytest.raises(SlotRefused) as caught:
        await calcom.entries.book(WANTED)
    assert caught.value.reason == reason


@pytest.mark.parametrize("body", [refused(["start must be a date"]), {"error": "no"}, "no", None])
async def test_any_other_400_is_for_a_human(
    calcom: HostCalendar, httpx_mock: HTTPXMock, body: object
) -> None:
    httpx_mock.add_response(method="POST", status_code=400, json=body)
    with pytest.raises(ProviderError) as caught:
        await calcom.entries.book(WANTED)
    assert (caught.value.message, caught.value.retryable) == ("answered 400", False)


@pytest.mark.parametrize(
    "answer",
    [
        success([entry()]),
        success(entry(uid="")),
        success(entry(start="soon")),
        success(entry(start="2026-12-02T10:00:00")),
        success(entry(start=None)),
        success({"uid": "new"}),
        success(entry(status="rejected")),
        {"status": "error"},
        ["new"],
    ],
)
async def test_an_answer_that_is_no_booking_may_be_one_and_is_looked_for(
    calcom: HostCalendar, httpx_mock: HTTPXMock, answer: object
) -> None:
    httpx_mock.add_response(method="POST", status_code=201, json=answer)
    httpx_mock.add_response(method="GET", json=success([]), is_optional=True)
    with pytest.raises(ProviderError) as caught:
        await calcom.entries.book(WANTED)
    assert caught.value.message == "answered 200 with malformed booking"
    assert (caught.value.retryable, caught.value.outcome_unknown) == (True, True)


async def test_a_malformed_list_is_trouble(calcom: HostCalendar, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json=success([{"uid": 7}]))
    with pytest.raises(ProviderError, match="malformed list of bookings"):
        await calcom.entries.book(replace(WANTED, asked_before=True))


async def test_a_move_looks_first_and_asks_in_the_owners_name(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=success(entry("old/1")))
    moved = entry("new", start="2026-12-02T12:00:00Z")
    httpx_mock.add_response(status_code=201, json=success(moved))
    assert await calcom.entries.move(replace(KNOWN, starts_at=LATER)) == "new"
    body = {
        "start": "2026-12-02T12:00:00Z",
        "reschedulingReason": "Moved to another time in SessionPay.",
        "rescheduledBy": "olena@example.com",
    }
    assert sent(httpx_mock) == [
        ("GET", f"{BOOKINGS}/old%2F1", None),
        ("POST", f"{BOOKINGS}/old%2F1/reschedule", body),
    ]


async def test_a_chain_of_moves_is_not_followed_forever(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    circle = entry("old/1", status="cancelled", rescheduledToUid="old/1")
    httpx_mock.add_response(json=success(circle), is_reusable=True)
    with pytest.raises(ProviderError, match="moved too often"):
        await calcom.entries.move(KNOWN)
    assert len(httpx_mock.get_requests()) == 20


async def test_a_cancellation_looks_first_and_says_why(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=success(entry("old/1")))
    httpx_mock.add_response(json=success(entry("old/1", status="cancelled")))
    await calcom.entries.cancel(KNOWN, reason="The client cancelled.")
    assert sent(httpx_mock) == [
        ("GET", f"{BOOKINGS}/old%2F1", None),
        (
            "POST",
            f"{BOOKINGS}/old%2F1/cancel",
            {"cancellationReason": "The client cancelled."},
        ),
    ]


async def test_a_pending_booking_is_confirmed(calcom: HostCalendar, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=201, json=success(entry("u 1", status="pending")))
    httpx_mock.add_response(json=success(entry("u 1")))
    assert await calcom.entries.book(WANTED) == "u 1"
    assert sent(httpx_mock)[1] == ("POST", f"{BOOKINGS}/u%201/confirm", None)


async def test_a_booking_that_somebody_confirmed_meanwhile_is_confirmed(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=201, json=success(entry(status="pending")))
    httpx_mock.add_response(status_code=400, json=refused("already confirmed"))
    httpx_mock.add_response(json=success(entry()))
    assert await calcom.entries.book(WANTED) == "new"


@pytest.mark.parametrize("location", ["integrations:daily", None, "http://insecure.example/"])
async def test_a_room_without_an_address_is_not_ready_yet(
    calcom: HostCalendar, httpx_mock: HTTPXMock, location: str | None
) -> None:
    httpx_mock.add_response(json=success(entry(location=location)))
    with pytest.raises(ProviderError) as caught:
        await calcom.links.link(KNOWN)
    assert caught.value.retryable
    assert sent(httpx_mock) == [("GET", f"{BOOKINGS}/old%2F1", None)]


async def test_a_link_is_written_as_the_location(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=success(entry("old/1")))
    httpx_mock.add_response(json=success(entry("old/1")))
    await calcom.links.show(KNOWN, "https://zoom.example/j/1")
    body = {"location": {"type": "link", "link": "https://zoom.example/j/1"}}
    assert sent(httpx_mock)[1] == ("PATCH", f"{BOOKINGS}/old%2F1/location", body)


async def test_open_times_are_read_from_every_day_in_any_zone(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    days = {
        "2026-12-02": [{"start": "2026-12-02T11:00:00.000+01:00"}],
        "2026-12-03": [{"start": "2026-12-03T10:00:00.000Z"}],
    }
    httpx_mock.add_response(json=success(days))
    found = await calcom.times.open_times(
        host(), "1002", timedelta(hours=1), Interval(NOON, NOON + timedelta(days=2))
    )
    assert found.starts == frozenset({NOON, NOON + timedelta(days=1)})
    url = f"{BASE}/v2/slots?eventTypeId=1002&start=2026-12-02T10%3A00%3A00Z"
    assert sent(httpx_mock, "2024-09-04") == [("GET", f"{url}&end=2026-12-04T10%3A00%3A00Z", None)]


@pytest.mark.parametrize("data", [None, [], {"2026-12-02": [{}]}, {"2026-12-02": None}])
async def test_malformed_slots_are_trouble(
    calcom: HostCalendar, httpx_mock: HTTPXMock, data: object
) -> None:
    httpx_mock.add_response(json=success(data))
    with pytest.raises(ProviderError, match="malformed slots"):
        await calcom.times.open_times(host(), "1002", timedelta(), Interval(NOON, LATER))


async def test_a_reservation_is_asked_for_in_minutes_and_given_back(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=201, json=success({"reservationUid": "r/1"}))
    httpx_mock.add_response(json={"status": "success"})
    uid = await calcom.times.reserve(WANTED, until=NOW + timedelta(minutes=32, seconds=1))
    assert uid == "r/1"
    await calcom.times.release(uid)
    body = {"eventTypeId": 1002, "slotStart": "2026-12-02T10:00:00Z", "reservationDuration": 33}
    reservations = f"{BASE}/v2/slots/reservations"
    assert sent(httpx_mock, "2024-09-04") == [
        ("POST", reservations, body),
        ("DELETE", f"{reservations}/r%2F1", None),
    ]


@pytest.mark.parametrize("data", [None, {}, {"reservationUid": 7}])
async def test_a_malformed_reservation_is_trouble(
    calcom: HostCalendar, httpx_mock: HTTPXMock, data: object
) -> None:
    httpx_mock.add_response(status_code=201, json=success(data))
    with pytest.raises(ProviderError, match="malformed reservation"):
        await calcom.times.reserve(WANTED, until=NOW)


async def test_a_key_that_may_not_hold_longer_is_told(
    calcom: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=403, json=refused("user is not owner of event type"))
    with pytest.raises(ProviderError) as caught:
        await calcom.times.reserve(WANTED, until=NOW + timedelta(minutes=32))
    assert (caught.value.status, caught.value.retryable) == (403, False)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset-Default": "42", "X-RateLimit-Reset-Day": "60"}, timedelta(minutes=1)),
        ({"X-RateLimit-Reset-Default": "42", "Retry-After": "7"}, timedelta(seconds=7)),
        ({"X-RateLimit-Reset-Default": str(int(NOW.timestamp()) + 90)}, timedelta(seconds=90)),
        ({"X-RateLimit-Reset-Default": "soon"}, None),
        ({}, None),
    ],
)
async def test_a_wait_is_read_from_either_header(
    calcom: HostCalendar, httpx_mock: HTTPXMock, headers: dict[str, str], wait: timedelta | None
) -> None:
    httpx_mock.add_response(status_code=429, headers=headers)
    with pytest.raises(ProviderError) as caught:
        await calcom.entries.book(WANTED)
    assert caught.value.retry_after == wait
