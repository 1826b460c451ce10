"""SendGrid's stand-in: what it refuses, what it keeps, what it tells."""

import copy
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from sandbox.faults import Fault, FaultKind
from sandbox.sendgrid import API_KEY
from services.providers.sendgrid_events import SendgridEvents
from tests.providers.sendgrid_rig import TEMPLATE, Rig, only_webhooks, running

pytestmark = only_webhooks

KEY = "11111111-1111-4111-8111-111111111111"
BODY: dict[str, Any] = {
    "personalizations": [
        {"to": [{"email": "ann@client.test"}], "custom_args": {"message_id": KEY}}
    ],
    "from": {"email": "noreply@example.com", "name": "SessionPay"},
    "subject": "Confirmed",
    "content": [{"type": "text/plain", "value": "Hi"}, {"type": "text/html", "value": "<p>Hi</p>"}],
}
TEMPLATED: dict[str, Any] = {
    "personalizations": [
        {
            "to": [{"email": "ann@client.test"}],
            "dynamic_template_data": {"subject": "S", "text": "T", "html": "<p>H</p>"},
        }
    ],
    "from": {"email": "noreply@example.com"},
    "template_id": TEMPLATE,
}
FILE = {"content": b64encode(b"x").decode(), "filename": "a.ics", "type": "text/calendar"}


@pytest.fixture
async def rig(httpx_mock: HTTPXMock) -> AsyncIterator[Rig]:
    async with running(httpx_mock) as rig:
        yield rig


async def post(rig: Rig, body: object, *, key: str = API_KEY) -> httpx.Response:
    async with httpx.AsyncClient(base_url=rig.standin.url, trust_env=False) as http:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return await http.post("/v3/mail/send", content=json.dumps(body), headers=headers)


def changed(path: str, value: object) -> dict[str, Any]:
    """The usual body with one value put at a dotted path; `...` takes it out."""
    body = copy.deepcopy(BODY)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = body
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


async def test_a_mail_is_accepted_with_an_empty_body_and_an_id(rig: Rig) -> None:
    response = await post(rig, BODY)

    assert (response.status_code, response.content) == (202, b"")
    [mail] = rig.inbox.mails
    assert (mail.subject, mail.to) == ("Confirmed", ("ann@client.test",))
    assert rig.standin.messages[0]["message_id"] == response.headers["X-Message-Id"]


@pytest.mark.parametrize("sender", ["noreply@shop.test", "noreply@sub.example.com"])
async def test_a_sender_that_nobody_verified_is_forbidden(rig: Rig, sender: str) -> None:
    response = await post(rig, changed("from.email", sender))

    assert response.status_code == 403
    assert response.json() == {
        "errors": [
            {
                "message": "The from address does not match a verified Sender Identity.",
                "field": "from",
                "help": None,
            }
        ]
    }
    await rig.hooks.settled()
    assert (rig.inbox.mails, rig.standin.messages, rig.webhooks) == ([], [], [])


async def test_the_same_mail_again_is_a_second_mail(rig: Rig) -> None:
    first, second = await post(rig, BODY), await post(rig, BODY)

    assert first.headers["X-Message-Id"] != second.headers["X-Message-Id"]
    assert [mail.repeats for mail in rig.inbox.mails] == [0, 0]


async def test_a_template_shows_what_it_was_given(rig: Rig) -> None:
    assert (await post(rig, TEMPLATED)).status_code == 202

    [mail] = rig.inbox.mails
    assert (mail.subject, mail.text.strip()) == ("S", "T")
    assert mail.html is not None
    assert mail.html.strip() == "<p>H</p>"


async def test_sandbox_mode_checks_and_delivers_nothing(rig: Rig) -> None:
    body = BODY | {"mail_settings": {"sandbox_mode": {"enable": True}}}

    assert (await post(rig, body)).status_code == 200
    await rig.hooks.settled()

    assert (rig.inbox.mails, rig.webhooks) == ([], [])


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("personalizations", [], "personalizations"),
        ("personalizations", ..., "personalizations"),
        ("personalizations.0.to", [], "personalizations.0.to"),
        ("personalizations.0.to.0.email", "ann", "personalizations.0.to.0.email"),
        ("personalizations.0.cc", [{"email": "ANN@client.test"}], "personalizations.0"),
        ("personalizations.0.substitutions", {}, "personalizations.0.substitutions"),
        ("personalizations.0.custom_args", {"n": 1}, "personalizations.0.custom_args.n"),
        ("custom_args", {"a": "x" * 10_000}, "custom_args"),
        ("from", ..., "from"),
        ("from.email", "noreply", "from.email"),
        ("subject", "", "subject"),
        ("subject", "a\r\nBcc: b@c.d", "subject"),
        ("subject", ..., None),
        ("content", [], None),
        ("content", ..., None),
        ("content", [BODY["content"][1], BODY["content"][0]], "content"),
        ("content.0.value", "", "content.0.value"),
        ("content.0.type", "text/calendar", "content.0.type"),
        ("template_id", "0123", "template_id"),
        ("attachments", [FILE | {"content": "no base64!"}], "attachments.0.content"),
        ("attachments", [FILE | {"type": "text/plain; charset=utf-8"}], "attachments.0.type"),
        ("attachments", [{"content": FILE["content"]}], "attachments.0.filename"),
        ("headers", {"Reply-To": "a@b.c"}, "headers"),
        ("categories", ["x"] * 11, "categories"),
        (
            "tracking_settings",
            {"open_tracking": {"enable": "false"}},
            "tracking_settings.open_tracking.enable",
        ),
        ("idempotency_key", "x", "idempotency_key"),
    ],
)
async def test_what_the_real_one_refuses_is_refused(
    rig: Rig, path: str, value: object, field: str | None
) -> None:
    response = await post(rig, changed(path, value))

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert set(response.json()["errors"][0]) == {"message", "field", "help"}
    assert (rig.inbox.mails, rig.standin.messages) == ([], [])


