"""Stripe's official SDK: one client with key, pinned API version and base address."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import stripe

from services.db import assert_outside_transaction
from services.providers.circuit import Circuit
from services.providers.errors import ProviderError
from services.providers.ports import Unknown

API_VERSION = "2026-10-28.endive"
"""Pinned: an upgrade of the SDK must not change what we send and get."""

T = TypeVar("T")


class Stripe:
    """Stripe as one process asks it: the SDK's client, and a circuit for all its calls."""

    def __init__(self, client: stripe.StripeClient, *, now: Callable[[], datetime]) -> None:
        self.v1 = client.v1
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
    code = (error.error and error.error.code) or type(error).__name__
    if isinstance(error, stripe.InvalidRequestError):
        if code == "resource_missing":
            return Unknown(error.param)
        # Stripe's own sentence may quote an e-mail address: code and parameter say enough.
        detail = f"{code} ({error.param})" if error.param else code
        return ProviderError("stripe", detail, retryable=False, status=status)
    forbidden = isinstance(error, stripe.AuthenticationError | stripe.PermissionError)
    mismatch = isinstance(error, stripe.IdempotencyError)
    retryable = not forbidden and not mismatch
    refused = status is not None and 400 <= status < 500
    return ProviderError(
        "stripe",
        f"{code} ({status or 'no answer'})",
        retryable=retryable,
        status=status,
        retry_after=_retry_after(error.headers),
        outcome_unknown=retryable and not refused,
    )


def _retry_after(headers: Mapping[str, str] | None) -> timedelta | None:
    value = (headers or {}).get("Retry-After") or (headers or {}).get("retry-after")
    return timedelta(seconds=int(value)) if value and value.isdigit() else None
