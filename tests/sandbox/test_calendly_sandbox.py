"""The Calendly stand-in: as strict as the real one, with its page and its signed webhooks."""

import json
import re
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.calendly import API_TOKEN, SIGNING_KEY, CalendlySandbox, sign
from sandbox.calendly_agenda import EVENT_TYPE, USER, NotOpen, as_text
from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.hooks import Hooks
from sandbox.journal import Journal
from sandbox.standin import Stage
from tests.providers.standin_rig import served, wednesday

HALF_HOUR = timedelta(minutes=30)
TRACKING = "utm_source=sessionpay&utm_content=b-1"
EMBED = "embed_domain=pay.example.com&embed_type=Inline"


class Told(CalendlySandbox):
    """A stand-in that also takes in its own webhooks."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.hooks = Hooks(stage)
        url = f"{stage.public_url}/webhooks/calendly"
        super().__init__(stage, hooks=self.hooks, webhook_url=url)

    def routes(self) -> list[BaseRoute]:
        return [*super().routes(), Route("/webhooks/calendly", self._hear, methods=["POST"])]

    async def _hear(self, request: Request) -> Response:
        signature = request.headers["calendly-webhook-signature"]
        self.heard.append((signature, await request.body()))
        return Response()

    async def news(self) -> list[dict[str, Any]]:
        """What was told so far."""
        await self.hooks.settled()
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
async def standin() -> AsyncIterator[Told]:
    async with served(Told) as made:
        yield made
        await made.hooks.close()


@pytest.fixture
async def api(standin: Told) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {API_TOKEN}"}
    async with httpx.AsyncClient(base_url=standin.url, headers=headers) as client:
        yield client


def booking(**changes: Any) -> dict[str, Any]:
    usual = {
        "event_type": EVENT_TYPE,
        "start_time": as_text(wednesday()),
        "invitee": {"name": "Ann", "email": "ann@example.com", "timezone": "Europe/Kyiv"},
        "tracking": {"utm_source": "sessionpay", "utm_content": "b-1"},
    }
    return usual | changes


async def new_link(api: httpx.AsyncClient) -> str:
    body = {"max_event_count": 1, "owner": EVENT_TYPE, "owner_type": "EventType"}
    answer = await api.post("/scheduling_links", json=body)
    assert answer.status_code == 201
    return f"{answer.json()['resource']['booking_url']}?{TRACKING}"


# --- the API -------------------------------------------------------------------------------------


async def test_without_the_token_nothing_is_told(standin: Told) -> None:
    async with httpx.AsyncClient(base_url=standin.url) as stranger:
        answer = await stranger.get("/scheduled_events")
    assert answer.status_code == 401
    assert answer.json()["title"] == "Unauthenticated"


async def test_a_booking_is_answered_with_its_invitee_and_the_days_budget(
    standin: Told, api: httpx.AsyncClient
) -> None:
    answer = await api.post("/invitees", json=booking())

    assert answer.status_code == 201
    assert answer.headers["x-ratelimit-limit"] == "100"
    assert answer.headers["x-ratelimit-remaining"] == "99"
    made = answer.json()["resource"]
    assert made["event"] == standin.events[0]["uri"]
    assert made["uri"].startswith(f"{made['event']}/invitees/")
    assert made["tracking"]["utm_content"] == "b-1"
    assert made["tracking"]["utm_term"] is None
    assert (made["status"], made["rescheduled"], made["old_invitee"]) == ("active", False, None)
    assert standin.events[0]["start_time"] == as_text(wednesday())


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"event_type": None}, "event_type"),
        ({"start_time": None}, "start_time"),
        ({"start_time": "noon"}, "start_time"),
        ({"start_time": "2030-01-02T10:00:00+01:00"}, "start_time"),
        ({"start_time": "2030-01-02T10:00:00"}, "start_time"),
        ({"start_time": "2020-01-02T10:00:00Z"}, "start_time"),
        ({"invitee": None}, "body"),
        ({"invitee": {"name": "Ann", "timezone": "Europe/Kyiv"}}, "email"),
        ({"invitee": {"name": "A", "email": "nobody", "timezone": "UTC"}}, "invitee.email"),
        ({"invitee": {"name": "A", "email": "a@b.test", "timezone": "Mars"}}, "invitee.timezone"),
        ({"invitee": {"email": "a@b.test", "timezone": "UTC"}}, "first_name"),
        ({"tracking": {"booking": "b-1"}}, "booking"),
        ({"tracking": {"utm_content": "x" * 256}}, "tracking.utm_content"),
        ({"metadata": {}}, "metadata"),
    ],
)
async def test_what_calendly_would_not_read_is_refused_in_its_form(
    standin: Told, api: httpx.AsyncClient, changes: dict[str, Any], parameter: str
) -> None:
    answer = await api.post("/invitees", json=booking(**changes))
    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid Argument"
    assert answer.json()["details"][0]["parameter"] == parameter
    assert standin.history == []


async def test_a_taken_time_is_a_conflict(standin: Told, api: httpx.AsyncClient) -> None:
    assert (await api.post("/invitees", json=booking())).status_code == 201
    for gone in (booking(), booking(start_time=as_text(wednesday(20)))):
        assert (await api.post("/invitees", json=gone)).status_code == 409
    assert len(standin.history) == 1


async def test_the_budget_of_a_day_ends_and_says_when_the_next_begins(
    standin: Told, api: httpx.AsyncClient
) -> None:
    standin.spend(99)
    assert (await api.post("/invitees", json=booking())).status_code == 201
    answer = await api.post("/invitees", json=booking())
    assert answer.status_code == 429
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert 0 <= int(answer.headers["x-ratelimit-reset"]) <= 86_400
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        (timedelta(hours=1), timedelta(days=31, hours=1), 200),
        (timedelta(hours=1), timedelta(days=31, hours=2), 400),
        (timedelta(hours=-1), timedelta(days=1), 400),
        (timedelta(hours=2), timedelta(hours=1), 400),
    ],
)
async def test_open_times_are_told_for_31_days_from_now_on(
    standin: Told, api: httpx.AsyncClient, start: timedelta, end: timedelta, status: int
) -> None:
    now = standin.stage.clock.now()
    query = {
        "event_type": EVENT_TYPE,
        "start_time": as_text(now + start),
        "end_time": as_text(now + end),
    }
    assert (await api.get("/event_type_available_times", params=query)).status_code == status


async def test_a_list_of_events_needs_its_user_and_knows_its_filters(
    standin: Told, api: httpx.AsyncClient
) -> None:
    await api.post("/invitees", json=booking())
    others: list[tuple[dict[str, str], int]] = [
        ({}, 400),
        ({"user": "https://api.calendly.com/users/OTHER"}, 403),
        ({"user": USER, "booking": "1"}, 400),
        ({"user": USER, "count": "101"}, 400),
        ({"user": USER, "count": "many"}, 400),
    ]
    for query, status in others:
        assert (await api.get("/scheduled_events", params=query)).status_code == status
    for query, found in (
        ({"status": "active", "invitee_email": "ann@example.com"}, 1),
        ({"status": "canceled"}, 0),
        ({"invitee_email": "eve@example.com"}, 0),
        ({"min_start_time": as_text(wednesday(11))}, 0),
        ({"max_start_time": as_text(wednesday(9))}, 0),
    ):
        answer = await api.get("/scheduled_events", params={"user": USER} | query)
        assert len(answer.json()["collection"]) == found, query


async def test_a_long_list_comes_in_pages(api: httpx.AsyncClient) -> None:
    for hour in (8, 9, 10):
        await api.post("/invitees", json=booking(start_time=as_text(wednesday(hour))))
    first = (await api.get("/scheduled_events", params={"user": USER, "count": 2})).json()
    token = first["pagination"]["next_page_token"]
    query = {"user": USER, "count": 2, "page_token": token}
    second = (await api.get("/scheduled_events", params=query)).json()
    assert [len(page["collection"]) for page in (first, second)] == [2, 1]
    assert second["pagination"]["next_page_token"] is None


async def test_an_appointment_is_cancelled_once(standin: Told, api: httpx.AsyncClient) -> None:
    made = (await api.post("/invitees", json=booking())).json()["resource"]
    path = made["event"].removeprefix("https://api.calendly.com")
    long = await api.post(f"{path}/cancellation", json={"reason": "x" * 10_001})
    first = await api.post(f"{path}/cancellation", json={"reason": "Ill."})
    again = await api.post(f"{path}/cancellation", json={"reason": "Ill."})
    assert [long.status_code, first.status_code, again.status_code] == [400, 201, 403]
    assert first.json()["resource"]["reason"] == "Ill."
    assert standin.events == []
    assert standin.history[0]["cancellation"]["reason"] == "Ill."


async def test_what_is_not_there_is_not_found(api: httpx.AsyncClient) -> None:
    made = (await api.post("/invitees", json=booking())).json()["resource"]
    path = made["event"].removeprefix("https://api.calendly.com")
    for unknown in ("/scheduled_events/x", "/scheduled_events/x/invitees", f"{path}/invitees/x"):
        assert (await api.get(unknown)).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"max_event_count": 2}, {"owner_type": "User"}, {"owner": None}, {"expires": "never"}],
)
async def test_a_link_takes_one_choice_of_an_event_type(
    api: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    usual = {"max_event_count": 1, "owner": EVENT_TYPE, "owner_type": "EventType"}
    answer = await api.post("/scheduling_links", json=usual | changes)
    assert answer.status_code == 400


async def test_the_room_appears_after_the_first_look(api: httpx.AsyncClient) -> None:
    made = (await api.post("/invitees", json=booking())).json()["resource"]
    path = made["event"].removeprefix("https://api.calendly.com")
    looks = [(await api.get(path)).json()["resource"]["location"] for _ in range(3)]
    assert looks[0] == {"type": "zoom_conference", "status": "processing"}
    assert looks[1]["status"] == "pushed"
    assert looks[1]["join_url"].startswith("https://zoom.example/j/")
    assert looks[2] == looks[1]


# --- webhooks ------------------------------------------------------------------------------------


async def test_every_change_is_told_and_signed(standin: Told, api: httpx.AsyncClient) -> None:
    invitee = standin.choose(await new_link(api), wednesday(), name="Ann", email="a@b.test")
    [created] = await standin.news()
    standin.cancel_by_host(standin.events[0]["uri"], "Ill.")
    [_, cancelled] = await standin.news()

    assert (created["event"], cancelled["event"]) == ("invitee.created", "invitee.canceled")
    for told, status in ((created, "active"), (cancelled, "canceled")):
        assert told["payload"]["uri"] == invitee
        assert told["payload"]["status"] == status
        assert told["payload"]["tracking"]["utm_content"] == "b-1"
        assert told["payload"]["scheduled_event"]["start_time"] == as_text(wednesday())
    for signature, body in standin.heard:
        signed_at = int(signature.removeprefix("t=").partition(",")[0])
        assert abs(signed_at - time.time()) < 60
        assert signature == sign(body, at=signed_at, key=SIGNING_KEY)


async def test_a_moved_time_is_a_new_invitee_in_the_place_of_the_old(
    standin: Told, api: httpx.AsyncClient
) -> None:
    old = standin.choose(await new_link(api), wednesday(), name="Ann", email="a@b.test")
    new = standin.reschedule(old, wednesday(12))

    told = {(each["event"], each["payload"]["uri"]): each for each in await standin.news()}
    assert set(told) == {
        ("invitee.created", old),
        ("invitee.created", new),
        ("invitee.canceled", old),
    }
    gone = told["invitee.canceled", old]["payload"]
    came = told["invitee.created", new]["payload"]
    assert (gone["rescheduled"], gone["new_invitee"]) == (True, new)
    assert (came["rescheduled"], came["old_invitee"]) == (False, old)
    assert came["event"] != gone["event"]
    assert came["tracking"] == gone["tracking"]
    assert [event["start_time"] for event in standin.events] == [as_text(wednesday(12))]


async def test_a_link_is_dead_after_one_choice(standin: Told, api: httpx.AsyncClient) -> None:
    link = await new_link(api)
    with pytest.raises(NotOpen):
        standin.choose(link, wednesday(23), name="Ann", email="a@b.test")
    standin.choose(link, wednesday(), name="Ann", email="a@b.test")
    with pytest.raises(NotOpen):
        standin.choose(link, wednesday(12), name="Ann", email="a@b.test")
    assert len(standin.history) == 1


# --- the page ------------------------------------------------------------------------------------


async def test_a_client_chooses_a_time_on_the_page_and_the_framing_page_is_told(
    standin: Told, api: httpx.AsyncClient
) -> None:
    link = f"{await new_link(api)}&{EMBED}"
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = await browser.get(link)
        assert page.status_code == 200
        assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
        assert "<script src=" in page.text
        [start] = [
            value
            for value in re.findall(r'name="start_time" value="([^"]+)"', page.text)
            if value == as_text(wednesday())
        ]
        form = {"name": "Ann", "email": "a@b.test", "start_time": start, "timezone": "Asia/Tokyo"}
        done = await browser.post(link, data=form)
        again = await browser.get(link)

    assert done.status_code == 200
    assert "You are scheduled" in done.text
    assert "19:00 (Asia/Tokyo)" in done.text
    [created] = await standin.news()
    assert f'data-invitee="{created["payload"]["uri"]}"' in done.text
    assert created["payload"]["tracking"]["utm_content"] == "b-1"
    assert created["payload"]["timezone"] == "Asia/Tokyo"
    assert again.status_code == 410


async def test_a_page_that_does_not_know_its_frame_tells_nobody(
    standin: Told, api: httpx.AsyncClient
) -> None:
    form = {"name": "Ann", "email": "a@b.test", "start_time": as_text(wednesday())}
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        done = await browser.post(await new_link(api), data=form)
    assert "You are scheduled" in done.text
    assert "data-invitee" not in done.text
    assert "(Europe/Berlin)" in done.text
    assert len(standin.events) == 1


async def test_a_form_that_lacks_something_is_shown_again_as_it_was_filled_in(
    standin: Told, api: httpx.AsyncClient
) -> None:
    link = await new_link(api)
    hostile = '"><script>alert(1)</script>'
    standin.busy(wednesday(12), wednesday(13))
    async with httpx.AsyncClient() as browser:
        nameless = await browser.post(link, data={"start_time": as_text(wednesday()), "email": ""})
        timeless = await browser.post(link, data={"name": hostile, "email": "a@b.test"})
        taken = await browser.post(
            link, data={"name": "A", "email": "a@b.test", "start_time": as_text(wednesday(12))}
        )
    assert [nameless.status_code, timeless.status_code, taken.status_code] == [422, 422, 409]
    assert hostile not in timeless.text
    assert "&lt;script&gt;" in timeless.text
    assert 'role="alert"' in taken.text
    assert standin.history == []


async def test_an_invitee_moves_and_cancels_on_the_pages_of_their_appointment(
    standin: Told, api: httpx.AsyncClient
) -> None:
    standin.choose(await new_link(api), wednesday(), name="Ann", email="a@b.test")
    [created] = await standin.news()
    moving = created["payload"]["reschedule_url"]
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        assert "Your name" not in (await browser.get(moving)).text
        assert (await browser.post(moving, data={})).status_code == 422
        taken = await browser.post(moving, data={"start_time": as_text(wednesday(23))})
        moved = await browser.post(moving, data={"start_time": as_text(wednesday(12))})
        cancelling = re.findall(r'href="([^"]+/cancellations/[^"]+)"', moved.text)[0]
        asked = await browser.get(cancelling)
        assert standin.events != []
        done = await browser.post(cancelling, data={"reason": "Ill."})
        dead = [
            (await browser.get(address)).status_code
            for address in (moving, cancelling, str(moved.url), f"{standin.url}/page/unknown")
        ]
        dead += [(await browser.post(address)).status_code for address in (moving, cancelling)]
    assert taken.status_code == 409
    assert "Cancel this appointment?" in asked.text
    assert "cancelled" in done.text
    assert dead == [410] * 6
    assert standin.events == []
    assert [line["state"] for line in standin.shown()] == ["canceled", "moved"]


async def test_the_page_has_its_own_style_and_script(standin: Told) -> None:
    async with httpx.AsyncClient() as browser:
        style = await browser.get(f"{standin.url}/static/calendly.css")
        script = await browser.get(f"{standin.url}/static/calendly.js")
    assert style.headers["content-type"].startswith("text/css")
    assert "javascript" in script.headers["content-type"]
    assert "calendly.event_scheduled" in script.text


async def test_appointments_and_links_outlive_the_process(tmp_path: Path) -> None:
    def made() -> CalendlySandbox:
        stage = Stage(SandboxClock(), Journal(), Faults(), "http://127.0.0.1:9", tmp_path)
        return CalendlySandbox(stage, hooks=Hooks(stage), webhook_url="http://127.0.0.1:9/x")

    first = made()
    first.busy(wednesday(), wednesday() + HALF_HOUR)
    first.spend(3)
    first.close()
    second = made()
    with pytest.raises(NotOpen):
        second.choose_without_link(wednesday(), name="A", email="a@b.test", tracking={})
    second.close()


async def test_what_is_shown_says_whose_it_is_and_where(
    standin: Told, api: httpx.AsyncClient
) -> None:
    await api.post("/invitees", json=booking())
    [line] = standin.shown()
    assert (line["title"], line["state"]) == ("Career talk", "active")
    assert datetime.fromisoformat(line["at"]) == wednesday()
    assert line["details"] == {
        "Invitee": "Ann <ann@example.com>",
        "Booking": "b-1",
        "Room": "being set up",
    }
