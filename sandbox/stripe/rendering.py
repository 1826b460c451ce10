"""Fills the HTML templates; every value is escaped unless it is HTML of ours already."""

from html import escape
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES = {path.stem: Template(path.read_text("utf-8")) for path in _FOLDER.glob("*.html")}


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


NOTHING = Html()


def fill(template: str, **values: str) -> Html:
    """The template with its placeholders filled; KeyError when one has no value."""
    safe = {
        name: value if isinstance(value, Html) else escape(value) for name, value in values.items()
    }
    return Html(_TEMPLATES[template].substitute(safe).strip())


def link(url: str | None, text: str, css_class: str) -> Html:
    """A link that leaves the frame of an embedded page; nothing when there is no address."""
    if url is None:
        return NOTHING
    return Html(f'<a class="{css_class}" href="{escape(url)}" target="_top">{escape(text)}</a>')
