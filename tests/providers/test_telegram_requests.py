"""Exactly what the Telegram adapter sends, and answers that its stand-in never gives."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from services.providers.errors import ProviderError
from services.providers.message_ports import Button, ChatClosed, ChatMessage
from services.providers.telegram import TelegramBot, connect

TOKEN = "123456:AA-token_of_ours"
API = f"https://api.telegram.org/bot{TOKEN}"
SENT = {"ok": True, "result": {"message_id": 77, "chat": {"id": 42}}}
MESSAGE = ChatMessage(42, "Confirmed: A & B", "At <10>.", Button("Join", "https://m.test/?a=1&b=2"))


@pytest.fixture
async def bot() -> AsyncIterator[TelegramBot]:
    made, close = connect(TOKEN)
    yield made
    await close()


def refused(status: int, description: str, **parameters: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return body | ({"parameters": parameters} if parameters else {})


def bodies(httpx_mock: HTTPXMock) -> list[Any]:
    return [json.loads(request.content) for request in httpx_mock.get_requests()]


async def test_a_message_is_html_without_a_preview_and_with_one_button(
    bot: TelegramBot, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/sendMessage",
        match_headers={"Content-Type": "application/json"},
        match_json={
            "chat_id": 42,
            "text": "<b>Confirmed: A &amp; B</b>\n\nAt &lt;10&gt;.",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {
                "inline_keyboard": [[{"text": "Join", "url": "https://m.test/?a=1&b=2"}]]
            },
        },
        json=SENT,
    )
    assert await bot.send(MESSAGE) == "77"


async def test_a_message_without_a_button_has_no_keyboard(
    bot: TelegramBot, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        url=f"{API}/sendMessage",
        match_json={
            "chat_id": -5,
            "text": "<b>Title</b>\n\nBody",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        },
        json=SENT,
    )
    assert await bot.send(ChatMessage(-5, "Title", "Body")) == "77"


async def test_the_name_is_asked_for_and_the_link_is_telegrams(
    bot: TelegramBot, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        method="POST",
        url=f"{API}/getMe",
        match_json={},
        json={"ok": True, "result": {"id": 123456, "is_bot": True, "username": "pay_bot"}},
    )
    assert await bot.start_link("c0-_de") == "https://t.me/pay_bot?start=c0-_de"


async def test_announcing_sends_the_secret_the_kinds_of_updates_and_the_menus(
    bot: TelegramBot, httpx_mock: HTTPXMock
) -> None:
    done = {"ok": True, "result": True}
    httpx_mock.add_response(url=f"{API}/setWebhook", json=done)
    httpx_mock.add_response(url=f"{API}/setMyCommands", json=done, is_reusable=True)
    httpx_mock.add_response(
        url=f"{API}/getMe", json={"ok": True, "result": {"username": "pay_bot"}}
    )

    menus = {"en": {"help": "Help"}, "ru": {"help": "Помощь", "stop": "Отключить"}}
    assert await bot.announce("https://pay.test/hook", "s3cret", menus) == "pay_bot"

    assert bodies(httpx_mock) == [
        {
            "url": "https://pay.test/hook",
            "secret_token": "s3cret",
            "allowed_updates": ["message", "my_chat_member", "chat_member", "chat_join_request"],
        },
        {"commands": [{"command": "help", "description": "Help"}]},
        {
            "commands": [
                {"command": "help", "description": "Помощь"},
                {"command": "stop", "description": "Отключить"},
            ],
            "language_code": "ru",
        },
        {},
    ]


@pytest.mark.parametrize(
    ("status", "description", "why"),
    [
        (403, "Forbidden: bot was blocked by the user", "The person blocked the bot."),
        (403, "Forbidden: user is deactivated", "The person's Telegram account is gone."),
        (
            403,
            "Forbidden: bot can't initiate conversation with a user",
            "The person has not started the bot.",
        ),
        (403, "Forbidden: Ann said no", "Telegram forbids writing to this chat."),
        (400, "Bad Request: chat not found", "There is no such chat."),
    ],
)
async def test_a_chat_that_is_closed_says_why_and_names_nobody(
    bot: TelegramBot, httpx_mock: HTTPXMock, status: int, description: str, why: str
) -> None:
    httpx_mock.add_response(status_code=status, json=refused(status, description))
    with pytest.raises(ChatClosed) as caught:
        await bot.send(MESSAGE)
    assert str(caught.value) == why
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: can't parse entities: Unsupported start tag",
        "Bad Request: BUTTON_URL_INVALID",
        "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
    ],
)
async def test_what_cannot_be_formatted_is_sent_once_more_as_plain_text(
    bot: TelegramBot, httpx_mock: HTTPXMock, description: str
) -> None:
    httpx_mock.add_response(status_code=400, json=refused(400, description))
    httpx_mock.add_response(json=SENT)

    assert await bot.send(MESSAGE) == "77"

    assert bodies(httpx_mock)[1] == {
        "chat_id": 42,
        "text": "Confirmed: A & B\n\nAt <10>.\n\nJoin: https://m.test/?a=1&b=2",
        "link_preview_options": {"is_disabled": True},
    }


async def test_plain_text_that_is_refused_as_well_is_final(
    bot: TelegramBot, httpx_mock: HTTPXMock
) -> None:
    said = refused(400, "Bad Request: can't parse entities")
    httpx_mock.add_response(status_code=400, json=said, is_reusable=True)
    with pytest.raises(ProviderError) as caught:
        await bot.send(MESSAGE)
    assert (caught.value.retryable, caught.value.status) == (False, 400)
    assert len(httpx_mock.get_requests()) == 2


async def test_a_chat_that_moved_is_written_to_where_it_is_now(
    bot: TelegramBot, httpx_mock: HTTPXMock
) -> None:
    moved = refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100123)
    httpx_mock.add_response(status_code=400, json=moved)
    httpx_mock.add_response(json=SENT)

    assert await bot.send(MESSAGE) == "77"

    assert [body["chat_id"] for body in bodies(httpx_mock)] == [42, -100123]


async def test_a_chat_that_never_stops_moving_is_given_up(
    bot: TelegramBot, httpx_mock: HTTPXMock
) -> None:
    moved = refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100123)
    httpx_mock.add_response(status_code=400, json=moved, is_reusable=True)
    with pytest.raises(ProviderError) as caught:
        await bot.send(MESSAGE)
    assert (caught.value.retryable, caught.value.status) == (False, 400)
    assert len(httpx_mock.get_requests()) == 3


@pytest.mark.parametrize(
    ("parameters", "wait"),
    [
        ({"retry_after": 5}, timedelta(seconds=6)),
        ({"retry_after": 10**9}, timedelta(seconds=86_401)),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
async def test_the_wait_is_in_the_parameters_of_the_answer(
    bot: TelegramBot,
    httpx_mock: HTTPXMock,
    parameters: dict[str, Any],
    wait: timedelta | None,
) -> None:
    said = refused(429, "Too Many Requests: retry after 5", **parameters)
    httpx_mock.add_response(status_code=429, json=said)
    with pytest.raises(ProviderError) as caught:
        await bot.send(MESSAGE)
    error = caught.value
    assert (error.retryable, error.retry_after, error.outcome_unknown) == (True, wait, False)


@pytest.mark.parametrize(("status", "body"), [(401, {"ok": False}), (404, None)])
async def test_a_wrong_token_keeps_its_secret(
    bot: TelegramBot, httpx_mock: HTTPXMock, status: int, body: Any
) -> None:
    httpx_mock.add_response(status_code=status, json=body)
    with pytest.raises(ProviderError) as caught:
        await bot.send(MESSAGE)
    error = caught.value
    assert (error.retryable, error.status) == (False, 401)
    assert TOKEN not in repr(error)
    assert TOKEN not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": False, "description": "hm"},
        {"ok": True},
        {"ok": True, "result": None},
        {"ok": True, "result": False},
        {"ok": True, "result": []},
        {"ok": True, "result": {}},
        {"ok": True, "result": {"message_id": "77"}},
        [],
        None,
    ],
)
async def test_an_answer_that_is_none_leaves_the_outcome_unknown(
    bot: TelegramBot, httpx_mock: HTTPXMock, answer: Any
) -> None:
    httpx_mock.add_response(json=answer)
    with pytest.raises(ProviderError, match="answered 200 with malformed") as caught:
        await bot.send(MESSAGE)
    error = caught.value
    assert (error.retryable, error.outcome_unknown) == (True, True)
    assert error.retry_after == timedelta(seconds=60)
    assert len(httpx_mock.get_requests()) == 1
