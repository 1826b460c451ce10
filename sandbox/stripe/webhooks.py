"""One attempt to deliver one event: signed as Stripe signs, sent over HTTP, written down."""

import json
from urllib.parse import urlsplit

import httpx
from stripe import WebhookSignature

from sandbox.clock import SandboxClock
from sandbox.journal import Call, Journal
from sandbox.stripe.events import SNAPSHOT, Delivery
from sandbox.stripe.state import Json, State, rendered

_TIMEOUT_SECONDS = 10.0


class WebhookSender:
    """Posts events to the one webhook endpoint of the account."""

    def __init__(
        self, *, state: State, journal: Journal, clock: SandboxClock, url: str, secret: str
    ) -> None:
        self._state = state
        self._journal = journal
        self._clock = clock
        self._url = url
        self._secret = secret
        # The endpoint is on this machine: a proxy of the environment must not be asked.
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False)

    async def attempt(self, event: Json) -> bool:
        """Send once; true when the endpoint answered 2xx. Never raises for a bad endpoint."""
        body = json.dumps(rendered(event), indent=2)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            # Signed at the machine's time, whatever the sandbox clock says: receivers check age.
            "Stripe-Signature": WebhookSignature.generate_signature_header(body, self._secret),
        }
        status, error = 0, None
        try:
            answer = await self._http.post(self._url, content=body.encode(), headers=headers)
            status = answer.status_code
        except httpx.HTTPError as failure:
            error = type(failure).__name__
        self._note(event, status, error)
        return 200 <= status < 300

    def _note(self, event: Json, status: int, error: str | None) -> None:
        now = self._clock.now()
        attempts = event["_attempts"]
        attempts.append({"at": now.isoformat(), "status": status or None, "error": error})
        if 200 <= status < 300:
            event["_delivery"] = Delivery.DELIVERED
            if event["object"] == SNAPSHOT:
                event["pending_webhooks"] = 0
        self._state.put(event)
        self._state.commit()
        request = {"event": event["id"], "type": event["type"], "attempt": len(attempts)}
        path = urlsplit(self._url).path or "/"
        self._journal.record(Call(now, "webhook", "POST", path, status, request, error))

    async def close(self) -> None:
        await self._http.aclose()
