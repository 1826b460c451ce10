"""Zoom's API as our account: every request signed with the shared token, errors explained."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from services.providers.access_tokens import Token
from services.providers.errors import ProviderError
from services.providers.http import Door
from services.providers.zoom_tokens import ZoomTokens

_BAD_TOKEN = frozenset({124, 200, 201})
_MISSING_SCOPE = frozenset({4700, 4711})


class ZoomAccount:
    """Requests to Zoom; `door` leads to the API's current version."""

    def __init__(self, door: Door, tokens: ZoomTokens) -> None:
        self._door = door
        self._tokens = tokens

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str] | None = None,
        safe_to_repeat: bool = False,
    ) -> Any:
        """The parsed JSON of the answer; sent once more with a new token if ours was not taken.

        A token that is not taken is a request that was not carried out. Raises ProviderError.
        """
        send = partial(
            self._door.request,
            method,
            path,
            json=json,
            params=params,
            safe_to_repeat=safe_to_repeat,
        )
        token = await self._tokens.current()
        try:
            return await send(headers=_signed(token))
        except ProviderError as error:
            if error.status != HTTPStatus.UNAUTHORIZED or _code(error) not in _BAD_TOKEN:
                raise _explained(error) from None
        await self._tokens.refused(token)
        token = await self._tokens.current()
        try:
            return await send(headers=_signed(token))
        except ProviderError as error:
            raise _explained(error) from None


def _signed(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.access_token}"}


def _code(error: ProviderError) -> int | None:
    """Zoom's own error code."""
    match error.body:
        case {"code": int(code)}:
            return code
    return None


def _explained(error: ProviderError) -> ProviderError:
    """The error with Zoom's code in its message; a missing scope waits for somebody to grant it."""
    code = _code(error)
    if code is None:
        return error
    locked_out = code in _MISSING_SCOPE
    return error.told(
        f"{error.message}, code {code}{' (the app lacks a scope)' if locked_out else ''}",
        retryable=error.retryable or locked_out,
        status=HTTPStatus.FORBIDDEN if locked_out else None,
    )
