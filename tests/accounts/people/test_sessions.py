"""`/v1/sessions`: whose phones an admin sees, and ends from their next request on."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Session
from accounts.scoping import pseudonym
from api.ids import uuid7
from api.localtime import now
from tests.accounts.phone import Phone
from tests.cast import Cast, Person, add_grant, add_member, add_person
from tests.client import signed_in

pytestmark = pytest.mark.django_db


def listed(who: Person, **query: Any) -> list[dict[str, Any]]:
    answer = signed_in(who).get("/v1/sessions", {name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.content
    return list(answer.json()["items"])


def end(who: Person, session_id: object) -> Any:
    return signed_in(who).delete(f"/v1/sessions/{session_id}")


@pytest.fixture
def hien(cast: Cast) -> Person:
    person = add_person("hien", 50)
    add_grant(person, "admin", cast.communes[0])
    return person


def test_an_admin_sees_the_phones_of_those_looked_after(cast: Cast, hien: Person, phone: Phone) -> None:
    phone.sign_in(cast.lan)
    newest = listed(hien)[0]
    assert (newest["user_name"], newest["device_name"], newest["platform"]) == ("lan", "Nokia", "android")
    assert newest["app_version"] == "1.0" and newest["last_used_at"] and newest["ended_at"] is None
    # A phone is named as records name it, by which nobody signs in as that phone.
    assert newest["device_id"] == str(pseudonym(phone.device_id)) != str(phone.device_id)
    assert {row["user_name"] for row in listed(hien)} == {"lan", "bao", "minh", "dung", "khach", "hien"}
    assert {row["user_name"] for row in listed(cast.son)} >= {"linh", "hoa", "son"}


def test_of_whom_one_may_not_act_on_one_sees_no_phone(cast: Cast, hien: Person) -> None:
    add_member(cast.lan, cast.hamlets[2], cast.teams[2], "member")
    assert "lan" not in {row["user_name"] for row in listed(hien)}
    assert (
        listed(hien, user=cast.lan.user_id) == listed(hien, area=cast.communes[1]) == listed(hien, user=uuid7()) == []
    )


def test_filters_hold_together(cast: Cast) -> None:
    cast.lan.on_another_phone()
    Session.objects.filter(id=cast.lan.session_id).update(ended_at=now(), ended_because="revoked")
    assert len(listed(cast.son, user=cast.lan.user_id)) == 2
    assert len(listed(cast.son, user=cast.lan.user_id, active="true")) == 1
    [over] = listed(cast.son, user=cast.lan.user_id, active="false")
    assert (over["id"], over["ended_because"]) == (str(cast.lan.session_id), "revoked")
    assert {row["user_name"] for row in listed(cast.son, area=cast.hamlets[0])} == {"lan", "bao"}


@pytest.mark.parametrize("who", ["lan", "bao", "minh", "dung", "hoa", "linh", "khach"])
def test_others_see_none_but_their_own_elsewhere(cast: Cast, who: str) -> None:
    assert signed_in(cast.people[who]).get("/v1/sessions").status_code == 403
    assert signed_in(cast.people[who]).get("/v1/auth/sessions").status_code == 200


def test_an_ended_session_is_out_at_its_next_request(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.lan)
    assert end(cast.son, phone.session_id).status_code == 204
    assert phone.get("/v1/me").code == phone.refresh().code == "session_ended"
    assert end(cast.son, phone.session_id).status_code == 204
    event = AuditEvent.objects.get(name="session.ended", subject_id=phone.session_id)
    assert event.user_id == cast.son.user_id and event.details["because"] == "revoked"
    assert signed_in(cast.lan).get("/v1/me").status_code == 200


def test_rights_reach_as_far_as_the_own_areas(cast: Cast, hien: Person) -> None:
    expected = {"bao": 403, "lan": 403, "minh": 403, "linh": 404, "khach": 404}
    assert {who: end(cast.people[who], cast.lan.session_id).status_code for who in expected} == expected
    assert end(hien, cast.linh.session_id).status_code == end(hien, uuid7()).status_code == 404
    assert end(hien, cast.lan.session_id).status_code == 204


def test_pages_follow_one_another_at_the_same_cost(cast: Cast) -> None:
    def page(query: dict[str, str]) -> tuple[dict[str, Any], int]:
        with CaptureQueriesContext(connection) as captured:
            body = signed_in(cast.son).get("/v1/sessions", query).json()
        return body, len(captured)

    _, cost = page({})
    for number in range(100, 130):
        add_member(add_person(f"p{number}", number), cast.hamlets[0], cast.teams[0], "member")
    first, again = page({"limit": "20"})
    second, _ = page({"limit": "20", "cursor": first["next_cursor"]})
    assert [*first["items"], *second["items"]] == listed(cast.son) and again == cost
