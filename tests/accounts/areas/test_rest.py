"""Areas on the wire: what one's own and what lies above, by name, found without accents; written by nobody's phone."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.imports.loading import check_file, load_file
from accounts.models import Area
from accounts.scoping import SystemActor
from tests.accounts.areas.conftest import former, today
from tests.cast import Person, add_grant, add_person
from tests.client import signed_in

HAMLETS = "mã xã,tên,mã xã cũ\n22972,Thôn 10,22978\n22972,Thôn 2,\n22972,Khu phố Hải Tân,\n22969,Thôn 1,\n"


@pytest.fixture
def officer(lam_dong: Area) -> Person:
    """A Front officer of Phan Rí Cửa."""
    load_file(check_file(HAMLETS.encode(), "hamlets"), reason="tests")
    person = add_person("minh", 1)
    add_grant(person, "front_officer", today("22972").id)
    return person


def ask(person: Person, path: str, method: str = "GET", body: object = None, **query: str) -> tuple[int, Any]:
    answer = signed_in(person).generic(
        method,
        f"/v1/{path}" + (f"?{urlencode(query)}" if query else ""),
        b"" if body is None else json.dumps(body).encode(),
        content_type="application/json",
    )
    return answer.status_code, json.loads(answer.content) if answer.content else None


def names(person: Person, **query: str) -> list[str]:
    status, body = ask(person, "areas", **query)
    assert status == 200, body
    return [area["name"] for area in body["items"]]


def test_an_officer_sees_the_own_commune_what_it_came_from_and_what_lies_above(officer: Person) -> None:
    status, body = ask(officer, "areas", limit="200")
    assert status == 200
    seen = {(area["level"], area["name"], area["valid_to"]) for area in body["items"]}
    ended = "2025-07-01"
    assert seen == {
        ("province", "Lâm Đồng", None),
        ("commune", "Phan Rí Cửa", None),
        ("commune", "Phan Rí Cửa", ended),
        ("commune", "Phong Phú", ended),
        ("commune", "Chí Công", ended),
        ("commune", "Hòa Minh", ended),
        ("hamlet", "2", None),
        ("hamlet", "10", None),
        ("hamlet", "Hải Tân", None),
    }


def test_hamlets_come_by_name_and_number_page_by_page(officer: Person) -> None:
    assert names(officer, level="hamlet") == ["2", "10", "Hải Tân"]
    _, first = ask(officer, "areas", level="hamlet", limit="2")
    _, second = ask(officer, "areas", level="hamlet", limit="2", cursor=first["next_cursor"])
    assert [area["name"] for area in first["items"] + second["items"]] == ["2", "10", "Hải Tân"]


def test_areas_are_found_without_accents_and_by_kind_code_and_parent(officer: Person) -> None:
    assert names(officer, q="hai tan") == names(officer, q="khu phố Hải") == ["Hải Tân"]
    assert names(officer, kind="khu_pho") == ["Hải Tân"]
    assert names(officer, code="22978") == ["Phong Phú"]
    assert names(officer, parent=str(today("22972").id)) == ["2", "10", "Hải Tân"]
    assert names(officer, area=str(today("22972").id), level="hamlet") == ["2", "10", "Hải Tân"]


def test_a_level_that_there_is_not_is_400(officer: Person) -> None:
    status, body = ask(officer, "areas", level="county")
    assert (status, body["code"]) == (400, "parameter_invalid")


def test_an_area_is_read_as_it_was_loaded(officer: Person) -> None:
    phong_phu = former("22978")
    status, body = ask(officer, f"areas/{phong_phu.id}")
    assert status == 200
    assert body["area_id"] == body["id"] == str(phong_phu.id)
    expected = {"level": "commune", "kind": "commune", "code": "22978", "valid_from": None, "valid_to": "2025-07-01"}
    assert expected.items() <= body.items()
    assert body["centre"].keys() == {"lon", "lat"}
    assert body["parent_id"] == str(phong_phu.parent_id)


def test_other_communes_are_not_there(officer: Person) -> None:
    there, _ = ask(officer, f"areas/{today('22969').id}")
    assert there == 404


def test_only_admins_write_areas_on_the_wire(officer: Person, server: SystemActor) -> None:
    area = today("22972")
    wanted = {"level": "hamlet", "kind": "thon", "name": "Thôn 3", "parent_id": str(area.id)}
    status, _ = ask(officer, "areas", "POST", wanted)
    assert status == 403
    status, _ = ask(officer, f"areas/{area.id}", "DELETE")
    assert status == 405
