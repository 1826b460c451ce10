"""Trouble with an HTTP request: whether to try again, and what may have been done."""

from datetime import timedelta
from http import HTTPStatus

import httpx

from services.providers.errors import ProviderError

_MAY_PASS = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def no_answer(vendor: str, cause: BaseException | None) -> ProviderError:
    """Only the cause's kind is told: the text of an httpx error may quote a header, so a key."""
    return ProviderError(
        vendor,
        f"no answer ({type(cause).__name__})",
        retryable=True,
        outcome_unknown=not isinstance(cause, _NEVER_SENT),
    )


def refused(
    vendor: str,
    status: int,
    *,
    why: str = "",
    retry_after: timedelta | None = None,
    body: object = None,
) -> ProviderError:
    """For any status but a success.

    A redirect, which is never followed, is what a service on the move or in maintenance answers:
    it did nothing, and may serve us later.
    """
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return ProviderError(
        vendor,
        f"answered {status}{why}",
        retryable=failed or status in _MAY_PASS or status < HTTPStatus.BAD_REQUEST,
        status=status,
        retry_after=retry_after,
        body=body,
        outcome_unknown=failed,
    )
