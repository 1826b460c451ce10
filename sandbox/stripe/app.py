"""The sandbox's Stripe: an ASGI app to mount at /sandbox/stripe, and what tests do to it."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.stripe.account import Account
from sandbox.stripe.api import Api
from sandbox.stripe.billing_desk import BillingDesk
from sandbox.stripe.control import Control
from sandbox.stripe.dashboard import Dashboard
from sandbox.stripe.deliveries import Deliveries
from sandbox.stripe.events import API_VERSION, EventLog
from sandbox.stripe.invoice_pages import InvoicePages
from sandbox.stripe.onboarding_pages import OnboardingPages
from sandbox.stripe.pages import Pages
from sandbox.stripe.portal_pages import PortalPages
from sandbox.stripe.state import State, new_id
from sandbox.stripe.timekeeping import catch_up
from sandbox.stripe.webhooks import WebhookSender

SECRET_KEY = "sk_test_sandbox"
_RETRY_AFTER = (1.0, 5.0, 25.0)


class StripeSandbox(Dashboard):
    """One Stripe account in test mode with one webhook endpoint.

    `public_url` is where the product is reached, without a slash at its end; pages are below
    `/sandbox/stripe` there. With `database` (an SQLite file) the account outlives the process.
    `retry_after` are the pauses before an undelivered event is sent again, in real seconds.
    """

    def __init__(
        self,
        *,
        clock: SandboxClock,
        journal: Journal,
        faults: Faults,
        public_url: str,
        webhook_url: str,
        webhook_secret: str,
        secret_key: str = SECRET_KEY,
        database: Path | None = None,
        retry_after: Sequence[float] = _RETRY_AFTER,
    ) -> None:
        state = State(database)
        sender = WebhookSender(
            state=state, journal=journal, clock=clock, url=webhook_url, secret=webhook_secret
        )
        deliveries = Deliveries(state, sender, retry_after)
        events = EventLog(state, clock, deliveries.enqueue)
        account = Account(state, events, clock, f"{public_url}/sandbox/stripe")
        super().__init__(account, deliveries)
        self._register_endpoint(webhook_url)
        api = Api(account, journal=journal, faults=faults, secret_key=secret_key)
        self.billing = BillingDesk(account)
        served = (
            api,
            Pages(account),
            PortalPages(account),
            InvoicePages(account),
            OnboardingPages(account),
            Control(self),
        )
        self.app = Starlette(routes=[route for each in served for route in each.routes()])

    async def tick(self) -> None:
        """Let happen what is due on the clock, and take up deliveries that a restart cut off."""
        catch_up(self._account)
        self._account.state.commit()
        self.deliveries.resume()

    async def close(self) -> None:
        await self.deliveries.close()
        self._account.state.close()

    def _register_endpoint(self, url: str) -> None:
        known = self._account.state.oldest_first("webhook_endpoint")
        endpoint = known[0] if known else {"id": new_id("we_"), "created": self._account.now()}
        self._account.state.put(
            endpoint
            | {
                "object": "webhook_endpoint",
                "api_version": API_VERSION,
                "application": None,
                "description": "The sandbox's endpoint",
                "enabled_events": ["*"],
                "livemode": False,
                "metadata": {},
                "status": "enabled",
                "url": url,
            }
        )
        self._account.state.commit()
