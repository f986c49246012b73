"""From a file's bytes to lines of named cells; what can't be read is told by sheet, line and column."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import orjson
from django.conf import settings

from accounts.imports.columns import BESIDE, EXAMPLE, IGNORED, SheetKind, by_title
from accounts.imports.kinds import ImportKind, sheet_called
from accounts.imports.values import Cell, Fault, told, written
from api.problems import Problem
from api.text import fold

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
MOST_BYTES = 10 << 20
MOST_INFLATED_BYTES = 128 << 20
MOST_ROWS = 50_000
_MOST_COLUMNS = 60
_MOST_PARTS = 1_000
_LONGEST_READ_S = 90
_HEAD_WITHIN = 15
"""A title and a few lines may stand above the line that names the columns."""
_VIETNAMESE = frozenset("ăâđêôơư") | frozenset(
    unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in "\u0300\u0301\u0303\u0309\u0323"
)


_SIGNS = frozenset("“”‘’–—…•₫°·\u00a0")


@dataclass(frozen=True)
class Line:
    """A line of a sheet by its columns' names; cells left empty are absent."""

    line: int
    cells: Mapping[str, Cell]


@dataclass
class Sheet:
    """One sheet: what it was taken for, its lines, and what is wrong with it. Without a kind it was left out."""

    name: str
    kind: SheetKind | None
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    note: str | None = None


def read_file(content: bytes, content_type: str, kind: ImportKind, *, most_rows: int = MOST_ROWS) -> list[Sheet]:
    """The sheets of a file, in the order of its kind's; those left out last.

    Raises Problem for what is no spreadsheet at all: `import_unreadable`, `import_encoding`, `import_too_large`,
    `import_too_many_rows`, `import_no_sheet`.
    """
    if content_type == CSV:
        [only] = kind.sheets
        sheets = [_sheet(only.title.vi, only, _csv_rows(content, only, most_rows))]
    else:
        sheets = list(_of_workbook(_cells(content, most_rows), kind))
    if sum(len(sheet.lines) for sheet in sheets) > most_rows:
        raise Problem("import_too_many_rows", params={"limit": most_rows})
    if not any(sheet.kind for sheet in sheets):
        raise Problem("import_no_sheet", params={"sheets": ", ".join(each.title.vi for each in kind.sheets)})
    return sorted(sheets, key=lambda sheet: kind.sheets.index(sheet.kind) if sheet.kind else len(kind.sheets))


def check_size(content: bytes, content_type: str) -> None:
    """What can be told before anything is read: a ZIP whose parts would swell isn't opened. Raises Problem."""
    if not content:
        raise Problem("import_unreadable")
    if content_type != XLSX:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            listed = parts.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Problem("import_unreadable") from None
    if len(listed) > _MOST_PARTS or sum(part.file_size for part in listed) > MOST_INFLATED_BYTES:
        raise Problem("import_too_large", params={"limit": MOST_INFLATED_BYTES >> 20})
    if "[Content_Types].xml" not in {part.filename for part in listed}:
        raise Problem("import_unreadable")


def _cells(content: bytes, most_rows: int) -> list[dict[str, object]]:
    """The sheets of a workbook as `accounts.imports.cells` tells them."""
    check_size(content, XLSX)
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(content)
        file.flush()
        arguments = [file.name, str(most_rows), str(_MOST_COLUMNS)]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "accounts.imports.cells", *arguments],
                cwd=settings.BASE_DIR,
                env={},
                capture_output=True,
                timeout=_LONGEST_READ_S,
                check=True,
            )
        except subprocess.SubprocessError:
            raise Problem("import_unreadable") from None
    answer = orjson.loads(done.stdout)
    if "problem" in answer:
        raise Problem(answer["problem"], params={"limit": most_rows})
    sheets: list[dict[str, object]] = answer["sheets"]
    return sheets


def _of_workbook(told_sheets: list[dict[str, object]], kind: ImportKind) -> Iterator[Sheet]:
    """Each sheet by its name; for an import of one kind, the only visible one will do under any name."""
    visible = [each for each in told_sheets if each["visible"]]
    taken: set[SheetKind] = set()
    for each in told_sheets:
        name, rows = str(each["name"]), each["rows"]
        found = sheet_called(name)
        if kind.one_sheet and len(visible) == 1 and each["visible"]:
            [found] = kind.sheets
        if fold(name) in BESIDE:
            continue
        if not each["visible"]:
            yield Sheet(name, None, note="sheet_hidden")
        elif found is None:
            yield Sheet(name, None, note="sheet_unknown")
        elif found in taken or found not in kind.sheets:
            yield Sheet(name, None, note="sheet_twice" if found in taken else "sheet_of_other_kind")
        else:
            taken.add(found)
            yield _sheet(name, found, ((line, cells) for line, cells in enumerate(rows, 1)))  # type: ignore[var-annotated,arg-type]


