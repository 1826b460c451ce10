"""Reads Stripe's form encoding: nested brackets such as `line_items[0][quantity]=1`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import ApiError, invalid_parameter

_NAME = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")
_PART = re.compile(r"[^\[\]]+|\[\]")
_MOST_FIELDS = 2000


def parse(encoded: str) -> dict[str, Any]:
    """The tree of a form body or query string; every leaf is text.

    Lists stay mappings keyed by their index text: only the schema knows whether `0` is an
    index or a metadata key. Raises ApiError when a name is malformed or given twice.
    """
    try:
        pairs = parse_qsl(
            encoded, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise ApiError("The request is not a valid form encoding.") from error
    tree: dict[str, Any] = {}
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            raise invalid_parameter(name, f"Malformed parameter name: {name}")
        _insert(tree, name, value)
    return tree


def _insert(tree: dict[str, Any], name: str, value: str) -> None:
    *parents, leaf = _PART.findall(name)
    branch = tree
    for part in parents:
        inner = branch.setdefault(_key(branch, part), {})
        if not isinstance(inner, dict):
            raise invalid_parameter(name, f"{name} is given both as a value and as a hash")
        branch = inner
    key = _key(branch, leaf)
    if key in branch:
        raise invalid_parameter(name, f"{name} is given more than once")
    branch[key] = value


def _key(branch: dict[str, Any], part: str) -> str:
    return str(len(branch)) if part == "[]" else part
