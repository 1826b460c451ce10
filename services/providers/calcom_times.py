"""Open times and reservations at Cal.com."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from services.domain.models import Host
from services.domain.slots import Interval
from services.providers.calcom_wire import (
    VENDOR,
    data_of,
    event_type_id,
    in_path,
    unknown_event_type,
)
from services.providers.calendar_ports import Appointment, OpenTimes
from services.providers.errors import ProviderError, SlotRefused, malformed
from services.providers.http import Door
from services.providers.moments import in_utc, read_moment

_MINUTE = timedelta(minutes=1)
_HEADERS = {"cal-api-version": "2024-09-04"}


class CalcomTimes:
    """The port Availability.

    A reservation hides the time from other bookers and holds off other reservations. It does not
    stop a booking: the one lock that counts is in our own database.
    """

    def __init__(self, door: Door, *, now: Callable[[], datetime]) -> None:
        self._door = door
        self._now = now

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        """The starts that Cal.com offers; how long a session takes is the event type's matter."""
        del host, length
        query = {
            "eventTypeId": str(event_type_id(event_type)),
            "start": in_utc(between.start.replace(microsecond=0)),
            "end": in_utc(between.end.replace(microsecond=0)),
        }
        try:
            answer = await self._door.request(
                "GET", "/v2/slots", params=query, headers=_HEADERS, safe_to_repeat=True
            )
        except ProviderError as error:
            raise _explained(error, event_type) from None
        return OpenTimes(starts=_starts(answer))

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str:
        """Not to be repeated: Cal.com refuses a time that it reserved for ourselves as well.

        Holding longer than five minutes takes a key whose owner also owns the event type.
        """
        body = {
            "eventTypeId": event_type_id(wanted.event_type),
            "slotStart": in_utc(wanted.starts_at),
            "reservationDuration": max(1, -((self._now() - until) // _MINUTE)),
        }
        try:
            answer = await self._door.request(
                "POST", "/v2/slots/reservations", json=body, headers=_HEADERS, safe_to_repeat=False
            )
        except ProviderError as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                raise SlotRefused("The time is already taken in the host's calendar.") from None
            raise _explained(error, wanted.event_type) from None
        return _reservation(answer)

    async def release(self, reservation: str) -> None:
        path = f"/v2/slots/reservations/{in_path(reservation)}"
        try:
            await self._door.request("DELETE", path, headers=_HEADERS, safe_to_repeat=True)
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise


def _explained(error: ProviderError, event_type: str | None) -> ProviderError:
    return unknown_event_type(event_type) if error.status == HTTPStatus.NOT_FOUND else error


def _starts(answer: object) -> frozenset[datetime]:
    """From slots by day, each an object with its start."""
    try:
        days = data_of(answer, dict).values()
        return frozenset(read_moment(slot["start"]) for slots in days for slot in slots)
    except (KeyError, TypeError, ValueError):
        raise malformed(VENDOR, "slots") from None


def _reservation(answer: object) -> str:
    try:
        uid = data_of(answer, dict)["reservationUid"]
    except (KeyError, TypeError, ValueError):
        raise malformed(VENDOR, "reservation") from None
    if not isinstance(uid, str) or not uid:
        raise malformed(VENDOR, "reservation")
    return uid
