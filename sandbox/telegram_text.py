"""Reads the text of a message as Telegram does: its HTML tags are checked, its length counted."""

import re
from dataclasses import dataclass
from html import unescape

LONGEST = 4096

_TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del"}
    | {"code", "pre", "a", "tg-spoiler", "span", "blockquote"}
)
_PIECE = re.compile(r"<(?P<end>/?)(?P<name>[a-z-]+)(?P<attributes>(?:\s[^<>]*)?)>|(?P<text>[^<]+)")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


class Unparsable(Exception):
    """The text is no HTML as Telegram understands it; the message says why."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text under the same tags, outermost first."""

    text: str
    tags: tuple[str, ...]


def parse(html: str) -> list[Run]:
    """The text with its tags read. Raises Unparsable."""
    runs: list[Run] = []
    opened: list[str] = []
    at = 0
    while at < len(html):
        piece = _PIECE.match(html, at)
        if piece is None:
            raise Unparsable(f"Unsupported start tag at byte offset {_offset(html, at)}")
        at = piece.end()
        if piece["text"]:
            text = _ENTITY.sub(lambda found: unescape(found[0]), piece["text"])
            runs.append(Run(text, tuple(opened)))
        elif piece["end"]:
            if not opened or opened.pop() != piece["name"]:
                raise Unparsable(f"Unexpected end tag at byte offset {_offset(html, at)}")
        elif piece["name"] not in _TAGS:
            raise Unparsable(f'Unsupported start tag "{piece["name"]}" at byte offset {at}')
        else:
            opened.append(piece["name"])
    if opened:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    return runs


def length(text: str) -> int:
    """In UTF-16 code units, which is how Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def _offset(html: str, at: int) -> int:
    return len(html[:at].encode())
