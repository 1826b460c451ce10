"""A stand-in for Calendly: its API, its scheduling page and its signed webhooks."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.routing import BaseRoute

from sandbox import calendly_checks as checks
from sandbox.calendly_agenda import (
    NAME,
    USER,
    ZONE,
    Agenda,
    Person,
    Resource,
    as_text,
)
from sandbox.calendly_api import GONE, CalendlyApi, limits
from sandbox.calendly_page import CalendlyPages
from sandbox.hooks import Hook, Hooks
from sandbox.standin import Answer, Endpoint, Stage, StandIn

API_TOKEN = "calendly_sandbox_token"
SIGNING_KEY = "calendly_sandbox_signing_key"


class CalendlySandbox(StandIn):
    """One host with one event type, Monday to Friday from nine to five in Berlin.

    Webhooks go to `webhook_url`. An appointment's video room is there when it is read again.
    """

    name = "calendly"

    def __init__(self, stage: Stage, *, hooks: Hooks, webhook_url: str) -> None:
        super().__init__(stage)
        self._hooks = hooks
        self._webhook_url = webhook_url
        self._agenda = Agenda(stage.clock, self.shelf, pages=self.url, tell=self._tell)
        self._api = CalendlyApi(self._agenda, stage.clock, self.shelf("spent"), self.url)
        self._pages = CalendlyPages(self._agenda, stage.clock, self.path)

    # --- what tests and the /sandbox page do and see ---

    @property
    def events(self) -> list[Resource]:
        """Appointments that stand, oldest first."""
        return self._agenda.events(active=True)

    @property
    def history(self) -> list[Resource]:
        """Every appointment there ever was, oldest first."""
        return self._agenda.events(active=False)

    def busy(self, starts_at: datetime, ends_at: datetime) -> None:
        """The host is away: no time in between is open."""
        self._agenda.close_times(starts_at, ends_at)

    def spend(self, bookings: int) -> None:
        """The account has used up that many of the day's bookings over the API."""
        self._api.spend(bookings)

    def choose(self, link: str, starts_at: datetime, *, name: str, email: str) -> str:
        """Somebody takes a time by a single-use link, its address or its id; their invitee's
        address. Raises NotOpen."""
        parts = urlsplit(link)
        person = Person(name, email, ZONE.key, dict(parse_qsl(parts.query)))
        key = parts.path.rpartition("/")[2]
        return str(self._agenda.take_link(key, starts_at, person)["uri"])

    def choose_without_link(
        self, starts_at: datetime, *, name: str, email: str, tracking: Mapping[str, str]
    ) -> str:
        """Somebody takes a time on the host's public page, which asks for no payment."""
        person = Person(name, email, ZONE.key, tracking)
        return str(self._agenda.make(starts_at, person)["uri"])

    def reschedule(self, invitee_uri: str, starts_at: datetime) -> str:
        """An invitee takes another time; the new invitee's address. Raises NotOpen."""
        invitee = self._agenda.invitee(invitee_uri.rpartition("/")[2])
        assert invitee is not None, "no such invitee"
        return str(self._agenda.move(invitee, starts_at)["uri"])

    def forget_tracking(self, invitee_uri: str) -> None:
        """Calendly does not promise that a moved time still carries what its link carried."""
        self._agenda.forget_tracking(invitee_uri.rpartition("/")[2])

    def cancel_by_host(self, event_uri: str, reason: str) -> None:
        event = self._agenda.event(event_uri.rpartition("/")[2])
        assert event is not None, "no such event"
        self._agenda.call_off(event, by="host", reason=reason)

    def shown(self) -> list[dict[str, Any]]:
        return [self._line(invitee) for invitee in reversed(self._agenda.invitees())]

    def _line(self, invitee: Resource) -> dict[str, Any]:
        event = self._agenda.event(invitee["event"].rpartition("/")[2])
        assert event is not None
        details = {
            "Invitee": f"{invitee['name']} <{invitee['email']}>",
            "Booking": invitee["tracking"]["utm_content"] or "none",
            "Room": event["location"].get("join_url", "being set up"),
        }
        if "cancellation" in invitee:
            details["Cancelled"] = invitee["cancellation"]["reason"]
        return {
            "id": event["uri"].rpartition("/")[2],
            "title": NAME,
            "state": "moved" if invitee["rescheduled"] else invitee["status"],
            "at": event["start_time"],
            "details": details,
        }

    # --- the frame ---

    def authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {API_TOKEN}"

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        headers = {} if wait_seconds is None else limits(0, wait_seconds)
        return checks.error(status, message, headers=headers)

    def refusal(self, operation: str) -> Answer:
        return checks.error(409, GONE) if operation == "book" else super().refusal(operation)

    def endpoints(self) -> list[Endpoint]:
        return self._api.endpoints()

    def routes(self) -> list[BaseRoute]:
        return [*super().routes(), *self._pages.routes()]

    # --- webhooks ---

    def _tell(self, event_type: str, invitee: Resource) -> None:
        event = self._agenda.event(invitee["event"].rpartition("/")[2])
        told = {
            "event": event_type,
            "created_at": as_text(self.stage.clock.now()),
            "created_by": USER,
            "payload": invitee | {"scheduled_event": event},
        }
        body = json.dumps(told).encode()
        headers = {
            "content-type": "application/json",
            "calendly-webhook-signature": sign(body, at=int(time.time())),
        }
        self._hooks.send(Hook(self.name, self._webhook_url, body, headers, told))


def sign(body: bytes, *, at: int, key: str = SIGNING_KEY) -> str:
    """The header Calendly-Webhook-Signature; `at` counts seconds of real time."""
    digest = hmac.new(key.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
