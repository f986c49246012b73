"""What a column of a sheet is, what its rows come to, and which words of a file are no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from api.enums import LabelledEnum
from api.problems import Text
from api.text import fold

INSTRUCTIONS = "Hướng dẫn"
BESIDE = frozenset({"huong dan", "danh muc", "instructions"})
"""Sheets of our templates that hold no rows, by folded name."""
FAULT_TITLE, LINE_TITLE = "Lỗi cần sửa", "Dòng trong tệp gốc"
IGNORED = frozenset(map(fold, (FAULT_TITLE, LINE_TITLE, "stt", "số thứ tự", "ghi chú", "note")))
"""Columns that hold nothing for us: those of our copies with faults, and what clerks number and remark."""
EXAMPLE = "Ví dụ"
"""A line whose first cell begins so is a template's example, and no row."""
_SILENT = Text("", "")


class RowStatus(LabelledEnum):
    """What a row of an import amounts to."""

    FAULT = "fault", "Sai", "Fault"
    CREATE = "create", "Tạo mới", "Create"
    CHANGE = "change", "Thay đổi", "Change"
    UNCHANGED = "unchanged", "Không đổi", "Unchanged"
    DEACTIVATE = "deactivate", "Ngừng", "Deactivate"


@dataclass(frozen=True)
class Column:
    """One column: its name on the wire, what a sheet may call it, what templates say of it and show in it."""

    name: str
    title: Text
    aliases: tuple[str, ...] = ()
    required: bool = False
    note: Text = _SILENT
    example: str = ""
    choices: tuple[LabelledEnum, ...] = ()
    width: int = 16
    longest: int = 200


@dataclass(frozen=True, eq=False)
class SheetKind:
    """What a sheet holds: its name on the wire, what people call it, and its columns."""

    name: str
    title: Text
    columns: tuple[Column, ...]
    called: tuple[str, ...] = ()


@cache
def by_title(kind: SheetKind) -> Mapping[str, Column]:
    """The columns of a sheet by everything that they may be called, folded."""
    return {
        fold(" ".join(called.split())): column
        for column in kind.columns
        for called in (*column.aliases, *column.title, column.name, column.name.replace("_", " "))
    }


@cache
def by_name(kind: SheetKind) -> Mapping[str, Column]:
    """The columns of a sheet by their names on the wire."""
    return {column.name: column for column in kind.columns}
