"""What Telegram's stand-in refuses in the parameters of any method, and in Telegram's words."""

from typing import Any

_Json = dict[str, Any]


class BadRequest(Exception):
    """Telegram answers 400 with this as its description, after `Bad Request: `."""


def only(body: _Json, *names: str) -> None:
    """Refuse parameters that we do not send: a mistyped one would go unnoticed."""
    if unknown := sorted(body.keys() - set(names)):
        raise BadRequest(f"the sandbox does not know {', '.join(unknown)}")


def flag(body: _Json, name: str) -> bool:
    """A true or a false, which is also what is missing. Raises BadRequest."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"the sandbox takes true or false as {name}")
    return value


def user_id(body: _Json) -> int:
    value = body.get("user_id")
    if type(value) is not int or value <= 0:
        raise BadRequest("invalid user_id specified")
    return value
