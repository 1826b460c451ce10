"""Reads what a request sends: a query or form with nested brackets, or a JSON object."""

import json
from typing import Any

from starlette.requests import Request

from sandbox.stripe import forms
from sandbox.stripe.errors import ApiError

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


async def read(request: Request, *, takes_json: bool) -> dict[str, Any]:
    """The parameters as they were sent; raises ApiError for what cannot be read."""
    if request.method in ("GET", "DELETE"):
        return forms.parse(request.url.query)
    wanted = _JSON if takes_json else _FORM
    body = await request.body()
    content_type = request.headers.get("content-type", wanted).partition(";")[0].strip()
    if body and content_type != wanted:
        raise ApiError(f"Send the body as {wanted}, not as {content_type}.")
    if takes_json:
        return _object(body)
    try:
        return forms.parse(body.decode("ascii"))
    except UnicodeDecodeError as error:
        raise ApiError("The request is not a valid form encoding.") from error


def _object(body: bytes) -> dict[str, Any]:
    """A JSON object; what is null in it counts as not given."""
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("The body is not valid JSON.") from error
    if not isinstance(given, dict):
        raise ApiError("The body is not a JSON object.")
    return _without_nulls(given)


def _without_nulls(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in given.items()
        if value is not None
    }
