"""`POST /v1/memberships`, `/end`, `/change_role`: places in teams, by admins and, for plain members, leaders."""

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.models import AuditEvent, Membership, User
from api.ids import uuid7
from api.localtime import now, wire
from tests.accounts.people.entered import cast_in_streams
from tests.accounts.test_races import at_once
from tests.cast import Cast, Person, add_grant, add_person
from tests.client import signed_in


def add(who: Person, team: uuid.UUID, person: Person, **more: Any) -> Any:
    body = {"team_id": str(team), "user_id": str(person.user_id), **more}
    return signed_in(who).post("/v1/memberships", body, content_type="application/json")


def ask(who: Person, membership: uuid.UUID, verb: str, **body: Any) -> Any:
    return signed_in(who).post(f"/v1/memberships/{membership}/{verb}", body, content_type="application/json")


def of(person: Person) -> uuid.UUID:
    return Membership.objects.get(user_id=person.user_id, ends_at=None).id


@pytest.mark.django_db
class TestBeginning:
    def test_son_puts_khach_into_a_team(self, cast: Cast) -> None:
        answer = add(cast.son, cast.teams[1], cast.khach, role="leader", badge_number="01")
        body = answer.json()
        assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/memberships/{body['id']}")
        assert (body["role"], body["full_name"], body["area_id"]) == ("leader", "khach", str(cast.hamlets[1]))
        assert User.objects.get(id=cast.khach.user_id).area_id == cast.hamlets[1]

    def test_bao_takes_plain_members_of_the_hamlet_or_of_nowhere(self, cast: Cast) -> None:
        assert add(cast.bao, cast.teams[0], cast.khach).status_code == 201
        assert add(cast.bao, cast.teams[0], cast.minh, role="deputy_leader").status_code == 403
        assert add(cast.bao, cast.teams[1], cast.khach).status_code == 404
        for stranger in (cast.linh, cast.hoa, Person("x", uuid7(), "", uuid7(), uuid7())):
            answer = add(cast.bao, cast.teams[0], stranger)
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_found")

    def test_an_admin_takes_in_those_of_the_own_areas(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[0])
        assert add(hien, cast.teams[1], cast.lan).status_code == 201
        assert add(hien, cast.teams[1], cast.linh).status_code == 422
        assert add(hien, cast.teams[2], cast.lan).status_code == 404

    def test_nobody_adds_themself_and_nobody_is_there_twice(self, cast: Cast) -> None:
        for answer, code in (
            (add(cast.son, cast.teams[0], cast.son), "own_account"),
            (add(cast.son, cast.teams[0], cast.lan), "already_member"),
        ):
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)

    def test_a_repeat_begins_nothing(self, cast: Cast) -> None:
        new = {"id": str(uuid7())}
        answers = [add(cast.son, cast.teams[1], cast.khach, **new) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json() == answers[1].json()
        other = add(cast.son, cast.teams[1], cast.khach, **new, role="leader")
        assert (other.status_code, other.json()["code"]) == (409, "already_exists")


@pytest.mark.django_db
class TestEnding:
    def test_an_ended_membership_is_gone_from_the_next_request(self, cast: Cast) -> None:
        answer = ask(cast.bao, of(cast.lan), "end")
        assert answer.status_code == 200 and answer.json()["ends_at"]
        assert signed_in(cast.lan).get("/v1/me").json()["areas"] == []
        again = ask(cast.bao, uuid.UUID(answer.json()["id"]), "end")
        assert again.json() == answer.json()
        assert AuditEvent.objects.filter(name="membership.ended").count() == 1

    def test_it_may_end_at_a_moment_to_come(self, cast: Cast) -> None:
        then = wire(now() + dt.timedelta(days=3))
        assert ask(cast.son, of(cast.lan), "end", ends_at=then).json()["ends_at"] == then
        assert len(signed_in(cast.lan).get("/v1/me").json()["memberships"]) == 1

    def test_an_end_before_the_beginning_is_refused(self, cast: Cast) -> None:
        answer = ask(cast.son, of(cast.lan), "end", ends_at=wire(now() - dt.timedelta(days=400)))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/ends_at")

    def test_leaders_end_no_leaders(self, cast: Cast) -> None:
        deputy = add_person("pho", 51)
        assert add(cast.son, cast.teams[0], deputy, role="deputy_leader").status_code == 201
        assert ask(cast.bao, of(deputy), "end").status_code == 403
        assert ask(cast.linh, of(cast.lan), "end").status_code == 404


@pytest.mark.django_db
class TestChangingRole:
    def test_one_membership_ends_and_another_begins(self, cast: Cast) -> None:
        before = of(cast.lan)
        answer = ask(cast.son, before, "change_role", role="deputy_leader")
        after = Membership.objects.get(id=answer.json()["id"])
        assert (answer.status_code, after.role) == (200, "deputy_leader")
        assert Membership.objects.get(id=before).ends_at == after.starts_at
        assert ask(cast.son, before, "change_role", role="deputy_leader").json()["id"] == str(after.id)
        assert ask(cast.son, after.id, "change_role", role="deputy_leader").json()["id"] == str(after.id)
        assert ask(cast.son, before, "change_role", role="leader").json()["code"] == "conflict"

    def test_it_takes_an_admin_and_never_oneself(self, cast: Cast) -> None:
        assert ask(cast.bao, of(cast.lan), "change_role", role="leader").status_code == 403
        add_grant(cast.bao, "admin", cast.hamlets[0])
        answer = ask(cast.bao, of(cast.bao), "change_role", role="deputy_leader")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "own_account")


@pytest.mark.usefixtures("clean_db")
def test_put_into_a_team_by_two_at_once_somebody_is_there_once() -> None:
    cast = cast_in_streams()
    givers = iter([cast.son, cast.bao])
    answers = at_once(2, lambda: add(next(givers), cast.teams[0], cast.khach))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert Membership.objects.filter(user_id=cast.khach.user_id).count() == 1
