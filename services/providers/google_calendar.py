"""Google Calendar (API v3), put together from its parts for either way to sign in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from services.domain.models import CalendarKind
from services.providers.calendar_ports import HostCalendar
from services.providers.google_api import GoogleApi
from services.providers.google_entries import GoogleEntries
from services.providers.google_events import GoogleEvents
from services.providers.google_grants import Grant, RefreshTokenGrant, ServiceAccountGrant
from services.providers.google_links import GoogleLinks
from services.providers.google_times import GoogleTimes
from services.providers.google_tokens import GoogleTokens
from services.providers.http import Door

VENDOR = "google"

_TIMEOUT = timedelta(seconds=15)

Close = Callable[[], Awaitable[None]]
Sleep = Callable[[float], Awaitable[object]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def connect_service_account(
    json_text: str,
    *,
    api_base: str,
    oauth_base: str,
    timeout: timedelta = _TIMEOUT,
    now: Callable[[], datetime] = _utc_now,
    sleep: Sleep = asyncio.sleep,
) -> tuple[HostCalendar, Close]:
    """The calendars of one Google Workspace, whose administrator delegated them to the account.

    Raises ValueError naming what is wrong with the key file.
    """
    grant = ServiceAccountGrant.read(json_text)
    return _connect(grant, api_base, oauth_base, timeout=timeout, now=now, sleep=sleep)


def connect_refresh_token(
    client_id: str,
    client_secret: str,
    refresh_token: str,
    *,
    api_base: str,
    oauth_base: str,
    timeout: timedelta = _TIMEOUT,
    now: Callable[[], datetime] = _utc_now,
    sleep: Sleep = asyncio.sleep,
) -> tuple[HostCalendar, Close]:
    """The calendars that one Google account may write, for every host."""
    grant = RefreshTokenGrant(client_id, client_secret, refresh_token)
    return _connect(grant, api_base, oauth_base, timeout=timeout, now=now, sleep=sleep)


def _connect(
    grant: Grant,
    api_base: str,
    oauth_base: str,
    *,
    timeout: timedelta,
    now: Callable[[], datetime],
    sleep: Sleep,
) -> tuple[HostCalendar, Close]:
    sign_in = Door(VENDOR, oauth_base, timeout=timeout, now=now, sleep=sleep)
    door = Door(VENDOR, api_base, timeout=timeout, now=now, sleep=sleep)
    api = GoogleApi(door, GoogleTokens(sign_in, grant, now=now))
    free, events = GoogleTimes(api), GoogleEvents(api)
    entries, links = GoogleEntries(events, free), GoogleLinks(events)

    async def close() -> None:
        await sign_in.close()
        await door.close()

    return HostCalendar(CalendarKind.GOOGLE, entries, free, links), close
