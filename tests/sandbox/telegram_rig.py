"""Telegram's stand-in over HTTP, with a webhook receiver where the product would be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.hooks import Hooks
from sandbox.standin import Stage
from sandbox.telegram import BOT_ID, BOT_TOKEN, TelegramSandbox
from sandbox.telegram_channel import CHANNEL_ID
from sandbox.telegram_chats import DEMO, TelegramUser
from tests.providers.standin_rig import served
from tests.sandbox.sandbox_rig import ASSETS

ANN = TelegramUser(42, "Ann", "uk")
CHAT = {"id": CHANNEL_ID, "title": "Inner circle", "type": "channel"}
BOT = {"id": BOT_ID, "is_bot": True, "first_name": "SessionPay", "username": "SessionPayBot"}


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

    async def channel(self, method: str, **body: Any) -> Any:
        """The result of a method about the channel."""
        status, answer = await self.ask(method, chat_id=CHANNEL_ID, **body)
        assert status == 200, answer
        return answer["result"]

    async def refused(self, method: str, **body: Any) -> str:
        """Why a method about the channel is refused, after `Bad Request: `."""
        status, answer = await self.ask(method, **({"chat_id": CHANNEL_ID} | body))
        assert (status, answer["error_code"]) == (400, 400)
        return str(answer["description"]).removeprefix("Bad Request: ")

    async def link(self, **body: Any) -> str:
        """The address of a new invite link of the channel."""
        return str((await self.channel("createChatInviteLink", **body))["invite_link"])

    def seconds(self, ahead: timedelta) -> int:
        """That moment of the stand-in's clock in Unix time."""
        return int((self.telegram.stage.clock.now() + ahead).timestamp())

    async def told(self, kind: str) -> list[Any]:
        """What the bot was told of this kind, in the order in which it happened."""
        await self.hooks.settled()
        ordered = sorted((update for _, update in self.updates), key=lambda each: each["update_id"])
        return [update[kind] for update in ordered if kind in update]


@asynccontextmanager
async def rigged() -> AsyncIterator[Rig]:
    updates: list[tuple[str, Any]] = []
    hooks: list[Hooks] = []

    async def receive(request: Request) -> Response:
        updates.append((request.headers["x-telegram-bot-api-secret-token"], await request.json()))
        return Response()

    class WithReceiver(TelegramSandbox):
        def routes(self) -> list[BaseRoute]:
            return [
                *super().routes(),
                Route("/webhook", receive, methods=["POST"]),
                Mount("/assets", StaticFiles(directory=ASSETS)),
            ]

    def make(stage: Stage) -> WithReceiver:
        hooks.append(Hooks(stage))
        url = f"{stage.public_url}/webhook"
        return WithReceiver(stage, hooks=hooks[0], webhook_url=url, secret="s3cret")

    async with served(make) as telegram:
        async with httpx.AsyncClient(base_url=telegram.url) as http:
            yield Rig(telegram, hooks[0], http, updates)
        await hooks[0].close()
