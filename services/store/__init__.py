"""All SQL: one module a table, one function a statement."""
