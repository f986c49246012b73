"""Files that come and go: limits, sheets left out, templates that can be filled in and sent, copies with faults."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
import python_calamine
import xlsxwriter

from accounts.imports.kinds import import_kind, import_kinds
from accounts.imports.reading import CSV, MOST_BYTES, XLSX, read_file
from accounts.models import AuditEvent, ImportFile
from api.bodies import limit_of
from api.problems import Problem
from tests.accounts.imports.conftest import PEOPLE, Province, faults, sheet, small
from tests.client import signed_in


def test_the_limits_are_told_and_hold(province: Province) -> None:
    limits = province.client().get("/v1/meta").json()["limits"]
    assert (limits["import_bytes"], limits["import_rows"]) == (MOST_BYTES, 50_000)
    assert limit_of("/v1/imports") == MOST_BYTES > limit_of("/v1/imports/x") == limit_of("/v1/sync/push")
    answer = province.client().post("/v1/imports", b"PK" + bytes(MOST_BYTES), content_type=XLSX)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("content", "media_type", "kind", "status", "code"),
    [
        (b"PK nonsense", XLSX, "workbook", 422, "import_unreadable"),
        (b"a,b", CSV, "workbook", 415, "import_type"),
        (b"{}", "application/json", "people", 415, "import_type"),
        (b"a,b", CSV, "lamps", 400, "parameter_invalid"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_at_once(
    province: Province, content: bytes, media_type: str, kind: str, status: int, code: str
) -> None:
    answer = province.client().post(f"/v1/imports?kind={kind}", content, content_type=media_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_zip_that_would_swell_is_not_opened(province: Province) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (130 << 20))
    assert len(target.getvalue()) < 1 << 20
    answer = province.client().post("/v1/imports", target.getvalue(), content_type=XLSX)
    assert (answer.status_code, answer.json()["code"]) == (413, "import_too_large")


def test_a_sheet_with_cells_at_its_far_corners_takes_no_worker_with_it(province: Province) -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    page = book.add_worksheet("Người")
    page.write(0, 0, "Số điện thoại")
    page.write(1_048_575, 16_383, "xa")
    book.close()
    found = province.bring(target.getvalue())
    assert (found.status, found.problem) == ("failed", "import_unreadable")
    told = province.client().get(f"/v1/imports/{found.id}").json()["problem"]
    assert told["code"] == "import_unreadable" and "lưu lại" in told["detail"]


def test_more_rows_than_an_import_may_have_are_refused() -> None:
    lines = "\n".join(["Họ và tên,SĐT", *(f"Lan,09123{number:05}" for number in range(11))])
    with pytest.raises(Problem, match="import_too_many_rows"):
        read_file(lines.encode(), CSV, import_kind("people"), most_rows=10)
    with pytest.raises(Problem, match="import_too_many_rows"):
        read_file(
            sheet(people=[["Họ tên", "SĐT"], *([["Lan", "0912345678"]] * 11)]),
            XLSX,
            import_kind("people"),
            most_rows=10,
        )


def test_sheets_left_out_are_told(province: Province) -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    for name in ("Người", "Ẩn", "Sheet7", "People"):
        book.add_worksheet(name).write_row(0, 0, ["Số điện thoại", "Họ và tên"])
    book.get_worksheet_by_name("Ẩn").hide()
    book.close()
    found = province.bring(target.getvalue())
    told = {each["name"]: (each["kind"], each["note"]) for each in _told(province, found.id)["sheets"]}
    assert told["Người"] == ("people", None)
    assert "ẩn" in told["Ẩn"][1] and "cùng loại" in told["People"][1] and "tệp mẫu" in told["Sheet7"][1]


def test_formulas_are_the_values_that_they_had(province: Province) -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    page = book.add_worksheet("Thôn")
    page.write_row(0, 0, ["Mã xã", "Tên thôn", "Số hộ"])
    page.write_row(1, 0, ["22000", "Thôn 1"])
    page.write_formula(1, 2, "=60+3", None, 63)
    book.close()
    [read] = read_file(target.getvalue(), XLSX, import_kind("workbook"))
    assert read.lines[0].cells["households"] == 63


@pytest.mark.parametrize("kind", [kind.name for kind in import_kinds()])
def test_a_template_can_be_filled_in_and_sent(province: Province, kind: str) -> None:
    answer = province.client().get(f"/v1/imports/templates/{kind}.xlsx")
    assert answer.headers["Content-Type"] == XLSX
    book = python_calamine.load_workbook(io.BytesIO(answer.content))
    kinds = import_kind(kind).sheets
    assert book.sheet_names == ["Hướng dẫn", *(each.title.vi for each in kinds), "Danh mục"]
    read = read_file(answer.content, XLSX, import_kind(kind))
    # Titles are known, and the example is no row.
    assert [(each.kind, each.faults, each.lines) for each in read] == [(each, [], []) for each in kinds]
    instructions = book.get_sheet_by_name("Hướng dẫn").to_python()
    assert sum(row[0] in [each.title.vi for each in kinds] for row in instructions) == sum(
        len(each.columns) for each in kinds
    )


def test_a_template_has_drop_downs_and_keeps_zeros(province: Province) -> None:
    content = province.client().get("/v1/imports/templates/people.xlsx").content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        page, styles = parts.read("xl/worksheets/sheet2.xml").decode(), parts.read("xl/styles.xml").decode()
    assert page.count("<dataValidation ") == 3  # role, grant, status
    assert 'numFmtId="49"' in styles  # text


def test_templates_speak_english_to_who_asks_for_it_and_come_as_csv(province: Province) -> None:
    english = province.client().get("/v1/imports/templates/people.xlsx", headers={"Accept-Language": "en"}).content
    told = python_calamine.load_workbook(io.BytesIO(english)).get_sheet_by_name("Hướng dẫn").to_python()
    assert told[0][0] == "How to fill this in"
    answer = province.client().get("/v1/imports/templates/people.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [read] = read_file(answer.content, CSV, import_kind("people"))
    assert not read.faults and not read.lines
    assert province.client().get("/v1/imports/templates/lamps.csv").status_code == 404


def test_the_file_comes_back_byte_for_byte_and_that_is_in_the_trail(province: Province) -> None:
    content = small()
    found = province.bring(content)
    answer = province.client().get(f"/v1/imports/{found.id}/file")
    assert answer.content == content
    assert AuditEvent.objects.filter(name="import.downloaded", subject_id=found.id).count() == 1
    ImportFile.objects.all().delete()
    for path in ("file", "rows", "faults.xlsx"):
        gone = province.client().get(f"/v1/imports/{found.id}/{path}")
        assert (gone.status_code, gone.json()["code"]) == (410, "import_file_gone")


def test_faults_as_csv_are_no_formulas(province: Province) -> None:
    lines = [PEOPLE[:2], ["0912", "=HYPERLINK(1)"], ["+84912345678", "Lan"]]
    found = province.bring("\n".join(",".join(line) for line in lines).encode(), kind="people")
    answer = province.client().get(f"/v1/imports/{found.id}/faults.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][-2:] == ["Lỗi cần sửa", "Dòng trong tệp gốc"]
    assert {row[1] for row in rows[1:]} == {"'=HYPERLINK(1)", "Lan"}
    assert {row[0] for row in rows[1:]} == {"0912", "+84912345678"}
    assert all("Số điện thoại" in row[-2] for row in rows[1:] if row[0] == "0912")


def test_the_copy_with_faults_can_be_corrected_and_sent_anew(province: Province) -> None:
    wrong = small(people=[["0912345678", "Nguyễn Thị Lan", "22000", "Thôn 11", "Tổ 1", "", "", ""]])
    found = province.bring(wrong)
    assert faults(found) == [("Người", 2, "hamlet", "hamlet_unknown")]
    [row] = province.client().get(f"/v1/imports/{found.id}/rows?status=fault").json()["items"]
    assert "có phải là “Thôn 1”?" in row["faults"][0]["detail"]
    copy = province.client().get(f"/v1/imports/{found.id}/faults.xlsx").content
    book = python_calamine.load_workbook(io.BytesIO(copy))
    lines = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    people = [[("Thôn 1" if cell == "Thôn 11" else cell) for cell in line] for line in lines["Người"]]
    corrected = province.bring(sheet(**lines | {"Người": people}))
    assert (corrected.status, faults(corrected)) == ("ready", [])


def _told(province: Province, import_id: object) -> dict[str, list[dict[str, str]]]:
    return signed_in(province.son).get(f"/v1/imports/{import_id}").json()  # type: ignore[no-any-return]
