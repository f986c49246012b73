"""Spreadsheets that go out: templates to fill in, and a file with its faults beside the rows to correct them there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from accounts.imports.columns import EXAMPLE, FAULT_TITLE, INSTRUCTIONS, LINE_TITLE, Column, SheetKind
from accounts.imports.kinds import ImportKind
from accounts.imports.reading import MOST_ROWS, Sheet
from accounts.imports.telling import fault_told
from accounts.imports.values import written
from accounts.models import ImportRow
from api.problems import Text

_CHOICES = "Danh mục"
_TEXT = 49
"""Excel's own number for the format of text."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SEVERAL = (
    Text(
        "Mỗi trang một loại: điền lần lượt Thôn, Tổ, Người; trang nào không cần thì để trống.",
        "One kind a sheet: fill in hamlets, teams, people; leave empty what isn't needed.",
    ),
)
_HOW = (
    Text(
        "Không đổi tên trang và dòng tiêu đề. Thứ tự cột và dấu không quan trọng.",
        "Keep the sheets' names and the line of titles. The order of columns and accents don't matter.",
    ),
    Text(
        "Dòng bắt đầu bằng “Ví dụ” chỉ để xem và không được nhập.",
        "A line that begins with “Ví dụ” is an example and isn't imported.",
    ),
    Text(
        "Gửi tệp lên: máy chủ kiểm tra và nêu mọi dòng sai; chưa có gì được ghi trước khi bạn bấm áp dụng.",
        "Send the file: the server checks it and names every faulty row; nothing is written until you apply it.",
    ),
)


def template_xlsx(kind: ImportKind, language: str, present: Iterable[Mapping[str, str]] = ()) -> bytes:
    """A workbook to fill in: instructions, a sheet a kind with its titles, an example and drop-downs.

    `present`: what stands already, as cells by column, instead of the example (of a kind with one sheet).
    """
    target = io.BytesIO()
    book = _book(target)
    rows = list(present)
    _instructions(book, kind, language)
    as_text = book.add_format({"num_format": _TEXT})
    example = book.add_format({"italic": True, "font_color": "#777777", "num_format": _TEXT})
    for each in kind.sheets:
        sheet = book.add_worksheet(each.title.vi)
        _head(book, sheet, [column.title.vi for column in each.columns], each.columns)
        for place, cell in enumerate(() if rows else _example(each)):
            sheet.write_string(1, place, cell, example)
        for line, row in enumerate(rows, 1):
            for place, column in enumerate(each.columns):
                if text := row.get(column.name, ""):
                    sheet.write_string(line, place, text, as_text)
    _choices(book, kind.sheets)
    book.close()
    return target.getvalue()


def template_csv(kind: SheetKind) -> bytes:
    """The titles and an example of one sheet, as Excel opens CSV: UTF-8 with its mark."""
    return _csv([[column.title.vi for column in kind.columns], _example(kind)])


def _example(kind: SheetKind) -> list[str]:
    first, *others = (column.example for column in kind.columns)
    return [f"{EXAMPLE}: {first}", *others]


def _instructions(book: Any, kind: ImportKind, language: str) -> None:
    sheet = book.add_worksheet(INSTRUCTIONS)
    bold, wrap = book.add_format({"bold": True, "font_size": 14}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 2, 24)
    sheet.set_column(3, 3, 80)
    english = language == "en"
    sheet.write(0, 0, "How to fill this in" if english else "Cách điền", bold)
    how = (*(_SEVERAL if not kind.one_sheet else ()), *_HOW, kind.known_by)
    for line, text in enumerate(how, 1):
        sheet.merge_range(line, 0, line, 3, text.en if english else text.vi, wrap)
        sheet.set_row(line, 34)
    line = len(how) + 2
    heads = ("Sheet", "Column", "Required", "What to write") if english else ("Trang", "Cột", "Bắt buộc", "Ghi gì")
    sheet.write_row(line, 0, heads, book.add_format({"bold": True, "bottom": 1}))
    for each in kind.sheets:
        for column in each.columns:
            line += 1
            required = ("yes" if english else "có") if column.required else ""
            note = column.note.en if english else column.note.vi
            if column.choices:
                note = f"{note} ({', '.join(choice.label_vi for choice in column.choices)})"
            sheet.write_row(line, 0, (each.title.vi, column.title.vi, required, note), wrap)


def _choices(book: Any, kinds: Sequence[SheetKind]) -> None:
    """A hidden sheet of choices, since a list in a cell holds 255 characters at most, and what refers to it."""
    sheet, place = book.add_worksheet(_CHOICES), 0
    sheet.hide()
    for kind in kinds:
        filled = book.get_worksheet_by_name(kind.title.vi)
        for number, column in enumerate(kind.columns):
            if not column.choices:
                continue
            labels = [each.label_vi for each in column.choices]
            sheet.write_column(0, place, labels)
            letter = xl_col_to_name(place, col_abs=True)
            filled.data_validation(
                1,
                number,
                MOST_ROWS,
                number,
                {
                    "validate": "list",
                    "source": f"='{_CHOICES}'!{letter}$1:{letter}${len(labels)}",
                    "error_title": column.title.vi,
                    "error_message": "Hãy chọn một giá trị trong danh sách.",
                    "error_type": "warning",
                },
            )
            place += 1


