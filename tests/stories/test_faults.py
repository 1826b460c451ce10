"""Outside services that fail, do the work and lose the answer, or refuse."""

from datetime import timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services.providers import http
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.world import Opened, World

FAIL, LOSE_ANSWER = Fault(FaultKind.FAIL), Fault(FaultKind.LOSE_ANSWER)
REFUSE, NO_FAULT = Fault(FaultKind.REFUSE), Fault(FaultKind.DELAY)
TRIES_OF_THE_SDK = 3

pytestmark = pytest.mark.usefixtures("impatient_stripe_sdk")


@pytest.fixture(autouse=True)
def impatient_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between the tries of one call would be most of these tests' time."""
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.001)


async def paid(world: World, starts_at: str | None = None) -> Opened:
    opened = await world.client.books(starts_at)
    await world.pays(opened)
    return opened


async def mail_statuses(world: World) -> list[str]:
    rows = await world.rows("select status from public.notifications where medium = 'EMAIL'")
    return [row["status"] for row in rows]


# --- calendar ------------------------------------------------------------------------------------


def asked_to_book(world: World) -> list[int]:
    """How Cal.com answered each time it was asked to book."""
    return [
        call.status
        for call in world.sandbox.journal.of("calcom")
        if (call.method, call.path) == ("POST", "/v2/bookings")
    ]


async def books_in_the_end(world: World, opened: Opened, status: str = "ACCEPTED") -> None:
    """The service is left alone for a while after failing, so time has to pass between tries."""
    await world.worker.drain()
    for _ in range(40):
        if (await world.client.booking(opened.booking_id))["status"] != "PENDING":
            break
        await world.time_passes(timedelta(minutes=5))
    assert (await world.client.booking(opened.booking_id))["status"] == status


@pytest.mark.parametrize("times", [1, 2, 7])
async def test_a_calendar_that_fails_gets_one_entry_in_the_end(world: World, times: int) -> None:
    world.sandbox.faults.plan("calcom.book", FAIL, times)
    opened = await paid(world)
    await books_in_the_end(world, opened)
    assert asked_to_book(world) == [500] * times + [201]
    assert len(world.sandbox.calcom.history) == 1
    assert world.sandbox.faults.planned() == {}
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("looks", [0, 1, 2, 7])
async def test_a_calendar_that_loses_the_answer_is_looked_into_and_not_asked_again(
    world: World, looks: int
) -> None:
    world.sandbox.faults.plan("calcom.book", LOSE_ANSWER)
    world.sandbox.faults.plan("calcom.list", FAIL, looks)
    opened = await paid(world, (await world.client.slots())[-1])
    await books_in_the_end(world, opened)
    assert asked_to_book(world) == [500]
    assert len(world.sandbox.calcom.history) == 1
    assert world.sandbox.faults.planned() == {}
    await assert_nothing_amiss(world)


async def test_a_calendar_that_is_away_takes_the_booking_when_it_is_back(world: World) -> None:
    opened = await paid(world, (await world.client.slots())[-1])
    away_until = world.sandbox.clock.now() + timedelta(minutes=20)
    world.sandbox.faults.take_down("calcom", away_until)
    await world.worker.drain()
    assert await world.worker.waiting() == ["book_calendar"]
    assert (await world.client.booking(opened.booking_id))["status"] == "PENDING"

    await books_in_the_end(world, opened)
    assert world.sandbox.clock.now() >= away_until
    assert asked_to_book(world).count(201) == 1
    assert len(world.sandbox.calcom.history) == 1
    assert len(world.mails()) == 1
    await assert_nothing_amiss(world)


async def test_a_calendar_that_took_it_but_cannot_be_asked_keeps_no_entry_of_what_was_refunded(
    world: World,
) -> None:
    world.sandbox.faults.plan("calcom.book", LOSE_ANSWER)
    world.sandbox.faults.plan("calcom.list", FAIL, times=1000)
    opened = await paid(world, (await world.client.slots())[-1])
    await books_in_the_end(world, opened, "REJECTED")
    assert world.entered() == [opened.booking_id]
    booking = await world.client.booking(opened.booking_id)
    assert booking["payments"][0]["outcome"] == "REFUNDED"

    world.sandbox.faults.clear()
    await world.time_passes(timedelta(minutes=6))
    assert world.entered() == []
    assert asked_to_book(world) == [500]
    await assert_nothing_amiss(world)


# --- mail ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "times"), [(FAIL, 5), (LOSE_ANSWER, 2)], ids=["fails", "loses answers"]
)
async def test_a_mail_server_in_trouble_delivers_each_mail_once(
    world: World, fault: Fault, times: int
) -> None:
    world.sandbox.faults.plan("mail", fault, times)
    await paid(world)
    await world.worker.drain()
    await world.time_passes(timedelta(minutes=1))  # a failing server is left alone for a while
    assert len(world.mails()) == len(world.mails("olena@example.com")) == 1
    assert await mail_statuses(world) == ["SENT", "SENT"]
    repeats = sum(mail.repeats for mail in world.sandbox.inbox.mails)
    assert repeats == (times if fault is LOSE_ANSWER else 0)
    await assert_nothing_amiss(world)


