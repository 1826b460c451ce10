"""Stripe's official SDK: one client with key, pinned API version and base address."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import stripe

from services.db import assert_outside_transaction
from services.providers.circuit import Circuit
from services.providers.errors import ProviderError
from services.providers.ports import Unknown

API_VERSION = "2026-10-28.endive"
"""Pinned: an upgrade of the SDK must not change what we send and get."""

_FINAL = frozenset({400, 403, 404})
"""Statuses of refusals after which nothing was done, whatever the SDK calls them."""

T = TypeVar("T")


class Stripe:
    """Stripe as one process asks it: the SDK's client, and a circuit for all its calls."""

    def __init__(self, client: stripe.StripeClient, *, now: Callable[[], datetime]) -> None:
        self.v1 = client.v1
        self.v2 = client.v2
        self._circuit = Circuit("stripe", now=now)

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call: never inside a transaction, and with its errors in our words.

        Raises Unknown, ProviderError.
        """
        assert_outside_transaction()
        with self._circuit.trying():
            try:
                return await call()
            except stripe.StripeError as error:
                raise _trouble(error) from error

    async def ask_once(self, key: str, call: Callable[[stripe.RequestOptions], Awaitable[T]]) -> T:
        """Make a call whose effect must come once, however often it is asked for with this key.

        Stripe answers a key for a day with what it answered at first, also with a refusal whose
        reason is gone. A refusal that it only repeats is asked about under a key made from the
        request that it was the answer to: the same one for everybody who sees it.

        Raises Unknown, ProviderError.
        """
        used = key
        while True:
            try:
                return await self.ask(partial(call, {"idempotency_key": used}))
            except (ProviderError, Unknown) as error:
                request = _repeated(error.__cause__)
                if request is None or used == f"{key}:{request}":
                    raise
                used = f"{key}:{request}"


def connect(
    secret_key: str,
    *,
    api_base: str | None = None,
    timeout: timedelta = timedelta(seconds=20),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Stripe, Callable[[], Awaitable[None]]]:
    """Stripe for one process, and how to close it."""
    stripe.enable_telemetry = False  # it would write a file into the home folder
    http = stripe.HTTPXClient(timeout=timeout.total_seconds())
    client = stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base.rstrip("/")} if api_base else {},
        max_network_retries=2,
        http_client=http,
    )
    return Stripe(client, now=now), http.close_async


def _trouble(error: stripe.StripeError) -> Exception:
    status = error.http_status
    told = {name: getattr(error.error, name, None) for name in ("type", "code", "param")}
    code = told["code"] or type(error).__name__
    if isinstance(error, stripe.InvalidRequestError):
        # Version 2 of the API has its own word for what it does not have.
        if code == "resource_missing" or (code == "not_found" and status == 404):
            return Unknown(error.param)
        # Stripe's own sentence may quote an e-mail address: code and parameter say enough.
        detail = f"{code} ({error.param})" if error.param else code
        return ProviderError("stripe", detail, retryable=False, status=status, body=told)
    retryable = not _is_final(error)
    refused = status is not None and 400 <= status < 500
    return ProviderError(
        "stripe",
        f"{code} ({status or 'no answer'})",
        retryable=retryable,
        status=status,
        retry_after=_retry_after(error.headers),
        body=told,
        outcome_unknown=retryable and not refused,
    )


def _is_final(error: stripe.StripeError) -> bool:
    """Whether asking again is of no use: not for a limit, nor while the same key is in use."""
    if isinstance(error, stripe.RateLimitError):
        return False
    if isinstance(error, stripe.IdempotencyError):
        return getattr(error.error, "code", None) != "idempotency_key_in_use"
    return error.http_status == 401 or error.http_status in _FINAL


def _repeated(error: BaseException | None) -> str | None:
    """The request whose refusal Stripe only repeats here."""
    if not isinstance(error, stripe.StripeError) or error.http_status not in _FINAL:
        return None
    headers = error.headers or {}
    return headers.get("original-request") if "idempotent-replayed" in headers else None


def _retry_after(headers: Mapping[str, str] | None) -> timedelta | None:
    value = (headers or {}).get("Retry-After") or (headers or {}).get("retry-after")
    return timedelta(seconds=int(value)) if value and value.isdigit() else None
