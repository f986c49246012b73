"""Reads a workbook's cells in a process of its own, under limits: `python -m accounts.imports.cells FILE ROWS CELLS`.

It writes JSON to its standard output, and needs neither Django nor the database. A file that was made to swell, or that
crashes the reader, takes this process with it and nothing else. Formulas are read as the values that they had.
"""

from __future__ import annotations

import resource
import sys
from typing import Any

import orjson
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_BYTES = 1 << 30
CPU_S = 60
LONGEST_CELL = 2_000


def main(path: str, most_rows: int, most_columns: int) -> bytes:
    """`{"sheets": [{name, visible, rows: [[…]]}]}`, rows from the first line on; or `{"problem": code}`."""
    try:
        book = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, ValueError):
        return orjson.dumps({"problem": "import_unreadable"})
    sheets = []
    for place, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        visible = about.visible == SheetVisibleEnum.Visible
        try:
            rows = _rows(book.get_sheet_by_index(place), most_rows, most_columns) if visible else []
        except (CalamineError, ValueError):
            return orjson.dumps({"problem": "import_unreadable"})
        if rows is None:
            return orjson.dumps({"problem": "import_too_many_rows"})
        sheets.append({"name": about.name, "visible": visible, "rows": rows})
    return orjson.dumps({"sheets": sheets}, default=_plain)


def _rows(sheet: CalamineSheet, most_rows: int, most_columns: int) -> list[list[Any]] | None:
    """The cells by line, without what is empty at the end of lines and of the sheet; None if there are too many."""
    first = sheet.start or (0, 0)
    rows: list[list[Any]] = [[] for _ in range(min(first[0], most_rows))]
    filled = 0
    for cells in sheet.iter_rows():
        row = ["" for _ in range(first[1])] + cells if first[1] < most_columns else cells
        while row and row[-1] in ("", None):
            row.pop()
        filled += bool(row)
        if filled > most_rows or len(rows) > 100 * most_rows:
            return None
        rows.append([_cell(cell) for cell in row[:most_columns]])
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _cell(cell: Any) -> Any:
    return cell[:LONGEST_CELL] if isinstance(cell, str) else cell


def _plain(cell: Any) -> object:
    """What JSON has no form for, a duration, is no value of any column."""
    return ""


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    sys.stdout.buffer.write(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
