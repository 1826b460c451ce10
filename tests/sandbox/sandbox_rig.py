"""The whole sandbox served on a free port, with a webhook receiver where the product would be."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.app import Sandbox
from services.providers.message_ports import Attachment, Email
from services.providers.smtp import Smtp
from services.settings import Settings
from tests.serving import serving

ASSETS = Path(__file__).resolve().parents[2] / "web" / "assets"
CALENDAR_FILE = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@dataclass
class Rig:
    origin: str
    sandbox: Sandbox
    settings: Settings
    http: httpx.AsyncClient
    mail: Smtp
    webhooks: list[Any]

    async def order(self) -> str:
        """The id of an open checkout for $30, asked for as Stripe's API wants it."""
        form = {
            "mode": "payment",
            "success_url": f"{self.origin}/done",
            "metadata[booking_id]": "b1",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": "3000",
            "line_items[0][price_data][product_data][name]": "First consultation",
        }
        assert self.settings.stripe_secret_key is not None
        key = self.settings.stripe_secret_key.get_secret_value()
        answer = await self.http.post(
            f"{self.settings.stripe_api_base}/v1/checkout/sessions",
            data=form,
            headers={"Authorization": f"Bearer {key}"},
        )
        return str(answer.raise_for_status().json()["id"])

    async def state(self) -> Any:
        return (await self.http.get("/sandbox/api/state")).raise_for_status().json()

    async def ask(self, path: str, body: object) -> httpx.Response:
        return await self.http.post(f"/sandbox/api/{path}", json=body)


@asynccontextmanager
async def running(data_dir: Path | None = None) -> AsyncIterator[Rig]:
    """The sandbox as server.py runs it: started, its routes served, settings made for it."""
    # Connections wait in the socket's backlog until the server is up: no need to wait for it.
    listening = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    webhooks: list[Any] = []

    async def receive(request: Request) -> Response:
        webhooks.append(await request.json())
        return Response()

    sandbox = Sandbox(public_url=origin, data_dir=data_dir)
    receiver = Route("/webhooks/stripe", receive, methods=["POST"])
    assets = Mount("/assets", StaticFiles(directory=ASSETS))
    app = Starlette(routes=[*sandbox.routes, receiver, assets])
    await sandbox.start()
    settings = sandbox.configure(Settings(_env_file=None, public_url=origin))
    assert settings.smtp_url is not None
    mail = Smtp(settings.smtp_url.get_secret_value(), "SessionPay <no-reply@example.com>")
    try:
        async with (
            serving(app, listening),
            httpx.AsyncClient(base_url=origin, trust_env=False) as http,
        ):
            yield Rig(origin, sandbox, settings, http, mail, webhooks)
    finally:
        await sandbox.stop()


def confirmation(number: int = 1, to: str = "demo@example.com") -> Email:
    """A mail as the product sends it, with an invitation."""
    kind = "text/calendar; method=REQUEST; charset=utf-8"
    return Email(
        key=UUID(int=number),
        kind="BOOKING_CONFIRMED",
        language="en",
        message_id=f"<confirmation-{number}@example.com>",
        to=to,
        to_name="Demo Client",
        subject="Confirmed: Première séance ☕",
        text="You are booked.\n\nJoin: https://meet.example/abc",
        html='<!doctype html><html lang="en"><body style="color:#123456"><p>You are booked.</p>'
        '<p><a href="https://meet.example/abc">Join</a></p></body></html>',
        attachments=(Attachment("session.ics", kind, CALENDAR_FILE),),
    )
