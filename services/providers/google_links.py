"""The Meet room of a Google Calendar event, which Google makes some time after the event."""

from datetime import timedelta

from services.providers.calendar_ports import Appointment
from services.providers.errors import ProviderError
from services.providers.google_event import next_room_request, room_request
from services.providers.google_events import GoogleEvents

_ROOM_IN_THE_MAKING = timedelta(seconds=2)


class GoogleLinks:
    """The port EntryLinks."""

    def __init__(self, events: GoogleEvents) -> None:
        self._events = events

    async def link(self, wanted: Appointment) -> str:
        """A room that failed, or was never asked for, is asked for now."""
        event = await self._events.find(wanted)
        if event is None or event.cancelled:
            raise ProviderError(self._events.vendor, "the booking's event is gone", retryable=False)
        room = event.conference
        if room.state == "MISSING":
            request = next_room_request(wanted, room.request)
            changes = {"conferenceData": room_request(request)}
            room = (await self._events.patch(wanted, changes)).conference
        if room.url is None:
            raise ProviderError(
                self._events.vendor,
                "the video room is not ready yet",
                retryable=True,
                retry_after=_ROOM_IN_THE_MAKING,
            )
        return room.url

    async def show(self, wanted: Appointment, url: str) -> None:
        await self._events.patch(wanted, {"location": url, "description": url})
