"""What the stand-in of Cal.com remembers, and which times are free by it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.calcom_schedule import is_open
from sandbox.clock import SandboxClock
from sandbox.shelf import Shelf
from services.domain.slots import Interval


class Diary:
    """Bookings by uid, reservations by uid and times closed by hand, on shelves."""

    def __init__(self, clock: SandboxClock, shelf: Callable[[str], Shelf]) -> None:
        self._clock = clock
        self.bookings = shelf("bookings")
        self._reservations = shelf("reservations")
        self._busy = shelf("busy")

    def now(self) -> datetime:
        return self._clock.now()

    def live(self) -> list[dict[str, Any]]:
        """Bookings that take time, oldest first."""
        return [one for one in self.bookings.all() if one["status"] in ("accepted", "pending")]

    def reserved(self) -> list[dict[str, Any]]:
        """Reservations that have not lapsed, oldest first."""
        now = self.now()
        return [one for one in self._reservations.all() if parsed(one["reservationUntil"]) > now]

    def reserve(self, reservation: dict[str, Any]) -> None:
        self._reservations.put(reservation["reservationUid"], reservation)

    def release(self, uid: str) -> bool:
        """Whether there was something to release."""
        known = any(one["reservationUid"] == uid for one in self.reserved())
        self._reservations.remove(uid)
        return known

    def close(self, times: Interval) -> None:
        """Let something else take the host's time."""
        closed = {"start": written(times.start), "end": written(times.end)}
        self._busy.put(uuid4().hex, closed)

    def is_free(self, wanted: Interval, *, but: str | None = None) -> bool:
        """Whether the host works then and nothing but the booking `but` is there."""
        others = [one for one in self.live() if one["uid"] != but]
        taken = any(overlaps(one, wanted) for one in [*others, *self._busy.all()])
        return is_open(wanted) and not taken


def overlaps(
    one: dict[str, Any], wanted: Interval, names: tuple[str, str] = ("start", "end")
) -> bool:
    return parsed(one[names[0]]) < wanted.end and wanted.start < parsed(one[names[1]])


def written(moment: datetime) -> str:
    """A moment as answers have it: UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)
