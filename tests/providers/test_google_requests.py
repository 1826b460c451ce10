"""Google Calendar: exactly what is sent, and what each answer of Google's becomes."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pytest_httpx import HTTPXMock

from services.domain.models import CalendarKind, Host
from services.domain.slots import Interval
from services.log import correlated
from services.providers.calendar_ports import Appointment, HostCalendar
from services.providers.errors import ProviderError, SlotRefused
from services.providers.google_calendar import connect_refresh_token, connect_service_account
from tests.providers.standin_rig import BOOKING_ID, appointment, host

API = "https://www.googleapis.com"
OAUTH = "https://oauth2.googleapis.com"
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNT = "marcus@example.com"
EVENT_ID = "b0000000000040008000000000000001"
EVENTS = f"{API}/calendar/v3/calendars/marcus%40example.com/events"
EVENT = f"{EVENTS}/{EVENT_ID}"
WRITING = "?conferenceDataVersion=1&sendUpdates=none"
FREE_BUSY = f"{API}/calendar/v3/freeBusy"
BEARER = {"authorization": "Bearer ya29.first"}
MARCUS = host(
    email="marcus@host.example",
    time_zone="America/New_York",
    calendar=CalendarKind.GOOGLE,
    calendar_account=ACCOUNT,
)


@cache
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def key_file(**changes: Any) -> str:
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    usual = {
        "type": "service_account",
        "client_email": "sessionpay@project.iam.gserviceaccount.com",
        "private_key_id": "k1",
        "private_key": pem,
    }
    return json.dumps(usual | changes)


async def no_pause(seconds: float) -> None:
    del seconds


@pytest.fixture
async def calendar() -> AsyncIterator[HostCalendar]:
    made, close = connect_service_account(
        key_file(), api_base=API, oauth_base=OAUTH, now=lambda: NOW, sleep=no_pause
    )
    yield made
    await close()


@pytest.fixture
def signed_in(httpx_mock: HTTPXMock) -> HTTPXMock:
    httpx_mock.add_response(
        method="POST",
        url=f"{OAUTH}/token",
        json={"access_token": "ya29.first", "expires_in": 3599, "token_type": "Bearer"},
    )
    return httpx_mock


def booking(whose: Host = MARCUS, **changes: Any) -> Appointment:
    return appointment(**{"host": whose, "starts_at": START} | changes)


def event(**changes: Any) -> dict[str, Any]:
    """The booking's event as Google tells it, in its calendar's zone."""
    usual = {
        "id": EVENT_ID,
        "status": "confirmed",
        "start": {"dateTime": "2026-12-01T04:00:00-05:00", "timeZone": "America/New_York"},
        "end": {"dateTime": "2026-12-01T05:00:00-05:00", "timeZone": "America/New_York"},
        "extendedProperties": {"private": {"booking_id": str(BOOKING_ID)}},
    }
    return usual | changes


def says_free(mock: HTTPXMock, account: str = ACCOUNT) -> None:
    mock.add_response(url=FREE_BUSY, json={"calendars": {account: {"busy": []}}})


def refusal(status: int, reason: str) -> dict[str, Any]:
    error = {"domain": "global", "reason": reason, "message": "about ann@example.com"}
    return {
        "status_code": status,
        "json": {"error": {"code": status, "message": "", "errors": [error]}},
    }


def sent(mock: HTTPXMock, method: str, url: str) -> httpx.Request:
    request = mock.get_request(method=method, url=url)
    assert request is not None
    return request


async def trouble(doing: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await doing
    return caught.value


# What is sent


async def test_a_service_account_signs_for_the_host(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    says_free(signed_in)

    await calendar.times.reserve(booking(), until=START)

    form = parse_qs(sent(signed_in, "POST", f"{OAUTH}/token").content.decode())
    (assertion,) = form.pop("assertion")
    assert form == {"grant_type": ["urn:ietf:params:oauth:grant-type:jwt-bearer"]}
    assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "kid": "k1", "typ": "JWT"}
    signed = jwt.PyJWS().decode(assertion, key().public_key(), ["RS256"])
    assert json.loads(signed) == {
        "iss": "sessionpay@project.iam.gserviceaccount.com",
        "sub": ACCOUNT,
        "scope": "https://www.googleapis.com/auth/calendar.events"
        " https://www.googleapis.com/auth/calendar.freebusy",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + HOUR).timestamp()),
    }


async def test_a_refresh_token_is_sent_with_its_client(signed_in: HTTPXMock) -> None:
    says_free(signed_in)
    calendar, close = connect_refresh_token(
        "client", "GOCSPX-s", "1//r", api_base=API, oauth_base=OAUTH
    )

    await calendar.times.reserve(booking(), until=START)
    await close()

    form = parse_qs(sent(signed_in, "POST", f"{OAUTH}/token").content.decode())
    assert form == {
        "grant_type": ["refresh_token"],
        "client_id": ["client"],
        "client_secret": ["GOCSPX-s"],
        "refresh_token": ["1//r"],
    }


async def test_a_booking_looks_whether_the_time_is_free_and_inserts(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(
        method="POST",
        url=FREE_BUSY,
        match_headers=BEARER,
        match_json={
            "timeMin": "2026-12-01T09:00:00Z",
            "timeMax": "2026-12-01T10:00:00Z",
            "timeZone": "UTC",
            "items": [{"id": ACCOUNT}],
        },
        json={"calendars": {ACCOUNT: {"busy": []}}},
    )
    signed_in.add_response(
        method="POST",
        url=f"{EVENTS}{WRITING}",
        match_headers=BEARER,
        match_json={
            "id": EVENT_ID,
            "summary": "Mentoring with Olena Host · Ann Client",
            "start": {"dateTime": "2026-12-01T09:00:00Z", "timeZone": "America/New_York"},
            "end": {"dateTime": "2026-12-01T10:00:00Z", "timeZone": "America/New_York"},
            "attendees": [{"email": "ann@example.com", "displayName": "Ann Client"}],
            "conferenceData": {
                "createRequest": {
                    "requestId": str(BOOKING_ID),
                    "conferenceSolutionKey": {"type": "hangoutsMeet"},
                }
            },
            "extendedProperties": {
                "private": {"booking_id": str(BOOKING_ID), "correlation_id": "story-1"}
            },
            "guestsCanInviteOthers": False,
            "transparency": "opaque",
            "reminders": {"useDefault": True},
            "status": "confirmed",
        },
        json=event(),
    )

    with correlated("story-1"):
        assert await calendar.entries.book(booking(wants_room=True)) == EVENT_ID


async def test_a_move_patches_the_times_alone(calendar: HostCalendar, signed_in: HTTPXMock) -> None:
    signed_in.add_response(method="GET", url=EVENT, match_headers=BEARER, json=event())
    says_free(signed_in)
    signed_in.add_response(
        method="PATCH",
        url=f"{EVENT}{WRITING}",
        match_headers=BEARER,
        match_json={
            "start": {"dateTime": "2026-12-01T15:00:00Z", "timeZone": "America/New_York"},
            "end": {"dateTime": "2026-12-01T16:00:00Z", "timeZone": "America/New_York"},
        },
        json=event(),
    )

    moved = booking(starts_at=START + 6 * HOUR, ref=EVENT_ID)
    assert await calendar.entries.move(moved) == EVENT_ID


async def test_a_cancellation_deletes_without_mail(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(
        method="DELETE", url=f"{EVENT}?sendUpdates=none", match_headers=BEARER, status_code=204
    )

    await calendar.entries.cancel(booking(), reason="changed plans")

    assert sent(signed_in, "DELETE", f"{EVENT}?sendUpdates=none").content == b""


async def test_a_link_from_elsewhere_is_patched_in(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(
        method="PATCH",
        url=f"{EVENT}{WRITING}",
        match_headers=BEARER,
        match_json={"location": "https://z.example/1", "description": "https://z.example/1"},
        json=event(),
    )

    await calendar.links.show(booking(ref=EVENT_ID), "https://z.example/1")


async def test_a_host_without_a_calendar_account_uses_the_main_calendar_of_their_address(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    says_free(signed_in, "primary")
    primary = f"{API}/calendar/v3/calendars/primary/events{WRITING}"
    signed_in.add_response(method="POST", url=primary, json=event())

    await calendar.entries.book(booking(host(email="marcus@host.example")))

    form = parse_qs(sent(signed_in, "POST", f"{OAUTH}/token").content.decode())
    claims = jwt.decode(form["assertion"][0], options={"verify_signature": False})
    assert claims["sub"] == "marcus@host.example"


async def test_a_secondary_calendar_is_written_as_its_owner(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    secondary = "c_1@group.calendar.google.com"
    says_free(signed_in, secondary)

    whose = host(email="marcus@host.example", calendar_account=secondary)
    await calendar.times.reserve(booking(whose), until=START)

    form = parse_qs(sent(signed_in, "POST", f"{OAUTH}/token").content.decode())
    claims = jwt.decode(form["assertion"][0], options={"verify_signature": False})
    assert claims["sub"] == "marcus@host.example"


# What answers become


async def test_a_conflict_with_our_own_event_is_a_booking(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    says_free(signed_in)
    signed_in.add_response(method="POST", url=f"{EVENTS}{WRITING}", **refusal(409, "duplicate"))
    signed_in.add_response(method="GET", url=EVENT, json=event())

    assert await calendar.entries.book(booking()) == EVENT_ID


async def test_a_conflict_that_cannot_be_looked_up_is_of_unknown_outcome(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    says_free(signed_in)
    signed_in.add_response(method="POST", url=f"{EVENTS}{WRITING}", **refusal(409, "duplicate"))
    signed_in.add_response(method="GET", url=EVENT, **refusal(404, "notFound"))

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.outcome_unknown, error.status) == (True, True, 409)


async def test_an_event_of_somebody_else_under_our_id_is_no_booking(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    other = {"private": {"booking_id": "another"}}
    signed_in.add_response(method="GET", url=EVENT, json=event(extendedProperties=other))

    error = await trouble(calendar.entries.book(booking(asked_before=True)))

    assert str(error) == "google: an event that is not ours has our booking's id"
    assert not error.retryable


async def test_a_deleted_event_of_which_only_the_id_is_left_is_restored_as_a_whole(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(method="GET", url=EVENT, json={"id": EVENT_ID, "status": "cancelled"})
    says_free(signed_in)
    signed_in.add_response(method="PATCH", url=f"{EVENT}{WRITING}", json=event())

    assert await calendar.entries.book(booking(asked_before=True)) == EVENT_ID

    body = json.loads(sent(signed_in, "PATCH", f"{EVENT}{WRITING}").content)
    assert body["status"] == "confirmed"
    assert body["start"]["dateTime"] == "2026-12-01T09:00:00Z"
    assert body["extendedProperties"]["private"]["booking_id"] == str(BOOKING_ID)
    assert "id" not in body
    assert "conferenceData" not in body


async def test_an_event_that_the_host_moved_is_brought_back(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    whole_day = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}
    signed_in.add_response(method="GET", url=EVENT, json=event(**whole_day))
    says_free(signed_in)
    signed_in.add_response(method="PATCH", url=f"{EVENT}{WRITING}", json=event())

    await calendar.entries.book(booking(asked_before=True))

    body = json.loads(sent(signed_in, "PATCH", f"{EVENT}{WRITING}").content)
    assert body["start"]["dateTime"] == "2026-12-01T09:00:00Z"


async def test_busy_times_in_another_zone_are_understood(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    busy = {"start": "2026-12-01T04:30:00-05:00", "end": "2026-12-01T05:30:00-05:00"}
    signed_in.add_response(url=FREE_BUSY, json={"calendars": {ACCOUNT: {"busy": [busy]}}})

    with pytest.raises(SlotRefused):
        await calendar.entries.book(booking())


async def test_nothing_is_asked_for_an_empty_span(
    calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    told = await calendar.times.open_times(MARCUS, None, HOUR, Interval(START, START))

    assert told.busy == ()
    assert httpx_mock.get_requests() == []


@pytest.mark.parametrize("reason", ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded"])
async def test_limits_that_come_as_403_are_waited_out(
    reason: str, calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(url=FREE_BUSY, **refusal(403, reason))

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status, error.retry_after) == (True, 429, None)
    assert str(error) == f"google: answered 403 ({reason})"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "forbiddenForServiceAccounts"),
        (403, "forbiddenForNonOrganizer"),
        (403, "insufficientPermissions"),
        (400, "timeRangeEmpty"),
        (404, "notFound"),
    ],
)
async def test_what_somebody_has_to_mend_is_not_tried_again(
    status: int, reason: str, calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    says_free(signed_in)
    signed_in.add_response(method="POST", url=f"{EVENTS}{WRITING}", **refusal(status, reason))

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status) == (False, status)
    assert not error.outcome_unknown
    assert str(error) == f"google: answered {status} ({reason})"


async def test_a_reason_that_is_no_word_is_not_quoted(
    calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(
        method="DELETE", url=f"{EVENT}?sendUpdates=none", **refusal(403, "ask ann@example.com")
    )

    error = await trouble(calendar.entries.cancel(booking(), reason="changed plans"))

    assert str(error) == "google: answered 403"


@pytest.mark.parametrize(
    ("reason", "retryable", "status"),
    [("notFound", False, 403), ("internalError", True, None), ("groupTooBig", False, None)],
)
async def test_an_error_of_the_calendar_inside_a_200_is_not_free(
    reason: str,
    retryable: bool,
    status: int | None,
    calendar: HostCalendar,
    signed_in: HTTPXMock,
) -> None:
    told = {"errors": [{"domain": "global", "reason": reason}], "busy": []}
    signed_in.add_response(url=FREE_BUSY, json={"calendars": {ACCOUNT: told}})

    error = await trouble(calendar.entries.book(booking()))

    assert (error.retryable, error.status) == (retryable, status)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"calendars": {"other@example.com": {"busy": []}}},
        {"calendars": {ACCOUNT: {}}},
        {"calendars": {ACCOUNT: {"busy": [{"start": "2026-12-01T09:00:00Z"}]}}},
        {"calendars": {ACCOUNT: {"busy": [{"start": "soon", "end": "later"}]}}},
        {"calendars": {ACCOUNT: {"busy": [{"start": "2026-12-01T09", "end": "2026-12-01T10"}]}}},
        {"calendars": {ACCOUNT: {"busy": ["always"]}}},
    ],
)
async def test_malformed_busy_times_are_not_free(
    answer: Any, calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(url=FREE_BUSY, json=answer)

    error = await trouble(calendar.entries.book(booking()))

    assert str(error) == "google: answered 200 with malformed busy times"
    assert error.retryable


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "event",
        {"id": EVENT_ID},
        {"status": "confirmed"},
        event(start={"dateTime": "soon"}),
        event(start="2026-12-01T09:00:00Z"),
        event(end={}),
        event(extendedProperties=[]),
        event(conferenceData={"entryPoints": ["video"]}),
    ],
)
async def test_a_malformed_event_is_of_unknown_outcome(
    answer: Any, calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    says_free(signed_in)
    signed_in.add_response(method="POST", url=f"{EVENTS}{WRITING}", json=answer)
    signed_in.add_response(method="GET", url=EVENT, **refusal(404, "notFound"))

    error = await trouble(calendar.entries.book(booking()))

    assert str(error) == "google: answered 200 with malformed event"
    assert (error.retryable, error.outcome_unknown) == (True, True)


@pytest.mark.parametrize(
    ("told", "link"),
    [
        ({"hangoutLink": "https://meet.google.com/a"}, "https://meet.google.com/a"),
        (
            {
                "conferenceData": {
                    "entryPoints": [
                        {"entryPointType": "phone", "uri": "tel:+1"},
                        {"entryPointType": "video", "uri": "https://meet.google.com/b"},
                    ]
                }
            },
            "https://meet.google.com/b",
        ),
    ],
)
async def test_the_link_is_read_from_either_place(
    told: dict[str, Any], link: str, calendar: HostCalendar, signed_in: HTTPXMock
) -> None:
    signed_in.add_response(method="GET", url=EVENT, json=event(**told))

    assert await calendar.links.link(booking(ref=EVENT_ID)) == link


@pytest.mark.parametrize(
    ("code", "body", "told"),
    [
        (400, {"error": "invalid_grant"}, "the sign-in was revoked or is wrong"),
        (401, {"error": "unauthorized_client"}, "answered 401 to the sign-in"),
        (400, {"error": "invalid_request"}, "answered 400 to the sign-in"),
        (403, ["no"], "answered 403 to the sign-in"),
    ],
)
async def test_a_sign_in_that_is_refused_locks_out(
    code: int, body: Any, told: str, calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=f"{OAUTH}/token", status_code=code, json=body)

    error = await trouble(calendar.entries.book(booking()))

    assert str(error) == f"google: {told}"
    assert (error.retryable, error.status) == (False, 401)


@pytest.mark.parametrize(
    ("code", "body", "told"),
    [
        (400, {"error": "internal_failure"}, "could not sign us in (internal_failure)"),
        (200, {"access_token": "", "expires_in": 9}, "answered 200 with malformed access token"),
        (200, {"access_token": "a", "expires_in": "9"}, "answered 200 with malformed access token"),
    ],
)
async def test_a_sign_in_that_fails_may_be_tried_again(
    code: int, body: Any, told: str, calendar: HostCalendar, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=f"{OAUTH}/token", status_code=code, json=body)

    error = await trouble(calendar.entries.book(booking()))

    assert str(error) == f"google: {told}"
    assert (error.retryable, error.outcome_unknown) == (True, False)


# The key file


def public_pem() -> str:
    public = key().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("/etc/google.json", "not JSON"),
        ("[]", "needs type service_account, client_email"),
        (key_file(type="authorized_user"), "needs type service_account, client_email"),
        (key_file(private_key="-----BEGIN SECRET"), "not an RSA key in PEM"),
        (key_file(private_key=public_pem()), "a public key"),
    ],
)
def test_a_wrong_key_file_is_refused_at_once_and_not_quoted(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        connect_service_account(text, api_base=API, oauth_base=OAUTH)

    assert "SECRET" not in str(caught.value)
