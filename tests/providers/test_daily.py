"""Daily's rooms against the stand-in: one room for each booking, whatever goes wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from sandbox.daily import API_KEY, DailySandbox
from sandbox.faults import Fault, FaultKind
from services.providers import daily
from services.providers.calendar_ports import Appointment, Room, Rooms
from services.providers.errors import ProviderError
from tests.providers.standin_rig import BOOKING_ID, appointment, served

KEY = UUID("c0000000-0000-4000-8000-000000000001")
NAME = f"s-{BOOKING_ID}"
URL = f"https://sandbox.daily.co/{NAME}"


@pytest.fixture
async def service() -> AsyncIterator[DailySandbox]:
    async with served(DailySandbox) as standin:
        yield standin


@asynccontextmanager
async def connected(
    service: DailySandbox, *, key: str = API_KEY, patience: timedelta = timedelta(seconds=5)
) -> AsyncIterator[Rooms]:
    rooms, close = daily.connect(key, service.url, timeout=patience, now=service.stage.clock.now)
    try:
        yield rooms
    finally:
        await close()


@pytest.fixture
async def rooms(service: DailySandbox) -> AsyncIterator[Rooms]:
    async with connected(service) as rooms:
        yield rooms


def until(wanted: Appointment) -> datetime:
    return wanted.ends_at + timedelta(hours=12)


async def opened(rooms: Rooms, wanted: Appointment | None = None) -> Room:
    wanted = wanted or appointment()
    return await rooms.open(wanted, key=KEY, until=until(wanted))


async def moved(rooms: Rooms, wanted: Appointment, room: Room) -> Room:
    return await rooms.move(wanted, room, key=KEY, until=until(wanted))


async def failure(rooms: Rooms) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await opened(rooms)
    return caught.value


def later() -> Appointment:
    return appointment(starts_at=appointment().starts_at + timedelta(days=2))


def window(wanted: Appointment) -> dict[str, int]:
    return {
        "nbf": int((wanted.starts_at - timedelta(minutes=15)).timestamp()),
        "exp": int(until(wanted).timestamp()),
    }


def claims(link: str | None) -> dict[str, Any]:
    """What the token of a link says; its times are checked by the test."""
    assert link is not None
    address, _, token = link.partition("?t=")
    assert address == URL
    found: dict[str, Any] = jwt.decode(
        token, API_KEY, algorithms=["HS256"], options={"verify_nbf": False, "verify_exp": False}
    )
    return {name: value for name, value in found.items() if name not in ("d", "iat")}


async def test_a_booking_gets_a_private_room_and_a_link_for_each_side(
    service: DailySandbox, rooms: Rooms
) -> None:
    wanted = appointment()

    room = await opened(rooms, wanted)

    assert room.ref == NAME
    [made] = service.rooms
    assert (made["name"], made["privacy"]) == (NAME, "private")
    assert made["config"] == {
        **window(wanted),
        "eject_at_room_exp": True,
        "enable_knocking": False,
        "enable_prejoin_ui": True,
        "enable_chat": True,
    }
    common = {"r": NAME, **window(wanted)}
    assert claims(room.url) == common | {"u": "Ann Client", "o": False}
    assert claims(room.host_url) == common | {"u": "Olena Host", "o": True}


async def test_a_room_is_made_once_however_often_it_is_opened(
    service: DailySandbox, rooms: Rooms
) -> None:
    first = await opened(rooms)
    second = await opened(rooms)

    assert second.ref == first.ref
    assert claims(second.url) == claims(first.url)
    assert len(service.history) == 1


async def test_a_room_that_is_found_with_another_window_is_put_right(
    service: DailySandbox, rooms: Rooms
) -> None:
    await opened(rooms)

    room = await opened(rooms, later())

    [made] = service.history
    assert made["config"] | window(later()) == made["config"]
    assert claims(room.url)["exp"] == window(later())["exp"]


async def test_an_expired_room_that_still_holds_its_name_is_got_around(
    service: DailySandbox, rooms: Rooms
) -> None:
    first = await opened(rooms)
    service.stage.clock.advance(timedelta(days=20))
    wanted = appointment(starts_at=appointment().starts_at + timedelta(days=28))

    room = await opened(rooms, wanted)

    assert room.ref == f"{NAME}-2"
    assert [made["name"] for made in service.rooms] == [room.ref]
    assert room.url.startswith(f"{URL}-2?t=")
    again = await opened(rooms, wanted)
    assert again.ref == room.ref != first.ref
    assert len(service.history) == 2


async def test_a_refused_room_is_a_refusal_and_nothing_is_there(
    service: DailySandbox, rooms: Rooms
) -> None:
    service.stage.faults.plan("daily.create", Fault(FaultKind.REFUSE), times=2)

    error = await failure(rooms)

    assert (error.status, error.retryable) == (400, False)
    assert str(error) == "daily: answered 400"
    assert service.history == []


async def test_a_wrong_key_is_a_401_that_does_not_tell_it(service: DailySandbox) -> None:
    async with connected(service, key="another_key") as rooms:
        error = await failure(rooms)

    assert (error.status, error.retryable) == (401, False)
    assert "another_key" not in repr(error)
    assert service.history == []


async def test_a_rate_limit_says_how_long_to_wait(service: DailySandbox, rooms: Rooms) -> None:
    service.stage.faults.plan("daily.create", Fault(FaultKind.RATE_LIMIT, 30))

    error = await failure(rooms)

    assert (error.status, error.retryable) == (429, True)
    assert error.retry_after == timedelta(seconds=30)
    assert service.history == []


@pytest.mark.parametrize(("operation", "left"), [("create", 0), ("token", 1)])
async def test_after_a_500_the_next_try_opens_the_room(
    operation: str, left: int, service: DailySandbox, rooms: Rooms
) -> None:
    service.stage.faults.plan(f"daily.{operation}", Fault(FaultKind.FAIL))

    error = await failure(rooms)

    assert (error.status, error.retryable, error.outcome_unknown) == (500, True, True)
    assert len(service.history) == left
    assert claims((await opened(rooms)).host_url)["o"] is True
    assert len(service.history) == 1


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.LOSE_ANSWER])
async def test_a_room_made_without_an_answer_is_the_one_of_the_next_try(
    kind: FaultKind, service: DailySandbox
) -> None:
    service.stage.faults.plan("daily.create", Fault(kind, 30))
    async with connected(service, patience=timedelta(milliseconds=200)) as rooms:
        error = await failure(rooms)
        assert (error.retryable, error.outcome_unknown) == (True, True)

        room = await opened(rooms)

    assert room.ref == NAME
    assert [made["name"] for made in service.history] == [NAME]


@pytest.mark.parametrize("operation", ["create", "token"])
async def test_a_malformed_answer_is_retryable_and_leaves_the_outcome_open(
    operation: str, service: DailySandbox, rooms: Rooms
) -> None:
    service.stage.faults.plan(f"daily.{operation}", Fault(FaultKind.MALFORMED))

    error = await failure(rooms)

    assert (error.retryable, error.outcome_unknown) == (True, True)
    await opened(rooms)
    assert len(service.history) == 1


async def test_a_moved_booking_keeps_its_room_and_gets_links_for_the_new_time(
    service: DailySandbox, rooms: Rooms
) -> None:
    room = await opened(rooms)

    new = await moved(rooms, later(), room)

    assert new.ref == room.ref
    assert claims(new.url) == {"r": NAME, **window(later()), "u": "Ann Client", "o": False}
    assert claims(new.host_url)["nbf"] == window(later())["nbf"]
    [made] = service.history
    assert made["config"]["nbf"] == window(later())["nbf"]
    assert made["config"]["exp"] == window(later())["exp"]
    assert made["privacy"] == "private"


async def test_a_move_without_an_answer_may_be_repeated(service: DailySandbox) -> None:
    async with connected(service, patience=timedelta(milliseconds=200)) as rooms:
        room = await opened(rooms)
        service.stage.faults.plan("daily.update", Fault(FaultKind.HANG, 30))
        with pytest.raises(ProviderError, match="no answer"):
            await moved(rooms, later(), room)

        new = await moved(rooms, later(), room)

    assert claims(new.url)["exp"] == window(later())["exp"]
    assert [made["config"]["exp"] for made in service.history] == [window(later())["exp"]]


async def test_a_booking_whose_room_is_gone_gets_a_new_one_when_it_moves(
    service: DailySandbox, rooms: Rooms
) -> None:
    room = await opened(rooms)
    await rooms.close(room.ref)

    new = await moved(rooms, later(), room)

    assert new.ref == NAME
    [made] = service.rooms
    assert made["config"]["exp"] == window(later())["exp"]


async def test_a_move_that_fails_makes_no_second_room(service: DailySandbox, rooms: Rooms) -> None:
    room = await opened(rooms)
    service.stage.faults.plan("daily.update", Fault(FaultKind.FAIL))

    with pytest.raises(ProviderError, match="answered 500"):
        await moved(rooms, later(), room)

    [made] = service.history
    assert made["config"]["exp"] == window(appointment())["exp"]


async def test_a_closed_room_is_gone_and_closing_again_is_no_error(
    service: DailySandbox, rooms: Rooms
) -> None:
    room = await opened(rooms)

    await rooms.close(room.ref)
    await rooms.close(room.ref)

    assert service.rooms == []
    assert len(service.history) == 1


async def test_a_room_that_expired_by_itself_is_closed_without_error(
    service: DailySandbox, rooms: Rooms
) -> None:
    room = await opened(rooms)
    service.stage.clock.advance(timedelta(days=20))

    await rooms.close(room.ref)

    assert service.rooms == []


async def test_a_close_without_an_answer_may_be_repeated(service: DailySandbox) -> None:
    async with connected(service, patience=timedelta(milliseconds=200)) as rooms:
        room = await opened(rooms)
        service.stage.faults.plan("daily.delete", Fault(FaultKind.HANG, 30))
        with pytest.raises(ProviderError, match="no answer"):
            await rooms.close(room.ref)

        await rooms.close(room.ref)

    assert service.rooms == []


async def test_a_close_that_fails_is_told(service: DailySandbox, rooms: Rooms) -> None:
    room = await opened(rooms)
    service.stage.faults.plan("daily.delete", Fault(FaultKind.FAIL))

    with pytest.raises(ProviderError, match="answered 500"):
        await rooms.close(room.ref)

    assert len(service.rooms) == 1


async def test_a_room_that_we_never_heard_of_is_found_and_can_be_closed(
    service: DailySandbox, rooms: Rooms
) -> None:
    assert await rooms.find(appointment()) is None
    service.stage.faults.plan("daily.create", Fault(FaultKind.LOSE_ANSWER))
    await failure(rooms)

    assert await rooms.find(appointment()) == NAME

    await rooms.close(NAME)
    assert await rooms.find(appointment()) is None
    assert len(service.history) == 1


async def test_a_room_under_its_second_name_is_found(service: DailySandbox, rooms: Rooms) -> None:
    await opened(rooms)
    service.stage.clock.advance(timedelta(days=20))
    room = await opened(rooms, appointment(starts_at=appointment().starts_at + timedelta(days=28)))

    assert await rooms.find(appointment()) == room.ref == f"{NAME}-2"


async def test_a_search_in_trouble_does_not_say_that_there_is_no_room(
    service: DailySandbox, rooms: Rooms
) -> None:
    await opened(rooms)
    service.stage.faults.plan("daily.get", Fault(FaultKind.RATE_LIMIT, 90))

    with pytest.raises(ProviderError, match="answered 429"):
        await rooms.find(appointment())
