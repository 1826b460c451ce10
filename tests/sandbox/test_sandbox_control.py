"""The control API shows what the stand-ins hold and steers them, and says what it cannot do."""

import asyncio
import smtplib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from sandbox import daily
from sandbox.faults import Fault, FaultKind
from services.domain.models import CalendarKind
from services.domain.slots import Interval
from services.providers.calendar_ports import OpenTimes
from services.providers.errors import ProviderError
from services.providers.registry import choose
from tests.providers.standin_rig import host, wednesday
from tests.providers.token_shelf import TokensInMemory
from tests.sandbox.sandbox_rig import CALENDAR_FILE, confirmation, running

SERVICES = [
    *("stripe", "mail", "calcom", "google", "calendly", "zoom", "daily", "telegram", "sendgrid"),
    "supabase",
]
CAREER = "https://api.calendly.com/event_types/SANDBOXCAREER"
KINDS = [
    *("fail", "refuse", "delay", "lose_answer", "hang", "unauthorized", "rate_limit", "malformed"),
]


async def test_the_clock_moves_by_a_duration_or_by_seconds_and_tells_the_product() -> None:
    async with running() as rig:
        moves: list[timedelta] = []

        async def on_advance(by: timedelta) -> None:
            moves.append(by)

        rig.sandbox.on_advance = on_advance
        before = datetime.now(UTC)
        for advance in ("PT1H", "P1W2DT3H4M5S", 90):
            answer = await rig.ask("clock", {"advance": advance})
            assert answer.status_code == 200
        by = timedelta(hours=1), timedelta(days=9, hours=3, minutes=4, seconds=5)
        assert moves == [*by, timedelta(seconds=90)]
        ahead = sum(moves, timedelta())
        assert answer.json()["offsetSeconds"] == ahead.total_seconds()
        told = datetime.fromisoformat(answer.json()["now"])
        assert before + ahead <= told <= datetime.now(UTC) + ahead
        assert rig.sandbox.clock.offset == ahead


