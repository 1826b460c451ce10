"""The four requests about one event of Google Calendar, answered with a checked event."""

from collections.abc import Mapping
from typing import Any

from services.providers.calendar_ports import Appointment
from services.providers.errors import ProviderError, malformed
from services.providers.google_api import GoogleApi, events_path
from services.providers.google_event import Event, event_id, new_event

_QUIET = {"sendUpdates": "none"}
"""The product writes to client and host itself."""

_WRITING = {"conferenceDataVersion": "1", **_QUIET}
"""Without the version a request's conferenceData is ignored, and a patch may lose the room."""


class GoogleEvents:
    """Every method raises ProviderError."""

    def __init__(self, api: GoogleApi) -> None:
        self.vendor = api.vendor
        self._api = api

    async def find(self, wanted: Appointment) -> Event | None:
        """The booking's event, also a deleted one; None when there never was one."""
        try:
            answer = await self._api.request(wanted.host, "GET", _path(wanted), safe_to_repeat=True)
        except ProviderError as error:
            if error.status in (404, 410):
                return None
            raise
        return self._read(answer)

    async def insert(self, wanted: Appointment) -> Event:
        """Raises with status 409 when there is one, be it a deleted one."""
        answer = await self._api.request(
            wanted.host,
            "POST",
            events_path(wanted.host),
            json=new_event(wanted),
            params=_WRITING,
            safe_to_repeat=False,
        )
        return self._read(answer)

    async def patch(self, wanted: Appointment, changes: Mapping[str, Any]) -> Event:
        answer = await self._api.request(
            wanted.host,
            "PATCH",
            _path(wanted),
            json=changes,
            params=_WRITING,
            safe_to_repeat=False,
        )
        return self._read(answer)

    async def delete(self, wanted: Appointment) -> None:
        """No event, or no longer one, is no error."""
        try:
            await self._api.request(
                wanted.host, "DELETE", _path(wanted), params=_QUIET, safe_to_repeat=False
            )
        except ProviderError as error:
            if error.status not in (404, 410):
                raise

    def _read(self, answer: Any) -> Event:
        try:
            return Event.read(answer)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise malformed(self.vendor, "event") from None


def _path(wanted: Appointment) -> str:
    return f"{events_path(wanted.host)}/{event_id(wanted)}"
