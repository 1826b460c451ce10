"""The one door to outside services over HTTP: what goes wrong becomes a `ProviderError`."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from ssl import SSLContext
from typing import Any

import httpx

from services.db import assert_outside_transaction
from services.providers.circuit import Circuit
from services.providers.errors import ProviderError, malformed
from services.providers.http_trouble import no_answer, refused
from services.providers.retry_after import bounded, parse_retry_after

_log = logging.getLogger(__name__)

_TRIES = 3
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE = timedelta(seconds=10)
_CONNECT_TIMEOUT_S = 5.0
_TELLS_THE_WAIT = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

_Read = Callable[[httpx.Response], Any]


class Door:
    """One vendor's HTTP client. `base` is its address, with the path prefix if there is one.

    `timeout` bounds each try as a whole, so that an answer that drips in can't hold a job.
    `retry_after_from` reads the wait out of a 429 or 503 that has no Retry-After, for a vendor who
    tells it elsewhere. A vendor who keeps failing is left alone for a while (see `Circuit`).
    """

    def __init__(
        self,
        vendor: str,
        base: str,
        *,
        timeout: timedelta = timedelta(seconds=15),
        headers: Mapping[str, str] | None = None,
        retry_after_from: Callable[[httpx.Response], timedelta | None] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        spread: Callable[[float, float], float] = random.uniform,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.vendor = vendor
        self._timeout_s = timeout.total_seconds()
        self._retry_after_from = retry_after_from
        self._sleep = sleep
        self._spread = spread
        self._now = now
        self._circuit = Circuit(vendor, now=now)
        self._client = httpx.AsyncClient(
            base_url=base,
            headers=headers,
            verify=trust(),
            timeout=httpx.Timeout(
                self._timeout_s, connect=min(_CONNECT_TIMEOUT_S, self._timeout_s)
            ),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        safe_to_repeat: bool,
        unread: bool = False,
    ) -> Any:
        """The parsed JSON of a 2xx answer; None when it has no body.

        With `unread` the `httpx.Response` itself, whatever its body is.

        `path` begins with `/`, its parts already percent-encoded: an absolute address would carry
        our key to another machine. With `safe_to_repeat`, trouble that may pass is tried again, at
        most twice, after a pause with full jitter or as long as Retry-After asks; what it asks
        beyond a few seconds is left to the caller's job, in the error's `retry_after`.

        Raises ProviderError, and OutsideCallInTransaction inside a transaction.
        """
        assert_outside_transaction()
        if not path.startswith("/"):
            raise ValueError("the path must begin with /")
        request = self._client.build_request(
            method, path, json=json, data=form, params=params, headers=headers
        )
        read = _as_it_is if unread else self._parsed
        return await self._tries(request, read, _TRIES if safe_to_repeat else 1)

    async def _tries(self, request: httpx.Request, read: _Read, at_most: int) -> Any:
        tried = 0
        outcome_unknown = False
        while True:
            try:
                return await self._once(request, read)
            except ProviderError as error:
                tried += 1
                # The last try may never have been sent when an earlier one was carried out.
                outcome_unknown = error.outcome_unknown = outcome_unknown or error.outcome_unknown
                pause = self._pause(error, tried) if tried < at_most else None
                if pause is None:
                    raise
            _log.info("%s: trying again in %.2f s", self.vendor, pause)
            await self._sleep(pause)

    def _pause(self, error: ProviderError, tried: int) -> float | None:
        """Seconds to wait before the next try; None when there is to be none."""
        asked = error.retry_after or timedelta()
        if not error.retryable or asked > _LONGEST_PAUSE or self._circuit.is_open:
            return None
        return asked.total_seconds() + self._spread(0, _FIRST_PAUSE_S * 2 ** (tried - 1))

    async def _once(self, request: httpx.Request, read: _Read) -> Any:
        with self._circuit.trying():
            began = time.monotonic()
            try:
                response = await self._send(request)
                answer = read(response)
            except ProviderError as error:
                self._log(logging.WARNING, error.message, request, error.status, began)
                raise
            self._log(logging.DEBUG, "answered", request, response.status_code, began)
            return answer

    def _log(
        self, level: int, what: str, request: httpx.Request, status: int | None, began: float
    ) -> None:
        """No address: a path or query may hold a secret, as Telegram's path does."""
        _log.log(
            level,
            "%s: %s",
            self.vendor,
            what,
            extra={
                "vendor": self.vendor,
                "method": request.method,
                "status": status,
                "duration_ms": round((time.monotonic() - began) * 1000),
            },
        )

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(request)
        except (httpx.RequestError, TimeoutError) as error:
            # "from None": the text of an httpx error may quote a header, and so a key.
            raise no_answer(self.vendor, error) from None
        if not response.is_success:
            raise refused(
                self.vendor,
                response.status_code,
                retry_after=self._retry_after(response),
                body=_json_or_none(response),
            )
        return response

    def _parsed(self, response: httpx.Response) -> Any:
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            raise malformed(self.vendor, "JSON", status=response.status_code) from None

    def _retry_after(self, response: httpx.Response) -> timedelta | None:
        asked = parse_retry_after(response.headers.get("retry-after"), self._now())
        if asked is None and self._retry_after_from and response.status_code in _TELLS_THE_WAIT:
            asked = self._retry_after_from(response)
        return None if asked is None else bounded(asked)


@cache
def trust() -> SSLContext:
    """Reading the certificate authorities takes tens of milliseconds: once for all vendors."""
    return httpx.create_ssl_context()


def _as_it_is(response: httpx.Response) -> httpx.Response:
    return response


def _json_or_none(response: httpx.Response) -> object:
    try:
        body: object = response.json()
    except ValueError:
        return None
    return body
