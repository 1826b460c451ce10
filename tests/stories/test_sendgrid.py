"""With SendGrid instead of SMTP: one mail each, also when answers are lost; what bounces."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from tests.stories.passing_time import passes, works
from tests.stories.steps import steps_of
from tests.world import Opened, World, running_world

CONFIRMED = "Confirmed: Mentoring session with Olena Koval"
BOTH = ["demo@example.com", "olena@example.com"]


@pytest.fixture
async def world(seeded: str) -> AsyncIterator[World]:
    """The product with a key of SendGrid."""
    async with running_world(seeded, sendgrid_api_key="SG.any") as running:
        yield running


async def paid(world: World) -> Opened:
    opened = await world.client.books()
    await world.pays(opened)
    return opened


async def settles(world: World) -> None:
    """Jobs run, SendGrid's events arrive."""
    await works(world)
    await world.sandbox.hooks.settled()


async def statuses(world: World) -> list[str]:
    rows = await world.rows("select status from public.notifications where medium = 'EMAIL'")
    return [row["status"] for row in rows]


def readers(world: World) -> list[str]:
    """Whom SendGrid took a mail for, each time anew."""
    return sorted(to for message in world.sandbox.sendgrid.messages for to in message["to"])


async def test_a_confirmation_goes_out_by_sendgrid_with_its_calendar_file(world: World) -> None:
    await paid(world)
    await settles(world)
    assert readers(world) == BOTH
    assert world.sandbox.journal.of("mail") == []
    [mail] = world.sandbox.inbox.to("demo@example.com")
    assert mail.subject == CONFIRMED
    assert mail.invitation is not None
    assert 'method="REQUEST"' in mail.invitation.content_type
    assert b"SEQUENCE:0" in mail.invitation.content
    message = next(each for each in world.sandbox.sendgrid.messages if each["to"] == BOTH[:1])
    row = await world.row("select id from public.notifications where recipient = $1", BOTH[0])
    assert message["custom_args"]["message_id"] == str(row["id"])
    assert await statuses(world) == ["SENT", "SENT"]


async def test_mails_whose_answers_were_lost_are_sent_once(world: World) -> None:
    opened = await paid(world)
    world.sandbox.faults.plan("sendgrid.send", Fault(FaultKind.LOSE_ANSWER), 2)
    await settles(world)
    assert await statuses(world) == ["SENT", "SENT"]  # an event told so before the next try
    await passes(world, timedelta(minutes=10))

    assert readers(world) == BOTH
    assert [call.status for call in world.sandbox.journal.of("sendgrid")] == [500, 500]
    steps = await steps_of(world.client, opened.booking_id) or []
    messages = [(step.kind, step.subject) for step in steps if step.kind.startswith("MESSAGE")]
    for subject in ("BOOKING_CONFIRMED by EMAIL", "HOST_BOOKED by EMAIL"):
        told = [kind for kind, of in messages if of == subject]
        assert sorted(told) == ["MESSAGE_FAILING", "MESSAGE_SENT"]
    logs = await world.rows("select vendor, final, resolved_at from private.error_logs")
    assert {(row["vendor"], row["final"]) for row in logs} == {("sendgrid", False)}
    assert None not in [row["resolved_at"] for row in logs]


async def test_while_sendgrid_is_down_mails_wait(world: World) -> None:
    await paid(world)
    now = world.sandbox.clock.now()
    world.sandbox.faults.take_down("sendgrid", now + timedelta(minutes=10))
    await settles(world)
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    assert readers(world) == []
    await passes(world, timedelta(minutes=16))
    await world.sandbox.hooks.settled()
    assert readers(world) == BOTH
    assert await statuses(world) == ["SENT", "SENT"]


async def test_sendgrid_that_asks_for_patience_gets_it(world: World) -> None:
    await paid(world)
    world.sandbox.faults.plan("sendgrid.send", Fault(FaultKind.RATE_LIMIT, seconds=180), 2)
    await settles(world)
    await passes(world, timedelta(minutes=2))
    assert len(world.sandbox.journal.of("sendgrid")) == 2
    await passes(world, timedelta(minutes=2))
    assert readers(world) == BOTH


async def test_a_mail_that_comes_back_is_told_to_client_and_operator(world: World) -> None:
    opened = await paid(world)
    await settles(world)
    message = next(each for each in world.sandbox.sendgrid.messages if each["to"] == BOTH[:1])
    world.sandbox.sendgrid.bounce(message["message_id"])
    await world.sandbox.hooks.settled()

    steps = await steps_of(world.client, opened.booking_id) or []
    [lost] = [step for step in steps if step.kind == "MESSAGE_GIVEN_UP"]
    assert lost.subject == "BOOKING_CONFIRMED by EMAIL"
    [trouble] = await world.rows("select * from private.error_logs")
    assert (trouble["source"], trouble["vendor"], trouble["final"]) == (
        "mail_event",
        "sendgrid",
        True,
    )
    assert str(trouble["booking_id"]) == opened.booking_id
    assert "@" not in trouble["message"] + lost.message
    assert sorted(await statuses(world)) == ["FAILED", "SENT"]
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


async def test_a_refused_mail_is_given_up_at_once_and_the_message_stays_in_the_app(
    world: World,
) -> None:
    await paid(world)
    world.sandbox.faults.plan("sendgrid.send", Fault(FaultKind.REFUSE), 2)
    await settles(world)
    assert await world.worker.held() == ["notify", "notify"]
    assert await statuses(world) == ["FAILED", "FAILED"]
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    [message] = {row["message"] for row in await world.rows("select * from private.error_logs")}
    assert message == "sendgrid: answered 400 (personalizations.0.to.0.email)"
