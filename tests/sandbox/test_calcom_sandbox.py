"""The stand-in of Cal.com refuses what Cal.com would refuse, in Cal.com's words."""

import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.calcom import API_KEY, CalcomSandbox
from sandbox.faults import Fault, FaultKind
from sandbox.standin import Stage
from tests.providers.standin_rig import served, wednesday

NOON = wednesday(10)
HOUR = timedelta(hours=1)
SLOTS, BOOKINGS = "2024-09-04", "2026-02-25"
ATTENDEE = {"name": "Ann Client", "email": "Ann@example.com", "timeZone": "Europe/Kyiv"}


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def wanted(**changes: Any) -> dict[str, Any]:
    return {"eventTypeId": 1002, "start": at(NOON), "attendee": ATTENDEE} | changes


def reservation(**changes: Any) -> dict[str, Any]:
    return {"eventTypeId": 1002, "slotStart": at(NOON), "reservationDuration": 35} | changes


class Caller:
    """Somebody with a key who speaks HTTP to the stand-in."""

    def __init__(self, standin: CalcomSandbox, http: httpx.AsyncClient) -> None:
        self.standin = standin
        self.http = http

    async def asks(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        version: str | None = BOOKINGS,
        key: str | None = API_KEY,
        **query: str,
    ) -> httpx.Response:
        headers = {"cal-api-version": version or "", "authorization": f"Bearer {key}"}
        headers = {name: value for name, value in headers.items() if value}
        if key is None:
            del headers["authorization"]
        url = f"{self.standin.url}/v2/{path}"
        return await self.http.request(method, url, json=body, params=query, headers=headers)

    async def books(self, **changes: Any) -> Any:
        answer = await self.asks("POST", "bookings", wanted(**changes))
        assert answer.status_code == 201
        return answer.json()["data"]

    async def slots(self, **query: str) -> httpx.Response:
        usual = {"eventTypeId": "1002", "start": at(NOON), "end": at(NOON + 2 * HOUR)}
        return await self.asks("GET", "slots", version=SLOTS, **(usual | query))

    async def reserves(self, body: object, key: str | None = API_KEY) -> httpx.Response:
        return await self.asks("POST", "slots/reservations", body, version=SLOTS, key=key)


@asynccontextmanager
async def calling(make: Callable[[Stage], CalcomSandbox] = CalcomSandbox) -> AsyncIterator[Caller]:
    async with served(make) as standin, httpx.AsyncClient(trust_env=False) as http:
        yield Caller(standin, http)


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with calling() as caller:
        yield caller


def message(answer: httpx.Response) -> str:
    text: str = answer.json()["error"]["message"]
    return text


async def test_a_booking_is_answered_whole(caller: Caller) -> None:
    booking = await caller.books(metadata={"booking_id": "b1"})
    assert booking["status"] == "accepted"
    assert booking["start"] == NOON.strftime("%Y-%m-%dT%H:00:00.000Z")
    assert booking["duration"] == 60
    assert booking["metadata"] == {"booking_id": "b1"}
    assert booking["attendees"][0]["email"] == "ann@example.com"
    assert booking["location"].startswith("https://app.cal.com/video/")
    assert caller.standin.bookings == [booking]


