"""The door: what is sent, what each kind of trouble becomes, and when it tries again."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self, cast

import anyio
import httpx
import pytest
from pytest_httpx import HTTPXMock

from services.db import Database, OutsideCallInTransaction
from services.providers.errors import ProviderError, SlotRefused
from services.providers.http import Door

BASE = "https://api.vendor.test/v2"
KEY = "sk_very_secret"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class Sleeper:
    """Sleeps no time and remembers how long it was asked to."""

    slept: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
async def door(sleeper: Sleeper) -> AsyncIterator[Door]:
    """A door whose jitter is always the longest that it may be."""
    door = Door(
        "vendor",
        BASE,
        headers={"authorization": f"Bearer {KEY}"},
        sleep=sleeper,
        spread=lambda _shortest, longest: longest,
        now=lambda: NOW,
    )
    yield door
    await door.close()


class NoPool:
    """Stands in for a pool where only the transaction's mark matters."""

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Self]:
        yield self

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield


async def refusal(door: Door, *, safe_to_repeat: bool = False) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await door.request("GET", "/bookings", safe_to_repeat=safe_to_repeat)
    return caught.value


async def test_a_request_carries_the_base_the_headers_and_the_json(
    door: Door, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        method="POST",
        url=f"{BASE}/bookings?notify=no",
        match_headers={"authorization": f"Bearer {KEY}", "idempotency-key": "b1"},
        match_json={"title": "Сесія"},
        json={"id": 7},
    )

    answer = await door.request(
        "POST",
        "/bookings",
        json={"title": "Сесія"},
        params={"notify": "no"},
        headers={"idempotency-key": "b1"},
        safe_to_repeat=False,
    )

    assert answer == {"id": 7}


async def test_a_form_is_sent_as_a_form(door: Door, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url=f"{BASE}/oauth/token",
        match_headers={"Content-Type": "application/x-www-form-urlencoded"},
        match_content=b"grant_type=account_credentials&account_id=a%2Fb",
        json={"access_token": "t"},
    )

    answer = await door.request(
        "POST",
        "/oauth/token",
        form={"grant_type": "account_credentials", "account_id": "a/b"},
        safe_to_repeat=True,
    )

    assert answer == {"access_token": "t"}


async def test_an_answer_without_a_body_is_none(door: Door, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=204)

    assert await door.request("DELETE", "/bookings/7", safe_to_repeat=True) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_a_refusal_is_final_and_not_repeated(
    status: int, door: Door, sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=status, json={"code": "no"})

    error = await refusal(door, safe_to_repeat=True)

    assert (error.vendor, error.status, error.retryable) == ("vendor", status, False)
    assert not error.outcome_unknown
    assert error.body == {"code": "no"}
    assert str(error) == f"vendor: answered {status}"
    assert len(httpx_mock.get_requests()) == 1
    assert sleeper.slept == []


@pytest.mark.parametrize("status", [301, 302, 304, 307])
async def test_a_redirect_is_not_followed_and_may_be_over_later(
    status: int, door: Door, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=status, headers={"location": "https://elsewhere.test/"})

    error = await refusal(door)

    assert (error.status, error.retryable, error.outcome_unknown) == (status, True, False)
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_trouble_that_may_pass_is_retryable_but_not_repeated_unless_safe(
    status: int, door: Door, sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=status, text="<html>")

    error = await refusal(door)

    assert (error.status, error.retryable, error.retry_after) == (status, True, None)
    assert error.outcome_unknown == (status >= 500)
    assert error.body is None
    assert len(httpx_mock.get_requests()) == 1
    assert sleeper.slept == []


