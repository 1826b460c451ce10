"""Zoom's rooms against the stand-in: one meeting for each booking, whatever goes wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.zoom import ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, ZoomSandbox
from services.providers import zoom
from services.providers.calendar_ports import Appointment, Room, Rooms
from services.providers.errors import ProviderError
from services.providers.zoom_tokens import TokenShelf
from tests.providers.standin_rig import BOOKING_ID, appointment, host, served
from tests.providers.token_shelf import TokensInMemory

KEY = UUID("c0000000-0000-4000-8000-000000000001")


@pytest.fixture
async def service() -> AsyncIterator[ZoomSandbox]:
    async with served(ZoomSandbox) as standin:
        yield standin


@asynccontextmanager
async def connected(
    service: ZoomSandbox,
    *,
    shelf: TokenShelf | None = None,
    secret: str = CLIENT_SECRET,
    patience: timedelta = timedelta(seconds=5),
) -> AsyncIterator[Rooms]:
    rooms, close = zoom.connect(
        ACCOUNT_ID,
        CLIENT_ID,
        secret,
        tokens=shelf or TokensInMemory(),
        api_base=service.url,
        oauth_base=service.url,
        timeout=patience,
        now=service.stage.clock.now,
    )
    try:
        yield rooms
    finally:
        await close()


@pytest.fixture
async def rooms(service: ZoomSandbox) -> AsyncIterator[Rooms]:
    async with connected(service) as rooms:
        yield rooms


async def opened(rooms: Rooms, wanted: Appointment | None = None) -> Room:
    wanted = wanted or appointment()
    return await rooms.open(wanted, key=KEY, until=wanted.ends_at + timedelta(hours=12))


async def failure(rooms: Rooms, wanted: Appointment | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await opened(rooms, wanted)
    return caught.value


def asked(service: ZoomSandbox, method: str, path: str) -> int:
    """How often the stand-in was asked for what begins with this path."""
    calls = service.stage.journal.of("zoom")
    return sum(call.method == method and call.path.startswith(path) for call in calls)


async def test_a_booking_gets_its_meeting_and_the_guests_link(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    wanted = appointment()

    room = await opened(rooms, wanted)

    [meeting] = service.meetings
    assert room == Room(url=meeting["join_url"], ref=str(meeting["id"]), host_url=None)
    assert "?pwd=" in room.url
    assert meeting["host_email"] == "olena@example.com"
    assert meeting["topic"] == f"Mentoring with Olena Host · {BOOKING_ID.hex}"
    assert meeting["start_time"] == f"{wanted.starts_at:%Y-%m-%dT%H:%M:%SZ}"
    assert meeting["duration"] == 60
    assert meeting["agenda"].startswith(f"session {BOOKING_ID}")
    assert "Ann" not in str(meeting)


async def test_the_hosts_own_zoom_account_goes_before_their_mail_address(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    wanted = appointment(
        host=host(email="elsewhere@example.com", video_account="olena@example.com")
    )

    await opened(rooms, wanted)

    assert [meeting["host_email"] for meeting in service.meetings] == ["olena@example.com"]


async def test_a_meeting_is_opened_once_however_often_it_is_asked_for(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    first = await opened(rooms)

    assert await opened(rooms) == first
    assert len(service.history) == 1


async def test_each_booking_has_a_meeting_of_its_own(service: ZoomSandbox, rooms: Rooms) -> None:
    one = await opened(rooms)
    other = await opened(
        rooms, appointment(booking_id=UUID("b0000000-0000-4000-8000-000000000002"))
    )

    assert one.url != other.url
    assert len(service.meetings) == 2


async def test_a_meeting_that_is_found_at_another_time_is_moved(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    first = await opened(rooms)
    later = appointment(starts_at=appointment().starts_at + timedelta(days=1))

    assert await opened(rooms, later) == first

    [meeting] = service.history
    assert meeting["start_time"] == f"{later.starts_at:%Y-%m-%dT%H:%M:%SZ}"


async def test_an_unknown_host_is_a_refusal_that_names_zooms_code(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    error = await failure(rooms, appointment(host=host(email="nobody@example.com")))

    assert (error.status, error.retryable) == (404, False)
    assert str(error) == "zoom: answered 404, code 1001"
    assert service.history == []


async def test_a_token_that_somebody_else_ended_is_replaced_once(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    await opened(rooms)
    async with httpx.AsyncClient(auth=(CLIENT_ID, CLIENT_SECRET)) as somebody:
        form = {"grant_type": "account_credentials", "account_id": ACCOUNT_ID}
        answer = await somebody.post(f"{service.url}/oauth/token", data=form)
    assert answer.status_code == 200

    await opened(rooms)

    assert asked(service, "POST", "/oauth/token") == 3
    assert len(service.history) == 1


async def test_a_token_lives_for_all_its_requests_and_is_replaced_before_its_end(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    await opened(rooms)
    await opened(rooms)
    assert asked(service, "POST", "/oauth/token") == 1

    service.stage.clock.advance(timedelta(minutes=58))
    await opened(rooms)

    assert asked(service, "POST", "/oauth/token") == 2
    assert [call.status for call in service.stage.journal.of("zoom") if call.status == 401] == []


async def test_a_token_that_is_never_taken_is_a_401_and_no_meeting(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    service.stage.faults.plan("zoom.create", Fault(FaultKind.UNAUTHORIZED), times=2)

    error = await failure(rooms)

    assert (error.status, str(error)) == (401, "zoom: answered 401, code 124")
    assert asked(service, "POST", "/v2/users") == 2
    assert service.history == []


async def test_wrong_credentials_name_the_settings_and_tell_no_secret(
    service: ZoomSandbox,
) -> None:
    async with connected(service, secret="other_secret") as rooms:
        error = await failure(rooms)

    assert (error.status, error.retryable) == (401, True)
    assert error.message == (
        "answered 400 to ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET"
    )
    assert "other_secret" not in repr(error)
    assert service.history == []


async def test_a_rate_limit_says_how_long_to_wait(service: ZoomSandbox, rooms: Rooms) -> None:
    service.stage.faults.plan("zoom.create", Fault(FaultKind.RATE_LIMIT, 90))

    error = await failure(rooms)

    assert (error.status, error.retryable) == (429, True)
    assert error.retry_after is not None
    assert 89 <= error.retry_after.total_seconds() <= 91
    assert service.history == []


async def test_after_a_500_the_next_try_opens_the_meeting(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    service.stage.faults.plan("zoom.create", Fault(FaultKind.FAIL))

    error = await failure(rooms)

    assert (error.status, error.retryable, error.outcome_unknown) == (500, True, True)
    assert service.history == []
    await opened(rooms)
    assert len(service.history) == 1


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.LOSE_ANSWER])
async def test_a_meeting_made_without_an_answer_is_found_by_the_next_try(
    kind: FaultKind, service: ZoomSandbox
) -> None:
    service.stage.faults.plan("zoom.create", Fault(kind, 30))
    async with connected(service, patience=timedelta(milliseconds=200)) as rooms:
        error = await failure(rooms)
        assert (error.retryable, error.outcome_unknown) == (True, True)

        room = await opened(rooms)

    [meeting] = service.history
    assert room == Room(url=meeting["join_url"], ref=str(meeting["id"]))


async def test_a_malformed_answer_is_retryable_and_leaves_the_outcome_open(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    service.stage.faults.plan("zoom.create", Fault(FaultKind.MALFORMED))

    error = await failure(rooms)

    assert (error.retryable, error.outcome_unknown) == (True, True)
    await opened(rooms)
    assert len(service.history) == 1


async def test_a_token_service_that_fails_is_asked_again_by_the_next_try(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    service.stage.faults.plan("zoom.token", Fault(FaultKind.FAIL))
    service.stage.faults.plan("zoom.token", Fault(FaultKind.MALFORMED))

    assert (await failure(rooms)).status == 500
    assert (await failure(rooms)).retryable
    assert service.history == []
    await opened(rooms)
    assert len(service.history) == 1


async def test_a_moved_booking_keeps_its_link(service: ZoomSandbox, rooms: Rooms) -> None:
    room = await opened(rooms)
    starts_at = appointment().starts_at + timedelta(days=2)
    later = appointment(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=90))

    moved = await rooms.move(later, room, key=KEY, until=later.ends_at)

    assert moved == room
    [meeting] = service.history
    assert meeting["start_time"] == f"{starts_at:%Y-%m-%dT%H:%M:%SZ}"
    assert meeting["duration"] == 90
    assert meeting["topic"].endswith(BOOKING_ID.hex)


async def test_a_move_without_an_answer_may_be_repeated(service: ZoomSandbox) -> None:
    later = appointment(starts_at=appointment().starts_at + timedelta(days=2))
    async with connected(service, patience=timedelta(milliseconds=200)) as rooms:
        room = await opened(rooms)
        service.stage.faults.plan("zoom.update", Fault(FaultKind.HANG, 30))
        with pytest.raises(ProviderError, match="no answer"):
            await rooms.move(later, room, key=KEY, until=later.ends_at)

        assert await rooms.move(later, room, key=KEY, until=later.ends_at) == room

    assert [meeting["start_time"] for meeting in service.history] == [
        f"{later.starts_at:%Y-%m-%dT%H:%M:%SZ}"
    ]


async def test_a_booking_whose_meeting_is_gone_gets_a_new_one_when_it_moves(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    room = await opened(rooms)
    await rooms.close(room.ref)

    moved = await rooms.move(appointment(), room, key=KEY, until=appointment().ends_at)

    [meeting] = service.meetings
    assert moved == Room(url=meeting["join_url"], ref=str(meeting["id"]))
    assert moved.ref != room.ref


async def test_a_move_that_fails_opens_no_second_meeting(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    room = await opened(rooms)
    service.stage.faults.plan("zoom.update", Fault(FaultKind.FAIL))

    with pytest.raises(ProviderError):
        await rooms.move(appointment(), room, key=KEY, until=appointment().ends_at)

    assert len(service.history) == 1


async def test_a_closed_meeting_is_deleted_and_closing_again_is_no_error(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    room = await opened(rooms)

    await rooms.close(room.ref)
    await rooms.close(room.ref)

    assert service.meetings == []
    assert len(service.history) == 1


async def test_a_close_without_an_answer_may_be_repeated(service: ZoomSandbox) -> None:
    async with connected(service, patience=timedelta(milliseconds=200)) as rooms:
        room = await opened(rooms)
        service.stage.faults.plan("zoom.delete", Fault(FaultKind.HANG, 30))
        with pytest.raises(ProviderError, match="no answer"):
            await rooms.close(room.ref)

        await rooms.close(room.ref)

    assert service.meetings == []


async def test_a_close_that_fails_is_told(service: ZoomSandbox, rooms: Rooms) -> None:
    room = await opened(rooms)
    service.stage.faults.plan("zoom.delete", Fault(FaultKind.FAIL))

    with pytest.raises(ProviderError, match="answered 500"):
        await rooms.close(room.ref)

    assert len(service.meetings) == 1


async def test_a_meeting_that_we_never_heard_of_is_found_and_can_be_closed(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    assert await rooms.find(appointment()) is None
    service.stage.faults.plan("zoom.create", Fault(FaultKind.LOSE_ANSWER))
    await failure(rooms)

    ref = await rooms.find(appointment())

    [meeting] = service.meetings
    assert ref == str(meeting["id"])
    another = appointment(booking_id=UUID("b0000000-0000-4000-8000-000000000002"))
    assert await rooms.find(another) is None
    await rooms.close(ref)
    assert await rooms.find(appointment()) is None
    assert len(service.history) == 1


async def test_a_search_in_trouble_does_not_say_that_there_is_no_meeting(
    service: ZoomSandbox, rooms: Rooms
) -> None:
    await opened(rooms)
    service.stage.faults.plan("zoom.list", Fault(FaultKind.RATE_LIMIT, 90))

    with pytest.raises(ProviderError, match="answered 429"):
        await rooms.find(appointment())