async def test_a_moved_clock_expires_checkouts_and_stays_moved_after_a_restart(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as rig:
        await rig.order()
        await rig.ask("clock", {"advance": "P2D"})
        await rig.sandbox.stripe.deliveries.settled()
        assert [event["type"] for event in rig.webhooks] == ["checkout.session.expired"]
        assert [each["status"] for each in (await rig.state())["checkouts"]] == ["expired"]
    async with running(tmp_path) as rig:
        assert (await rig.state())["clock"]["offsetSeconds"] == 172800


@pytest.mark.parametrize(
    "advance",
    [
        *("0", "-1", "-10", "4e7", "NaN", "null", "true", "[]"),
        *('"PT0S"', '"P"', '"PT"', '"P1Y"', '"1h"', '""', '"P401D"'),
    ],
)
async def test_the_clock_does_not_move_by_nonsense(advance: str) -> None:
    async with running() as rig:
        body = f'{{"advance": {advance}}}'
        headers = {"Content-Type": "application/json"}
        answer = await rig.http.post("/sandbox/api/clock", content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("advance must be ")
        assert rig.sandbox.clock.offset == timedelta()


async def test_faults_are_planned_shown_and_cleared() -> None:
    async with running() as rig:
        answer = await rig.ask("faults", {"service": "calcom.book", "kind": "refuse", "times": 2})
        assert answer.json()["planned"] == {"calcom.book": ["refuse", "refuse"]}
        await rig.ask("faults", {"service": "mail", "kind": "delay", "seconds": 0.5})
        assert (await rig.state())["faults"]["planned"] == {
            "calcom.book": ["refuse", "refuse"],
            "mail": ["delay"],
        }
        assert rig.sandbox.faults.take("mail", now=rig.sandbox.clock.now()) == Fault(
            FaultKind.DELAY, 0.5
        )
        cleared = await rig.http.delete("/sandbox/api/faults")
        assert (cleared.json()["planned"], cleared.json()["down"]) == ({}, {})
        assert rig.sandbox.faults.take("calcom", "book", now=rig.sandbox.clock.now()) is None


async def test_faults_can_be_planned_for_every_service_and_for_each_of_its_operations() -> None:
    async with running() as rig:
        faults = (await rig.state())["faults"]
        assert faults["kinds"] == KINDS
        assert faults["services"][: len(SERVICES)] == SERVICES
        operations = faults["services"][len(SERVICES) :]
        assert len(set(operations)) == len(operations)
        assert {name.partition(".")[0] for name in operations} == set(SERVICES[2:])
        assert {"calcom.book", "zoom.token", "telegram.sendMessage"} <= set(operations)
        for service in faults["services"]:
            planned = await rig.ask("faults", {"service": service, "kind": "fail"})
            assert planned.status_code == 200, service
        assert set(planned.json()["planned"]) == set(faults["services"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "explode"}, f"kind must be one of {', '.join(KINDS)}"),
        ({"times": 0}, "times must be from 1 to 100"),
        ({"times": 1.5}, "times must be a whole number"),
        ({"times": "2"}, "times must be a number"),
        ({"seconds": True}, "seconds must be a number"),
        ({"kind": "delay", "seconds": 61}, "seconds must be from 0 to 60"),
        ({"kind": "delay"}, "seconds must say how long it takes"),
        ({"kind": "hang"}, "seconds must say how long it takes"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_not_planned(
    changes: dict[str, object], message: str
) -> None:
    async with running() as rig:
        answer = await rig.ask("faults", {"service": "mail", "kind": "fail"} | changes)
        assert answer.status_code == 400
        assert answer.json() == {"error": {"message": message}}
        assert rig.sandbox.faults.planned() == {}


@pytest.mark.parametrize("service", ["telepathy", "calcom.telepathy", "calendar", []])
async def test_a_fault_of_a_service_that_there_is_not_is_not_planned(service: object) -> None:
    async with running() as rig:
        answer = await rig.ask("faults", {"service": service, "kind": "fail"})
        assert answer.status_code == 400
        names = answer.json()["error"]["message"].removeprefix("service must be one of ")
        assert names.split(", ") == (await rig.state())["faults"]["services"]
        assert rig.sandbox.faults.planned() == {}


# --- outages -------------------------------------------------------------------------------------


async def test_an_outage_lasts_until_the_clock_has_passed_it() -> None:
    async with running() as rig:
        down = await rig.ask("outages", {"service": "daily", "for": "PT10M"})
        assert down.status_code == 200
        ends_at = datetime.fromisoformat(down.json()["down"]["daily"])
        assert timedelta(minutes=9) < ends_at - rig.sandbox.clock.now() <= timedelta(minutes=10)
        key = {"Authorization": f"Bearer {daily.API_KEY}"}
        room = f"{rig.sandbox.daily.path}/v1/rooms/none"
        assert (await rig.http.get(room, headers=key)).status_code == 500
        assert (await rig.state())["faults"]["down"] == {"daily": ends_at.isoformat()}

        await rig.ask("clock", {"advance": "PT10M"})
        assert (await rig.http.get(room, headers=key)).status_code == 404
        assert (await rig.state())["faults"]["down"] == {}


async def test_an_outage_ends_early_when_everything_is_made_well() -> None:
    async with running() as rig:
        await rig.ask("outages", {"service": "zoom", "for": 3600})
        cleared = await rig.http.delete("/sandbox/api/faults")
        assert cleared.json()["down"] == {}
        assert rig.sandbox.faults.take("zoom", now=rig.sandbox.clock.now()) is None


async def test_mail_and_stripe_can_be_down_too() -> None:
    async with running() as rig:
        for service in ("mail", "stripe"):
            await rig.ask("outages", {"service": service, "for": "PT10M"})
        with pytest.raises(ProviderError) as refused:
            await rig.mail.send(confirmation())
        assert refused.value.retryable
        with pytest.raises(httpx.HTTPStatusError, match="500"):
            await rig.order()
        assert rig.sandbox.inbox.mails == []
        assert rig.sandbox.stripe.sessions() == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"service": "calcom.book", "for": 60}, "service must be one of mail, stripe, calcom, "),
        ({"service": "calcom"}, "for must be "),
        ({"service": "calcom", "for": "soon"}, "for must be "),
        ({"service": "calcom", "for": 0}, "for must be "),
        ({"service": "calcom", "for": -5}, "for must be "),
    ],
)
async def test_an_outage_that_makes_no_sense_is_not_begun(
    given: dict[str, object], message: str
) -> None:
    async with running() as rig:
        answer = await rig.ask("outages", given)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith(message)
        assert (await rig.state())["faults"]["down"] == {}


