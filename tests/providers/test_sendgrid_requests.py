"""What exactly goes to SendGrid, and what its answers are read as."""

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from services.log import correlated
from services.providers.errors import ProviderError
from services.providers.message_ports import Attachment, Email
from services.providers.sendgrid import Sendgrid, connect
from tests.providers.sendgrid_rig import EMAIL, INVITE, SENDER, TEMPLATE

KEY = "SG.very-secret"
URL = "https://api.sendgrid.com/v3/mail/send"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
NO_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
}


@pytest.fixture
async def mail() -> AsyncIterator[Sendgrid]:
    mail, close = connect(KEY, SENDER, now=lambda: NOW)
    yield mail
    await close()


async def sent(mail: Sendgrid, httpx_mock: HTTPXMock, email: Email = EMAIL) -> dict[str, Any]:
    """The body that went out for this e-mail."""
    httpx_mock.add_response(method="POST", url=URL, status_code=202)
    assert await mail.send(email) is None
    body: dict[str, Any] = json.loads(httpx_mock.get_requests()[-1].content)
    return body


# --- the request ---------------------------------------------------------------------------------


async def test_the_whole_request(mail: Sendgrid, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        method="POST", url=URL, status_code=202, headers={"X-Message-Id": "14c5d75ce93"}
    )

    with correlated("cause-1"):
        assert await mail.send(EMAIL) == "14c5d75ce93"

    [request] = httpx_mock.get_requests()
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == {
        "personalizations": [
            {
                "to": [{"email": "ann@client.test", "name": "Ann Müller"}],
                "custom_args": {
                    "message_id": "0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10",
                    "correlation_id": "cause-1",
                },
            }
        ],
        "from": {"email": "noreply@example.com", "name": "Session, Pay"},
        "subject": "Підтверджено: консультація о 15:00",
        "content": [
            {"type": "text/plain", "value": "До зустрічі.\n"},
            {"type": "text/html", "value": "<p>До зустрічі.</p>"},
        ],
        "attachments": [
            {
                "content": b64encode(INVITE).decode(),
                "type": "text/calendar; method=REQUEST",
                "filename": "invite.ics",
                "disposition": "attachment",
            }
        ],
        "categories": ["BOOKING_CONFIRMED"],
        "headers": {"Auto-Submitted": "auto-generated"},
        "tracking_settings": NO_TRACKING,
    }


async def test_the_whole_request_with_a_template(httpx_mock: HTTPXMock) -> None:
    mail, close = connect(KEY, "noreply@example.com", template_id=TEMPLATE)

    body = await sent(mail, httpx_mock, replace(EMAIL, attachments=()))
    await close()

    assert body == {
        "personalizations": [
            {
                "to": [{"email": "ann@client.test", "name": "Ann Müller"}],
                "custom_args": {"message_id": "0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10"},
                "dynamic_template_data": {
                    "subject": "Підтверджено: консультація о 15:00",
                    "name": "Ann Müller",
                    "text": "До зустрічі.\n",
                    "html": "<p>До зустрічі.</p>",
                    "kind": "BOOKING_CONFIRMED",
                    "language": "uk",
                },
            }
        ],
        "from": {"email": "noreply@example.com"},
        "template_id": TEMPLATE,
        "categories": ["BOOKING_CONFIRMED"],
        "headers": {"Auto-Submitted": "auto-generated"},
        "tracking_settings": NO_TRACKING,
    }


@pytest.mark.parametrize("nasty", ["x\r\nBcc: all@evil.test", "x\x00\u2028 Bcc: a", "x\ud800 y"])
async def test_user_text_can_not_begin_a_header(
    nasty: str, mail: Sendgrid, httpx_mock: HTTPXMock
) -> None:
    file = Attachment(nasty, "application/pdf", b"1")

    body = await sent(
        mail, httpx_mock, replace(EMAIL, subject=nasty, to_name=nasty, attachments=(file,))
    )

    line = nasty.translate(dict.fromkeys([10, 13, 0, 0x2028, 0xD800], " "))
    line = " ".join(line.split())
    assert body["subject"] == line
    assert body["personalizations"][0]["to"] == [{"email": "ann@client.test", "name": line}]
    assert body["attachments"][0]["filename"] == line


async def test_nobody_is_named_where_no_name_is_known(
    mail: Sendgrid, httpx_mock: HTTPXMock
) -> None:
    for nameless in (None, "", " \n"):
        body = await sent(mail, httpx_mock, replace(EMAIL, to_name=nameless))
        assert body["personalizations"][0]["to"] == [{"email": "ann@client.test"}]


