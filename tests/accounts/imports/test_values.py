"""What a cell means, as clerks and Excel write it."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest

from accounts.imports.columns import by_title
from accounts.imports.kinds import import_kind, sheet_called, sheet_kinds
from accounts.imports.reading import CSV, decode, read_file
from accounts.imports.values import (
    BadValue,
    read_choice,
    read_code,
    read_day,
    read_phone,
    read_whole,
    written,
)
from accounts.roles import TeamRole
from api.problems import Problem
from api.text import fold

_PHONES = (
    "0912345678", "912345678", 912345678, 912345678.0, "84912345678", 84912345678.0, "+84912345678", "+84 912 345 678",
    "0912.345.678", " 0912 345 678 ", "0912-345-678", "'0912345678", "0912\u00a0345\u00a0678", "\ufeff0912345678",
    "+84(0)912345678", "0084 912345678",
)  # fmt: skip


@pytest.mark.parametrize("cell", _PHONES)
def test_a_phone_number_is_the_same_however_it_is_written(cell: str | float) -> None:
    assert read_phone(cell) == "+84912345678"


@pytest.mark.parametrize("cell", ["02523831234", "2523831234", 2523831234.0])
def test_a_landline_gets_its_zero_back(cell: str | float) -> None:
    assert read_phone(cell) == "+842523831234"


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "0",
        "09123",
        "0976 000 32",
        "09760003210",
        91234.5,
        "không có",
        "0912345678 / 0987654321",
        9.12e20,
        "+1 202 555 0100",
    ],
)
def test_what_is_no_phone_number_is_refused(cell: str | float) -> None:
    with pytest.raises(BadValue, match="import_phone"):
        read_phone(cell)


@pytest.mark.parametrize(
    "cell",
    ["15/03/2024", "15-3-2024", "15.03.2024", "2024-03-15", "2024-03-15T00:00:00", 45366, 45366.0, " 15/03/2024 "],
)
def test_a_day_is_the_same_however_it_is_written(cell: str | float) -> None:
    assert read_day(cell) == dt.date(2024, 3, 15)


@pytest.mark.parametrize(
    "cell", ["31/02/2024", "2024", "tháng 3", 3.0, "15/13/2024", "15/03/24", "01/01/1800", "9999-12-31"]
)
def test_what_is_no_day_is_refused(cell: str | float) -> None:
    with pytest.raises(BadValue, match="import_day"):
        read_day(cell)


@pytest.mark.parametrize(
    ("cell", "count"), [("163", 163), (163.0, 163), ("1.234", 1234), ("1,234", 1234), ("0", 0), ("", None)]
)
def test_a_count_may_have_a_mark_of_thousands(cell: str | float, count: int | None) -> None:
    assert read_whole(cell, 0, 100_000) == count


@pytest.mark.parametrize(
    ("cell", "code"), [("1,5", "import_whole_number"), ("ba", "import_number"), (-1, "too_small"), (2e5, "too_large")]
)
def test_what_is_no_count_is_refused(cell: str | float, code: str) -> None:
    with pytest.raises(BadValue, match=code):
        read_whole(cell, 0, 100_000)


def test_zeros_that_excel_took_from_a_code_come_back() -> None:
    assert [read_code(cell) for cell in (4, 4.0, "4", "00004", "22972")] == ["00004"] * 4 + ["22972"]


@pytest.mark.parametrize(
    "cell", ["Tổ trưởng", "tổ  trưởng", "TO TRUONG", "leader", "Leader", unicodedata.normalize("NFD", "Tổ trưởng")]
)
def test_a_choice_is_known_by_both_labels_without_accents(cell: str) -> None:
    assert read_choice(cell, tuple(TeamRole)) == "leader"


def test_text_is_in_nfc_with_single_spaces_and_nothing_invisible() -> None:
    assert written(unicodedata.normalize("NFD", "  Nguyễn\u200b  Thị\n Lan ")) == "Nguyễn Thị Lan"


def test_every_column_is_known_by_its_titles_and_none_by_two_meanings() -> None:
    for kind in sheet_kinds().values():
        for column in kind.columns:
            for called in (column.name, *column.title, *column.aliases):
                assert by_title(kind)[fold(called)] == column, (kind.name, called)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Người", "people"),
        ("3. NGƯỜI", "people"),
        ("people", "people"),
        ("Danh sách tổ", "teams"),
        ("To", "teams"),
        ("Sheet1", None),
    ],
)
def test_a_sheet_is_known_by_its_name(name: str, kind: str | None) -> None:
    assert sheet_called(name) == (sheet_kinds()[kind] if kind else None)


_LIST = "Họ và tên;SĐT;Thôn\nNguyễn Thị Hường;0912345678;Đồng Tâm\n"


def _windows_1258(text: str) -> bytes:
    """As Windows writes Vietnamese: letters with their hooks and hats, tones after them."""
    out = b""
    for char in unicodedata.normalize("NFC", text):
        try:
            out += char.encode("cp1258")
        except UnicodeEncodeError:
            letters = unicodedata.normalize("NFD", char)
            tones = "".join(mark for mark in letters if mark in "\u0300\u0301\u0303\u0309\u0323")
            bare = unicodedata.normalize("NFC", "".join(mark for mark in letters if mark not in tones))
            out += bare.encode("cp1258") + tones.encode("cp1258")
    return out


@pytest.mark.parametrize(
    "content",
    [
        _LIST.encode(),
        _LIST.encode("utf-8-sig"),
        _LIST.encode("utf-16"),
        _LIST.encode("utf-16-le"),
        _windows_1258(_LIST),
        _LIST.replace(";", ",").encode(),
        _LIST.replace(";", "\t").replace("\n", "\r\n").encode(),
        f"DANH SÁCH TỔ VIÊN;;\n;;\n{_LIST}".encode(),
    ],
)
def test_any_common_csv_is_read(content: bytes) -> None:
    [sheet] = read_file(content, CSV, import_kind("people"))
    assert not sheet.faults
    cells = {"full_name": "Nguyễn Thị Hường", "phone": "0912345678", "hamlet": "Đồng Tâm"}
    assert [line.cells for line in sheet.lines] == [cells]


def test_an_encoding_that_cannot_be_told_is_refused() -> None:
    with pytest.raises(Problem, match="import_encoding"):
        decode("Họ tên;Điện thoại\nNguyÔn V¨n A;09".encode("latin-1", "ignore") + b"\xb5\xb8")
