"""Video rooms at Zoom: one scheduled meeting for each booking, by server-to-server OAuth."""

import logging
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.log import correlation_id
from services.providers.calendar_ports import Appointment, Room, Rooms
from services.providers.errors import ProviderError, malformed
from services.providers.http import Door
from services.providers.moments import in_utc
from services.providers.retry_after import reset_reader
from services.providers.zoom_account import ZoomAccount
from services.providers.zoom_tokens import TokenShelf, ZoomTokens

_log = logging.getLogger(__name__)

_VENDOR = "zoom"
_TIMEOUT = timedelta(seconds=15)
_LONGEST_TOPIC = 200
_SCHEDULED = 2
_MOST_PAGES = 20
_SETTINGS = {
    "join_before_host": True,
    "jbh_time": 5,
    "waiting_room": False,  # a waiting room would override joining before the host
    "approval_type": 2,  # no registration
    "meeting_authentication": False,
    "email_notification": False,  # we tell everybody ourselves
}


class ZoomRooms:
    """The port Rooms. A meeting is found again by the booking's id at the end of its topic.

    The host starts the meeting from their own account: the address that Zoom gives for that holds
    a secret of the host, so it is never stored.
    """

    def __init__(self, account: ZoomAccount) -> None:
        self._account = account

    async def open(self, wanted: Appointment, *, key: UUID, until: datetime) -> Room:
        """The booking's meeting. Zoom can't end a link's life: `close` does.

        Every call looks the meeting up first. Zoom knows no idempotency keys and an appointment
        does not tell whether an earlier try got through to here; one list for each booking is
        cheaper than a second meeting that nobody ever deletes.
        """
        del key, until
        found = await self._find(wanted)
        if found is None:
            return await self._create(wanted)
        meeting_id, starts_at = found
        room = self._room(
            await self._account.request("GET", f"/meetings/{meeting_id}", safe_to_repeat=True)
        )
        if starts_at != in_utc(wanted.starts_at):
            await self._reschedule(room.ref, wanted)
        return room

    async def move(self, wanted: Appointment, room: Room, *, key: UUID, until: datetime) -> Room:
        """The same meeting, and so the same link; a new one when it is gone."""
        try:
            await self._reschedule(room.ref, wanted)
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return await self.open(wanted, key=key, until=until)
        return room

    async def find(self, wanted: Appointment) -> str | None:
        found = await self._find(wanted)
        return str(found[0]) if found else None

    async def close(self, ref: str) -> None:
        silently = {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}
        try:
            await self._account.request(
                "DELETE", f"/meetings/{quote(ref, safe='')}", params=silently
            )
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _create(self, wanted: Appointment) -> Room:
        tag = _tag(wanted)
        topic = f"{wanted.title[: _LONGEST_TOPIC - len(tag)]}{tag}"
        agenda = f"session {wanted.booking_id}\ncorrelation {correlation_id.get()}"
        meeting = await self._account.request(
            "POST",
            f"{_user(wanted)}/meetings",
            json={
                "topic": topic,
                "type": _SCHEDULED,
                **_time(wanted),
                "agenda": agenda,
                "settings": _SETTINGS,
            },
        )
        room = self._room(meeting)
        _warn_of_overruled(room.ref, meeting)
        return room

    async def _find(self, wanted: Appointment) -> tuple[int, str] | None:
        """Id and start of the booking's meeting; None when the host has none coming up."""
        tag, page = _tag(wanted), ""
        for _ in range(_MOST_PAGES):
            match await self._upcoming(wanted, page):
                case {"meetings": list(meetings), "next_page_token": str(page)}:
                    pass
                case {"meetings": list(meetings)}:
                    page = ""
                case _:
                    break
            for meeting in meetings:
                match meeting:
                    case {"topic": str(topic), "id": int(found), "start_time": str(starts_at)}:
                        if topic.endswith(tag):
                            return found, starts_at
            if not page:
                return None
        raise malformed(_VENDOR, "list of meetings")

    async def _upcoming(self, wanted: Appointment, page: str) -> Any:
        params = {"type": "upcoming", "page_size": "300"}
        if page:
            params["next_page_token"] = page
        return await self._account.request(
            "GET", f"{_user(wanted)}/meetings", params=params, safe_to_repeat=True
        )

    async def _reschedule(self, ref: str, wanted: Appointment) -> None:
        await self._account.request("PATCH", f"/meetings/{quote(ref, safe='')}", json=_time(wanted))

    def _room(self, meeting: Any) -> Room:
        match meeting:
            case {"id": int(number), "join_url": str(url)} if url.startswith("http"):
                return Room(url=url, ref=str(number))
        raise malformed(_VENDOR, "meeting")


def connect(
    account_id: str,
    client_id: str,
    client_secret: str,
    *,
    tokens: TokenShelf,
    api_base: str = "https://api.zoom.us",
    oauth_base: str = "https://zoom.us",
    timeout: timedelta = _TIMEOUT,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Rooms, Callable[[], Awaitable[None]]]:
    """Zoom's rooms, and how to close what they hold open."""
    api = Door(
        _VENDOR,
        f"{api_base.rstrip('/')}/v2",
        timeout=timeout,
        retry_after_from=reset_reader(now),
        now=now,
    )
    oauth = Door(_VENDOR, oauth_base.rstrip("/"), timeout=timeout, now=now)
    shared = ZoomTokens(
        oauth,
        tokens,
        account_id=account_id,
        client_id=client_id,
        client_secret=client_secret,
        timeout=timeout,
        now=now,
    )

    async def close() -> None:
        await api.close()
        await oauth.close()

    return ZoomRooms(ZoomAccount(api, shared)), close


def _user(wanted: Appointment) -> str:
    return f"/users/{quote(wanted.host.video_account or wanted.host.email, safe='')}"


def _tag(wanted: Appointment) -> str:
    """What our meeting's topic ends with. The agenda, too, holds the id, but lists cut it short."""
    return f" · {wanted.booking_id.hex}"


def _time(wanted: Appointment) -> dict[str, str | int]:
    length = wanted.ends_at - wanted.starts_at
    return {
        "start_time": in_utc(wanted.starts_at),
        "duration": math.ceil(length / timedelta(minutes=1)),
    }


def _warn_of_overruled(ref: str, meeting: Any) -> None:
    """Settings that the account has locked win over ours without a word."""
    given = meeting.get("settings")
    if not isinstance(given, dict):
        return
    overruled = [name for name, ours in _SETTINGS.items() if given.get(name, ours) != ours]
    if overruled:
        _log.warning(
            "zoom: the account's locked settings overrule ours: %s",
            ", ".join(overruled),
            extra={"meeting": ref},
        )
