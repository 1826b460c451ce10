"""Remembered open times: asked once, not for long, and longer only while the service is down."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from services.db import Database, OutsideCallInTransaction
from services.domain.models import Host
from services.domain.slots import Interval
from services.providers.busy_cache import CachedTimes
from services.providers.calendar_ports import Appointment, OpenTimes
from services.providers.errors import ProviderError, SlotRefused
from tests.providers.test_http import NoPool

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = Interval(NOON, NOON + 24 * HOUR)
HOST = Host(
    id=UUID("d3300000-0000-4000-8000-000000000001"),
    user_id=None,
    name="Olena",
    bio="",
    email="olena@shop.test",
    time_zone="Europe/Kyiv",
    language="uk",
    calendar=None,
    calendar_account=None,
    video=None,
    video_account=None,
    keeps_cancellation_fees=False,
)
OTHER = replace(HOST, id=UUID("d3300000-0000-4000-8000-000000000002"))
WANTED = Appointment(
    booking_id=UUID("d3300000-0000-4000-8000-000000000003"),
    title="Mentoring",
    starts_at=NOON,
    ends_at=NOON + HOUR,
    client_name="Ada",
    client_email=None,
    client_time_zone="Europe/London",
    client_language="en",
    host=HOST,
)


@dataclass
class Service:
    """A calendar service that answers, fails or lets wait as told; each answer is a new one."""

    asked: list[tuple[UUID, str | None, timedelta, Interval]] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    answers_now: asyncio.Event | None = None
    reserves: bool = True

    async def open_times(
        self, host: Host, event_type: str | None, length: timedelta, between: Interval
    ) -> OpenTimes:
        self.asked.append((host.id, event_type, length, between))
        answer = open_from(len(self.asked))
        if self.answers_now:
            await self.answers_now.wait()
        if self.trouble:
            raise self.trouble
        return answer

    async def reserve(self, wanted: Appointment, *, until: datetime) -> str | None:
        if self.trouble:
            raise self.trouble
        return f"kept for {wanted.client_name} until {until:%H:%M}" if self.reserves else None

    async def release(self, reservation: str) -> None:
        self.released.append(reservation)


@dataclass
class Ticks:
    at_s: float = 1000.0

    def __call__(self) -> float:
        return self.at_s


def down() -> ProviderError:
    return ProviderError("calcom", "answered 503", retryable=True, status=503)


def open_from(number: int) -> OpenTimes:
    """The service's answer to its question of this number."""
    return OpenTimes(starts=frozenset({NOON + number * HOUR}))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def times(service: Service, ticks: Ticks) -> CachedTimes:
    return CachedTimes(service, keep=timedelta(seconds=30), ticks=ticks)


async def asks(
    times: CachedTimes,
    host: Host = HOST,
    *,
    event_type: str | None = "77",
    length: timedelta = HOUR,
    between: Interval = DAY,
) -> OpenTimes:
    return await times.open_times(host, event_type, length, between)


async def test_an_answer_is_good_for_a_while_and_no_longer(
    times: CachedTimes, service: Service, ticks: Ticks
) -> None:
    assert await asks(times) == open_from(1)
    ticks.at_s += 30
    assert await asks(times) == open_from(1)
    ticks.at_s += 1
    assert await asks(times) == open_from(2)
    assert len(service.asked) == 2


async def test_from_now_on_is_one_question_for_the_whole_hour(
    times: CachedTimes, service: Service
) -> None:
    second = timedelta(seconds=1)
    for start in (NOON, NOON + second, NOON + HOUR - second):
        await asks(times, between=Interval(start, DAY.end - second))
    await asks(times, between=Interval(NOON + HOUR, DAY.end))

    assert service.asked == [
        (HOST.id, "77", HOUR, DAY),
        (HOST.id, "77", HOUR, Interval(NOON + HOUR, DAY.end)),
    ]


async def test_what_differs_is_asked_apart(times: CachedTimes, service: Service) -> None:
    await asks(times)
    await asks(times, OTHER)
    await asks(times, replace(HOST, calendar_account="olena@other.test"))
    await asks(times, event_type=None)
    await asks(times, length=2 * HOUR)
    await asks(times, between=Interval(NOON, NOON + HOUR))

    assert len(service.asked) == 6


async def test_one_question_at_a_time_however_many_ask(
    times: CachedTimes, service: Service
) -> None:
    service.answers_now = asyncio.Event()
    asking = [asyncio.create_task(asks(times)) for _ in range(5)]
    await asyncio.sleep(0)
    service.answers_now.set()

    assert await asyncio.gather(*asking) == [open_from(1)] * 5
    assert len(service.asked) == 1


async def test_who_gives_up_first_takes_the_answer_from_nobody(
    times: CachedTimes, service: Service
) -> None:
    service.answers_now = asyncio.Event()
    first, second = (asyncio.create_task(asks(times)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    service.answers_now.set()

    assert await second == open_from(1)
    assert await asks(times) == open_from(1)
    assert len(service.asked) == 1


async def test_trouble_reaches_all_who_wait_and_is_not_remembered(
    times: CachedTimes, service: Service
) -> None:
    service.trouble = down()
    first, second = await asyncio.gather(asks(times), asks(times), return_exceptions=True)

    assert first is second is service.trouble
    service.trouble = None
    assert await asks(times) == open_from(2)


async def test_while_the_service_is_down_an_answer_of_the_last_minutes_serves(
    times: CachedTimes, service: Service, ticks: Ticks, caplog: pytest.LogCaptureFixture
) -> None:
    await asks(times)
    service.trouble = down()
    ticks.at_s += 300
    assert await asks(times) == open_from(1)
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "calcom: answered 503; going by its last answer")
    ]

    ticks.at_s += 1  # counted from when the service said it, not from when it last served
    with pytest.raises(ProviderError):
        await asks(times)
    assert len(service.asked) == 3


