"""What needs no account elsewhere: our own calendar and a meeting room by address alone."""

from datetime import datetime

from services.domain.models import Booking
from services.providers.ports import Room


class BuiltinCalendar:
    """Our own database is the calendar: its exclusion constraint has already taken the time."""

    async def book(self, booking: Booking, *, title: str) -> str:
        del title
        return f"builtin:{booking.id}"

    async def cancel(self, booking: Booking) -> None:
        """Nothing to take out: the booking's status says it."""


class AddressRooms:
    """Rooms at a service that opens one for whoever calls an address, such as Jitsi Meet.

    The name is the booking's own random key, so nobody guesses it and every call gives the same.
    """

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    async def open(self, booking: Booking, *, until: datetime) -> Room:
        del until
        name = f"session-{booking.room_key}"
        return Room(url=f"{self._base}/{name}", ref=name)