@pytest.mark.parametrize(
    "body",
    [
        None,
        wanted(idempotencyKey="1"),
        wanted(lengthInMinutes=30),
        wanted(start=NOON.isoformat().replace("+00:00", "+02:00")),
        wanted(start=NOON.replace(tzinfo=None).isoformat()),
        wanted(start="soon"),
        wanted(start=5),
        wanted(eventTypeId="first"),
        wanted(eventTypeId=True),
        wanted(attendee={"name": "Ann", "email": "ann@example.com"}),
        wanted(attendee=ATTENDEE | {"name": " "}),
        wanted(attendee=ATTENDEE | {"email": "ann"}),
        wanted(attendee=ATTENDEE | {"timeZone": "Kyiv"}),
        wanted(attendee=ATTENDEE | {"timeZone": ""}),
        wanted(attendee=ATTENDEE | {"language": "uk-UA"}),
        wanted(attendee=ATTENDEE | {"nickname": "A"}),
        wanted(attendee={"name": "Ann", "timeZone": "Europe/Kyiv"}),
        wanted(metadata="b1"),
        wanted(metadata={"k" * 41: "v"}),
        wanted(metadata={"k": "v" * 501}),
        wanted(metadata={"k": None}),
        wanted(metadata={str(number): "v" for number in range(51)}),
        wanted(location={"type": "integration", "integration": "zoom"}),
        {"eventTypeId": 1002, "start": at(NOON)},
    ],
)
async def test_a_booking_of_the_wrong_shape_is_refused(caller: Caller, body: object) -> None:
    answer = await caller.asks("POST", "bookings", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BadRequestException"
    assert answer.json()["status"] == "error"
    assert caller.standin.history == []


async def test_an_unknown_event_type_is_not_found(caller: Caller) -> None:
    assert (await caller.asks("POST", "bookings", wanted(eventTypeId=7))).status_code == 404
    assert (await caller.slots(eventTypeId="7")).status_code == 404
    assert (await caller.reserves(reservation(eventTypeId=7))).status_code == 404


@pytest.mark.parametrize("version", [None, SLOTS, "2024-04-15"])
async def test_bookings_do_not_exist_in_another_version(
    caller: Caller, version: str | None
) -> None:
    answer = await caller.asks("POST", "bookings", wanted(), version=version)
    assert answer.status_code == 404
    assert message(answer) == "Cannot POST /v2/bookings"


async def test_bookings_exist_in_both_of_their_versions(caller: Caller) -> None:
    answer = await caller.asks("POST", "bookings", wanted(), version="2024-08-13")
    assert answer.status_code == 201


async def test_slots_do_not_exist_in_another_version(caller: Caller) -> None:
    answer = await caller.asks("GET", "slots", version=BOOKINGS)
    assert answer.status_code == 404
    answer = await caller.asks("POST", "slots/reservations", reservation(), version=BOOKINGS)
    assert answer.status_code == 404


async def test_public_endpoints_need_no_key_but_take_no_wrong_one(caller: Caller) -> None:
    open_to_all = await caller.asks("POST", "bookings", wanted(), key=None)
    assert open_to_all.status_code == 201
    uid = open_to_all.json()["data"]["uid"]
    assert (await caller.asks("GET", f"bookings/{uid}", key=None)).status_code == 200
    assert (await caller.asks("GET", f"bookings/{uid}", key="cal_other")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "bookings"), ("POST", "bookings/u/confirm"), ("PATCH", "bookings/u/location")],
)
async def test_what_belongs_to_the_host_needs_her_key(
    caller: Caller, method: str, path: str
) -> None:
    answer = await caller.asks(method, path, key=None)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UnauthorizedException"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (NOON + HOUR / 2, "User either already has booking at this time or is not available"),
        (wednesday(20), "User either already has booking at this time or is not available"),
        (NOON - timedelta(days=30), "Attempting to book a meeting in the past."),
        (NOON + timedelta(days=371), 'can\'t be booked at the "start" time provided'),
    ],
)
async def test_a_time_that_is_not_free_is_refused_in_calcoms_words(
    caller: Caller, start: datetime, said: str
) -> None:
    await caller.books()
    answer = await caller.asks("POST", "bookings", wanted(start=at(start)))
    assert answer.status_code == 400
    assert said in message(answer)
    assert len(caller.standin.history) == 1


async def test_the_same_booking_twice_is_refused(caller: Caller) -> None:
    await caller.books()
    assert (await caller.asks("POST", "bookings", wanted())).status_code == 400


async def test_slots_come_by_day_in_the_zone_that_is_asked_for(caller: Caller) -> None:
    days = (await caller.slots(timeZone="Asia/Tokyo", format="range")).json()["data"]
    [(day, slots)] = days.items()
    assert day == NOON.date().isoformat()
    assert slots[0] == {
        "start": NOON.strftime("%Y-%m-%dT19:00:00.000+09:00"),
        "end": NOON.strftime("%Y-%m-%dT20:00:00.000+09:00"),
    }
    assert len(slots) == 5


async def test_slots_of_a_whole_day(caller: Caller) -> None:
    day = NOON.date().isoformat()
    data = (await caller.slots(eventTypeId="1001", start=day, end=day)).json()["data"]
    assert list(data) == [day]
    assert len(data[day]) == 24


@pytest.mark.parametrize(
    "query",
    [
        {"end": at(NOON - HOUR)},
        {"start": "2026-13-01"},
        {"end": "tomorrow"},
        {"start": "2026-12-02T10:00:00+02:00"},
        {"timeZone": "Kyiv"},
        {"eventTypeId": "first"},
        {"user": "olena"},
    ],
)
async def test_slots_of_a_wrong_query_are_refused(caller: Caller, query: dict[str, str]) -> None:
    assert (await caller.slots(**query)).status_code == 400


async def test_slots_of_times_past_are_not_offered(caller: Caller) -> None:
    assert (await caller.slots()).json()["data"] != {}
    caller.standin.stage.clock.advance(timedelta(days=15))
    assert (await caller.slots()).json()["data"] == {}


async def test_a_reservation_holds_for_five_minutes_unless_told(caller: Caller) -> None:
    answer = await caller.reserves({"eventTypeId": 1001, "slotStart": at(NOON)}, key=None)
    made = answer.json()["data"]
    assert (answer.status_code, made["reservationDuration"], made["slotDuration"]) == (201, 5, 30)
    caller.standin.stage.clock.advance(timedelta(minutes=6))
    assert caller.standin.reservations == []


