"""The control API shows what the stand-ins hold and steers them, and says what it cannot do."""

import asyncio
import smtplib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from sandbox.faults import Fault, FaultKind
from tests.sandbox.sandbox_rig import CALENDAR_FILE, confirmation, running

NOTHING = {"planned": {}, "services": ["stripe", "calendar", "mail"]}


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
        answer = await rig.ask("faults", {"service": "calendar", "kind": "refuse", "times": 2})
        assert answer.json()["planned"] == {"calendar": ["refuse", "refuse"]}
        await rig.ask("faults", {"service": "mail", "kind": "delay", "seconds": 0.5})
        assert (await rig.state())["faults"]["planned"] == {
            "calendar": ["refuse", "refuse"],
            "mail": ["delay"],
        }
        assert rig.sandbox.faults.take("mail") == Fault(FaultKind.DELAY, 0.5)
        cleared = await rig.http.delete("/sandbox/api/faults")
        assert cleared.json() == NOTHING | {"kinds": ["fail", "refuse", "delay", "lose_answer"]}
        assert rig.sandbox.faults.take("calendar") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"service": "telepathy"}, "service must be one of stripe, calendar, mail"),
        ({"service": []}, "service must be one of stripe, calendar, mail"),
        ({"kind": "explode"}, "kind must be one of fail, refuse, delay, lose_answer"),
        ({"times": 0}, "times must be from 1 to 100"),
        ({"times": 1.5}, "times must be a whole number"),
        ({"times": "2"}, "times must be a number"),
        ({"seconds": True}, "seconds must be a number"),
        ({"kind": "delay", "seconds": 61}, "seconds must be from 0 to 60"),
        ({"kind": "delay"}, "seconds must say how long the delay is"),
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


async def test_the_state_shows_mails_entries_and_calls_newest_first() -> None:
    async with running() as rig:
        await rig.mail.send(confirmation(1))
        await rig.mail.send(confirmation(2, to="host@example.com"))
        booking_id = str(uuid4())
        entry = {
            "bookingId": booking_id,
            "startsAt": "2026-11-24T12:00:00+02:00",
            "endsAt": "2026-11-24T12:30:00+02:00",
            "title": "First consultation",
        }
        await rig.http.post("/sandbox/calendar/bookings", json=entry)
        await rig.http.delete(f"/sandbox/calendar/bookings/{booking_id}")
        state = await rig.state()
    newest, oldest = state["mails"]
    assert (newest["number"], newest["to"]) == (2, ["host@example.com"])
    assert (oldest["hasHtml"], oldest["hasInvitation"], oldest["repeats"]) == (True, True, 0)
    assert oldest["files"] == ["invite.ics", "session.ics"]
    [shown] = state["calendar"]
    assert shown | {"id": ""} == entry | {"id": "", "cancelled": True}
    calls = [(call["service"], call["method"], call["status"]) for call in state["calls"]]
    assert calls == [
        ("calendar", "DELETE", 204),
        ("calendar", "POST", 201),
        ("mail", "SEND", 250),
        ("mail", "SEND", 250),
    ]
    assert state["calls"][1]["request"] == entry


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
