"""`/v1/grants`: who gives which role over what, the second person for the police, ends, and the last admin."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Grant
from api.ids import uuid7
from api.localtime import now, wire
from tests.accounts.people.entered import cast_in_streams
from tests.accounts.phone import Phone
from tests.accounts.test_races import at_once
from tests.cast import Cast, Person, add_grant, add_person
from tests.client import signed_in

POLICE = "police_officer"


def give(who: Person, to: Person, role: str, area: uuid.UUID, **more: Any) -> Any:
    body = {"user_id": str(to.user_id), "role": role, "area_id": str(area), **more}
    return signed_in(who).post("/v1/grants", body, content_type="application/json")


def ask(who: Person, grant_id: object, verb: str) -> Any:
    return signed_in(who).post(f"/v1/grants/{grant_id}/{verb}", {}, content_type="application/json")


def listed(who: Person, **query: Any) -> list[dict[str, Any]]:
    answer = signed_in(who).get("/v1/grants", {name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.content
    return list(answer.json()["items"])


def roles_of(person: Person) -> list[str]:
    return [grant["role"] for grant in signed_in(person).get("/v1/me").json()["grants"]]


def begun(grant_id: object) -> None:
    """The test is one transaction, whose moment is that of its beginning: what is given now has begun an hour ago."""
    Grant.objects.filter(id=uuid.UUID(str(grant_id))).update(starts_at=now() - dt.timedelta(hours=1))


@pytest.fixture
def hien(cast: Cast) -> Person:
    """A second admin, of Lan's commune."""
    person = add_person("hien", 50)
    add_grant(person, "admin", cast.communes[0])
    return person


