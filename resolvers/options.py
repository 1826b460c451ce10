"""What a deployment decides about its GraphQL endpoint: what it shows and how much it takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraphQLOptions:
    """Limits hold for one request; everything that reveals the schema is off unless asked for."""

    ide: bool = False
    introspection: bool = False
    suggestions: bool = False
    max_body_bytes: int = 100_000
    max_tokens: int = 2_000
    max_depth: int = 12
    max_aliases: int = 30
    max_root_fields: int = 10
    max_cost: int = 5_000
