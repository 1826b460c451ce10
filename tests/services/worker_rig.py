"""A worker as the server runs it, and a calendar that makes it wait or fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from services.app import App
from services.domain.models import CalendarKind
from services.providers.builtin import BuiltinLinks
from services.providers.calendar_ports import Appointment, Calendar, HostCalendar
from services.providers.errors import ProviderError
from services.worker import Worker
from tests.world import QUICK, Opened, WorkerHands, World

Condition = Callable[[], Awaitable[bool]]


@dataclass
class TroubledCalendar:
    """A calendar that raises `error`, or answers only once `open` is set."""

    error: ProviderError | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[UUID] = field(default_factory=list)
    cancelled: list[UUID] = field(default_factory=list)

    async def book(self, wanted: Appointment) -> str:
        assert wanted.title
        self.asked.append(wanted.booking_id)
        if self.error is not None:
            raise self.error
        await self.open.wait()
        return "entry"

    async def move(self, wanted: Appointment) -> str:
        raise AssertionError(f"nobody moves {wanted.booking_id} here")

    async def cancel(self, wanted: Appointment, *, reason: str) -> None:
        assert reason
        self.cancelled.append(wanted.booking_id)

    async def begun(self) -> bool:
        return self.asked != []


def trouble(*, retryable: bool = True, retry_after: timedelta | None = None) -> ProviderError:
    return ProviderError("calendar", "trouble", retryable=retryable, retry_after=retry_after)


def with_calendar(app: App, calendar: Calendar) -> App:
    """The app with this calendar for the entries of the mentoring session's host."""
    real = app.calendars[CalendarKind.CALCOM]
    troubled = HostCalendar(real.kind, calendar, real.times, BuiltinLinks())
    return replace(app, calendars={**app.calendars, real.kind: troubled})


@asynccontextmanager
async def running(
    world: World, calendar: Calendar | None = None
) -> AsyncIterator[tuple[Worker, "asyncio.Task[None]"]]:
    """The worker and its task; on leaving it is told to stop and has stopped."""
    app = with_calendar(world.app, calendar) if calendar else world.app
    worker = Worker(app, world.worker.pool, pace=QUICK)
    task = asyncio.create_task(worker.run())
    try:
        yield worker, task
    finally:
        worker.stop()
        await task


async def drains(world: World, calendar: Calendar) -> None:
    """Run all jobs with this calendar."""
    await WorkerHands(with_calendar(world.app, calendar), world.worker.pool).drain()


async def until(condition: Condition) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110  # rows tell nobody when they change
            await asyncio.sleep(0.01)


async def paid(world: World) -> Opened:
    opened = await world.client.books()
    await world.pays(opened)
    return opened


async def to_be_booked(world: World) -> Opened:
    """A paid booking of which nothing is left but to enter it into the calendar."""
    world.sandbox.stripe.deliveries.plan("drop", 100)
    opened = await paid(world)
    assert (await world.client.confirms(opened.session_id))["success"] is True
    assert await world.worker.waiting() == ["book_calendar"]
    return opened


def in_status(world: World, opened: Opened, status: str) -> Condition:
    async def reached() -> bool:
        return (await world.client.booking(opened.booking_id)).get("status") == status

    return reached
