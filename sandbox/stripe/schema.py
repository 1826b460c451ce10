"""Strict checks of request parameters; each check turns form text into a typed value or refuses."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.stripe.errors import invalid_parameter, missing_parameter, unknown_parameter
from sandbox.stripe.money import SUPPORTED

Check = Callable[[Any, str], Any]

_INTEGER = re.compile(r"-?\d{1,15}")
_METADATA_KEYS, _METADATA_KEY, _METADATA_VALUE = 50, 40, 500


def text(limit: int = 5000) -> Check:
    def check(value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise invalid_parameter(name, f"Invalid string: {name}", "parameter_invalid_string")
        if not value:
            why = f"You passed an empty string for '{name}'; leave the parameter out instead."
            raise invalid_parameter(name, why, "parameter_invalid_empty")
        if len(value) > limit:
            why = f"Invalid string: {name} must be at most {limit} characters"
            raise invalid_parameter(name, why)
        return value

    return check


def integer(least: int = 0, most: int = 10**15) -> Check:
    def check(value: Any, name: str) -> int:
        if not isinstance(value, str) or not _INTEGER.fullmatch(value):
            raise invalid_parameter(name, f"Invalid integer: {value}", "parameter_invalid_integer")
        number = int(value)
        if not least <= number <= most:
            why = f"{name} must be between {least} and {most}, not {number}"
            raise invalid_parameter(name, why, "parameter_invalid_integer")
        return number

    return check


def boolean(value: Any, name: str) -> bool:
    if value not in ("true", "false"):
        raise invalid_parameter(name, f"Invalid boolean: {value}")
    return bool(value == "true")


def one_of(*values: str) -> Check:
    def check(value: Any, name: str) -> str:
        if value not in values:
            raise invalid_parameter(name, f"Invalid {name}: must be one of {', '.join(values)}")
        return str(value)

    return check


def either(*literals: str, otherwise: Check) -> Check:
    """One of these words, or else what another check takes."""
    return lambda value, name: value if value in literals else otherwise(value, name)


def currency(value: Any, name: str) -> str:
    code = str(text(3)(value, name)).lower()
    if code not in SUPPORTED:
        raise invalid_parameter(name, f"Invalid currency: {code}")
    return code


def email(value: Any, name: str) -> str:
    address = str(text(512)(value, name))
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        raise invalid_parameter(name, f"Invalid email address: {address}", "email_invalid")
    return address


def url(value: Any, name: str) -> str:
    address = str(text()(value, name))
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid_parameter(name, "Not a valid URL", "url_invalid")
    return address


def array(item: Check, most: int) -> Check:
    """A list; refused when its indexes do not run from 0 without a gap."""

    def check(value: Any, name: str) -> list[Any]:
        if not isinstance(value, dict) or set(value) != {str(n) for n in range(len(value))}:
            raise invalid_parameter(name, f"Invalid array: {name}")
        if len(value) > most:
            raise invalid_parameter(name, f"{name} may hold at most {most} entries")
        return [item(value[str(n)], f"{name}[{n}]") for n in range(len(value))]

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """A hash of exactly these keys; an empty `name` is the request itself."""
    known = {**required, **optional}

    def check(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid_parameter(name, f"Invalid object: {name}")
        for key in value:
            if key not in known:
                raise unknown_parameter(_below(name, key))
        for key in required:
            if key not in value:
                raise missing_parameter(_below(name, key))
        return {key: known[key](inner, _below(name, key)) for key, inner in value.items()}

    return check


def metadata(value: Any, name: str) -> dict[str, str]:
    """At most 50 keys of 40 characters, values of 500 (docs.stripe.com/api/metadata)."""
    return {key: inner for key, inner in (metadata_change(value, name) or {}).items() if inner}


def metadata_change(value: Any, name: str) -> dict[str, str] | None:
    """Metadata of an update: an empty value takes its key away, None (sent as "") takes all."""
    if value == "":
        return None
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise invalid_parameter(name, f"Invalid object: {name} must be flat key-value pairs")
    if len(value) > _METADATA_KEYS:
        raise invalid_parameter(name, f"{name} may have at most {_METADATA_KEYS} keys")
    for key, inner in value.items():
        if len(key) > _METADATA_KEY:
            why = f"Metadata keys may have at most {_METADATA_KEY} characters: {key}"
            raise invalid_parameter(name, why)
        if len(inner) > _METADATA_VALUE:
            why = f"Metadata values may have at most {_METADATA_VALUE} characters: {key}"
            raise invalid_parameter(f"{name}[{key}]", why)
    return dict(value)


def moments(value: Any, name: str) -> dict[str, int]:
    """A filter on `created`: one moment, or bounds; moments are epoch seconds."""
    bound = integer(most=int(datetime.max.replace(tzinfo=UTC).timestamp()))
    if isinstance(value, str):
        moment = bound(value, name)
        return {"gte": moment, "lte": moment}
    bounds: dict[str, int] = shape({}, dict.fromkeys(("gt", "gte", "lt", "lte"), bound))(
        value, name
    )
    return bounds


def unserved(value: Any, name: str) -> Any:
    """A parameter that Stripe has and the sandbox does not: refused aloud, never ignored."""
    raise invalid_parameter(name, f"The sandbox does not serve {name}.")


def _below(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key
