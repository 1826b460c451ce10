"""Content negotiation follows RFC 9110 and the GraphQL-over-HTTP specification."""

import pytest

from resolvers.media_types import GRAPHQL_RESPONSE as MODERN
from resolvers.media_types import JSON as LEGACY
from resolvers.media_types import is_utf8_json, response_type


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, LEGACY),
        ("", LEGACY),
        ("*/*", LEGACY),
        ("application/*", LEGACY),
        (LEGACY, LEGACY),
        (MODERN, MODERN),
        (f"{MODERN}, {LEGACY};q=0.9", MODERN),
        (f"{MODERN}; charset=utf-8, {LEGACY}; charset=utf-8", MODERN),
        (f"{LEGACY}, {MODERN}", LEGACY),
        (f"{LEGACY};q=0.5, {MODERN};q=0.4", LEGACY),
        ("application/json, text/plain, */*", LEGACY),
        (f"{MODERN.upper()}", MODERN),
        (f"{LEGACY};q=0, */*", MODERN),
        (f"{MODERN};q=0, {LEGACY};q=0", None),
        (f"{LEGACY};q=high", None),
        ("text/html, image/*", None),
    ],
)
def test_the_media_type_follows_the_accept_header(accept: str | None, chosen: str | None) -> None:
    assert response_type(accept) == chosen


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json; profile=x", True),
        ("application/json; charset=latin-1", False),
        ("application/graphql", False),
        ("text/plain", False),
        ("multipart/form-data; boundary=x", False),
        ("", False),
        (None, False),
    ],
)
def test_only_json_in_utf_8_is_taken(content_type: str | None, taken: bool) -> None:
    assert is_utf8_json(content_type) is taken
