"""Meeting in the calendar's own video room: the one that comes with the booking's entry."""

from datetime import datetime
from uuid import UUID

from services.domain.models import CalendarKind
from services.providers.calendar_ports import Appointment, Calendars, Room


class EntryRooms:
    """The port Rooms by the links of calendar entries; `default` serves hosts who chose none."""

    def __init__(self, calendars: Calendars, default: CalendarKind) -> None:
        self._calendars = calendars
        self._default = default

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        """The entry's room. `wanted.ref` is there: a room is opened once the calendar booked."""
        del key, until
        assert wanted.ref is not None
        calendar = self._calendars[wanted.host.calendar or self._default]
        return Room(url=await calendar.links.link(wanted), ref=wanted.ref)

    async def move(self, wanted: Appointment, room: Room, *, key: UUID, until: datetime) -> Room:
        """The room of the moved entry, which may be another one."""
        del room
        return await self.open(wanted, key=key, until=until)

    async def find(self, wanted: Appointment) -> str | None:
        """None: the entry takes its room along."""
        del wanted
        return None

    async def close(self, ref: str) -> None:
        """Nothing to remove: the entry takes its room along."""
