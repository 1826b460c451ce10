"""What of Telegram's updates is news, and how news are stored."""

from typing import Any

import orjson
import pytest

from services.providers.ports import MalformedEvent
from services.telegram_updates import (
    COMMANDS,
    AsksToJoin,
    Joined,
    News,
    Said,
    Standing,
    Update,
    as_payload,
    from_payload,
    read,
)
from tests.services.telegram_rig import CHAT, message, standing

CHANNEL, LINK = -1001234567890, "https://t.me/+AbCd"
PERSON = {"id": CHAT, "is_bot": False, "first_name": "Ann"}
A_BOT = {"id": 77, "is_bot": True, "first_name": "A bot"}


def news_of(update: dict[str, Any]) -> News | None:
    return read(orjson.dumps({"update_id": 1} | update)).news


def moved(before: Any, after: Any, **more: Any) -> dict[str, Any]:
    """An update in which somebody's standing in the channel changes from one to another."""
    change = {
        "chat": {"id": CHANNEL, "title": "Inner circle", "type": "channel"},
        "from": A_BOT,
        "date": 1906621200,
        "old_chat_member": {"user": PERSON, "status": before},
        "new_chat_member": {"user": PERSON, "status": after},
    }
    return {"chat_member": change | more}


def asking(**more: Any) -> dict[str, Any]:
    """An update in which somebody asks to join the channel."""
    request = {
        "chat": {"id": CHANNEL, "title": "Inner circle", "type": "channel"},
        "from": PERSON,
        "user_chat_id": CHAT,
        "date": 1906621200,
        "invite_link": {"invite_link": LINK, "creates_join_request": True},
    }
    return {"chat_join_request": request | more}


def test_an_update_is_read_into_what_is_needed() -> None:
    said = orjson.dumps({"update_id": 3} | message("/stop now", language="pt-br"))
    assert read(said) == Update(3, Said(CHAT, "stop", None, "pt-br", "Ann"))
    left = orjson.dumps({"update_id": 4} | standing("left"))
    assert read(left) == Update(4, Standing(CHAT, blocked=True))
    odd = orjson.dumps({"update_id": 5} | message("/status x", language="\u0000'"))
    assert read(odd) == Update(5, Said(CHAT, "status", None, None, "Ann"))


def test_every_command_is_read_as_itself() -> None:
    assert {"pay", "invite"} < COMMANDS
    for command in COMMANDS:
        assert news_of(message(f"/{command.upper()}@pay_bot")) == Said(
            CHAT, command, None, "en", "Ann"
        )


@pytest.mark.parametrize(
    ("first_name", "name"),
    [
        ("Олена", "Олена"),
        ("x" * 70, "x" * 64),
        ("A\u0000n\u202en \n", "Ann"),
        ("👩 " * 40, ("👩 " * 32).strip()),
        ("\u0000", None),
        ("", None),
        (7, None),
        (None, None),
    ],
)
def test_a_name_is_short_and_can_be_printed(first_name: Any, name: str | None) -> None:
    update = message("/help")
    update["message"]["from"]["first_name"] = first_name
    assert news_of(update) == Said(CHAT, "help", None, "en", name)


@pytest.mark.parametrize("kind", ["channel", "supergroup"])
def test_who_comes_into_a_channel_is_told_with_their_link(kind: str) -> None:
    link = {"invite_link": LINK, "member_limit": 1}
    chat = {"id": CHANNEL, "type": kind}
    came = moved("left", "member", invite_link=link, chat=chat)
    assert news_of(came) == Joined(CHANNEL, CHAT, LINK, present=True)
    gone = moved("member", "left", chat=chat)
    assert news_of(gone) == Joined(CHANNEL, CHAT, None, present=False)


@pytest.mark.parametrize(
    ("before", "after", "present"),
    [
        ("left", "member", True),
        ("kicked", "administrator", True),
        ("left", "creator", True),
        ("administrator", "kicked", False),
        ("member", "left", False),
        ("member", "administrator", None),
        ("kicked", "left", None),
        ("left", "restricted", None),
        ("member", "restricted", False),
        ("member", "something new", None),
        ("something new", "member", None),
        ("left", None, None),
        (["left"], ["member"], None),
    ],
)
def test_only_a_change_of_presence_is_news(before: Any, after: Any, present: bool | None) -> None:
    news = None if present is None else Joined(CHANNEL, CHAT, None, present)
    assert news_of(moved(before, after)) == news


