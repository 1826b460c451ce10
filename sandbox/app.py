"""The sandbox as a whole: every stand-in of one process, one clock, and their routes."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.routing import BaseRoute, Mount

from sandbox import calcom, calendly, daily, sendgrid, supabase, telegram, zoom
from sandbox.accounts import DEMO_USERS, SandboxAccounts
from sandbox.clock import SandboxClock
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.google import GoogleSandbox
from sandbox.hooks import Hooks
from sandbox.inbox import Inbox
from sandbox.journal import Journal
from sandbox.page import CRON_SECRET, page_routes
from sandbox.standin import Stage, StandIn
from sandbox.stripe.app import SECRET_KEY, StripeSandbox
from services.settings import Settings

_PUBLISHABLE_KEY = "pk_test_sandbox"
_WEBHOOK_SECRET = "whsec_sandbox"
_TELEGRAM_SECRET = "sandbox-telegram-secret"


class Sandbox:
    """All stand-ins of one process, to be served below /sandbox by the product's own server.

    `public_url` is where the product is reached, without a slash at its end. With `data_dir`
    everything outlives the process: accounts, payments, mails, calendars, the moved clock.
    `on_advance` is awaited after the clock was moved; `troubles` tells what the product wrote down
    of what went wrong.
    """

    on_advance: Callable[[timedelta], Awaitable[None]] | None = None
    troubles: Callable[[], Awaitable[list[dict[str, Any]]]] | None = None

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
        self._cron_secret = CRON_SECRET
        self._clock_file = data_dir / "clock.json" if data_dir else None
        self.clock = SandboxClock(_kept_offset(self._clock_file))
        self.journal = Journal()
        self.faults = Faults()
        stage = Stage(self.clock, self.journal, self.faults, public_url, data_dir)
        self.hooks = Hooks(stage)
        self.accounts = SandboxAccounts(
            public_url=public_url, key_file=data_dir / "accounts.pem" if data_dir else None
        )
        self.inbox = Inbox(
            clock=self.clock,
            journal=self.journal,
            faults=self.faults,
            database=data_dir / "mails.db" if data_dir else None,
        )
        self.stripe = StripeSandbox(
            clock=self.clock,
            journal=self.journal,
            faults=self.faults,
            public_url=public_url,
            webhook_url=f"{public_url}/webhooks/stripe",
            webhook_secret=webhook_secret,
            database=data_dir / "stripe.db" if data_dir else None,
        )
        self.calcom = calcom.CalcomSandbox(stage)
        self.google = GoogleSandbox(stage)
        self.calendly = calendly.CalendlySandbox(
            stage, hooks=self.hooks, webhook_url=f"{public_url}/webhooks/calendly"
        )
        self.zoom = zoom.ZoomSandbox(stage)
        self.daily = daily.DailySandbox(stage)
        self.sendgrid = sendgrid.SendgridSandbox(
            stage,
            inbox=self.inbox,
            hooks=self.hooks,
            webhook_url=f"{public_url}/webhooks/sendgrid",
        )
        self.telegram = telegram.TelegramSandbox(
            stage,
            hooks=self.hooks,
            webhook_url=f"{public_url}/webhooks/telegram",
            secret=_TELEGRAM_SECRET,
        )
        self.supabase = supabase.SupabaseSandbox(stage, DEMO_USERS)

    @property
    def standins(self) -> list[StandIn]:
        """The stand-ins that share one frame, in the order in which /sandbox shows them."""
        return [
            self.calcom,
            self.google,
            self.calendly,
            self.zoom,
            self.daily,
            self.telegram,
            self.sendgrid,
            self.supabase,
        ]

    @property
    def routes(self) -> list[BaseRoute]:
        """Everything under /sandbox, for the server's own list of routes."""
        return [
            *page_routes(lambda: self._cron_secret),
            *self.accounts.routes(),
            *(route for standin in self.standins for route in standin.routes()),
            Mount("/sandbox/api", routes=Control(self).routes()),
            Mount("/sandbox/stripe", self.stripe.app),
        ]

    def configure(self, settings: Settings) -> Settings:
        """The settings with every outside service pointed at its stand-in; after `start`.

        Mail goes by SMTP, or by SendGrid when a key of it is set: any key, for none is used.
        """
        if settings.cron_secret is not None:
            self._cron_secret = settings.cron_secret.get_secret_value()
        return settings.model_copy(update=self._payments() | self._outside(settings))

    def _payments(self) -> dict[str, Any]:
        return {
            "stripe_secret_key": SecretStr(SECRET_KEY),
            "stripe_publishable_key": _PUBLISHABLE_KEY,
            "stripe_webhook_secret": SecretStr(self._webhook_secret),
            "stripe_api_base": f"{self._public_url}/sandbox/stripe",
        }

    def _outside(self, settings: Settings) -> dict[str, Any]:
        sendgrid_key = SecretStr(sendgrid.API_KEY) if settings.sendgrid_api_key else None
        return {
            "supabase_url": self.accounts.url,
            "supabase_secret_key": SecretStr(supabase.SECRET_KEY),
            "calcom_api_key": SecretStr(calcom.API_KEY),
            "calcom_api_base": self.calcom.url,
            "google_service_account_json": SecretStr(self.google.service_account_json),
            "google_refresh_token": None,
            "google_api_base": self.google.url,
            "google_oauth_base": self.google.url,
            "calendly_api_token": SecretStr(calendly.API_TOKEN),
            "calendly_webhook_signing_key": SecretStr(calendly.SIGNING_KEY),
            "calendly_api_base": self.calendly.url,
            "calendly_page_base": self._public_url,
            "zoom_account_id": zoom.ACCOUNT_ID,
            "zoom_client_id": zoom.CLIENT_ID,
            "zoom_client_secret": SecretStr(zoom.CLIENT_SECRET),
            "zoom_api_base": self.zoom.url,
            "zoom_oauth_base": self.zoom.url,
            "daily_api_key": SecretStr(daily.API_KEY),
            "daily_api_base": self.daily.url,
            "sendgrid_api_key": sendgrid_key,
            "sendgrid_api_base": self.sendgrid.url,
            "sendgrid_webhook_key": self.sendgrid.webhook_key if sendgrid_key else None,
            "smtp_url": SecretStr(self.inbox.url),
            "telegram_bot_token": SecretStr(telegram.BOT_TOKEN),
            "telegram_webhook_secret": SecretStr(_TELEGRAM_SECRET),
            "telegram_api_base": self.telegram.url,
            "telegram_link_base": f"{self.telegram.url}/chat",
        }

    async def start(self) -> None:
        """Open the mail server and take up what an earlier run left undelivered."""
        await self.inbox.start()
        await self.stripe.tick()

    async def stop(self) -> None:
        await self.hooks.close()
        await self.stripe.close()
        await self.inbox.stop()
        for standin in self.standins:
            standin.close()

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
