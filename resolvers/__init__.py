"""Requests become use-case calls, results become schema types."""
