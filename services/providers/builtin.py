"""What serves without an account elsewhere, and what stands in for a service without settings."""

from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

from services.domain.models import CalendarKind, Host
from services.domain.slots import Interval
from services.providers.calendar_ports import Appointment, HostCalendar, OpenTimes, Room
from services.providers.errors import ProviderError


class BuiltinCalendar:
    """Our own database is the calendar: its exclusion constraint has already taken the time."""

    async def book(self, wanted: Appointment) -> str:
        return str(wanted.booking_id)

    async def move(self, wanted: Appointment) -> str:
        return str(wanted.booking_id)

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        """Nothing to take out: the booking's status says it."""


class BuiltinTimes:
    """What is busy is known from our own bookings, and a hold keeps the time."""

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        del host, event_type, length, between
        return OpenTimes()

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str | None:
        del wanted, until
        return None

    async def release(self, reservation: str) -> None:
        """Nothing was reserved."""


class BuiltinLinks:
    """There is no room of the calendar's own, and no entry to write a link into."""

    async def link(self, wanted: Appointment) -> str:
        del wanted
        raise ProviderError(
            "builtin",
            "our own calendar has no video rooms: choose another video service for this host",
            retryable=False,
        )

    async def show(self, wanted: Appointment, url: str) -> None:
        """The host is told of the link by mail."""


def builtin_calendar() -> HostCalendar:
    return HostCalendar(
        kind=CalendarKind.BUILTIN,
        entries=BuiltinCalendar(),
        times=BuiltinTimes(),
        links=BuiltinLinks(),
    )


class AddressRooms:
    """Rooms at a service that opens one for whoever calls an address, such as Jitsi Meet.

    The name is the booking's own random key, so nobody guesses it and every call gives the same.
    """

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        del wanted, until
        name = f"session-{key}"
        return Room(url=f"{self._base}/{name}", ref=name)

    async def move(self, wanted: Appointment, room: Room, *, key: UUID, until: datetime) -> Room:
        """The room as it is: an address has no time."""
        del wanted, key, until
        return room

    async def find(self, wanted: Appointment) -> str | None:
        """None: an empty address is no room."""
        del wanted
        return None

    async def close(self, ref: str) -> None:
        """Nothing to remove, likewise."""


class NotSetUp:
    """Stands in for a calendar service without settings: every call says which one is missing.

    Status 401 tells the worker that a person must act, so it asks again slowly and for long.
    """

    def __init__(self, vendor: str, setting: str) -> None:
        self._vendor = vendor
        self._setting = setting

    def _raise(self) -> NoReturn:
        raise _not_set_up(self._vendor, self._setting)

    async def book(self, wanted: Appointment) -> str:
        del wanted
        self._raise()

    async def move(self, wanted: Appointment) -> str:
        del wanted
        self._raise()

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        del wanted, reason
        self._raise()

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        del host, event_type, length, between
        self._raise()

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str | None:
        del wanted, until
        self._raise()

    async def release(self, reservation: str) -> None:
        del reservation
        self._raise()

    async def link(self, wanted: Appointment) -> str:
        del wanted
        self._raise()

    async def show(self, wanted: Appointment, url: str) -> None:
        del wanted, url
        self._raise()


def calendar_not_set_up(kind: CalendarKind, vendor: str, setting: str) -> HostCalendar:
    missing = NotSetUp(vendor, setting)
    return HostCalendar(kind=kind, entries=missing, times=missing, links=missing)


class RoomsNotSetUp:
    """Stands in for a video service without settings, as `NotSetUp` does for a calendar."""

    def __init__(self, vendor: str, setting: str) -> None:
        self._vendor = vendor
        self._setting = setting

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        del wanted, key, until
        raise _not_set_up(self._vendor, self._setting)

    async def move(self, wanted: Appointment, room: Room, *, key: UUID, until: datetime) -> Room:
        del wanted, room, key, until
        raise _not_set_up(self._vendor, self._setting)

    async def find(self, wanted: Appointment) -> str | None:
        del wanted
        raise _not_set_up(self._vendor, self._setting)

    async def close(self, ref: str) -> None:
        del ref
        raise _not_set_up(self._vendor, self._setting)


def _not_set_up(vendor: str, setting: str) -> ProviderError:
    message = f"is not set up: {setting} is missing"
    return ProviderError(vendor, message, retryable=True, status=401)
