"""Google's access tokens: kept in memory for each subject, fetched by one task at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from services.domain.models import Host
from services.providers.access_tokens import Token, read_token
from services.providers.errors import ProviderError
from services.providers.google_grants import Grant
from services.providers.http import Door

_PASSING = frozenset({"internal_failure", "server_error", "temporarily_unavailable"})
"""Trouble of Google's own that comes with status 400."""


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
            if held is None or not held.serves(self._now()):
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
        return read_token(self._door.vendor, answer, now)


def _sign_in_trouble(error: ProviderError) -> ProviderError:
    """Any refusal is about our own credentials, whatever its status; the rest stays as it is.

    Nothing was asked of the calendar yet, so its outcome is never unknown.
    """
    error = error.told(outcome_unknown=False)
    code = str(error.body.get("error")) if isinstance(error.body, dict) else None
    if code in _PASSING:
        return error.told(f"could not sign us in ({code})", retryable=True)
    if code == "invalid_grant":
        return error.told("the sign-in was revoked or is wrong", retryable=False, status=401)
    if not error.retryable:
        return error.told(f"answered {error.status} to the sign-in", status=401)
    return error
