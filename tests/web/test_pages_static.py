"""What can be held about the pages without a browser: safe, whole, and true to the API."""

import re
from html.parser import HTMLParser
from itertools import pairwise, product
from pathlib import Path

import pytest
from graphql import (
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from resolvers.complexity import weigh
from resolvers.options import GraphQLOptions
from resolvers.root import schema

WEB = Path(__file__).resolve().parents[2] / "web"
ASSETS = WEB / "assets"
PAGES = sorted(WEB.glob("*.html"))
MODULES = sorted(ASSETS.glob("*.js"))
DOCUMENTS = ("fragments.js", "documents.js", "host_documents.js")
SOURCES = [*PAGES, *sorted(path for path in ASSETS.iterdir() if path.is_file())]

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
MARKUP_FROM_TEXT = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|document\.write|eval\(|new Function)"
)
# WCAG 2.2, 1.4.3 and 1.4.11: text, and the edges of controls.
TEXT_RATIO = 4.5
EDGE_RATIO = 3.0


class Page(HTMLParser):
    """The tags of a page with their attributes, and the text inside scripts and styles."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._inside = ""
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"} and data.strip():
            self.inline.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_every_page_of_the_product_is_there() -> None:
    names = [
        "account.html",
        "booking.html",
        "cancel.html",
        "index.html",
        "pay.html",
        "success.html",
    ]
    assert [page.name for page in PAGES] == names


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_names_its_language_title_viewport_and_one_heading(path: Path) -> None:
    page = Page(path)
    assert page.attributes("html") == [{"lang": "en"}]
    assert [len(page.attributes(tag)) for tag in ("title", "main", "h1")] == [1] * 3
    viewport = "width=device-width, initial-scale=1"
    assert {"name": "viewport", "content": viewport} in page.attributes("meta")
    assert page.attributes("a")[0] == {"class": "skip", "href": "#main"}
    # What scripts draw needs words where there are none, and a voice for what changes.
    scripts = len(page.attributes("script"))
    live = [attributes for _, attributes in page.tags if attributes.get("role") == "status"]
    assert [len(page.attributes("noscript")), len(live)] == [scripts, scripts]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_holds_nothing_that_its_content_security_policy_refuses(path: Path) -> None:
    page = Page(path)
    assert page.inline == []
    refused = [
        name
        for _, attributes in page.tags
        for name in attributes
        if name == "style" or name.startswith("on")
    ]
    assert refused == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_fetched_from_another_host(path: Path) -> None:
    addresses = re.findall(r"(?:https?:)?//[\w-]+\.[\w./-]+", path.read_text())
    assert set(addresses) <= {SVG_NAMESPACE}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_data_never_becomes_markup_or_code(path: Path) -> None:
    assert MARKUP_FROM_TEXT.findall(path.read_text()) == []


def test_every_asset_is_reached_from_a_page_and_every_link_leads_to_one() -> None:
    pending = {
        match for page in PAGES for match in re.findall(r'"/assets/([\w.]+)"', page.read_text())
    }
    reached: set[str] = set()
    while pending:
        name = pending.pop()
        reached.add(name)
        imports = re.findall(r'from "\./([\w.]+)"', (ASSETS / name).read_text())
        pending |= set(imports) - reached
    assert reached == {path.name for path in ASSETS.iterdir()}


def test_every_imported_name_is_exported() -> None:
    missing = [
        (module.name, name)
        for module in MODULES
        for names, source in re.findall(
            r'import \{([^}]+)\} from "\./([\w.]+)"', module.read_text()
        )
        for name in re.findall(r"\w+", names)
        if not re.search(rf"^export .*\b{name}\b", (ASSETS / source).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_every_document_of_the_pages_is_valid_against_the_schema() -> None:
    texts = [(ASSETS / name).read_text() for name in DOCUMENTS]
    literals = re.findall(r"`([^`]+)`", "\n".join(texts))
    documents = re.sub(r"\$\{\w+\}", "", "\n".join(literals))
    assert len(literals) > 10
    rules = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
    assert validate(schema._schema, parse(documents), rules) == []


def test_every_document_of_the_pages_is_within_the_limits_of_the_api() -> None:
    limits = GraphQLOptions()
    month = {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}
    for text in _documents():
        document = parse(text)
        [operation] = [
            each for each in document.definitions if isinstance(each, OperationDefinitionNode)
        ]
        weight = weigh(schema._schema, document, operation, {"first": 100, **month})
        too_heavy = weight.cost > limits.max_cost or weight.depth > limits.max_depth
        assert not too_heavy, (text, weight)


def _documents() -> list[str]:
    """The operations, each with the fragments that it needs."""
    texts = [(ASSETS / name).read_text() for name in DOCUMENTS]
    parts = dict(re.findall(r"export const (\w+) = `([^`]+)`", "\n".join(texts)))

    def needed(name: str) -> set[str]:
        direct = re.findall(r"\$\{(\w+)\}", parts[name])
        return {name}.union(*(needed(other) for other in direct))

    operations = [name for name, text in parts.items() if not text.lstrip().startswith("fragment")]
    assert len(operations) > 10
    return [
        re.sub(r"\$\{\w+\}", "", "\n".join(parts[each] for each in sorted(needed(name))))
        for name in operations
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_controls_stand_out_from_their_ground(scheme: str) -> None:
    colours = _colours(scheme)
    text = [
        *product(("ink", "muted", "accent"), ("page", "surface", "sunken", "accent-soft")),
        *product(("ink",), ("good-soft", "warn-soft", "bad-soft")),
        *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad")),
        *product(("on-accent",), ("accent", "accent-strong")),
    ]
    edges = [("line-strong", "surface"), ("line-strong", "page"), ("surface", "good")]
    faint = [
        (front, ground)
        for pairs, ratio in ((text, TEXT_RATIO), (edges, EDGE_RATIO))
        for front, ground in pairs
        if _contrast(colours[front], colours[ground]) < ratio
    ]
    assert faint == []


def _colours(scheme: str) -> dict[str, str]:
    light, dark = (ASSETS / "style.css").read_text().split("@media", 2)[:2]
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        tokens |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    return tokens


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    channels = [int(colour[start:end], 16) / 255 for start, end in pairwise((1, 3, 5, 7))]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return sum(
        weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )
