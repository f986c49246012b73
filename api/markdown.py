"""The Markdown that the document is written in, as HTML (CommonMark with tables). HTML in it stays text."""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_READER = MarkdownIt("commonmark", {"html": False}).enable("table")


def slug(text: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def to_html(text: str) -> str:
    """A whole text. Headings get anchors, and wide tables a box to scroll in."""
    return str(_READER.render(text))


def inline(text: str) -> str:
    """A line of it."""
    return str(_READER.renderInline(text))


def _heading(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, _: Any) -> str:
    tokens[index].attrSet("id", slug(tokens[index + 1].content))
    return self.renderToken(tokens, index, options, _)


_READER.add_render_rule("heading_open", _heading)
_READER.add_render_rule("table_open", lambda *_: '<div class="wide"><table>\n')
_READER.add_render_rule("table_close", lambda *_: "</table></div>\n")
