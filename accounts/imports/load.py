"""What an import would do: each row with its verdict, and all that is to be made or changed, with ids already given."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from accounts.areas.rows import AreaRow
from accounts.imports.columns import ImportKind, RowStatus, by_name
from accounts.imports.reading import Line
from accounts.imports.values import BadValue, Cell, Fault, is_excel_error, plain, told, written
from accounts.models import Area, AreaPlacement, Grant, User
from api.localtime import LOCAL
from api.sync.changes import Change

T = TypeVar("T")


@dataclass
class Row:
    """A row of the file and its verdict. `no` counts through all sheets."""

    no: int
    kind: str
    sheet: str
    line: int
    label: str = ""
    status: RowStatus = RowStatus.UNCHANGED
    faults: list[dict[str, Any]] = field(default_factory=list)
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
        told_of = {"column": fault.column, "code": fault.code, "params": plain(fault.params), "value": fault.value}
        self.faults.append(told_of)
        self.status = RowStatus.FAULT

    @property
    def verdict(self) -> tuple[str, list[dict[str, Any]]]:
        """What an admin agreed to, if they apply the import."""
        return self.status.value, self.changes


class Cells:
    """The cells of one row, read one by one; what is wrong goes to the row."""

    def __init__(self, row: Row, line: Line, kind: ImportKind) -> None:
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

    @property
    def bad(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.row.faults)


@dataclass
class Load:
    """All that an import would do. What is new has its id already; nothing of it is written yet."""

    progress: Callable[[int], None] | None = None
    """Told of every row that is begun."""
    rows: list[Row] = field(default_factory=list)
    hamlets: list[tuple[AreaRow, Sequence[AreaPlacement]]] = field(default_factory=list)
    attributes: list[tuple[Area, dict[str, Any]]] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    renamed: dict[uuid.UUID, str] = field(default_factory=dict)
    homes: dict[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    """Where those belong who are renamed."""
    settled: dict[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    """Accounts that belonged nowhere, and where they belong now."""
    left: list[uuid.UUID] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    grant_ends: list[tuple[Grant, dt.datetime]] = field(default_factory=list)
    things: list[tuple[str, uuid.UUID, int]] = field(default_factory=list)
    relied_on: dict[uuid.UUID, tuple[str, bool]] = field(default_factory=dict)
    """Accounts as they were read: name, and whether active."""

    def begin(self, kind: ImportKind, sheet: str, line: int) -> Row:
        """The next row."""
        row = Row(len(self.rows), kind.value, sheet, line)
        self.rows.append(row)
        if self.progress:
            self.progress(row.no)
        return row

    @property
    def faulty(self) -> bool:
        """Whether any row has a fault: then nothing is done."""
        return any(row.faults for row in self.rows)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows of each kind have which status."""
        found: dict[str, Counter[str]] = {}
        for row in self.rows:
            found.setdefault(row.kind, Counter())[row.status.value] += 1
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
