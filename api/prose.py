"""What people wrote for the document: Markdown in `openapi/`, by operation and by field, and answers as examples.

It stands there and not beside the views because it is read, corrected and translated as prose; tests hold that nothing
is missing and nothing is left over.
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any, NamedTuple

from django.conf import settings

_FOLDER = settings.BASE_DIR / "openapi"


class Words(NamedTuple):
    """What an operation is called, and what there is to say about it."""

    summary: str
    description: str


def introduction() -> str:
    """The document's own description."""
    return _read("introduction.md")


@functools.cache
def operations() -> dict[str, Words]:
    """Words by operation id. In those of `record_<verb>`, `{noun}` and `{collection}` stand for any type's own."""
    sections = re.split(r"^## (\w+)\n", _read("operations.md"), flags=re.MULTILINE)[1:]
    found = {}
    for name, text in zip(sections[::2], sections[1::2], strict=True):
        summary, _, description = text.strip().partition("\n\n")
        found[name] = Words(" ".join(summary.split()), description.strip())
    return found


@functools.cache
def fields() -> dict[str, str]:
    """What a field is, by `Schema.field`, or by `*.field` for all schemas that say nothing of their own."""
    lines = re.findall(r"^- `([\w*]+\.\w+)`: (.+(?:\n  .+)*)", _read("fields.md"), flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in lines}


@functools.cache
def exchanges() -> dict[str, list[dict[str, Any]]]:
    """Requests and their answers, by operation id, as `tests/contract/test_examples.py` wrote them down."""
    found: dict[str, list[dict[str, Any]]] = json.loads(_read("examples.json"))
    return found


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8").strip()
