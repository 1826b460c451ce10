"""SendGrid's adapter against its stand-in over real HTTP: each answer, and what came of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from pytest_httpx import HTTPXMock

from sandbox.faults import Fault, FaultKind
from services.db import Database, OutsideCallInTransaction
from services.providers.errors import ProviderError
from services.providers.message_ports import Email, MailEvent
from services.providers.sendgrid import Sendgrid, connect
from services.providers.sendgrid_events import SendgridEvents
from tests.providers.sendgrid_rig import (
    EMAIL,
    INVITE,
    SENDER,
    TEMPLATE,
    Rig,
    only_webhooks,
    running,
)
from tests.providers.test_http import NoPool

pytestmark = only_webhooks

MINUTE = timedelta(seconds=60)


@pytest.fixture
async def rig(httpx_mock: HTTPXMock) -> AsyncIterator[Rig]:
    async with running(httpx_mock) as rig:
        yield rig


async def trouble(mail: Sendgrid, email: Email = EMAIL) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await mail.send(email)
    assert caught.value.vendor == "sendgrid"
    assert "ann@" not in str(caught.value)
    assert caught.value.body is None
    return caught.value


async def faulty(rig: Rig, kind: FaultKind, seconds: float = 0) -> ProviderError:
    rig.standin.stage.faults.plan("sendgrid.send", Fault(kind, seconds=seconds))
    async with rig.mail() as mail:
        error = await trouble(mail)
    assert len(rig.asked) == 1
    return error


def told(rig: Rig) -> list[MailEvent]:
    """What the webhooks say, their signatures checked."""
    events = SendgridEvents(rig.standin.webhook_key)
    return [
        event
        for request in rig.webhooks
        for event in events.verify(
            request.content,
            request.headers["X-Twilio-Email-Event-Webhook-Signature"],
            request.headers["X-Twilio-Email-Event-Webhook-Timestamp"],
        )
    ]


# --- taken ---------------------------------------------------------------------------------------


async def test_an_email_arrives_with_text_html_and_invitation(rig: Rig) -> None:
    async with rig.mail() as mail:
        message_id = await mail.send(EMAIL)

    [kept] = rig.standin.messages
    assert message_id == kept["message_id"]
    [arrived] = rig.inbox.mails
    assert arrived.sender == '"Session, Pay" <noreply@example.com>'
    assert arrived.to == ("ann@client.test",)
    assert arrived.subject == "Підтверджено: консультація о 15:00"
    assert arrived.text.replace("\r\n", "\n") == "До зустрічі.\n"
    assert arrived.html is not None
    assert arrived.html.strip() == "<p>До зустрічі.</p>"
    [file] = arrived.files
    assert (file.filename, file.content) == ("invite.ics", INVITE)
    assert arrived.invitation is file


async def test_signed_events_say_that_it_was_taken(rig: Rig) -> None:
    async with rig.mail() as mail:
        await mail.send(EMAIL)
    await rig.hooks.settled()

    assert told(rig) == [
        MailEvent(EMAIL.key, "TAKEN", "processed"),
        MailEvent(EMAIL.key, "TAKEN", "delivered"),
    ]


async def test_with_a_template_the_template_gets_everything_to_word_it(rig: Rig) -> None:
    async with rig.mail(template_id=TEMPLATE) as mail:
        await mail.send(EMAIL)

    [arrived] = rig.inbox.mails
    assert arrived.subject == "Підтверджено: консультація о 15:00"
    assert arrived.text.replace("\r\n", "\n") == "До зустрічі.\n"
    assert arrived.invitation is not None


# --- refused -------------------------------------------------------------------------------------


async def test_a_refusal_is_final_and_names_the_field(rig: Rig) -> None:
    error = await faulty(rig, FaultKind.REFUSE)

    assert (error.retryable, error.status, error.outcome_unknown) == (False, 400, False)
    assert error.message == "answered 400 (personalizations.0.to.0.email)"
    assert rig.inbox.mails == []


@pytest.mark.parametrize("address", ["", "ann", "a b@c.d", "ann@client.test\r\nx", "анна@c.test"])
async def test_an_address_that_is_none_is_never_sent(rig: Rig, address: str) -> None:
    async with rig.mail() as mail:
        error = await trouble(mail, replace(EMAIL, to=address))

    assert (error.retryable, error.message) == (False, "the recipient's address is not valid")
    assert rig.asked == []


async def test_a_wrong_key_is_final_and_not_told(rig: Rig) -> None:
    async with rig.mail("SG.secret-of-another") as mail:
        error = await trouble(mail)

    assert (error.retryable, error.status) == (False, 401)
    assert error.message == "answered 401: the API key is not accepted"
    assert rig.inbox.mails == []


# --- trouble -------------------------------------------------------------------------------------


async def test_too_many_requests_wait_until_the_limit_is_reset(rig: Rig) -> None:
    error = await faulty(rig, FaultKind.RATE_LIMIT, seconds=300)

    assert (error.retryable, error.status, error.outcome_unknown) == (True, 429, False)
    assert error.retry_after is not None
    assert timedelta(seconds=295) < error.retry_after <= timedelta(seconds=300)
    assert rig.inbox.mails == []


async def test_a_failing_server_is_not_asked_again_before_an_event_can_tell(rig: Rig) -> None:
    error = await faulty(rig, FaultKind.FAIL)

    assert (error.retryable, error.status) == (True, 500)
    assert (error.outcome_unknown, error.retry_after) == (True, MINUTE)
    assert rig.inbox.mails == []


async def test_after_a_lost_answer_an_event_tells_that_it_was_taken(rig: Rig) -> None:
    error = await faulty(rig, FaultKind.LOSE_ANSWER)
    await rig.hooks.settled()

    assert (error.outcome_unknown, error.retry_after) == (True, MINUTE)
    assert len(rig.inbox.mails) == 1
    assert told(rig)[0] == MailEvent(EMAIL.key, "TAKEN", "processed")


async def test_after_a_time_out_an_event_tells_that_it_was_taken(rig: Rig) -> None:
    rig.standin.stage.faults.plan("sendgrid", Fault(FaultKind.HANG, seconds=30))
    async with rig.mail(patience=timedelta(seconds=0.2)) as mail:
        error = await trouble(mail)
    await rig.hooks.settled()

    assert (error.retryable, error.status) == (True, None)
    assert (error.outcome_unknown, error.retry_after) == (True, MINUTE)
    assert len(rig.inbox.mails) == 1
    assert told(rig)[0] == MailEvent(EMAIL.key, "TAKEN", "processed")


async def test_a_malformed_answer_leaves_it_open_whether_it_was_taken(rig: Rig) -> None:
    error = await faulty(rig, FaultKind.MALFORMED)

    assert (error.retryable, error.status) == (True, 200)
    assert (error.outcome_unknown, error.retry_after) == (True, MINUTE)
    assert rig.inbox.mails == []


async def test_a_server_that_is_not_there_took_nothing() -> None:
    mail, close = connect("SG.x", SENDER, base="http://127.0.0.1:9")
    error = await trouble(mail)
    await close()

    assert (error.retryable, error.outcome_unknown, error.retry_after) == (True, False, None)


async def test_nothing_is_sent_inside_a_transaction(rig: Rig) -> None:
    async with rig.mail() as mail, Database(cast("Any", NoPool())).transaction():
        with pytest.raises(OutsideCallInTransaction):
            await mail.send(EMAIL)

    assert rig.asked == []