async def test_a_mail_server_that_never_answers_gets_no_more_than_three_copies(
    world: World,
) -> None:
    world.sandbox.faults.plan("mail", LOSE_ANSWER, times=1000)
    opened = await paid(world)
    await world.worker.drain()
    for _ in range(2):  # each silence is waited out for a minute
        assert await mail_statuses(world) == ["QUEUED", "QUEUED"]
        await world.time_passes(timedelta(minutes=2))
    assert await mail_statuses(world) == ["FAILED", "FAILED"]
    await world.time_passes(timedelta(hours=2))
    assert [mail.repeats for mail in world.sandbox.inbox.mails] == [2, 2]
    logs = await world.rows("select source, vendor, booking_id from private.error_logs where final")
    assert [tuple(row) for row in logs] == [("notify", "smtp", UUID(opened.booking_id))] * 2
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    await assert_nothing_amiss(world)


async def test_a_refused_mail_is_given_up_at_once_and_the_rest_goes_on(world: World) -> None:
    world.sandbox.faults.plan("mail", REFUSE, times=2)
    opened = await paid(world)
    assert "notify" not in await world.worker.drain()
    assert world.sandbox.faults.planned() == {}
    assert await world.worker.held() == ["notify", "notify"]
    assert await mail_statuses(world) == ["FAILED", "FAILED"]
    logs = await world.rows("select source, final, booking_id from private.error_logs")
    assert [tuple(row) for row in logs] == [("notify", True, UUID(opened.booking_id))] * 2

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert booking["meeting"] is not None
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    await world.time_passes(timedelta(minutes=5))
    assert world.mails() == []
    await assert_nothing_amiss(world)


# --- Stripe's API --------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [False, True], ids=["new customer", "known customer"])
async def test_while_stripe_is_down_the_hold_stays_and_a_retry_gets_the_same_booking(
    world: World, known: bool
) -> None:
    slot, other_slot = (await world.client.slots())[:3:2]
    if known:
        await world.client.books(other_slot)
    world.sandbox.faults.plan("stripe", FAIL, TRIES_OF_THE_SDK)
    refused = await world.client.opens_checkout(slot)
    assert [error["code"] for error in refused["errors"]] == ["PAYMENT_PROVIDER_UNAVAILABLE"]
    assert refused["checkout"] is None
    assert slot not in await world.other.slots()
    held = await world.rows("select id from public.bookings order by created_at")
    assert len(held) == 1 + known

    retried = await world.client.opens_checkout(slot)
    assert retried["errors"] == []
    assert retried["booking"]["id"] == str(held[-1]["id"])
    assert len(world.sandbox.stripe.sessions()) == 1 + known


@pytest.mark.parametrize("times", [1, 2])
async def test_answers_of_stripe_that_got_lost_open_one_checkout(world: World, times: int) -> None:
    slot = (await world.client.slots())[0]
    world.sandbox.faults.plan("stripe", LOSE_ANSWER, times)
    payload = await world.client.opens_checkout(slot)
    assert payload["errors"] == []
    [session] = world.sandbox.stripe.sessions()
    assert session["id"] == payload["checkout"]["sessionId"]
    created = [event["event"]["type"] for event in world.sandbox.stripe.events()]
    assert created.count("customer.created") == 1
    assert len(await world.rows("select from private.checkouts")) == 1


async def test_a_hold_is_cancelled_only_once_stripe_has_said_so(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.faults.plan("stripe", FAIL, TRIES_OF_THE_SDK)
    refused = await world.client.cancels(opened.booking_id)
    assert [error["code"] for error in refused["errors"]] == ["PAYMENT_PROVIDER_UNAVAILABLE"]
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"

    world.sandbox.faults.plan("stripe", LOSE_ANSWER)
    cancelled = await world.client.cancels(opened.booking_id)
    assert cancelled["errors"] == []
    assert cancelled["booking"]["status"] == "CANCELLED"
    assert [session["status"] for session in world.sandbox.stripe.sessions()] == ["expired"]


@pytest.mark.parametrize(
    ("fault", "times", "answers"),
    [
        (FAIL, 1, [500, 200]),
        (FAIL, TRIES_OF_THE_SDK, [500, 500, 500, 200]),
        (LOSE_ANSWER, 1, [500, 200]),
        (LOSE_ANSWER, TRIES_OF_THE_SDK, [500, 200]),
    ],
)
async def test_stripe_in_trouble_returns_the_money_once(
    world: World, fault: Fault, times: int, answers: list[int]
) -> None:
    world.sandbox.faults.plan("calcom.book", REFUSE)
    world.sandbox.stripe.deliveries.plan("drop", 100)
    opened = await paid(world)
    await world.client.confirms(opened.session_id)
    world.sandbox.faults.plan("stripe", NO_FAULT)  # looking for an earlier refund
    world.sandbox.faults.plan("stripe", fault, times)
    await world.worker.drain()

    asked = [
        call.status
        for call in world.sandbox.journal.of("stripe")
        if (call.method, call.path) == ("POST", "/v1/refunds")
    ]
    assert asked == answers
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "REFUNDED"
    assert payment["refunded"] == {"amountMinor": 9000}
    await assert_nothing_amiss(world)
