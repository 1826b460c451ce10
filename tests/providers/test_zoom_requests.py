"""Exactly what is sent to Zoom, and what becomes of answers that are not as they should be."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pytest_httpx import HTTPXMock

from services.log import correlated
from services.providers import zoom
from services.providers.access_tokens import Token
from services.providers.calendar_ports import Room, Rooms
from services.providers.errors import ProviderError
from tests.providers.standin_rig import BOOKING_ID, appointment, host
from tests.providers.token_shelf import TokensInMemory

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STARTS_AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
UNTIL = STARTS_AT + timedelta(hours=13)
KEY = UUID("c0000000-0000-4000-8000-000000000001")
NAME = "zoom:acc_1:id_1"
TAG = f" · {BOOKING_ID.hex}"
TOKEN = Token("token_1", NOW + timedelta(minutes=30))
MEETINGS = "https://api.zoom.us/v2/users/olena%40example.com/meetings"
LIST = f"{MEETINGS}?type=upcoming&page_size=300"
ROOM = Room(url="https://zoom.us/j/81234567890?pwd=x", ref="81234567890")
MEETING = {"id": 81234567890, "join_url": ROOM.url, "start_url": "https://zoom.us/s/8?zak=secret"}
SIGNED = {"Authorization": "Bearer token_1"}


@pytest.fixture
def shelf() -> TokensInMemory:
    return TokensInMemory({NAME: TOKEN})


@pytest.fixture
async def rooms(shelf: TokensInMemory) -> AsyncIterator[Rooms]:
    rooms, close = zoom.connect("acc_1", "id_1", "secret_1", tokens=shelf, now=lambda: NOW)
    yield rooms
    await close()


async def opened(rooms: Rooms, **changes: Any) -> Room:
    wanted = appointment(starts_at=STARTS_AT, **changes)
    return await rooms.open(wanted, key=KEY, until=UNTIL)


async def failure(rooms: Rooms) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await opened(rooms)
    return caught.value


def no_meetings(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=LIST, json={"meetings": [], "next_page_token": ""})


async def test_a_token_is_asked_for_with_the_credentials_and_a_form(
    httpx_mock: HTTPXMock, shelf: TokensInMemory, rooms: Rooms
) -> None:
    shelf.tokens.clear()
    httpx_mock.add_response(
        method="POST",
        url="https://zoom.us/oauth/token",
        match_headers={
            "Authorization": "Basic aWRfMTpzZWNyZXRfMQ==",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        match_content=b"grant_type=account_credentials&account_id=acc_1",
        json={"access_token": "token_1", "token_type": "bearer", "expires_in": 3599},
    )
    httpx_mock.add_response(method="DELETE", match_headers=SIGNED, status_code=204)

    await rooms.close("81234567890")

    assert shelf.tokens == {NAME: Token("token_1", NOW + timedelta(seconds=3599))}
    assert shelf.leases == {}


async def test_a_meeting_is_looked_for_and_then_created(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(
        method="GET", url=LIST, match_headers=SIGNED, json={"meetings": [], "next_page_token": ""}
    )
    httpx_mock.add_response(
        method="POST",
        url=MEETINGS,
        match_headers=SIGNED | {"Content-Type": "application/json"},
        match_json={
            "topic": f"Mentoring with Olena Host{TAG}",
            "type": 2,
            "start_time": "2026-12-01T09:00:00Z",
            "duration": 60,
            "agenda": f"session {BOOKING_ID}\ncorrelation cause-1",
            "settings": {
                "join_before_host": True,
                "jbh_time": 5,
                "waiting_room": False,
                "approval_type": 2,
                "meeting_authentication": False,
                "email_notification": False,
            },
        },
        status_code=201,
        json=MEETING,
    )

    with correlated("cause-1"):
        assert await opened(rooms) == ROOM

    assert [request.method for request in httpx_mock.get_requests()] == ["GET", "POST"]


async def test_an_account_of_the_host_is_percent_encoded_into_the_path(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    at = "https://api.zoom.us/v2/users/a%2Fb%3Fc/meetings"
    httpx_mock.add_response(url=f"{at}?type=upcoming&page_size=300", json={"meetings": []})
    httpx_mock.add_response(method="POST", url=at, status_code=201, json=MEETING)

    await opened(rooms, host=host(video_account="a/b?c"))


async def test_a_long_title_gives_way_to_the_bookings_id(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    no_meetings(httpx_mock)
    httpx_mock.add_response(method="POST", status_code=201, json=MEETING)

    await opened(rooms, title="я" * 300)

    [_, create] = httpx_mock.get_requests()
    topic = f"{'я' * 165}{TAG}"
    assert len(topic) == 200
    assert f'"topic":"{topic}"'.encode() in create.content


async def test_every_page_of_the_hosts_meetings_is_looked_through(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    others = [{"id": 1, "topic": "Staff", "start_time": "2026-12-01T09:00:00Z"}, {"id": 2}]
    ours = {"id": 81234567890, "topic": f"Old{TAG}", "start_time": "2026-12-01T09:00:00Z"}
    httpx_mock.add_response(url=LIST, json={"meetings": others, "next_page_token": "p 2"})
    httpx_mock.add_response(
        url=f"{LIST}&next_page_token=p+2", json={"meetings": [ours], "next_page_token": ""}
    )
    httpx_mock.add_response(
        method="GET", url="https://api.zoom.us/v2/meetings/81234567890", json=MEETING
    )

    assert await opened(rooms) == ROOM


async def test_pages_without_end_are_no_list(httpx_mock: HTTPXMock, rooms: Rooms) -> None:
    httpx_mock.add_response(json={"meetings": [], "next_page_token": "more"}, is_reusable=True)

    error = await failure(rooms)

    assert str(error) == "zoom: answered 200 with malformed list of meetings"
    assert {request.method for request in httpx_mock.get_requests()} == {"GET"}


async def test_a_move_sends_the_new_time_alone(httpx_mock: HTTPXMock, rooms: Rooms) -> None:
    httpx_mock.add_response(
        method="PATCH",
        url="https://api.zoom.us/v2/meetings/81234567890",
        match_headers=SIGNED,
        match_json={"start_time": "2026-12-01T09:00:00Z", "duration": 26},
        status_code=204,
    )
    wanted = appointment(starts_at=STARTS_AT, ends_at=STARTS_AT + timedelta(minutes=25, seconds=30))

    assert await rooms.move(wanted, ROOM, key=KEY, until=UNTIL) == ROOM


async def test_a_meeting_is_deleted_without_a_mail_to_anybody(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(
        method="DELETE",
        url="https://api.zoom.us/v2/meetings/81234567890"
        "?schedule_for_reminder=false&cancel_meeting_reminder=false",
        match_headers=SIGNED,
        status_code=404,
        json={"code": 3001, "message": "Meeting does not exist: 81234567890."},
    )

    await rooms.close("81234567890")

    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize("code", [124, 200, 201])
async def test_a_token_that_is_not_taken_is_replaced_and_the_request_sent_once_more(
    code: int, httpx_mock: HTTPXMock, shelf: TokensInMemory, rooms: Rooms
) -> None:
    httpx_mock.add_response(method="DELETE", status_code=401, json={"code": code, "message": ""})
    httpx_mock.add_response(
        url="https://zoom.us/oauth/token", json={"access_token": "token_2", "expires_in": 3600}
    )
    httpx_mock.add_response(
        method="DELETE", match_headers={"Authorization": "Bearer token_2"}, status_code=204
    )

    await rooms.close("81234567890")

    assert shelf.tokens[NAME].access_token == "token_2"


async def test_a_token_that_somebody_else_replaced_meanwhile_is_not_replaced_again(
    httpx_mock: HTTPXMock, shelf: TokensInMemory, rooms: Rooms
) -> None:
    theirs = Token("token_2", NOW + timedelta(hours=1))

    def replaced_meanwhile(_request: httpx.Request) -> httpx.Response:
        shelf.tokens[NAME] = theirs
        return httpx.Response(401, json={"code": 124, "message": ""})

    httpx_mock.add_callback(replaced_meanwhile, match_headers=SIGNED)
    httpx_mock.add_response(match_headers={"Authorization": "Bearer token_2"}, status_code=204)

    await rooms.close("81234567890")

    assert shelf.tokens == {NAME: theirs}


@pytest.mark.parametrize(("status", "code"), [(400, 4711), (401, 4700)])
async def test_a_missing_scope_waits_for_somebody_to_grant_it(
    status: int, code: int, httpx_mock: HTTPXMock, shelf: TokensInMemory, rooms: Rooms
) -> None:
    httpx_mock.add_response(status_code=status, json={"code": code, "message": "Invalid scopes"})

    error = await failure(rooms)

    assert (error.status, error.retryable) == (403, True)
    assert str(error) == f"zoom: answered {status}, code {code} (the app lacks a scope)"
    assert shelf.tokens == {NAME: TOKEN}


async def test_the_end_of_a_daily_limit_is_read_from_a_date(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    no_meetings(httpx_mock)
    httpx_mock.add_response(
        method="POST",
        status_code=429,
        headers={"Retry-After": "2026-11-25T00:00:00Z", "X-RateLimit-Type": "Daily-limit"},
        json={"code": 429, "message": "Enough for today."},
    )

    error = await failure(rooms)

    assert (error.retryable, error.retry_after) == (True, timedelta(hours=12))
    assert str(error) == "zoom: answered 429, code 429"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, timedelta(seconds=90)),
        ({"X-RateLimit-Reset": "9999999999", "Retry-After": "7"}, timedelta(seconds=7)),
        ({}, None),
    ],
)
async def test_the_end_of_a_limit_is_read_from_its_reset_where_nothing_else_tells_it(
    httpx_mock: HTTPXMock, rooms: Rooms, headers: dict[str, str], wait: timedelta | None
) -> None:
    no_meetings(httpx_mock)
    httpx_mock.add_response(method="POST", status_code=429, headers=headers)

    error = await failure(rooms)

    assert (error.retryable, error.retry_after) == (True, wait)


async def test_a_meeting_whose_answer_was_malformed_is_found_by_the_next_try(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    no_meetings(httpx_mock)
    httpx_mock.add_response(method="POST", status_code=201, json={"id": "81234567890"})
    assert (await failure(rooms)).outcome_unknown

    ours = {"id": 81234567890, "topic": TAG, "start_time": "2026-12-01T09:00:00Z"}
    httpx_mock.add_response(url=LIST, json={"meetings": [ours], "next_page_token": ""})
    httpx_mock.add_response(url="https://api.zoom.us/v2/meetings/81234567890", json=MEETING)

    assert await opened(rooms) == ROOM
    assert [request.method for request in httpx_mock.get_requests()].count("POST") == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"id": 1},
        {"id": "1", "join_url": "https://zoom.us/j/1"},
        {"id": 1, "join_url": None},
        {"id": 1, "join_url": "javascript:alert(1)"},
    ],
)
async def test_a_malformed_meeting_is_trouble_whose_outcome_is_open(
    answer: object, httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    no_meetings(httpx_mock)
    httpx_mock.add_response(method="POST", status_code=201, json=answer)

    error = await failure(rooms)

    assert str(error) == "zoom: answered 200 with malformed meeting"
    assert (error.retryable, error.outcome_unknown) == (True, True)


@pytest.mark.parametrize("answer", [None, [], {}, {"meetings": None}])
async def test_a_malformed_list_creates_nothing(
    answer: object, httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(url=LIST, json=answer)

    error = await failure(rooms)

    assert str(error) == "zoom: answered 200 with malformed list of meetings"
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"access_token": "", "expires_in": 3600},
        {"access_token": "t", "expires_in": "3600"},
        {"access_token": "t", "expires_in": 0},
    ],
)
async def test_a_malformed_token_is_not_kept(
    answer: object, httpx_mock: HTTPXMock, shelf: TokensInMemory, rooms: Rooms
) -> None:
    shelf.tokens.clear()
    httpx_mock.add_response(json=answer)

    error = await failure(rooms)

    assert str(error) == "zoom: answered 200 with malformed access token"
    assert error.retryable
    assert (shelf.tokens, shelf.leases) == ({}, {})


async def test_settings_that_the_account_overrules_are_told_to_the_operator(
    httpx_mock: HTTPXMock, rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    no_meetings(httpx_mock)
    settings = {"join_before_host": False, "waiting_room": True, "jbh_time": 5, "audio": "both"}
    httpx_mock.add_response(method="POST", status_code=201, json=MEETING | {"settings": settings})

    with caplog.at_level(logging.WARNING):
        assert await opened(rooms) == ROOM

    assert caplog.messages == [
        "zoom: the account's locked settings overrule ours: join_before_host, waiting_room"
    ]


async def test_the_hosts_secret_address_is_neither_kept_nor_logged(
    httpx_mock: HTTPXMock, rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    no_meetings(httpx_mock)
    httpx_mock.add_response(method="POST", status_code=201, json=MEETING)

    with caplog.at_level(logging.DEBUG):
        room = await opened(rooms)

    assert "zak" not in repr(room)
    assert "zak" not in caplog.text
    assert "token_1" not in caplog.text
