"""The event log: what happened, as snapshots or thin, handed on for delivery in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sandbox.clock import SandboxClock
from sandbox.stripe.moments import rfc3339
from sandbox.stripe.state import Json, State, new_id, rendered

API_VERSION = "2026-10-28.endive"
SNAPSHOT, THIN = "event", "v2.core.event"


class Delivery(StrEnum):
    """What has become of an event's way to the webhook endpoint."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"  # the automatic attempts are used up; it can still be resent
    DROPPED = "dropped"  # lost on purpose


@dataclass(frozen=True, slots=True)
class Cause:
    """The API request that an event comes from; both fields are null for anything else."""

    id: str | None = None
    idempotency_key: str | None = None


class EventLog:
    """Records events; `on_event` is told each new event's id."""

    def __init__(self, state: State, clock: SandboxClock, on_event: Callable[[str], None]) -> None:
        self._state = state
        self._clock = clock
        self._on_event = on_event
        self._cause = Cause()

    @contextmanager
    def caused_by(self, cause: Cause) -> Iterator[None]:
        """Events recorded inside carry this request; nothing may be awaited inside."""
        self._cause = cause
        try:
            yield
        finally:
            self._cause = Cause()

    def record(
        self,
        event_type: str,
        record: Json,
        previous: Json | None = None,
        *,
        connected: str | None = None,
    ) -> Json:
        """Note that something happened to an object, which is copied as it is now.

        `previous` holds the former values of changed fields, for `*.updated` events. `connected`
        is the connected account to which it happened: the platform hears of it as a Connect
        endpoint does.
        """
        data: Json = {"object": rendered(record)}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Json = {
            "id": new_id("evt_"),
            "object": SNAPSHOT,
            "api_version": API_VERSION,
            "context": None,
            "created": int(self._clock.now().timestamp()),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": self._cause.id, "idempotency_key": self._cause.idempotency_key},
            "type": event_type,
        }
        if connected is not None:
            event["account"] = connected
        return self._keep(event)

    def record_thin(self, event_type: str, related: Json, data: Json | None = None) -> Json:
        """Note that something happened to an object of the v2 API, which is only named.

        `related` has id, type and url; `data` is what an event of this type tells besides, and
        comes only to those who fetch the event.
        """
        request = {"id": self._cause.id, "idempotency_key": self._cause.idempotency_key}
        return self._keep(
            {
                "id": new_id("evt_test_", 40),
                "object": THIN,
                "context": None,
                "created": rfc3339(self._clock.now()),
                "livemode": False,
                "reason": {"type": "request", "request": request} if self._cause.id else None,
                "related_object": related,
                "type": event_type,
                "_data": data,
            }
        )

    def _keep(self, event: Json) -> Json:
        event |= {"_delivery": Delivery.PENDING, "_attempts": []}
        self._state.put(event)
        self._on_event(event["id"])
        return event


def find(state: State, event_id: str) -> Json | None:
    """The event of either kind with this id."""
    return state.find(event_id, SNAPSHOT) or state.find(event_id, THIN)
