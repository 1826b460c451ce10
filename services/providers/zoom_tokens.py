"""Zoom's access token: one for all processes, since asking for a new one may end the one before."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from services.providers.access_tokens import Token, read_token
from services.providers.errors import ProviderError
from services.providers.http import Door

_LEASE_MARGIN = timedelta(seconds=2)
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0


class TokenShelf(Protocol):
    """Where all processes keep a token by its name; each call is whole by itself."""

    async def read(self, name: str) -> Token | None:
        """The token, also one that has ended; None when there is none."""

    async def lease(
        self, name: str, *, instead_of: Token | None, now: datetime, until: datetime
    ) -> bool:
        """Whether the caller alone may fetch a new token, until then.

        False while somebody else may, or when the shelf no longer holds `instead_of`.
        """

    async def write(self, name: str, token: Token) -> None:
        """Keep a new token; whoever had the lease is done."""

    async def give_up(self, name: str, *, until: datetime) -> None:
        """End the lease that was taken until then, without a new token."""

    async def drop(self, name: str, token: Token) -> None:
        """Forget the token, if it is still that one."""


class ZoomTokens:
    """The account's token, fetched by server-to-server OAuth when there is none that is good.

    `timeout` is the door's: for that long, and a little more, one process alone may fetch.
    """

    def __init__(
        self,
        door: Door,
        shelf: TokenShelf,
        *,
        account_id: str,
        client_id: str,
        client_secret: str,
        timeout: timedelta,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._door = door
        self._shelf = shelf
        self._name = f"zoom:{account_id}:{client_id}"
        self._account_id = account_id
        self._basic = b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._lease = timeout + _LEASE_MARGIN
        self._now = now
        self._sleep = sleep

    async def current(self) -> Token:
        """A token with some life left. Raises ProviderError.

        While another process fetches one, the shelf is looked at again and again; when that
        process died, its lease lapses and this one takes over.
        """
        pause, waited = _FIRST_PAUSE_S, 0.0
        while True:
            now = self._now()
            held = await self._shelf.read(self._name)
            if held is not None and held.serves(now):
                return held
            until = now + self._lease
            if await self._shelf.lease(self._name, instead_of=held, now=now, until=until):
                return await self._replace(now, until)
            if waited > self._lease.total_seconds():
                raise ProviderError(
                    self._door.vendor,
                    "other processes are still fetching the access token",
                    retryable=True,
                )
            await self._sleep(pause)
            waited += pause
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def refused(self, token: Token) -> None:
        """Zoom did not take this token, although it should still be good."""
        await self._shelf.drop(self._name, token)

    async def _replace(self, now: datetime, until: datetime) -> Token:
        try:
            token = await self._fetch(now)
        except ProviderError:
            await self._shelf.give_up(self._name, until=until)
            raise
        await self._shelf.write(self._name, token)
        return token

    async def _fetch(self, now: datetime) -> Token:
        # Never repeated at the door: its tries together would outlast the lease.
        try:
            answer = await self._door.request(
                "POST",
                "/oauth/token",
                form={"grant_type": "account_credentials", "account_id": self._account_id},
                headers={"Authorization": f"Basic {self._basic}"},
                safe_to_repeat=False,
            )
        except ProviderError as error:
            if error.status in (400, 401, 403):
                # A wrong id or secret is a 400 too; either way somebody has to mend a setting.
                settings = "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET"
                told = f"answered {error.status} to {settings}"
                raise error.told(told, retryable=True, status=401) from None
            raise
        return read_token(self._door.vendor, answer, now)
