"""Google's stand-in is as strict as Google: sign-in, ids, times, rooms, deleted events."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.google import ACCOUNT, GoogleSandbox
from sandbox.google_meet import Meet
from sandbox.google_sign_in import (
    AUDIENCE,
    CLIENT_ID,
    CLIENT_SECRET,
    EVENTS,
    FREE_BUSY,
    REFRESH_TOKEN,
)
from sandbox.standin import Stage
from tests.providers.standin_rig import served, wednesday

PATH = f"/calendar/v3/calendars/{ACCOUNT}/events"
HOUR = timedelta(hours=1)
EVENT_ID = "b0000000000040008000000000000001"
REFRESH = {
    "grant_type": "refresh_token",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "refresh_token": REFRESH_TOKEN,
}


@dataclass
class Caller:
    """Somebody who speaks to the stand-in, signed in or not."""

    google: GoogleSandbox
    http: httpx.AsyncClient

    async def sign_in(self, form: dict[str, str]) -> httpx.Response:
        answer = await self.http.post("/token", data=form)
        if answer.is_success:
            self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    async def insert(self, *, version: str = "1", **changes: Any) -> httpx.Response:
        body = event() | changes
        return await self.http.post(
            PATH, json=body, params={"conferenceDataVersion": version, "sendUpdates": "none"}
        )

    async def get(self) -> httpx.Response:
        return await self.http.get(f"{PATH}/{EVENT_ID}")

    async def patch(self, *, version: str = "1", **changes: Any) -> httpx.Response:
        return await self.http.patch(
            f"{PATH}/{EVENT_ID}", json=changes, params={"conferenceDataVersion": version}
        )

    async def delete(self) -> httpx.Response:
        return await self.http.delete(f"{PATH}/{EVENT_ID}")

    async def free_busy(self, calendar: str = ACCOUNT, **changes: Any) -> httpx.Response:
        span = {"timeMin": wednesday(0).isoformat(), "timeMax": wednesday(23).isoformat()}
        body = span | {"items": [{"id": calendar}]} | changes
        return await self.http.post("/calendar/v3/freeBusy", json=body)

    async def busy(self) -> list[tuple[datetime, datetime]]:
        told = (await self.free_busy()).json()["calendars"][ACCOUNT]["busy"]
        return [(moment(item["start"]), moment(item["end"])) for item in told]


@pytest.fixture
async def stranger() -> AsyncIterator[Caller]:
    async with (
        served(GoogleSandbox) as google,
        httpx.AsyncClient(base_url=google.url) as http,
    ):
        yield Caller(google, http)


@pytest.fixture
async def caller(stranger: Caller) -> Caller:
    await stranger.sign_in(REFRESH)
    return stranger


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(when: datetime) -> dict[str, str]:
    return {"dateTime": when.isoformat()}


def event() -> dict[str, Any]:
    return {
        "id": EVENT_ID,
        "summary": "Mentoring",
        "start": at(wednesday(10)),
        "end": at(wednesday(11)),
        "attendees": [{"email": "ann@example.com"}],
    }


def room(request: str, kind: str = "hangoutsMeet") -> dict[str, Any]:
    key = {"type": kind}
    return {"createRequest": {"requestId": request, "conferenceSolutionKey": key}}


def reason(answer: httpx.Response) -> tuple[int, str]:
    told = answer.json()["error"]
    assert told["code"] == answer.status_code
    return answer.status_code, told["errors"][0]["reason"]


def status_of_room(answer: httpx.Response) -> str:
    told: str = answer.json()["conferenceData"]["createRequest"]["status"]["statusCode"]
    return told


def assertion(caller: Caller, *, key: str | None = None, **changes: Any) -> dict[str, str]:
    account = json.loads(caller.google.service_account_json)
    now = int(caller.google.stage.clock.now().timestamp())
    claims = {
        "iss": account["client_email"],
        "sub": ACCOUNT,
        "scope": f"{EVENTS} {FREE_BUSY}",
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 3600,
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    made = jwt.encode(claims, key or account["private_key"], "HS256" if key else "RS256")
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": made}


# Signing in


async def test_a_signed_assertion_gives_an_hour(stranger: Caller) -> None:
    answer = await stranger.sign_in(assertion(stranger))

    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 3600
    assert (await stranger.insert()).status_code == 200

    stranger.google.stage.clock.advance(HOUR)
    assert reason(await stranger.get()) == (401, "authError")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "other@project.iam.gserviceaccount.com"}, "invalid_grant"),
        ({"aud": "https://www.googleapis.com"}, "invalid_grant"),
        ({"sub": "stranger@elsewhere.example"}, "invalid_grant"),
        ({"sub": None}, "invalid_grant"),
        ({"exp": None}, "invalid_grant"),
        ({"iat": 1_000_000, "exp": 1_003_600}, "invalid_grant"),
        ({"exp": 4_000_000_000}, "invalid_grant"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, "unauthorized_client"),
        ({"key": "guessed-secret-of-more-than-thirty-two-bytes"}, "invalid_grant"),
    ],
)
async def test_a_wrong_assertion_gives_nothing(
    changes: dict[str, Any], code: str, stranger: Caller
) -> None:
    answer = await stranger.sign_in(assertion(stranger, **changes))

    assert answer.status_code == (401 if code == "unauthorized_client" else 400)
    assert answer.json()["error"] == code
    assert reason(await stranger.insert()) == (401, "authError")
    assert stranger.google.history == []


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"refresh_token": "1//other"}, 400, "invalid_grant"),
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_wrong_refresh_gives_nothing(
    changes: dict[str, str], status: int, code: str, stranger: Caller
) -> None:
    answer = await stranger.sign_in(REFRESH | changes)

    assert (answer.status_code, answer.json()["error"]) == (status, code)


async def test_a_sign_in_without_a_form_is_no_request(stranger: Caller) -> None:
    answer = await stranger.http.post("/token", json=REFRESH["grant_type"])

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_token_reaches_no_further_than_its_scope(stranger: Caller) -> None:
    await stranger.sign_in(assertion(stranger, scope=FREE_BUSY))

    assert (await stranger.free_busy()).status_code == 200
    assert reason(await stranger.insert()) == (403, "insufficientPermissions")


async def test_a_calendar_of_somebody_else_is_not_found(caller: Caller) -> None:
    other = PATH.replace(ACCOUNT, "lena@example.com")

    assert reason(await caller.http.post(other, json=event())) == (404, "notFound")
    told = (await caller.free_busy("lena@example.com")).json()["calendars"]["lena@example.com"]
    assert told == {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}


# Events


async def test_an_event_is_answered_with_200_in_its_own_zone(caller: Caller) -> None:
    start = {"dateTime": f"{wednesday(10):%Y-%m-%dT%H:%M:%S}", "timeZone": "Asia/Tokyo"}
    end = {"dateTime": f"{wednesday(11):%Y-%m-%dT%H:%M:%S}", "timeZone": "Asia/Tokyo"}

    answer = await caller.insert(start=start, end=end)

    assert answer.status_code == 200
    told = answer.json()["start"]["dateTime"]
    assert told.endswith("+09:00")
    assert moment(told) == wednesday(1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": "wxyz-1"}, "invalid"),
        ({"id": "abcd"}, "invalid"),
        ({"id": "B0000000"}, "invalid"),
        ({"colour": "red"}, "invalid"),
        ({"status": "sure"}, "invalid"),
        ({"attendees": [{"email": "ann"}]}, "invalid"),
        ({"attendees": "ann@example.com"}, "invalid"),
        ({"extendedProperties": {"hidden": {}}}, "invalid"),
        ({"extendedProperties": {"private": {"n": 1}}}, "invalid"),
        ({"extendedProperties": {"private": {"n" * 45: "x"}}}, "invalid"),
        ({"end": None}, "required"),
        ({"end": at(wednesday(10))}, "timeRangeEmpty"),
        ({"end": {"dateTime": "2030-01-01T10:00:00"}}, "required"),
        ({"end": {"dateTime": "later"}}, "invalid"),
        ({"end": at(wednesday(11)) | {"timeZone": "Mars/Base"}}, "invalid"),
        ({"end": at(wednesday(11)) | {"zone": "UTC"}}, "invalid"),
        ({"conferenceData": room("r", "zoom")}, "invalid"),
    ],
)
async def test_a_wrong_event_is_refused(changes: dict[str, Any], why: str, caller: Caller) -> None:
    assert reason(await caller.insert(**changes)) == (400, why)
    assert caller.google.history == []


async def test_a_body_or_a_parameter_that_makes_no_sense_is_refused(caller: Caller) -> None:
    assert reason(await caller.http.post(PATH, content=b"{")) == (400, "parseError")
    for params in ({"sendUpdates": "some"}, {"conferenceDataVersion": "2"}, {"notify": "1"}):
        answer = await caller.http.post(PATH, json=event(), params=params)
        assert reason(answer) == (400, "invalidParameter")
    assert caller.google.history == []


async def test_an_id_is_taken_for_ever(caller: Caller) -> None:
    await caller.insert()
    assert reason(await caller.insert()) == (409, "duplicate")

    assert (await caller.delete()).status_code == 204
    assert reason(await caller.insert()) == (409, "duplicate")
    assert (await caller.get()).json()["status"] == "cancelled"
    assert len(caller.google.history) == 1


async def test_events_may_overlap(caller: Caller) -> None:
    await caller.insert()

    assert (await caller.insert(id="another1")).status_code == 200
    assert len(caller.google.events) == 2


async def test_a_deleted_event_is_gone_and_can_be_confirmed_again(caller: Caller) -> None:
    await caller.insert()
    await caller.delete()
    assert caller.google.events == []
    assert reason(await caller.delete()) == (410, "deleted")

    await caller.patch(status="confirmed", start=at(wednesday(14)), end=at(wednesday(15)))

    assert await caller.busy() == [(wednesday(14), wednesday(15))]


async def test_a_patch_changes_what_it_names(caller: Caller) -> None:
    await caller.insert(extendedProperties={"private": {"a": "1", "b": "2"}}, location="here")

    answer = await caller.patch(
        extendedProperties={"private": {"b": "3"}}, attendees=[], location=None
    )

    told = answer.json()
    assert told["extendedProperties"] == {"private": {"a": "1", "b": "3"}}
    assert told["attendees"] == []
    assert "location" not in told
    assert told["summary"] == "Mentoring"
    assert reason(await caller.patch(id="another1")) == (400, "invalid")


async def test_what_was_never_there_is_not_found(caller: Caller) -> None:
    for answer in (await caller.get(), await caller.patch(summary="x"), await caller.delete()):
        assert reason(answer) == (404, "notFound")


# Busy times


async def test_busy_times_are_joined_and_leave_out_what_is_not_opaque(caller: Caller) -> None:
    await caller.insert()
    await caller.insert(
        id="tentative", status="tentative", start=at(wednesday(11)), end=at(wednesday(12))
    )
    await caller.insert(
        id="free1", transparency="transparent", start=at(wednesday(16)), end=at(wednesday(17))
    )
    caller.google.busy(ACCOUNT, wednesday(14), wednesday(15))

    assert await caller.busy() == [
        (wednesday(10), wednesday(12)),
        (wednesday(14), wednesday(15)),
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"timeMax": "2026-01-01T00:00:00Z"}, "timeRangeEmpty"),
        ({"timeMin": "2020-01-01T00:00:00Z"}, "timeRangeTooLong"),
        ({"timeMin": "2026-01-01T00:00:00"}, "required"),
        ({"timeMin": 7}, "badRequest"),
        ({"items": []}, "required"),
        ({"items": [ACCOUNT]}, "required"),
        ({"item": ACCOUNT}, "parseError"),
    ],
)
async def test_a_wrong_query_is_refused(changes: dict[str, Any], why: str, caller: Caller) -> None:
    assert reason(await caller.free_busy(**changes)) == (400, why)


# Rooms


async def test_a_room_is_ready_with_the_next_read(caller: Caller) -> None:
    inserted = await caller.insert(conferenceData=room("r1"))
    assert status_of_room(inserted) == "pending"
    assert "hangoutLink" not in inserted.json()

    read = (await caller.get()).json()

    link = read["hangoutLink"]
    assert re.fullmatch(r"https://meet\.google\.com/[a-z]{3}-[a-z]{4}-[a-z]{3}", link)
    assert read["conferenceData"]["entryPoints"][0]["uri"] == link
    assert (await caller.get()).json() == read


async def test_without_the_version_a_room_is_neither_made_nor_lost(caller: Caller) -> None:
    await caller.insert(version="0", conferenceData=room("r1"))
    assert "conferenceData" not in (await caller.get()).json()

    await caller.patch(conferenceData=room("r1"))
    link = (await caller.get()).json()["hangoutLink"]
    await caller.patch(version="0", conferenceData=None)
    assert (await caller.get()).json()["hangoutLink"] == link


async def test_the_same_request_makes_one_room_and_a_new_one_another(caller: Caller) -> None:
    caller.google.meet = Meet.AT_ONCE
    first = (await caller.insert(conferenceData=room("r1"))).json()["hangoutLink"]

    again = (await caller.patch(conferenceData=room("r1"))).json()["hangoutLink"]
    another = (await caller.patch(conferenceData=room("r2"))).json()["hangoutLink"]
    await caller.patch(conferenceData=None)

    assert again == first
    assert another != first
    assert "hangoutLink" not in (await caller.get()).json()


async def test_rooms_fail_stay_pending_or_cannot_be_had(caller: Caller) -> None:
    caller.google.meet = Meet.FAILING
    assert status_of_room(await caller.insert(conferenceData=room("r1"))) == "failure"

    caller.google.meet = Meet.NEVER
    await caller.patch(conferenceData=room("r2"))
    assert status_of_room(await caller.get()) == "pending"

    caller.google.meet = Meet.ABSENT
    assert reason(await caller.patch(conferenceData=room("r3"))) == (400, "invalid")


# Faults, what is shown, what is kept


async def test_planned_trouble_is_worded_as_google_does(caller: Caller) -> None:
    for fault in (FaultKind.FAIL, FaultKind.UNAUTHORIZED, FaultKind.RATE_LIMIT, FaultKind.REFUSE):
        caller.google.stage.faults.plan("google.insert", Fault(fault, 30))

    failed, unauthorized, limited, refused = [await caller.insert() for _ in range(4)]

    assert reason(failed) == (500, "backendError")
    assert reason(unauthorized) == (401, "authError")
    assert reason(limited) == (429, "rateLimitExceeded")
    assert limited.headers["retry-after"] == "30"
    assert reason(refused) == (403, "calendarUsageLimitsExceeded")
    assert caller.google.history == []


async def test_a_refusing_calendar_is_busy_all_the_time(caller: Caller) -> None:
    caller.google.stage.faults.plan("google.freebusy", Fault(FaultKind.REFUSE))

    ((start, end),) = await caller.busy()

    assert start < wednesday(0)
    assert end > wednesday(23)
    assert await caller.busy() == []


async def test_other_requests_are_refused_plainly(caller: Caller) -> None:
    caller.google.stage.faults.plan("google.get", Fault(FaultKind.REFUSE))

    assert reason(await caller.get()) == (400, "badRequest")


async def test_events_are_shown_newest_first(caller: Caller) -> None:
    await caller.insert()
    await caller.insert(id="second", summary="Other", attendees=[], location="here")
    await caller.delete()

    second, first = caller.google.shown()

    assert (second["id"], second["title"], second["state"]) == ("second", "Other", "confirmed")
    assert moment(second["at"]) == wednesday(10)
    assert second["details"]["Location"] == "here"
    assert second["details"]["Guests"] == "none"
    assert (first["state"], first["details"]["Guests"]) == ("cancelled", "ann@example.com")


async def test_events_and_busy_times_outlive_the_process(tmp_path: Path) -> None:
    def kept(stage: Stage) -> GoogleSandbox:
        return GoogleSandbox(replace(stage, data_dir=tmp_path))

    async with served(kept) as before, httpx.AsyncClient(base_url=before.url) as http:
        caller = Caller(before, http)
        await caller.sign_in(REFRESH)
        await caller.insert()
        before.busy(ACCOUNT, wednesday(14), wednesday(15))
        events = before.events

    async with served(kept) as after, httpx.AsyncClient(base_url=after.url) as http:
        caller = Caller(after, http)
        await caller.sign_in(REFRESH)
        assert after.events == events
        assert await caller.busy() == [
            (wednesday(10), wednesday(11)),
            (wednesday(14), wednesday(15)),
        ]
