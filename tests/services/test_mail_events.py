"""The mail service's events: what they change of a message, and that they change it once."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services import mail_events
from services.domain.models import NotificationKind
from services.providers.ports import BadSignature, MalformedEvent
from services.store import notifications
from tests.services.mail_rig import AT, NOW, MailRig, running, signature, told, webhook

BOUNCE = {"type": "bounce", "status": "5.1.1", "reason": "550 <demo@example.com> unknown"}
THING = "BOOKING_CONFIRMED by EMAIL"
SENT = ("MESSAGE_SENT", THING, "")
GIVEN_UP = ("MESSAGE_GIVEN_UP", THING, "bounced (5.1.1)")


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[MailRig]:
    async with running(seeded) as rig:
        yield rig


async def receive(rig: MailRig, *events: object) -> int:
    return await mail_events.receive(rig.app, *webhook(*events))


async def handed_over(rig: MailRig) -> UUID:
    """An e-mail of which its job knows that SendGrid took it."""
    message = await rig.message()
    async with rig.app.db.transaction() as conn:
        assert await notifications.sent(conn, message, "sg-1", now=NOW) is True
    return message


# --- taken ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["processed", "delivered"])
async def test_a_message_of_unknown_outcome_counts_as_handed_over(rig: MailRig, event: str) -> None:
    message = await rig.message()

    assert await receive(rig, told(message, event)) == 1

    assert await rig.status(message) == ("SENT", NOW)
    assert await rig.steps() == [SENT]
    assert await rig.rows("select from private.error_logs") == []


async def test_the_job_that_comes_later_finds_nothing_left_to_do(rig: MailRig) -> None:
    message = await rig.message()
    await receive(rig, told(message, "processed"))

    async with rig.app.db.transaction() as conn:
        assert await notifications.sent(conn, message, "sg-2", now=NOW) is False


async def test_what_the_job_knows_already_changes_nothing(rig: MailRig) -> None:
    message = await handed_over(rig)

    assert await receive(rig, told(message, "processed"), told(message, "delivered")) == 0

    assert await rig.status(message) == ("SENT", NOW)
    assert await rig.steps() == []


# --- lost ----------------------------------------------------------------------------------------


async def test_a_mail_that_came_back_is_told_to_client_and_operator(rig: MailRig) -> None:
    message = await handed_over(rig)

    assert await receive(rig, told(message, "bounce", **BOUNCE)) == 1

    assert await rig.status(message) == ("FAILED", None)
    assert await rig.steps() == [GIVEN_UP]
    [row] = await rig.rows(
        "select e.*, s.kind from private.error_logs e join public.booking_steps s on s.id = step_id"
    )
    assert (row["source"], row["vendor"], row["message"]) == (
        "mail_event",
        "sendgrid",
        "bounced (5.1.1)",
    )
    assert (row["booking_id"], row["final"], row["times"]) == (rig.booking_id, True, 1)
    assert row["kind"] == "MESSAGE_GIVEN_UP"


@pytest.mark.parametrize("event", ["bounce", "dropped", "spamreport"])
async def test_a_lost_mail_whose_outcome_was_unknown_is_not_sent_again(
    rig: MailRig, event: str
) -> None:
    message = await rig.message()

    assert await receive(rig, told(message, event)) == 1

    assert await rig.status(message) == ("FAILED", None)


@pytest.mark.parametrize("order", [("processed", "bounce"), ("bounce", "processed")])
async def test_that_a_mail_was_lost_is_the_last_word_in_any_order(
    rig: MailRig, order: tuple[str, str]
) -> None:
    message = await rig.message()

    for event in order:
        await receive(rig, told(message, event, **BOUNCE))

    assert await rig.status(message) == ("FAILED", None)
    assert (await rig.steps())[-1] == GIVEN_UP
    assert len(await rig.rows("select from private.error_logs")) == 1


async def test_a_message_about_no_booking_is_told_to_the_operator_alone(rig: MailRig) -> None:
    message = await rig.message()
    await rig.rows("update public.notifications set booking_id = null")

    assert await receive(rig, told(message, "dropped", reason="Bounced Address")) == 1

    [row] = await rig.rows("select * from private.error_logs")
    assert row["message"] == f"{message}: dropped (Bounced Address)"
    assert (row["booking_id"], row["step_id"]) == (None, None)
    assert await rig.steps() == []


# --- once ----------------------------------------------------------------------------------------


async def test_the_same_webhook_again_changes_nothing(rig: MailRig) -> None:
    taken = await rig.message()
    lost = await rig.message(NotificationKind.REMINDER_DAY)
    events = (told(taken, "processed"), told(lost, "bounce", **BOUNCE))

    assert await receive(rig, *events) == 2
    assert await receive(rig, *events) == 0

    assert len(await rig.steps()) == 2
    [row] = await rig.rows("select times from private.error_logs")
    assert row["times"] == 1


async def test_many_webhooks_at_once_count_once(rig: MailRig) -> None:
    first = await rig.message()
    second = await rig.message(NotificationKind.REMINDER_DAY)
    events = [told(first, "bounce", **BOUNCE), told(second, "processed")]

    changed = await asyncio.gather(
        *(receive(rig, *(events if number % 2 else events[::-1])) for number in range(8))
    )

    assert sum(changed) == 2
    assert len(await rig.steps()) == 2
    assert len(await rig.rows("select from private.error_logs")) == 1


async def test_messages_of_somebody_else_are_left_alone(rig: MailRig) -> None:
    message = await rig.message()

    assert await receive(rig, told(UUID(int=1), "bounce"), {"event": "bounce"}, "junk") == 0

    assert await rig.status(message) == ("QUEUED", None)
    assert await rig.steps() == []


# --- refused -------------------------------------------------------------------------------------


async def test_what_was_not_signed_changes_nothing(rig: MailRig) -> None:
    message = await rig.message()
    body, _, at = webhook(told(message, "processed"))

    with pytest.raises(BadSignature):
        await mail_events.receive(rig.app, body, signature(b"another body"), at)

    assert await rig.status(message) == ("QUEUED", None)


async def test_what_is_no_array_is_malformed(rig: MailRig) -> None:
    with pytest.raises(MalformedEvent):
        await mail_events.receive(rig.app, b"{}", signature(b"{}"), AT)
