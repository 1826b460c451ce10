"""What the product asks of calendars and video services, in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.domain.models import CalendarKind, Host
from services.domain.slots import Interval


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booking as a calendar or a video service needs to know it.

    `event_type` is the session type's own id at the calendar service, None where it needs none.
    `ref` is the entry's id at the service once it is booked there. With `asked_before` an earlier
    request may have been carried out although its answer never came: look before asking again.
    With `wants_room` the entry should come with the calendar's own video room.
    """

    booking_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    client_name: str
    client_email: str | None
    client_time_zone: str
    client_language: str
    host: Host
    event_type: str | None = None
    ref: str | None = None
    asked_before: bool = False
    wants_room: bool = False

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """What a calendar says of a span of time.

    `busy` closes every slot it touches. `starts` are the only starts that the service would take,
    None where it would take any that is not busy.
    """

    busy: tuple[Interval, ...] = ()
    starts: frozenset[datetime] | None = None


class Calendar(Protocol):
    """Entries in a host's calendar; each call may be repeated and has its effect once."""

    async def book(self, wanted: Appointment) -> str:
        """Enter the appointment; answers with the entry's id, the same for every call.

        Raises `SlotRefused` when the calendar won't take it, ProviderError on trouble.
        """

    async def move(self, wanted: Appointment) -> str:
        """Bring the entry `wanted.ref` to the appointment's time; answers with its id from now on.

        Raises `SlotRefused` when the calendar won't take the new time, ProviderError on trouble.
        """

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        """Take the entry out, also one whose id never reached us; no entry is no error."""


class Availability(Protocol):
    """When a host's calendar is open, and keeping a time there while its client pays."""

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        """What is open for sessions of this length. Raises ProviderError: unknown is not free."""

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str | None:
        """Keep the time as well as the service can; answers with the reservation's id, if any.

        Raises `SlotRefused` when the time is not open there, ProviderError on trouble.
        """

    async def release(self, reservation: str) -> None:
        """Give a reserved time back; an unknown or lapsed reservation is no error."""


class EntryLinks(Protocol):
    """The video link of a calendar's entry."""

    async def link(self, wanted: Appointment) -> str:
        """The address of the calendar's own video room for the entry `wanted.ref`.

        Raises ProviderError, a retryable one while the room is not ready yet.
        """

    async def show(self, wanted: Appointment, url: str) -> None:
        """Write a link from elsewhere into the entry `wanted.ref`, for the host to find."""


@dataclass(frozen=True, slots=True)
class HostCalendar:
    """One calendar service, by what it can be asked."""

    kind: CalendarKind
    entries: Calendar
    times: Availability
    links: EntryLinks


Calendars = Mapping[CalendarKind, HostCalendar]
"""Every calendar service; those without settings answer with a ProviderError that names them."""


@dataclass(frozen=True, slots=True)
class Room:
    """A video room. `ref` is its id at the service; `host_url` lets the host in as host, None
    where the host uses the same link or their own account."""

    url: str
    ref: str
    host_url: str | None = None


class Rooms(Protocol):
    """Video rooms; each call may be repeated and has its effect once."""

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        """The room of the appointment, the same for every call; `key` is unguessable.

        Nobody can join after `until` where the service can say so. Raises ProviderError.
        """

    async def move(self, wanted: Appointment, room: Room, *, key: UUID, until: datetime) -> Room:
        """The room at the appointment's new time. Raises ProviderError."""

    async def find(self, wanted: Appointment) -> str | None:
        """The id of a room that was opened although its answer never came. Raises ProviderError."""

    async def close(self, ref: str) -> None:
        """Remove the room; one that is gone is no error. Raises ProviderError."""
