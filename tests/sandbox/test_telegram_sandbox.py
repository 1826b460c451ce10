"""Telegram's stand-in: as strict as the real one, and a person who chats with the bot."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.hooks import Hooks
from sandbox.journal import Journal
from sandbox.standin import Stage
from sandbox.telegram import BOT_TOKEN, TelegramSandbox
from sandbox.telegram_chats import DEMO, TelegramUser
from sandbox.telegram_text import Run, Unparsable, parse
from tests.providers.standin_rig import served

STATIC = Path(__file__).resolve().parents[2] / "sandbox" / "static"
ANN = TelegramUser(42, "Ann", "uk")


@dataclass
class Rig:
    """The stand-in over HTTP, and what its webhooks brought: pairs of secret and update."""

    telegram: TelegramSandbox
    hooks: Hooks
    http: httpx.AsyncClient
    updates: list[tuple[str, Any]]

    async def ask(self, method: str, token: str = BOT_TOKEN, **body: Any) -> tuple[int, Any]:
        answer = await self.http.post(f"/bot{token}/{method}", json=body)
        return answer.status_code, answer.json()

    async def sends(self, **body: Any) -> tuple[int, Any]:
        message: dict[str, Any] = {"chat_id": DEMO.id, "text": "Hello"} | body
        return await self.ask("sendMessage", **message)

    async def does(self, what: str, **given: Any) -> httpx.Response:
        return await self.http.post(f"/{what}", json=given)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    updates: list[tuple[str, Any]] = []
    hooks: list[Hooks] = []

    async def receive(request: Request) -> Response:
        updates.append((request.headers["x-telegram-bot-api-secret-token"], await request.json()))
        return Response()

    class WithReceiver(TelegramSandbox):
        def routes(self) -> Any:
            return [*super().routes(), Route("/webhook", receive, methods=["POST"])]

    def make(stage: Stage) -> WithReceiver:
        hooks.append(Hooks(stage))
        url = f"{stage.public_url}/webhook"
        return WithReceiver(stage, hooks=hooks[0], webhook_url=url, secret="s3cret")

    async with served(make) as telegram:
        async with httpx.AsyncClient(base_url=telegram.url) as http:
            yield Rig(telegram, hooks[0], http, updates)
        await hooks[0].close()


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


# --- the person ----------------------------------------------------------------------------------


async def test_what_a_person_says_is_an_update_with_the_secret_and_a_rising_id(rig: Rig) -> None:
    rig.telegram.say("/start c0de")
    rig.telegram.say("hello", ANN)
    await rig.hooks.settled()
    assert [secret for secret, _ in rig.updates] == ["s3cret", "s3cret"]
    first, second = sorted((update for _, update in rig.updates), key=lambda u: u["update_id"])
    assert second["update_id"] == first["update_id"] + 1
    message = first["message"]
    assert message["text"] == "/start c0de"
    assert message["chat"] == {"id": DEMO.id, "type": "private", "first_name": "Demo"}
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert second["message"]["from"] == {
        "id": 42,
        "first_name": "Ann",
        "language_code": "uk",
        "is_bot": False,
    }
    assert "entities" not in second["message"]


async def test_the_journal_shows_the_webhook_without_the_code(rig: Rig) -> None:
    rig.telegram.say("/start c0de")
    await rig.hooks.settled()
    shown = repr([call.as_json() for call in rig.telegram.stage.journal])
    assert "c0de" not in shown
    assert "/start …" in shown


async def test_blocking_and_unblocking_are_told_once_each(rig: Rig) -> None:
    rig.telegram.unblock()
    for act in (rig.telegram.block, rig.telegram.unblock):
        act()
        act()
        await rig.hooks.settled()
    statuses = [update["my_chat_member"]["new_chat_member"]["status"] for _, update in rig.updates]
    assert statuses == ["kicked", "member"]


async def test_what_the_app_would_not_send_is_not_sent(rig: Rig) -> None:
    for text in ("", "  ", "x" * 4097):
        with pytest.raises(ValueError, match="from 1 to 4096"):
            rig.telegram.say(text)
    rig.telegram.block()
    with pytest.raises(ValueError, match="Unblock"):
        rig.telegram.say("/status")
    await rig.hooks.settled()
    assert ["message" in update for _, update in rig.updates] == [False]


async def test_chats_and_update_ids_outlive_the_process(tmp_path: Path) -> None:
    def made() -> TelegramSandbox:
        stage = Stage(SandboxClock(), Journal(), faults, "http://127.0.0.1:9", tmp_path)
        return TelegramSandbox(stage, hooks=Hooks(stage), webhook_url="http://x/", secret="s")

    faults = Faults()
    faults.plan("telegram.webhook", Fault(FaultKind.FAIL), times=2)
    before = made()
    before.say("/start")
    before.close()
    after = made()
    after.say("/help")
    said = [message["text"] for message in after.chat()["messages"]]
    after.close()
    assert said == ["/start", "/help"]
    calls = [*before.stage.journal, *after.stage.journal]
    first, second = (call.request["update_id"] for call in calls)
    assert second == first + 1


# --- the page ------------------------------------------------------------------------------------


async def test_the_page_sends_what_the_person_does(rig: Rig) -> None:
    answer = await rig.does("say", text="/start c0de")
    assert answer.status_code == 200
    await rig.sends(text="<b>Hi</b>", parse_mode="HTML")
    chat = (await rig.http.get("/messages")).json()
    assert (chat["bot"], chat["user"], chat["blocked"]) == ("SessionPayBot", "Demo", False)
    assert [(said["from"], said["runs"]) for said in chat["messages"]] == [
        ("person", [{"text": "/start c0de", "tags": []}]),
        ("bot", [{"text": "Hi", "tags": ["b"]}]),
    ]
    assert (await rig.does("block")).json()["blocked"] is True
    assert (await rig.does("say", text="x")).status_code == 400
    assert (await rig.does("unblock")).json()["blocked"] is False
    sender = {"id": 42, "first_name": "Ann", "language_code": "uk"}
    assert (await rig.does("say", text="/help", **{"from": sender})).status_code == 200
    await rig.hooks.settled()
    assert len(rig.updates) == 4
    assert rig.telegram.stage.journal.of("telegram") != []


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"text": 7}, 400),
        ({"text": ""}, 400),
        ({"text": "x", "from": 7}, 400),
        ({"text": "x", "from": {"id": -7}}, 400),
        ([], 400),
    ],
)
async def test_what_is_not_said_properly_is_refused(rig: Rig, given: Any, status: int) -> None:
    answer = await rig.http.post("/say", json=given)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    await rig.hooks.settled()
    assert rig.updates == []


async def test_a_page_of_another_origin_cannot_speak_for_the_person(rig: Rig) -> None:
    form = await rig.http.post("/say", data={"text": "/start"})
    plain = await rig.http.post("/say", content=b'{"text": "/start"}')
    assert (form.status_code, plain.status_code) == (415, 415)
    assert rig.telegram.chat()["messages"] == []


async def test_the_deep_link_opens_the_chat_page_and_its_files(rig: Rig) -> None:
    assert rig.telegram.link_base == f"{rig.telegram.url}/chat"
    for path in ("/chat", "/chat/SessionPayBot?start=c0de"):
        page = await rig.http.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "unsafe" not in page.headers["content-security-policy"]
    assert (await rig.http.get("/chat/AnotherBot")).status_code == 404
    for address in re.findall(r'"/sandbox/telegram(/static/[^"]+)"', page.text):
        assert (await rig.http.get(address)).status_code == 200, address


def test_the_page_has_no_inline_script_or_style_and_names_its_parts() -> None:
    html = (STATIC / "telegram.html").read_text()
    assert re.findall(r"<(?:script|style)[^>]*>[^<]", html) == []
    assert re.findall(r"\s(?:style|on\w+)=", html) == []
    for needed in ('lang="en"', "viewport", 'role="log"', 'for="text"', "<noscript>", "<h1 "):
        assert needed in html
    script = (STATIC / "telegram.js").read_text()
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write", script)


async def test_the_sandbox_page_is_shown_every_message_newest_first(rig: Rig) -> None:
    rig.telegram.say("/start")
    await rig.sends(
        text="Hi\nthere",
        reply_markup={"inline_keyboard": [[{"text": "Go", "url": "https://m.test/"}]]},
    )
    newest, oldest = rig.telegram.shown()
    assert (newest["title"], newest["state"]) == ("Hi", "to the person")
    assert newest["details"] == {
        "Chat": str(DEMO.id),
        "Text": "Hi\nthere",
        "Button": "https://m.test/",
    }
    assert (oldest["title"], oldest["state"]) == ("/start", "to the bot")
    assert json.dumps([newest, oldest])


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
