"""A calendar service that books whatever it is asked to, and the product's way into it."""

import asyncio
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import SandboxClock
from sandbox.faults import FaultKind, Faults
from sandbox.journal import Call, Journal
from services.domain.models import Booking
from services.providers.errors import ProviderError, SlotRefused
from services.providers.http import Door

PATH = "/sandbox/calendar"

_REFUSAL = "The host is busy at this time."
_TABLE = """
create table if not exists entries (
  id text primary key, booking_id text not null, starts_at text not null, ends_at text not null,
  title text not null, cancelled integer not null
)"""
_UPSERT = """
insert into entries (id, booking_id, starts_at, ends_at, title, cancelled)
values (?, ?, ?, ?, ?, ?) on conflict (id) do update set cancelled = excluded.cancelled"""


class SandboxCalendar:
    """The port Calendar over HTTP; `base` is the service's address."""

    def __init__(self, base: str) -> None:
        self._door = Door("calendar", base)

    async def book(self, booking: Booking, *, title: str) -> str:
        """The entry's id. Raises `SlotRefused` and ProviderError.

        Nothing is repeated here but by the job that calls: one planned fault is one failed try.
        """
        assert booking.starts_at is not None
        assert booking.ends_at is not None
        wanted = {
            "bookingId": str(booking.id),
            "startsAt": booking.starts_at.isoformat(),
            "endsAt": booking.ends_at.isoformat(),
            "title": title,
        }
        try:
            entry = await self._door.request("POST", "/bookings", json=wanted, safe_to_repeat=False)
        except ProviderError as error:
            if error.status == HTTPStatus.CONFLICT and isinstance(error.body, dict):
                raise SlotRefused(str(error.body["reason"])) from None
            raise
        return str(entry["id"])

    async def cancel(self, booking: Booking) -> None:
        """Take the entry out again; no entry is no error. Raises ProviderError."""
        try:
            await self._door.request("DELETE", f"/bookings/{booking.id}", safe_to_repeat=False)
        except ProviderError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def close(self) -> None:
        await self._door.close()


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking in the calendar; cancelled ones stay to be seen."""

    id: str
    booking_id: UUID
    starts_at: datetime
    ends_at: datetime
    title: str
    cancelled: bool = False


class CalendarService:
    """The service's side: one entry for each booking, however often it is asked for.

    With `database` (an SQLite file) entries outlive the process.
    """

    def __init__(
        self, *, clock: SandboxClock, journal: Journal, faults: Faults, database: Path | None
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = faults
        # The product may build the sandbox in another thread than the one that serves it.
        self._file = sqlite3.connect(database or ":memory:", check_same_thread=False)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute(_TABLE)
        self._entries = {entry.id: entry for entry in self._read()}

    @property
    def entries(self) -> list[Entry]:
        """What is in the calendar now, in the order of booking."""
        return [entry for entry in self._entries.values() if not entry.cancelled]

    @property
    def history(self) -> list[Entry]:
        """Every entry there ever was, cancelled ones too, in the order of booking."""
        return list(self._entries.values())

    def close(self) -> None:
        self._file.close()

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{PATH}/bookings", self._book, methods=["POST"]),
            Route(f"{PATH}/bookings/{{booking_id:uuid}}", self._cancel, methods=["DELETE"]),
        ]

    async def _book(self, request: Request) -> Response:
        try:
            given = await request.json()
            entry = _wanted(given)
        except (KeyError, TypeError, ValueError):
            given, entry = None, None
        fault = await self._fault()
        if fault in _INSTEAD:
            status, body = _INSTEAD[fault]
        elif entry is None:
            status, body = 400, {"reason": "Send bookingId, startsAt, endsAt and title."}
        else:
            status, body = self._enter(entry)
        return self._answer(request, given, status, body, fault)

    async def _cancel(self, request: Request) -> Response:
        fault = await self._fault()
        if fault in _INSTEAD:
            status, body = _INSTEAD[fault]
        else:
            status, body = self._take_out(request.path_params["booking_id"])
        return self._answer(request, None, status, body, fault)

    async def _fault(self) -> FaultKind | None:
        """The planned fault for this call; a delay is over when it is returned."""
        fault = self._faults.take("calendar")
        if fault and fault.kind is FaultKind.DELAY:
            await asyncio.sleep(fault.seconds)
        return fault.kind if fault else None

    def _enter(self, wanted: Entry) -> "_Answer":
        known = self._of(wanted.booking_id)
        entry = known or wanted
        self._put(entry)
        return (200 if known else 201), {"id": entry.id}

    def _take_out(self, booking_id: UUID) -> "_Answer":
        known = self._of(booking_id)
        if known is None:
            return 404, {"reason": "There is no entry of this booking."}
        self._put(replace(known, cancelled=True))
        return 204, None

    def _of(self, booking_id: UUID) -> Entry | None:
        found = (entry for entry in self.entries if entry.booking_id == booking_id)
        return next(found, None)

    def _answer(
        self,
        request: Request,
        given: Any,
        status: int,
        body: dict[str, str] | None,
        fault: FaultKind | None,
    ) -> Response:
        if fault is FaultKind.LOSE_ANSWER:
            status, body = _INSTEAD[FaultKind.FAIL]
        path = request.url.path.removeprefix(PATH)
        self._journal.record(
            Call(self._clock.now(), "calendar", request.method, path, status, given, body)
        )
        return Response(status_code=status) if body is None else JSONResponse(body, status)

    def _put(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        starts_at, ends_at = entry.starts_at.isoformat(), entry.ends_at.isoformat()
        row = (entry.id, str(entry.booking_id), starts_at, ends_at, entry.title, entry.cancelled)
        self._file.execute(_UPSERT, row)
        self._file.commit()

    def _read(self) -> list[Entry]:
        rows = self._file.execute(
            "select id, booking_id, starts_at, ends_at, title, cancelled from entries"
            " order by rowid"
        )
        return [
            Entry(
                entry_id,
                UUID(booking_id),
                datetime.fromisoformat(starts_at),
                datetime.fromisoformat(ends_at),
                title,
                bool(cancelled),
            )
            for entry_id, booking_id, starts_at, ends_at, title, cancelled in rows
        ]


_Answer = tuple[int, dict[str, str] | None]

_INSTEAD: dict[FaultKind | None, _Answer] = {
    FaultKind.FAIL: (500, {"reason": "The sandbox was told to fail."}),
    FaultKind.REFUSE: (409, {"reason": _REFUSAL}),
}


def _wanted(given: Any) -> Entry:
    """The entry that was asked for; KeyError, TypeError or ValueError when it makes no sense."""
    starts_at = datetime.fromisoformat(given["startsAt"])
    ends_at = datetime.fromisoformat(given["endsAt"])
    if starts_at.tzinfo is None or ends_at.tzinfo is None or ends_at <= starts_at:
        raise ValueError("an entry ends after it starts, and says the offset of both")
    booking_id = UUID(given["bookingId"])
    return Entry(f"cal_{uuid4().hex}", booking_id, starts_at, ends_at, str(given["title"]))
