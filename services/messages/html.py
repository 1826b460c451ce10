"""A text as an HTML document for mail programs."""

from html import escape

from services.messages.facts import Text
from services.messages.languages import Language


def as_html(text: Text, language: Language) -> str:
    """A simple document that needs nothing from elsewhere; web addresses become links."""
    paragraphs = "".join(
        f'<p style="margin:0 0 16px">{_linked(part)}</p>' for part in text.body.split("\n\n")
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(text.title)}</title></head>"
        '<body style="font:16px/1.5 system-ui,sans-serif;color:#1a1d24;max-width:36em;'
        'margin:0 auto;padding:24px">'
        f'<h1 style="font-size:20px;margin:0 0 16px">{escape(text.title)}</h1>{paragraphs}'
        "</body></html>"
    )


def _linked(paragraph: str) -> str:
    return "<br>".join(
        " ".join(_word(word) for word in line.split(" ")) for line in paragraph.split("\n")
    )


def _word(word: str) -> str:
    shown = escape(word)
    if word.startswith(("https://", "http://")):
        return f'<a href="{shown}">{shown}</a>'
    return shown
