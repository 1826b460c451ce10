"""Daily's stand-in refuses what Daily would refuse, in Daily's own form."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from sandbox.clock import SandboxClock
from sandbox.daily import API_KEY, DailySandbox
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.journal import Journal
from sandbox.standin import Asked, Stage
from tests.providers.standin_rig import served

HOUR = timedelta(hours=1)
ENDS = int((datetime.now(UTC) + HOUR).timestamp())


def room(name: str = "s-1", **properties: Any) -> dict[str, Any]:
    return {"name": name, "privacy": "private", "properties": {"exp": ENDS} | properties}


def token(**changes: Any) -> dict[str, Any]:
    usual = {"room_name": "s-1", "exp": ENDS, "user_name": "Ann", "is_owner": False}
    return {"properties": usual | changes}


@dataclass
class Caller:
    service: DailySandbox
    http: httpx.AsyncClient

    async def asks(self, method: str, path: str, body: object = None) -> httpx.Response:
        return await self.http.request(method, f"/v1{path}", json=body)

    async def makes(self, name: str = "s-1", **properties: Any) -> dict[str, Any]:
        answer = await self.asks("POST", "/rooms", room(name, **properties))
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with (
        served(DailySandbox) as service,
        httpx.AsyncClient(base_url=service.url, headers=headers) as http,
    ):
        yield Caller(service, http)


async def test_a_room_is_told_as_it_was_set_and_no_more(caller: Caller) -> None:
    made = await caller.makes(enable_chat=True)

    assert made == {
        "id": made["id"],
        "name": "s-1",
        "api_created": True,
        "privacy": "private",
        "url": "https://sandbox.daily.co/s-1",
        "created_at": made["created_at"],
        "config": {"exp": ENDS, "enable_chat": True},
    }
    assert (await caller.asks("GET", "/rooms/s-1")).json() == made


async def test_a_room_without_wishes_is_public_and_named_by_chance(caller: Caller) -> None:
    answer = await caller.asks("POST", "/rooms", {})

    assert answer.status_code == 200
    assert (answer.json()["privacy"], answer.json()["config"]) == ("public", {})
    assert len(answer.json()["name"]) == 32


@pytest.mark.parametrize("key", ["", "Bearer another", f"Basic {API_KEY}"])
async def test_nothing_is_done_without_the_key(key: str, caller: Caller) -> None:
    answer = await caller.http.post("/v1/rooms", json=room(), headers={"Authorization": key})

    assert (answer.status_code, answer.json()["error"]) == (401, "authentication-error")
    assert caller.service.history == []


async def test_a_name_is_taken_once(caller: Caller) -> None:
    await caller.makes()

    answer = await caller.asks("POST", "/rooms", room())

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid-request-error")
    assert "already exists" in answer.json()["info"]
    assert len(caller.service.history) == 1


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"name": "has space"},
        {"name": ""},
        {"name": "x" * 129},
        {"name": 7},
        {"privacy": "secret"},
        {"properties": []},
        {"invented": 1},
        {"properties": {"invented": 1}},
        {"properties": {"exp": "1796162400"}},
        {"properties": {"exp": 1796162400.5}},
        {"properties": {"exp": 1796162400000}},
        {"properties": {"nbf": True}},
        {"properties": {"enable_knocking": 0}},
    ],
)
async def test_a_room_of_the_wrong_shape_is_refused(body: object, caller: Caller) -> None:
    answer = await caller.asks("POST", "/rooms", body)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid-request-error")
    assert caller.service.history == []


async def test_an_update_changes_what_it_names(caller: Caller) -> None:
    made = await caller.makes(enable_chat=True)

    answer = await caller.asks("POST", "/rooms/s-1", {"properties": {"exp": ENDS + 60}})

    assert answer.json() == made | {"config": {"exp": ENDS + 60, "enable_chat": True}}
    refused = await caller.asks("POST", "/rooms/s-1", {"name": "s-2"})
    assert refused.status_code == 400
    assert [room["name"] for room in caller.service.rooms] == ["s-1"]


async def test_an_expired_room_is_gone_but_holds_its_name_until_it_is_deleted(
    caller: Caller,
) -> None:
    await caller.makes()
    caller.service.stage.clock.advance(HOUR)

    assert (await caller.asks("GET", "/rooms/s-1")).status_code == 404
    update = await caller.asks("POST", "/rooms/s-1", {"properties": {"exp": ENDS + 7200}})
    assert update.status_code == 404
    assert (await caller.asks("POST", "/rooms", room(exp=ENDS + 7200))).status_code == 400
    assert [shown["state"] for shown in caller.service.shown()] == ["expired"]

    deleted = await caller.asks("DELETE", "/rooms/s-1")
    assert (deleted.status_code, deleted.json()["deleted"]) == (404, True)
    assert (await caller.asks("POST", "/rooms", room(exp=ENDS + 7200))).status_code == 200
    assert [shown["state"] for shown in caller.service.shown()] == ["open", "deleted"]


async def test_a_room_is_deleted_once(caller: Caller) -> None:
    await caller.makes()

    deleted = await caller.asks("DELETE", "/rooms/s-1")
    assert (deleted.status_code, deleted.json()) == (200, {"deleted": True, "name": "s-1"})
    again = await caller.asks("DELETE", "/rooms/s-1")
    assert (again.status_code, again.json()["error"]) == (404, "not-found")
    assert "deleted" not in again.json()
    assert caller.service.rooms == []
    assert len(caller.service.history) == 1


async def test_a_token_is_signed_and_says_who_may_enter_which_room(caller: Caller) -> None:
    await caller.makes()
    asked_at = int(datetime.now(UTC).timestamp())

    answer = await caller.asks("POST", "/meeting-tokens", token(is_owner=True))

    claims = jwt.decode(answer.json()["token"], API_KEY, algorithms=["HS256"])
    assert asked_at <= claims.pop("iat") < ENDS
    assert claims == {"r": "s-1", "exp": ENDS, "u": "Ann", "o": True, "d": "sandbox"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 400),
        ({}, 400),
        ({"properties": {"exp": ENDS}}, 400),
        ({"properties": {"room_name": "s-1"}}, 400),
        (token(exp=1), 400),
        (token(exp=ENDS * 1000), 400),
        (token(is_owner="yes"), 400),
        (token(user_id="x" * 37), 400),
        (token(invented=1), 400),
        (token() | {"room_name": "s-1"}, 400),
        (token(room_name="s-2"), 404),
    ],
)
async def test_a_token_of_the_wrong_shape_is_refused(
    body: object, status: int, caller: Caller
) -> None:
    await caller.makes()

    answer = await caller.asks("POST", "/meeting-tokens", body)

    assert answer.status_code == status
    assert "token" not in answer.json()


async def test_a_rate_limit_tells_the_wait_in_seconds(caller: Caller) -> None:
    caller.service.stage.faults.plan("daily", Fault(FaultKind.RATE_LIMIT, 60))

    answer = await caller.asks("POST", "/rooms", room())

    assert (answer.status_code, answer.json()["error"]) == (429, "rate-limit-error")
    assert answer.headers["Retry-After"] == "60"
    assert caller.service.history == []


def test_rooms_outlive_the_process(tmp_path: Path) -> None:
    stage = Stage(SandboxClock(), Journal(), Faults(), "http://127.0.0.1:1", tmp_path)
    before = DailySandbox(stage)
    [create] = [end for end in before.endpoints() if end.operation == "create"]
    create.handler(Asked(path={}, query={}, headers={}, body=room("kept", nbf=1796114700)))
    before.close()

    after = DailySandbox(stage)

    assert [kept["name"] for kept in after.rooms] == ["kept"]
    [shown] = after.shown()
    assert (shown["title"], shown["state"]) == ("kept", "open")
    assert shown["at"] == "2026-12-01T08:45:00+00:00"
    assert shown["details"]["ends"] == datetime.fromtimestamp(ENDS, UTC).isoformat()
    after.close()