async def test_a_service_that_is_back_is_believed_at_once(
    times: CachedTimes, service: Service, ticks: Ticks
) -> None:
    await asks(times)
    service.trouble = down()
    ticks.at_s += 100
    await asks(times)
    service.trouble = None

    assert await asks(times) == open_from(3)


async def test_a_final_refusal_is_not_papered_over(
    times: CachedTimes, service: Service, ticks: Ticks
) -> None:
    await asks(times)
    service.trouble = ProviderError("calcom", "answered 401", retryable=False, status=401)
    ticks.at_s += 31

    with pytest.raises(ProviderError, match="answered 401"):
        await asks(times)


async def test_a_host_may_be_forgotten_and_nobody_else_with_them(
    times: CachedTimes, service: Service
) -> None:
    for host in (HOST, OTHER):
        await asks(times, host)
        await asks(times, host, event_type="78")
    times.forget(HOST.id)

    assert await asks(times) == open_from(5)
    assert await asks(times, OTHER) == open_from(3)
    assert await asks(times, OTHER, event_type="78") == open_from(4)
    assert len(service.asked) == 5


async def test_an_answer_from_before_it_was_forgotten_is_not_remembered(
    times: CachedTimes, service: Service
) -> None:
    service.answers_now = asyncio.Event()
    before = asyncio.create_task(asks(times))
    await asyncio.sleep(0)
    times.forget(HOST.id)
    after = asyncio.create_task(asks(times))
    await asyncio.sleep(0)
    service.answers_now.set()

    assert (await before, await after) == (open_from(1), open_from(2))
    assert await asks(times) == open_from(2)
    assert len(service.asked) == 2


async def test_a_reservation_and_its_release_are_seen_at_once(
    times: CachedTimes, service: Service
) -> None:
    await asks(times)
    reservation = await times.reserve(WANTED, until=NOON)
    assert reservation == "kept for Ada until 12:00"
    assert await asks(times) == open_from(2)

    await times.release(reservation)
    assert await asks(times) == open_from(3)
    assert service.released == [reservation]


async def test_a_service_that_reserves_nothing_is_asked_anew_all_the_same(
    times: CachedTimes, service: Service
) -> None:
    service.reserves = False
    await asks(times)
    assert await times.reserve(WANTED, until=NOON) is None
    assert await asks(times) == open_from(2)


async def test_a_failed_reservation_does_not_take_the_last_answer_from_a_service_that_is_down(
    times: CachedTimes, service: Service, ticks: Ticks
) -> None:
    await asks(times)
    service.trouble = down()
    with pytest.raises(ProviderError):
        await times.reserve(WANTED, until=NOON)
    assert await asks(times) == open_from(1)
    ticks.at_s += 300
    assert await asks(times) == open_from(1)
    ticks.at_s += 1
    with pytest.raises(ProviderError):
        await asks(times)


async def test_a_release_for_another_process_shows_later(
    times: CachedTimes, service: Service, ticks: Ticks
) -> None:
    await asks(times)
    await times.release("r9")
    assert service.released == ["r9"]
    assert await asks(times) == open_from(1)

    ticks.at_s += 31
    assert await asks(times) == open_from(2)


async def test_a_refused_reservation_shows_that_what_was_known_is_wrong(
    times: CachedTimes, service: Service
) -> None:
    await asks(times)
    service.trouble = SlotRefused("taken")
    with pytest.raises(SlotRefused):
        await times.reserve(WANTED, until=NOON)
    service.trouble = None

    assert await asks(times) == open_from(2)


async def test_the_oldest_of_a_thousand_answers_makes_room(
    times: CachedTimes, service: Service, ticks: Ticks
) -> None:
    for number in range(1000):
        await asks(times, event_type=str(number))
    ticks.at_s += 31
    await asks(times, event_type="0")  # renewed, and so the newest
    await asks(times, event_type="new")

    service.trouble = down()
    assert await asks(times, event_type="0") == open_from(1001)
    assert await asks(times, event_type="2") == open_from(3)
    with pytest.raises(ProviderError):
        await asks(times, event_type="1")


async def test_with_nothing_kept_each_question_goes_through_as_it_is(
    service: Service,
) -> None:
    times = CachedTimes(service, keep=timedelta())
    between = Interval(NOON + timedelta(seconds=7), DAY.end)
    assert await asks(times, between=between) == open_from(1)
    assert await asks(times, between=between) == open_from(2)
    service.trouble = down()
    with pytest.raises(ProviderError):
        await asks(times, between=between)

    assert service.asked == [(HOST.id, "77", HOUR, between)] * 3


async def test_an_answer_at_hand_does_not_hide_a_question_inside_a_transaction(
    times: CachedTimes,
) -> None:
    await asks(times)
    async with Database(cast("Any", NoPool())).transaction():
        with pytest.raises(OutsideCallInTransaction):
            await asks(times)


async def test_trouble_that_nobody_waits_for_any_more_is_no_unhandled_error(
    times: CachedTimes, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.answers_now, service.trouble = asyncio.Event(), down()
    asking = asyncio.create_task(asks(times))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    service.answers_now.set()
    for _ in range(3):
        await asyncio.sleep(0)
    service.trouble = None

    assert await asks(times) == open_from(2)
    assert caplog.records == []
