"""The admin site's texts: what its pages and modules say in English, and the catalogue that says it in Vietnamese.

`python -m tests.accounts.site.texts` adds what is new to the catalogue, drops what is gone, and compiles it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

HOUSE = Path(__file__).parents[3]
SITE = HOUSE / "accounts" / "site"
PO = SITE / "locale" / "vi" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
_KEYWORDS = ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy")
_IN_TEMPLATES = (*_KEYWORDS, "gettext_noop", "pgettext", "npgettext")

Said = str | tuple[str, str]
"""A text, or its singular and plural."""


def said() -> Iterator[Said]:
    """Every text of the site, in the order of files."""
    modules = [*SITE.glob("*.py"), HOUSE / "accounts" / "templatetags" / "site.py"]
    for path in sorted(modules):
        yield from _texts(path.read_bytes(), _KEYWORDS)
    for path in sorted((SITE / "templates").rglob("*.html")):
        yield from _texts(templatize(path.read_text(), origin=str(path)).encode(), _IN_TEMPLATES)


def _texts(source: bytes, keywords: tuple[str, ...]) -> Iterator[Said]:
    for _line, function, message, _comments in extract_python(io.BytesIO(source), keywords, [], {"encoding": "utf-8"}):
        texts = tuple(text for text in (message if isinstance(message, tuple) else (message,)) if text)
        if texts:
            yield (texts[0], texts[1]) if function.startswith("n") and len(texts) > 1 else texts[0]


def catalogue() -> Catalog:
    """The catalogue as it is kept."""
    with PO.open("rb") as file:
        return read_po(file, locale="vi")


def compiled(known: Catalog) -> bytes:
    """What Django reads."""
    out = io.BytesIO()
    write_mo(out, known)
    return out.getvalue()


def main() -> None:
    known = catalogue() if PO.exists() else Catalog(locale="vi")
    # A fixed day, so that nothing changes but the texts.
    day = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    fresh = Catalog(locale="vi", project="An Thôn", fuzzy=False, creation_date=day, revision_date=day)
    for text in said():
        old = known.get(text[0] if isinstance(text, tuple) else text)
        fresh.add(text, string=old.string if old else "")
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, fresh, width=120, omit_header=False, no_location=True)
    MO.write_bytes(compiled(catalogue()))
    missing = [message.id for message in fresh if message.id and not (message.string and any(message.string))]
    print(f"{len(fresh)} texts, {len(missing)} without Vietnamese", *missing, sep="\n")


if __name__ == "__main__":
    main()
