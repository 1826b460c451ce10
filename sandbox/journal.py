"""What the stand-ins were asked and what they answered, newest last."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a stand-in, or one webhook that a stand-in delivered.

    `request` and `response` are JSON-able; secrets are left out by the recorder.
    """

    at: datetime
    service: str
    method: str
    path: str
    status: int
    request: Any = None
    response: Any = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.isoformat()}


class Journal:
    """A bounded record of calls."""

    def __init__(self, keep: int = 500) -> None:
        self._calls: deque[Call] = deque(maxlen=keep)

    def record(self, call: Call) -> None:
        self._calls.append(call)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def of(self, service: str) -> list[Call]:
        return [call for call in self._calls if call.service == service]

    def clear(self) -> None:
        self._calls.clear()