@pytest.mark.django_db
class TestGiving:
    def test_a_role_holds_from_the_next_request_until_it_ends(self, cast: Cast) -> None:
        answer = give(cast.son, cast.khach, "front_officer", cast.communes[0])
        body = answer.json()
        assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/grants/{body['id']}")
        assert (body["status"], body["user_name"], body["area_name"]) == ("holding", "khach", "Hồng Thái")
        assert (body["granted_by"], body["confirmed_by"]) == (str(cast.son.user_id), None)
        begun(body["id"])
        assert roles_of(cast.khach) == ["front_officer"]
        ended = ask(cast.son, body["id"], "end")
        assert (ended.status_code, ended.json()["status"]) == (200, "ended")
        assert roles_of(cast.khach) == []
        assert ask(cast.son, body["id"], "end").json()["ends_at"] == ended.json()["ends_at"]
        assert AuditEvent.objects.filter(name="grant.ended", subject_id=body["id"]).count() == 1

    def test_a_role_may_begin_later_and_end_by_itself(self, cast: Cast) -> None:
        later, then = (wire(now() + dt.timedelta(days=days)) for days in (1, 30))
        upcoming = give(cast.son, cast.khach, "analyst", cast.province, starts_at=later, ends_at=then).json()
        assert (upcoming["status"], upcoming["starts_at"], upcoming["ends_at"]) == ("upcoming", later, then)
        assert roles_of(cast.khach) == []
        begun(upcoming["id"])
        assert roles_of(cast.khach) == ["analyst"]
        Grant.objects.filter(id=upcoming["id"]).update(ends_at=now() - dt.timedelta(minutes=1))
        assert roles_of(cast.khach) == []

    def test_the_home_of_who_belonged_nowhere_is_there(self, cast: Cast) -> None:
        give(cast.son, cast.khach, "analyst", cast.communes[1])
        told = signed_in(cast.son).get(f"/v1/users/{cast.khach.user_id}").json()
        assert told["area_id"] == str(cast.communes[1])

    def test_an_admin_gives_within_the_own_areas_to_those_looked_after(self, cast: Cast, hien: Person) -> None:
        assert give(hien, cast.lan, "front_work_head", cast.hamlets[0]).status_code == 201
        assert give(hien, cast.lan, "analyst", cast.communes[1]).status_code == 404
        assert give(hien, cast.lan, "analyst", cast.province).status_code == 404
        answer = give(hien, cast.linh, "analyst", cast.communes[0])
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/user_id")
        assert (
            answer.json()["errors"]
            == give(hien, Person("x", uuid7(), "", uuid7(), uuid7()), "analyst", cast.communes[0]).json()["errors"]
        )

    @pytest.mark.parametrize("who", ["lan", "bao", "minh", "dung", "hoa"])
    def test_nobody_else_gives_roles(self, cast: Cast, who: str) -> None:
        assert give(cast.people[who], cast.khach, "analyst", cast.hamlets[0]).status_code == 403

    def test_what_is_wrong_is_named(self, cast: Cast) -> None:
        past = wire(now() - dt.timedelta(days=1))
        for answer, pointer in (
            (give(cast.son, cast.son, "analyst", cast.province), "/user_id"),
            (give(cast.son, cast.hoa, "analyst", cast.province), "/role"),
            (give(cast.son, cast.khach, "king", cast.province), "/role"),
            (give(cast.son, cast.khach, "analyst", cast.province, ends_at=past), "/ends_at"),
        ):
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)

    def test_a_repeat_gives_nothing_twice(self, cast: Cast) -> None:
        grant_id = str(uuid7())
        answers = [give(cast.son, cast.khach, "analyst", cast.province, id=grant_id) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        other = give(cast.son, cast.khach, "front_officer", cast.province, id=grant_id)
        assert (other.status_code, other.json()["code"]) == (409, "already_exists")
        assert Grant.objects.filter(user_id=cast.khach.user_id).count() == 1


@pytest.mark.django_db
class TestSecondPerson:
    def test_a_police_officer_waits_for_a_second_admin(self, cast: Cast, hien: Person) -> None:
        body = give(cast.son, cast.khach, POLICE, cast.communes[0]).json()
        assert (body["status"], body["confirmed_at"]) == ("waiting", None)
        begun(body["id"])
        assert roles_of(cast.khach) == [] and cast.khach.actor().holdings == ()
        alone = ask(cast.son, body["id"], "confirm")
        assert (alone.status_code, alone.json()["code"]) == (403, "second_person_needed")
        confirmed = ask(hien, body["id"], "confirm")
        assert (confirmed.status_code, confirmed.json()["status"]) == (200, "holding")
        assert confirmed.json()["confirmed_by"] == str(hien.user_id)
        assert roles_of(cast.khach) == [POLICE]
        assert ask(hien, body["id"], "confirm").content == confirmed.content
        assert AuditEvent.objects.filter(name="grant.confirmed").count() == 1

    def test_or_for_the_police_of_an_area_above(self, cast: Cast) -> None:
        body = give(cast.son, cast.khach, POLICE, cast.hamlets[0]).json()
        assert ask(cast.dung, body["id"], "confirm").json()["confirmed_by"] == str(cast.dung.user_id)

    def test_the_police_of_the_same_area_or_of_another_do_not_confirm(self, cast: Cast) -> None:
        same = give(cast.son, cast.khach, POLICE, cast.communes[0]).json()
        other = give(cast.son, cast.khach, POLICE, cast.hamlets[2]).json()
        assert ask(cast.dung, same["id"], "confirm").status_code == 403
        assert ask(cast.dung, other["id"], "confirm").status_code == 404
        for who in (cast.minh, cast.hoa):
            assert ask(who, same["id"], "confirm").status_code == 403

    def test_nobody_confirms_the_own_role(self, cast: Cast, hien: Person) -> None:
        body = give(cast.son, hien, POLICE, cast.communes[0]).json()
        answer = ask(hien, body["id"], "confirm")
        assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed")

    def test_the_police_of_the_commune_are_told(self, cast: Cast, hien: Person) -> None:
        body = give(cast.son, cast.khach, POLICE, cast.communes[0]).json()
        assert [(g["id"], g["status"]) for g in listed(cast.dung, status="waiting")] == [(body["id"], "waiting")]
        ask(hien, body["id"], "confirm")
        told = signed_in(cast.dung).get("/v1/audit_events").json()["items"]
        assert [event["name"] for event in told] == ["grant.confirmed", "grant.proposed"]
        assert {event["subject_id"] for event in told} == {body["id"]}

    def test_a_proposal_can_be_withdrawn_and_then_not_be_confirmed(self, cast: Cast, hien: Person) -> None:
        body = give(cast.son, cast.khach, POLICE, cast.communes[0]).json()
        assert ask(cast.son, body["id"], "end").json()["status"] == "ended"
        answer = ask(hien, body["id"], "confirm")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.django_db
class TestListing:
    def test_filters_hold_together(self, cast: Cast, hien: Person) -> None:
        assert listed(cast.son)[0]["user_name"] == "hien"
        assert sorted(g["role"] for g in listed(cast.son)) == ["admin", "admin", "analyst", "front_officer", POLICE]
        assert sorted(g["role"] for g in listed(hien)) == ["admin", "front_officer", POLICE]
        assert [g["role"] for g in listed(cast.son, area=cast.communes[0], role="front_officer")] == ["front_officer"]
        assert [g["user_name"] for g in listed(cast.son, user=cast.hoa.user_id)] == ["hoa"]
        assert listed(hien, user=cast.hoa.user_id) == listed(hien, area=cast.communes[1]) == []
        assert [g["role"] for g in listed(cast.dung)] == [POLICE]

    def test_states_and_what_runs_out_soon(self, cast: Cast) -> None:
        for days, role in ((5, "analyst"), (40, "front_officer"), (-1, "front_work_head")):
            Grant.objects.filter(id=add_grant(cast.khach, role, cast.communes[0])).update(
                ends_at=now() + dt.timedelta(days=days)
            )
        give(cast.son, cast.lan, POLICE, cast.communes[0])
        give(cast.son, cast.lan, "analyst", cast.communes[0], starts_at=wire(now() + dt.timedelta(days=1)))
        soon = (now() + dt.timedelta(days=30)).date()
        assert [g["role"] for g in listed(cast.son, expiring_before=soon)] == ["analyst"]
        found = {status: len(listed(cast.son, status=status)) for status in ("waiting", "upcoming", "ended", "holding")}
        assert found == {"waiting": 1, "upcoming": 1, "ended": 1, "holding": 6}

    def test_pages_follow_one_another(self, cast: Cast, hien: Person) -> None:
        first = signed_in(cast.son).get("/v1/grants", {"limit": "3"}).json()
        second = signed_in(cast.son).get("/v1/grants", {"limit": "3", "cursor": first["next_cursor"]}).json()
        assert [*first["items"], *second["items"]] == listed(cast.son) and second["next_cursor"] is None

    def test_one_is_read_by_who_sees_it(self, cast: Cast, hien: Person) -> None:
        grant = Grant.objects.get(user_id=cast.minh.user_id)
        expected = {"son": 200, "minh": 403, "dung": 403, "hoa": 403, "lan": 404, "linh": 404, "khach": 404}
        read = {who: signed_in(cast.people[who]).get(f"/v1/grants/{grant.id}").status_code for who in expected}
        assert read == expected
        assert signed_in(hien).get(f"/v1/grants/{grant.id}").status_code == 200

    def test_it_costs_as_many_queries_for_few_as_for_many(self, cast: Cast) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                listed(cast.son)
            return len(captured)

        before = queries()
        for number in range(100, 130):
            add_grant(add_person(f"p{number}", number), "analyst", cast.communes[0])
        assert queries() == before


@pytest.mark.django_db
class TestEnding:
    def test_rights_reach_as_far_as_the_own_areas(self, cast: Cast, hien: Person) -> None:
        hoa = Grant.objects.get(user_id=cast.hoa.user_id)
        assert ask(hien, hoa.id, "end").status_code == 404
        assert ask(hien, add_grant(cast.khach, "analyst", cast.communes[1]), "end").status_code == 404
        assert ask(hien, Grant.objects.get(user_id=cast.minh.user_id).id, "end").status_code == 200

    def test_an_admins_rights_end_with_the_role(self, cast: Cast, hien: Person) -> None:
        phone = Phone(access=Phone().access)
        phone.sign_in(hien)
        assert phone.get("/v1/users").status == 200
        ask(cast.son, Grant.objects.get(user_id=hien.user_id).id, "end")
        assert phone.get("/v1/users").code == "forbidden"

    def test_the_last_admin_stays_even_beside_one_whose_role_runs_out(self, cast: Cast, hien: Person) -> None:
        mine = Grant.objects.get(user_id=cast.son.user_id).id
        Grant.objects.filter(user_id=hien.user_id).update(ends_at=now() + dt.timedelta(days=9))
        answer = ask(cast.son, mine, "end")
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
        Grant.objects.filter(user_id=hien.user_id).update(ends_at=None)
        assert ask(cast.son, mine, "end").status_code == 200


@pytest.mark.usefixtures("clean_db")
def test_of_two_admins_who_end_each_others_role_at_once_one_stays() -> None:
    cast = cast_in_streams()
    add_grant(cast.khach, "admin", cast.province)
    grants = {grant.user_id: grant for grant in Grant.objects.filter(role="admin")}
    pairs = iter([(cast.son, cast.khach), (cast.khach, cast.son)])

    def end_the_other() -> int:
        by, whom = next(pairs)
        return int(ask(by, grants[whom.user_id].id, "end").status_code)

    answers = sorted(at_once(2, end_the_other))
    assert answers[0] == 200 and answers[1] in (403, 404, 409)
    assert Grant.objects.holding().filter(role="admin").count() == 1


@pytest.mark.usefixtures("clean_db")
def test_given_by_two_admins_at_once_it_is_held_once() -> None:
    cast = cast_in_streams()
    add_grant(cast.hoa, "admin", cast.province)
    givers = iter([cast.son, cast.hoa])
    answers = at_once(2, lambda: give(next(givers), cast.khach, "analyst", cast.communes[0]))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert Grant.objects.filter(user_id=cast.khach.user_id).count() == 1
