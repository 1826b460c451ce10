"""Linking a chat to an account, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services import telegram
from services.auth import Viewer
from services.domain.errors import NotFound, TelegramUnavailable
from services.providers.errors import ProviderError
from services.providers.message_ports import Button
from services.telegram_updates import hash_of
from tests.services.telegram_rig import (
    ANN,
    BOB,
    CHAT,
    NOW,
    OTHER_CHAT,
    Rig,
    message,
    rig_on,
    standing,
)

ACCOUNT = Button("Open my account", "https://pay.test/account")


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[Rig]:
    async with rig_on(seeded) as made:
        yield made


def trouble() -> ProviderError:
    return ProviderError("telegram", "answered 500", retryable=True, status=500)


async def test_a_link_is_opaque_stored_as_a_hash_and_good_for_half_an_hour(rig: Rig) -> None:
    url, expires_at = await telegram.create_link(rig.app, ANN)
    [code] = rig.chat.codes
    assert url == f"https://t.me/pay_bot?start={code}"
    assert 32 <= len(code) <= 64
    assert expires_at == NOW + timedelta(minutes=30)
    rows = await rig.rows(
        "select code_hash, user_id, expires_at, used_at from private.telegram_links"
    )
    assert rows == [(hash_of(code), ANN.user_id, expires_at, None)]


async def test_a_new_link_ends_the_users_earlier_one_and_nobody_elses(rig: Rig) -> None:
    first, others = await rig.code(), await rig.code(BOB)
    second = await rig.code()
    assert (await rig.says(f"/start {first}")).title == "This link does not work any more"
    assert await rig.chat_of(ANN) == (None, None)
    assert (await rig.says(f"/start {second}")).title == "Telegram is linked"
    assert (await rig.says(f"/start {others}", OTHER_CHAT)).title == "Telegram is linked"


async def test_no_link_without_a_bot_or_without_telegram(rig: Rig) -> None:
    with pytest.raises(TelegramUnavailable):
        await telegram.create_link(replace(rig.app, chat=None), ANN)
    rig.chat.troubles.append(trouble())
    with pytest.raises(TelegramUnavailable):
        await telegram.create_link(rig.app, ANN)
    assert await rig.rows("select 1 from private.telegram_links") == []


async def test_no_link_for_an_account_that_is_gone(rig: Rig) -> None:
    gone = Viewer(UUID(int=9), None, is_anonymous=False, language=None)
    with pytest.raises(NotFound):
        await telegram.create_link(rig.app, gone)


async def test_starting_with_the_code_links_the_chat(rig: Rig) -> None:
    answer = await rig.says(f"/start {await rig.code()}")
    assert (answer.title, answer.button) == ("Telegram is linked", ACCOUNT)
    assert await rig.chat_of(ANN) == (CHAT, None)
    assert await rig.rows("select used_at from private.telegram_links") == [(NOW,)]
    assert await rig.chat_of(BOB) == (None, None)


async def test_a_code_works_once(rig: Rig) -> None:
    code = await rig.code()
    await rig.says(f"/start {code}")
    answer = await rig.says(f"/start {code}", OTHER_CHAT)
    assert answer.title == "This link does not work any more"
    assert await rig.chat_of(ANN) == (CHAT, None)


@pytest.mark.parametrize(("late", "linked"), [(29, CHAT), (30, None)])
async def test_a_code_works_for_half_an_hour(rig: Rig, late: int, linked: int | None) -> None:
    code = await rig.code()
    rig.passes(timedelta(minutes=late))
    answer = await rig.says(f"/start {code}")
    assert (answer.title == "Telegram is linked") is (linked is not None)
    assert answer.button == ACCOUNT
    assert await rig.chat_of(ANN) == (linked, None)


@pytest.mark.parametrize("code", ["nobody-made-this", "d3300000-0000-4000-8000-000000000001", "'"])
async def test_an_unknown_code_links_nobody(rig: Rig, code: str) -> None:
    assert (await rig.says(f"/start {code}")).title == "This link does not work any more"
    assert await rig.rows("select 1 from public.users where telegram_id is not null") == []


async def test_a_chat_moves_to_the_account_that_links_it_last(rig: Rig) -> None:
    await rig.links(ANN)
    await rig.links(BOB)
    assert await rig.chat_of(ANN) == (None, None)
    assert await rig.chat_of(BOB) == (CHAT, None)


async def test_an_account_has_the_chat_it_linked_last(rig: Rig) -> None:
    await rig.links(ANN)
    await rig.links(ANN, OTHER_CHAT)
    assert await rig.chat_of(ANN) == (OTHER_CHAT, None)
    assert (await rig.says("/status")).title == "This chat is not linked yet"


async def test_two_accounts_that_link_one_chat_at_once_leave_it_to_one(rig: Rig) -> None:
    for _ in range(5):
        codes = [await rig.code(ANN), await rig.code(BOB)]
        keys = [await rig.receives(message(f"/start {code}")) for code in codes]
        await asyncio.gather(*(telegram.handle(rig.app, key) for key in keys))
        linked = [await rig.chat_of(viewer) for viewer in (ANN, BOB)]
        assert sorted(linked, key=str) == [(CHAT, None), (None, None)]


async def test_one_code_used_in_two_chats_at_once_links_one_of_them(rig: Rig) -> None:
    code = await rig.code()
    keys = [await rig.receives(message(f"/start {code}", chat)) for chat in (CHAT, OTHER_CHAT)]
    await asyncio.gather(*(telegram.handle(rig.app, key) for key in keys))
    assert sorted(answer.title for answer in rig.chat.sent) == [
        "Telegram is linked",
        "This link does not work any more",
    ]
    [linked] = [sent.chat_id for sent in rig.chat.sent if sent.title == "Telegram is linked"]
    assert await rig.chat_of(ANN) == (linked, None)


async def test_linking_again_after_blocking_lets_the_bot_write_again(rig: Rig) -> None:
    await rig.links()
    await rig.receives(standing("kicked"))
    await rig.links()
    assert await rig.chat_of(ANN) == (CHAT, None)


async def test_an_update_whose_answer_was_lost_says_linked_again_and_not_used(rig: Rig) -> None:
    key = await rig.receives(message(f"/start {await rig.code()}"))
    rig.chat.troubles.append(trouble())
    with pytest.raises(ProviderError):
        await telegram.handle(rig.app, key)
    assert await rig.chat_of(ANN) == (CHAT, None)
    assert await rig.rows("select processed_at from private.received_events") == [(None,)]

    rig.passes(timedelta(hours=1))  # the code would have expired meanwhile
    await telegram.handle(rig.app, key)
    await telegram.handle(rig.app, key)

    assert [answer.title for answer in rig.chat.sent] == ["Telegram is linked"]
    assert await rig.rows("select processed_at from private.received_events") == [
        (NOW + timedelta(hours=1),)
    ]
