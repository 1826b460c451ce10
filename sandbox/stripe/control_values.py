"""What a control route is handed, and how a value is taken out of it."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sandbox.stripe.state import Json

_T = TypeVar("_T")
Action = Callable[[str, Json], Awaitable[Json]]
"""The id in the path and the JSON object that was sent; the answer."""


def take(given: Json, name: str, kind: type[Any] | tuple[type[Any], ...], default: _T) -> _T:
    """A named value of this type, or the default; ValueError for another type."""
    value: Any = given.get(name, default)
    if value is not default and (
        not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    ):
        raise ValueError(f"{name} has the wrong type")
    taken: _T = value
    return taken


def required(given: Json, name: str, kind: type[_T]) -> _T:
    """A named value of this type; ValueError when it is missing or of another type."""
    value: _T | None = take(given, name, kind, None)
    if value is None:
        raise ValueError(f"{name} is missing")
    return value
