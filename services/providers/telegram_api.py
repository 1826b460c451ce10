"""Telegram's Bot API as the bot and its channels call it: answers checked, trouble in our words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from services.providers.errors import ProviderError, malformed
from services.providers.http import Door

VENDOR = "telegram"

_AFTER_UNKNOWN = timedelta(seconds=60)
_LONGEST_WAIT_S = 86_400
_MARGIN = timedelta(seconds=1)


class BotApi:
    """The methods of one bot; `door` leads to the address that its token is part of."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def call(self, method: str, body: Mapping[str, Any], *, safe_to_repeat: bool) -> Any:
        """The `result` of a method. Raises ProviderError, its `body` being Telegram's answer."""
        answer = await self._door.request(
            "POST", f"/{method}", json=body, safe_to_repeat=safe_to_repeat
        )
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            raise unreadable("ok")
        if answer.get("result") is None:
            raise unreadable("result")
        return answer["result"]


def wait_of(response: httpx.Response) -> timedelta | None:
    """How long a refusal asks us to wait, which Telegram tells in the answer alone."""
    try:
        return _wait(response.json())
    except ValueError:
        return None


def checked(result: Any, name: str, kind: type) -> Any:
    """A field of an answer. Raises ProviderError where it is missing or of another type."""
    value = result.get(name) if isinstance(result, dict) else None
    if not isinstance(value, kind) or not value:
        raise unreadable(name)
    return value


def unreadable(name: str) -> ProviderError:
    return malformed(VENDOR, name).told(retry_after=_AFTER_UNKNOWN)


def description(error: ProviderError) -> str:
    """What Telegram said of its refusal; empty when it said nothing."""
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("description", ""))


def moved_to(error: ProviderError) -> int | None:
    """The id of the chat that took this one's place."""
    return _parameter(error.body, "migrate_to_chat_id")


def in_words(error: ProviderError) -> ProviderError:
    """A refusal or trouble that means the same whatever was asked for."""
    if error.status in (401, 404):
        return error.told("the bot token is wrong", status=401)
    wait = _wait(error.body)
    if error.status == 429 and wait is not None:
        error.retry_after = wait
    elif error.outcome_unknown and error.retry_after is None:
        error.retry_after = _AFTER_UNKNOWN
    return error


def _wait(body: Any) -> timedelta | None:
    seconds = _parameter(body, "retry_after")
    if seconds is None:
        return None
    return timedelta(seconds=min(max(seconds, 0), _LONGEST_WAIT_S)) + _MARGIN


def _parameter(body: Any, name: str) -> int | None:
    """A number that Telegram sends along with a refusal."""
    parameters = body.get("parameters") if isinstance(body, dict) else None
    value = parameters.get(name) if isinstance(parameters, dict) else None
    return value if type(value) is int else None