# --- somebody else is with the host --------------------------------------------------------------


@pytest.mark.parametrize("service", ["calcom", "google", "calendly"])
async def test_a_time_is_closed_in_the_hosts_own_calendar(service: str) -> None:
    async with running() as rig:
        calendars = choose(rig.settings, tokens=TokensInMemory(), now=rig.sandbox.clock.now)
        day = Interval(wednesday(0), wednesday(0) + timedelta(days=1))
        marcus = host(email="marcus@example.com", calendar_account="marcus@example.com")
        lena = host(calendar_account="https://api.calendly.com/users/SANDBOXLENA")
        hosts = {"calcom": (host(), "1002"), "google": (marcus, None), "calendly": (lena, CAREER)}
        asked, event_type = hosts[service]
        times = calendars.calendars[CalendarKind(service.upper())].times
        length = timedelta(minutes=30 if service == "calendly" else 60)

        def is_open(found: OpenTimes) -> bool:
            at_ten = Interval(wednesday(10), wednesday(10) + length)
            offered = found.starts is None or at_ten.start in found.starts
            free = all(one.end <= at_ten.start or at_ten.end <= one.start for one in found.busy)
            return offered and free

        try:
            assert is_open(await times.open_times(asked, event_type, length, day))
            closing = {
                "service": service,
                "startsAt": wednesday(10).isoformat(),
                "endsAt": wednesday(11).isoformat(),
            }
            answer = await rig.ask("busy", closing)
            assert (answer.status_code, answer.json()) == (200, closing)
            await rig.sandbox.advance(timedelta(minutes=6))
            later = Interval(day.start, day.end + timedelta(minutes=1))  # asked anew, not kept
            assert not is_open(await times.open_times(asked, event_type, length, later))
        finally:
            await calendars.close()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"service": "zoom"}, "service must be one of calcom, google, calendly"),
        ({"startsAt": "soon"}, "startsAt must be a moment such as 2026-12-01T09:00:00Z"),
        ({"startsAt": 1}, "startsAt must be a moment such as 2026-12-01T09:00:00Z"),
        ({"startsAt": "2026-12-01T09:00:00"}, "startsAt must say its offset from UTC"),
        ({"endsAt": "2026-12-01T09:00:00Z"}, "endsAt must be later than startsAt"),
        ({"endsAt": None}, "endsAt must be a moment such as 2026-12-01T09:00:00Z"),
    ],
)
async def test_a_time_that_makes_no_sense_is_not_closed(
    changes: dict[str, object], message: str
) -> None:
    usual = {
        "service": "calcom",
        "startsAt": "2026-12-01T09:00:00Z",
        "endsAt": "2026-12-01T10:00:00Z",
    }
    async with running() as rig:
        answer = await rig.ask("busy", usual | changes)
        assert answer.status_code == 400
        assert answer.json() == {"error": {"message": message}}


# --- the rest ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "content", "status", "message"),
    [
        ("text/plain", '{"advance": 60}', 415, "send application/json"),
        ("application/json", "{", 400, "send a JSON object"),
        ("application/json", "\udcff".encode(errors="surrogateescape"), 400, "send a JSON object"),
        ("application/json", "[60]", 400, "send a JSON object"),
    ],
)
async def test_only_a_json_object_is_taken(
    content_type: str, content: str | bytes, status: int, message: str
) -> None:
    async with running() as rig:
        headers = {"Content-Type": content_type}
        answer = await rig.http.post("/sandbox/api/clock", content=content, headers=headers)
        assert answer.status_code == status
        assert answer.json() == {"error": {"message": message}}
        assert rig.sandbox.clock.offset == timedelta()


async def test_the_state_shows_a_payment_from_checkout_to_refund() -> None:
    async with running() as rig:
        session_id = await rig.order()
        rig.sandbox.stripe.pay(session_id, "4000000000009995")
        rig.sandbox.stripe.pay(session_id)
        [checkout] = (await rig.state())["checkouts"]
        assert (checkout["id"], checkout["amount"]) == (session_id, "30.00 USD")
        assert (checkout["status"], checkout["paymentStatus"]) == ("complete", "paid")
        assert checkout["intent"]["status"] == "succeeded"
        assert checkout["charge"]["status"] == "succeeded"
        assert checkout["charge"]["refundable"] == "30.00 USD"
        assert checkout["refunds"] == []
        assert checkout["metadata"] == {"booking_id": "b1"}
        refunding = f"stripe/charges/{checkout['charge']['id']}/refund"
        assert (await rig.ask(refunding, {"amount": 1000})).status_code == 200
        [checkout] = (await rig.state())["checkouts"]
        assert checkout["charge"]["refundable"] == "20.00 USD"
        [refund] = checkout["refunds"]
        assert (refund["status"], refund["amount"]) == ("succeeded", "10.00 USD")
        await rig.ask(refunding, {})
        [checkout] = (await rig.state())["checkouts"]
        assert checkout["charge"]["refundable"] is None


