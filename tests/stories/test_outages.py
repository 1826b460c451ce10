"""Services that are down for a while, refuse, or keep us out: what waits, what arrives anyway."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.google_meet import Meet
from services.providers import http
from tests.stories.passing_time import passes, works
from tests.stories.steps import kinds_of, steps_of
from tests.stories.test_calendly import CAREER
from tests.stories.test_telegram import links
from tests.world import COACHING, CONSULTATION, MENTORING, REVIEW, Opened, World

TEN_MINUTES = timedelta(minutes=10)
LONGEST_REST = timedelta(minutes=6)
"""A circuit's, and a step of the clock."""
LINK_FOLLOWS = "The meeting link follows in a separate message."
CALENDARS = pytest.mark.parametrize(
    ("vendor", "session_type"),
    [("calcom", MENTORING), ("google", COACHING)],
    ids=["Cal.com", "Google"],
)
ROOMS = pytest.mark.parametrize(
    ("vendor", "session_type"), [("zoom", MENTORING), ("daily", REVIEW)], ids=["Zoom", "Daily"]
)


@pytest.fixture(autouse=True)
def impatient_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between a door's own tries would be most of these tests' time."""
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.001)


def goes_down(world: World, vendor: str, lasting: timedelta = TEN_MINUTES) -> None:
    world.sandbox.faults.take_down(vendor, world.sandbox.clock.now() + lasting)


async def paid(world: World, session_type: str = MENTORING) -> Opened:
    """Paid while everything still answers, days ahead; the worker has not looked at it yet."""
    ahead = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    slot = next(slot for slot in await world.client.slots(session_type) if slot > ahead)
    opened = await world.client.books(slot, session_type)
    await world.pays(opened)
    return opened


async def times_failed(world: World, opened: Opened, kind: str) -> int:
    steps = await steps_of(world.client, opened.booking_id) or []
    return sum(step.times for step in steps if step.kind == kind)


async def open_troubles(world: World) -> list[tuple[str, bool]]:
    rows = await world.rows(
        "select source, final from private.error_logs where resolved_at is null order by created_at"
    )
    return [(row["source"], row["final"]) for row in rows]


# --- calendar ------------------------------------------------------------------------------------


@CALENDARS
async def test_while_the_calendar_is_down_a_paid_booking_waits_and_then_succeeds(
    world: World, vendor: str, session_type: str
) -> None:
    opened = await paid(world, session_type)
    goes_down(world, vendor)
    await works(world)
    assert (await world.client.booking(opened.booking_id))["status"] == "PENDING"
    failed = await times_failed(world, opened, "CALENDAR_FAILING")
    assert failed > 0
    assert world.mails() == []

    await passes(world, timedelta(minutes=9))
    assert (await world.client.booking(opened.booking_id))["status"] == "PENDING"
    assert failed < await times_failed(world, opened, "CALENDAR_FAILING") < 25
    assert await open_troubles(world) == [("book_calendar", False)]

    await passes(world, LONGEST_REST)
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert booking["meeting"] is not None
    assert [payment["outcome"] for payment in booking["payments"]] == ["FULFILLED"]
    entries = world.sandbox.calcom.history + world.sandbox.google.history
    assert len(entries) == 1
    assert [subject.split(":")[0] for subject in world.mails()] == ["Confirmed"]
    assert await open_troubles(world) == []
    assert await world.worker.held() == []


async def test_a_calendar_that_is_down_for_too_long_means_a_refund_and_no_entry_left_behind(
    world: World,
) -> None:
    opened = await paid(world, COACHING)
    world.sandbox.faults.plan("google.insert", Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan("google.get", Fault(FaultKind.FAIL), 3)
    await works(world)
    goes_down(world, "google", timedelta(hours=6))
    await passes(world, timedelta(hours=3), step=timedelta(minutes=6))

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["statusReason"] == "The host's calendar could not be reached."
    assert [payment["outcome"] for payment in booking["payments"]] == ["REFUNDED"]
    kinds = await kinds_of(world.client, opened.booking_id)
    assert kinds[:4] == ["HELD", "PAYMENT_SUCCEEDED", "CALENDAR_FAILING", "CALENDAR_GIVEN_UP"]
    assert "CALENDAR_BOOKED" not in kinds
    assert [subject.split(":")[0] for subject in world.mails()] == ["Not booked, money goes back"]
    assert len(world.sandbox.google.events) == 1  # made, but its answer was lost

    await passes(world, timedelta(hours=6), step=timedelta(minutes=10))
    assert world.sandbox.google.events == []
    assert "leave_calendar" not in [source for source, _ in await open_troubles(world)]


@pytest.mark.parametrize(
    ("operation", "session_type", "why"),
    [
        ("calcom.book", MENTORING, "The host is no longer free at this time."),
        ("google.freebusy", COACHING, "The host is busy at this time."),
    ],
    ids=["Cal.com", "Google"],
)
async def test_a_calendar_that_refuses_means_a_refund_at_once(
    world: World, operation: str, session_type: str, why: str
) -> None:
    opened = await paid(world, session_type)
    world.sandbox.faults.plan(operation, Fault(FaultKind.REFUSE))
    await works(world)

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "REJECTED"
    assert booking["statusReason"] == f"The host's calendar did not take it: {why}"
    assert [payment["outcome"] for payment in booking["payments"]] == ["REFUNDED"]
    assert booking["meeting"] is None
    sandbox = world.sandbox
    assert sandbox.calcom.history == sandbox.google.history == sandbox.zoom.history == []
    assert sandbox.calcom.reservations == []
    assert world.mails("marcus@example.com") == world.mails("olena@example.com") == []
    assert await open_troubles(world) == []


async def test_an_entry_whose_answer_was_lost_is_found_and_not_made_again(world: World) -> None:
    for operation, session_type in (("calcom.book", MENTORING), ("google.insert", COACHING)):
        opened = await paid(world, session_type)
        world.sandbox.faults.plan(operation, Fault(FaultKind.LOSE_ANSWER))
        await works(world)
        assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert len(world.sandbox.calcom.history) == len(world.sandbox.google.history) == 1
    assert len(world.mails()) == 2


# --- video ---------------------------------------------------------------------------------------


@ROOMS
async def test_while_rooms_are_down_the_confirmation_arrives_and_the_link_follows(
    world: World, vendor: str, session_type: str
) -> None:
    opened = await paid(world, session_type)
    goes_down(world, vendor)
    await works(world)
    await passes(world, timedelta(minutes=9))
    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["meeting"]) == ("ACCEPTED", None)
    [confirmation] = world.sandbox.inbox.to("demo@example.com")
    assert confirmation.subject.startswith("Confirmed: ")
    assert LINK_FOLLOWS in confirmation.text
    assert await open_troubles(world) == [("open_meeting", False)]

    await passes(world, LONGEST_REST)
    link = (await world.client.booking(opened.booking_id))["meeting"]["url"]
    [_, follows] = world.sandbox.inbox.to("demo@example.com")
    assert follows.subject.startswith("Your meeting link: ")
    assert link in follows.text
    assert len(world.sandbox.zoom.history) + len(world.sandbox.daily.history) == 1
    assert await world.client.notifications() == ["MEETING_LINK", "BOOKING_CONFIRMED"]
    assert await open_troubles(world) == []


async def test_a_meet_room_that_is_long_in_coming_keeps_nobody_waiting(world: World) -> None:
    world.sandbox.google.meet = Meet.NEVER
    opened = await paid(world, COACHING)
    await works(world)
    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["meeting"]) == ("ACCEPTED", None)
    assert LINK_FOLLOWS in world.sandbox.inbox.to("demo@example.com")[0].text

    world.sandbox.google.meet = Meet.LATER
    await passes(world, LONGEST_REST)
    link = (await world.client.booking(opened.booking_id))["meeting"]["url"]
    assert link == world.sandbox.google.events[0]["hangoutLink"]
    assert await world.client.notifications() == ["MEETING_LINK", "BOOKING_CONFIRMED"]


async def test_rooms_and_mail_that_stay_down_are_listed_and_the_rest_stands(world: World) -> None:
    opened = await paid(world, REVIEW)
    goes_down(world, "daily", timedelta(hours=4))
    goes_down(world, "mail", timedelta(days=1))
    await works(world)
    await passes(world, timedelta(hours=3), step=timedelta(minutes=6))

    steps = await steps_of(world.client, opened.booking_id) or []
    given_up = [(step.kind, step.subject) for step in steps if step.kind.endswith("GIVEN_UP")]
    assert sorted(given_up) == [
        ("MESSAGE_GIVEN_UP", "BOOKING_CONFIRMED by EMAIL"),
        ("MESSAGE_GIVEN_UP", "HOST_BOOKED by EMAIL"),
        ("ROOM_GIVEN_UP", "open_meeting"),
    ]
    assert {step.times for step in steps if step.kind.endswith("_FAILING")} == {24}
    state = (await world.http.get("/sandbox/api/state")).json()
    final = [trouble for trouble in state["troubles"] if trouble["final"]]
    assert sorted((trouble["source"], trouble["vendor"]) for trouble in final) == [
        ("notify", "smtp"),
        ("notify", "smtp"),
        ("open_meeting", "daily"),
    ]
    assert {trouble["bookingId"] for trouble in final} == {opened.booking_id}
    assert {trouble["resolved"] for trouble in final} == {False}
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    assert world.sandbox.inbox.mails == []


async def test_a_room_given_up_is_tried_again_each_hour_and_then_counts_as_mended(
    world: World,
) -> None:
    opened = await paid(world, REVIEW)
    world.sandbox.faults.plan("daily.create", Fault(FaultKind.REFUSE), 2)
    await works(world)
    assert await open_troubles(world) == [("open_meeting", True)]
    assert await world.worker.held() == ["open_meeting"]

    await passes(world, timedelta(minutes=70), step=timedelta(minutes=10))
    assert (await world.client.booking(opened.booking_id))["meeting"] is not None
    assert await open_troubles(world) == []


async def test_a_scheduling_page_that_is_down_is_offered_later(world: World) -> None:
    payload = await world.client.opens_checkout(None, CAREER)
    opened = Opened(payload["booking"]["id"], payload["checkout"]["sessionId"], None)
    await world.pays(opened)
    goes_down(world, "calendly")
    await works(world)
    assert await times_failed(world, opened, "PAGE_FAILING") > 0
    assert world.mails() == ["Choose your time: Career talk with Lena Fischer"]

    await passes(world, TEN_MINUTES + LONGEST_REST)
    kinds = await kinds_of(world.client, opened.booking_id)
    assert kinds.count("PAGE_OFFERED") == 1
    assert (await world.client.booking(opened.booking_id))["status"] == "PENDING"
    assert await open_troubles(world) == []


# --- messages ------------------------------------------------------------------------------------


async def test_while_mail_is_down_the_other_channels_arrive_and_the_mail_follows(
    world: World,
) -> None:
    await links(world)
    opened = await paid(world)
    goes_down(world, "mail")
    await works(world)
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    assert world.sandbox.telegram.messages()[-1].text.startswith("Confirmed: ")
    assert world.sandbox.inbox.mails == []
    assert (await world.client.booking(opened.booking_id))["meeting"] is not None

    await passes(world, TEN_MINUTES + LONGEST_REST)
    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]
    assert len(world.mails("olena@example.com")) == 1
    assert len(world.sandbox.telegram.messages()) == 2
    assert await open_troubles(world) == []


async def test_a_chat_that_keeps_the_bot_out_is_left_alone_and_the_others_arrive(
    world: World,
) -> None:
    await links(world)
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))  # we do not hear of it
    world.sandbox.telegram.block()
    opened = await paid(world)
    await works(world)

    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    user = await world.row("select * from public.users where id = $1", world.client.user_id)
    assert user["telegram_blocked_at"] is not None
    steps = await steps_of(world.client, opened.booking_id) or []
    assert [step.subject for step in steps if step.kind == "MESSAGE_GIVEN_UP"] == [
        "BOOKING_CONFIRMED by TELEGRAM"
    ]
    assert await open_troubles(world) == []
    assert await world.worker.held() == []

    asked = len(world.sandbox.journal.of("telegram"))
    await world.pays(await world.client.books(session_type=CONSULTATION))
    await works(world)
    assert len(world.sandbox.journal.of("telegram")) == asked


async def test_telegram_that_asks_for_patience_gets_it(world: World) -> None:
    await links(world)
    before = len(world.sandbox.telegram.messages())
    world.sandbox.faults.plan("telegram.sendMessage", Fault(FaultKind.RATE_LIMIT, seconds=120))
    opened = await paid(world)
    await works(world)
    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]
    asked = len(world.sandbox.journal.of("telegram"))

    await passes(world, timedelta(minutes=1))
    assert len(world.sandbox.journal.of("telegram")) == asked
    assert len(world.sandbox.telegram.messages()) == before
    await passes(world, timedelta(minutes=2))
    assert len(world.sandbox.telegram.messages()) == before + 1
    assert await times_failed(world, opened, "MESSAGE_FAILING") == 1
    assert await open_troubles(world) == []
