"""Video rooms at Daily.co: one private room for each booking, entered with tokens that end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.providers.calendar_ports import Appointment, Room, Rooms
from services.providers.errors import ProviderError, malformed
from services.providers.http import Door

_TIMEOUT = timedelta(seconds=15)
_EARLY = timedelta(minutes=15)
"""How long before its start a session's room lets people in."""


@dataclass(frozen=True, slots=True)
class _Window:
    """When people may be in a room; unix seconds."""

    opens: int
    ends: int

    @classmethod
    def of(cls, wanted: Appointment, until: datetime) -> "_Window":
        return cls(int((wanted.starts_at - _EARLY).timestamp()), int(until.timestamp()))

    def as_json(self) -> dict[str, int]:
        return {"nbf": self.opens, "exp": self.ends}


class DailyRooms:
    """The port Rooms. A room's name comes from the booking's id, so a second one can't be made.

    Links hold a token each, one for the client and an owner's for the host. Opening a room again
    mints new tokens; the ones before stay good, for the same room and time.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        """The booking's room, which lets nobody in after `until` and then sends everybody out."""
        del key
        window = _Window.of(wanted, until)
        for name in _names(wanted):
            try:
                url = await self._ensure(name, window)
            except _NameTaken as taken:
                refusal = taken.refusal
            else:
                return await self._with_links(name, url, wanted, window)
        raise refusal

    async def move(self, wanted: Appointment, room: Room, *, key: UUID, until: datetime) -> Room:
        """The same room with a new window and new links; a new room when it is gone."""
        window = _Window.of(wanted, until)
        try:
            url = await self._update(room.ref, window)
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return await self.open(wanted, key=key, until=until)
        return await self._with_links(room.ref, url, wanted, window)

    async def find(self, wanted: Appointment) -> str | None:
        for name in _names(wanted):
            try:
                await self._door.request("GET", _path(name), safe_to_repeat=True)
            except ProviderError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
            else:
                return name
        return None

    async def close(self, ref: str) -> None:
        try:
            await self._door.request("DELETE", _path(ref), safe_to_repeat=False)
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _ensure(self, name: str, window: _Window) -> str:
        """The address of the room of this name, made or found.

        Raises `_NameTaken` when Daily refuses the name and has no such room.
        """
        try:
            made = await self._door.request(
                "POST", "/rooms", json={"name": name, **_shape(window)}, safe_to_repeat=False
            )
        except ProviderError as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
            return await self._reuse(name, window, error)
        return self._url(made)

    async def _reuse(self, name: str, window: _Window, refusal: ProviderError) -> str:
        try:
            found = await self._door.request("GET", _path(name), safe_to_repeat=True)
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            raise _NameTaken(refusal) from None
        match found:
            case {"privacy": "private", "config": {"nbf": window.opens, "exp": window.ends}}:
                return self._url(found)
        return await self._update(name, window)

    async def _update(self, name: str, window: _Window) -> str:
        return self._url(
            await self._door.request("POST", _path(name), json=_shape(window), safe_to_repeat=False)
        )

    async def _with_links(self, name: str, url: str, wanted: Appointment, window: _Window) -> Room:
        guest = await self._token(name, window, person=wanted.client_name, is_owner=False)
        owner = await self._token(name, window, person=wanted.host.name, is_owner=True)
        return Room(url=f"{url}?t={guest}", ref=name, host_url=f"{url}?t={owner}")

    async def _token(self, name: str, window: _Window, *, person: str, is_owner: bool) -> str:
        """Without a room's name a token would open every room of the domain."""
        answer = await self._door.request(
            "POST",
            "/meeting-tokens",
            json={
                "properties": {
                    "room_name": name,
                    **window.as_json(),
                    "user_name": person,
                    "is_owner": is_owner,
                }
            },
            safe_to_repeat=False,
        )
        match answer:
            case {"token": str(token)} if token:
                return token
        raise malformed(self._door.vendor, "meeting token")

    def _url(self, room: Any) -> str:
        match room:
            case {"url": str(url)} if url.startswith("http"):
                return url
        raise malformed(self._door.vendor, "room")


def _names(wanted: Appointment) -> tuple[str, str]:
    """The room's name, and what it is called while an expired room, which is gone for every
    request, still holds that name."""
    name = f"s-{wanted.booking_id}"
    return name, f"{name}-2"


class _NameTaken(Exception):
    """Daily refused to make the room and does not have it either."""

    def __init__(self, refusal: ProviderError) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def connect(
    api_key: str,
    base: str = "https://api.daily.co",
    *,
    timeout: timedelta = _TIMEOUT,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Rooms, Callable[[], Awaitable[None]]]:
    """Daily's rooms, and how to close what they hold open."""
    door = Door(
        "daily",
        f"{base.rstrip('/')}/v1",
        timeout=timeout,
        headers={"Authorization": f"Bearer {api_key}"},
        now=now,
    )
    return DailyRooms(door), door.close


def _path(name: str) -> str:
    return f"/rooms/{quote(name, safe='')}"


def _shape(window: _Window) -> dict[str, object]:
    return {
        "privacy": "private",
        "properties": {
            **window.as_json(),
            "eject_at_room_exp": True,
            "enable_knocking": False,
            "enable_prejoin_ui": True,
            "enable_chat": True,
        },
    }
