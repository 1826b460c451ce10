"""Exactly what is sent to Daily, and what becomes of answers that are not as they should be."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_httpx import HTTPXMock

from services.providers import daily
from services.providers.calendar_ports import Room, Rooms
from services.providers.errors import ProviderError
from tests.providers.standin_rig import BOOKING_ID, appointment

KEY = UUID("c0000000-0000-4000-8000-000000000001")
STARTS_AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
UNTIL = STARTS_AT + timedelta(hours=13)
WANTED = appointment(starts_at=STARTS_AT)
NAME = f"s-{BOOKING_ID}"
NBF = 1796114700  # 2026-12-01T08:45:00Z
EXP = 1796162400  # 2026-12-01T22:00:00Z
API = "https://api.daily.co/v1"
SIGNED = {"Authorization": "Bearer daily_key"}
SHAPE = {
    "privacy": "private",
    "properties": {
        "nbf": NBF,
        "exp": EXP,
        "eject_at_room_exp": True,
        "enable_knocking": False,
        "enable_prejoin_ui": True,
        "enable_chat": True,
    },
}
URL = f"https://shop.daily.co/{NAME}"
MADE = {"id": "r1", "name": NAME, "privacy": "private", "url": URL, "config": SHAPE["properties"]}
EXISTS = {"error": "invalid-request-error", "info": f"a room named {NAME} already exists"}
GONE = {"error": "not-found", "info": "no such room"}
OPENED = Room(url=f"{URL}?t=guest.jwt", ref=NAME, host_url=f"{URL}?t=owner.jwt")


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    rooms, close = daily.connect("daily_key")
    yield rooms
    await close()


async def opened(rooms: Rooms) -> Room:
    return await rooms.open(WANTED, key=KEY, until=UNTIL)


async def failure(rooms: Rooms) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await opened(rooms)
    return caught.value


def mints(httpx_mock: HTTPXMock, name: str = NAME) -> None:
    """Expect a request for the client's token and one for the host's."""
    common = {"room_name": name, "nbf": NBF, "exp": EXP}
    for token, person in (
        ("guest.jwt", {"user_name": "Ann Client", "is_owner": False}),
        ("owner.jwt", {"user_name": "Olena Host", "is_owner": True}),
    ):
        httpx_mock.add_response(
            method="POST",
            url=f"{API}/meeting-tokens",
            match_headers=SIGNED | {"Content-Type": "application/json"},
            match_json={"properties": {**common, **person}},
            json={"token": token},
        )


async def test_a_room_is_made_under_the_bookings_name_and_two_tokens_for_it(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/rooms",
        match_headers=SIGNED | {"Content-Type": "application/json"},
        match_json={"name": NAME, **SHAPE},
        json=MADE,
    )
    mints(httpx_mock)

    assert await opened(rooms) == OPENED


async def test_a_room_that_exists_as_it_should_be_is_used_as_it_is(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(method="POST", url=f"{API}/rooms", status_code=400, json=EXISTS)
    httpx_mock.add_response(
        method="GET", url=f"{API}/rooms/{NAME}", match_headers=SIGNED, json=MADE
    )
    mints(httpx_mock)

    assert await opened(rooms) == OPENED


@pytest.mark.parametrize(
    "difference",
    [
        {"config": {"nbf": NBF, "exp": EXP - 60}},
        {"config": {"nbf": NBF - 60, "exp": EXP}},
        {"config": {}},
        {"privacy": "public"},
    ],
)
async def test_a_room_that_exists_otherwise_is_put_right(
    difference: dict[str, Any], httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(method="POST", url=f"{API}/rooms", status_code=400, json=EXISTS)
    httpx_mock.add_response(method="GET", url=f"{API}/rooms/{NAME}", json=MADE | difference)
    httpx_mock.add_response(method="POST", url=f"{API}/rooms/{NAME}", match_json=SHAPE, json=MADE)
    mints(httpx_mock)

    assert await opened(rooms) == OPENED


async def test_a_name_that_is_taken_by_nothing_makes_way_for_a_second_name(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    second = f"{NAME}-2"
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/rooms",
        match_json={"name": NAME, **SHAPE},
        status_code=400,
        json=EXISTS,
    )
    httpx_mock.add_response(url=f"{API}/rooms/{NAME}", status_code=404, json=GONE)
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/rooms",
        match_json={"name": second, **SHAPE},
        json=MADE | {"name": second, "url": f"{URL}-2"},
    )
    mints(httpx_mock, second)

    assert await opened(rooms) == Room(
        url=f"{URL}-2?t=guest.jwt", ref=second, host_url=f"{URL}-2?t=owner.jwt"
    )


async def test_trouble_while_looking_for_the_room_makes_no_other_one(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(method="POST", url=f"{API}/rooms", status_code=400, json=EXISTS)
    httpx_mock.add_response(method="GET", url=f"{API}/rooms/{NAME}", status_code=403)

    assert (await failure(rooms)).status == 403
    assert len(httpx_mock.get_requests()) == 2


async def test_a_move_sends_the_new_window_and_asks_for_new_tokens(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/rooms/{NAME}",
        match_headers=SIGNED,
        match_json=SHAPE,
        json=MADE,
    )
    mints(httpx_mock)
    before = Room(url=f"{URL}?t=old", ref=NAME, host_url=f"{URL}?t=old")

    assert await rooms.move(WANTED, before, key=KEY, until=UNTIL) == OPENED


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, {"deleted": True, "name": NAME}), (404, GONE), (404, GONE | {"deleted": True})],
)
async def test_a_room_is_deleted_by_its_name(
    status: int, answer: object, httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(
        method="DELETE",
        url=f"{API}/rooms/{NAME}",
        match_headers=SIGNED,
        status_code=status,
        json=answer,
    )

    await rooms.close(NAME)

    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize("answer", [None, [], {}, {"url": 7}, {"url": "javascript:alert(1)"}])
async def test_a_malformed_room_is_trouble_whose_outcome_is_open(
    answer: object, httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(json=answer)

    error = await failure(rooms)

    assert str(error) == "daily: answered 200 with malformed room"
    assert (error.retryable, error.outcome_unknown) == (True, True)
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize("answer", [None, [], {}, {"token": ""}, {"token": 7}])
async def test_a_malformed_token_gives_no_link(
    answer: object, httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(url=f"{API}/rooms", json=MADE)
    httpx_mock.add_response(url=f"{API}/meeting-tokens", json=answer)

    error = await failure(rooms)

    assert str(error) == "daily: answered 200 with malformed meeting token"
    assert error.retryable


async def test_another_base_address_may_end_in_a_slash(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="DELETE", url="http://127.0.0.1:1/daily/v1/rooms/a%2Fb")
    rooms, close = daily.connect("daily_key", "http://127.0.0.1:1/daily/")

    await rooms.close("a/b")
    await close()


async def test_a_room_whose_answer_was_malformed_is_the_one_of_the_next_try(
    httpx_mock: HTTPXMock, rooms: Rooms
) -> None:
    httpx_mock.add_response(method="POST", url=f"{API}/rooms", json={"name": NAME})
    assert (await failure(rooms)).outcome_unknown

    httpx_mock.add_response(method="POST", url=f"{API}/rooms", status_code=400, json=EXISTS)
    httpx_mock.add_response(method="GET", url=f"{API}/rooms/{NAME}", json=MADE)
    mints(httpx_mock)

    assert await opened(rooms) == OPENED
