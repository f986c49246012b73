"""What rows do: matched by phone and by name, within the importer's area, and never somebody's own rights."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.models import Area, AreaPast, Grant, Import, ImportRow, Membership, Session, Team, User
from accounts.scoping import SystemActor
from accounts.users import create_user
from api.localtime import now
from tests.accounts.imports.conftest import HAMLETS, PEOPLE, TEAMS, Province, faults, sheet, small
from tests.cast import add_area, add_grant, add_member, add_person, add_team
from tests.client import signed_in

LAN = ["0912345678", "Nguyễn Thị Lan", "22000", "Thôn 1", "Tổ 1", "Tổ trưởng", "01", "01/02/2026"]


def counts(found: Import) -> dict[str, dict[str, int]]:
    return found.counts


def test_a_first_workbook_makes_hamlet_team_account_and_membership(province: Province) -> None:
    done = province.apply(province.bring(small(people=[LAN])))
    assert done.status == "applied"
    hamlet, team = Area.objects.get(level="hamlet"), Team.objects.get()
    lan = User.objects.get(phone="+84912345678")
    assert (hamlet.name, hamlet.kind, hamlet.household_count, hamlet.parent_id) == (
        "1",
        "thon",
        100,
        province.communes[0],
    )
    assert (team.area_id, team.name, team.team_type) == (hamlet.id, "Tổ 1", "self_management_team")
    assert (lan.full_name, lan.area_id, lan.password, lan.is_active) == ("Nguyễn Thị Lan", hamlet.id, "", True)
    membership = Membership.objects.get(user_id=lan.id)
    assert (membership.team_id, membership.role, membership.badge_number) == (team.id, "leader", "01")
    assert membership.starts_at == dt.datetime(2026, 1, 31, 17, tzinfo=dt.UTC)
    things = province.client().get(f"/v1/imports/{done.id}/things").json()["items"]
    assert {(each["type"], each["id"]) for each in things} == {
        ("area", str(hamlet.id)), ("team", str(team.id)), ("user", str(lan.id)), ("membership", str(membership.id)),
    }  # fmt: skip
    assert {each["no"] for each in things} == {0, 1, 2}


def test_what_a_second_list_says_otherwise_is_shown_and_changed(province: Province) -> None:
    province.apply(province.bring(small(people=[LAN])))
    changed = ["84912345678", "Nguyễn Thị Lan Anh", "22000", "1", "", "tổ viên", "02", ""]
    found = province.bring(small(people=[changed], hamlets=[["22000", "Thôn 1", 120]]))
    assert counts(found) == {"hamlets": {"change": 1}, "teams": {"unchanged": 1}, "people": {"change": 1}}
    rows = province.client().get(f"/v1/imports/{found.id}/rows?status=change").json()["items"]
    told = {(change["column"], change["before"], change["after"]) for row in rows for change in row["changes"]}
    assert told == {
        ("households", "100", "120"), ("full_name", "Nguyễn Thị Lan", "Nguyễn Thị Lan Anh"),
        ("badge_number", "01", "02"), ("role", "leader", "member"),
    }  # fmt: skip
    province.apply(found)
    lan = User.objects.get(phone="+84912345678")
    assert (lan.full_name, lan.name_fold) == ("Nguyễn Thị Lan Anh", "nguyen thi lan anh")
    old, new = Membership.objects.filter(user_id=lan.id).order_by("starts_at")
    assert (old.role, old.ends_at is None, old.full_name) == ("leader", False, "Nguyễn Thị Lan Anh")
    assert (new.role, new.ends_at, new.badge_number, new.full_name) == ("member", None, "02", "Nguyễn Thị Lan Anh")
    assert AreaPast.objects.get(attribute="household_count").value == 100
    assert province.bring(small(people=[changed], hamlets=[["22000", "Thôn 1", ""]])).counts["people"] == {
        "unchanged": 1
    }


def test_who_left_is_out_of_the_team_and_switched_off(province: Province) -> None:
    province.apply(province.bring(small(people=[LAN])))
    lan = User.objects.get(phone="+84912345678")
    Session.objects.create(
        user_id=lan.id, device_id=uuid.uuid4(), created_at=now(), refreshed_at=now(),
        expires_at=now() + dt.timedelta(days=1),
    )  # fmt: skip
    gone = sheet(Người=[[*PEOPLE, "Tình trạng"], [*LAN, "Đã nghỉ"]])
    found = province.bring(gone)
    assert counts(found) == {"people": {"deactivate": 1}}
    province.apply(found)
    lan.refresh_from_db()
    assert not lan.is_active and Membership.objects.get(user_id=lan.id).ends_at is not None
    assert Session.objects.get(user_id=lan.id).ended_because == "deactivated"
    assert counts(province.bring(gone)) == {"people": {"unchanged": 1}}
    assert [fault[2:] for fault in faults(province.bring(small(people=[LAN])))] == [("phone", "person_inactive")]


def test_roles_come_with_people_or_in_a_sheet_of_their_own(province: Province) -> None:
    officers = [
        ["Số điện thoại", "Họ và tên", "Mã xã", "Thôn", "Quyền"],
        ["0911111111", "Trần Văn Minh", "22000", "", "Cán bộ Mặt trận"],
        ["0922222222", "Lê Thị Hoa", "22001", "", "công an xã"],
    ]
    grants = [
        ["Số điện thoại", "Quyền", "Mã xã", "Từ ngày", "Đến hết ngày"],
        ["0911111111", "analyst", "", "", "31/12/2030"],
    ]
    content = sheet(Người=officers, Quyền=grants)
    found = province.apply(province.bring(content))
    held = {
        (g.role, g.area_id, g.confirmed_at is not None) for g in Grant.objects.exclude(user_id=province.son.user_id)
    }
    assert held == {
        ("front_officer", province.communes[0], True),
        ("police_officer", province.communes[1], False),
        ("analyst", province.id, True),
    }
    analyst = Grant.objects.get(role="analyst")
    assert analyst.ends_at == dt.datetime(2030, 12, 31, 17, tzinfo=dt.UTC)
    assert User.objects.get(phone="+84911111111").area_id == province.communes[0]
    assert found.status == "applied"
    assert counts(province.bring(content)) == {"people": {"unchanged": 2}, "grants": {"unchanged": 1}}
    grants[1][-1] = "31/12/2031"
    province.apply(province.bring(sheet(Quyền=grants)))
    analyst.refresh_from_db()
    assert analyst.ends_at == dt.datetime(2031, 12, 31, 17, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([LAN, LAN], [(3, "", "row_twice")]),
        ([LAN, [LAN[0], "Trần Lan", *LAN[2:]]], [(3, "full_name", "phone_two_names")]),
        ([["0912", "", "", "", "", "vua", "", "mai"]],
         [(2, "phone", "import_phone"), (2, "full_name", "required"), (2, "role", "invalid_choice"),
          (2, "starts_on", "import_day"), (2, "commune_code", "required")]),
        ([[*LAN[:3], "", "", "", "", ""]], [(2, "hamlet", "required")]),
        ([[*LAN[:4], "Tổ 9", "", "", ""]], [(2, "team", "team_unknown")]),
        ([[LAN[0], "x" * 201, *LAN[2:]]], [(2, "full_name", "too_long")]),
        ([[*LAN[:2], "99999", *LAN[3:]]], [(2, "commune_code", "commune_unknown")]),
    ],
)  # fmt: skip
def test_faults_of_people_are_told(province: Province, people: list[list[Any]], expected: list[Any]) -> None:
    assert [fault[1:] for fault in faults(province.bring(small(people=people)))] == expected


def test_one_fault_in_a_hamlet_is_not_told_again_of_its_people(province: Province) -> None:
    found = province.bring(small(hamlets=[["22000", "Thôn 1", "nhiều"]]))
    assert faults(found) == [("Thôn", 2, "households", "import_number")]


def test_a_commune_admins_list_reaches_no_other_commune(province: Province) -> None:
    linh = add_person("linh", 2)
    add_grant(linh, "admin", province.communes[1])
    found = province.bring(small(), by=linh)
    assert {fault[2:] for fault in faults(found)} == {("commune_code", "commune_unknown")}
    # The code may be left out by who brings a list of one commune.
    own = sheet(Thôn=[HAMLETS[1:], ["Thôn 1", 60]], Tổ=[TEAMS[1:], ["1", "Tổ 1"]])
    done = province.apply(province.bring(own, by=linh), by=linh)
    assert Area.objects.get(level="hamlet").parent_id == province.communes[1] and done.status == "applied"
    answer = signed_in(linh).post(f"/v1/imports?area={province.id}", small(), content_type=XLSX_TYPE)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_imports_are_seen_by_the_admins_of_their_area(province: Province) -> None:
    linh = add_person("linh", 2)
    add_grant(linh, "admin", province.communes[1])
    hers, sons = province.bring(small(), by=linh), province.bring(small())
    assert _listed(linh) == [str(hers.id)]
    assert _listed(province.son) == [str(sons.id), str(hers.id)]
    assert _listed(province.son, area=province.communes[1]) == [str(hers.id)]
    assert signed_in(linh).get(f"/v1/imports/{sons.id}").status_code == 404
    page = province.client().get("/v1/imports?limit=1").json()
    rest = province.client().get("/v1/imports", {"limit": 1, "cursor": page["next_cursor"]}).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [str(sons.id), str(hers.id)]


XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _listed(person: Any, **query: Any) -> list[str]:
    return [item["id"] for item in signed_in(person).get("/v1/imports", query).json()["items"]]


def test_a_number_of_another_commune_is_taken_and_no_more_is_said(province: Province) -> None:
    linh = add_person("linh", 2)
    add_grant(linh, "admin", province.communes[1])
    hidden = create_user(
        actor=SystemActor(reason="tests"), phone="0912345678", full_name="Bí Mật", area_id=province.communes[0]
    )
    rows = (
        [HAMLETS[1:], ["Thôn 1", 60]],
        [TEAMS[1:], ["1", "Tổ 1"]],
        [PEOPLE[:2] + PEOPLE[3:5], [*LAN[:2], "1", "Tổ 1"]],
    )
    found = province.bring(sheet(Thôn=rows[0], Tổ=rows[1], Người=rows[2]), by=linh)
    [row] = signed_in(linh).get(f"/v1/imports/{found.id}/rows?status=fault").json()["items"]
    assert [fault["code"] for fault in row["faults"]] == ["phone_taken"]
    assert "Bí Mật" not in str(row) and str(hidden.id) not in str(row)


def test_somebody_of_two_communes_is_not_renamed_by_one(province: Province) -> None:
    linh = add_person("linh", 2)
    add_grant(linh, "admin", province.communes[1])
    person = add_person("bao", 3)
    for commune in province.communes[:2]:
        hamlet = add_area("hamlet", "thon", "1", commune)
        add_member(person, hamlet, add_team(hamlet, "Tổ 1"), "member")
    phone = User.objects.get(id=person.user_id).phone
    heads = ["Số điện thoại", "Họ và tên", "Thôn", "Tình trạng"]
    found = province.bring(sheet(Người=[heads, [phone, "Tên Khác", "1", ""]]), by=linh)
    assert [fault[2:] for fault in faults(found)] == [("full_name", "name_elsewhere")]
    found = province.bring(sheet(Người=[heads, [phone, "bao", "1", "đã nghỉ"]]), by=linh)
    assert [fault[2:] for fault in faults(found)] == [("status", "person_elsewhere")]
    assert counts(province.bring(sheet(Người=[heads, [phone, "bao", "1", ""]]), by=linh)) == {
        "people": {"unchanged": 1}
    }


def test_nobody_imports_their_own_rights(province: Province) -> None:
    phone = User.objects.get(id=province.son.user_id).phone
    grants = [["Số điện thoại", "Quyền", "Mã xã"], [phone, "Công an xã", "22000"]]
    assert [fault[2:] for fault in faults(province.bring(sheet(Quyền=grants)))] == [("role", "own_account")]
    found = province.bring(small(people=[[phone, "son", *LAN[2:]]]))
    assert [fault[2:] for fault in faults(found)] == [("", "import_oneself")]


def test_who_administers_two_areas_says_for_which(province: Province) -> None:
    linh = add_person("linh", 2)
    for commune in province.communes[:2]:
        add_grant(linh, "admin", commune)
    answer = signed_in(linh).post("/v1/imports", small(), content_type=XLSX_TYPE)
    assert (answer.status_code, answer.json()["code"]) == (422, "import_area_needed")
    assert province.bring(small(), by=linh, area=province.communes[0]).status == "ready"


def test_the_same_request_again_is_the_same_import(province: Province) -> None:
    content, headers = small(), {"Idempotency-Key": "one"}
    first, again, other = (
        province.client().post(f"/v1/imports?filename={name}", content, content_type=XLSX_TYPE, headers=headers)
        for name in ("a", "a", "b")
    )
    assert first.json()["id"] == again.json()["id"] and Import.objects.count() == 1
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_check_asks_a_constant_number_of_queries(province: Province) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.imports.kinds import import_kind
    from accounts.imports.matching import match
    from accounts.imports.reading import read_file
    from demo.workbooks import make_workbook

    asked = []
    for hamlets, people in ((2, 4), (40, 400)):
        book = make_workbook(province.codes, hamlets=hamlets, people=people)
        sheets = read_file(book.xlsx(), XLSX_TYPE, import_kind("workbook"))
        with CaptureQueriesContext(connection) as captured:
            match(sheets, area_id=province.id)
        asked.append(len(captured))
    assert asked[0] == asked[1] <= 14
    assert not ImportRow.objects.exists()


def test_a_formula_in_error_is_told_and_no_row_of_them_is_taken_for_an_empty_one(province: Province) -> None:
    people = [
        ["0912345678", "Nguyễn Thị Lan", "22000", "Thôn 1", "Tổ 1", "#N/A", "", ""],
        ["#N/A", "#N/A", "#N/A", "#N/A", "#N/A", "#N/A", "#N/A", "#N/A"],
        ["0912345679", "#REF!", "22000", "Thôn 1", "Tổ 1", "Tổ viên", "", ""],
    ]
    told = faults(province.bring(small(people)))
    assert {(line, column) for _, line, column, code in told if code == "import_excel_error"} >= {
        (2, "role"), (3, "phone"), (3, "full_name"), (4, "full_name"),
    }  # fmt: skip
    assert {line for _, line, _, _ in told} == {2, 3, 4}


def test_an_error_that_csv_brings_as_text_is_told_too(province: Province) -> None:
    content = "Mã xã,Tên thôn,Số hộ\n22000,Thôn 1,#DIV/0!\n".encode()
    assert faults(province.bring(content, "hamlets")) == [("Thôn", 2, "households", "import_excel_error")]
