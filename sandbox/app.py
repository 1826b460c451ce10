"""The sandbox as a whole: every stand-in of one process, one clock, and their routes."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from starlette.routing import BaseRoute, Mount

from sandbox import calendar
from sandbox.accounts import SandboxAccounts
from sandbox.calendar import CalendarService, SandboxCalendar
from sandbox.clock import SandboxClock
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.inbox import Inbox
from sandbox.journal import Journal
from sandbox.page import page_routes
from sandbox.stripe.app import SECRET_KEY, StripeSandbox
from services.settings import Settings

_PUBLISHABLE_KEY = "pk_test_sandbox"
_WEBHOOK_SECRET = "whsec_sandbox"


class Sandbox:
    """All stand-ins of one process, to be served below /sandbox by the product's own server.

    `public_url` is where the product is reached, without a slash at its end. With `data_dir`
    everything outlives the process: accounts, payments, mails, the calendar, the moved clock.
    `on_advance` is awaited after the clock was moved.
    """

    on_advance: Callable[[timedelta], Awaitable[None]] | None = None

    def __init__(
        self,
        *,
        public_url: str,
        data_dir: Path | None = None,
        webhook_secret: str = _WEBHOOK_SECRET,
    ) -> None:
        if data_dir:
            data_dir.mkdir(parents=True, exist_ok=True)
        self._public_url = public_url
        self._webhook_secret = webhook_secret
        self._clock_file = data_dir / "clock.json" if data_dir else None
        self.clock = SandboxClock(_kept_offset(self._clock_file))
        self.journal = Journal()
        self.faults = Faults()
        self.accounts = SandboxAccounts(
            public_url=public_url, key_file=data_dir / "accounts.pem" if data_dir else None
        )
        self.inbox = Inbox(
            clock=self.clock,
            journal=self.journal,
            faults=self.faults,
            database=data_dir / "mails.db" if data_dir else None,
        )
        self.agenda = CalendarService(
            clock=self.clock,
            journal=self.journal,
            faults=self.faults,
            database=data_dir / "calendar.db" if data_dir else None,
        )
        self.calendar = SandboxCalendar(f"{public_url}{calendar.PATH}")
        self.stripe = StripeSandbox(
            clock=self.clock,
            journal=self.journal,
            faults=self.faults,
            public_url=public_url,
            webhook_url=f"{public_url}/webhooks/stripe",
            webhook_secret=webhook_secret,
            database=data_dir / "stripe.db" if data_dir else None,
        )

    @property
    def routes(self) -> list[BaseRoute]:
        """Everything under /sandbox, for the server's own list of routes."""
        return [
            *page_routes(),
            *self.accounts.routes(),
            *self.agenda.routes(),
            Mount("/sandbox/api", routes=Control(self).routes()),
            Mount("/sandbox/stripe", self.stripe.app),
        ]

    def configure(self, settings: Settings) -> Settings:
        """The settings with every outside service pointed at its stand-in; after `start`."""
        return settings.model_copy(
            update={
                "stripe_secret_key": SecretStr(SECRET_KEY),
                "stripe_publishable_key": _PUBLISHABLE_KEY,
                "stripe_webhook_secret": SecretStr(self._webhook_secret),
                "stripe_api_base": f"{self._public_url}/sandbox/stripe",
                "supabase_url": self.accounts.url,
                "smtp_url": SecretStr(self.inbox.url),
            }
        )

    async def start(self) -> None:
        """Open the mail server and take up what an earlier run left undelivered."""
        await self.inbox.start()
        await self.stripe.tick()

    async def stop(self) -> None:
        await self.calendar.close()
        await self.stripe.close()
        await self.inbox.stop()
        self.agenda.close()

    async def advance(self, by: timedelta) -> None:
        """Move the clock ahead and let happen what is due by then."""
        self.clock.advance(by)
        if self._clock_file:
            offset = self.clock.offset.total_seconds()
            self._clock_file.write_text(json.dumps({"offset_seconds": offset}))
        await self.stripe.tick()
        if self.on_advance is not None:
            await self.on_advance(by)


def _kept_offset(file: Path | None) -> timedelta:
    """How far an earlier run had moved the clock."""
    if file is None or not file.exists():
        return timedelta()
    return timedelta(seconds=json.loads(file.read_text())["offset_seconds"])
