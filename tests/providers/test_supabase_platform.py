"""Supabase through its own client: against the stand-in over HTTP, and the exact requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from pytest_httpx import HTTPXMock

from sandbox.accounts import DEMO_USERS
from sandbox.faults import Fault, FaultKind
from sandbox.supabase import SECRET_KEY, Broadcast, SupabaseSandbox
from services.db import Database, OutsideCallInTransaction
from services.providers.errors import ProviderError
from services.providers.message_ports import Account
from services.providers.supabase_platform import SupabasePlatform, connect
from supabase import AsyncClient
from tests.providers.standin_rig import served
from tests.providers.test_http import NoPool

ANN = DEMO_USERS[0]
NOBODY = UUID("d3300000-0000-4000-8000-00000000dead")
URL = "https://project.supabase.co"
USER_URL = f"{URL}/auth/v1/admin/users/{ANN.id}"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
USER = {
    "id": str(ANN.id),
    "aud": "authenticated",
    "email": "ann@client.test",
    "app_metadata": {"provider": "email"},
    "user_metadata": {},
    "created_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
async def standin() -> AsyncIterator[SupabaseSandbox]:
    async with served(lambda stage: SupabaseSandbox(stage, DEMO_USERS)) as standin:
        yield standin


@asynccontextmanager
async def platform(
    standin: SupabaseSandbox, key: str = SECRET_KEY, patience: timedelta = timedelta(seconds=5)
) -> AsyncIterator[SupabasePlatform]:
    made, close = connect(standin.url, key, timeout=patience)
    yield made
    await close()


@pytest.fixture
async def hosted() -> AsyncIterator[SupabasePlatform]:
    """Speaks to a hosted project, which pytest-httpx plays."""
    made, close = connect(URL, "sb_secret_live", now=lambda: NOW)
    yield made
    await close()


def asked(standin: SupabaseSandbox) -> list[int]:
    return [call.status for call in standin.stage.journal.of("supabase")]


def checked(caught: "pytest.ExceptionInfo[ProviderError]") -> ProviderError:
    assert caught.value.vendor == "supabase"
    assert "@" not in str(caught.value)
    assert SECRET_KEY not in str(caught.value)
    assert caught.value.__suppress_context__
    return caught.value


async def unread(platform: SupabasePlatform) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await platform.read(ANN.id)
    return checked(caught)


async def unsent(platform: SupabasePlatform) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await platform.send(ANN.id, "notification", {"id": "1"})
    return checked(caught)


# --- accounts ------------------------------------------------------------------------------------


async def test_an_account_is_read(standin: SupabaseSandbox) -> None:
    standin.set_metadata(ANN.id, language="uk")
    async with platform(standin) as supabase:
        assert await supabase.read(ANN.id) == Account("demo@example.com", "Demo Client", "uk")


async def test_an_account_that_is_gone_is_none(standin: SupabaseSandbox) -> None:
    async with platform(standin) as supabase:
        assert await supabase.read(NOBODY) is None


async def test_a_wrong_key_reads_nothing(standin: SupabaseSandbox) -> None:
    async with platform(standin, "sb_secret_of_another") as supabase:
        error = await unread(supabase)

    assert (error.retryable, error.status, error.message) == (False, 401, "answered 401")


@pytest.mark.parametrize(
    ("fault", "retryable", "status", "message"),
    [
        (Fault(FaultKind.UNAUTHORIZED), False, 401, "answered 401"),
        (Fault(FaultKind.RATE_LIMIT, seconds=30), True, 429, "answered 429"),
        (Fault(FaultKind.FAIL), True, 500, "answered 500"),
        (Fault(FaultKind.LOSE_ANSWER), True, 500, "answered 500"),
        (Fault(FaultKind.MALFORMED), True, 200, "answered 200 with malformed content"),
    ],
)
async def test_trouble_with_auth(
    standin: SupabaseSandbox, fault: Fault, retryable: bool, status: int, message: str
) -> None:
    standin.stage.faults.plan("supabase.user", fault)
    async with platform(standin) as supabase:
        error = await unread(supabase)

        assert (error.retryable, error.status, error.message) == (retryable, status, message)
        waits = timedelta(seconds=30) if status == 429 else None
        assert error.retry_after == waits
        assert len(asked(standin)) == 1
        assert await supabase.read(ANN.id) is not None


async def test_auth_that_keeps_silent_is_given_up_on(standin: SupabaseSandbox) -> None:
    standin.stage.faults.plan("supabase", Fault(FaultKind.HANG, seconds=30))
    async with platform(standin, patience=timedelta(seconds=0.2)) as supabase:
        error = await unread(supabase)

    assert (error.retryable, error.status) == (True, None)
    assert error.message.startswith("no answer (")


async def test_the_exact_request_for_an_account(
    hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="GET", url=USER_URL, json=USER)

    assert await hosted.read(ANN.id) == Account("ann@client.test", None, None)

    [request] = httpx_mock.get_requests()
    assert request.headers["apikey"] == "sb_secret_live"
    assert request.headers["authorization"] == "Bearer sb_secret_live"
    assert request.content == b""


@pytest.mark.parametrize(
    ("changes", "account"),
    [
        ({"email": ""}, Account(None, None, None)),
        ({"email": None}, Account(None, None, None)),
        (
            {"user_metadata": {"full_name": " Ann A. ", "name": "ann", "locale": "uk_UA"}},
            Account("ann@client.test", "Ann A.", "uk-UA"),
        ),
        (
            {"user_metadata": {"full_name": "", "name": "Ann", "language": "ru", "locale": "en"}},
            Account("ann@client.test", "Ann", "ru"),
        ),
        (
            {"user_metadata": {"full_name": {"a": 1}, "name": 7, "language": "x' or 1=1"}},
            Account("ann@client.test", None, None),
        ),
    ],
)
async def test_what_people_write_of_themselves_is_taken_with_care(
    changes: dict[str, Any], account: Account, hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=USER_URL, json=USER | changes)

    assert await hosted.read(ANN.id) == account


async def test_a_404_that_is_not_about_the_user_is_trouble(
    hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=USER_URL, status_code=404, json={"message": "no Route matched"})

    error = await unread(hosted)

    assert (error.retryable, error.status) == (False, 404)


@pytest.mark.parametrize(
    ("status", "retryable"), [(301, True), (403, False), (502, True), (520, True)]
)
async def test_statuses_of_the_gateway(
    status: int, retryable: bool, hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        url=USER_URL, status_code=status, text="ann@client.test", headers={"location": "/away"}
    )

    error = await unread(hosted)

    assert (error.retryable, error.status) == (retryable, status)
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize("body", [{}, [], {"user": None}, USER | {"user_metadata": "x"}])
async def test_an_account_without_its_fields_is_malformed(
    body: object, hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=USER_URL, json=body)

    error = await unread(hosted)

    assert (error.retryable, error.message) == (True, "answered 200 with malformed content")


# --- broadcasts ----------------------------------------------------------------------------------


async def test_a_broadcast_reaches_the_users_private_channel(standin: SupabaseSandbox) -> None:
    async with platform(standin) as supabase:
        await supabase.send(ANN.id, "notification", {"id": "1", "title": "Підтверджено"})

    told = Broadcast(f"user:{ANN.id}", "notification", {"id": "1", "title": "Підтверджено"})
    assert standin.broadcasts == [told]


async def test_a_wrong_key_broadcasts_nothing(standin: SupabaseSandbox) -> None:
    async with platform(standin, "sb_secret_of_another") as supabase:
        error = await unsent(supabase)

    assert (error.retryable, error.status) == (False, 401)
    assert standin.broadcasts == []


@pytest.mark.parametrize(
    ("kind", "retryable", "status", "unknown", "told"),
    [
        (FaultKind.UNAUTHORIZED, False, 401, False, 0),
        (FaultKind.REFUSE, False, 400, False, 0),
        (FaultKind.RATE_LIMIT, True, 429, False, 0),
        (FaultKind.FAIL, True, 500, True, 0),
        (FaultKind.LOSE_ANSWER, True, 500, True, 1),
        (FaultKind.MALFORMED, True, 200, True, 0),
    ],
)
async def test_trouble_with_realtime(
    *,
    standin: SupabaseSandbox,
    kind: FaultKind,
    retryable: bool,
    status: int,
    unknown: bool,
    told: int,
) -> None:
    standin.stage.faults.plan("supabase.broadcast", Fault(kind, seconds=30))
    async with platform(standin) as supabase:
        error = await unsent(supabase)

    assert (error.retryable, error.status, error.outcome_unknown) == (retryable, status, unknown)
    # Of an answer the package keeps the status alone: how long to wait is the caller's to choose.
    assert error.retry_after is None
    assert len(asked(standin)) == 1
    assert len(standin.broadcasts) == told


async def test_realtime_that_keeps_silent_is_given_up_on(standin: SupabaseSandbox) -> None:
    standin.stage.faults.plan("supabase", Fault(FaultKind.HANG, seconds=30))
    async with platform(standin, patience=timedelta(seconds=0.2)) as supabase:
        error = await unsent(supabase)

    assert (error.retryable, error.status, error.outcome_unknown) == (True, None, True)
    assert len(standin.broadcasts) == 1


async def test_the_exact_request_of_a_broadcast(
    hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", status_code=202)

    await hosted.send(ANN.id, "notification/new", {"id": "1"})

    [request] = httpx_mock.get_requests()
    assert str(request.url) == (
        f"{URL}/realtime/v1/api/broadcast/user%3A{ANN.id}/events/notification%2Fnew?private=true"
    )
    assert request.headers["apikey"] == "sb_secret_live"
    assert request.headers["authorization"] == "Bearer sb_secret_live"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {"id": "1"}


@pytest.mark.parametrize(
    ("status", "retryable"), [(403, False), (404, False), (408, True), (503, True)]
)
async def test_refused_broadcasts(
    status: int, retryable: bool, hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=status, json={"message": "ann@client.test"})

    error = await unsent(hosted)

    assert (error.retryable, error.status) == (retryable, status)


async def test_a_realtime_that_is_not_there_took_nothing(
    hosted: SupabasePlatform, httpx_mock: HTTPXMock
) -> None:
    for exception in (httpx.ConnectError("ann@client.test"), httpx.ConnectTimeout("x")):
        httpx_mock.add_exception(exception)
        error = await unsent(hosted)
        assert (error.retryable, error.outcome_unknown) == (True, False)
        assert error.message == f"no answer ({type(exception).__name__})"


async def test_channels_do_not_pile_up(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=202, is_reusable=True)
    client = AsyncClient(URL, "sb_secret_live")
    supabase = SupabasePlatform(client, timeout=timedelta(seconds=5), now=lambda: NOW)

    await asyncio.gather(
        *(supabase.send(user, "notification", {}) for user in (ANN.id, NOBODY, ANN.id))
    )
    await client.auth.close()

    assert len(httpx_mock.get_requests()) == 3
    assert client.get_channels() == []


# --- both ----------------------------------------------------------------------------------------


async def test_an_answer_that_drips_in_is_given_up_on(httpx_mock: HTTPXMock) -> None:
    async def drip(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(30)
        raise AssertionError

    httpx_mock.add_callback(drip, is_reusable=True)
    supabase, close = connect(URL, "sb_secret_live", timeout=timedelta(milliseconds=30))

    for error in (await unread(supabase), await unsent(supabase)):
        assert (error.retryable, error.status) == (True, None)
        assert error.message == "no answer (TimeoutError)"
    await close()


async def test_a_service_that_is_down_is_left_alone_while_the_other_is_asked(
    standin: SupabaseSandbox,
) -> None:
    standin.stage.faults.plan("supabase.broadcast", Fault(FaultKind.FAIL), times=5)
    async with platform(standin) as supabase:
        for _ in range(5):
            await unsent(supabase)
        with pytest.raises(ProviderError) as caught:
            await supabase.send(ANN.id, "notification", {})

        assert caught.value.retry_after is not None
        assert asked(standin) == [500] * 5
        assert await supabase.read(ANN.id) is not None


async def test_nothing_is_asked_inside_a_transaction(standin: SupabaseSandbox) -> None:
    async with (
        platform(standin) as supabase,
        Database(cast("Any", NoPool())).transaction(),
    ):
        with pytest.raises(OutsideCallInTransaction):
            await supabase.read(ANN.id)
        with pytest.raises(OutsideCallInTransaction):
            await supabase.send(ANN.id, "notification", {})

    assert asked(standin) == []
