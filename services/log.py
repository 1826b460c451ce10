"""Structured log lines: one JSON object a decision, all work of one cause under one id."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import uuid4

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; what was passed as `extra` becomes its fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "correlation_id": correlation_id.get(),
        }
        line |= _fields(record)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class PeopleFormatter(logging.Formatter):
    """A record as one short line for somebody at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={value}" for key, value in _fields(record).items())
        line = f"{datetime.now():%H:%M:%S}  {record.getMessage()}  {fields}".rstrip()  # noqa: DTZ005  # the clock on the reader's wall
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """What was passed as `extra`."""
    return {key: value for key, value in record.__dict__.items() if key not in _OWN}


@contextmanager
def correlated(cause: str | None = None) -> Iterator[str]:
    """Give everything logged inside the id of its cause, or a new id."""
    value = cause or uuid4().hex[:16]
    token = correlation_id.set(value)
    try:
        yield value
    finally:
        correlation_id.reset(token)


def configure(level: str, *, for_people: bool = False) -> None:
    """Send every log line of the process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PeopleFormatter() if for_people else JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "stripe", "uvicorn", "mail.log", "pgqueuer"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
