"""The contract with clients: GraphQL types, inputs, errors and scalars; no I/O."""
