"""A booking's entry in Google Calendar: an event whose id is made from the booking's."""

from dataclasses import replace

from services.providers.calendar_ports import Appointment
from services.providers.errors import ProviderError
from services.providers.google_event import Event, contents, event_id, times
from services.providers.google_events import GoogleEvents
from services.providers.google_times import GoogleTimes


class GoogleEntries:
    """The port Calendar. Google takes overlapping events, so it is looked before each whether the
    time is free; between two bookings of ours the database decides."""

    def __init__(self, events: GoogleEvents, free: GoogleTimes) -> None:
        self._events = events
        self._free = free

    async def book(self, wanted: Appointment) -> str:
        """Our own event makes the time busy: where there may be one, it is looked for first."""
        known = await self._events.find(wanted) if wanted.asked_before else None
        await self._bring(wanted, known or await self._enter(wanted))
        return event_id(wanted)

    async def move(self, wanted: Appointment) -> str:
        """An event that the host deleted comes back: with us the booking stands."""
        return await self.book(replace(wanted, asked_before=True))

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        """The reason stays with us: the client is told by our own mail."""
        del reason
        await self._events.delete(wanted)

    async def _enter(self, wanted: Appointment) -> Event:
        """The new event, or the one that turns out to be there already."""
        await self._free.require_free(wanted)
        try:
            return await self._insert(wanted)
        except ProviderError as error:
            if error.status != 409 and not error.outcome_unknown:
                raise
            # To be raised when the look after it fails as well: the event may be there, so whoever
            # tries again has to look first, also after a conflict.
            trouble = error.told(retryable=True, outcome_unknown=True)
        try:
            known = await self._events.find(wanted)
        except ProviderError:
            raise trouble from None
        if known is None:
            raise trouble
        return known

    async def _insert(self, wanted: Appointment) -> Event:
        try:
            return await self._events.insert(wanted)
        except ProviderError as error:
            if error.status != 400 or not wanted.wants_room:
                raise
        # A calendar that may have no Meet rooms refuses the whole event for it. The session comes
        # first; what is wrong with the room shows when its link is asked for.
        return await self._events.insert(replace(wanted, wants_room=False))

    async def _bring(self, wanted: Appointment, known: Event) -> None:
        """Make the known event what is wanted."""
        if known.booking_id != str(wanted.booking_id) and not _kept_nothing(known):
            raise ProviderError(
                self._events.vendor,
                "an event that is not ours has our booking's id",
                retryable=False,
            )
        if known.cancelled:
            await self._free.require_free(wanted)
            await self._events.patch(wanted, contents(wanted))
        elif known.at != wanted.interval:
            await self._free.require_free(wanted, own=known.at)
            await self._events.patch(wanted, times(wanted))


def _kept_nothing(event: Event) -> bool:
    """Of a deleted event Google promises no more than its id."""
    return event.cancelled and event.booking_id is None
