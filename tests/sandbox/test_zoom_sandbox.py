"""Zoom's stand-in refuses what Zoom would refuse, in Zoom's own form."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.journal import Journal
from sandbox.standin import Asked, Stage
from sandbox.zoom import ACCOUNT_ID, CHANGES_A_DAY, CLIENT_ID, CLIENT_SECRET, ZoomSandbox
from tests.providers.standin_rig import served

GRANT = {"grant_type": "account_credentials", "account_id": ACCOUNT_ID}
BAD_TOKEN = {"code": 124, "message": "Invalid access token."}
OF_OLENA = "/v2/users/olena@example.com/meetings"
UPCOMING = {"type": "upcoming"}


def meeting(**changes: Any) -> dict[str, Any]:
    starts_at = datetime.now(UTC) + timedelta(days=3)
    usual = {
        "topic": "Mentoring",
        "type": 2,
        "start_time": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "duration": 60,
        "agenda": "session 1",
        "settings": {"join_before_host": True, "jbh_time": 5},
    }
    return usual | changes


@dataclass
class Caller:
    """Somebody with the app's credentials and, once signed in, a token."""

    service: ZoomSandbox
    http: httpx.AsyncClient
    token: str = ""

    async def grants(
        self, form: dict[str, str] = GRANT, secret: str = CLIENT_SECRET
    ) -> httpx.Response:
        return await self.http.post("/oauth/token", data=form, auth=(CLIENT_ID, secret))

    async def signs_in(self) -> None:
        self.token = (await self.grants()).json()["access_token"]

    async def asks(
        self, method: str, path: str, body: object = None, **query: str
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.http.request(method, path, json=body, params=query, headers=headers)

    async def creates(self, **changes: Any) -> dict[str, Any]:
        answer = await self.asks("POST", OF_OLENA, meeting(**changes))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with served(ZoomSandbox) as service, httpx.AsyncClient(base_url=service.url) as http:
        signed_in = Caller(service, http)
        await signed_in.signs_in()
        yield signed_in


async def test_a_token_lives_for_an_hour_by_the_sandboxs_clock(caller: Caller) -> None:
    answer = await caller.grants()
    assert answer.json() == {
        "access_token": answer.json()["access_token"],
        "token_type": "bearer",
        "expires_in": 3599,
        "scope": "meeting:write:meeting:admin",
    }
    caller.token = answer.json()["access_token"]
    assert (await caller.asks("GET", OF_OLENA, **UPCOMING)).status_code == 200

    caller.service.stage.clock.advance(timedelta(seconds=3599))

    answer = await caller.asks("GET", OF_OLENA, **UPCOMING)
    assert (answer.status_code, answer.json()) == (401, BAD_TOKEN)


async def test_a_new_token_ends_the_one_before(caller: Caller) -> None:
    await caller.grants()

    answer = await caller.asks("GET", OF_OLENA, **UPCOMING)

    assert (answer.status_code, answer.json()) == (401, BAD_TOKEN)


@pytest.mark.parametrize(
    ("form", "secret", "error"),
    [
        (GRANT, "another", "invalid_client"),
        (GRANT | {"grant_type": "client_credentials"}, CLIENT_SECRET, "unsupported_grant_type"),
        (GRANT | {"account_id": "another"}, CLIENT_SECRET, "invalid_request"),
        ({}, CLIENT_SECRET, "unsupported_grant_type"),
    ],
)
async def test_wrong_credentials_get_no_token_and_leave_the_current_one(
    form: dict[str, str], secret: str, error: str, caller: Caller
) -> None:
    answer = await caller.grants(form, secret)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert (await caller.asks("GET", OF_OLENA, **UPCOMING)).status_code == 200


async def test_a_token_is_not_to_be_had_by_json(caller: Caller) -> None:
    answer = await caller.http.post("/oauth/token", json=GRANT, auth=(CLIENT_ID, CLIENT_SECRET))

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("path", [OF_OLENA, "/v2/meetings/1"])
async def test_nothing_is_told_without_a_token(path: str, caller: Caller) -> None:
    answer = await caller.http.get(path)

    assert (answer.status_code, answer.json()) == (401, BAD_TOKEN)


async def test_a_meeting_has_a_guests_link_and_a_hosts_secret_one(caller: Caller) -> None:
    made = await caller.creates()

    assert made["id"] >= 10**10
    assert made["join_url"].startswith(f"https://zoom.us/j/{made['id']}?pwd=")
    assert "zak=" in made["start_url"]
    assert made["settings"] == {"join_before_host": True, "jbh_time": 5}
    assert 1 <= len(made["password"]) <= 10
    assert (await caller.asks("GET", f"/v2/meetings/{made['id']}")).json() == made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topic": "x" * 201}, "topic"),
        ({"topic": None}, "topic"),
        ({"type": "2"}, "type"),
        ({"type": 8}, "type"),
        ({"start_time": "2026-12-01T09:00:00"}, "start_time"),
        ({"start_time": "2026-12-01T09:00:00+01:00"}, "start_time"),
        ({"start_time": "2026-13-01T09:00:00Z"}, "start_time"),
        ({"duration": "60"}, "duration"),
        ({"duration": 0}, "duration"),
        ({"duration": True}, "duration"),
        ({"password": "has space"}, "password"),
        ({"password": "12345678901"}, "password"),
        ({"settings": []}, "settings"),
        ({"settings": {"waiting_room": "no"}}, "settings.waiting_room"),
        ({"settings": {"jbh_time": 7}}, "settings.jbh_time"),
        ({"settings": {"invented": True}}, "settings.invented"),
        ({"invented": 1}, "invented"),
    ],
)
async def test_a_meeting_of_the_wrong_shape_is_refused_with_the_fields_name(
    change: dict[str, Any], field: str, caller: Caller
) -> None:
    answer = await caller.asks("POST", OF_OLENA, meeting(**change))

    assert (answer.status_code, answer.json()["code"]) == (400, 300)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert caller.service.history == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [({}, ["topic", "type", "start_time", "duration"]), ([], [""]), (None, [""])],
)
async def test_an_empty_meeting_is_refused(body: object, fields: list[str], caller: Caller) -> None:
    answer = await caller.asks("POST", OF_OLENA, body)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == fields


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_user_is_refused(method: str, caller: Caller) -> None:
    answer = await caller.asks(method, "/v2/users/nobody@example.com/meetings", meeting())

    assert (answer.status_code, answer.json()["code"]) == (404, 1001)