async def test_the_length_of_a_reservation_is_for_those_with_a_key(caller: Caller) -> None:
    assert (await caller.reserves(reservation(), key=None)).status_code == 401
    assert caller.standin.reservations == []


@pytest.mark.parametrize(
    "body",
    [reservation(slotDuration=60), reservation(reservationDuration=0), {"eventTypeId": 1002}],
)
async def test_a_reservation_of_the_wrong_shape_is_refused(caller: Caller, body: object) -> None:
    assert (await caller.reserves(body)).status_code == 400


async def test_a_reserved_time_is_refused_even_to_who_reserved_it(caller: Caller) -> None:
    assert (await caller.reserves(reservation())).status_code == 201
    again = await caller.reserves(reservation())
    assert (again.status_code, again.json()["error"]["code"]) == (
        422,
        "UnprocessableEntityException",
    )
    assert (await caller.reserves(reservation(eventTypeId=1001))).status_code == 201


async def test_a_booked_time_cannot_be_reserved(caller: Caller) -> None:
    await caller.books()
    answer = await caller.reserves(reservation())
    assert answer.status_code == 422
    assert message(answer) == "Can't reserve a slot if the event is already booked."


async def test_a_reservation_hides_the_time_but_stops_no_booking(caller: Caller) -> None:
    await caller.reserves(reservation())
    starts = [slot["start"] for slot in (await caller.slots()).json()["data"].popitem()[1]]
    assert NOON.strftime("%Y-%m-%dT%H:00:00.000Z") not in starts
    await caller.books()


async def test_a_reservation_is_given_back_once(caller: Caller) -> None:
    uid = (await caller.reserves(reservation())).json()["data"]["reservationUid"]
    path = f"slots/reservations/{uid}"
    statuses = [(await caller.asks("DELETE", path, version=SLOTS)).status_code for _ in range(2)]
    assert statuses == [200, 404]


async def test_a_move_leaves_a_cancelled_booking_that_names_its_successor(caller: Caller) -> None:
    old = await caller.books(metadata={"booking_id": "b1"})
    path = f"bookings/{old['uid']}/reschedule"
    answer = await caller.asks("POST", path, {"start": at(NOON + HOUR)})
    new = answer.json()["data"]
    assert answer.status_code == 201
    assert (new["rescheduledFromUid"], new["metadata"]) == (old["uid"], {"booking_id": "b1"})
    left = (await caller.asks("GET", f"bookings/{old['uid']}")).json()["data"]
    assert (left["status"], left["rescheduledToUid"]) == ("cancelled", new["uid"])
    again = await caller.asks("POST", path, {"start": at(NOON + HOUR)})
    assert again.status_code == 400
    assert new["uid"] in message(again)


async def test_a_move_in_the_owners_name_needs_no_confirmation(caller: Caller) -> None:
    old = await caller.books(eventTypeId=1003)
    assert old["status"] == "pending"
    path = f"bookings/{old['uid']}/reschedule"
    by_owner = {"start": at(NOON + HOUR), "rescheduledBy": "olena@example.com"}
    assert (await caller.asks("POST", path, by_owner)).json()["data"]["status"] == "accepted"


async def test_a_booking_is_confirmed_once(caller: Caller) -> None:
    path = f"bookings/{(await caller.books(eventTypeId=1003))['uid']}/confirm"
    statuses = [(await caller.asks("POST", path)).status_code for _ in range(2)]
    assert statuses == [200, 400]
    assert (await caller.asks("POST", path, {"sure": True})).status_code == 400


async def test_a_booking_is_cancelled_once_and_frees_its_time(caller: Caller) -> None:
    path = f"bookings/{(await caller.books())['uid']}/cancel"
    statuses = [
        (await caller.asks("POST", path, {"cancellationReason": "ill"})).status_code
        for _ in range(2)
    ]
    assert statuses == [200, 400]
    await caller.books()
    assert len(caller.standin.history) == 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "bookings/none", None),
        ("POST", "bookings/none/cancel", {}),
        ("POST", "bookings/none/confirm", {}),
        ("POST", "bookings/none/reschedule", {"start": at(NOON)}),
        ("PATCH", "bookings/none/location", {"location": {"type": "link", "link": "https://a/"}}),
    ],
)
async def test_an_unknown_booking_is_not_found(
    caller: Caller, method: str, path: str, body: object
) -> None:
    answer = await caller.asks(method, path, body)
    assert answer.status_code == 404
    assert message(answer) == "Booking with uid=none was not found in the database"


