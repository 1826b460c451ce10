"""What the sandbox's own JSON routes are given, checked, and how they say what is wrong with it."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Json = dict[str, Any]
Action = Callable[[Json], Awaitable[Json]]

LONGEST = timedelta(days=400)
_ISO_DURATION = re.compile(
    r"P(?=.)(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


class BadRequest(Exception):
    """What was sent makes no sense; the message says what would."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def accepting(action: Action) -> Callable[[Request], Awaitable[Response]]:
    """A route that hands what was sent to the action and answers with what it says."""

    async def accept(request: Request) -> Response:
        try:
            return JSONResponse(await action(await given_json(request)))
        except BadRequest as problem:
            return refusal(str(problem), problem.status)

    return accept


async def given_json(request: Request) -> Json:
    """The JSON object that was sent. Raises BadRequest."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise BadRequest("send application/json", 415)
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise BadRequest("send a JSON object")
    return given


def one_of(given: Json, name: str, allowed: tuple[str, ...] | list[str]) -> str:
    value = given.get(name)
    if value not in allowed:
        raise BadRequest(f"{name} must be one of {', '.join(allowed)}")
    return str(value)


def number(given: Json, name: str, default: float, *, at_least: float, at_most: float) -> float:
    value: Any = given.get(name, default)
    # The comparison also turns NaN away, which JSON as Python reads it may hold.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest(f"{name} must be a number")
    if not at_least <= value <= at_most:
        raise BadRequest(f"{name} must be from {at_least:g} to {at_most:g}")
    return float(value)


def moment(given: Json, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given[name])
    except (KeyError, TypeError, ValueError):
        raise BadRequest(f"{name} must be a moment such as 2026-12-01T09:00:00Z") from None
    if moment.tzinfo is None:
        raise BadRequest(f"{name} must say its offset from UTC")
    return moment


def duration(given: Json, name: str) -> timedelta:
    """Seconds, or an ISO 8601 duration without years and months, whose lengths vary."""
    value = given.get(name)
    if isinstance(value, str) and (parts := _ISO_DURATION.fullmatch(value)):
        return timedelta(**{unit: int(count) for unit, count in parts.groupdict("0").items()})
    most = LONGEST.total_seconds()
    if isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value <= most:
        return timedelta(seconds=value)
    raise BadRequest(f"{name} must be seconds or a duration such as PT35M or P3D, up to 400 days")


def refusal(message: str, status: int) -> Response:
    """A problem in the form of all routes below /sandbox."""
    return JSONResponse({"error": {"message": message}}, status)
