"""The Telegram adapter against its stand-in: what arrives, and what each kind of trouble means."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.hooks import Hooks
from sandbox.standin import Stage
from sandbox.telegram import BOT_TOKEN, TelegramSandbox
from sandbox.telegram_chats import DEMO, BotMessage
from services.providers.errors import ProviderError
from services.providers.message_ports import Button, ChatClosed, ChatMessage
from services.providers.telegram import TelegramBot, connect
from tests.providers.standin_rig import served

NOWHERE = "http://127.0.0.1:9/webhooks/telegram"
MESSAGE = ChatMessage(
    DEMO.id,
    "Confirmed: R&D <b>talk</b>",
    "Tue 24 Nov, 10:00\n\n5 < 6",
    Button("Join", "https://m.test/1"),
)


def make(stage: Stage) -> TelegramSandbox:
    return TelegramSandbox(stage, hooks=Hooks(stage), webhook_url=NOWHERE, secret="s3cret")


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """A stand-in whose demo user has started the bot; nobody listens to its webhooks."""
    async with served(make) as standin:
        standin.stage.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
        standin.say("/start")
        yield standin


@asynccontextmanager
async def bot_of(
    telegram: TelegramSandbox, *, token: str = BOT_TOKEN, timeout_s: float = 5
) -> AsyncIterator[TelegramBot]:
    bot, close = connect(
        token,
        base=telegram.url,
        link_base=telegram.link_base,
        timeout=timedelta(seconds=timeout_s),
    )
    yield bot
    await close()


async def trouble(
    telegram: TelegramSandbox, fault: Fault, *, timeout_s: float = 5
) -> ProviderError:
    telegram.stage.faults.plan("telegram.sendMessage", fault)
    async with bot_of(telegram, timeout_s=timeout_s) as bot:
        with pytest.raises(ProviderError) as caught:
            await bot.send(MESSAGE)
    return caught.value


async def test_a_message_arrives_with_its_heading_and_its_button(
    telegram: TelegramSandbox,
) -> None:
    async with bot_of(telegram) as bot:
        sent = await bot.send(MESSAGE)

    text = "Confirmed: R&D <b>talk</b>\n\nTue 24 Nov, 10:00\n\n5 < 6"
    assert telegram.messages() == [BotMessage(int(sent), text, ("Join", "https://m.test/1"))]
    heading, body = telegram.chat()["messages"][-1]["runs"]
    assert heading == {"text": "Confirmed: R&D <b>talk</b>", "tags": ["b"]}
    assert body == {"text": "\n\nTue 24 Nov, 10:00\n\n5 < 6", "tags": []}


async def test_a_person_who_blocked_the_bot_has_closed_the_chat(
    telegram: TelegramSandbox,
) -> None:
    telegram.stage.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
    telegram.block()
    async with bot_of(telegram) as bot:
        with pytest.raises(ChatClosed, match=r"^The person blocked the bot\.$"):
            await bot.send(MESSAGE)
    assert telegram.messages() == []


async def test_who_never_started_the_bot_is_a_closed_chat(telegram: TelegramSandbox) -> None:
    async with bot_of(telegram) as bot:
        with pytest.raises(ChatClosed, match=r"^There is no such chat\.$"):
            await bot.send(ChatMessage(5, "Hello", "there"))


async def test_a_planned_refusal_is_a_closed_chat(telegram: TelegramSandbox) -> None:
    telegram.stage.faults.plan("telegram.sendMessage", Fault(FaultKind.REFUSE))
    async with bot_of(telegram) as bot:
        with pytest.raises(ChatClosed):
            await bot.send(MESSAGE)
        await bot.send(MESSAGE)
    assert len(telegram.messages()) == 1


async def test_a_wrong_token_is_final_and_told_nowhere(
    telegram: TelegramSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="services")
    async with bot_of(telegram, token="100200300:wrong-token") as bot:
        with pytest.raises(ProviderError) as caught:
            await bot.send(MESSAGE)
    error = caught.value
    assert (error.retryable, error.status) == (False, 401)
    assert str(error) == "telegram: the bot token is wrong"
    assert "wrong-token" not in caplog.text
    assert "wrong-token" not in repr([call.as_json() for call in telegram.stage.journal])
    assert telegram.messages() == []


async def test_an_unauthorized_answer_is_about_the_token(telegram: TelegramSandbox) -> None:
    error = await trouble(telegram, Fault(FaultKind.UNAUTHORIZED))
    assert (error.retryable, error.status, error.outcome_unknown) == (False, 401, False)


async def test_too_many_requests_wait_a_second_longer_than_asked(
    telegram: TelegramSandbox,
) -> None:
    error = await trouble(telegram, Fault(FaultKind.RATE_LIMIT, seconds=7))
    assert (error.retryable, error.status) == (True, 429)
    assert (error.retry_after, error.outcome_unknown) == (timedelta(seconds=8), False)
    assert telegram.messages() == []


@pytest.mark.parametrize(
    ("kind", "status", "arrived"),
    [
        (FaultKind.FAIL, 500, 0),
        (FaultKind.LOSE_ANSWER, 500, 1),
        (FaultKind.MALFORMED, 200, 0),
    ],
)
async def test_an_unknown_outcome_is_left_alone_for_a_minute(
    telegram: TelegramSandbox, kind: FaultKind, status: int, arrived: int
) -> None:
    error = await trouble(telegram, Fault(kind))
    assert (error.retryable, error.status, error.outcome_unknown) == (True, status, True)
    assert error.retry_after == timedelta(seconds=60)
    # Never sent twice by the adapter itself: there is no way to ask whether it arrived.
    assert len(telegram.messages()) == arrived


async def test_a_time_out_after_delivery_is_not_repeated_by_the_adapter(
    telegram: TelegramSandbox,
) -> None:
    error = await trouble(telegram, Fault(FaultKind.HANG, seconds=30), timeout_s=0.2)
    assert (error.retryable, error.status, error.outcome_unknown) == (True, None, True)
    assert error.retry_after == timedelta(seconds=60)
    assert len(telegram.messages()) == 1


async def test_a_button_that_telegram_refuses_becomes_a_link_in_the_text(
    telegram: TelegramSandbox,
) -> None:
    async with bot_of(telegram) as bot:
        await bot.send(ChatMessage(DEMO.id, "Join <now>", "Here.", Button("Join", "zoommtg://1")))
    [message] = telegram.messages()
    assert (message.text, message.button) == ("Join <now>\n\nHere.\n\nJoin: zoommtg://1", None)
    statuses = [call.status for call in telegram.stage.journal.of("telegram")]
    assert statuses == [400, 200]


async def test_a_long_message_is_cut_between_words(telegram: TelegramSandbox) -> None:
    async with bot_of(telegram) as bot:
        await bot.send(ChatMessage(DEMO.id, "Long", "Слово&🎓 " * 900))
        await bot.send(ChatMessage(DEMO.id, "Long", "🎓" * 4096))
    words, one_word = (message.text for message in telegram.messages())
    assert words.endswith("Слово&🎓…")
    assert 4000 < len(words.encode("utf-16-le")) // 2 <= 4096
    assert one_word == "Long\n\n" + "🎓" * 2044 + "…"


async def test_the_link_of_a_code_asks_for_the_bots_name_once(telegram: TelegramSandbox) -> None:
    async with bot_of(telegram) as bot:
        for code in ("c0de", "other"):
            address = f"{telegram.url}/chat/SessionPayBot?start={code}"
            assert await bot.start_link(code) == address
    paths = [call.path for call in telegram.stage.journal.of("telegram")]
    assert paths == ["/bot…/getMe"]


async def test_the_link_of_a_code_needs_telegram(telegram: TelegramSandbox) -> None:
    telegram.stage.faults.plan("telegram.getMe", Fault(FaultKind.UNAUTHORIZED))
    telegram.stage.faults.plan("telegram.getMe", Fault(FaultKind.MALFORMED), times=3)
    async with bot_of(telegram) as bot:
        with pytest.raises(ProviderError, match="the bot token is wrong"):
            await bot.start_link("c0de")


async def test_announcing_sets_the_webhook_and_a_menu_for_each_language(
    telegram: TelegramSandbox,
) -> None:
    menus = {"en": {"help": "Help"}, "uk": {"help": "Довідка"}}
    async with bot_of(telegram) as bot:
        name = await bot.announce("https://pay.test/webhooks/telegram", "s3cret_2", menus)
    assert name == "SessionPayBot"
    assert telegram.commands() == {"help": "Help"}
    assert telegram.commands("uk") == {"help": "Довідка"}
    assert telegram.commands("en") == {}
    assert "s3cret_2" not in repr([call.as_json() for call in telegram.stage.journal])


async def test_an_address_that_telegram_does_not_take_is_an_error(
    telegram: TelegramSandbox,
) -> None:
    async with bot_of(telegram) as bot:
        with pytest.raises(ProviderError) as caught:
            await bot.announce("http://pay.test/webhooks/telegram", "s3cret", {})
    assert (caught.value.retryable, caught.value.status) == (False, 400)
