"""Exactly what the adapter of Telegram's channels sends, and answers its stand-in never gives."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from services.providers.errors import ProviderError
from services.providers.http import Door
from services.providers.telegram_api import BotApi, wait_of
from services.providers.telegram_channels import TelegramChannels

API = "https://api.telegram.org/bot123456:AA-token_of_ours"
CHANNEL = -1001234567890
PERSON = 42
LINK = "https://t.me/+AbCd"
DONE = {"ok": True, "result": True}
Ask = Callable[[TelegramChannels], Awaitable[object]]


@pytest.fixture
async def channels() -> AsyncIterator[TelegramChannels]:
    """Pauses between tries take no time."""

    async def sleep(_seconds: float) -> None:
        return

    door = Door("telegram", API, retry_after_from=wait_of, sleep=sleep)
    yield TelegramChannels(BotApi(door))
    await door.close()


def refused(status: int, description: str, **parameters: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return body | ({"parameters": parameters} if parameters else {})


def sent(httpx_mock: HTTPXMock) -> list[tuple[str, Any]]:
    """Methods and bodies."""
    return [
        (request.url.path.rpartition("/")[2], json.loads(request.content))
        for request in httpx_mock.get_requests()
    ]


def member(status: str, **more: Any) -> dict[str, Any]:
    return {"ok": True, "result": {"status": status, "user": {"id": PERSON}, **more}}


async def invite(channels: TelegramChannels) -> str:
    return await channels.invite(CHANNEL, name="x" * 33)


ASKS: list[Ask] = [
    invite,
    lambda door: door.revoke(CHANNEL, LINK),
    lambda door: door.admit(CHANNEL, PERSON),
    lambda door: door.turn_away(CHANNEL, PERSON),
    lambda door: door.remove(CHANNEL, PERSON),
    lambda door: door.is_member(CHANNEL, PERSON),
]


async def test_a_link_lets_people_ask_and_has_no_end_of_its_own(
    channels: TelegramChannels, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", json={"ok": True, "result": {"invite_link": LINK}})
    assert await invite(channels) == LINK
    request = {"chat_id": CHANNEL, "name": "x" * 32, "creates_join_request": True}
    assert sent(httpx_mock) == [("createChatInviteLink", request)]


async def test_every_other_method_names_the_channel_and_the_person_or_the_link(
    channels: TelegramChannels, httpx_mock: HTTPXMock
) -> None:
    revoked = {"ok": True, "result": {"invite_link": LINK, "is_revoked": True}}
    httpx_mock.add_response(url=f"{API}/revokeChatInviteLink", json=revoked)
    httpx_mock.add_response(url=f"{API}/getChatMember", json=member("member"))
    httpx_mock.add_response(json=DONE, is_reusable=True)
    for ask in ASKS[1:]:
        await ask(channels)
    who = {"chat_id": CHANNEL, "user_id": PERSON}
    assert sent(httpx_mock) == [
        ("revokeChatInviteLink", {"chat_id": CHANNEL, "invite_link": LINK}),
        ("approveChatJoinRequest", who),
        ("declineChatJoinRequest", who),
        ("banChatMember", who),
        ("unbanChatMember", who | {"only_if_banned": True}),
        ("getChatMember", who),
    ]


@pytest.mark.parametrize(
    ("answer", "inside"),
    [
        (member("creator"), True),
        (member("administrator"), True),
        (member("member"), True),
        (member("restricted", is_member=True), True),
        (member("restricted", is_member=False), False),
        (member("restricted"), False),
        (member("left"), False),
        (member("kicked"), False),
    ],
)
async def test_who_is_in_the_channel(
    channels: TelegramChannels, httpx_mock: HTTPXMock, answer: Any, inside: bool
) -> None:
    httpx_mock.add_response(json=answer)
    assert await channels.is_member(CHANNEL, PERSON) is inside


@pytest.mark.parametrize(
    ("ask", "status", "description"),
    [
        (ASKS[1], 400, "Bad Request: INVITE_HASH_EXPIRED"),
        (ASKS[1], 400, "Bad Request: INVITE_HASH_INVALID"),
        *((ask, 400, "Bad Request: HIDE_REQUESTER_MISSING") for ask in ASKS[2:4]),
        *((ask, 400, "Bad Request: USER_ALREADY_PARTICIPANT") for ask in ASKS[2:4]),
        *((ask, 403, "Forbidden: user is deactivated") for ask in ASKS[2:5]),
        *((ask, 400, "Bad Request: user not found") for ask in ASKS[2:5]),
        (ASKS[4], 400, "Bad Request: PARTICIPANT_ID_INVALID"),
        (ASKS[4], 400, "Bad Request: USER_NOT_PARTICIPANT"),
    ],
)
async def test_what_is_so_already_is_done(
    channels: TelegramChannels, httpx_mock: HTTPXMock, ask: Ask, status: int, description: str
) -> None:
    said = refused(status, description)
    httpx_mock.add_response(status_code=status, json=said, is_reusable=True)
    assert await ask(channels) in (None, True)


@pytest.mark.parametrize(
    "description",
    ["PARTICIPANT_ID_INVALID", "user not found", "member not found", "USER_NOT_PARTICIPANT"],
)
async def test_who_is_unknown_is_no_member(
    channels: TelegramChannels, httpx_mock: HTTPXMock, description: str
) -> None:
    said = refused(400, f"Bad Request: {description}")
    httpx_mock.add_response(status_code=400, json=said)
    assert await channels.is_member(CHANNEL, PERSON) is False


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("Bad Request: not enough rights to manage chat invite link", "may not do this"),
        ("Bad Request: CHAT_ADMIN_REQUIRED", "may not do this"),
        ("Bad Request: need administrator rights in the channel chat", "may not do this"),
        ("Bad Request: chat not found", "id is wrong or the bot was never in it"),
        ("Bad Request: member list is inaccessible", "may not see who is a member"),
        ("Forbidden: bot is not a member of the channel chat", "is not in the channel"),
        ("Forbidden: bot was kicked from the channel chat", "was put out of the channel"),
        ("Forbidden: something new", "the channel is closed to the bot"),
    ],
)
async def test_a_missing_right_is_final_and_says_what_to_do(
    channels: TelegramChannels, httpx_mock: HTTPXMock, ask: Ask, description: str, words: str
) -> None:
    status = 403 if description.startswith("Forbidden") else 400
    httpx_mock.add_response(status_code=status, json=refused(status, description))
    with pytest.raises(ProviderError) as caught:
        await ask(channels)
    error = caught.value
    assert (error.retryable, error.status, error.outcome_unknown) == (False, status, False)
    assert words in error.message
    assert "administrator of the channel with the rights to invite and to ban" in error.message
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("USER_CHANNELS_TOO_MUCH", "ask them to leave one"),
        ("something else", "answered 400"),
    ],
)
async def test_other_refusals_are_final_too(
    channels: TelegramChannels, httpx_mock: HTTPXMock, description: str, words: str
) -> None:
    said = refused(400, f"Bad Request: {description}")
    httpx_mock.add_response(status_code=400, json=said, is_reusable=True)
    for ask in (ASKS[2], ASKS[4]):
        with pytest.raises(ProviderError, match=words) as caught:
            await ask(channels)
        assert caught.value.retryable is False
    assert [method for method, _ in sent(httpx_mock)] == ["approveChatJoinRequest", "banChatMember"]


@pytest.mark.parametrize(
    "description",
    ["can't remove chat owner", "user is an administrator of the chat", "USER_ADMIN_INVALID"],
)
async def test_who_is_in_charge_of_the_channel_is_not_put_out(
    channels: TelegramChannels, httpx_mock: HTTPXMock, description: str
) -> None:
    httpx_mock.add_response(status_code=400, json=refused(400, f"Bad Request: {description}"))
    assert await channels.remove(CHANNEL, PERSON) is False
    assert [method for method, _ in sent(httpx_mock)] == ["banChatMember"]


async def test_a_group_that_moved_tells_its_new_id(
    channels: TelegramChannels, httpx_mock: HTTPXMock
) -> None:
    said = refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100123)
    httpx_mock.add_response(status_code=400, json=said)
    with pytest.raises(ProviderError, match="put -100123 in the place of the old one") as caught:
        await invite(channels)
    assert caught.value.retryable is False


@pytest.mark.parametrize("ask", ASKS)
async def test_trouble_is_tried_three_times_and_its_outcome_is_unknown(
    channels: TelegramChannels, httpx_mock: HTTPXMock, ask: Ask
) -> None:
    httpx_mock.add_response(status_code=502, is_reusable=True)
    with pytest.raises(ProviderError) as caught:
        await ask(channels)
    error = caught.value
    assert (error.retryable, error.outcome_unknown) == (True, True)
    assert error.retry_after == timedelta(seconds=60)
    assert len(httpx_mock.get_requests()) == 3


@pytest.mark.parametrize("ask", ASKS)
async def test_a_wait_is_as_long_as_telegram_asks_for(
    channels: TelegramChannels, httpx_mock: HTTPXMock, ask: Ask
) -> None:
    said = refused(429, "Too Many Requests: retry after 30", retry_after=30)
    httpx_mock.add_response(status_code=429, json=said)
    with pytest.raises(ProviderError) as caught:
        await ask(channels)
    error = caught.value
    assert (error.retryable, error.retry_after) == (True, timedelta(seconds=31))
    # Asking again at once would only lengthen the wait.
    assert len(httpx_mock.get_requests()) == 1


async def test_a_wait_that_cannot_be_read_is_none(
    channels: TelegramChannels, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=429, text="<html>slow down", is_reusable=True)
    with pytest.raises(ProviderError) as caught:
        await invite(channels)
    assert (caught.value.retryable, caught.value.retry_after) == (True, None)
    assert len(httpx_mock.get_requests()) == 3


async def test_a_short_wait_is_waited_out(httpx_mock: HTTPXMock) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    door = Door("telegram", API, retry_after_from=wait_of, sleep=sleep, spread=lambda low, _: low)
    httpx_mock.add_response(status_code=429, json=refused(429, "Too Many Requests", retry_after=2))
    httpx_mock.add_response(json=DONE)
    await TelegramChannels(BotApi(door)).admit(CHANNEL, PERSON)
    await door.close()
    assert waited == [3.0]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    "answer",
    [
        {"ok": False},
        {"ok": True},
        {"ok": True, "result": None},
        {"ok": True, "result": False},
        {"ok": True, "result": {}},
        {"ok": True, "result": {"invite_link": 7, "is_revoked": False, "status": "odd"}},
        [],
        None,
    ],
)
async def test_an_answer_that_is_none_leaves_the_outcome_unknown(
    channels: TelegramChannels, httpx_mock: HTTPXMock, ask: Ask, answer: Any
) -> None:
    httpx_mock.add_response(json=answer)
    with pytest.raises(ProviderError, match="answered 200 with malformed") as caught:
        await ask(channels)
    error = caught.value
    assert (error.retryable, error.outcome_unknown) == (True, True)
    assert error.retry_after == timedelta(seconds=60)
    assert len(httpx_mock.get_requests()) == 1
