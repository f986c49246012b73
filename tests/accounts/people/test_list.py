"""`GET /v1/users`: who is listed, in which order, found by what, and at what cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.names import name_columns
from api.ids import uuid7
from api.localtime import now
from tests.cast import Cast, Person, add_grant, add_member, add_person
from tests.client import signed_in

pytestmark = pytest.mark.django_db


def listed(who: Person, **query: Any) -> list[str]:
    answer = signed_in(who).get("/v1/users", {name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.content
    return [user["full_name"] for user in answer.json()["items"]]


def named(person: Person, full_name: str, phone: str | None = None) -> None:
    User.objects.filter(id=person.user_id).update(
        **name_columns(full_name), **({"phone": phone} if phone else {}), password="argon2id$"
    )


@pytest.fixture
def people(cast: Cast) -> Cast:
    """The cast with whole names."""
    names = {
        "lan": "Nguyễn Thị Lan",
        "bao": "Trần Quốc Bảo",
        "minh": "Lê Văn Minh",
        "dung": "Phạm Tiến Dũng",
        "hoa": "Đỗ Thị Hoa",
        "son": "Võ Thanh Sơn",
        "linh": "Hồ Thùy Linh",
        "khach": "Người Khách",
    }
    for key, name in names.items():
        named(cast.people[key], name)
    return cast


def test_son_lists_all_by_given_name_and_bao_his_team(people: Cast) -> None:
    assert listed(people.son) == [
        "Trần Quốc Bảo", "Phạm Tiến Dũng", "Đỗ Thị Hoa", "Người Khách", "Nguyễn Thị Lan", "Hồ Thùy Linh",
        "Lê Văn Minh", "Võ Thanh Sơn",
    ]  # fmt: skip
    assert listed(people.bao) == ["Trần Quốc Bảo", "Nguyễn Thị Lan"]


def test_an_admin_of_one_commune_sees_no_other(people: Cast) -> None:
    hien = add_person("hien", 50)
    add_grant(hien, "admin", people.communes[1])
    assert listed(hien) == ["hien", "Người Khách", "Hồ Thùy Linh"]
    assert listed(hien, q="Lan") == []
    assert listed(hien, area=people.hamlets[0]) == listed(hien, area=uuid7()) == []
    assert listed(hien, team=people.teams[0]) == listed(hien, team=uuid7()) == []


@pytest.mark.parametrize("who", ["lan", "minh", "dung", "hoa", "linh", "khach"])
def test_who_looks_after_nobody_is_refused(people: Cast, who: str) -> None:
    answer = signed_in(people.people[who]).get("/v1/users")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_filters_hold_together(people: Cast) -> None:
    son = people.son
    assert listed(son, area=people.communes[0]) == [
        "Trần Quốc Bảo", "Phạm Tiến Dũng", "Nguyễn Thị Lan", "Lê Văn Minh",
    ]  # fmt: skip
    assert listed(son, team=people.teams[0]) == ["Trần Quốc Bảo", "Nguyễn Thị Lan"]
    assert listed(son, role="leader") == ["Trần Quốc Bảo"]
    assert listed(son, role="front_officer") == ["Lê Văn Minh"]
    assert listed(son, role="member", area=people.communes[1]) == ["Hồ Thùy Linh"]
    assert listed(son, role="member", team=people.teams[0], q="lan") == ["Nguyễn Thị Lan"]


def test_states_are_waiting_active_and_inactive(people: Cast) -> None:
    User.objects.filter(id=people.lan.user_id).update(password="")
    User.objects.filter(id=people.linh.user_id).update(is_active=False, deactivated_at=now(), password="")
    assert listed(people.son, status="waiting") == ["Nguyễn Thị Lan"]
    assert listed(people.son, status="inactive") == ["Hồ Thùy Linh"]
    assert len(listed(people.son, status="active")) == 6


@pytest.mark.parametrize("words", ["lan", "LAN", "thi lan", "Thị  Lan", "nguyễn", "lan nguyen", "nguye"])
def test_names_are_found_without_accents(people: Cast, words: str) -> None:
    assert listed(people.son, q=words) == ["Nguyễn Thị Lan"]


@pytest.mark.parametrize(
    "words", ["0900000000", "0900 000 000", "+84 900.000.000", "0084900000000", "84900000000", "090000000 0"]
)
def test_phone_numbers_are_found_in_any_spelling(people: Cast, words: str) -> None:
    assert listed(people.son, q=words) == ["Nguyễn Thị Lan"]


def test_a_part_of_a_number_finds_it_and_a_leading_zero_begins_it(people: Cast) -> None:
    User.objects.filter(id=people.linh.user_id).update(phone="+84912345678")
    assert listed(people.son, q="345678") == listed(people.son, q="345 67") == ["Hồ Thùy Linh"]
    assert listed(people.son, q="0912") == listed(people.son, q="+84912") == ["Hồ Thùy Linh"]
    assert listed(people.son, q="0123") == listed(people.son, q="%") == listed(people.son, q="a_b") == []


def test_pages_follow_one_another_and_a_cursor_is_bound_to_its_list(people: Cast) -> None:
    add_member(add_person("lan2", 60), people.hamlets[0], people.teams[0], "member")
    whole, found, cursor = listed(people.son), [], None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        body = signed_in(people.son).get("/v1/users", query).json()
        found += [user["full_name"] for user in body["items"]]
        cursor = body["next_cursor"] or cursor
        if body["next_cursor"] is None:
            break
    assert found == whole and len(whole) == 9
    for who, query in ((people.son, {"q": "lan"}), (people.bao, {})):
        answer = signed_in(who).get("/v1/users", {"cursor": cursor, **query})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "status=gone", "role=king", "area=x", "team=x", "name=lan"])
def test_what_is_no_filter_is_400(people: Cast, query: str) -> None:
    answer = signed_in(people.son).get(f"/v1/users?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("parameter_invalid", "unknown_parameter")


def test_it_costs_as_many_queries_for_two_as_for_fifty(people: Cast) -> None:
    def queries(**query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert signed_in(people.son).get("/v1/users", query).status_code == 200
        return len(captured)

    before = queries(), queries(area=str(people.hamlets[0]), q="lan")
    for number in range(100, 150):
        person = add_person(f"Lan {number}", number)
        add_member(person, people.hamlets[0], people.teams[0], "member")
        add_grant(person, "analyst", people.hamlets[0])
    assert (queries(), queries(area=str(people.hamlets[0]), q="lan")) == before