def _sheet(name: str, kind: SheetKind, rows: Iterator[tuple[int, list[Cell]]]) -> Sheet:
    """The line that names most columns within the first few is the head; what stands above it is a title."""
    sheet = Sheet(name, kind)
    above = [row for _, row in zip(range(_HEAD_WITHIN), rows, strict=False)]
    known = by_title(kind)

    def hits(cells: list[Cell]) -> int:
        return len({known[key].name for cell in cells if (key := _key(cell)) in known})

    if not any(written(cell) for _, cells in above for cell in cells):
        return sheet
    place = max(range(len(above)), key=lambda place: (hits(above[place][1]), -place))
    line, head = above[place]
    columns = _columns(kind, line, head, sheet.faults)
    if sheet.faults:
        return sheet
    for line, cells in (*above[place + 1 :], *rows):
        found = {
            column: cell for column, cell in zip(columns, cells, strict=False) if column and cell not in ("", None)
        }
        if fold(written(cells[0] if cells else "")).startswith(fold(EXAMPLE)):
            continue
        if any(written(cell) for cell in found.values()):
            sheet.lines.append(Line(line, found))
        if len(cells) > len(columns) and any(map(written, cells[len(columns) :])):
            sheet.faults.append(Fault(line, "", "row_cells", {"count": len(cells), "expected": len(columns)}))
    return sheet


def _key(cell: Cell) -> str:
    """A column's title as `by_title` knows it: without accents, and without a star that marks what is required."""
    return fold(written(cell)).strip(" *:")


def _columns(kind: SheetKind, line: int, head: list[Cell], faults: list[Fault]) -> list[str]:
    """The columns that the head names, in its order; empty for what has no title."""
    known = by_title(kind)
    columns = [known[key].name if (key := _key(cell)) in known else "" for cell in head]
    for cell, name in zip(head, columns, strict=True):
        if not name and written(cell) and _key(cell) not in IGNORED:
            faults.append(Fault(line, told(cell), "column_unknown", {"column": told(cell)}, told(cell)))
    for name, times in Counter(columns).items():
        if name and times > 1:
            faults.append(Fault(line, name, "column_twice", {"column": name}))
    for column in kind.columns:
        if column.required and column.name not in columns:
            title = {"vi": column.title.vi, "en": f"{column.title.en} ({column.name})"}
            faults.append(Fault(line, column.name, "column_missing", {"column": title}))
    return columns


def _csv_rows(content: bytes, kind: SheetKind, most_rows: int) -> Iterator[tuple[int, list[Cell]]]:
    """Records with the number of the line that each begins on; a quoted cell may run over several."""
    text = decode(content)
    csv.field_size_limit(1 << 20)
    delimiter = _delimiter(text[: 1 << 16], kind)
    reader, begins, filled = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1, 0
    try:
        for cells in reader:
            while cells and not cells[-1].strip():
                cells.pop()
            filled += bool(cells)
            if filled > most_rows + _HEAD_WITHIN:
                raise Problem("import_too_many_rows", params={"limit": most_rows})
            yield begins, list(cells)
            begins = reader.line_num + 1
    except csv.Error:
        raise Problem("import_unreadable") from None


def _delimiter(text: str, kind: SheetKind) -> str:
    """The one by which the head names most columns; a name or an address may hold any of them."""
    known = by_title(kind)

    def hits(delimiter: str) -> int:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            return max((sum(_key(cell) in known for cell in row) for row in islice(rows, _HEAD_WITHIN)), default=0)
        except csv.Error:
            return 0

    return max(",;\t", key=lambda delimiter: (hits(delimiter), text.count(delimiter)))


def decode(content: bytes) -> str:
    """UTF-8 or UTF-16 as their marks or their form tell; Windows-1258 only if nothing but Vietnamese comes of it."""
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16").replace("\x00", "")
        if content.count(b"\0") > len(content) // 4:
            return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
        return content.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        pass
    try:
        text = unicodedata.normalize("NFC", content.decode("cp1258"))
    except UnicodeDecodeError:
        raise Problem("import_encoding") from None
    # TCVN3 and VNI come out as signs that no name has.
    if {char for char in text.lower() if not char.isascii()} <= _VIETNAMESE | _SIGNS:
        return text
    raise Problem("import_encoding")
