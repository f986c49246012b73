"""Files made to do harm, and workbooks as people save them: read within bounds, or refused in words."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from accounts.imports.kinds import import_kind
from accounts.imports.reading import CSV, XLSX, Sheet, read_file
from accounts.imports.values import read_day, read_phone
from api.problems import Problem
from tests.accounts.imports.conftest import PEOPLE, Province, sheet

_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ENTITY = '<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_NESTED = "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
_LAUGHS = f"<!DOCTYPE sst [<!ENTITY a 'ha'>{_NESTED}]>"


def people(lines: bytes = b"", content_type: str = CSV, **more: Any) -> Sheet:
    """The sheet of people in a file."""
    [found] = [each for each in read_file(lines, content_type, import_kind("people"), **more) if each.kind]
    return found


def saved(fill: Callable[[Any, Any], None]) -> bytes:
    """A workbook with a sheet of people, filled in by hand."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    fill(book, book.add_worksheet("Người"))
    book.close()
    return target.getvalue()


def altered(part: str, content: str) -> bytes:
    """A sound workbook with one of its parts replaced."""
    target, sound = io.BytesIO(), zipfile.ZipFile(io.BytesIO(sheet(Người=[PEOPLE, ["0912345678", "Lan"]])))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in sound.namelist():
            parts.writestr(name, content if name == part else sound.read(name))
    return target.getvalue()


@pytest.mark.parametrize("declared", [_ENTITY, _LAUGHS])
def test_entities_are_not_followed(declared: str) -> None:
    name = "x" if declared is _ENTITY else "j"
    strings = f'<?xml version="1.0"?>{declared}<sst xmlns="{_NS}">{f"<si><t>&{name};</t></si>" * 10}</sst>'
    began = time.monotonic()
    with pytest.raises(Problem, match="import_unreadable"):
        people(altered("xl/sharedStrings.xml", strings), XLSX)
    assert time.monotonic() - began < 10


def test_a_sheet_of_as_many_rows_as_excel_has_is_refused() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 150_000))
    far = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    content = f'<worksheet xmlns="{_NS}"><sheetData>{rows}{far}</sheetData></worksheet>'
    with pytest.raises(Problem, match="import_too_many_rows"):
        people(altered("xl/worksheets/sheet1.xml", content), XLSX)


def test_a_csv_of_a_million_lines_is_given_up_at_the_limit() -> None:
    content = b"phone,full_name\n" + b"1,a\n" * 1_000_000
    tracemalloc.start()
    with pytest.raises(Problem, match="import_too_many_rows"):
        people(content, most_rows=1_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 << 20, f"{peak >> 20} MB for 4 MB of lines"


def test_no_cell_of_the_copy_with_faults_is_a_formula(province: Province) -> None:
    """Neither a name nor a wrong phone number that somebody else filled in runs on the admin's machine."""
    evil = [f'{start}HYPERLINK("https://example.org/";"x")' for start in ("=", "+", "-", "@", "\t=", "\n=", " =")]
    target = io.StringIO()
    csv.writer(target).writerows([["Số điện thoại", "Họ và tên"], *([each, each] for each in evil)])
    found = province.bring(target.getvalue().encode(), kind="people")
    answer = province.client().get(f"/v1/imports/{found.id}/faults.csv")
    told = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(told) == 1 + len(evil)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in told for cell in row)
    book = province.client().get(f"/v1/imports/{found.id}/faults.xlsx").content
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "worksheets/" in name)
    rows = python_calamine.load_workbook(io.BytesIO(book)).get_sheet_by_name("Người").to_python()
    assert [row[0] for row in rows[1:]] == [each.strip() for each in evil]


def test_a_workbook_as_people_save_it_is_read() -> None:
    """A merged title above, numbers and dates as Excel keeps them, a thousand formatted lines with nothing in them."""

    def fill(book: Any, page: Any) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.merge_range(0, 0, 0, 7, "DANH SÁCH TỔ VIÊN")
        page.write_row(2, 0, PEOPLE)
        page.write_row(3, 0, [912345678, "Lan", 999, "Thôn 1"])
        page.write_datetime(3, 7, dt.date(2024, 3, 5), day)
        page.write_row(4, 0, [84912345679.0, "Bảo"])
        page.write_number(4, 7, 45356)
        page.write_formula(5, 0, '="0912"&"345670"', None, "0912345670")
        page.write_row(5, 1, ["Hoa"])
        page.write_string(5, 7, "5/3/2024")
        for line in range(6, 1_000):
            page.write_blank(line, 0, None, day)

    found = people(saved(fill), XLSX)
    assert [line.line for line in found.lines] == [4, 5, 6] and not found.faults
    phones = [read_phone(line.cells["phone"]) for line in found.lines]
    assert phones == ["+84912345678", "+84912345679", "+84912345670"]
    assert {read_day(line.cells["starts_on"]) for line in found.lines} == {dt.date(2024, 3, 5)}
