"""Supabase by its own client: accounts of Auth, broadcasts of Realtime."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from realtime import AsyncRealtimeChannel
from realtime.exceptions import RealtimeHTTPError
from supabase.lib.client_options import AsyncClientOptions
from supabase_auth.errors import AuthApiError, AuthError
from supabase_auth.types import User

from services.db import assert_outside_transaction
from services.providers.circuit import Circuit
from services.providers.errors import ProviderError, malformed
from services.providers.http import trust
from services.providers.http_trouble import no_answer, refused
from services.providers.message_ports import Account
from services.providers.retry_after import bounded, parse_retry_after
from supabase import AsyncClient

VENDOR = "supabase"

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def connect(
    url: str,
    secret_key: str,
    *,
    timeout: timedelta = timedelta(seconds=5),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple["SupabasePlatform", Callable[[], Awaitable[None]]]:
    """A client for one process, and how to close it; `url` is the project's, without a path.

    `timeout` bounds each call as a whole.
    """
    # Ours rather than the package's own: that one would follow a redirect with our key in hand.
    http = httpx.AsyncClient(timeout=timeout.total_seconds(), verify=trust())
    options = AsyncClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=http)
    # `acreate_client` would look for the session of a signed-in user, which a server never has.
    client = AsyncClient(url, secret_key, options)
    return SupabasePlatform(client, timeout=timeout, now=now), http.aclose


class SupabasePlatform:
    """Implements the ports Accounts and Broadcasts with a project's secret key."""

    def __init__(
        self, client: AsyncClient, *, timeout: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._timeout_s = timeout.total_seconds()
        self._now = now
        # Either may be down while the other answers.
        self._auth = Circuit(VENDOR, now=now)
        self._realtime = Circuit(VENDOR, now=now)

    async def read(self, user_id: UUID) -> Account | None:
        """The account; None when there is none (any more). Raises ProviderError."""
        assert_outside_transaction()
        with self._auth.trying():
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer = await self._client.auth.admin.get_user_by_id(str(user_id))
            except AuthError as error:
                # Any other 404 comes from a wrong address and says nothing of the user.
                if isinstance(error, AuthApiError) and error.code == "user_not_found":
                    return None
                # "from None", here and below: what Supabase says may quote an address.
                raise self._auth_trouble(error.__cause__) from None
            except TimeoutError as error:
                raise no_answer(VENDOR, error) from None
            except ValueError:
                raise malformed(VENDOR, "content") from None
        return _account(answer.user)

    async def send(self, user_id: UUID, event: str, payload: Mapping[str, object]) -> None:
        """Tell the user's open pages on `user:<id>`, a private channel. Raises ProviderError."""
        assert_outside_transaction()
        channel = self._client.channel(
            f"user:{user_id}", {"config": {"private": True, "broadcast": None, "presence": None}}
        )
        # The client would keep a channel for every user, to join over a socket that we never open.
        self._client.realtime.channels.pop(channel.topic, None)
        with self._realtime.trying():
            try:
                # The package makes an HTTP client for each broadcast and lets nobody bring one.
                # Each reads the certificate authorities anew: 20 ms that the event loop of this
                # process would stand still.
                await asyncio.to_thread(self._broadcast, channel, event, dict(payload))
            except RealtimeHTTPError as error:
                raise _realtime_trouble(error) from None
            except (httpx.RequestError, TimeoutError) as error:
                raise no_answer(VENDOR, error) from None

    def _broadcast(
        self, channel: AsyncRealtimeChannel, event: str, payload: dict[str, object]
    ) -> None:
        """In a thread and an event loop of its own."""

        async def bounded_send() -> None:
            async with asyncio.timeout(self._timeout_s):
                await channel.http_send(event, payload, timeout=self._timeout_s)

        asyncio.run(bounded_send())

    def _auth_trouble(self, cause: BaseException | None) -> ProviderError:
        """The package keeps what went wrong as the cause of its own error."""
        if not isinstance(cause, httpx.HTTPStatusError):
            return no_answer(VENDOR, cause)
        asked = parse_retry_after(cause.response.headers.get("retry-after"), self._now())
        return refused(
            VENDOR,
            cause.response.status_code,
            retry_after=None if asked is None else bounded(asked),
        )


def _account(user: User) -> Account:
    """What people may write into their own metadata is taken for text only if it is text."""
    language = _first(user.user_metadata, "language", "locale")
    if language is not None and not _LANGUAGE.fullmatch(language):
        language = None
    return Account(
        email=user.email or None,
        name=_first(user.user_metadata, "full_name", "name"),
        language=language.replace("_", "-") if language else None,
    )


def _first(metadata: Mapping[str, Any], *names: str) -> str | None:
    values = (metadata.get(name) for name in names)
    return next(
        (text for value in values if isinstance(value, str) and (text := value.strip())), None
    )


def _realtime_trouble(error: RealtimeHTTPError) -> ProviderError:
    if error.status is None:
        return no_answer(VENDOR, error.__cause__)
    if error.status < 300:
        return malformed(VENDOR, "content", status=error.status)
    if error.status == 404:
        return refused(VENDOR, 404, why=": Realtime is older than 2.97 or not there")
    return refused(VENDOR, error.status)
