"""One stand-in served on a free port, and the appointments that adapters are asked for."""

import dataclasses
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from starlette.applications import Starlette

from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.standin import Stage, StandIn
from services.domain.models import CalendarKind, Host, VideoKind
from services.providers.calendar_ports import Appointment
from tests.serving import serving

S = TypeVar("S", bound=StandIn)

BOOKING_ID = UUID("b0000000-0000-4000-8000-000000000001")
HOST_ID = UUID("40570000-0000-4000-8000-000000000001")


@asynccontextmanager
async def served(make: Callable[[Stage], S]) -> AsyncIterator[S]:
    """The stand-in over real HTTP; its `url` is what the adapter is given.

    Faults are planned on `standin.stage.faults`, time passes on `standin.stage.clock`.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    standin = make(Stage(SandboxClock(), Journal(), Faults(), origin))
    try:
        async with serving(Starlette(routes=standin.routes()), listener):
            yield standin
    finally:
        standin.close()


def host(**changes: Any) -> Host:
    """A host who works with Cal.com and Zoom unless told otherwise."""
    usual = Host(
        id=HOST_ID,
        user_id=None,
        name="Olena Host",
        bio="",
        email="olena@example.com",
        time_zone="Europe/Kyiv",
        language="uk",
        calendar=CalendarKind.CALCOM,
        calendar_account=None,
        video=VideoKind.ZOOM,
        video_account=None,
        keeps_cancellation_fees=False,
    )
    return dataclasses.replace(usual, **changes)


def appointment(**changes: Any) -> Appointment:
    """An hour from 10:00 UTC (noon or 13:00 in Kyiv) of a Wednesday, one to two weeks ahead.

    A new `starts_at` without an `ends_at` keeps the hour's length.
    """
    starts_at = changes.pop("starts_at", wednesday())
    usual = Appointment(
        booking_id=BOOKING_ID,
        title="Mentoring with Olena Host",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        client_name="Ann Client",
        client_email="ann@example.com",
        client_time_zone="Europe/Kyiv",
        client_language="uk",
        host=host(),
    )
    return dataclasses.replace(usual, **changes)


def wednesday(hour: int = 10) -> datetime:
    """That hour, in UTC, of the Wednesday one to two weeks ahead."""
    today = datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today + timedelta(days=(2 - today.weekday()) % 7 + 7)
