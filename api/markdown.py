"""The Markdown that the document is written in, as HTML: headings, paragraphs, lists, tables, code, links, emphasis.

No more than our own texts use; everything is escaped first, so text never becomes markup by accident.
"""

import html
import re
from collections.abc import Callable

_BLOCK = re.compile(r"\n{2,}")
_ITEM = re.compile(r"^(?:[-*]|\d+\.) +", re.MULTILINE)
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*?)\*(?![\w*])"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
)
_CODE = re.compile(r"`([^`]+)`")


def slug(text: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def to_html(text: str) -> str:
    """A whole text."""
    return "\n".join(_block(block.strip("\n")) for block in _BLOCK.split(text.strip()))


def inline(text: str) -> str:
    """A line of it. What stands in backticks is taken as it is."""
    pieces = _CODE.split(html.escape(text, quote=True))
    plain = "\0".join(pieces[::2])
    for pattern, becomes in _INLINE:
        plain = pattern.sub(becomes, plain)
    codes = iter(pieces[1::2])
    return re.sub("\0", lambda _: f"<code>{next(codes)}</code>", plain)


def _block(block: str) -> str:
    for starts, make in _KINDS:
        if re.match(starts, block):
            return make(block)
    return f"<p>{inline(block)}</p>"


def _heading(block: str) -> str:
    marks, _, text = block.partition(" ")
    return f'<h{len(marks)} id="{slug(text)}">{inline(text)}</h{len(marks)}>'


def _code(block: str) -> str:
    body = block.split("\n", 1)[1].removesuffix("```")
    return f"<pre><code>{html.escape(body.rstrip())}</code></pre>"


def _list(block: str) -> str:
    tag = "ol" if block[0].isdigit() else "ul"
    items = "".join(f"<li>{inline(' '.join(item.split()))}</li>" for item in _ITEM.split(block)[1:])
    return f"<{tag}>{items}</{tag}>"


def _table(block: str) -> str:
    rows = [[inline(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in block.split("\n")]
    head, body = rows[0], rows[2:]
    top = "<thead><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr></thead>" if any(head) else ""
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
    return f'<div class="wide"><table>{top}<tbody>{lines}</tbody></table></div>'


_KINDS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (r"#{1,4} ", _heading),
    (r"```", _code),
    (r"[-*] |\d+\. ", _list),
    (r"\|", _table),
)