async def test_an_event_is_shown_with_its_deliveries_and_sent_again() -> None:
    async with running() as rig:
        rig.sandbox.stripe.pay(await rig.order())
        await rig.sandbox.stripe.deliveries.settled()
        event = (await rig.state())["events"][0]
        assert (event["type"], event["delivery"]) == ("checkout.session.completed", "delivered")
        assert [attempt["status"] for attempt in event["attempts"]] == [200]
        assert event["payload"]["id"] == event["id"]
        received = len(rig.webhooks)
        answer = await rig.ask(f"stripe/events/{event['id']}/resend", {})
        assert answer.json() == {"taken": True}
        assert [each["id"] for each in rig.webhooks[received:]] == [event["id"]]


async def test_deliveries_are_planned_shown_and_cleared() -> None:
    async with running() as rig:
        plan = {"kind": "drop", "amount": 2, "event_type": "charge.succeeded"}
        await rig.ask("stripe/deliveries/plan", plan)
        assert (await rig.state())["deliveries"] == [plan]
        await rig.http.delete("/sandbox/api/stripe/deliveries")
        assert (await rig.state())["deliveries"] == []
        unknown = await rig.ask("stripe/deliveries/plan", {"kind": "lose"})
        assert unknown.status_code == 400


async def test_unknown_stripe_objects_are_told_as_stripe_does() -> None:
    async with running() as rig:
        for path in ("events/evt_1/resend", "charges/ch_1/refund", "payment_intents/pi_1/settle"):
            answer = await rig.ask(f"stripe/{path}", {})
            assert answer.status_code == 404
            assert "No such" in answer.json()["error"]["message"]


async def test_a_delayed_payment_is_settled_by_hand() -> None:
    async with running() as rig:
        rig.sandbox.stripe.pay(await rig.order(), debit_account="000123456789")
        [checkout] = (await rig.state())["checkouts"]
        assert checkout["intent"]["status"] == "processing"
        await rig.ask(f"stripe/payment_intents/{checkout['intent']['id']}/settle", {"ok": False})
        [checkout] = (await rig.state())["checkouts"]
        assert checkout["intent"]["status"] == "requires_payment_method"
        assert checkout["charge"]["refundable"] is None


async def test_the_state_shows_mails_and_calls_newest_first() -> None:
    async with running() as rig:
        await rig.mail.send(confirmation(1))
        await rig.mail.send(confirmation(2, to="host@example.com"))
        await rig.http.post("/sandbox/daily/v1/rooms", json={"name": "a-room"})
        state = await rig.state()
    newest, oldest = state["mails"]
    assert (newest["number"], newest["to"]) == (2, ["host@example.com"])
    assert (oldest["hasHtml"], oldest["hasInvitation"], oldest["repeats"]) == (True, True, 0)
    assert oldest["files"] == ["invite.ics", "session.ics"]
    calls = [(call["service"], call["method"], call["status"]) for call in state["calls"]]
    assert calls == [("daily", "POST", 401), ("mail", "SEND", 250), ("mail", "SEND", 250)]
    assert state["calls"][0]["request"] == {"name": "a-room"}


async def test_the_state_shows_what_each_stand_in_holds_newest_first() -> None:
    async with running() as rig:
        key = {"Authorization": f"Bearer {daily.API_KEY}"}
        for name in ("first", "second"):
            room = {"name": name, "privacy": "public"}
            made = await rig.http.post("/sandbox/daily/v1/rooms", json=room, headers=key)
            assert made.status_code == 200, made.text
        standins = {each["name"]: each["things"] for each in (await rig.state())["standins"]}
    assert list(standins) == SERVICES[2:]
    shown = standins.pop("daily")
    assert [room["title"] for room in shown] == ["second", "first"]
    assert set(shown[0]) == {"id", "title", "state", "at", "details"}
    assert all(isinstance(text, str) for text in shown[0]["details"].values())
    assert standins.pop("telegram") is not None
    assert all(things == [] for things in standins.values()), standins


