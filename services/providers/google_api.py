"""Requests to the Google Calendar API: signed in for a host, and its errors by their reason."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from services.domain.models import Host
from services.providers.errors import ProviderError
from services.providers.google_tokens import GoogleTokens
from services.providers.http import Door

_PREFIX = "/calendar/v3"
_TOO_FAST = frozenset({"userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded"})
_TOO_MUCH = frozenset({"calendarUsageLimitsExceeded", "dailyLimitExceeded"})
_REST_AFTER_TOO_MUCH = timedelta(hours=2)
_REASON = re.compile(r"[A-Za-z]{1,64}")


class GoogleApi:
    """One account's or one domain's calendars."""

    def __init__(self, door: Door, tokens: GoogleTokens) -> None:
        self.vendor = door.vendor
        self._door = door
        self._tokens = tokens

    async def request(
        self,
        host: Host,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
        safe_to_repeat: bool,
    ) -> Any:
        """As `Door.request`; `path` follows the version. A token that is refused is replaced once.

        Raises ProviderError: retryable for limits, not for what somebody has to mend (status 401
        or 403) and what we asked wrongly.
        """

        async def send(access_token: str) -> Any:
            return await self._door.request(
                method,
                f"{_PREFIX}{path}",
                json=json,
                params=params,
                headers={"authorization": f"Bearer {access_token}"},
                safe_to_repeat=safe_to_repeat,
            )

        token = await self._tokens.current(host)
        try:
            return await send(token.access_token)
        except ProviderError as error:
            if error.status != 401:
                raise _explained(error) from None
        self._tokens.refused(host, token)
        token = await self._tokens.current(host)
        try:
            return await send(token.access_token)
        except ProviderError as error:
            raise _explained(error) from None


def calendar_id(host: Host) -> str:
    """The host's calendar, or the main one of whoever is signed in."""
    return host.calendar_account or "primary"


def events_path(host: Host) -> str:
    return f"/calendars/{quote(calendar_id(host), safe='')}/events"


def _explained(error: ProviderError) -> ProviderError:
    """The same with Google's reason; limits that come as 403 are told apart from missing rights.

    They become a 429: with 403 a caller would take us for locked out.
    """
    reason = _reason(error.body)
    if error.status is None or reason is None:
        return error
    limited = error.status == 403 and reason in _TOO_FAST | _TOO_MUCH
    rest = _REST_AFTER_TOO_MUCH if reason in _TOO_MUCH else None
    return error.told(
        f"{error.message} ({reason})",
        retryable=error.retryable or limited,
        status=429 if limited else None,
        retry_after=error.retry_after or rest,
    )


def _reason(body: object) -> str | None:
    """Google's word for what is wrong, such as `notFound`; only a word, since it will be logged."""
    match body:
        case {"error": {"errors": [{"reason": str(reason)}, *_]}} if _REASON.fullmatch(reason):
            return reason
    return None
