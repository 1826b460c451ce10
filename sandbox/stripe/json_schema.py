"""Checks of values that come as JSON rather than as text, for the v2 API."""

from typing import Any

from sandbox.stripe.errors import invalid_parameter
from sandbox.stripe.schema import Check


def boolean(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise invalid_parameter(name, f"Invalid boolean: {name}")
    return value


def array(item: Check, most: int) -> Check:
    def check(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid_parameter(name, f"Invalid array: {name}")
        if len(value) > most:
            raise invalid_parameter(name, f"{name} may hold at most {most} entries")
        return [item(each, f"{name}[{position}]") for position, each in enumerate(value)]

    return check
