"""An HTTP request becomes the four parameters of GraphQL over HTTP, or is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from starlette.requests import ClientDisconnect, Request

from resolvers.media_types import is_utf8_json

T = TypeVar("T")


class RequestRefused(Exception):
    """The whole HTTP request fails with one error; the context may raise it for a bad token."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


async def read(request: Request, *, max_body_bytes: int) -> GraphQLRequest:
    """Raises RequestRefused: 413 or 415 by the headers or the size, 400 by the content."""
    if not is_utf8_json(request.headers.get("content-type")):
        raise RequestRefused(
            415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json in UTF-8."
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefused(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body must not be compressed.",
            {"accept-encoding": "identity"},
        )
    return _parameters(_decoded(await _body(request, max_body_bytes)))


async def _body(request: Request, limit: int) -> bytes:
    """The whole body, given up as soon as it is known to be longer than `limit`."""
    too_large = RequestRefused(
        413, "PAYLOAD_TOO_LARGE", f"The body is longer than {limit} bytes.", {"connection": "close"}
    )
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise too_large
    except ClientDisconnect as gone:
        raise _malformed("The body ended before its time.") from gone
    return bytes(body)


def _decoded(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:  # also for text that is not UTF-8 or nested too deep
        raise _malformed("The body is not valid JSON.") from error


def _parameters(body: object) -> GraphQLRequest:
    if isinstance(body, list):
        raise _malformed("Batches are not served: send one operation a request.")
    if not isinstance(body, dict):
        raise _malformed("The body must be a JSON object.")
    query = _optional(body, "query", str)
    if not query:
        raise _malformed("The parameter query must be a string with a GraphQL document.")
    return GraphQLRequest(
        query=query,
        operation_name=_optional(body, "operationName", str) or None,
        variables=_optional(body, "variables", dict) or {},
        extensions=_optional(body, "extensions", dict) or {},
    )


def _optional(body: Mapping[str, object], name: str, kind: type[T]) -> T | None:
    value = body.get(name)
    if value is None or isinstance(value, kind):
        return value
    wanted = "a string" if kind is str else "an object"
    raise _malformed(f"The parameter {name} must be {wanted}.")


def _malformed(message: str) -> RequestRefused:
    return RequestRefused(400, "BAD_REQUEST", message)
