"""Hamlets from a spreadsheet: every fault at once, nothing half done, the same list twice is once."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.areas.gazetteer import REFORM
from accounts.areas.hamlets import HamletLoad, carry_out_hamlets, prepare_hamlets
from accounts.areas.rows import Loader
from accounts.areas.sheets import COLUMNS, Sheet, read_sheet
from accounts.models import Area, AreaPast
from tests.accounts.areas.conftest import above, below, former, today

# Codes of today: 22972 Phan Rí Cửa, 22969 Liên Hương; 22978 was Phong Phú until the reform.
LIST = """Mã xã;Tên;Loại;Mã;Số hộ;Kinh độ;Vĩ độ;Mã xã cũ
22972;Thôn Phú Thủy;;PRC-1;163;108,6;11,25;22978
22972;Hải Tân;khu phố;;412;;;
22969;Khu phố 3;Khu phố;;;;;
"""


def load(text: str) -> HamletLoad:
    prepared = prepare_hamlets(read_sheet(text.encode()))
    if not prepared.faults:
        carry_out_hamlets(prepared, actor=Loader(reason="tests"))
    return prepared


def faults(sheet: Sheet | HamletLoad) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code) for fault in sheet.faults]


def test_hamlets_are_made_below_their_communes(lam_dong: Area) -> None:
    assert len(load(LIST).new) == 3
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
    assert (len(again.new), len(again.changed), again.unchanged) == (0, 0, 3)


def test_new_figures_update_what_stands_and_keep_the_old_ones(lam_dong: Area) -> None:
    load(LIST)
    again = load(LIST.replace(";163;", ";170;").replace("412", ""))
    assert (len(again.new), len(again.changed), again.unchanged) == (0, 1, 2)
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

22972,Thôn 4,,1,108.1
22972,"Thôn
5",,,,,
22972,thôn 5,,,,,
"""
    assert faults(load(wrong)) == [
        (2, "commune_code", "commune_unknown"),
        (3, "kind", "hamlet_kind"),
        (4, "households", "wrong_type"),
        (4, "name", "required"),
        (5, "households", "wrong_type"),
        (5, "lat", "required"),
        (5, "lon", "too_large"),
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
    sheet = read_sheet(newline.join(separator.join(line) for line in lines).encode(encoding))
    assert not sheet.faults
    assert [(row.line, row.commune_code, row.name.full) for row in sheet.rows] == [(2, "22972", "Khu phố Hải Tân")]


def test_decomposed_letters_are_the_same_letters() -> None:
    import unicodedata

    sheet = read_sheet(unicodedata.normalize("NFD", "mã xã,tên\n22972,Thôn Hải Tân").encode())
    assert [row.name.name for row in sheet.rows] == ["Hải Tân"]


def test_a_lost_leading_zero_of_a_code_is_put_back() -> None:
    assert [row.commune_code for row in read_sheet("mã xã,tên\n4,Thôn 1".encode()).rows] == ["00004"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [(1, "commune_code", "column_missing"), (1, "name", "column_missing")]),
        ("mã xã,tên,màu\n".encode(), [(1, "màu", "column_unknown")]),
        ("mã xã,tên,Tên\n".encode(), [(1, "name", "column_twice")]),
        ("mã xã,tên\n22972,Th".encode() + b"\xf4n", [(2, "", "encoding")]),
    ],
)
def test_a_file_that_is_no_such_list_is_told_why(data: bytes, expected: list[tuple[int, str, str]]) -> None:
    assert faults(read_sheet(data)) == expected


def test_every_column_has_a_vietnamese_name() -> None:
    assert all(aliases and not aliases[0].isascii() for aliases in COLUMNS.values())


def test_the_command_loads_all_or_what_is_good(
    lam_dong: Area, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hamlets.csv"
    file.write_text(LIST + "22972;Không rõ;;;;;;\n", encoding="utf-8")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_hamlets", file)
    told = capsys.readouterr()
    assert "line 5, name: Không rõ đây là thôn" in told.err
    assert not Area.objects.filter(level="hamlet").exists()
    call_command("load_hamlets", file, skip_bad=True, dry_run=True)
    assert not Area.objects.filter(level="hamlet").exists()
    call_command("load_hamlets", file, skip_bad=True)
    assert Area.objects.filter(level="hamlet").count() == 3


def test_the_command_says_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("load_hamlets", tmp_path / "nowhere.csv")