def _book(target: io.BytesIO) -> Any:
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(target, options)


def _head(book: Any, sheet: Any, titles: Sequence[str], columns: Sequence[Column]) -> None:
    """The line of titles; every column is text, so that Excel takes no zero from a phone number or a code."""
    as_text = book.add_format({"num_format": _TEXT})
    bold = book.add_format({"bold": True, "bg_color": "#DCE9E2", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    wanted = book.add_format({"bold": True, "bg_color": "#F6E2B3", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, as_text)
        sheet.write_string(
            0, place, titles[place] + (" *" if column.required else ""), wanted if column.required else bold
        )
        if column.note.vi:
            sheet.write_comment(0, place, column.note.vi, {"x_scale": 2})
    sheet.freeze_panes(1, 0)


def faults_xlsx(sheets: Sequence[Sheet], rows: Iterable[ImportRow], language: str) -> bytes:
    """The whole file again, each sheet with what is wrong beside the row: to be corrected there and sent anew.

    Faulty rows come first, with the wrong cells coloured.
    """
    wrong = _by_line(rows)
    target = io.BytesIO()
    book = _book(target)
    bad = book.add_format({"bg_color": "#F8CBAD", "num_format": _TEXT})
    message = book.add_format({"font_color": "#9C0006", "text_wrap": True})
    for source, kind in ((each, each.kind) for each in sheets if each.kind):
        columns, lines = _ordered(source, kind, wrong)
        sheet = book.add_worksheet(kind.title.vi)
        _head(book, sheet, [column.title.vi for column in columns], columns)
        sheet.write_string(0, len(columns), FAULT_TITLE)
        sheet.write_string(0, len(columns) + 1, LINE_TITLE)
        sheet.set_column(len(columns), len(columns), 70)
        for number, line in enumerate(lines, 1):
            faults = wrong.get((kind.name, line.line), ())
            named = {fault["column"] for fault in faults}
            for place, column in enumerate(columns):
                text = written(line.cells.get(column.name))
                if text or column.name in named:
                    sheet.write_string(number, place, text, bad if column.name in named else None)
            if faults:
                sheet.write_string(number, len(columns), _told(kind, faults, language), message)
                sheet.write_number(number, len(columns) + 1, line.line)
    book.close()
    return target.getvalue()


def faults_csv(sheets: Sequence[Sheet], rows: Iterable[ImportRow], language: str) -> bytes:
    """The same of a single sheet as CSV; cells that a spreadsheet would take for formulas are neutralised."""
    wrong = _by_line(rows)
    source, kind = next((sheet, sheet.kind) for sheet in sheets if sheet.kind)
    columns, lines = _ordered(source, kind, wrong)
    out = [[*(column.title.vi for column in columns), FAULT_TITLE, LINE_TITLE]]
    for line in lines:
        faults = wrong.get((kind.name, line.line), ())
        cells = [_harmless(written(line.cells.get(column.name))) for column in columns]
        out.append([*cells, _told(kind, faults, language), str(line.line) if faults else ""])
    return _csv(out)


def _by_line(rows: Iterable[ImportRow]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    return {(row.kind, row.line): row.faults for row in rows if row.faults}


def _ordered(
    sheet: Sheet, kind: SheetKind, wrong: dict[tuple[str, int], list[dict[str, Any]]]
) -> tuple[list[Column], list[Any]]:
    """The columns that the sheet uses or needs, and its lines, faulty ones first."""
    used = {name for line in sheet.lines for name in line.cells}
    faulty = {fault["column"] for (of, _), faults in wrong.items() if of == kind.name for fault in faults}
    columns = [column for column in kind.columns if column.required or column.name in used | faulty]
    return columns, sorted(sheet.lines, key=lambda line: ((kind.name, line.line) not in wrong, line.line))


def _told(kind: SheetKind, faults: Iterable[dict[str, Any]], language: str) -> str:
    told = [fault_told(kind.name, fault, language) for fault in faults]
    return " ".join(f"{each['title']}: {each['detail']}" if each["title"] else each["detail"] for each in told)


def _harmless(text: str) -> str:
    """A phone number may begin with a plus; a formula may not."""
    if text.startswith(_FORMULA) and not text.lstrip("+-").replace(" ", "").replace(".", "").isdigit():
        return f"'{text}"
    return text


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=",").writerows(rows)
    return target.getvalue().encode("utf-8-sig")
