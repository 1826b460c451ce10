"""Content negotiation for GraphQL over HTTP."""

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"

# Best last: where the client leaves the choice open (no header, wildcards), plain JSON is what
# every client reads, and what the specification's own audit expects.
_OFFERED = (GRAPHQL_RESPONSE, JSON)


def response_type(accept: str | None) -> str | None:
    """The media type to answer with; None if the client accepts none that we have (406)."""
    if accept is None or not accept.strip():
        return JSON
    ranges = [_parsed(part, place) for place, part in enumerate(accept.split(","))]
    chosen = max(_OFFERED, key=lambda offered: _preference(offered, ranges))
    quality, *_ = _preference(chosen, ranges)
    return chosen if quality > 0 else None


def accepts_html(accept: str | None) -> bool:
    """Whether the client names HTML, as a browser that opens a page does."""
    return any(
        name == "text/html" and quality > 0
        for name, quality, _ in (_parsed(part, 0) for part in (accept or "").split(","))
    )


def is_utf8_json(content_type: str | None) -> bool:
    """Whether a request's body is declared as JSON, in the only encoding JSON travels in."""
    name, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [
        value.strip().strip('"')
        for key, _, value in (parameter.partition("=") for parameter in parameters)
        if key.strip() == "charset"
    ]
    return name == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


def _parsed(media_range: str, place: int) -> tuple[str, float, int]:
    """A media range as (name, quality, place in the header)."""
    name, *parameters = (part.strip().lower() for part in media_range.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _quality(value), place
    return name, 1.0, place


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _preference(offered: str, ranges: list[tuple[str, float, int]]) -> tuple[float, int, int, int]:
    """How much the client wants `offered`: quality, exactness, then order, then our own order.

    The most exact range that matches decides the quality (RFC 9110, section 12.5.1).
    """
    patterns = ("*/*", "application/*", offered)
    matches = [
        (patterns.index(name), -place, quality)
        for name, quality, place in ranges
        if name in patterns
    ]
    if not matches:
        return 0.0, 0, 0, 0
    exactness, order, quality = max(matches)
    return quality, exactness, order, _OFFERED.index(offered)
