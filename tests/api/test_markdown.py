"""The Markdown of our texts: what becomes of each form, and that text never becomes markup."""

import pytest

from api.markdown import inline, slug, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a *b* **c** d", "a <em>b</em> <strong>c</strong> d"),
        ("`a * b` * c", "<code>a * b</code> * c"),
        ("[**a** `b`](/c#d)", '<a href="/c#d"><strong>a</strong> <code>b</code></a>'),
        ("`<id> **x**`", "<code>&lt;id&gt; **x**</code>"),
        ('<script>"', "&lt;script&gt;&quot;"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
    ],
)
def test_a_line(text: str, html: str) -> None:
    assert inline(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>"),
        ("## Ab c", '<h2 id="ab-c">Ab c</h2>'),
        ("1. a\n   b\n2. c", "<ol><li>a b</li><li>c</li></ol>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("```sh\na <b\n```", "<pre><code>a &lt;b</code></pre>"),
        (
            "| | |\n|---|---|\n| a | `b` |",
            '<div class="wide"><table><tbody><tr><td>a</td><td><code>b</code></td></tr></tbody></table></div>',
        ),
        (
            "| A |\n|---|\n| b |",
            '<div class="wide"><table><thead><tr><th>A</th></tr></thead><tbody>'
            "<tr><td>b</td></tr></tbody></table></div>",
        ),
    ],
)
def test_a_block(text: str, html: str) -> None:
    assert to_html(text) == html


def test_an_anchor() -> None:
    assert slug("Sync in ten lines!") == "sync-in-ten-lines"
