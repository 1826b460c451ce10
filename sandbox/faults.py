"""What goes wrong next at a stand-in: set on /sandbox or by a test, consumed call by call."""

from collections import defaultdict, deque
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What a stand-in does instead of answering as it should."""

    FAIL = "fail"  # answers 500 and does nothing
    REFUSE = "refuse"  # a business refusal in the service's own form (calendar: 409 slot taken)
    DELAY = "delay"  # waits `seconds`, then answers as usual
    LOSE_ANSWER = "lose_answer"  # does the work, then answers 500: the caller cannot know


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    seconds: float = 0.0


class Faults:
    """Planned faults per service (`stripe`, `calendar`, `mail`, …), first in first out."""

    def __init__(self) -> None:
        self._planned: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def plan(self, service: str, fault: Fault, times: int = 1) -> None:
        self._planned[service].extend([fault] * times)

    def take(self, service: str) -> Fault | None:
        """The fault for this call, consumed; None when all is well."""
        planned = self._planned[service]
        return planned.popleft() if planned else None

    def planned(self) -> dict[str, list[str]]:
        return {
            name: [fault.kind.value for fault in plan]
            for name, plan in self._planned.items()
            if plan
        }

    def clear(self) -> None:
        self._planned.clear()
