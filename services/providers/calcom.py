"""Cal.com as a host's calendar: entries that are booked once, moved and taken out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from services.domain.models import CalendarKind
from services.providers.calcom_bookings import CalcomBookings, Entry
from services.providers.calcom_times import CalcomTimes
from services.providers.calcom_wire import VENDOR, message_of
from services.providers.calendar_ports import Appointment, HostCalendar
from services.providers.errors import ProviderError, SlotRefused, malformed
from services.providers.http import Door
from services.providers.retry_after import reset_reader

_BASE = "https://api.cal.com"
_TIMEOUT = timedelta(seconds=20)
_LOOK_AGAIN = (timedelta(seconds=2), timedelta(seconds=5))
_MOST_MOVES = 20
_TAKEN = "The host is no longer free at this time."

# Parts of Cal.com's sentences, which are all that tells one 400 from another.
_REFUSALS = {
    "already has booking": _TAKEN,
    "can't be booked at the": "The host's calendar does not open this time for booking.",
    "in the past": "This time has passed.",
    "maximum number of active bookings": "The host's calendar takes no further booking of yours.",
}


class CalcomCalendar:
    """The port Calendar.

    Cal.com knows no idempotency key and refuses a repeat as "already has booking", so every
    unclear or refused request is followed by a look for the entry with our booking's id. The list
    may lag behind: where an earlier request may have been carried out, it is looked for again
    after each pause of `look_again` before a refusal counts.
    """

    def __init__(
        self, bookings: CalcomBookings, *, look_again: Sequence[timedelta] = _LOOK_AGAIN
    ) -> None:
        self._bookings = bookings
        self._look_again = look_again

    async def book(self, wanted: Appointment) -> str:
        """The entry's uid. An entry `wanted.ref` that stands at another time is moved."""
        if wanted.ref and (known := await _current(self._bookings, wanted.ref)):
            return await self._at_its_time(known, wanted)
        if wanted.asked_before and (known := await self._bookings.find(wanted)):
            return await self._accepted(known)
        try:
            made = await self._bookings.create(wanted)
        except ProviderError as error:
            made = await self._made_after_all(wanted, error)
        return await self._accepted(made)

    async def move(self, wanted: Appointment) -> str:
        """The uid of the entry that Cal.com makes for the new time.

        An entry that somebody took out at Cal.com is booked anew.
        """
        assert wanted.ref is not None
        known = await _current(self._bookings, wanted.ref)
        if known is None:
            return await self.book(replace(wanted, ref=None, asked_before=True))
        return await self._at_its_time(known, wanted)

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        if wanted.ref:
            known = await _current(self._bookings, wanted.ref)
        elif wanted.asked_before:
            known = await self._bookings.find(wanted)
        else:
            return  # nothing was ever asked for
        if known is None:
            return
        try:
            await self._bookings.cancel(known.uid, reason=reason)
        except ProviderError as error:
            unclear = error.outcome_unknown or error.status in (400, 404, 409)
            if not unclear or await _current(self._bookings, known.uid):
                raise

    async def _at_its_time(self, known: Entry, wanted: Appointment) -> str:
        if known.starts_at != wanted.starts_at:
            try:
                known = await self._bookings.reschedule(known.uid, wanted)
            except ProviderError as error:
                known = await self._moved_after_all(known, wanted, error)
        return await self._accepted(known)

    async def _made_after_all(self, wanted: Appointment, error: ProviderError) -> Entry:
        refusal = _refusal(error)
        if refusal is None and not error.outcome_unknown:
            raise error
        pauses = self._look_again if refusal and wanted.asked_before else ()
        try:
            found = await self._found(wanted, pauses)
        except ProviderError:
            raise _still_unclear(error) from None
        return _found_or(found, refusal, error)

    async def _found(self, wanted: Appointment, pauses: Sequence[timedelta]) -> Entry | None:
        found = await self._bookings.find(wanted)
        for pause in pauses:
            if found is not None:
                break
            await asyncio.sleep(pause.total_seconds())
            found = await self._bookings.find(wanted)
        return found

    async def _moved_after_all(
        self, known: Entry, wanted: Appointment, error: ProviderError
    ) -> Entry:
        # Any 400 may be about an entry that was moved or taken out a moment ago.
        if error.status != HTTPStatus.BAD_REQUEST and not (
            _refusal(error) or error.outcome_unknown
        ):
            raise error
        try:
            moved = await _current(self._bookings, known.uid)
        except ProviderError:
            raise _still_unclear(error) from None
        if moved is not None and moved.starts_at != wanted.starts_at:
            moved = None
        return _found_or(moved, _refusal(error), error)

    async def _accepted(self, entry: Entry) -> str:
        """The entry's uid, once it is confirmed.

        Where the event type asks for the host's confirmation we give it: the client has paid. If
        that is refused, a human has to: the entry stands, but nobody has promised to come.
        """
        if entry.status == "pending":
            entry = await self._confirmed(entry)
        if entry.status != "accepted":
            raise malformed(VENDOR, "booking")
        return entry.uid

    async def _confirmed(self, entry: Entry) -> Entry:
        try:
            return await self._bookings.confirm(entry.uid)
        except ProviderError as error:
            if error.retryable:
                raise
            again = await _current(self._bookings, entry.uid)
            if again is not None and again.status == "accepted":
                return again
            raise ProviderError(
                VENDOR,
                "the event type asks for the host's confirmation, and ours was refused",
                retryable=False,
                status=error.status,
            ) from None


