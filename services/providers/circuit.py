"""A circuit breaker: a service that keeps failing is left alone for a while."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from services.providers.errors import ProviderError

_log = logging.getLogger(__name__)

_FAILURES_TO_OPEN = 5
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=5)
_WHILE_ON_TRIAL = timedelta(seconds=1)


class Circuit:
    """Turns calls away from a service that fails, and tries it again with one call at a time.

    Closed, it lets every call through. Five failures in a row open it for half a minute. Then one
    call alone is let through on trial: an answer closes the circuit, a failure opens it again for
    twice as long, at most for five minutes.

    A failure is a retryable ProviderError without a status or with one from 500 on. Whatever else
    ends a call is an answer, be it a refusal; only a cancelled call says nothing.

    It belongs to one event loop: threads would need a lock.
    """

    def __init__(self, vendor: str, *, now: Callable[[], datetime]) -> None:
        self.vendor = vendor
        self._now = now
        self._failures = 0
        self._rest = _FIRST_REST
        self._opened_at: datetime | None = None
        self._on_trial = False
        self._last_failure = ""

    @property
    def is_open(self) -> bool:
        """Whether calls are turned away, all or all but one."""
        return self._opened_at is not None

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Around one call. Raises a retryable ProviderError instead while the circuit is open."""
        trial = self._admit()
        try:
            yield
        except Exception as error:
            self._learn(_failure(error), trial=trial)
            raise
        else:
            self._learn(None, trial=trial)
        finally:
            if trial:  # also when cancelled: the next call is the trial then
                self._on_trial = False

    def _admit(self) -> bool:
        """Whether the call that begins now is a trial."""
        if self._opened_at is None:
            return False
        # A clock that was set back must not keep the circuit open for as long.
        elapsed = self._now() - self._opened_at
        rest = self._rest - elapsed if elapsed >= timedelta() else timedelta()
        if self._on_trial:
            rest = _WHILE_ON_TRIAL
        if rest > timedelta():
            raise ProviderError(
                self.vendor,
                f"is not asked for a while after failing ({self._last_failure})",
                retryable=True,
                retry_after=rest,
            )
        self._on_trial = True
        return True

    def _learn(self, failure: str | None, *, trial: bool) -> None:
        if self.is_open and not trial:
            return  # it began before the circuit opened and says nothing of the service now
        if failure is None:
            self._close()
            return
        self._last_failure = failure
        self._failures += 1
        if trial or self._failures >= _FAILURES_TO_OPEN:
            self._open(min(2 * self._rest, _LONGEST_REST) if trial else _FIRST_REST)

    def _open(self, rest: timedelta) -> None:
        self._opened_at = self._now()
        self._rest = rest
        _log.warning(
            "a failing service is left alone",
            extra={"vendor": self.vendor, "seconds": round(rest.total_seconds())},
        )

    def _close(self) -> None:
        if self.is_open:
            _log.info("a failing service answers again", extra={"vendor": self.vendor})
        self._failures = 0
        self._opened_at = None


def _failure(error: Exception) -> str | None:
    """What the service failed by; None when it answered."""
    if not isinstance(error, ProviderError) or not error.retryable:
        return None
    return error.message if error.status is None or error.status >= 500 else None
