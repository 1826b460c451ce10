"""The bookings of Cal.com's API v2, endpoint by endpoint, with their answers checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from services.log import correlation_id
from services.providers.calcom_wire import (
    VENDOR,
    data_of,
    event_type_id,
    in_path,
    language,
    message_of,
    no_such_version,
    unknown_event_type,
)
from services.providers.calendar_ports import Appointment
from services.providers.errors import ProviderError, malformed
from services.providers.http import Door
from services.providers.moments import in_utc, read_moment

_AROUND = timedelta(minutes=1)
_LONGEST_METADATA = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking at Cal.com.

    `booking_id` is our own id from its metadata, `location` the link, or the code of an app that
    still makes one. Rescheduling leaves a cancelled entry behind that names its successor.
    """

    uid: str
    status: str
    starts_at: datetime
    booking_id: str | None
    location: str | None
    rescheduled_to: str | None

    @property
    def is_live(self) -> bool:
        return self.status in ("accepted", "pending")


class CalcomBookings:
    """`version` is the API's version for all that is below /v2/bookings.

    Nothing that writes is repeated here: whoever gets a ProviderError looks first.
    """

    def __init__(self, door: Door, *, version: str) -> None:
        self._door = door
        self._version = version

    async def create(self, wanted: Appointment) -> Entry:
        """Book it. Raises ProviderError, refusals among them."""
        try:
            return await self._write("POST", "", _new(wanted))
        except ProviderError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise unknown_event_type(wanted.event_type) from None
            raise

    async def get(self, uid: str) -> Entry | None:
        """The booking; None when there is none."""
        try:
            answer = await self._ask("GET", f"/{in_path(uid)}", safe_to_repeat=True)
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            if message_of(error).startswith("Cannot "):
                # No booking is missing but the whole path: there are none for a wrong version.
                raise no_such_version(self._version) from None
            return None
        return _entry_of(answer)

    async def find(self, wanted: Appointment) -> Entry | None:
        """The live booking of this appointment at its time, by our id in its metadata.

        Metadata is no filter, so the list is narrowed by type and time. Not by the client: their
        e-mail address may have changed, or be gone.
        """
        filters = {
            "eventTypeId": str(event_type_id(wanted.event_type)),
            "afterStart": in_utc(wanted.starts_at - _AROUND),
            "beforeEnd": in_utc(wanted.ends_at + _AROUND),
            "status": "upcoming,unconfirmed",
        }
        answer = await self._ask("GET", "", params=filters, safe_to_repeat=True)
        for entry in _entries_of(answer):
            ours = entry.booking_id == str(wanted.booking_id)
            if ours and entry.is_live and entry.starts_at == wanted.starts_at:
                return entry
        return None

    async def confirm(self, uid: str) -> Entry:
        return await self._write("POST", f"/{in_path(uid)}/confirm", None)

    async def cancel(self, uid: str, *, reason: str) -> None:
        path = f"/{in_path(uid)}/cancel"
        await self._ask("POST", path, {"cancellationReason": reason}, safe_to_repeat=False)

    async def reschedule(self, uid: str, wanted: Appointment) -> Entry:
        """The new booking, which has another uid."""
        body = {
            "start": in_utc(wanted.starts_at),
            "reschedulingReason": "Moved to another time in SessionPay.",
            # In the owner's name it needs no confirmation by the owner.
            "rescheduledBy": wanted.host.email,
        }
        return await self._write("POST", f"/{in_path(uid)}/reschedule", body)

    async def set_link(self, uid: str, url: str) -> None:
        body = {"location": {"type": "link", "link": url}}
        await self._ask("PATCH", f"/{in_path(uid)}/location", body, safe_to_repeat=False)

    async def _write(self, method: str, path: str, body: object) -> Entry:
        return _entry_of(await self._ask(method, path, body, safe_to_repeat=False))

    async def _ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        safe_to_repeat: bool,
    ) -> Any:
        return await self._door.request(
            method,
            f"/v2/bookings{path}",
            json=body,
            params=params,
            headers={"cal-api-version": self._version},
            safe_to_repeat=safe_to_repeat,
        )


def _new(wanted: Appointment) -> dict[str, Any]:
    attendee = {
        "name": wanted.client_name,
        "timeZone": wanted.client_time_zone,
        "language": language(wanted.client_language),
    }
    if wanted.client_email:
        attendee["email"] = wanted.client_email
    metadata = {"booking_id": str(wanted.booking_id)}
    if (cause := correlation_id.get()) != "-":
        metadata["correlation_id"] = cause[:_LONGEST_METADATA]
    return {
        "eventTypeId": event_type_id(wanted.event_type),
        "start": in_utc(wanted.starts_at),
        "attendee": attendee,
        "metadata": metadata,
    }


def _entry_of(answer: object) -> Entry:
    try:
        return _entry(data_of(answer, dict))
    except (KeyError, TypeError, ValueError):
        raise malformed(VENDOR, "booking") from None


def _entries_of(answer: object) -> list[Entry]:
    try:
        return [_entry(row) for row in data_of(answer, list)]
    except (KeyError, TypeError, ValueError):
        raise malformed(VENDOR, "list of bookings") from None


def _entry(row: Any) -> Entry:
    uid, status = row["uid"], row["status"]
    if not (isinstance(uid, str) and uid and isinstance(status, str)):
        raise TypeError("a booking has a uid and a status")
    metadata = row.get("metadata")
    return Entry(
        uid=uid,
        status=status,
        starts_at=read_moment(row["start"]),
        booking_id=_text(metadata.get("booking_id")) if isinstance(metadata, dict) else None,
        location=_text(row.get("location")),
        rescheduled_to=_text(row.get("rescheduledToUid")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
