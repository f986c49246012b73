"""The Markdown of our texts: text never becomes markup, headings have anchors, tables a box."""

import pytest

from api.markdown import inline, slug, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`<id> **x**`", "<code>&lt;id&gt; **x**</code>"),
        ('<script>"', "&lt;script&gt;&quot;"),
        ("[a](javascript:alert)", "[a](javascript:alert)"),
    ],
)
def test_text_stays_text(text: str, html: str) -> None:
    assert inline(text) == html


def test_a_heading_has_its_anchor() -> None:
    assert to_html("## Ab `c`") == '<h2 id="ab-c">Ab <code>c</code></h2>\n'
    assert slug("Sync in ten lines!") == "sync-in-ten-lines"


def test_a_table_scrolls_in_a_box_of_its_own() -> None:
    assert to_html("| A |\n|---|\n| b |").startswith('<div class="wide"><table>\n<thead>')