class CalcomLinks:
    """The port EntryLinks."""

    def __init__(self, bookings: CalcomBookings) -> None:
        self._bookings = bookings

    async def link(self, wanted: Appointment) -> str:
        entry = await self._entry(wanted)
        if entry.location is None or not entry.location.startswith("https://"):
            raise ProviderError(VENDOR, "the video room is not ready yet", retryable=True)
        return entry.location

    async def show(self, wanted: Appointment, url: str) -> None:
        entry = await self._entry(wanted)
        if entry.location != url:  # Cal.com tells everybody of each change, be it none
            await self._bookings.set_link(entry.uid, url)

    async def _entry(self, wanted: Appointment) -> Entry:
        assert wanted.ref is not None
        entry = await _current(self._bookings, wanted.ref)
        if entry is None:
            raise ProviderError(VENDOR, "the entry is no longer in the calendar", retryable=False)
        return entry


async def _current(bookings: CalcomBookings, uid: str) -> Entry | None:
    """The live entry that this one has become by moves, perhaps the host's own; None if none."""
    for _ in range(_MOST_MOVES):
        entry = await bookings.get(uid)
        if entry is None or entry.is_live:
            return entry
        if entry.rescheduled_to is None:
            return None
        uid = entry.rescheduled_to
    raise ProviderError(VENDOR, "the entry was moved too often to follow", retryable=False)


def _refusal(error: ProviderError) -> str | None:
    """Why the time can't be had, in a sentence for the client; None when it is something else."""
    if error.status == HTTPStatus.CONFLICT:
        return _TAKEN
    if error.status != HTTPStatus.BAD_REQUEST:
        return None
    said = message_of(error).lower()
    return next((reason for part, reason in _REFUSALS.items() if part in said), None)


def _still_unclear(error: ProviderError) -> ProviderError:
    """The look after it failed as well: it may have been carried out, be it an earlier time."""
    return error.told(retryable=True, outcome_unknown=True)


def _found_or(found: Entry | None, refusal: str | None, error: ProviderError) -> Entry:
    if found is not None:
        return found
    if refusal is not None:
        raise SlotRefused(refusal) from None
    raise error


def connect(
    api_key: str,
    base: str = _BASE,
    *,
    bookings_version: str,
    timeout: timedelta = _TIMEOUT,
    look_again: Sequence[timedelta] = _LOOK_AGAIN,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[HostCalendar, Callable[[], Awaitable[None]]]:
    """Cal.com with this key, and how to close what it holds open.

    `bookings_version` is the API's version for bookings, such as `2026-02-25`.
    """
    door = Door(
        VENDOR,
        base,
        timeout=timeout,
        headers={"authorization": f"Bearer {api_key}"},
        now=now,
        retry_after_from=reset_reader(now),
    )
    bookings = CalcomBookings(door, version=bookings_version)
    calendar = HostCalendar(
        kind=CalendarKind.CALCOM,
        entries=CalcomCalendar(bookings, look_again=look_again),
        times=CalcomTimes(door, now=now),
        links=CalcomLinks(bookings),
    )
    return calendar, door.close
