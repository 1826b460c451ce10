"""The one door to outside services over HTTP: what goes wrong becomes a `ProviderError`."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from ssl import SSLContext
from typing import Any

import httpx

from services.db import assert_outside_transaction
from services.providers.errors import ProviderError

_log = logging.getLogger(__name__)

_TRIES = 3
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE = timedelta(seconds=10)
_LONGEST_RETRY_AFTER = timedelta(days=1)
_CONNECT_TIMEOUT_S = 5.0
_RETRYABLE = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class Door:
    """One vendor's HTTP client. `base` is its address, with the path prefix if there is one.

    `timeout` bounds each try as a whole, so that an answer that drips in can't hold a job.
    """

    def __init__(
        self,
        vendor: str,
        base: str,
        *,
        timeout: timedelta = timedelta(seconds=15),
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        spread: Callable[[float, float], float] = random.uniform,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.vendor = vendor
        self._timeout_s = timeout.total_seconds()
        self._sleep = sleep
        self._spread = spread
        self._now = now
        self._client = httpx.AsyncClient(
            base_url=base,
            headers=headers,
            verify=_trust(),
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
    ) -> Any:
        """The parsed JSON of a 2xx answer; None when it has no body.

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
        for earlier in range(_TRIES - 1 if safe_to_repeat else 0):
            try:
                return await self._once(request)
            except ProviderError as error:
                pause = self._pause(error, earlier)
                if pause is None:
                    raise
                _log.warning("%s; trying again in %.2f s", error, pause)
            await self._sleep(pause)
        return await self._once(request)

    def _pause(self, error: ProviderError, earlier: int) -> float | None:
        """Seconds to wait before the next try; None when there is to be none."""
        asked = error.retry_after or timedelta()
        if not error.retryable or asked > _LONGEST_PAUSE:
            return None
        return asked.total_seconds() + self._spread(0, _FIRST_PAUSE_S * 2**earlier)

    async def _once(self, request: httpx.Request) -> Any:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(request)
        except (httpx.RequestError, TimeoutError) as error:
            # "from None": the text of an httpx error may quote a header, and so a key.
            raise ProviderError(
                self.vendor, f"no answer ({type(error).__name__})", retryable=True
            ) from None
        if not response.is_success:
            raise self._refusal(response)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            raise ProviderError(
                self.vendor,
                f"answered {response.status_code} with malformed JSON",
                retryable=True,
                status=response.status_code,
            ) from None

    def _refusal(self, response: httpx.Response) -> ProviderError:
        status = response.status_code
        return ProviderError(
            self.vendor,
            f"answered {status}",
            retryable=status in _RETRYABLE or response.is_server_error,
            status=status,
            retry_after=_retry_after(response.headers.get("retry-after"), self._now()),
            body=_json_or_none(response),
        )


@cache
def _trust() -> SSLContext:
    """Reading the certificate authorities takes tens of milliseconds: once for all vendors."""
    return httpx.create_ssl_context()


def _json_or_none(response: httpx.Response) -> object:
    try:
        body: object = response.json()
    except ValueError:
        return None
    return body


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110 §10.2.3), or an ISO 8601 moment as Zoom sends it."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        # Nine digits are thirty years; more would overflow on the way to the bound.
        asked = timedelta(seconds=int(value[:9]))
    else:
        moment = _moment(value)
        if moment is None:
            return None
        asked = moment - now
    return min(max(asked, timedelta()), _LONGEST_RETRY_AFTER)


def _moment(value: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
