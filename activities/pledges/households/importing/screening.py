"""Keeps citizen ID numbers out of kept files: one that holds any is refused before a byte of it is stored.

An imported file stays for a time, byte for byte, and is opened by whoever may import; numbers belong in no file, they
are set household by household and stand as a keyed hash. Looked at is all text of the file, hidden sheets and remarks
included: titles that ask for such numbers, and runs of digits that are built like one.
"""

from __future__ import annotations

import io
import re
import zipfile

from accounts.imports.reading import CSV, decode
from api.problems import Problem
from api.text import fold

# Twelve digits: province 001 to 096, sex and century, year of birth, a number (Decree 137/2015/NĐ-CP).
_NUMBER = re.compile(r"(?<![\w.+-])0(?:0[1-9]|[1-8]\d|9[0-6])[0-3]\d{8}(?![\w-])", re.ASCII)
# Excel takes a zero from the front; what then reads as a telephone number in its long form isn't one.
_WITHOUT_ZERO = re.compile(r"(?!84[35789])(?:[1-8]\d|9[0-6])[0-3]\d{8}", re.ASCII)
_GROUPED = re.compile(r"(?<!\d)(\d{3})\.(\d{3})\.(\d{3})\.(\d{3})(?!\d)", re.ASCII)
_SPACES = re.compile(r"(?<=\d)[ \u00a0]+(?=\d)")
_CELLS = re.compile(r'[,;\t\r\n"]+')
_TITLES = re.compile(
    r"\b(?:cccd|cmnd|cmtnd|can cuoc|can cuoc cong dan|chung minh nhan dan|chung minh thu|so dinh danh"
    r"|ma dinh danh|citizen id|id number|identity card)\b"
)
_LONGEST_TITLE = 60
_TEXT = re.compile(r">([^<>]+)<")


def refuse_id_numbers(content: bytes, content_type: str) -> None:
    """Raises Problem `import_id_numbers` for a file that holds citizen ID numbers, or has a column for them."""
    cells = set(_CELLS.split(decode(content))) if content_type == CSV else _texts(content)
    if any(holds_number(cell) or _asks_for_number(cell) for cell in cells):
        raise Problem("import_id_numbers")


def holds_number(cell: str) -> bool:
    """Whether a run of digits is built like a citizen ID number, however it is spaced."""
    if not any(map(str.isdigit, cell)):
        return False
    plain = _GROUPED.sub(r"\1\2\3\4", _SPACES.sub("", cell.strip()))
    return bool(_NUMBER.search(plain) or _WITHOUT_ZERO.fullmatch(plain))


def _asks_for_number(cell: str) -> bool:
    return len(cell) <= _LONGEST_TITLE and bool(_TITLES.search(fold(cell)))


def _texts(content: bytes) -> set[str]:
    """Every text between two tags of the workbook's parts; what can't be read is left to whoever reads it."""
    found: set[str] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for name in parts.namelist():
                if name.endswith((".xml", ".rels", ".vml")):
                    found.update(_TEXT.findall(parts.read(name).decode("utf-8", "ignore")))
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
        raise Problem("import_unreadable") from None
    return found
