"""Telegram's stand-in: as strict as the real one, and a person who chats with the bot."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.telegram import BOT_TOKEN
from sandbox.telegram_text import Run, Unparsable, parse
from tests.sandbox.telegram_rig import ANN, Rig, rigged

STATIC = Path(__file__).resolve().parents[2] / "sandbox" / "static"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as made:
        yield made


# --- the Bot API ---------------------------------------------------------------------------------


async def test_the_bot_tells_its_name(rig: Rig) -> None:
    status, answer = await rig.ask("getMe")
    assert (status, answer["ok"]) == (200, True)
    assert answer["result"]["username"] == "SessionPayBot"
    assert answer["result"]["id"] == 100200300


async def test_a_wrong_token_and_an_unknown_method_are_refused(rig: Rig) -> None:
    assert await rig.ask("getMe", token="1:wrong") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert await rig.ask("getEverything") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found"},
    )


async def test_the_token_is_not_in_the_journal(rig: Rig) -> None:
    await rig.ask("getMe")
    [call] = rig.telegram.stage.journal
    assert (call.path, call.status) == ("/bot…/getMe", 200)


async def test_a_message_reaches_only_who_started_the_bot(rig: Rig) -> None:
    refused = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
    assert await rig.sends() == (400, refused)
    rig.telegram.say("/start")
    status, answer = await rig.sends(
        text="<b>Hi</b> &amp; <i>bye</i>",
        parse_mode="HTML",
        link_preview_options={"is_disabled": True},
        reply_markup={"inline_keyboard": [[{"text": "Go", "url": "https://m.test/"}]]},
    )
    assert (status, answer["result"]["text"]) == (200, "Hi & bye")
    [message] = rig.telegram.messages()
    assert (message.id, message.text) == (answer["result"]["message_id"], "Hi & bye")
    assert message.button == ("Go", "https://m.test/")
    assert rig.telegram.messages(ANN.id) == []


async def test_a_blocked_bot_is_refused_until_it_is_unblocked(rig: Rig) -> None:
    rig.telegram.say("/start")
    rig.telegram.block()
    status, answer = await rig.sends()
    assert (status, answer["error_code"]) == (403, 403)
    assert answer["description"] == "Forbidden: bot was blocked by the user"
    rig.telegram.unblock()
    assert (await rig.sends())[0] == 200


@pytest.mark.parametrize(
    ("body", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": None}, "message text is empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🎓" * 2049}, "message is too long"),
        ({"parse_mode": "Markup"}, "unsupported parse_mode"),
        ({"chat_id": "@ann"}, "chat_id is empty"),
        ({"link_preview_options": True}, "object expected as link_preview_options"),
        ({"disable_preview": True}, "the sandbox does not know disable_preview"),
        (
            {"text": "1 < 2", "parse_mode": "HTML"},
            "can't parse entities: Unsupported start tag at byte offset 2",
        ),
    ],
)
async def test_a_message_that_telegram_would_refuse_is_refused(
    rig: Rig, body: dict[str, Any], description: str
) -> None:
    rig.telegram.say("/start")
    status, answer = await rig.sends(**body)
    assert (status, answer["description"]) == (400, f"Bad Request: {description}")
    assert rig.telegram.messages() == []


@pytest.mark.parametrize(
    ("button", "why"),
    [
        ({"url": "https://m.test"}, "can't parse inline keyboard button: the button has no text"),
        (
            {"text": " ", "url": "https://m.test"},
            "can't parse inline keyboard button: text is empty",
        ),
        ({"text": "Go"}, "text buttons are unallowed in the inline keyboard"),
        ({"text": "Go", "url": "https://m.test", "callback_data": "x"}, "BUTTON_TYPE_INVALID"),
        ({"text": "Go", "url": "javascript:alert(1)"}, "BUTTON_URL_INVALID"),
        ({"text": "Go", "callback_data": "ї" * 33}, "BUTTON_DATA_INVALID"),
    ],
)
async def test_a_button_has_a_text_and_exactly_one_good_action(
    rig: Rig, button: dict[str, str], why: str
) -> None:
    rig.telegram.say("/start")
    status, answer = await rig.sends(reply_markup={"inline_keyboard": [[button]]})
    assert (status, answer["description"]) == (400, f"Bad Request: {why}")
    status, answer = await rig.sends(reply_markup={"inline_keyboard": [button]})
    assert (status, "Array of Arrays" in answer["description"]) == (400, True)


async def test_a_rate_limit_tells_the_wait_in_the_parameters_only(rig: Rig) -> None:
    rig.telegram.stage.faults.plan("telegram", Fault(FaultKind.RATE_LIMIT, seconds=3))
    answer = await rig.http.post(f"/bot{BOT_TOKEN}/getMe")
    assert answer.status_code == 429
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(
    ("body", "ok"),
    [
        ({"url": "https://pay.test/hook", "secret_token": "a-Z_9"}, True),
        ({"url": "https://pay.test:8443/hook", "secret_token": "s"}, True),
        ({"url": "https://pay.test:9000/hook", "secret_token": "s"}, False),
        ({"url": "http://pay.test/hook", "secret_token": "s"}, False),
        ({"url": "https://pay.test/hook", "secret_token": "s p"}, False),
        ({"url": "https://pay.test/hook", "secret_token": "s" * 257}, False),
        ({"url": "https://pay.test/hook", "secret_token": "s", "allowed_updates": "x"}, False),
        ({"url": "https://pay.test/hook", "secret_token": "s", "allowed_updates": ["x"]}, False),
    ],
)
async def test_a_webhook_is_https_on_one_of_four_ports(
    rig: Rig, body: dict[str, Any], ok: bool
) -> None:
    status, answer = await rig.ask("setWebhook", **body)
    assert (status, answer["ok"]) == ((200, True) if ok else (400, False))


async def test_updates_go_where_set_webhook_says_and_only_of_its_kinds(rig: Rig) -> None:
    url = f"{rig.telegram.stage.public_url}/webhook"
    kinds = ["my_chat_member"]
    status, _ = await rig.ask("setWebhook", url=url, secret_token="an0ther", allowed_updates=kinds)
    assert status == 200
    rig.telegram.say("/start")
    rig.telegram.block()
    await rig.hooks.settled()
    assert [(secret, *update) for secret, update in rig.updates] == [
        ("an0ther", "update_id", "my_chat_member")
    ]
    # Without the parameter the kinds stay as they were.
    await rig.ask("setWebhook", url=url, secret_token="third")
    rig.telegram.unblock()
    rig.telegram.say("/help")
    await rig.hooks.settled()
    assert [secret for secret, _ in rig.updates] == ["an0ther", "third"]


@pytest.mark.parametrize(
    "commands",
    [
        [],
        "help",
        [{"command": "Help", "description": "x"}],
        [{"command": "help", "description": ""}],
        [{"command": "help", "description": "x" * 257}],
        [{"command": "help"}],
        ["help"],
    ],
)
async def test_a_menu_that_telegram_would_refuse_is_refused(rig: Rig, commands: Any) -> None:
    status, _ = await rig.ask("setMyCommands", commands=commands)
    assert (status, rig.telegram.commands()) == (400, {})


# --- its HTML ------------------------------------------------------------------------------------


def test_html_is_read_into_runs() -> None:
    assert parse("a &lt;<b>b<i>c</i></b><a href='x'>&#39;&copy;</a>") == [
        Run("a <", ()),
        Run("b", ("b",)),
        Run("c", ("b", "i")),
        Run("'&copy;", ("a",)),
    ]


@pytest.mark.parametrize("html", ["<", "a<b", "<p>x</p>", "<b>x", "x</b>", "<b><i>x</b></i>"])
def test_html_that_telegram_does_not_know_is_unparsable(html: str) -> None:
    with pytest.raises(Unparsable):
        parse(html)
