"""Tables as files, written row by row to whatever takes bytes: CSV for anything, XLSX for spreadsheets.

Neither holds more than a row in memory, nor a temporary file: sheets are XML that is packed as it is written.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from html import escape
from typing import IO, Protocol, cast

Row = Sequence[str]
ROWS_A_SHEET = 500_000
"""Excel takes 1,048,576; a sheet's XML must stay below 2 GiB."""
_MOST_IN_A_CELL = 32_767
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NO_XML = {number: "\ufffd" for number in range(32) if number not in (9, 10, 13)} | {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OF_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OF_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Sink(Protocol):
    """What takes the bytes of a file."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


def write_csv(sink: Sink, head: Row, rows: Iterable[Row]) -> None:
    """UTF-8 with BOM, so that Excel reads it as such; what would be a formula begins with an apostrophe instead."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    sink.write(b"\xef\xbb\xbf")
    writer.writerow(head)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        sink.write(_taken(line))
    sink.write(_taken(line))


def neutral(cell: str) -> str:
    """The same text, as no spreadsheet takes it for a formula (OWASP: CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


def _taken(line: io.StringIO) -> bytes:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text.encode()


def write_xlsx(sink: Sink, head: Row, rows: Iterable[Row]) -> None:
    """One workbook with as many sheets as it takes; every cell is text, so nothing is a formula."""
    waiting = iter(rows)
    sheets, more = 0, True
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        while more:
            sheets += 1
            with package.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                more = _write_sheet(sheet, head, waiting)
        for name, text in _frame(sheets).items():
            package.writestr(name, _HEAD + text)


def _write_sheet(sheet: IO[bytes], head: Row, rows: Iterable[Row]) -> bool:
    """Whether the sheet is full, and there may be more."""
    sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{_row(head)}'.encode())
    written = 0
    for row in rows:
        sheet.write(_row(row).encode())
        written += 1
        if written == ROWS_A_SHEET:
            break
    sheet.write(b"</sheetData></worksheet>")
    return written == ROWS_A_SHEET


def _row(cells: Row) -> str:
    texts = (escape(cell.translate(_NO_XML)[:_MOST_IN_A_CELL]) for cell in cells)
    return "<row>" + "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{t}</t></is></c>' for t in texts) + "</row>"


def _frame(sheets: int) -> dict[str, str]:
    """What a workbook has beside its sheets (ECMA-376)."""
    numbers = range(1, sheets + 1)
    relations = f"{_OF_PACKAGE}/relationships"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    listed = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    targets = "".join(
        f'<Relationship Id="r{n}" Type="{_OF_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    return {
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OF_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}">{targets}</Relationships>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" '
        f'Type="{_OF_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'<Types xmlns="{_OF_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{overrides}</Types>',
    }