@pytest.mark.parametrize("body", [None, [], "text", 7])
async def test_a_body_that_is_no_object_is_refused(rig: Rig, body: object) -> None:
    assert (await post(rig, body)).status_code == 400


async def test_more_than_a_thousand_recipients_are_refused(rig: Rig) -> None:
    many = [{"email": f"{number}@client.test"} for number in range(1001)]
    assert (await post(rig, changed("personalizations.0.to", many))).status_code == 400


async def test_a_calendars_method_may_stand_in_its_type(rig: Rig) -> None:
    file = FILE | {"type": "text/calendar; method=CANCEL"}
    assert (await post(rig, BODY | {"attachments": [file]})).status_code == 202

    [mail] = rig.inbox.mails
    assert mail.invitation is not None
    assert 'method="CANCEL"' in mail.invitation.content_type


async def test_each_personalization_is_a_mail_of_its_own(rig: Rig) -> None:
    people = [{"to": [{"email": f"{name}@client.test"}]} for name in ("ann", "bob")]
    people[1]["bcc"] = [{"email": "eve@client.test"}]

    await post(rig, BODY | {"personalizations": people})

    assert [mail.to for mail in rig.inbox.mails] == [
        ("ann@client.test",),
        ("bob@client.test", "eve@client.test"),
    ]


@pytest.mark.parametrize("key", ["SG.other", "sg.sandbox"])
async def test_a_wrong_key_is_refused(rig: Rig, key: str) -> None:
    response = await post(rig, BODY, key=key)

    assert response.status_code == 401
    assert response.json()["errors"][0]["field"] is None
    assert rig.inbox.mails == []


async def test_a_full_limit_tells_when_it_is_reset(rig: Rig) -> None:
    rig.standin.stage.faults.plan("sendgrid", Fault(FaultKind.RATE_LIMIT, seconds=40))
    now = int(rig.standin.stage.clock.now().timestamp())

    response = await post(rig, BODY)

    assert response.status_code == 429
    assert int(response.headers["X-RateLimit-Reset"]) - now in {40, 41}
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in response.headers


# --- events --------------------------------------------------------------------------------------


def events(rig: Rig) -> list[dict[str, Any]]:
    return [event for request in rig.webhooks for event in json.loads(request.content)]


async def test_a_webhook_tells_of_processing_and_delivery(rig: Rig) -> None:
    message_id = (await post(rig, BODY | {"categories": ["BOOKING"]})).headers["X-Message-Id"]
    await rig.hooks.settled()

    first, second = events(rig)
    assert (first["event"], second["event"]) == ("processed", "delivered")
    assert first["email"] == "ann@client.test"
    assert first["message_id"] == KEY
    assert first["category"] == ["BOOKING"]
    assert first["sg_message_id"].startswith(message_id)
    assert first["sg_event_id"] != second["sg_event_id"]
    [request] = rig.webhooks
    assert request.content.endswith(b"\r\n")


async def test_a_custom_argument_named_like_a_field_is_overwritten(rig: Rig) -> None:
    await post(rig, BODY | {"custom_args": {"event": "mine", "session": "s1"}})
    await rig.hooks.settled()

    assert [(event["event"], event["session"]) for event in events(rig)] == [
        ("processed", "s1"),
        ("delivered", "s1"),
    ]


async def test_a_mail_can_be_made_to_bounce(rig: Rig) -> None:
    message_id = (await post(rig, BODY)).headers["X-Message-Id"]
    await rig.hooks.settled()
    rig.webhooks.clear()

    rig.standin.bounce(message_id)
    await rig.hooks.settled()

    [request] = rig.webhooks
    [event] = SendgridEvents(rig.standin.webhook_key).verify(
        request.content,
        request.headers["X-Twilio-Email-Event-Webhook-Signature"],
        request.headers["X-Twilio-Email-Event-Webhook-Timestamp"],
    )
    assert (str(event.key), event.outcome, event.reason) == (KEY, "LOST", "bounced (5.1.1)")
    assert rig.standin.shown()[0]["state"] == "bounced"


async def test_a_mail_that_was_never_sent_can_not_bounce(rig: Rig) -> None:
    with pytest.raises(KeyError):
        rig.standin.bounce("nonsense")


async def test_the_page_shows_the_newest_mail_first(rig: Rig) -> None:
    await post(rig, BODY)
    await post(rig, BODY | {"subject": "Second"})

    shown = rig.standin.shown()
    assert [entry["title"] for entry in shown] == ["Second", "Confirmed"]
    assert shown[0]["state"] == "delivered"
    assert shown[0]["details"] == {"To": "ann@client.test", "message_id": KEY}
