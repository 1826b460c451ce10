"""POST /webhooks/sendgrid: each answer, and what it left in the database."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from resolvers.receiving import MAX_BYTES
from resolvers.webhooks import sendgrid_webhook
from services.app import App
from tests.services.mail_rig import MailRig, running, signature, told, webhook

PATH = "/webhooks/sendgrid"


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[MailRig]:
    async with running(seeded) as rig:
        yield rig


async def post(app: App, body: bytes, signed: str | None, at: str | None) -> httpx.Response:
    web = Starlette(routes=[Route(PATH, sendgrid_webhook, methods=["POST"])])
    web.state.app = app
    given = {
        "X-Twilio-Email-Event-Webhook-Signature": signed,
        "X-Twilio-Email-Event-Webhook-Timestamp": at,
    }
    headers = {name: value for name, value in given.items() if value is not None}
    transport = httpx.ASGITransport(app=web)
    async with httpx.AsyncClient(transport=transport, base_url="http://product.test") as http:
        return await http.post(PATH, content=body, headers=headers)


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def test_events_are_written_and_counted(rig: MailRig) -> None:
    message = await rig.message()
    events = webhook(told(message, "processed"), told(message, "delivered"))

    first, again = await post(rig.app, *events), await post(rig.app, *events)

    assert (first.status_code, first.json()) == (200, {"received": True, "changed": 1})
    assert (again.status_code, again.json()) == (200, {"received": True, "changed": 0})
    assert (await rig.status(message))[0] == "SENT"


async def test_without_a_key_there_is_no_webhook(rig: MailRig) -> None:
    message = await rig.message()

    response = await post(replace(rig.app, mail_events=None), *webhook(told(message, "processed")))

    assert code(response) == (404, "not_set_up")
    assert (await rig.status(message))[0] == "QUEUED"


@pytest.mark.parametrize(("signed", "at"), [(None, None), ("", ""), ("nonsense", "1")])
async def test_what_sendgrid_did_not_sign_is_refused(
    rig: MailRig, signed: str | None, at: str | None
) -> None:
    message = await rig.message()
    body, _, _ = webhook(told(message, "processed"))

    assert code(await post(rig.app, body, signed, at)) == (403, "bad_signature")
    assert (await rig.status(message))[0] == "QUEUED"


async def test_a_body_changed_on_its_way_is_refused(rig: MailRig) -> None:
    message = await rig.message()
    body, signed, at = webhook(told(message, "processed"))

    response = await post(rig.app, body.rstrip(), signed, at)

    assert code(response) == (403, "bad_signature")
    assert (await rig.status(message))[0] == "QUEUED"


async def test_what_is_no_array_is_refused(rig: MailRig) -> None:
    _, _, at = webhook()
    assert code(await post(rig.app, b"{}", signature(b"{}"), at)) == (400, "malformed")


async def test_a_body_larger_than_any_webhook_is_refused(rig: MailRig) -> None:
    response = await post(rig.app, b" " * (MAX_BYTES + 1), "x", "1")
    assert code(response) == (413, "too_large")


async def test_what_can_not_be_written_is_asked_for_again(rig: MailRig) -> None:
    message = await rig.message()
    events = webhook(told(message, "processed"))
    await rig.rows("alter table public.booking_steps rename to elsewhere")

    assert code(await post(rig.app, *events)) == (500, "not_stored")
    await rig.rows("alter table public.elsewhere rename to booking_steps")

    assert (await rig.status(message))[0] == "QUEUED"
    assert (await post(rig.app, *events)).json() == {"received": True, "changed": 1}
