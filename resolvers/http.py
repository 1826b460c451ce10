"""The GraphQL endpoint, after the GraphQL-over-HTTP specification (September 2026)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import orjson
import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from resolvers.graphql_request import GraphQLRequest, RequestRefused, read
from resolvers.ide import ide_page
from resolvers.media_types import GRAPHQL_RESPONSE, JSON, accepts_html, response_type
from resolvers.options import GraphQLOptions

C = TypeVar("C")

# Execution gave data and errors. The specification's own status; HTTP lets who does not know
# it treat it as 200.
_PARTIAL_SUCCESS = 294

_METHOD_NOT_ALLOWED = RequestRefused(
    405, "METHOD_NOT_ALLOWED", "Operations are sent by POST.", {"allow": "POST"}
)
_NOT_ACCEPTABLE = RequestRefused(
    406, "NOT_ACCEPTABLE", f"Answers are {GRAPHQL_RESPONSE} or {JSON}."
)

_SERVED = frozenset({OperationType.QUERY, OperationType.MUTATION})


class GraphQLEndpoint(Generic[C]):
    """ASGI app for `Route("/graphql", …, methods=["GET", "POST"])`.

    `context` makes the value that resolvers see; it may raise RequestRefused. Operations come by
    POST only: a GET is the IDE for a browser, where that is on, and 405 for everybody else.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        context: Callable[[Request], Awaitable[C]],
        options: GraphQLOptions,
    ) -> None:
        self._schema = schema
        self._context = context
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accept = request.headers.get("accept")
        if self._options.ide and request.method in ("GET", "HEAD") and accepts_html(accept):
            return ide_page()
        if request.method != "POST":
            return _refused(_METHOD_NOT_ALLOWED, response_type(accept) or JSON)
        media_type = response_type(accept)
        if media_type is None:
            return _refused(_NOT_ACCEPTABLE, JSON)
        try:
            operation = await read(request, max_body_bytes=self._options.max_body_bytes)
            context = await self._context(request)
        except RequestRefused as refusal:
            return _refused(refusal, media_type)
        return await self._executed(operation, context, media_type)

    async def _executed(self, operation: GraphQLRequest, context: C, media_type: str) -> Response:
        try:
            result = await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                operation_extensions=operation.extensions,
                allowed_operation_types=_SERVED,
            )
        except CannotGetOperationTypeError as error:
            body = _error("OPERATION_RESOLUTION_FAILURE", error.as_http_error_reason())
            return _response(body, 400 if media_type == GRAPHQL_RESPONSE else 200, media_type)
        except InvalidOperationTypeError:
            body = _error("BAD_REQUEST", "Subscriptions are not served by plain POST.")
            return _response(body, 400 if media_type == GRAPHQL_RESPONSE else 200, media_type)
        return _answered(result, media_type)


def _answered(result: ExecutionResult, media_type: str) -> Response:
    errors = [error.formatted for error in result.errors or ()]
    body: dict[str, object] = {"errors": errors} if errors else {}
    # Only execution gives errors a path: without data and without one, nothing was executed.
    executed = result.data is not None or any("path" in error for error in errors)
    if executed:
        body["data"] = result.data
    # Readers of the older media type trust a body only under 200.
    status = 200 if media_type == JSON else _status(errors, executed=executed)
    return _response(body, status, media_type)


def _status(errors: list[Any], *, executed: bool) -> int:
    if executed:
        return _PARTIAL_SUCCESS if errors else 200
    ours = any(error["extensions"].get("code") == "INTERNAL" for error in errors)
    return 500 if ours else 400


def _refused(refusal: RequestRefused, media_type: str) -> Response:
    body = _error(refusal.code, refusal.message)
    return _response(body, refusal.status, media_type, refusal.headers)


def _error(code: str, message: str) -> dict[str, object]:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _response(
    body: Mapping[str, object],
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response(
        orjson.dumps(body),
        status_code=status,
        headers={"cache-control": "no-store", **(headers or {})},
        media_type=f"{media_type}; charset=utf-8",
    )
