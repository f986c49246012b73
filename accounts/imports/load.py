"""What an import would do: each row with its verdict, and all that is to be made or changed, with ids already given."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from accounts.imports.columns import RowStatus, SheetKind, by_name
from accounts.imports.values import BadValue, Cell, Fault, is_excel_error, told, written
from api.localtime import LOCAL
from api.sync.changes import Change

if TYPE_CHECKING:
    from accounts.imports.reading import Line, Sheet

T = TypeVar("T")
WARNED = "warned"
"""Beside the statuses: how many rows, of any status, have warnings."""


@dataclass
class Row:
    """A row of the file and its verdict. `no` counts through all sheets."""

    no: int
    kind: str
    sheet: str
    line: int
    label: str = ""
    status: RowStatus = RowStatus.UNCHANGED
    subject_id: uuid.UUID | None = None
    """The standing record that it is about, where its erasure must reach the file."""
    faults: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def creates(self) -> None:
        """The row makes something; that outweighs what it changes."""
        self.status = RowStatus.CREATE

    def alters(self, column: str, before: object, after: object) -> None:
        """The row changes what stands."""
        self.changes.append({"column": column, "before": _shown(before), "after": _shown(after)})
        if self.status == RowStatus.UNCHANGED:
            self.status = RowStatus.CHANGE

    def fails(self, fault: Fault) -> None:
        """Something is wrong with the row."""
        self.faults.append(fault.kept())
        self.status = RowStatus.FAULT

    def warns(self, fault: Fault) -> None:
        """Something about the row is worth a look; it is carried out all the same."""
        self.warnings.append(fault.kept())

    @property
    def verdict(self) -> tuple[str, list[dict[str, Any]]]:
        """What an admin agreed to, if they apply the import."""
        return self.status.value, self.changes


class Cells:
    """The cells of one row, read one by one; what is wrong goes to the row."""

    def __init__(self, row: Row, line: Line, kind: SheetKind) -> None:
        self.row, self.line, self.columns = row, line, by_name(kind)

    def raw(self, column: str) -> Cell:
        """What stands in a cell."""
        return self.line.cells.get(column)

    def read(self, column: str, read: Callable[[Cell], T]) -> T | None:
        """What a cell means; None if it is empty or wrong."""
        cell = self.raw(column)
        if not written(cell):
            if self.columns[column].required:
                self.wrong(column, "required")
            return None
        try:
            if is_excel_error(cell):
                raise BadValue("import_excel_error")
            return read(cell)
        except BadValue as bad:
            self.wrong(column, bad.code, bad.params)
            return None

    def wrong(self, column: str, code: str, params: Mapping[str, object] | None = None) -> None:
        """Something is wrong in a column of this row."""
        self.row.fails(Fault(self.line.line, column, code, params or {}, told(self.raw(column)) if column else ""))

    def warn(self, column: str, code: str, params: Mapping[str, object] | None = None) -> None:
        """Something in a column of this row is worth a look."""
        self.row.warns(Fault(self.line.line, column, code, params or {}, told(self.raw(column)) if column else ""))

    @property
    def bad(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.row.faults)


@dataclass
class Load:
    """All that an import would do; what is new has its id already. Kinds that write more than records add to it."""

    progress: Callable[[int], None] | None = None
    """Told of every row that is begun."""
    rows: list[Row] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    things: list[tuple[str, uuid.UUID, int]] = field(default_factory=list)

    def begin(self, kind: SheetKind, sheet: str, line: int) -> Row:
        """The next row."""
        row = Row(len(self.rows), kind.name, sheet, line)
        self.rows.append(row)
        if self.progress:
            self.progress(row.no)
        return row

    @contextmanager
    def judging(self, sheet: Sheet, kind: SheetKind) -> Iterator[None]:
        """Around the judging of a sheet's lines: what was found wrong while it was read becomes rows, or joins them."""
        of_lines = {}
        for fault in sheet.faults:
            if fault.line and not fault.column and fault.code == "row_cells":
                of_lines[fault.line] = fault
            else:
                self.begin(kind, sheet.name, fault.line).fails(fault)
        first = len(self.rows)
        yield
        for row in self.rows[first:] if of_lines else ():
            if row.line in of_lines:
                row.fails(of_lines.pop(row.line))

    @property
    def faulty(self) -> bool:
        """Whether any row has a fault: then nothing is done."""
        return any(row.faults for row in self.rows)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows of each kind have which status, and how many of all are warned of."""
        found: dict[str, Counter[str]] = {}
        for row in self.rows:
            counter = found.setdefault(row.kind, Counter())
            counter[row.status.value] += 1
            if row.warnings:
                counter[WARNED] += 1
        return {kind: dict(counter) for kind, counter in found.items()}

    def made(self, kind: str, id_: uuid.UUID, row: Row) -> None:
        """This row makes this thing."""
        self.things.append((kind, id_, row.no))
        row.creates()


def start_of(day: dt.date) -> dt.datetime:
    """The moment at which a local day begins."""
    return dt.datetime.combine(day, dt.time(), LOCAL).astimezone(dt.UTC)


def _shown(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)
