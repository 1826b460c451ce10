"""A message as HTML: readable everywhere, and nothing that people write becomes markup."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.messages.compose import compose
from services.messages.facts import Text
from services.messages.html import as_html
from services.messages.languages import Language
from tests.services.messages_rig import CLIENT, FACTS, SESSION_TYPE

EN = Language.ENGLISH


def body_of(html: str) -> str:
    return (
        html.partition("</h1>")[2]
        .removesuffix("</body></html>")
        .replace(' style="margin:0 0 16px"', "")
    )


def test_paragraphs_lines_and_addresses_become_html() -> None:
    text = Text("Hello", "One.\n\nTwo\nthree\n\nHere: https://a.test/b and http://c.test\nend")
    html = as_html(text, EN)
    assert "<title>Hello</title>" in html
    assert ">Hello</h1>" in html
    assert body_of(html) == (
        "<p>One.</p><p>Two<br>three</p>"
        '<p>Here: <a href="https://a.test/b">https://a.test/b</a> '
        'and <a href="http://c.test">http://c.test</a><br>end</p>'
    )


@pytest.mark.parametrize("language", Language)
def test_the_document_says_its_language(language: Language) -> None:
    assert as_html(Text("x", "y"), language).startswith(f'<!doctype html><html lang="{language}">')


def test_what_people_call_themselves_never_becomes_markup() -> None:
    facts = replace(
        FACTS,
        client=replace(CLIENT, name='<b>"Bob"</b> & <script>alert(1)</script>'),
        session_type=replace(SESSION_TYPE, name="</title><img src=x>"),
    )
    html = as_html(compose(NotificationKind.HOST_BOOKED, facts, EN), EN)
    assert "<b>" not in html
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;b&gt;&quot;Bob&quot;&lt;/b&gt; &amp; &lt;script&gt;" in html
    assert "<title>Booked: &lt;/title&gt;&lt;img src=x&gt;, " in html
    assert ">Booked: &lt;/title&gt;&lt;img src=x&gt;, " in html


def test_an_address_cannot_break_out_of_its_link() -> None:
    text = Text("x", 'See https://a.test/?q="onmouseover="evil()&b=<i> now')
    assert body_of(as_html(text, EN)) == (
        '<p>See <a href="https://a.test/?q=&quot;onmouseover=&quot;evil()&amp;b=&lt;i&gt;">'
        "https://a.test/?q=&quot;onmouseover=&quot;evil()&amp;b=&lt;i&gt;</a> now</p>"
    )


def test_only_web_addresses_become_links() -> None:
    html = as_html(Text("x", "javascript:alert(1) mailto:a@b.test ftp://c.test"), EN)
    assert "<a " not in html
