"""The schema of the service."""

from resolvers.guarded import guarded_schema
from resolvers.masking import MaskingSchema
from resolvers.mutations import Mutation
from resolvers.options import GraphQLOptions
from resolvers.queries import Query


def build_schema(options: GraphQLOptions) -> MaskingSchema:
    """The schema with a deployment's limits."""
    return guarded_schema(Query, Mutation, options=options)


schema = build_schema(GraphQLOptions())
"""With default limits, for printing and for tests of the contract."""
