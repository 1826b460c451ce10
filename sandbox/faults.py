"""What goes wrong next at a stand-in: set on /sandbox or by a test, consumed call by call."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FaultKind(StrEnum):
    """What a stand-in does instead of answering as it should."""

    FAIL = "fail"  # answers 500 and does nothing
    REFUSE = "refuse"  # a business refusal in the service's own form (calendar: slot taken)
    DELAY = "delay"  # waits `seconds`, then answers as usual
    LOSE_ANSWER = "lose_answer"  # does the work, then answers 500: the caller cannot know
    HANG = "hang"  # does the work, then keeps silent for `seconds`: the caller gives up waiting
    UNAUTHORIZED = "unauthorized"  # answers as to a wrong key
    RATE_LIMIT = "rate_limit"  # answers 429 and asks to wait `seconds`
    MALFORMED = "malformed"  # answers 200 with something that is no answer, and does nothing


ONLY: Mapping[str, frozenset[FaultKind]] = {
    "mail": frozenset(FaultKind) - {FaultKind.MALFORMED},
    "stripe": frozenset(FaultKind) - {FaultKind.MALFORMED},
    "webhook": frozenset({FaultKind.FAIL, FaultKind.DELAY, FaultKind.LOSE_ANSWER}),
}
"""What can be planned where not every kind has a meaning; a webhook that fails is dropped, one
whose answer is lost comes twice."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    seconds: float = 0.0


class Faults:
    """Planned faults, first in first out, and outages that last until a moment.

    They are planned for a service (`stripe`, `calcom`, `mail`, …) or for one of its operations
    (`calcom.book`), which goes before.
    """

    def __init__(self) -> None:
        self._planned: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._down_until: dict[str, datetime] = {}

    def plan(self, service: str, fault: Fault, times: int = 1) -> None:
        self._planned[service].extend([fault] * times)

    def take_down(self, service: str, until: datetime) -> None:
        """Let every call to the service fail until that moment of the sandbox's clock."""
        self._down_until[service] = until

    def take(self, service: str, operation: str | None = None, *, now: datetime) -> Fault | None:
        """The fault for this call, consumed; None when all is well."""
        until = self._down_until.get(service)
        if until is not None and now < until:
            return Fault(FaultKind.FAIL)
        return self.take_of(f"{service}.{operation}") or self.take_of(service)

    def take_of(self, name: str) -> Fault | None:
        """The fault planned under this very name, consumed; outages don't count."""
        planned = self._planned.get(name)
        return planned.popleft() if planned else None

    def planned(self) -> dict[str, list[str]]:
        return {
            name: [fault.kind.value for fault in plan]
            for name, plan in self._planned.items()
            if plan
        }

    def down(self, now: datetime) -> dict[str, datetime]:
        """Services that are down, and until when."""
        return {name: until for name, until in self._down_until.items() if now < until}

    def clear(self) -> None:
        self._planned.clear()
        self._down_until.clear()
