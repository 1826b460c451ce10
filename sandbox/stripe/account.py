"""What every endpoint works on: the objects, the event log, the clock and the public address."""

from dataclasses import dataclass, replace

from sandbox.clock import SandboxClock
from sandbox.stripe.errors import missing_resource
from sandbox.stripe.events import EventLog
from sandbox.stripe.state import Json, State


@dataclass(frozen=True, slots=True)
class Account:
    """The sandbox's one Stripe account; `base_url` is where its pages live, without a slash.

    `moment` stops the time at an epoch second: see `as_of`. `connected` is the connected account
    that a request speaks for by its header Stripe-Account, or None for the platform itself.
    """

    state: State
    events: EventLog
    clock: SandboxClock
    base_url: str
    moment: int | None = None
    connected: str | None = None

    def now(self) -> int:
        """The sandbox's time in epoch seconds."""
        return int(self.clock.now().timestamp()) if self.moment is None else self.moment

    def as_of(self, moment: int) -> "Account":
        """The same account for what was due at a moment that the clock has passed since."""
        return replace(self, moment=moment)

    def speaking_for(self, connected: str) -> "Account":
        """The same account for a request made on behalf of a connected one."""
        return replace(self, connected=connected)

    def require(self, object_id: str, kind: str, param: str = "id") -> Json:
        """The object; raises ApiError (404 resource_missing) when there is none of this kind."""
        record = self.state.find(object_id, kind)
        if record is None:
            raise missing_resource(kind, object_id, param)
        return record
