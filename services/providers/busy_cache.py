"""What a calendar service said of its open times, remembered for a short while."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.db import assert_outside_transaction
from services.domain.models import Host
from services.domain.slots import Interval
from services.providers.calendar_ports import Appointment, Availability, OpenTimes
from services.providers.errors import ProviderError

_log = logging.getLogger(__name__)

_AT_MOST = 1000
_HOUR = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)


class _Question(NamedTuple):
    host_id: UUID
    account: str | None
    event_type: str | None
    length: timedelta
    between: Interval


@dataclass(frozen=True, slots=True)
class _Answer:
    """`at_s` is when it came, in seconds of the cache's ticks; `outdated` since we changed it."""

    open_times: OpenTimes
    at_s: float
    outdated: bool = False


class CachedTimes:
    """Implements the port Availability in front of a calendar service.

    An answer is good for `keep`; while the service is in trouble, for `stale`. Spans are widened to
    whole hours, so that "from now on" is the same question all hour long and answers may reach
    beyond what was asked. Who asks while the same question is under way waits for its answer. The
    newest 1,000 answers are held. With a `keep` of zero everything passes through as it is.

    It lives in one process: what another process reserves or books shows after `keep`. `ticks` are
    seconds of a clock that is never set.
    """

    def __init__(
        self,
        times: Availability,
        *,
        keep: timedelta,
        stale: timedelta = timedelta(minutes=5),
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._times = times
        self._keep_s = keep.total_seconds()
        self._stale_s = stale.total_seconds()
        self._ticks = ticks
        self._answers: dict[_Question, _Answer] = {}  # oldest first
        self._asking: dict[_Question, asyncio.Task[OpenTimes]] = {}
        self._reserved: dict[str, UUID] = {}

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        if self._keep_s <= 0:
            return await self._times.open_times(host, event_type, length, between)
        assert_outside_transaction()  # an answer at hand must not hide the bug
        question = _Question(
            host.id, host.calendar_account, event_type, length, _whole_hours(between)
        )
        known = self._answers.get(question)
        if known and not known.outdated and self._age_s(known) <= self._keep_s:
            return known.open_times
        asking = self._asking.get(question)
        if asking is None:
            asking = asyncio.create_task(self._ask(host, question))
            asking.add_done_callback(_take_notice)
            self._asking[question] = asking
        # Shielded: who gives up must not take the answer away from the others.
        return await asyncio.shield(asking)

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str | None:
        try:
            reservation = await self._times.reserve(wanted, until=until)
        finally:  # also when refused: then what we knew was wrong
            self.forget(wanted.host.id)
        if reservation is not None:
            self._reserved[reservation] = wanted.host.id
            _keep_newest(self._reserved)
        return reservation

    async def release(self, reservation: str) -> None:
        """Give the time back. One that this process did not reserve shows as open after `keep`."""
        host_id = self._reserved.pop(reservation, None)
        try:
            await self._times.release(reservation)
        finally:
            if host_id is not None:
                self.forget(host_id)

    def forget(self, host_id: UUID) -> None:
        """Ask anew for this host: something has just been booked, moved or cancelled there.

        Should the service be down now, its last answers still serve: what we booked or hold
        ourselves is known without it.
        """
        for question, answer in self._answers.items():
            if question.host_id == host_id:
                self._answers[question] = replace(answer, outdated=True)
        for question in [asked for asked in self._asking if asked.host_id == host_id]:
            del self._asking[question]  # its answer may be from before

    async def _ask(self, host: Host, question: _Question) -> OpenTimes:
        try:
            answer = await self._times.open_times(
                host, question.event_type, question.length, question.between
            )
        except ProviderError as error:
            last = self._answers.get(question)
            if not error.retryable or last is None or self._age_s(last) > self._stale_s:
                raise
            _log.warning("%s; going by its last answer", error, extra={"host_id": str(host.id)})
            return last.open_times
        else:
            if self._is_wanted(question):
                self._remember(question, answer)
            return answer
        finally:
            if self._is_wanted(question):
                del self._asking[question]

    def _is_wanted(self, question: _Question) -> bool:
        """Whether the running task is still the one that asks this: `forget` may have come."""
        return self._asking.get(question) is asyncio.current_task()

    def _age_s(self, answer: _Answer) -> float:
        return self._ticks() - answer.at_s

    def _remember(self, question: _Question, answer: OpenTimes) -> None:
        self._answers.pop(question, None)  # to the end: the order is by age
        self._answers[question] = _Answer(answer, self._ticks())
        _keep_newest(self._answers)


def _take_notice(asking: asyncio.Task[OpenTimes]) -> None:
    """When all who waited have left, trouble is nobody's any more, and no unhandled error."""
    if not asking.cancelled():
        asking.exception()


def _keep_newest(entries: dict[Any, Any]) -> None:
    if len(entries) > _AT_MOST:
        del entries[next(iter(entries))]


def _whole_hours(span: Interval) -> Interval:
    return Interval(_hour(span.start), _hour(span.end + _HOUR - _INSTANT))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
