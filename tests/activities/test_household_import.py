"""Households from a spreadsheet: from a faulty file to phones and back, who may, and what of it is kept."""

from __future__ import annotations

import io
import threading
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from accounts.imports.kinds import import_kind
from accounts.imports.places import Scope
from accounts.imports.reading import CSV, XLSX, read_file
from accounts.imports.values import BadValue
from accounts.models import AuditEvent, Import, ImportFile, ImportRow
from accounts.purge import purge
from activities.pledges.households.importing.alike import likeness
from activities.pledges.households.importing.hamlets import Hamlets
from activities.pledges.households.importing.matching import match
from activities.pledges.households.importing.screening import holds_number
from activities.pledges.households.merging import merge_households
from api.jobs import run_due
from tests.accounts.imports.conftest import faults, sheet
from tests.api.sync.talk import drain, push, put
from tests.cast import Cast, Person, raise_cast
from tests.client import signed_in

JSON = "application/json"
HEAD = ["Thôn", "Số nhà", "Chủ hộ", "Số nhân khẩu", "Tình trạng cư trú", "SĐT"]
RIGHT = [
    ["Thái An", "12/3", "Trần Văn Hải", 4, "Thường trú", "0912 345 678"],
    ["thon thai an", "12/5", "Nguyễn Thị Lựu", 3.0, "", 912345679],
    ["Thôn Thái Bình, Xã Hồng Thái", "", "Lê Văn Tám", "", "Tạm trú", "+84912345670"],
]


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


def book(*rows: list[Any], head: list[Any] | None = None) -> bytes:
    return sheet(Hộ=[head or HEAD, *rows])


def bring(who: Person, content: bytes, **query: Any) -> Any:
    """The answer to bringing it, once it is checked."""
    media_type = XLSX if content[:2] == b"PK" else CSV
    asked = {"kind": "households", "filename": "ho.xlsx", **query}
    answer = signed_in(who).post("/v1/imports", content, content_type=media_type, query_params=asked)
    run_due("imports.check")
    return answer


def brought(who: Person, content: bytes, **query: Any) -> Import:
    answer = bring(who, content, **query)
    assert answer.status_code == 201, answer.content
    return Import.objects.get(id=answer.json()["id"])


def command(who: Person, found: Import, verb: str, body: Any = "") -> Import:
    answer = signed_in(who).post(f"/v1/imports/{found.id}/{verb}", body, content_type=JSON)
    assert answer.status_code == 202, answer.content
    run_due(f"imports.{verb}")
    found.refresh_from_db()
    return found


def rows(who: Person, found: Import, **query: Any) -> Any:
    return signed_in(who).get(f"/v1/imports/{found.id}/rows", query).json()["items"]


