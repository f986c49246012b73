"""Hamlets from a spreadsheet: every fault at once, nothing half done, the same list twice is once."""

import datetime as dt
import unicodedata
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.areas.gazetteer import REFORM
from accounts.imports.kinds import import_kind, sheet_kinds
from accounts.imports.load import Load
from accounts.imports.loading import check_file, load_file
from accounts.imports.reading import CSV, Sheet, read_file
from accounts.models import Area, AreaPast
from api.problems import Problem
from tests.accounts.areas.conftest import above, below, former, today

# Codes of today: 22972 Phan Rí Cửa, 22969 Liên Hương; 22978 was Phong Phú until the reform.
LIST = """Mã xã;Tên;Loại;Mã;Số hộ;Kinh độ;Vĩ độ;Mã xã cũ
22972;Thôn Phú Thủy;;PRC-1;163;108,6;11,25;22978
22972;Hải Tân;khu phố;;412;;;
22969;Khu phố 3;Khu phố;;;;;
"""


def load(text: str) -> Load:
    prepared = check_file(text.encode(), "hamlets")
    if not prepared.faulty:
        load_file(prepared, reason="tests")
    return prepared


def read(data: bytes) -> Sheet:
    [sheet] = read_file(data, CSV, import_kind("hamlets"))
    return sheet


def faults(found: Load) -> list[tuple[int, str, str]]:
    return sorted((row.line, fault["column"], fault["code"]) for row in found.rows for fault in row.faults)


def done(found: Load) -> tuple[int, int, int]:
    """How many are new, changed and unchanged."""
    counts = found.counts()["hamlets"]
    return counts.get("create", 0), counts.get("change", 0), counts.get("unchanged", 0)


def test_hamlets_are_made_below_their_communes(lam_dong: Area) -> None:
    assert done(load(LIST)) == (3, 0, 0)
    hamlets = {area.name: area for area in Area.objects.filter(level="hamlet")}
    phu_thuy, hai_tan = hamlets["Phú Thủy"], hamlets["Hải Tân"]
    assert (phu_thuy.kind, phu_thuy.code, phu_thuy.household_count) == ("thon", "PRC-1", 163)
    assert (phu_thuy.centre_lon, phu_thuy.centre_lat) == (108.6, 11.25)
    assert (hai_tan.kind, hamlets["3"].kind, hamlets["3"].name_fold) == ("khu_pho", "khu_pho", "khu pho 3")
    assert above(phu_thuy.id) == [lam_dong.id, today("22972").id]


def test_a_hamlet_keeps_its_identity_across_the_reform(lam_dong: Area) -> None:
    load(LIST)
    phu_thuy = Area.objects.get(level="hamlet", name="Phú Thủy")
    names = {area.id: area.name for area in Area.objects.all()}
    before = above(phu_thuy.id, REFORM - dt.timedelta(days=1))
    assert [names[over] for over in before] == ["Bình Thuận", "Tuy Phong", "Phong Phú"]
    assert phu_thuy.id in below(former("60", "province").id, dt.date(2024, 1, 1))


def test_the_same_list_again_changes_nothing(lam_dong: Area) -> None:
    load(LIST)
    again = load(LIST)
    assert done(again) == (0, 0, 3)


def test_new_figures_update_what_stands_and_keep_the_old_ones(lam_dong: Area) -> None:
    load(LIST)
    again = load(LIST.replace(";163;", ";170;").replace("412", ""))
    assert done(again) == (0, 1, 2)
    assert Area.objects.get(name="Phú Thủy", level="hamlet").household_count == 170
    assert Area.objects.get(name="Hải Tân", level="hamlet").household_count == 412
    assert [row.value for row in AreaPast.objects.filter(attribute="household_count")] == [163]


