"""Calendly: appointments booked over its Scheduling API, and their own video rooms."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from services.domain.models import CalendarKind
from services.providers.calendar_ports import Appointment, HostCalendar
from services.providers.calendly_api import (
    BASE,
    MOVED,
    VENDOR,
    call_off,
    collection,
    event_of,
    event_ref,
    not_set_up,
    open_door,
    read_event,
    resource,
)
from services.providers.calendly_page import PAGE_BASE, CalendlyPage
from services.providers.calendly_times import CalendlyTimes
from services.providers.calendly_tracking import booking_in, tracking
from services.providers.errors import ProviderError, SlotRefused, malformed
from services.providers.http import Door
from services.providers.moments import in_utc

_MINUTE = timedelta(minutes=1)
_TAKEN = "The time is no longer open in the host's Calendly."


def connect(
    token: str,
    base: str = BASE,
    *,
    page_base: str = PAGE_BASE,
    signing_key: str | None,
    public_url: str,
    timeout: timedelta = timedelta(seconds=15),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[HostCalendar, CalendlyPage | None, Callable[[], Awaitable[None]]]:
    """The calendar, the scheduling page (None without a signing key: choices made there could not
    be trusted), and what closes both.

    `token` is a personal access token, `page_base` where booking pages are, `public_url` our own
    address, which frames them.
    """
    door = open_door(token, base, timeout=timeout, now=now)
    calendar = HostCalendar(
        CalendarKind.CALENDLY,
        entries=CalendlyEntries(door),
        times=CalendlyTimes(door, now=now),
        links=CalendlyLinks(door),
    )
    page = None
    if signing_key is not None:
        page = CalendlyPage(door, signing_key, page_base=page_base, public_url=public_url)
    return calendar, page, door.close


class CalendlyEntries:
    """The port Calendar. An entry's id is its path, such as `scheduled_events/XYZ`.

    `POST /invitees` knows no idempotency key: what an unheard answer may have done is looked up by
    our booking's id, which travels in the tracking fields. Its budget is Calendly's own (100 a day
    on most plans); beyond it the error says how long to wait.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def book(self, wanted: Appointment) -> str:
        if wanted.ref is not None:
            return await self._still_there(wanted, wanted.ref)
        found = await self._find(wanted) if wanted.asked_before else None
        return found or await self._create(wanted)

    async def move(self, wanted: Appointment) -> str:
        """Calendly can't move an entry: a new one is booked, then the old one called off. One that
        its client moved on Calendly's page is at the new time already."""
        old = await read_event(self._door, wanted.ref) if wanted.ref else None
        if old is not None and old.active and old.starts_at == wanted.starts_at:
            return old.ref
        # An earlier run may have come as far as the new entry.
        new = await self._find(wanted) or await self._create(wanted)
        if old is not None:
            await call_off(self._door, old.ref, MOVED)
        return new

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        if wanted.ref is not None:
            await call_off(self._door, wanted.ref, reason)
        if wanted.asked_before:
            # Booked or moved there by a request whose answer was lost: its id never reached us.
            found = await self._find(wanted)
            if found is not None:
                await call_off(self._door, found, reason)

    async def _still_there(self, wanted: Appointment, ref: str) -> str:
        """The entry that the client chose on Calendly's page, or that was booked before."""
        event = await read_event(self._door, ref)
        if event is not None and event.active and event.starts_at == wanted.starts_at:
            return ref
        if event is not None and await self._replaced(ref):
            return ref  # its client moved it meanwhile: the webhook of that brings the new time
        raise SlotRefused("The appointment was called off in the host's Calendly.")

    async def _replaced(self, ref: str) -> bool:
        invitees = collection(self._door, f"/{ref}/invitees", {})
        return any([invitee.get("rescheduled") is True async for invitee in invitees])

    async def _create(self, wanted: Appointment) -> str:
        try:
            answer = await self._door.request(
                "POST", "/invitees", json=_invitation(wanted), safe_to_repeat=False
            )
            ref = event_ref(resource(answer, "invitee").get("event"))
            if ref is None:
                raise malformed(VENDOR, "event")
        except ProviderError as error:
            return await self._made_after_all(wanted, error)
        return ref

    async def _made_after_all(self, wanted: Appointment, error: ProviderError) -> str:
        """The entry there may be all the same: the time may be taken by our own earlier request."""
        taken = error.status == HTTPStatus.CONFLICT
        if not taken and not error.outcome_unknown:
            raise error
        try:
            found = await self._find(wanted)
        except ProviderError:
            # Not told by the look's own failure: who tries again has to look first.
            raise error.told(retryable=True, outcome_unknown=True) from None
        if found is not None:
            return found
        if taken:
            raise SlotRefused(_TAKEN) from None
        raise error

    async def _find(self, wanted: Appointment) -> str | None:
        """The active entry at the wanted start that carries our booking's id.

        Searched by time alone: the client's e-mail address may have changed, or be gone.
        """
        if wanted.host.calendar_account is None:
            raise not_set_up("the host's Calendly user is not set")
        period = {
            "user": wanted.host.calendar_account,
            "min_start_time": in_utc(wanted.starts_at),
            "max_start_time": in_utc(wanted.starts_at + _MINUTE),
            "status": "active",
            "sort": "start_time:asc",
        }
        async for told in collection(self._door, "/scheduled_events", period):
            event = event_of(told)
            if event.starts_at == wanted.starts_at and await self._is_ours(event.ref, wanted):
                return event.ref
        return None

    async def _is_ours(self, ref: str, wanted: Appointment) -> bool:
        async for invitee in collection(self._door, f"/{ref}/invitees", {}):
            carried = booking_in(invitee.get("tracking"))
            if invitee.get("status") == "active" and carried == wanted.booking_id:
                return True
        return False


def _invitation(wanted: Appointment) -> dict[str, object]:
    if wanted.event_type is None:
        raise not_set_up("the session type has no event type of Calendly")
    if wanted.client_email is None:
        raise not_set_up("Calendly books only for a client with an e-mail address")
    return {
        "event_type": wanted.event_type,
        "start_time": in_utc(wanted.starts_at),
        "invitee": {
            "email": wanted.client_email,
            "name": wanted.client_name,
            "timezone": wanted.client_time_zone,
        },
        "tracking": tracking(wanted.booking_id),
    }


class CalendlyLinks:
    """The port EntryLinks: the room that Calendly's own conferencing makes."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def link(self, wanted: Appointment) -> str:
        event = await read_event(self._door, wanted.ref) if wanted.ref else None
        if event is None or not event.active:
            raise ProviderError(VENDOR, "there is no appointment with a room", retryable=False)
        url = event.location.get("join_url")
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            return url
        if url is not None:
            raise malformed(VENDOR, "join_url")
        # Conferencing is set up after the booking: the room has a status before it has an address.
        if event.location.get("status") in ("initiated", "processing", "pushed"):
            raise ProviderError(VENDOR, "the room is not ready yet", retryable=True)
        raise ProviderError(VENDOR, "the event type has no video room", retryable=False)

    async def show(self, wanted: Appointment, url: str) -> None:
        """Nothing: Calendly's API can't change an appointment once it is booked."""
        del wanted, url
