"""How deep, wide and expensive an operation is, each fragment weighed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from schema.scalars import parse_date_time
from services.catalogue import LONGEST_SEARCH
from services.domain.paging import DEFAULT_FIRST, MAX_FIRST

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType

# What a list without `first` is taken to hold; such lists are short by design.
_LIST_SIZE = 10

# How far apart the items of a list over a range of time are taken to lie.
_ITEM_EVERY = timedelta(hours=1)

# Selections and spreads inside one another. Far above any honest query, far below what would
# exhaust Python's stack here or in the validation that follows.
_MAX_NESTING = 64


@dataclass(frozen=True, slots=True)
class Weight:
    """Of a set of selections: `fields` counts its own level, the rest everything below too."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0

    def beside(self, other: "Weight") -> "Weight":
        return Weight(
            depth=max(self.depth, other.depth),
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            cost=self.cost + other.cost,
        )


class NestedTooDeeply(Exception):
    """Selections and fragments lie too deep in one another to be weighed."""


def weigh(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
) -> Weight:
    """The weight of one operation, which need not be valid yet. Raises NestedTooDeeply.

    A field costs 1, a connection its content times `first`, a list over a range of time its
    content times the hours of the range, another list its content times ten.
    """
    scale = _Scale(schema, document, operation, variables)
    root = schema.get_root_type(operation.operation)
    return scale.selections(operation.selection_set, root, nesting=0)


class _Scale:
    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
    ) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        defaults = {
            definition.variable.name.value: _constant(definition.default_value)
            for definition in operation.variable_definitions or ()
        }
        self._variables = {**defaults, **variables}
        # A fragment being weighed counts as nothing, which ends cycles: validation refuses them.
        self._weights: dict[str, Weight] = {}

    def selections(
        self, node: SelectionSetNode | None, parent: Composite | None, *, nesting: int
    ) -> Weight:
        if nesting > _MAX_NESTING:
            raise NestedTooDeeply
        total = Weight()
        for selection in node.selections if node else ():
            total = total.beside(self._selection(selection, parent, nesting + 1))
        return total

    def _selection(self, node: SelectionNode, parent: Composite | None, nesting: int) -> Weight:
        if isinstance(node, FieldNode):
            return self._field(node, parent, nesting)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, nesting)
        assert isinstance(node, InlineFragmentNode)
        inner = self._type(node.type_condition) if node.type_condition else parent
        return self.selections(node.selection_set, inner, nesting=nesting)

    def _fragment(self, name: str, nesting: int) -> Weight:
        if name in self._weights:
            return self._weights[name]
        fragment = self._fragments.get(name)
        if fragment is None:
            return Weight()
        self._weights[name] = Weight()
        weight = self.selections(
            fragment.selection_set, self._type(fragment.type_condition), nesting=nesting
        )
        self._weights[name] = weight
        return weight

    def _field(self, node: FieldNode, parent: Composite | None, nesting: int) -> Weight:
        name = node.name.value
        field = self._schema.get_field(parent, name) if parent else None
        inner_type = get_named_type(field.type) if field else None
        inner = self.selections(
            node.selection_set,
            inner_type if is_composite_type(inner_type) else None,
            nesting=nesting,
        )
        aliases = inner.aliases + (node.alias is not None)
        if name.startswith("__"):
            # graphql-core bounds how deep introspection recurses by a rule of its own.
            return Weight(depth=1, fields=1, aliases=aliases, cost=1)
        size = self._size(node, field, parent)
        return Weight(depth=inner.depth + 1, fields=1, aliases=aliases, cost=1 + size * inner.cost)

    def _size(self, node: FieldNode, field: GraphQLField | None, parent: Composite | None) -> int:
        """How many times the content of a field is resolved."""
        if field is None:
            return 1
        if "first" in field.args:
            return self._first(node)
        if "from" in field.args and "to" in field.args:
            return self._hours(node)
        if is_list_type(get_nullable_type(field.type)):
            # The lists inside a connection were counted by its `first`.
            return 1 if parent and parent.name.endswith("Connection") else _LIST_SIZE
        return 1

    def _first(self, node: FieldNode) -> int:
        first = self._arguments(node).get("first", DEFAULT_FIRST)
        # What is no number is refused later, and so is what is outside the range.
        return min(max(first, 1), MAX_FIRST) if isinstance(first, int) else MAX_FIRST

    def _hours(self, node: FieldNode) -> int:
        given = self._arguments(node)
        start, end = _moment(given.get("from")), _moment(given.get("to"))
        # What is no moment is refused later, and so is a range that is empty or too long.
        span = min(end - start, LONGEST_SEARCH) if start and end else LONGEST_SEARCH
        return max(1, -(-span // _ITEM_EVERY))

    def _arguments(self, node: FieldNode) -> dict[str, object]:
        return {
            argument.name.value: self._variables.get(argument.value.name.value)
            if isinstance(argument.value, VariableNode)
            else _constant(argument.value)
            for argument in node.arguments or ()
        }

    def _type(self, condition: NamedTypeNode) -> Composite | None:
        named = self._schema.get_type(condition.name.value)
        return named if is_composite_type(named) else None


def _constant(node: ValueNode | None) -> object:
    if isinstance(node, StringValueNode):
        return node.value
    return int(node.value) if isinstance(node, IntValueNode) else None


def _moment(value: object) -> datetime | None:
    try:
        return parse_date_time(value)
    except ValueError:
        return None
