"""The person at Telegram's stand-in: what they do reaches the bot, and what they see."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.hooks import Hooks
from sandbox.journal import Journal
from sandbox.standin import Stage
from sandbox.telegram import TelegramSandbox
from sandbox.telegram_chats import DEMO, FRIEND
from tests.sandbox.telegram_rig import ANN, Rig, rigged

STATIC = Path(__file__).resolve().parents[2] / "sandbox" / "static"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as made:
        yield made


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


async def test_several_people_have_chats_of_their_own(rig: Rig) -> None:
    await rig.does("say", text="/start")
    friend = (await rig.does("say", text="/help", **{"from": {"id": FRIEND.id}})).json()
    assert (friend["user"], friend["userId"]) == ("Friend", FRIEND.id)
    assert [said["text"] for said in friend["messages"]] == ["/help"]
    assert (await rig.does("block", **{"from": {"id": FRIEND.id}})).json()["blocked"] is True
    assert (await rig.http.get(f"/messages?user={FRIEND.id}")).json() == friend | {"blocked": True}
    demo = (await rig.http.get(f"/messages?user={DEMO.id}")).json()
    assert (demo["blocked"], [said["text"] for said in demo["messages"]]) == (False, ["/start"])
    first_names = [message["from"]["first_name"] for message in await rig.told("message")]
    assert first_names == ["Demo", "Friend"]


async def test_whoever_wrote_once_can_be_chosen_by_their_id(rig: Rig) -> None:
    rig.telegram.say("hello", ANN)
    chat = (await rig.http.get("/messages?user=42")).json()
    assert (chat["user"], [said["text"] for said in chat["messages"]]) == ("Ann", ["hello"])
    assert chat["people"] == [
        {"id": DEMO.id, "name": "Demo"},
        {"id": FRIEND.id, "name": "Friend"},
        {"id": 42, "name": "Ann"},
    ]
    again = (await rig.does("say", text="more", **{"from": {"id": 42}})).json()
    assert again["user"] == "Ann"


@pytest.mark.parametrize("user", ["43", "-1", "x", "", "9" * 5000])
async def test_the_chat_of_nobody_is_not_found(rig: Rig, user: str) -> None:
    answer = await rig.http.get("/messages", params={"user": user})
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        404,
        "Nobody here has this id.",
    )


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


@pytest.mark.parametrize(
    ("page", "parts"),
    [
        ("telegram", ('role="log"', 'for="text"', 'for="person"')),
        ("telegram_join", ('aria-label="Open the link as"', 'role="alert"')),
    ],
)
def test_a_page_has_no_inline_script_or_style_and_names_its_parts(
    page: str, parts: tuple[str, ...]
) -> None:
    html = (STATIC / f"{page}.html").read_text()
    assert re.findall(r"<(?:script|style)[^>]*>[^<]", html) == []
    assert re.findall(r"\s(?:style|on\w+)=", html) == []
    for needed in ('lang="en"', "viewport", "<noscript>", "<h1 ", *parts):
        assert needed in html
    for file in STATIC.glob("telegram*.js"):
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write", file.read_text())


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
