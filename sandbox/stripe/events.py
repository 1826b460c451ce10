"""The event log: what happened, as snapshots, handed on for delivery in the order of creation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sandbox.clock import SandboxClock
from sandbox.stripe.state import Json, State, new_id, rendered

API_VERSION = "2026-10-28.endive"


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

    def record(self, event_type: str, record: Json, previous: Json | None = None) -> Json:
        """Note that something happened to an object, which is copied as it is now.

        `previous` holds the former values of changed fields, for `*.updated` events.
        """
        data: Json = {"object": rendered(record)}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Json = {
            "id": new_id("evt_"),
            "object": "event",
            "api_version": API_VERSION,
            "context": None,
            "created": int(self._clock.now().timestamp()),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": self._cause.id, "idempotency_key": self._cause.idempotency_key},
            "type": event_type,
            "_delivery": Delivery.PENDING,
            "_attempts": [],
        }
        self._state.put(event)
        self._on_event(event["id"])
        return event