def test_a_restricted_member_is_present_while_they_are_a_member() -> None:
    limited = {"user": PERSON, "status": "restricted", "is_member": True}
    came = moved("left", "restricted", new_chat_member=limited)
    assert news_of(came) == Joined(CHANNEL, CHAT, None, present=True)
    gone = moved("restricted", "left", old_chat_member=limited)
    assert news_of(gone) == Joined(CHANNEL, CHAT, None, present=False)
    assert news_of(moved("member", "restricted", new_chat_member=limited)) is None


def test_who_asks_to_join_is_told_with_their_link() -> None:
    assert news_of(asking()) == AsksToJoin(CHANNEL, CHAT, LINK)
    assert news_of(asking(invite_link=None)) == AsksToJoin(CHANNEL, CHAT, None)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://t.me/ x", 7, "https://" * 99])
def test_a_link_that_is_no_address_is_none(address: Any) -> None:
    link = {"invite_link": address}
    assert news_of(asking(invite_link=link)) == AsksToJoin(CHANNEL, CHAT, None)
    assert news_of(moved("left", "member", invite_link=link)) == Joined(CHANNEL, CHAT, None, True)


def test_bots_are_passed_over() -> None:
    said = message("/help")
    said["message"]["from"] = A_BOT
    blocking = standing("kicked")
    blocking["my_chat_member"]["from"] = A_BOT
    bot_member = {"user": A_BOT, "status": "member"}
    for update in (
        said,
        blocking,
        asking(**{"from": A_BOT}),
        moved("left", "member", new_chat_member=bot_member),
    ):
        assert news_of(update) is None


@pytest.mark.parametrize(
    "update",
    [
        moved("left", "member", chat={"id": CHAT, "type": "private"}),
        moved("left", "member", chat={"id": "1", "type": "channel"}),
        moved("left", "member", chat={"id": 1, "type": ["channel"]}),
        moved("left", "member", new_chat_member={"status": "member"}),
        moved("left", "member", new_chat_member={"user": {"id": True}, "status": "member"}),
        {"chat_member": []},
        asking(chat={"id": CHAT, "type": "group"}),
        asking(**{"from": {"id": "1"}}),
        {"chat_join_request": "x"},
    ],
)
def test_what_is_not_about_a_person_in_a_channel_is_no_news(update: dict[str, Any]) -> None:
    assert news_of(update) is None


@pytest.mark.parametrize(
    ("news", "payload"),
    [
        (
            Said(5, "pay", None, "uk", "Ann"),
            {
                "news": "said",
                "chat_id": 5,
                "command": "pay",
                "code_hash": None,
                "language": "uk",
                "name": "Ann",
            },
        ),
        (Standing(5, blocked=True), {"news": "standing", "chat_id": 5, "blocked": True}),
        (
            Joined(-5, 7, LINK, present=True),
            {
                "news": "joined",
                "chat_id": -5,
                "person_id": 7,
                "invite_link": LINK,
                "present": True,
            },
        ),
        (
            AsksToJoin(-5, 7, None),
            {"news": "asks_to_join", "chat_id": -5, "person_id": 7, "invite_link": None},
        ),
    ],
)
def test_news_are_stored_and_read_back(news: News, payload: dict[str, Any]) -> None:
    assert as_payload(news) == payload
    assert from_payload(orjson.loads(orjson.dumps(payload))) == news
    assert "news" in payload


def test_what_was_stored_before_there_were_kinds_was_said() -> None:
    earlier = {"chat_id": 5, "command": "help", "code_hash": None, "language": None}
    assert from_payload(earlier) == Said(5, "help", None, None, None)


@pytest.mark.parametrize(
    "payload", [{}, {"news": "gone"}, {"news": "joined", "chat_id": 5}, {"news": "said", "x": 1}]
)
def test_what_was_never_stored_is_malformed(payload: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent, match="what was stored is no news"):
        from_payload(payload)
