"""The guard before execution: limits on every operation, and a memory of documents found valid."""

from collections import OrderedDict
from collections.abc import Callable, Iterator

from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    get_operation_ast,
)
from strawberry.extensions import SchemaExtension

from resolvers.complexity import NestedTooDeeply, Weight, weigh
from resolvers.options import GraphQLOptions


class DocumentCache:
    """Valid documents by their text, the least recently used forgotten first.

    Bounded in number and in length, and closed to invalid documents: what strangers send can
    neither fill the memory nor push out what the clients of the service use.
    """

    def __init__(self, *, size: int = 256, longest: int = 8_192) -> None:
        self._size = size
        self._longest = longest
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, text: str) -> DocumentNode | None:
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
        return document

    def put(self, text: str, document: DocumentNode) -> None:
        if len(text) > self._longest:
            return
        self._documents[text] = document
        if len(self._documents) > self._size:
            self._documents.popitem(last=False)


class Guard(SchemaExtension):
    """Parses within the token limit, refuses what weighs too much, validates the rest once."""

    def __init__(self, options: GraphQLOptions, cache: DocumentCache) -> None:
        self._options = options
        self._cache = cache
        self._known = False

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        context.parse_options["max_tokens"] = self._options.max_tokens
        if not self._options.introspection:
            context.validation_rules += (NoSchemaIntrospectionCustomRule,)
        yield

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        context.graphql_document = self._cache.get(context.query or "")
        self._known = context.graphql_document is not None
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        # Limits come before validation, which an oversized document could make slow, and are
        # asked of known documents too, because the cost depends on the variables.
        refusal = self._refusal()
        if refusal is not None:
            context.pre_execution_errors = [refusal]
        elif self._known:
            context.pre_execution_errors = []
        yield
        if not context.pre_execution_errors and not self._known:
            assert context.query is not None
            assert context.graphql_document is not None
            self._cache.put(context.query, context.graphql_document)

    def _refusal(self) -> GraphQLError | None:
        context = self.execution_context
        document = context.graphql_document
        assert document is not None
        # The public `operation_name` is that of the first operation where the client gave none,
        # and Strawberry would run that one; GraphQL wants such a request refused.
        operation = get_operation_ast(document, context._provided_operation_name)
        if operation is None:
            return GraphQLError(
                "The document has several operations: name one in operationName.",
                extensions={"code": "OPERATION_RESOLUTION_FAILURE"},
            )
        schema = context.schema._schema  # Strawberry has no public name for it
        try:
            weight = weigh(schema, document, operation, context.variables or {})
        except NestedTooDeeply:
            return _too_complex("The query is nested too deeply.")
        return over_limit(weight, self._options)


def over_limit(weight: Weight, options: GraphQLOptions) -> GraphQLError | None:
    """The refusal for the first limit that `weight` exceeds, or None."""
    for what, actual, limit in (
        ("depth", weight.depth, options.max_depth),
        ("number of aliases", weight.aliases, options.max_aliases),
        ("number of root fields", weight.fields, options.max_root_fields),
        ("cost", weight.cost, options.max_cost),
    ):
        if actual > limit:
            return _too_complex(f"The query's {what} is over the limit of {limit}.")
    return None


def _too_complex(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})


def guard(options: GraphQLOptions) -> Callable[[], Guard]:
    """The extension factory for one schema; its document cache belongs to that schema alone."""
    cache = DocumentCache()
    return lambda: Guard(options, cache)