def test_every_fault_is_told_by_line_and_column(lam_dong: Area) -> None:
    wrong = """commune_code,name,kind,households,lon,lat,former_commune_code
99999,Thôn 1,,,,,
22972,Thôn 1,xã,,,,
22972,,thôn,abc,,,
22972,Thôn 2,,1.5,190,,
22972,Thôn 3,,-1,108.1,11.1,60

22972,Thôn 4,,1,108.1,11.1,,thừa
22972,"Thôn
5",,,,,
22972,thôn 5,,,,,
"""
    assert faults(load(wrong)) == [
        (2, "commune_code", "commune_unknown"),
        (3, "kind", "invalid_choice"),
        (4, "households", "import_number"),
        (4, "name", "required"),
        (5, "households", "import_whole_number"),
        (5, "lat", "required"),
        (5, "lon", "too_large"),
        (6, "former_commune_code", "former_commune"),
        (6, "households", "too_small"),
        (8, "", "row_cells"),
        (11, "", "row_twice"),
    ]
    assert not Area.objects.filter(level="hamlet").exists()


def test_a_former_commune_must_have_become_part_of_this_one(lam_dong: Area) -> None:
    wrong = "mã xã,tên,mã xã cũ\n22972,Thôn 1,22909\n22972,Thôn 2,22978\n"
    assert faults(load(wrong)) == [(2, "former_commune_code", "former_commune")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_any_common_csv_is_read(encoding: str, separator: str, newline: str) -> None:
    lines = (["Mã xã", "TÊN THÔN", "loai"], ["22972", "Hải Tân", "khu phố"])
    sheet = read(newline.join(separator.join(line) for line in lines).encode(encoding))
    assert not sheet.faults
    told = {"commune_code": "22972", "name": "Hải Tân", "kind": "khu phố"}
    assert [(line.line, line.cells) for line in sheet.lines] == [(2, told)]


def test_decomposed_letters_are_the_same_letters(lam_dong: Area) -> None:
    load(unicodedata.normalize("NFD", "mã xã,tên\n22972,Thôn Hải Tân"))
    assert Area.objects.filter(level="hamlet", name="Hải Tân").exists()


def test_a_lost_leading_zero_of_a_code_is_put_back(lam_dong: Area) -> None:
    Area.objects.filter(id=today("22972").id).update(code="00004")
    assert done(load("mã xã,tên\n4,Thôn 1")) == (1, 0, 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("tên\n", []),
        ("mã xã,số hộ\n", [(1, "name", "column_missing")]),
        ("mã xã,tên,màu\n", [(1, "màu", "column_unknown")]),
        ("mã xã,tên,Tên\n", [(1, "name", "column_twice")]),
    ],
)
def test_a_file_that_is_no_such_list_is_told_why(data: str, expected: list[tuple[int, str, str]]) -> None:
    assert [(fault.line, fault.column, fault.code) for fault in read(data.encode()).faults] == expected


def test_an_encoding_that_is_none_is_told() -> None:
    with pytest.raises(Problem, match="import_encoding"):
        read("mã xã,tên\n22972,Th".encode() + b"\xff\xd0n")


def test_every_column_has_a_vietnamese_name() -> None:
    assert all(not column.title.vi.isascii() for sheet in sheet_kinds().values() for column in sheet.columns)


def test_the_command_loads_all_or_nothing(lam_dong: Area, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hamlets.csv"
    file.write_text(LIST + "22972;Không rõ;;;;;;\n", encoding="utf-8")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_hamlets", file)
    told = capsys.readouterr()
    assert "line 5, name: Không rõ đây là thôn" in told.err
    assert not Area.objects.filter(level="hamlet").exists()
    file.write_text(LIST, encoding="utf-8")
    call_command("load_hamlets", file, dry_run=True)
    assert not Area.objects.filter(level="hamlet").exists()
    call_command("load_hamlets", file)
    assert Area.objects.filter(level="hamlet").count() == 3


def test_the_command_says_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("load_hamlets", tmp_path / "nowhere.csv")