async def test_the_state_shows_what_the_product_wrote_down_of_its_troubles() -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    row: dict[str, Any] = {
        "id": UUID(int=1),
        "source": "book_calendar",
        "vendor": "calcom",
        "step_id": 7,
        "booking_id": UUID(int=2),
        "message": "calcom: answered 500",
        "final": False,
        "times": 3,
        "correlation_id": "c1",
        "created_at": at,
        "last_at": at + timedelta(minutes=1),
        "resolved_at": at + timedelta(minutes=2),
    }
    own = row | {"booking_id": None, "vendor": None, "last_at": None, "resolved_at": None}

    async def troubles() -> list[dict[str, Any]]:
        return [row, own]

    async with running() as rig:
        assert (await rig.state())["troubles"] == []
        rig.sandbox.troubles = troubles
        first, second = (await rig.state())["troubles"]
    assert first == {
        "source": "book_calendar",
        "vendor": "calcom",
        "bookingId": str(UUID(int=2)),
        "message": "calcom: answered 500",
        "final": False,
        "times": 3,
        "correlationId": "c1",
        "at": "2026-11-24T12:01:00+00:00",
        "resolved": True,
    }
    assert (second["bookingId"], second["vendor"], second["resolved"]) == (None, None, False)
    assert second["at"] == "2026-11-24T12:00:00+00:00"


async def test_the_state_is_sent_again_only_when_something_happened() -> None:
    async with running() as rig:
        first = await rig.http.get("/sandbox/api/state")
        seen = {"If-None-Match": first.headers["etag"]}
        assert (await rig.http.get("/sandbox/api/state", headers=seen)).status_code == 304
        await rig.sandbox.advance(timedelta(seconds=1))
        moved = await rig.http.get("/sandbox/api/state", headers=seen)
        assert moved.status_code == 200
        seen = {"If-None-Match": moved.headers["etag"]}
        await rig.mail.send(confirmation())
        assert (await rig.http.get("/sandbox/api/state", headers=seen)).status_code == 200


async def test_a_mail_is_downloaded_as_it_came_and_its_invitation_alone() -> None:
    async with running() as rig:
        await rig.mail.send(confirmation())
        eml = await rig.http.get("/sandbox/api/mails/1.eml")
        ics = await rig.http.get("/sandbox/api/mails/1.ics")
        assert eml.content == rig.sandbox.inbox.mails[0].source
    assert eml.headers["content-disposition"] == 'attachment; filename="mail-1.eml"'
    assert ics.content == CALENDAR_FILE
    assert ics.headers["content-type"].startswith("text/calendar")


async def test_a_mails_html_can_run_nothing_and_load_nothing() -> None:
    async with running() as rig:
        await rig.mail.send(confirmation())
        page = await rig.http.get("/sandbox/api/mails/1/html")
        assert page.text == rig.sandbox.inbox.mails[0].html
    policy = page.headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert policy[-1].split()[0] == "sandbox"
    assert "allow-scripts" not in policy[-1]
    assert "allow-same-origin" not in policy[-1]


@pytest.mark.parametrize("name", ["2.eml", "1.ics", "1/html", "9/html"])
async def test_a_part_that_a_mail_does_not_have_is_not_found(name: str) -> None:
    async with running() as rig:
        host, port = rig.sandbox.inbox.url.removeprefix("smtp://").split(":")
        await send_plain(host, int(port))
        assert (await rig.http.get("/sandbox/api/mails/1.eml")).status_code == 200
        answer = await rig.http.get(f"/sandbox/api/mails/{name}")
    assert answer.status_code == 404
    assert "no such mail" in answer.json()["error"]["message"]


async def send_plain(host: str, port: int) -> None:
    """A mail of text alone, as no product of ours sends it."""
    await asyncio.to_thread(_send_plain, host, port)


def _send_plain(host: str, port: int) -> None:
    with smtplib.SMTP(host, port, local_hostname="a.test") as server:
        server.sendmail("a@a.test", "b@b.test", "Subject: Plain\r\n\r\nHi\r\n")
