"""What the bot answers, and whether it may write at all."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services import telegram
from services.messages.languages import Language
from services.providers.message_ports import Button, ChatClosed
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


async def test_start_without_a_code_says_how_to_link_or_that_it_is_linked(rig: Rig) -> None:
    answer = await rig.says("/start")
    assert (answer.title, answer.button) == ("This chat is not linked yet", ACCOUNT)
    await rig.links()
    assert (await rig.says("/start")).title == "Telegram is linked"


async def test_status_lists_what_is_ahead_with_time_and_link(rig: Rig) -> None:
    await rig.links()
    async with rig.app.db.transaction() as conn:
        await conn.execute(
            "update public.users set time_zone = 'Asia/Tokyo' where id = $1", ANN.user_id
        )
    hours = timedelta(hours=1)
    await rig.books("Later", starts_in=30 * hours, time_zone="Europe/Kyiv")
    await rig.books("Next <b>", starts_in=2 * hours, meeting_url="https://m.test/next")
    await rig.books("Over", starts_in=-hours, meeting_url="https://m.test/over")
    await rig.books("Off", starts_in=5 * hours, status="CANCELLED")
    await rig.books("Bobs", starts_in=7 * hours, user_id=BOB.user_id)
    unplaced = await rig.books("Without time", status="PENDING", starts_in=None)

    answer = await rig.says("/status")

    assert answer.title == "Your sessions"
    assert answer.body == (
        "Next <b> with Olena Koval\nMon 3 Jun 2030, 20:00 (Tokyo time, GMT+9)\n"
        "Join: https://m.test/next\n\n"
        "Later with Olena Koval\nTue 4 Jun 2030, 18:00 (Kyiv time, GMT+3)\n"
        "The meeting link follows.\n\n"
        "Paid, but without a time yet:\n\n"
        "Without time with Olena Koval\n"
        f"Choose a time: https://pay.test/booking?booking={unplaced}"
    )
    assert answer.button == Button("Join the next session", "https://m.test/next")


async def test_status_shows_a_session_until_its_end_and_no_link_that_is_over(rig: Rig) -> None:
    await rig.links()
    minutes = timedelta(minutes=1)
    await rig.books("Now", starts_in=-29 * minutes, meeting_url="https://m.test/1")
    await rig.books(
        "Soon", starts_in=5 * minutes, meeting_url="https://m.test/2", link_until=-minutes
    )
    answer = await rig.says("/status")
    assert "Now with Olena Koval" in answer.body
    assert "https://m.test/1" in answer.body
    assert "https://m.test/2" not in answer.body


async def test_status_lists_five_of_a_kind(rig: Rig) -> None:
    await rig.links()
    for number in range(7):
        await rig.books(f"Session {number}", starts_in=timedelta(hours=1 + number))
    body = (await rig.says("/status")).body
    assert [f"Session {number} " in body for number in range(7)] == [True] * 5 + [False] * 2


async def test_status_with_nothing_ahead_says_so(rig: Rig) -> None:
    await rig.links()
    answer = await rig.says("/status")
    assert (answer.body, answer.button) == ("You have no sessions ahead.", ACCOUNT)


async def test_a_strangers_status_shows_nothing(rig: Rig) -> None:
    await rig.links()
    await rig.books("Private", meeting_url="https://m.test/private")
    answer = await rig.says("/status", OTHER_CHAT)
    assert answer.title == "This chat is not linked yet"
    assert "Private" not in answer.body
    assert answer.button == ACCOUNT
    await rig.links(BOB, OTHER_CHAT)
    assert (await rig.says("/status", OTHER_CHAT)).body == "You have no sessions ahead."


@pytest.mark.parametrize("text", ["/help", "/help@pay_bot", "/nonsense", "hello", "/ start", None])
async def test_help_and_everything_else_is_answered_with_help(rig: Rig, text: str | None) -> None:
    key = await rig.receives(message(text))
    await telegram.handle(rig.app, key)
    [answer] = rig.chat.sent
    assert answer.title == "What this bot can do"
    assert "/status – Your sessions and their links" in answer.body


async def test_a_command_may_carry_the_bots_name_and_any_case(rig: Rig) -> None:
    assert (await rig.says("/STATUS@pay_bot now")).title == "This chat is not linked yet"
    answer = await rig.says(f"/start@pay_bot {await rig.code()}")
    assert answer.title == "Telegram is linked"


async def test_stop_unlinks_the_chat(rig: Rig) -> None:
    await rig.links()
    assert (await rig.says("/stop")).title == "Telegram is unlinked"
    assert await rig.chat_of(ANN) == (None, None)
    assert (await rig.says("/stop")).title == "This chat is not linked yet"


async def test_the_accounts_language_goes_before_telegrams(rig: Rig) -> None:
    assert (await rig.says("/help", language="uk")).title == "Що вміє цей бот"
    assert (await rig.says("/help", language="ru-RU")).title == "Что умеет этот бот"
    assert (await rig.says("/help", language="de")).title == "What this bot can do"
    async with rig.app.db.transaction() as conn:
        await conn.execute("update public.users set language = 'uk-UA' where id = $1", ANN.user_id)
    answer = await rig.says(f"/start {await rig.code()}", language="ru")
    assert answer.title == "Telegram під’єднано"


@pytest.mark.parametrize("language", list(Language))
async def test_every_language_has_its_own_status_within_telegrams_limit(
    rig: Rig, language: Language
) -> None:
    await rig.links()
    async with rig.app.db.transaction() as conn:
        await conn.execute(
            "update public.users set language = $2 where id = $1", ANN.user_id, language
        )
    for number in range(5):
        await rig.books(f"T{number}", starts_in=timedelta(hours=1 + number))
        await rig.books(f"P{number}", status="PENDING", starts_in=None)
    answer = await rig.says("/status")
    assert (answer.title == "Your sessions") is (language is Language.ENGLISH)
    assert answer.body.count("Olena Koval") == 10
    assert "{" not in answer.body
    assert len(answer.body) < 4000


async def test_blocking_is_noted_and_unblocking_as_well(rig: Rig) -> None:
    await rig.links()
    await rig.receives(standing("kicked"))
    assert await rig.chat_of(ANN) == (CHAT, NOW)
    rig.passes(timedelta(hours=1))
    await rig.receives(standing("kicked"))
    assert await rig.chat_of(ANN) == (CHAT, NOW)
    await rig.receives(standing("member"))
    assert await rig.chat_of(ANN) == (CHAT, None)
    assert rig.chat.sent == [rig.chat.sent[0]]


async def test_blocking_of_a_chat_that_is_nobodys_is_no_trouble(rig: Rig) -> None:
    await rig.receives(standing("kicked"))
    assert await rig.chat_of(ANN) == (None, None)


async def test_an_answer_that_may_not_be_sent_is_over_and_noted(rig: Rig) -> None:
    await rig.links()
    key = await rig.receives(message("/status"))
    rig.chat.troubles.append(ChatClosed("The person blocked the bot."))
    await telegram.handle(rig.app, key)
    await telegram.handle(rig.app, key)
    assert await rig.chat_of(ANN) == (CHAT, NOW)
    assert len(rig.chat.sent) == 1  # that of linking


async def test_an_answer_without_a_bot_is_over(rig: Rig) -> None:
    key = await rig.receives(message("/help"))
    await telegram.handle(replace(rig.app, chat=None), key)
    await telegram.handle(rig.app, key)
    assert rig.chat.sent == []
