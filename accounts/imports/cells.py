"""Reads a workbook's cells in a process of its own, under limits: `python -m accounts.imports.cells FILE ROWS CELLS`.

It writes JSON to its standard output, and needs neither Django nor the database. A file that was made to swell, or that
crashes the reader, takes this process with it and nothing else. Formulas are read as the values that they had; the
errors among them (`#N/A`), which the reader leaves empty, are looked up in the file's XML.
"""

from __future__ import annotations

import re
import resource
import sys
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_BYTES = 1 << 30
CPU_S = 60
LONGEST_CELL = 2_000
_SHEET = re.compile(rb'<(?:\w+:)?sheet\b[^>]*\bid="([^"]+)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_AT = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_TOLD = re.compile(rb"<(?:\w+:)?v>(#[A-Z0-9/!?]{1,12})<")

Errors = Mapping[int, Mapping[int, str]]
"""Line → column → what stands there, both from 0 on."""


def main(path: str, most_rows: int, most_columns: int) -> bytes:
    """`{"sheets": [{name, visible, rows: [[…]]}]}`, rows from the first line on; or `{"problem": code}`."""
    try:
        book = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, ValueError):
        return orjson.dumps({"problem": "import_unreadable"})
    sheets, errors = [], _errors(path)
    for place, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        visible = about.visible == SheetVisibleEnum.Visible
        try:
            sheet, wrong = book.get_sheet_by_index(place), errors.get(place, {})
            rows = _rows(sheet, wrong, most_rows, most_columns) if visible else []
        except (CalamineError, ValueError):
            return orjson.dumps({"problem": "import_unreadable"})
        if rows is None:
            return orjson.dumps({"problem": "import_too_many_rows"})
        sheets.append({"name": about.name, "visible": visible, "rows": rows})
    return orjson.dumps({"sheets": sheets}, default=_plain)


def _rows(sheet: CalamineSheet, errors: Errors, most_rows: int, most_columns: int) -> list[list[Any]] | None:
    """The cells by line, without what is empty at the end of lines and of the sheet; None if there are too many."""
    first = sheet.start or (0, 0)
    rows: list[list[Any]] = [[] for _ in range(min(first[0], most_rows))]
    filled = 0
    for cells in sheet.iter_rows():
        row = ["" for _ in range(first[1])] + cells if first[1] < most_columns else cells
        for column, told in errors.get(len(rows), {}).items():
            if column < len(row) and row[column] == "":
                row[column] = told
        while row and row[-1] in ("", None):
            row.pop()
        filled += bool(row)
        if filled > most_rows or len(rows) > 100 * most_rows:
            return None
        rows.append([_cell(cell) for cell in row[:most_columns]])
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _errors(path: str) -> Mapping[int, Errors]:
    """The cells of each sheet, by its place in the book, in which a formula came to an error."""
    found: dict[int, Errors] = {}
    try:
        with zipfile.ZipFile(path) as parts:
            for place, part in enumerate(_parts(parts)):
                xml = parts.read(part)
                if b't="e"' in xml:
                    found[place] = _errors_in(xml)
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError):
        return {}  # then there is no more to be told than the reader tells
    return found


def _parts(parts: zipfile.ZipFile) -> list[str]:
    """The file of each sheet, in the order of the book."""
    relations = {}
    for attributes in _RELATION.findall(parts.read("xl/_rels/workbook.xml.rels")):
        told = dict(re.findall(rb'(\w+)="([^"]*)"', attributes))
        relations[told.get(b"Id")] = told.get(b"Target", b"").decode(errors="replace")
    named = [relations[each] for each in _SHEET.findall(parts.read("xl/workbook.xml"))]
    return [name[1:] if name[:1] == "/" else f"xl/{name}" for name in named]


def _errors_in(xml: bytes) -> Errors:
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for attributes, inside in _ERROR.findall(xml):
        at, told = _AT.search(attributes), _TOLD.search(inside)
        if at and told:
            column = 0
            for letter in at[1]:
                column = 26 * column + letter - 64
            found[int(at[2]) - 1][column - 1] = told[1].decode()
    return found


def _cell(cell: Any) -> Any:
    return cell[:LONGEST_CELL] if isinstance(cell, str) else cell


def _plain(cell: Any) -> object:
    """What JSON has no form for, a duration, is no value of any column."""
    return ""


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    sys.stdout.buffer.write(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
