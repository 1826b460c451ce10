"""Google's access tokens: kept in memory for each subject, fetched by one task at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.domain.models import Host
from services.providers.errors import ProviderError
from services.providers.google_grants import Grant
from services.providers.http import Door

_EARLY = timedelta(seconds=120)
"""A token that ends sooner than this is replaced: a request must not outlive its token."""

_PASSING = frozenset({"internal_failure", "server_error", "temporarily_unavailable"})
"""Trouble of Google's own that comes with status 400."""


@dataclass(frozen=True, slots=True)
class Token:
    access_token: str = field(repr=False)
    expires_at: datetime


class GoogleTokens:
    """Any number of tokens of one subject are good at once, so each process has its own."""

    def __init__(self, door: Door, grant: Grant, *, now: Callable[[], datetime]) -> None:
        self._door = door
        self._grant = grant
        self._now = now
        self._held: dict[str, Token] = {}
        self._fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def current(self, host: Host) -> Token:
        """A token with some life left. Raises ProviderError, with status 401 when Google does not
        know us any more: somebody has to mend a setting."""
        subject = self._grant.subject(host)
        async with self._fetching[subject]:
            held = self._held.get(subject)
            if held is None or held.expires_at - self._now() <= _EARLY:
                held = self._held[subject] = await self._fetch(subject)
            return held

    def refused(self, host: Host, token: Token) -> None:
        """The API did not take this token; one that replaced it meanwhile stays."""
        subject = self._grant.subject(host)
        if self._held.get(subject) is token:
            del self._held[subject]

    async def _fetch(self, subject: str) -> Token:
        now = self._now()
        form = self._grant.form(subject, now)
        try:
            answer = await self._door.request("POST", "/token", form=form, safe_to_repeat=True)
        except ProviderError as error:
            raise _sign_in_trouble(error) from None
        return self._token(answer, now)

    def _token(self, answer: Any, now: datetime) -> Token:
        match answer:
            case {"access_token": str(text), "expires_in": int(seconds)} if text and seconds > 0:
                return Token(text, now + timedelta(seconds=seconds))
        raise ProviderError(
            self._door.vendor, "answered 200 with malformed access token", retryable=True
        )


def _sign_in_trouble(error: ProviderError) -> ProviderError:
    """Any refusal is about our own credentials, whatever its status; the rest stays as it is.

    Nothing was asked of the calendar yet, so its outcome is never unknown.
    """
    code = str(error.body.get("error")) if isinstance(error.body, dict) else None
    message, retryable, status = error.message, error.retryable, error.status
    if code in _PASSING:
        message, retryable = f"could not sign us in ({code})", True
    elif code == "invalid_grant":
        message, retryable, status = "the sign-in was revoked or is wrong", False, 401
    elif not error.retryable:
        message, status = f"answered {error.status} to the sign-in", 401
    return ProviderError(
        error.vendor,
        message,
        retryable=retryable,
        status=status,
        retry_after=error.retry_after,
        body=error.body,
    )
