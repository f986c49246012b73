"""Reading a spreadsheet of hamlets, saved as CSV: every fault by line and column, all at once."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from accounts.areas.names import KINDS, AreaLevel, Name, kind_of, parse_name, read_name, tidy
from api.problems import FieldError, field_error_text
from api.text import fold

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "commune_code": ("mã xã", "mã xã phường", "mã đơn vị hành chính", "commune code"),
    "name": ("tên", "tên thôn", "tên thôn tổ dân phố", "hamlet"),
    "kind": ("loại", "loại hình"),
    "code": ("mã", "mã thôn"),
    "households": ("số hộ", "số hộ dân", "household count"),
    "lon": ("kinh độ", "longitude"),
    "lat": ("vĩ độ", "latitude"),
    "former_commune_code": ("mã xã cũ", "mã xã trước sáp nhập", "former commune code"),
}
REQUIRED = ("commune_code", "name")
LONGEST = {"name": 200, "code": 20}
MOST_HOUSEHOLDS = 100_000


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell, or (`column` empty) with a whole line."""

    line: int
    column: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """The fault in words."""
        return field_error_text(FieldError("", self.code, self.params), language)


@dataclass(frozen=True)
class SheetRow:
    """A line of the spreadsheet; None and empty for cells left empty."""

    line: int
    commune_code: str
    name: Name
    code: str
    households: int | None
    lon: float | None
    lat: float | None
    former_commune_code: str


@dataclass
class Sheet:
    """The lines that could be read, and all that couldn't."""

    rows: list[SheetRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_sheet(data: bytes) -> Sheet:
    """Read UTF-8, with or without a BOM, with commas, semicolons or tabs; the first line names the columns.

    Columns may be named in Vietnamese (accents don't matter) or English; only the commune's code and the name must be
    there.
    """
    sheet = Sheet()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        sheet.faults.append(Fault(data.count(b"\n", 0, wrong.start) + 1, "", "encoding"))
        return sheet
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    lines = _lines(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    columns = _columns(next(lines, (1, []))[1], sheet.faults)
    if sheet.faults:
        return sheet
    for line, cells in lines:
        if not any(map(str.strip, cells)):
            continue
        if len(cells) != len(columns):
            sheet.faults.append(Fault(line, "", "row_cells", {"count": len(cells), "expected": len(columns)}))
            continue
        faults = len(sheet.faults)
        row = _row(line, dict(zip(columns, map(tidy, cells), strict=True)), sheet.faults)
        if row and len(sheet.faults) == faults:
            sheet.rows.append(row)
    return sheet


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Records with the number of the line that each begins on; a quoted cell may run over several."""
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1  # type: ignore[attr-defined]


def _columns(head: list[str], faults: list[Fault]) -> list[str]:
    """The columns that the first line names, in its order."""
    known = {fold(alias): name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
    columns = [known.get(fold(tidy(cell))) for cell in head]
    faults += [
        Fault(1, cell.strip(), "column_unknown", {"column": cell})
        for cell, name in zip(head, columns, strict=True)
        if not name
    ]
    faults += [
        Fault(1, name, "column_twice", {"column": name})
        for name, times in Counter(columns).items()
        if name and times > 1
    ]
    faults += [
        Fault(1, name, "column_missing", {"column": f"{name} ({COLUMNS[name][0]})"})
        for name in REQUIRED
        if name not in columns
    ]
    return [name or "" for name in columns]


def _row(line: int, cells: Mapping[str, str], faults: list[Fault]) -> SheetRow | None:
    """One line; whatever is wrong in it goes to `faults`."""
    for column in REQUIRED:
        if not cells[column]:
            faults.append(Fault(line, column, "required"))
    for column, most in LONGEST.items():
        if len(cells.get(column, "")) > most:
            faults.append(Fault(line, column, "too_long", {"max": most}))
    name = _name(line, cells, faults)
    households = _number(line, "households", cells, (0, MOST_HOUSEHOLDS), faults)
    if households is not None and not households.is_integer():
        faults.append(Fault(line, "households", "wrong_type", {"expected": "an integer"}))
    lon = _number(line, "lon", cells, (-180, 180), faults)
    lat = _number(line, "lat", cells, (-90, 90), faults)
    if bool(cells.get("lon")) != bool(cells.get("lat")):
        faults.append(Fault(line, "lat" if cells.get("lon") else "lon", "required"))
    if name is None:
        return None
    return SheetRow(
        line=line,
        commune_code=cells["commune_code"].zfill(5),
        name=name,
        code=cells.get("code", ""),
        households=None if households is None else int(households),
        lon=lon,
        lat=lat,
        former_commune_code=cells["former_commune_code"].zfill(5) if cells.get("former_commune_code") else "",
    )


def _name(line: int, cells: Mapping[str, str], faults: list[Fault]) -> Name | None:
    """The name and kind; without a kind of its own the name must begin with one: `Thôn 3`."""
    label, full = cells.get("kind", ""), cells["name"]
    if not full:
        return None
    kind = kind_of(label, AreaLevel.HAMLET)
    named = (read_name(full, kind) if kind else None) if label else parse_name(full, AreaLevel.HAMLET)
    if named is None:
        choices = ", ".join(kind.label_vi for kind in KINDS[AreaLevel.HAMLET])
        faults.append(Fault(line, "kind" if label else "name", "hamlet_kind", {"choices": choices}))
    return named


def _number(
    line: int, column: str, cells: Mapping[str, str], bounds: tuple[int, int], faults: list[Fault]
) -> float | None:
    """A number with a decimal point or comma, within bounds; None for an empty cell."""
    text = cells.get(column, "")
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,9}([.,]\d{1,15})?", text, re.ASCII):
        faults.append(Fault(line, column, "wrong_type", {"expected": "a number"}))
        return None
    value = float(text.replace(",", "."))
    if not bounds[0] <= value <= bounds[1]:
        code, params = ("too_small", {"min": bounds[0]}) if value < bounds[0] else ("too_large", {"max": bounds[1]})
        faults.append(Fault(line, column, code, params))
        return None
    return value