@pytest.mark.parametrize(
    ("content_type", "sent_as"),
    [
        ("text/calendar; method=CANCEL; charset=utf-8", "text/calendar; method=CANCEL"),
        ("text/calendar; charset=utf-8;method=REQUEST", "text/calendar; method=REQUEST"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("application/pdf", "application/pdf"),
    ],
)
async def test_of_a_files_type_only_the_method_stays(
    content_type: str, sent_as: str, mail: Sendgrid, httpx_mock: HTTPXMock
) -> None:
    file = Attachment("file", content_type, b"\x00\xff")

    body = await sent(mail, httpx_mock, replace(EMAIL, attachments=(file,)))

    assert body["attachments"][0]["type"] == sent_as
    assert b64decode(body["attachments"][0]["content"]) == b"\x00\xff"


async def test_the_european_address_is_asked_where_it_is_set(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url="https://api.eu.sendgrid.com/v3/mail/send", status_code=202)
    mail, close = connect(KEY, SENDER, base="https://api.eu.sendgrid.com")

    await mail.send(EMAIL)
    await close()


def test_a_sender_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="sender"):
        connect(KEY, "SessionPay")


# --- the answer ----------------------------------------------------------------------------------


async def refused(mail: Sendgrid, httpx_mock: HTTPXMock, **answer: Any) -> ProviderError:
    httpx_mock.add_response(url=URL, **answer)
    with pytest.raises(ProviderError) as caught:
        await mail.send(EMAIL)
    assert caught.value.__cause__ is None
    assert "ann@" not in str(caught.value)
    assert len(httpx_mock.get_requests()) == 1
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (400, {"errors": [{"message": "ann@client.test", "field": "from.email"}]}, "(from.email)"),
        (400, {"errors": [{"field": "a"}, {"field": None}, {"field": "b.0"}, 7]}, "(a, b.0)"),
        (400, {"errors": [{"field": "ann@client.test"}]}, "(no field named)"),
        (400, {"errors": "ann@client.test"}, "(no field named)"),
        (400, ["ann@client.test"], "(no field named)"),
        (403, {"errors": [{"message": "ann@client.test"}]}, "sender is not verified"),
        (413, {"errors": []}, "too large"),
    ],
)
async def test_a_refusal_is_told_without_its_words(
    status: int, body: object, message: str, mail: Sendgrid, httpx_mock: HTTPXMock
) -> None:
    error = await refused(mail, httpx_mock, status_code=status, json=body)

    assert (error.retryable, error.status, error.outcome_unknown) == (False, status, False)
    assert error.message.startswith(f"answered {status}")
    assert message in error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) - 90)}, 0),
        ({"X-RateLimit-Reset": "9999999999"}, 86400),
        ({"X-RateLimit-Reset": "1", "Retry-After": "20"}, 20),
        ({"X-RateLimit-Reset": "45"}, 45),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": "9" * 30}, None),
        ({}, None),
    ],
)
async def test_the_wait_is_read_from_the_reset(
    headers: dict[str, str], seconds: int | None, mail: Sendgrid, httpx_mock: HTTPXMock
) -> None:
    error = await refused(mail, httpx_mock, status_code=429, headers=headers)

    assert error.retryable is True
    assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))


async def test_a_longer_wait_than_a_minute_is_kept(mail: Sendgrid, httpx_mock: HTTPXMock) -> None:
    error = await refused(mail, httpx_mock, status_code=503, headers={"Retry-After": "600"})

    assert (error.outcome_unknown, error.retry_after) == (True, timedelta(seconds=600))


@pytest.mark.parametrize("text", ['{"ok": true}', "<html>"])
async def test_whatever_is_in_it_an_acceptance_is_one(
    text: str, mail: Sendgrid, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=URL, status_code=202, text=text, headers={"X-Message-Id": "m1"})

    assert await mail.send(EMAIL) == "m1"
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize("answer", [{"json": {"ok": True}}, {"text": "<html>"}, {}])
async def test_an_answer_that_is_none_of_sendgrids_leaves_the_outcome_open(
    answer: dict[str, Any], mail: Sendgrid, httpx_mock: HTTPXMock
) -> None:
    error = await refused(mail, httpx_mock, status_code=200, **answer)

    assert (error.retryable, error.outcome_unknown) == (True, True)
    assert error.retry_after == timedelta(seconds=60)
