"""A booking's story: steps for its client, and beside them what the operator must know."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services import story, story_text
from services.domain.booking import Event
from services.domain.jobs import Job
from services.domain.story import SENTENCES, BookingStep, StepKind
from services.log import correlated
from services.store.error_logs import ErrorLog
from services.story import FAILING, GIVEN_UP, Failure
from tests.world import Opened, World

TROUBLE = Failure("calcom: answered 500", "calcom")
GONE = "00000000-0000-4000-8000-000000000000"


# --- kinds of steps ------------------------------------------------------------------------------


@pytest.mark.parametrize("event", Event)
def test_every_event_of_the_state_table_is_a_step(event: Event) -> None:
    assert StepKind.of(event).value == event.value


def test_every_step_has_a_sentence_for_the_client() -> None:
    assert set(SENTENCES) == set(StepKind)
    for kind, sentence in SENTENCES.items():
        assert sentence[0].isupper(), kind
        assert sentence.endswith("."), kind
    assert len(set(SENTENCES.values())) == len(SENTENCES)


def test_whatever_fails_can_be_given_up_and_nothing_else_can() -> None:
    failing = {kind for kind in StepKind if kind.value.endswith("_FAILING")}
    given_up = {kind for kind in StepKind if kind.value.endswith("_GIVEN_UP")}
    assert set(FAILING.values()) == failing == set(GIVEN_UP)
    assert set(GIVEN_UP.values()) == given_up
    for fails, gives_up in GIVEN_UP.items():
        assert fails.value.removesuffix("_FAILING") == gives_up.value.removesuffix("_GIVEN_UP")


# --- failing, mended, given up -------------------------------------------------------------------


async def steps_of(world: World, opened: Opened) -> list[BookingStep]:
    booking_id = UUID(opened.booking_id)
    return (await story.of_bookings(world.app, [booking_id]))[booking_id]


async def errors_of(world: World, opened: Opened) -> list[ErrorLog]:
    async with world.app.db.connection() as conn:
        account = await story.tell(conn, UUID(opened.booking_id))
    assert account is not None
    return account.errors


@pytest.mark.parametrize("job", [job for job in FAILING if job is not Job.NOTIFY])
async def test_a_job_that_fails_and_is_mended_is_one_step_and_one_mended_line(
    world: World, job: Job
) -> None:
    opened = await world.client.books()
    before = len(await steps_of(world, opened))
    for _ in range(2):
        with correlated("c1"):
            await story.failed(world.app, job, opened.booking_id, TROUBLE, final=False)
    [step] = (await steps_of(world, opened))[before:]
    assert (step.kind, step.subject, step.times) == (FAILING[job], job, 2)
    [error] = await errors_of(world, opened)
    assert (error.source, error.vendor, error.message) == (job, "calcom", "calcom: answered 500")
    assert (error.step_id, error.times, error.final) == (step.id, 2, False)
    assert (error.correlation_id, error.resolved_at) == ("c1", None)

    await story.mended(world.app, job, opened.booking_id)
    [error] = await errors_of(world, opened)
    assert error.resolved_at is not None


async def test_a_job_given_up_is_a_step_of_its_own_and_takes_over_the_line(world: World) -> None:
    opened = await world.client.books()
    before = len(await steps_of(world, opened))
    for final in (False, True):
        await story.failed(world.app, Job.OPEN_MEETING, opened.booking_id, TROUBLE, final=final)
    failing, given_up = (await steps_of(world, opened))[before:]
    assert (failing.kind, given_up.kind) == (StepKind.ROOM_FAILING, StepKind.ROOM_GIVEN_UP)
    [error] = await errors_of(world, opened)
    assert (error.step_id, error.final, error.times) == (given_up.id, True, 2)


async def test_what_is_mended_is_that_job_of_that_booking_alone(world: World) -> None:
    opened, other = await world.client.books(), await world.other.books()
    for booking in (opened, other):
        for job in (Job.BOOK_CALENDAR, Job.SHOW_LINK):
            await story.failed(world.app, job, booking.booking_id, TROUBLE, final=False)
    await story.mended(world.app, Job.BOOK_CALENDAR, opened.booking_id)
    mended = {error.source for error in await errors_of(world, opened) if error.resolved_at}
    assert mended == {"book_calendar"}
    assert not any(error.resolved_at for error in await errors_of(world, other))


async def test_a_message_is_called_by_its_kind_and_medium(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    message = await world.row(
        "select id from public.notifications where kind = 'BOOKING_CONFIRMED' and medium = 'EMAIL'"
    )
    await story.failed(world.app, Job.NOTIFY, str(message["id"]), TROUBLE, final=True)
    last = (await steps_of(world, opened))[-1]
    assert (last.kind, last.subject) == (
        StepKind.MESSAGE_GIVEN_UP,
        "BOOKING_CONFIRMED by EMAIL",
    )


async def test_what_concerns_no_booking_is_the_operators_alone_and_only_when_it_is_final(
    world: World,
) -> None:
    for job, subject in ((Job.STRIPE_EVENT, "evt_1"), (Job.NOTIFY, GONE)):
        await story.failed(world.app, job, subject, Failure("KeyError", None), final=False)
    assert await world.rows("select from private.error_logs") == []
    await story.failed(world.app, Job.STRIPE_EVENT, "evt_1", Failure("KeyError", None), final=True)
    told = await world.row("select source, message, final, booking_id from private.error_logs")
    assert tuple(told) == ("stripe_event", "evt_1: KeyError", True, None)
    assert await world.rows("select from public.booking_steps") == []
    await story.mended(world.app, Job.STRIPE_EVENT, "evt_1")
    await story.mended(world.app, Job.NOTIFY, GONE)


async def test_a_refund_of_a_plans_payment_is_in_no_bookings_story(world: World) -> None:
    payment_id = "e0000000-0000-4000-8000-000000000001"
    await story.failed(world.app, Job.REFUND, payment_id, TROUBLE, final=False)
    assert await world.rows("select from private.error_logs") == []
    await story.failed(world.app, Job.REFUND, payment_id, TROUBLE, final=True)
    told = await world.row("select source, message, final, booking_id from private.error_logs")
    assert tuple(told) == ("refund", f"{payment_id}: calcom: answered 500", True, None)
    assert await world.rows("select from public.booking_steps") == []
    await story.mended(world.app, Job.REFUND, payment_id)


# --- one story, told three times -----------------------------------------------------------------


async def test_of_no_booking_there_is_no_story(world: World) -> None:
    async with world.app.db.connection() as conn:
        assert await story.tell(conn, uuid4()) is None
    assert await story.of_bookings(world.app, [UUID(GONE)]) == {UUID(GONE): []}


async def test_client_operator_and_log_tell_the_same_steps(world: World) -> None:
    opened = await world.client.books()
    for _ in range(2):
        await story.failed(world.app, Job.BOOK_CALENDAR, opened.booking_id, TROUBLE, final=False)
    await world.pays(opened)
    await world.worker.drain()
    async with world.app.db.connection() as conn:
        account = await story.tell(conn, UUID(opened.booking_id))
    assert account is not None
    kinds = [step.kind for step in account.steps]
    wanted = [
        StepKind.HELD,
        StepKind.CALENDAR_FAILING,
        StepKind.PAYMENT_SUCCEEDED,
        StepKind.CALENDAR_BOOKED,
        StepKind.ROOM_OPENED,
    ]
    assert kinds[: len(wanted)] == wanted
    assert kinds.count(StepKind.MESSAGE_SENT) == 2

    told = await world.client.asks(
        "query ($id: ID!) { booking(id: $id) { steps { kind subject message times at lastAt } } }",
        id=opened.booking_id,
    )
    seen = told["booking"]["steps"]
    assert [(step["kind"], step["subject"], step["message"], step["times"]) for step in seen] == [
        (step.kind, step.subject, step.sentence, step.times) for step in account.steps
    ]

    written = story_text.written(account)
    for step in account.steps:
        assert f"{step.kind}" in written
        assert step.sentence in written
    assert "(2 times, last " in written
    assert "book_calendar: calcom: answered 500 (mended" in written
    assert f"Booking {opened.booking_id}: ACCEPTED" in written
    assert "90.00 USD, SUCCEEDED, FULFILLED" in written
    assert "Message BOOKING_CONFIRMED by EMAIL: SENT" in written
    assert "demo@example.com" not in written


async def test_steps_are_told_by_the_sandboxs_clock(world: World) -> None:
    await world.sandbox.advance(timedelta(days=1))
    opened = await world.client.books()
    [held] = await steps_of(world, opened)
    assert world.app.clock.now() - held.at < timedelta(minutes=1)
