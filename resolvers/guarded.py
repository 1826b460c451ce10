"""The one way a schema of this service is put together."""

from collections.abc import Iterable

from strawberry.schema.config import StrawberryConfig

from resolvers.limits import guard
from resolvers.masking import MaskingSchema
from resolvers.options import GraphQLOptions
from schema.errors import ERROR_TYPES
from schema.scalars import SCALARS


def guarded_schema(
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    *,
    types: Iterable[type] = (),
    options: GraphQLOptions | None = None,
) -> MaskingSchema:
    """A schema with our scalars and error types, limits before execution, and masked errors.

    `types` are those that only an interface leads to, beside the error types.
    """
    options = options or GraphQLOptions()
    return MaskingSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=(*ERROR_TYPES, *types),
        extensions=[guard(options)],
        config=StrawberryConfig(
            scalar_map=SCALARS, disable_field_suggestions=not options.suggestions
        ),
    )
