"""What the product asks of Calendly beside the calendar: its page, its webhooks, its invitees."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class InviteeEvent:
    """A verified webhook: `key` is the same for every delivery of the same news.

    `type` is such as `invitee.created`; `invitee` is the address of what it is about.
    """

    key: str
    type: str
    invitee: str


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Who called an appointment off and when (None: unknown). `by_us` when we did, because it had
    got another time: then it is no news."""

    by_host: bool
    by_us: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who chose a time on the host's page, as Calendly tells it now.

    `booking_id` is what our link carried, None when it carried none of ours. `cancellation`
    is None while it stands. `event_ref` is the
    appointment's id as the calendar port knows it. `replaces` is the address of the invitee whose
    time was changed by this one, `replaced` whether another one took its place.
    """

    address: str
    event_ref: str
    event_type: str
    booking_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str | None
    cancellation: Cancellation | None
    replaced: bool
    replaces: str | None

    @property
    def cancelled(self) -> bool:
        return self.cancellation is not None


class SchedulingPage(Protocol):
    """The host's own page on which a paid client chooses a time."""

    def verify(self, body: bytes, signature: str) -> InviteeEvent | None:
        """The event of a webhook, None for a type that is not about invitees.

        Raises `BadSignature` or `MalformedEvent`.
        """

    async def invitee(self, address: str) -> Invitee | None:
        """The invitee as it is now; None when there is none. Raises ProviderError."""

    async def link(self, booking_id: UUID, event_type: str) -> str:
        """A new address that takes one choice and carries our booking's id. Raises
        ProviderError."""

    async def cancel(self, event_ref: str, *, reason: str) -> None:
        """Call the appointment off; one that is off already is no error. Raises ProviderError."""
