"""A file loaded by the server itself, for commands: anywhere in the country, with no import kept.

The same reading, checking and writing as an admin's import; all or nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from accounts.areas.rows import Loader
from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.accounts_writing import carry_out, prepare
from accounts.imports.kinds import import_kind
from accounts.imports.matching import match
from accounts.imports.reading import CSV, XLSX, read_file

MOST_ROWS = 200_000


def check_file(content: bytes, kind: str) -> AccountsLoad:
    """What loading this file would do. Raises Problem for what is no spreadsheet."""
    content_type = XLSX if content[:2] == b"PK" else CSV
    return match(read_file(content, content_type, import_kind(kind), most_rows=MOST_ROWS), area_id=None)


def load_file(load: AccountsLoad, *, reason: str, progress: Callable[[int], None] | None = None) -> None:
    """Carry it out. Raises `accounts.imports.writing.Overtaken` if things changed since the check."""
    ready = prepare(load, Loader(reason=reason), progress)
    with transaction.atomic():
        carry_out(ready)