@pytest.mark.parametrize(
    "location",
    [
        "https://a/",
        {"type": "link"},
        {"type": "phone", "link": "https://a/"},
        {"type": "link", "link": "room 7"},
    ],
)
async def test_a_location_that_is_no_link_is_refused(caller: Caller, location: object) -> None:
    booking = await caller.books()
    path = f"bookings/{booking['uid']}/location"
    answer = await caller.asks("PATCH", path, {"location": location})
    assert answer.status_code == 400
    assert caller.standin.bookings == [booking]


async def test_the_list_is_filtered_sorted_and_paged(caller: Caller) -> None:
    first, second, third = [
        await caller.books(start=at(NOON + number * HOUR)) for number in range(3)
    ]
    await caller.asks("POST", f"bookings/{second['uid']}/cancel", {})
    by_request = await caller.books(
        eventTypeId=1003,
        start=at(NOON + 4 * HOUR),
        attendee=ATTENDEE | {"email": "bob@example.com"},
    )

    async def listed(**query: str) -> list[str]:
        answer = await caller.asks("GET", "bookings", **query)
        assert answer.status_code == 200
        return [booking["uid"] for booking in answer.json()["data"]]

    live = [first["uid"], third["uid"], by_request["uid"]]
    assert await listed(status="upcoming,unconfirmed") == live
    assert await listed(status="cancelled") == [second["uid"]]
    assert await listed(status="unconfirmed") == [by_request["uid"]]
    assert await listed(attendeeEmail="bob@example.com") == [by_request["uid"]]
    assert await listed(eventTypeId="1003") == [by_request["uid"]]
    assert await listed(afterStart=at(NOON), beforeEnd=at(NOON + HOUR)) == [first["uid"]]
    assert (await listed(sortStart="desc"))[0] == by_request["uid"]
    assert await listed(take="1", skip="2") == [third["uid"]]
    page = (await caller.asks("GET", "bookings", take="1", skip="2")).json()["pagination"]
    assert page == {
        "totalItems": 4,
        "remainingItems": 1,
        "returnedItems": 1,
        "itemsPerPage": 1,
        "currentPage": 3,
        "totalPages": 4,
        "hasNextPage": True,
        "hasPreviousPage": True,
    }
    caller.standin.stage.clock.advance(timedelta(days=15))
    assert await listed(status="upcoming") == []
    assert await listed(status="past") == live


@pytest.mark.parametrize(
    "query",
    [
        {"status": "accepted"},
        {"take": "251"},
        {"take": "0"},
        {"sortStart": "up"},
        {"metadata": "b1"},
        {"afterStart": "yesterday"},
    ],
)
async def test_a_list_of_a_wrong_query_is_refused(caller: Caller, query: dict[str, str]) -> None:
    await caller.books()
    assert (await caller.asks("GET", "bookings", **query)).status_code == 400


async def test_too_many_requests_are_told_in_headers(caller: Caller) -> None:
    caller.standin.stage.faults.plan("calcom", Fault(FaultKind.RATE_LIMIT, 30))
    answer = await caller.asks("GET", "bookings")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"
    assert answer.headers["x-ratelimit-reset-default"] == "30"
    assert answer.json()["error"] == {
        "code": "ThrottlerException",
        "message": "Too many requests.",
    }


@pytest.mark.parametrize(
    ("operation", "status"), [("book", 400), ("reschedule", 400), ("reserve", 422), ("slots", 400)]
)
async def test_planned_refusals_are_those_of_calcom(
    caller: Caller, operation: str, status: int
) -> None:
    assert caller.standin.refusal(operation).status == status


async def test_it_shows_its_bookings_newest_first(caller: Caller) -> None:
    await caller.books(metadata={"booking_id": "b1"})
    second = await caller.books(start=at(NOON + HOUR))
    shown = caller.standin.shown()
    assert [one["state"] for one in shown] == ["accepted", "accepted"]
    assert (shown[0]["id"], shown[0]["at"]) == (second["uid"], second["start"])
    assert shown[1]["details"]["Our booking"] == "b1"
    assert shown[0]["details"]["Our booking"] == "none"


async def test_what_is_booked_and_closed_outlives_the_process(tmp_path: Path) -> None:
    def kept(stage: Stage) -> CalcomSandbox:
        return CalcomSandbox(dataclasses.replace(stage, data_dir=tmp_path))

    async with calling(kept) as caller:
        booking = await caller.books()
        caller.standin.busy(NOON + HOUR, NOON + 2 * HOUR)
        await caller.reserves(reservation(slotStart=at(NOON - HOUR)))
    async with calling(kept) as caller:
        assert caller.standin.bookings == [booking]
        assert len(caller.standin.reservations) == 1
        body = wanted(start=at(NOON + HOUR))
        assert (await caller.asks("POST", "bookings", body)).status_code == 400
