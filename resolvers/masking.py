"""Every GraphQL error leaves with a code; what a bug says stays in the log, under an id."""

import logging
from uuid import uuid4

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.types import ExecutionContext

from services.domain.errors import DomainError

logger = logging.getLogger(__name__)

MASKED_MESSAGE = "Something went wrong on our side."


class Refusal(GraphQLError):
    """A top-level error a resolver raises on purpose; only sign-in and rights are told this way."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


class Unauthenticated(Refusal):
    def __init__(self) -> None:
        super().__init__("UNAUTHENTICATED", "Please sign in.")


class MaskingSchema(strawberry.Schema):
    """A schema whose errors are fit for clients, whichever transport they leave by.

    Strawberry hands every error of every transport to `process_errors`, before any of them is
    formatted; its own version would log a client's typing errors as ours.
    """

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        executed = execution_context is not None and execution_context.result is not None
        errors[:] = [self._presented(error, executed=executed) for error in errors]

    def _presented(self, error: GraphQLError, *, executed: bool) -> GraphQLError:
        if "code" in (error.extensions or {}):
            return error
        if isinstance(error.original_error, DomainError):
            return _coded(error, error.original_error.code)
        if _is_bug(error):
            return _masked(error)
        if self.config.disable_field_suggestions:
            error.message = error.message.partition(" Did you mean ")[0]
        return _coded(error, _request_error_code(error, executed=executed))


def _is_bug(error: GraphQLError) -> bool:
    """Whether the error is about our code rather than about what the client sent."""
    cause = error.original_error
    if error.path is None:
        # An input that a scalar refuses has a cause too, but also a place in the document.
        return cause is not None and not error.nodes
    if isinstance(cause, GraphQLError):
        # About an argument it points at the argument; about a value of ours it points nowhere.
        return not cause.nodes
    return cause is not None


def _masked(error: GraphQLError) -> GraphQLError:
    error_id = str(uuid4())
    path = ".".join(map(str, error.path or ()))
    logger.error("internal error %s at %s", error_id, path, exc_info=error.original_error)
    return GraphQLError(
        MASKED_MESSAGE,
        nodes=error.nodes,
        path=error.path,
        extensions={"code": "INTERNAL", "id": error_id},
    )


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": code}
    return error


def _request_error_code(error: GraphQLError, *, executed: bool) -> str:
    if isinstance(error, GraphQLSyntaxError):
        # graphql-core gives its token limit no type of its own.
        over_limit = error.message.endswith("tokens. Parsing aborted.")
        return "QUERY_TOO_COMPLEX" if over_limit else "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT" if executed else "GRAPHQL_VALIDATION_FAILED"
