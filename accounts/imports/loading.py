"""A file loaded by the server itself, for commands: anywhere in the country, with no import kept.

The same reading, checking and writing as an admin's import; all or nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from accounts.areas.rows import Loader
from accounts.imports.columns import ImportKind
from accounts.imports.load import Load
from accounts.imports.matching import match
from accounts.imports.reading import CSV, XLSX, read_file
from accounts.imports.writing import carry_out, prepare

MOST_ROWS = 200_000


def check_file(content: bytes, kind: ImportKind) -> Load:
    """What loading this file would do. Raises Problem for what is no spreadsheet."""
    content_type = XLSX if content[:2] == b"PK" else CSV
    return match(read_file(content, content_type, kind, most_rows=MOST_ROWS), area_id=None)


def load_file(load: Load, *, reason: str, progress: Callable[[int], None] | None = None) -> None:
    """Carry it out. Raises `accounts.imports.writing.Overtaken` if things changed since the check."""
    ready = prepare(load, Loader(reason=reason), progress)
    with transaction.atomic():
        carry_out(ready)