async def test_a_list_comes_in_pages_in_order_of_time_and_without_passwords(
    caller: Caller,
) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    late = await caller.creates(topic="late", agenda="a" * 300)
    early = await caller.creates(topic="early", start_time=f"{soon:%Y-%m-%dT%H:%M:%SZ}")

    first = (await caller.asks("GET", OF_OLENA, page_size="1", **UPCOMING)).json()
    second = (
        await caller.asks(
            "GET", OF_OLENA, page_size="1", next_page_token=first["next_page_token"], **UPCOMING
        )
    ).json()

    assert [row["id"] for row in first["meetings"]] == [early["id"]]
    [row] = second["meetings"]
    assert (row["id"], row["join_url"]) == (late["id"], f"https://zoom.us/j/{late['id']}")
    assert row["agenda"] == "a" * 250
    assert "start_url" not in row
    assert second["next_page_token"] == ""


async def test_what_is_over_is_not_coming_up(caller: Caller) -> None:
    await caller.creates()
    caller.service.stage.clock.advance(timedelta(days=3, hours=2))
    await caller.signs_in()

    answer = await caller.asks("GET", OF_OLENA, **UPCOMING)

    assert answer.json()["meetings"] == []
    assert len(caller.service.meetings) == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"type": "live"},
        {"type": "upcoming", "page_size": "301"},
        {"type": "upcoming", "page_size": "0"},
        {"type": "upcoming", "page_size": "x"},
        {"type": "upcoming", "next_page_token": "x"},
    ],
)
async def test_a_list_that_makes_no_sense_is_refused(query: dict[str, str], caller: Caller) -> None:
    answer = await caller.asks("GET", OF_OLENA, **query)

    assert (answer.status_code, answer.json()["code"]) == (400, 300)


