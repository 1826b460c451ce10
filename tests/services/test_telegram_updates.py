"""Telegram's updates: read, stored once, and over; and how Telegram is told of us."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from services import telegram
from services.domain.errors import TelegramUnavailable
from services.providers.errors import ProviderError
from services.providers.ports import MalformedEvent
from services.telegram_updates import (
    Said,
    from_payload,
    hash_of,
)
from tests.services.telegram_rig import (
    ANN,
    CHAT,
    NOW,
    SECRET,
    Rig,
    message,
    rig_on,
    standing,
)

QUEUED = "select entrypoint, convert_from(payload, 'utf8') from jobs.pgqueuer order by id"
EVENTS = "select key, payload, processed_at from private.received_events order by key"


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[Rig]:
    async with rig_on(seeded) as made:
        yield made


async def test_an_update_is_stored_once_with_its_job_and_without_what_was_said(rig: Rig) -> None:
    body = orjson.dumps({"update_id": 7} | message("/start c0de and my secret"))
    results = [await telegram.receive(rig.app, body, SECRET) for _ in range(3)]
    assert results == [True, False, False]
    assert await rig.rows(QUEUED) == [("telegram_update", "7")]
    [(key, payload, processed_at)] = await rig.rows(EVENTS)
    assert (key, processed_at) == ("7", None)
    kept = orjson.loads(payload)
    assert from_payload(kept) == Said(CHAT, "start", hash_of("c0de").hex(), "en", "Ann")
    assert "secret" not in payload


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"callback_query": {"id": "1"}},
        {"message": "text"},
        {"message": {"chat": {"id": CHAT, "type": "group"}, "text": "/status"}},
        {"message": {"chat": {"id": "1", "type": "private"}, "text": "/status"}},
        {"my_chat_member": {"chat": {"id": -5, "type": "channel"}, "new_chat_member": {}}},
        {"chat_member": {"chat": {"id": -5, "type": "channel"}, "new_chat_member": {}}},
        {"chat_join_request": {"chat": {"id": -5, "type": "channel"}, "from": "Ann"}},
    ],
)
async def test_what_nothing_follows_from_is_stored_and_over(
    rig: Rig, update: dict[str, Any]
) -> None:
    await rig.receives(update)
    [(_, payload, processed_at)] = await rig.rows(EVENTS)
    assert (payload, processed_at) == ("{}", NOW)
    assert await rig.rows(QUEUED) == []


@pytest.mark.parametrize("secret", ["", "s3cret", SECRET + "x", "пароль"])
async def test_a_wrong_secret_is_refused_and_nothing_is_stored(rig: Rig, secret: str) -> None:
    with pytest.raises(telegram.WrongSecret):
        await rig.receives(message("/help"), secret)
    assert await rig.rows(EVENTS) == []


async def test_without_a_secret_of_ours_nobody_has_the_right_one(seeded: str) -> None:
    async with rig_on(seeded, telegram_webhook_secret=None) as rig:
        with pytest.raises(telegram.WrongSecret):
            await rig.receives(message("/help"), "")
        with pytest.raises(TelegramUnavailable):
            await telegram.set_up(rig.app)


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"7", b"{}", b'{"update_id": "7"}', b'{"update_id": true}']
)
async def test_what_is_no_update_is_malformed(rig: Rig, body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        await telegram.receive(rig.app, body, SECRET)
    assert await rig.rows(EVENTS) == []


async def test_a_job_of_an_update_that_is_gone_does_nothing(rig: Rig) -> None:
    await telegram.handle(rig.app, "404")
    assert rig.chat.sent == []


async def test_an_update_that_is_given_up_is_over_and_never_answered_late(rig: Rig) -> None:
    key = await rig.receives(message(f"/start {await rig.code()}"))
    rig.chat.troubles.append(ProviderError("telegram", "answered 500", retryable=True, status=500))
    with pytest.raises(ProviderError):
        await telegram.handle(rig.app, key)
    await telegram.give_up(rig.app, key, "telegram: answered 500")
    await telegram.handle(rig.app, key)
    assert rig.chat.sent == []
    assert await rig.rows("select processed_at from private.received_events") == [(NOW,)]
    assert await rig.chat_of(ANN) == (CHAT, None)


async def test_the_logs_hold_no_chat_no_code_and_no_words(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="services")
    await rig.links()
    await rig.says("my secret")
    await rig.receives(standing("kicked"))
    logged = repr([vars(record) for record in caplog.records])
    assert caplog.records
    for private in (str(CHAT), rig.chat.codes[0], "my secret", "Ann"):
        assert private not in logged


async def test_setting_up_tells_telegram_the_webhook_and_every_menu(rig: Rig) -> None:
    assert await telegram.set_up(rig.app) == "pay_bot"
    [(url, secret, menus)] = rig.chat.announced
    assert (url, secret) == ("https://pay.test/webhooks/telegram", SECRET)
    assert list(menus) == ["en", "uk", "ru"]
    for menu in menus.values():
        assert list(menu) == ["status", "pay", "invite", "start", "move", "stop", "help"]
        assert all(0 < len(does) <= 256 for does in menu.values())
    with pytest.raises(TelegramUnavailable):
        await telegram.set_up(replace(rig.app, chat=None))
