"""POST /webhooks/telegram: the statuses by which Telegram knows whether to send an update again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from resolvers.receiving import MAX_BYTES
from resolvers.webhooks import telegram_webhook
from services.app import App
from tests.services.telegram_rig import NOW, SECRET, Rig, rig_on

HELP = b'{"update_id": 7, "message": {"chat": {"id": 5, "type": "private"}, "text": "/help"}}'
STORED = "select key from private.received_events"


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[Rig]:
    async with rig_on(seeded) as made:
        yield made


@asynccontextmanager
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    web = Starlette(routes=[Route("/webhooks/telegram", telegram_webhook, methods=["POST"])])
    web.state.app = app
    transport = httpx.ASGITransport(web)
    async with httpx.AsyncClient(transport=transport, base_url="http://pay.test") as http:
        yield http


async def post(app: App, body: bytes, secret: str | None = SECRET) -> httpx.Response:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with client(app) as http:
        return await http.post("/webhooks/telegram", content=body, headers=headers)


async def test_an_update_is_taken_once_and_answered_at_once(rig: Rig) -> None:
    answers = [await post(rig.app, HELP) for _ in range(2)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"received": True, "new": True}),
        (200, {"received": True, "new": False}),
    ]
    assert await rig.rows(STORED) == [("7",)]
    assert rig.chat.sent == []


async def test_an_update_that_is_of_no_use_is_acknowledged_all_the_same(rig: Rig) -> None:
    answer = await post(rig.app, b'{"update_id": 8, "poll": {"id": "1"}}')
    assert (answer.status_code, answer.json()) == (200, {"received": True, "new": True})
    assert await rig.rows("select key, processed_at from private.received_events") == [("8", NOW)]


@pytest.mark.parametrize("secret", [None, "", "wrong"])
async def test_without_the_secret_it_is_not_telegram(rig: Rig, secret: str | None) -> None:
    answer = await post(rig.app, HELP, secret)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_secret")
    assert SECRET not in answer.text
    assert await rig.rows(STORED) == []


async def test_what_is_no_update_is_refused(rig: Rig) -> None:
    answer = await post(rig.app, b"not json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed")
    assert await rig.rows(STORED) == []


async def test_a_body_that_is_too_large_is_refused_unread(rig: Rig) -> None:
    answer = await post(rig.app, b" " * (MAX_BYTES + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_where_there_is_no_bot_there_is_no_webhook(rig: Rig) -> None:
    answer = await post(replace(rig.app, chat=None), HELP)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_bot")
    assert await rig.rows(STORED) == []


async def test_what_could_not_be_stored_is_to_be_sent_again(rig: Rig) -> None:
    async with rig.app.db.transaction() as conn:
        await conn.execute("alter table private.received_events rename to away")
    answer = await post(rig.app, HELP)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "not_stored")
    assert "received_events" not in answer.text