def households(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [change for change in changes if change["type"] == "household"]


def test_a_list_is_told_its_faults_corrected_applied_pulled_sent_again_and_taken_back(cast: Cast) -> None:
    minh = cast.minh
    _, cursor = drain(cast.lan)
    wrong = brought(
        minh,
        book(
            ["Thái Am", "12/3", "Trần Văn Hải", "bốn", "Thường trú", "0912 345 67"],
            ["Thái An", "12/5", "", 0, "ở trọ", ""],
            ["Lạc Trị", "1", "Người Xã Khác", 1, "", ""],
            ["Thái An", "7", "Một Hộ", "", "Đã chuyển đi", ""],
            *RIGHT[1:2] * 2,
        ),
    )
    assert wrong.status == "faulty"
    assert {(line, column, code) for _, line, column, code in faults(wrong)} == {
        (2, "hamlet", "household_hamlet_unknown"), (2, "size", "import_number"), (2, "phone", "import_phone"),
        (3, "householder", "required"), (3, "size", "too_small"), (3, "residence_status", "invalid_choice"),
        (4, "hamlet", "household_hamlet_unknown"), (5, "resident_until", "moved_out_missing"),
        (7, "", "household_twice"),
    }  # fmt: skip
    told = rows(minh, wrong, status="fault")[0]["faults"][0]
    assert (told["title"], told["value"]) == ("Thôn", "Thái Am") and "Thôn Thái An" in told["detail"]
    marked = load_workbook(io.BytesIO(signed_in(minh).get(f"/v1/imports/{wrong.id}/faults.xlsx").content))
    assert "Lỗi cần sửa" in marked.get_sheet_by_name("Hộ").to_python()[0]

    ready = brought(minh, book(*RIGHT), corrects=wrong.id)
    assert (ready.status, ready.counts) == ("ready", {"households": {"create": 3}})
    assert not AuditEvent.objects.filter(name="household.created").exists()
    done = command(minh, ready, "apply")
    assert (done.status, done.problem) == ("applied", None)
    events = AuditEvent.objects.filter(name="household.created", details__import_id=str(done.id))
    assert events.count() == 3 == len(signed_in(minh).get(f"/v1/imports/{done.id}/things").json()["items"])
    changes, cursor = drain(cast.lan, cursor)
    pulled = {change["data"]["house_number"]: change["data"] for change in households(changes)}
    assert {house: (each["householder"], each["size"], each["phone"]) for house, each in pulled.items()} == {
        "12/3": ("Trần Văn Hải", 4, "+84912345678"), "12/5": ("Nguyễn Thị Lựu", 3, "+84912345679"),
    }  # fmt: skip
    assert pulled["12/5"]["residence_status"] == "permanent" and pulled["12/5"]["author_id"] == str(minh.user_id)

    # The present list, corrected in a cell, is known by its ids though the name changed too.
    stands = signed_in(minh).get(f"/v1/imports/templates/households.xlsx?area={cast.hamlets[0]}").content
    head, *lines = load_workbook(io.BytesIO(stands)).get_sheet_by_name("Hộ").to_python()
    assert AuditEvent.objects.filter(name="households.viewed", details__what="template", details__count=2).exists()
    unchanged = brought(minh, stands)
    assert unchanged.counts == {"households": {"unchanged": 2}} == brought(minh, book(*RIGHT[:2])).counts
    lines[0][head.index("Chủ hộ *")] = "Trần Văn Hải Em"
    changed = command(minh, brought(minh, book(*lines, head=head)), "apply")
    assert changed.counts == {"households": {"change": 1, "unchanged": 1}}
    changes, cursor = drain(cast.lan, cursor)
    assert [change["data"]["householder"] for change in households(changes)] == ["Trần Văn Hải Em"]

    # What was changed since stays; the others end, and phones are told.
    answer = signed_in(minh).post(f"/v1/imports/{done.id}/deactivate", {"dry_run": True}, content_type=JSON)
    assert answer.json()["things"] == [{"type": "household", "deactivate": 2, "keep": 1}]
    assert command(minh, done, "deactivate", {"dry_run": False}).status == "deactivated"
    changes, _ = drain(cast.lan, cursor)
    [gone] = households(changes)
    assert (gone["op"], gone["id"]) == ("delete", pulled["12/5"]["id"])
    # The one that stays is much like its own row, by its new name.
    assert brought(minh, book(*RIGHT)).counts == {"households": {"create": 3, "warned": 1}}


def test_who_may_import_households_and_look_at_what_others_brought(cast: Cast) -> None:
    here = book(RIGHT[0])
    got = {who: bring(cast.people[who], here, area=cast.hamlets[0]).status_code for who in cast.people}
    allowed = {"bao": 201, "minh": 201}
    assert got == {who: allowed.get(who, 404 if who in ("linh", "khach") else 403) for who in cast.people}
    assert bring(cast.bao, here, area=cast.communes[0]).status_code == 404  # his hamlet alone is his
    own = brought(cast.bao, here)
    assert own.area_id == cast.hamlets[0]
    paths = ("", "/rows", "/things", "/file", "/faults.xlsx")
    for who in cast.people:
        answers = {signed_in(cast.people[who]).get(f"/v1/imports/{own.id}{path}").status_code for path in paths}
        assert answers == {200 if who in allowed else 404 if who in ("linh", "khach") else 403}, who
    listed = {
        who: [each["kind"] for each in signed_in(cast.people[who]).get("/v1/imports").json().get("items", ())]
        for who in ("bao", "minh", "son")
    }
    assert listed == {"bao": ["households"] * 3, "minh": ["households"] * 3, "son": []}
    template = f"/v1/imports/templates/households.xlsx?area={cast.hamlets[0]}"
    assert [signed_in(cast.people[who]).get(template).status_code for who in ("son", "linh", "bao")] == [403, 404, 200]
    assert bring(cast.minh, here, kind="people").status_code == 403


@pytest.mark.parametrize(
    "rows",
    [
        [["Chủ hộ", "Thôn", "Số CCCD"], ["Trần Văn Hải", "Thái An", ""]],
        [["Chủ hộ", "Thôn", "Ghi chú"], ["Trần Văn Hải", "Thái An", "068 079 001 234"]],
        [["Chủ hộ", "Thôn", "STT"], ["Trần Văn Hải", "Thái An", 68079001234]],
    ],
)
def test_a_file_with_id_numbers_is_refused_and_nothing_of_it_is_kept(cast: Cast, rows: list[list[Any]]) -> None:
    lines = "\n".join(",".join(map(str, row)) for row in rows).encode()
    for content in (sheet(Hộ=rows), sheet(Hộ=[HEAD, *RIGHT], Nháp=rows), lines):
        answer = bring(cast.minh, content)
        assert (answer.status_code, answer.json()["code"]) == (422, "import_id_numbers")
    assert not Import.objects.exists() and not ImportFile.objects.exists()


def test_likely_doubles_are_warned_of_and_carried_out_all_the_same(cast: Cast) -> None:
    command(cast.bao, brought(cast.bao, book(RIGHT[0])), "apply")
    [stands] = signed_in(cast.bao).get("/v1/households").json()["items"]
    found = brought(
        cast.bao,
        book(
            ["", "9", "Một Người", 1, "", "0912345678"],
            ["", "12/3", "Trần Hải", 2, "", ""],
            ["", "", "Trần Văn Hải", 2, "", ""],
            ["", "40", "Không Trùng Ai", 2, "", "0987000001"],
            ["", "41", "Cùng Máy Dòng Trên", 2, "", "0987000001"],
        ),
    )
    assert found.counts == {"households": {"create": 5, "warned": 4}}
    warned = rows(cast.bao, found, warned="true")
    assert [[warning["code"].removeprefix("household_alike_") for warning in row["warnings"]] for row in warned] == [
        ["phone"], ["house_number"], ["name"], ["phone"],
    ]  # fmt: skip
    assert "Trần Văn Hải, số nhà 12/3" in warned[0]["warnings"][0]["detail"]
    assert "(dòng 5)" in warned[3]["warnings"][0]["detail"]
    assert command(cast.bao, found, "apply").status == "applied"
    # Erasing the one that a warning names takes the list with it: its file can't be altered.
    kept = {str(each) for each in ImportFile.objects.values_list("import_id", flat=True)}
    asked = {
        "area_id": str(cast.hamlets[0]), "kind": "deletion", "subject_type": "household", "subject_id": stands["id"],
        "requester": "Chủ hộ", "description": "Xin xóa",
    }  # fmt: skip
    request = signed_in(cast.son).post("/v1/data_requests", asked, content_type=JSON).json()
    body = {"outcome": "Đã xóa", "erase": True}
    path = f"/v1/data_requests/{request['id']}/complete"
    assert signed_in(cast.son).post(path, body, content_type=JSON).status_code == 200
    call_command("keeper", "--once")
    assert str(found.id) in kept and not ImportFile.objects.exists() and not ImportRow.objects.exists()
    assert signed_in(cast.bao).get(f"/v1/imports/{found.id}/rows").json()["code"] == "import_file_gone"


def test_a_household_that_somebody_registers_meanwhile_is_not_made_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from activities.pledges.households.importing import writing

    found, really = brought(cast.bao, book(RIGHT[0])), writing.writing.carry_out
    data = {"area_id": str(cast.hamlets[0]), "householder": "TRẦN VĂN HẢI", "house_number": "12/3"}
    sent = put(data | {"residence_status": "permanent"}) | {"type": "household"}

    def on_a_phone(ready: Any) -> None:
        """Another connection commits it right before the streams are locked."""
        monkeypatch.setattr(writing.writing, "carry_out", really)

        def send() -> None:
            assert push(cast.lan, sent)["results"][0]["status"] == "applied"
            connections.close_all()

        phone = threading.Thread(target=send)
        phone.start()
        phone.join()
        really(ready)

    monkeypatch.setattr(writing.writing, "carry_out", on_a_phone)
    command(cast.bao, found, "apply")
    assert (found.status, found.problem) == ("failed", "import_overtaken")
    [only] = signed_in(cast.bao).get("/v1/households").json()["items"]
    assert only["householder"] == "TRẦN VĂN HẢI"


def test_taking_back_leaves_a_household_on_which_something_hangs(cast: Cast) -> None:
    done = command(cast.minh, brought(cast.minh, book(*RIGHT)), "apply")
    ids = {each["house_number"]: each["id"] for each in signed_in(cast.minh).get("/v1/households").json()["items"]}
    pledge = {
        "area_id": str(cast.hamlets[0]), "template_id": str(uuid.uuid4()), "signer_type": "household",
        "household_id": ids["12/3"], "method": "paper", "signer_name": "Trần Văn Hải", "signed_on": "2026-11-20",
        "status": "signed",
    }  # fmt: skip
    assert push(cast.lan, put(pledge) | {"type": "pledge"})["results"][0]["status"] == "applied"
    double = {"area_id": str(cast.hamlets[0]), "householder": "Nguyễn Lựu", "residence_status": "permanent"}
    [other] = push(cast.lan, put(double) | {"type": "household"})["results"]
    merge_households(actor=cast.bao.actor(), household_id=uuid.UUID(ids["12/5"]), other_id=uuid.UUID(other["id"]))
    plan = import_kind("households").look_at(done.id, cast.minh.actor())
    assert plan.counts() == {"household": {"deactivate": 1, "keep": 2}}
    assert command(cast.minh, done, "deactivate", {"dry_run": False}).status == "deactivated"
    assert {each["id"] for each in signed_in(cast.minh).get("/v1/households").json()["items"]} == {
        ids["12/3"], ids["12/5"],
    }  # fmt: skip


def test_a_check_asks_as_many_queries_for_a_hundred_rows_and_lists_go_after_thirty_days(cast: Cast) -> None:
    asked = []
    for count in (2, 100):
        lines = [["Thái An", str(number), f"Hộ Số {number}", 1, "", ""] for number in range(count)]
        sheets = read_file(book(*lines), XLSX, import_kind("households"))
        with CaptureQueriesContext(connections["default"]) as captured:
            match(sheets, area_id=cast.communes[0], actor=cast.minh.actor())
        asked.append(len(captured))
    assert asked[0] == asked[1] <= 6
    found = brought(cast.minh, book(*RIGHT))
    gone = purge()
    assert (gone["import_file"], gone["import_row"]) == (0, 0)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE import SET kept_until = now() - interval '1 s'")
    gone = purge()
    assert (gone["import_file"], gone["import_row"]) == (1, 3)
    assert (found.kept_until - found.created_at).days == 30  # type: ignore[operator]


def test_hamlets_are_found_by_id_code_name_and_path(cast: Cast) -> None:
    hamlets = Hamlets.of(Scope.of(cast.province))
    first, third = cast.hamlets[0], cast.hamlets[2]
    for text, id in {
        str(first): first, "Thái An": first, "thôn thái an": first, "THON THAI AN, XA HONG THAI": first,
        "Lâm Đồng / Hồng Thái / Thái An": first, "Tỉnh Lâm Đồng > Tuy Phong > Lạc Trị": third,
    }.items():  # fmt: skip
        assert hamlets.find(text, "").id == id, text
    for text in ("Thái An, Tuy Phong", "Thái", str(uuid.uuid4()), str(cast.communes[0])):
        with pytest.raises(BadValue, match="household_hamlet_unknown"):
            hamlets.find(text, "")
    with pytest.raises(BadValue, match="required"):
        hamlets.find("", "")


@settings(max_examples=25)
@given(st.integers(1, 96), st.integers(0, 3), st.integers(0, 10**8 - 1))
def test_an_id_number_is_known_however_it_is_written(province: int, sex: int, rest: int) -> None:
    number = f"{province:03}{sex}{rest:08}"
    threes = [number[at : at + 3] for at in (0, 3, 6, 9)]
    for text in (number, " ".join(threes), ".".join(threes), f"CC {number}.", number.lstrip("0")):
        alone = text == number.lstrip("0")
        if alone and (len(text) != 11 or text.startswith(("843", "845", "847", "848", "849"))):
            continue  # two zeros gone, or a telephone number in its long form
        assert holds_number(text), text
    assert not holds_number(f"018f3a2b-1111-7000-8000-{number}")


@pytest.mark.parametrize(
    "text",
    ["0912 345 678", "84912345678", "+84 912 345 678", "12/3", "108.448312345", "11.214705123", "2026-11-23", "1.234"],
)
def test_what_else_stands_in_cells_is_no_id_number(text: str) -> None:
    assert not holds_number(text)


@pytest.mark.django_db
def test_likeness_is_that_of_the_database() -> None:
    names = ["tran van hai", "tran hai", "nguyen thi luu", "le van tam", "h'bia e-ban", "", "a"]
    with connections["default"].cursor() as cursor:
        for one in names:
            for other in names:
                cursor.execute("SELECT similarity(%s, %s)", [one, other])
                assert likeness(one, other) == pytest.approx(cursor.fetchone()[0], abs=1e-5), (one, other)
