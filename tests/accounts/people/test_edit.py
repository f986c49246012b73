"""`GET` and `PATCH /v1/users/{id}`: what is told of one account, and what an admin changes in it."""

import uuid
from typing import Any

import pytest

from accounts.models import AuditEvent, Grant, Membership, User
from api.ids import uuid7
from tests.accounts.people.entered import cast_in_streams
from tests.accounts.phone import Phone
from tests.accounts.test_races import at_once
from tests.cast import Cast, Person, add_grant, add_member, add_person
from tests.client import signed_in


def read(who: Person, user_id: uuid.UUID) -> Any:
    return signed_in(who).get(f"/v1/users/{user_id}")


def patch(who: Person, user_id: uuid.UUID, tag: str | None = "*", **change: Any) -> Any:
    headers = {"If-Match": tag} if tag else {}
    path = f"/v1/users/{user_id}"
    return signed_in(who).patch(path, change, content_type="application/merge-patch+json", headers=headers)


@pytest.mark.django_db
class TestReading:
    def test_son_reads_what_lan_belongs_to(self, cast: Cast) -> None:
        add_grant(cast.lan, "analyst", cast.hamlets[0])
        body = read(cast.son, cast.lan.user_id).json()
        assert (body["phone"], body["full_name"], body["status"]) == (cast.lan.phone, "lan", "active")
        assert [(m["team_name"], m["role"]) for m in body["memberships"]] == [("Tổ tự quản 1", "member")]
        assert [(g["role"], g["area_id"]) for g in body["grants"]] == [("analyst", str(cast.hamlets[0]))]
        assert body["last_used_at"] and body["code_expires_at"] is None
        assert "password" not in str(body)

    def test_what_lies_outside_of_ones_areas_is_not_told(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[0])
        add_member(cast.lan, cast.hamlets[2], cast.teams[2], "leader")
        User.objects.filter(id=cast.lan.user_id).update(area_id=cast.hamlets[3])
        body = read(hien, cast.lan.user_id).json()
        assert body["area_id"] is None and [m["role"] for m in body["memberships"]] == ["member"]
        assert len(read(cast.son, cast.lan.user_id).json()["memberships"]) == 2

    def test_outside_it_is_404_inside_without_the_right_403(self, cast: Cast) -> None:
        expected = {"bao": 200, "son": 200, "minh": 403, "dung": 403, "hoa": 403, "lan": 403, "linh": 404}
        assert {who: read(cast.people[who], cast.lan.user_id).status_code for who in expected} == expected
        assert read(cast.bao, cast.minh.user_id).status_code == 404
        assert read(cast.son, uuid7()).status_code == 404


@pytest.mark.django_db
class TestChanging:
    def test_a_new_name_reaches_lists_rosters_and_lan(self, cast: Cast) -> None:
        answer = patch(cast.son, cast.lan.user_id, full_name="  Nguyễn Thị   Lan ")
        assert (answer.status_code, answer.json()["full_name"]) == (200, "Nguyễn Thị Lan")
        assert Membership.objects.get(user_id=cast.lan.user_id).full_name == "Nguyễn Thị Lan"
        assert signed_in(cast.lan).get("/v1/me").json()["user"]["full_name"] == "Nguyễn Thị Lan"
        assert AuditEvent.objects.filter(name="user.renamed", subject_id=cast.lan.user_id).count() == 1

    def test_a_new_number_is_audited_and_ends_nothing(self, cast: Cast, phone: Phone) -> None:
        phone.sign_in(cast.lan)
        assert patch(cast.son, cast.lan.user_id, phone="0912 345 678", locale="en").status_code == 200
        assert phone.get("/v1/me").body["user"]["phone"] == "+84912345678"
        event = AuditEvent.objects.get(name="user.phone_changed")
        assert event.subject_id == cast.lan.user_id and "912345678" not in str(event.details)
        assert Phone().sign_in("0912345678").status == 200
        assert Phone().sign_in(cast.lan).code == "credentials_invalid"

    def test_what_stays_as_it_is_leaves_no_trace(self, cast: Cast) -> None:
        assert patch(cast.son, cast.lan.user_id, full_name="lan", phone=cast.lan.phone, locale="vi").status_code == 200
        assert patch(cast.son, cast.lan.user_id).status_code == 200
        left = AuditEvent.objects.filter(subject_id=cast.lan.user_id).values_list("name", flat=True)
        assert set(left) == {"user.viewed"}, "the answers show the account"

    def test_a_change_names_the_version_that_it_changes(self, cast: Cast) -> None:
        assert patch(cast.son, cast.lan.user_id, tag=None, full_name="Lan").status_code == 428
        tag = read(cast.son, cast.lan.user_id).headers["ETag"]
        first = patch(cast.son, cast.lan.user_id, tag, full_name="Lan Một")
        assert first.status_code == 200 and first.headers["ETag"] != tag
        stale = patch(cast.son, cast.lan.user_id, tag, full_name="Lan Hai")
        assert (stale.status_code, stale.json()["current"]["full_name"]) == (412, "Lan Một")
        assert patch(cast.son, cast.lan.user_id, first.headers["ETag"], full_name="Lan Hai").status_code == 200

    def test_the_tag_stays_while_the_phone_is_used(self, cast: Cast, phone: Phone) -> None:
        phone.sign_in(cast.lan)
        before = read(cast.son, cast.lan.user_id)
        phone.turn()
        after = read(cast.son, cast.lan.user_id)
        assert before.headers["ETag"] == after.headers["ETag"]
        assert before.json()["last_used_at"] < after.json()["last_used_at"]

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"phone": "0900000001"}, "/phone"),
            ({"phone": "abc"}, "/phone"),
            ({"full_name": None}, "/full_name"),
            ({"area_id": str(uuid7())}, "/area_id"),
            ({"password": "x"}, "/password"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_changes(self, cast: Cast, change: dict[str, Any], pointer: str) -> None:
        answer = patch(cast.son, cast.lan.user_id, **change)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert User.objects.get(id=cast.lan.user_id).phone == cast.lan.phone

    def test_only_an_admin_over_all_that_somebody_belongs_to_changes_an_account(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[0])
        assert patch(hien, cast.lan.user_id, full_name="Lan Một").status_code == 200
        add_grant(cast.lan, "analyst", cast.communes[1])
        assert patch(hien, cast.lan.user_id, full_name="Lan Hai").status_code == 403
        assert patch(cast.bao, cast.lan.user_id, full_name="Lan Hai").status_code == 403
        assert patch(hien, cast.linh.user_id, full_name="Linh").status_code == 404
        Grant.objects.filter(user_id=hien.user_id).delete()
        assert patch(hien, cast.lan.user_id, full_name="Lan Hai").status_code == 404


@pytest.mark.usefixtures("clean_db")
def test_of_two_admins_with_one_tag_one_is_told_412() -> None:
    cast = cast_in_streams()
    tag = read(cast.son, cast.lan.user_id).headers["ETag"]
    names = iter(["Lan Một", "Lan Hai"])
    answers = at_once(2, lambda: patch(cast.son, cast.lan.user_id, tag, full_name=next(names)))
    assert sorted(answer.json().get("code", "") for answer in answers) == ["", "precondition_failed"]
