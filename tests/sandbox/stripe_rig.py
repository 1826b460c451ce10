"""A running Stripe stand-in with the real SDK before it and a webhook receiver behind it."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.stripe.app import StripeSandbox
from tests.serving import serving

WEBHOOK_SECRET = "whsec_rig"
SECRET_KEY = "sk_test_rig"
# stripe 16.1.0 hands its form body to httpx in the way that httpx no longer likes.
SDK_WARNING = "ignore:Use 'content=:DeprecationWarning"
SUCCESS_URL = "http://shop.test/done?session={CHECKOUT_SESSION_ID}"

stripe.enable_telemetry = False


@dataclass
class Receiver:
    """Takes webhooks as the product would: verified with the SDK; `refuse` makes it answer 500."""

    events: list[dict[str, Any]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    refuse: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def take(self, request: Request) -> Response:
        body, signature = await request.body(), request.headers["stripe-signature"]
        if self.refuse:
            self.refuse -= 1
            return Response(status_code=500)
        stripe.WebhookSignature.verify_header(body, signature, WEBHOOK_SECRET, 300)
        event = stripe.Event.construct_from(await request.json(), key=None)
        self.events.append(event.to_dict())
        self.signatures.append(signature)
        self.bodies.append(body)
        return Response(status_code=200)


@dataclass
class Rig:
    base: str
    sandbox: StripeSandbox
    clock: SandboxClock
    journal: Journal
    faults: Faults
    receiver: Receiver
    api: stripe.StripeClient
    http: httpx.AsyncClient

    def order(self, **changes: Any) -> dict[str, Any]:
        """Parameters of a hosted session for $30; None takes one away."""
        params = {
            "mode": "payment",
            "success_url": SUCCESS_URL,
            "cancel_url": "http://shop.test/back",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 3000,
                        "product_data": {"name": "First consultation"},
                    },
                }
            ],
        } | changes
        return {name: value for name, value in params.items() if value is not None}

    async def open(self, **changes: Any) -> Any:
        return await self.api.v1.checkout.sessions.create_async(self.order(**changes))  # type: ignore[arg-type]  # tests send wrong shapes on purpose

    async def paid_charge(self, number: str = "4242424242424242", **changes: Any) -> Any:
        """A charge of a session paid with this card."""
        session = await self.open(**changes)
        self.sandbox.pay(session.id, number)
        found = await self.read(session.id, "payment_intent.latest_charge")
        return found.payment_intent.latest_charge

    async def account(self, **changes: Any) -> Any:
        """A connected account made by the v2 API, of which nothing is known yet."""
        params: dict[str, Any] = {
            "contact_email": "host@shop.test",
            "display_name": "Jenny",
            "dashboard": "express",
            "identity": {"country": "us"},
            "configuration": {
                "recipient": {
                    "capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}
                }
            },
            "defaults": {
                "responsibilities": {
                    "fees_collector": "application",
                    "losses_collector": "application",
                }
            },
        } | changes
        return await self.api.v2.core.accounts.create_async(params)  # type: ignore[arg-type]  # tests send wrong shapes on purpose

    async def host(self, **changes: Any) -> str:
        """The id of a connected account that can be paid, its events delivered and forgotten."""
        account = await self.account(**changes)
        self.sandbox.onboard(account.id)
        await self.forget_events()
        return str(account.id)

    async def price(self, amount: int = 10_000, interval: str = "month", **changes: Any) -> Any:
        """A recurring price in USD of a new product, `Premium`."""
        params: dict[str, Any] = {
            "currency": "usd",
            "unit_amount": amount,
            "product_data": {"name": "Premium"},
            "recurring": {"interval": interval},
        } | changes
        return await self.api.v1.prices.create_async(params)  # type: ignore[arg-type]  # plain dict

    async def open_plan(self, price_id: str, **changes: Any) -> Any:
        """A session in subscription mode for one unit of a price."""
        lines = [{"price": price_id, "quantity": 1}]
        return await self.open(**{"mode": "subscription", "line_items": lines} | changes)

    async def subscribed(self, price_id: str, number: str = "4242424242424242") -> Any:
        """A running subscription of a new customer, its events delivered and forgotten."""
        customer = await self.api.v1.customers.create_async({"email": "ada@shop.test"})
        sub = self.sandbox.subscribe(customer.id, price_id, number)
        await self.forget_events()
        return await self.subscription(sub["id"])

    async def subscription(self, subscription_id: str) -> Any:
        expand: list[str] = ["latest_invoice.payments", "customer"]
        return await self.api.v1.subscriptions.retrieve_async(subscription_id, {"expand": expand})

    async def forget_events(self) -> None:
        await self.delivered()
        self.receiver.events.clear()

    async def advance_to(self, moment: int, **more: float) -> None:
        """Move the clock to an epoch second, or so much later."""
        seconds = moment - self.clock.now().timestamp() + timedelta(**more).total_seconds()
        await self.advance(seconds=seconds)

    async def read(self, session_id: str, *expand: str) -> Any:
        return await self.api.v1.checkout.sessions.retrieve_async(
            session_id, {"expand": list(expand)}
        )

    async def delivered(self) -> list[str]:
        """The types of all events received once every delivery is over."""
        await self.sandbox.deliveries.settled()
        return self.receiver.types

    async def advance(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))
        await self.sandbox.tick()


@asynccontextmanager
async def running(
    database: Path | None = None, webhook_url: str | None = None
) -> AsyncIterator[Rig]:
    """The stand-in served by uvicorn on a free port of this event loop."""
    # Connections wait in the socket's backlog until the server is up: no need to wait for it.
    listening = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    clock, journal, faults, receiver = SandboxClock(), Journal(), Faults(), Receiver()
    sandbox = StripeSandbox(
        clock=clock,
        journal=journal,
        faults=faults,
        public_url=origin,
        webhook_url=webhook_url or f"{origin}/webhooks/stripe",
        webhook_secret=WEBHOOK_SECRET,
        secret_key=SECRET_KEY,
        database=database,
        retry_after=(0.001, 0.001),
    )
    app = Starlette(
        routes=[
            Route("/webhooks/stripe", receiver.take, methods=["POST"]),
            Mount("/sandbox/stripe", sandbox.app),
        ]
    )
    transport = stripe.HTTPXClient(timeout=20)
    base = f"{origin}/sandbox/stripe"
    api = stripe.StripeClient(SECRET_KEY, base_addresses={"api": base}, http_client=transport)
    try:
        async with (
            serving(app, listening),
            httpx.AsyncClient(base_url=base, trust_env=False) as http,
        ):
            yield Rig(base, sandbox, clock, journal, faults, receiver, api, http)
    finally:
        await sandbox.close()
        await transport.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
