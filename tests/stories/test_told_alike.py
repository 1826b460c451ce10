"""One story of a booking: the client's query, the operator's command and the error log agree."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

import cli
from sandbox.faults import Fault, FaultKind
from services import story, story_text
from services.providers import http
from tests.stories.passing_time import passes, works
from tests.stories.steps import Step, steps_of
from tests.world import COACHING, Opened, World

FAIL, REFUSE, NO_FAULT = (
    Fault(kind) for kind in (FaultKind.FAIL, FaultKind.REFUSE, FaultKind.DELAY)
)
STEP = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  (?P<kind>[A-Z_]+)(?: \[(?P<subject>[^]]+)\])?: "
    r"(?P<message>.+?)(?: \((?P<times>\d+) times, last [^)]+\))?"
)
NEVER_TOLD = re.compile(r"@|cal_sandbox|sk_test|whsec_|sb_secret|Bearer|https?://|Demo|eyJ")

pytestmark = pytest.mark.usefixtures("impatient_stripe_sdk")


@pytest.fixture(autouse=True)
def impatient_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between a door's own tries would be most of these tests' time."""
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.001)


async def paid(world: World, **session_type: str) -> Opened:
    opened = await world.client.books(**session_type)
    await world.pays(opened)
    return opened


def printed_steps(text: str) -> list[Step]:
    """The steps in what the operator's command prints."""
    found = (STEP.fullmatch(line) for line in text.splitlines())
    return [
        Step(match["kind"], match["subject"] or "", match["message"], int(match["times"] or 1))
        for match in found
        if match
    ]


async def written(world: World, opened: Opened) -> str:
    async with world.app.db.connection() as conn:
        account = await story.tell(conn, UUID(opened.booking_id))
    assert account is not None
    return story_text.written(account)


async def assert_told_alike(world: World, opened: Opened) -> list[Step]:
    """Client and operator read the same steps; every error belongs to one, and tells no secret."""
    steps = await steps_of(world.client, opened.booking_id)
    text = await written(world, opened)
    assert steps is not None
    assert printed_steps(text) == steps
    assert await steps_of(world.other, opened.booking_id) is None

    errors = await world.rows(
        "select e.*, s.kind, s.subject, s.times as step_times, s.booking_id as step_booking "
        "from private.error_logs e left join public.booking_steps s on s.id = e.step_id"
    )
    for error in errors:
        assert error["step_booking"] == error["booking_id"] == UUID(opened.booking_id)
        assert error["times"] == error["step_times"]
        assert error["source"]
        assert re.fullmatch(r"[0-9a-f]{16}", error["correlation_id"])
        assert not NEVER_TOLD.search(error["message"])
        assert f"{error['source']}: {error['message']} (" in text
        assert f"correlation {error['correlation_id']})" in text
    troubled = [step for step in steps if step.kind.endswith(("_FAILING", "_GIVEN_UP"))]
    assert sorted((error["kind"], error["subject"]) for error in errors) == sorted(
        (step.kind, step.subject) for step in troubled
    )
    return steps


async def test_an_accepted_booking_after_much_trouble_is_told_alike(
    world: World, seeded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = await paid(world)
    world.sandbox.faults.plan("calcom.book", FAIL, 2)
    world.sandbox.faults.plan("zoom.create", FAIL)
    world.sandbox.faults.plan("mail", FAIL)
    await works(world)
    await passes(world, timedelta(minutes=5))

    steps = await assert_told_alike(world, opened)
    assert steps[:4] == [
        Step("HELD", "", "The booking was begun.", 1),
        Step("PAYMENT_SUCCEEDED", "", "The payment arrived.", 1),
        Step(
            "CALENDAR_FAILING",
            "book_calendar",
            "The host's calendar could not be reached; it is tried again.",
            2,
        ),
        Step("CALENDAR_BOOKED", "", "It is in the host's calendar.", 1),
    ]
    kinds = [step.kind for step in steps]
    assert kinds.count("ROOM_FAILING") == kinds.count("ROOM_OPENED") == 1
    assert kinds.count("MESSAGE_FAILING") == 1
    assert sorted(step.subject for step in steps if step.kind == "MESSAGE_SENT") == [
        "BOOKING_CONFIRMED by EMAIL",
        "HOST_BOOKED by EMAIL",
        "MEETING_LINK by EMAIL",
    ]
    errors = await world.rows("select vendor, resolved_at from private.error_logs")
    assert sorted(error["vendor"] for error in errors) == ["calcom", "smtp", "zoom"]
    assert None not in [error["resolved_at"] for error in errors]

    monkeypatch.chdir(tmp_path)  # no .env file
    command = ("bookings", "show", opened.booking_id)
    shown = await asyncio.to_thread(
        CliRunner().invoke, cli.commands, command, env={"DATABASE_URL": seeded, "SANDBOX": "1"}
    )
    assert (shown.exit_code, shown.output) == (0, await written(world, opened) + "\n")
    assert f"Booking {opened.booking_id}: ACCEPTED\n" in shown.output
    assert "given up" not in shown.output


async def test_a_refunded_booking_is_told_alike(world: World) -> None:
    opened = await paid(world, session_type=COACHING)
    world.sandbox.faults.plan("google.insert", FAIL)
    world.sandbox.faults.plan("mail", REFUSE)
    await works(world)
    world.sandbox.faults.plan("google.freebusy", REFUSE)
    await passes(world, timedelta(minutes=2))

    steps = await assert_told_alike(world, opened)
    assert [step.kind for step in steps if not step.kind.startswith("MESSAGE")] == [
        "HELD",
        "PAYMENT_SUCCEEDED",
        "CALENDAR_FAILING",
        "CALENDAR_REFUSED",
        "REFUND_REQUESTED",
        "REFUND_SUCCEEDED",
    ]
    refused = next(step for step in steps if step.kind == "CALENDAR_REFUSED")
    assert refused.message == "The host's calendar did not take it: The host is busy at this time."
    [told] = [step for step in steps if step.kind.startswith("MESSAGE")]
    assert (told.kind, told.subject) == ("MESSAGE_GIVEN_UP", "BOOKING_REJECTED by EMAIL")
    text = await written(world, opened)
    assert text.startswith(f"Booking {opened.booking_id}: REJECTED ({refused.message})\n")
    assert "smtp: the server refused" in text
    assert "(given up, correlation " in text


async def test_money_that_waits_for_a_person_is_told_alike(world: World) -> None:
    world.sandbox.faults.plan("calcom.book", REFUSE)
    world.sandbox.stripe.deliveries.plan("drop", 100)
    opened = await paid(world)
    await world.client.confirms(opened.session_id)
    world.sandbox.faults.plan("stripe", NO_FAULT)  # looking for an earlier refund
    world.sandbox.faults.plan("stripe", REFUSE)
    await works(world)

    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "WAITING"
    steps = await steps_of(world.client, opened.booking_id) or []
    assert printed_steps(await written(world, opened)) == steps
    assert [step.kind for step in steps if step.kind == "WAITING_FOR_HUMAN"] == [
        "WAITING_FOR_HUMAN"
    ]
    errors = await world.rows(
        "select e.source, e.vendor, e.message, e.correlation_id, s.kind from private.error_logs e "
        "left join public.booking_steps s on s.id = e.step_id"
    )
    assert [error["kind"] for error in errors] == ["WAITING_FOR_HUMAN"]
    assert not any(NEVER_TOLD.search(error["message"]) for error in errors)