@pytest.mark.parametrize(
    ("trouble", "maybe_done"),
    [
        (httpx.ConnectError(f"refused {KEY}"), False),
        (httpx.ConnectTimeout(f"slow {KEY}"), False),
        (httpx.PoolTimeout(f"busy {KEY}"), False),
        (httpx.ReadTimeout(f"slow {KEY}"), True),
        (httpx.WriteError(f"gone {KEY}"), True),
        (httpx.RemoteProtocolError(f"gone {KEY}"), True),
        (httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'"), True),
    ],
)
async def test_no_answer_is_retryable_and_tells_no_secret(
    trouble: Exception, *, maybe_done: bool, door: Door, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_exception(trouble)

    error = await refusal(door)

    assert (error.retryable, error.status) == (True, None)
    assert error.outcome_unknown == maybe_done
    assert str(error) == f"vendor: no answer ({type(trouble).__name__})"
    assert error.__suppress_context__


async def test_an_answer_that_never_ends_is_cut_off(httpx_mock: HTTPXMock) -> None:
    async def hang(_request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    httpx_mock.add_callback(hang)
    door = Door("vendor", BASE, timeout=timedelta(milliseconds=10))

    error = await refusal(door)
    await door.close()

    assert (error.retryable, error.message) == (True, "no answer (TimeoutError)")
    assert error.outcome_unknown


async def test_malformed_json_is_retryable(door: Door, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=200, text="<html>maintenance</html>")

    error = await refusal(door)

    assert (error.retryable, error.status, error.outcome_unknown) == (True, 200, True)
    assert "maintenance" not in str(error)


async def test_what_is_safe_is_tried_three_times_with_growing_pauses(
    door: Door, sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    for _ in range(3):
        httpx_mock.add_response(status_code=503)

    error = await refusal(door, safe_to_repeat=True)

    assert error.status == 503
    assert sleeper.slept == [0.5, 1.0]
    assert len(httpx_mock.get_requests()) == 3


async def test_a_repeated_request_is_the_same_and_its_success_is_the_answer(
    door: Door, sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_exception(httpx.ConnectTimeout("slow"))
    httpx_mock.add_response(json={"id": 7})

    answer = await door.request("PUT", "/bookings/7", json={"a": 1}, safe_to_repeat=True)

    assert answer == {"id": 7}
    assert [request.content for request in httpx_mock.get_requests()] == [b'{"a":1}', b'{"a":1}']
    assert sleeper.slept == [0.5]


async def test_what_one_try_may_have_done_is_not_forgotten_when_the_next_never_left(
    door: Door, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    httpx_mock.add_exception(httpx.ConnectError("gone"))
    httpx_mock.add_exception(httpx.ConnectError("gone"))

    error = await refusal(door, safe_to_repeat=True)

    assert (error.message, error.outcome_unknown) == ("no answer (ConnectError)", True)


async def test_retry_after_is_waited_for_when_short(
    door: Door, sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=429, headers={"retry-after": "3"})
    httpx_mock.add_response(json=[])

    assert await door.request("GET", "/bookings", safe_to_repeat=True) == []
    assert sleeper.slept == [3.5]


async def test_a_long_retry_after_is_left_to_the_job(
    door: Door, sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=429, headers={"retry-after": "120"})

    error = await refusal(door, safe_to_repeat=True)

    assert (error.retryable, error.retry_after) == (True, timedelta(minutes=2))
    assert sleeper.slept == []
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("0", timedelta()),
        (" 90 ", timedelta(seconds=90)),
        ("9" * 400, timedelta(days=1)),
        ("Mon, 01 Jun 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 01 Jun 2026 11:00:00 GMT", timedelta()),
        ("2026-06-01T13:00:00Z", timedelta(hours=1)),
        ("2026-06-01T13:00:00", timedelta(hours=1)),
        ("2027-06-01T13:00:00Z", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_retry_after_is_read_in_every_form_that_vendors_use(
    header: str, asked: timedelta | None, door: Door, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=503, headers={"retry-after": header})

    assert (await refusal(door)).retry_after == asked


def in_json(response: httpx.Response) -> timedelta | None:
    seconds = response.json().get("wait")
    return None if seconds is None else timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "header", "wait", "asked"),
    [
        (429, None, 7, timedelta(seconds=7)),
        (503, None, 7, timedelta(seconds=7)),
        (429, "40", 7, timedelta(seconds=40)),
        (429, "soon", 7, timedelta(seconds=7)),
        (429, None, None, None),
        (429, None, -7, timedelta()),
        (429, None, 10**6, timedelta(days=1)),
        (500, None, 7, None),
        (403, None, 7, None),
    ],
)
async def test_a_vendor_may_tell_the_wait_in_its_own_way(
    *,
    status: int,
    header: str | None,
    wait: int | None,
    asked: timedelta | None,
    httpx_mock: HTTPXMock,
) -> None:
    told = {"retry-after": header} if header else {}
    httpx_mock.add_response(status_code=status, headers=told, json={"wait": wait})
    door = Door("vendor", BASE, retry_after_from=in_json, now=lambda: NOW)

    error = await refusal(door)
    await door.close()

    assert error.retry_after == asked


async def test_an_answer_that_is_to_stay_unread_comes_as_it_is(
    door: Door, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=202, headers={"x-message-id": "m1"}, text="thanks, no JSON")

    answer = await door.request("POST", "/b", safe_to_repeat=False, unread=True)

    assert (answer.status_code, answer.headers["X-Message-Id"]) == (202, "m1")
    assert answer.text == "thanks, no JSON"


async def test_a_vendor_that_fails_five_times_is_left_alone_until_the_clock_has_moved_on(
    sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    now = NOW
    door = Door("vendor", BASE, sleep=sleeper, now=lambda: now)
    for _ in range(5):
        httpx_mock.add_response(status_code=500)

    await refusal(door, safe_to_repeat=True)
    last = await refusal(door, safe_to_repeat=True)
    turned_away = await refusal(door, safe_to_repeat=True)

    assert (last.status, last.outcome_unknown) == (500, True)
    assert str(turned_away) == "vendor: is not asked for a while after failing (answered 500)"
    assert (turned_away.retryable, turned_away.outcome_unknown) == (True, False)
    assert turned_away.retry_after == timedelta(seconds=30)
    assert len(httpx_mock.get_requests()) == 5
    assert len(sleeper.slept) == 3  # two in the first request, one in the second

    now += timedelta(seconds=30)
    httpx_mock.add_response(json={"id": 7})
    assert await door.request("GET", "/bookings", safe_to_repeat=True) == {"id": 7}
    await door.close()


async def test_a_failed_trial_is_not_repeated_however_safe(
    sleeper: Sleeper, httpx_mock: HTTPXMock
) -> None:
    now = NOW
    door = Door("vendor", BASE, sleep=sleeper, now=lambda: now)
    for _ in range(6):
        httpx_mock.add_response(status_code=500)
    for _ in range(5):
        await refusal(door)
    now += timedelta(seconds=30)

    assert (await refusal(door, safe_to_repeat=True)).status == 500
    assert (await refusal(door)).retry_after == timedelta(minutes=1)
    await door.close()

    assert len(httpx_mock.get_requests()) == 6
    assert sleeper.slept == []


@pytest.mark.parametrize("status", [401, 404, 429])
async def test_a_vendor_that_refuses_is_asked_on(
    status: int, door: Door, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=status, is_reusable=True)

    errors = [await refusal(door) for _ in range(8)]

    assert [error.status for error in errors] == [status] * 8


async def test_every_call_is_logged_without_its_address(
    door: Door, httpx_mock: HTTPXMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="services.providers.http")
    httpx_mock.add_response(json=[])
    httpx_mock.add_response(status_code=403)
    httpx_mock.add_exception(httpx.ReadTimeout(f"slow {KEY}"))

    await door.request("GET", "/bot123:secret/getMe", safe_to_repeat=True)
    await refusal(door)
    await refusal(door)

    lines = [vars(record) for record in caplog.records if record.name == "services.providers.http"]
    assert [(line["levelname"], line["message"], line["status"]) for line in lines] == [
        ("DEBUG", "vendor: answered", 200),
        ("WARNING", "vendor: answered 403", 403),
        ("WARNING", "vendor: no answer (ReadTimeout)", None),
    ]
    assert {(line["vendor"], line["method"]) for line in lines} == {("vendor", "GET")}
    assert all(line["duration_ms"] >= 0 for line in lines)
    assert "secret" not in str(lines)


async def test_an_absolute_address_would_carry_the_key_elsewhere_and_is_refused(
    door: Door, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(ValueError, match="must begin with /"):
        await door.request("GET", "https://elsewhere.test/", safe_to_repeat=True)

    assert httpx_mock.get_requests() == []


async def test_nothing_is_sent_inside_a_transaction(door: Door, httpx_mock: HTTPXMock) -> None:
    async with Database(cast("Any", NoPool())).transaction():
        with pytest.raises(OutsideCallInTransaction):
            await door.request("GET", "/bookings", safe_to_repeat=True)

    assert httpx_mock.get_requests() == []


def test_a_refused_slot_says_why() -> None:
    assert SlotRefused("the host is away").reason == "the host is away"