async def test_an_update_changes_what_it_names(caller: Caller) -> None:
    made = await caller.creates()

    answer = await caller.asks("PATCH", f"/v2/meetings/{made['id']}", {"duration": 90})
    assert (answer.status_code, answer.content) == (204, b"")
    refused = await caller.asks("PATCH", f"/v2/meetings/{made['id']}", {"duration": "90"})
    assert refused.status_code == 400

    now = (await caller.asks("GET", f"/v2/meetings/{made['id']}")).json()
    assert now == made | {"duration": 90}


async def test_a_deleted_meeting_is_gone_but_was_there(caller: Caller) -> None:
    made = await caller.creates()
    path = f"/v2/meetings/{made['id']}"

    refused = await caller.asks("DELETE", path, schedule_for_reminder="maybe")
    assert refused.status_code == 400
    answer = await caller.asks("DELETE", path, schedule_for_reminder="false")
    assert (answer.status_code, answer.content) == (204, b"")

    for method in ("GET", "PATCH", "DELETE"):
        gone = await caller.asks(method, path, {"duration": 30} if method == "PATCH" else None)
        assert (gone.status_code, gone.json()["code"]) == (404, 3001)
    assert caller.service.meetings == []
    assert [old["id"] for old in caller.service.history] == [made["id"]]
    assert [shown["state"] for shown in caller.service.shown()] == ["deleted"]


async def test_a_user_has_so_many_creates_and_updates_a_day(caller: Caller) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    caller.service.stage.clock.advance(midnight + timedelta(days=1, hours=1) - datetime.now(UTC))
    await caller.signs_in()
    made = await caller.creates()
    path = f"/v2/meetings/{made['id']}"
    for _ in range(CHANGES_A_DAY - 1):
        assert (await caller.asks("PATCH", path, {"duration": 30})).status_code == 204

    answer = await caller.asks("PATCH", path, {"duration": 90})

    assert (answer.status_code, answer.json()["code"]) == (429, 429)
    assert answer.headers["X-RateLimit-Type"] == "Daily-limit"
    assert answer.headers["Retry-After"] == f"{midnight + timedelta(days=2):%Y-%m-%dT00:00:00Z}"
    assert (await caller.asks("GET", path)).json()["duration"] == 30

    caller.service.stage.clock.advance(timedelta(days=1))
    await caller.signs_in()
    assert (await caller.asks("PATCH", path, {"duration": 90})).status_code == 204


async def test_a_rate_limit_tells_the_wait_as_a_date(caller: Caller) -> None:
    caller.service.stage.faults.plan("zoom.list", Fault(FaultKind.RATE_LIMIT, 60))
    before = caller.service.stage.clock.now()

    answer = await caller.asks("GET", OF_OLENA, **UPCOMING)

    assert answer.status_code == 429
    again_at = datetime.fromisoformat(answer.headers["Retry-After"])
    assert timedelta(seconds=60) <= again_at - before <= timedelta(seconds=62)


def test_meetings_outlive_the_process(tmp_path: Path) -> None:
    stage = Stage(SandboxClock(), Journal(), Faults(), "http://127.0.0.1:1", tmp_path)
    before = ZoomSandbox(stage)
    [create] = [end for end in before.endpoints() if end.operation == "create"]
    create.handler(asked_for(meeting(topic="kept")))
    before.close()

    after = ZoomSandbox(stage)

    assert [kept["topic"] for kept in after.meetings] == ["kept"]
    [shown] = after.shown()
    assert (shown["title"], shown["state"]) == ("kept", "scheduled")
    assert shown["at"] == after.meetings[0]["start_time"]
    assert shown["details"]["host"] == "olena@example.com"
    assert "zak" not in str(shown)
    after.close()


def asked_for(body: dict[str, Any]) -> Asked:
    return Asked(path={"user": "olena@example.com"}, query={}, headers={}, body=body)
