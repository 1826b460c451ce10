"""What is held about any schema of ours: it is described, and it breaks no client."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

ROOT = Path(__file__).resolve().parents[2]
SDL = Path("schema") / "schema.graphql"

Described = GraphQLNamedType | GraphQLField | GraphQLInputField | GraphQLArgument


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Schema coordinates of everything without a description, such as `Query.me(first:)`."""
    return [name for name, description in _descriptions(schema) if not (description or "").strip()]


def _descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        yield from _members(name, kind)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description


def _members(name: str, kind: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for field_name, field in kind.fields.items():
            yield f"{name}.{field_name}", field.description
            for argument_name, argument in field.args.items():
                yield f"{name}.{field_name}({argument_name}:)", argument.description
    elif isinstance(kind, GraphQLInputObjectType):
        for input_name, input_field in kind.fields.items():
            yield f"{name}.{input_name}", input_field.description
    elif isinstance(kind, GraphQLEnumType):
        for value_name, value in kind.values.items():
            yield f"{name}.{value_name}", value.description


def breaking_changes(old_sdl: str, new_sdl: str) -> list[str]:
    """What a client written against `old_sdl` could trip over in `new_sdl`."""
    changes = find_breaking_changes(build_schema(old_sdl), build_schema(new_sdl))
    return [change.description for change in changes]


def landed_sdl(root: Path = ROOT) -> str | None:
    """The SDL of the last commit; None where there is no git, no commit or no such file yet."""
    try:
        shown = subprocess.run(
            ["git", "show", f"HEAD:{SDL.as_posix()}"], cwd=root, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return shown.stdout.decode()
