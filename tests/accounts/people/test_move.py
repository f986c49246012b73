"""`POST /v1/users/{id}/move`: to another team, with the home; history stays, and what was made before still comes."""

import uuid
from typing import Any

import pytest

from accounts.models import AuditEvent, Membership, User
from accounts.scoping import SystemActor
from accounts.teams import close_team
from api.ids import uuid7
from api.localtime import now, wire
from api.sync.models import StreamEntry
from tests.accounts.people.entered import cast_in_streams
from tests.accounts.test_races import at_once
from tests.cast import Cast, Person, add_grant, add_person
from tests.client import signed_in
from tests.contract.world import sample


def move(who: Person, user_id: uuid.UUID, team_id: uuid.UUID, **body: Any) -> Any:
    sent = {"team_id": str(team_id), **body}
    return signed_in(who).post(f"/v1/users/{user_id}/move", sent, content_type="application/json")


def held(user_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    return list(Membership.objects.holding().filter(user_id=user_id).values_list("team_id", "role"))


@pytest.mark.django_db
class TestMoving:
    def test_lan_moves_with_her_home_and_her_phone_follows(self, cast: Cast) -> None:
        assert {a["name"] for a in signed_in(cast.lan).get("/v1/me").json()["areas"] if a["own"]} == {"Thái An"}
        answer = move(cast.son, cast.lan.user_id, cast.teams[2], role="leader", badge_number="12")
        body = answer.json()
        assert (answer.status_code, body["area_id"]) == (200, str(cast.hamlets[2]))
        assert [(m["role"], m["badge_number"]) for m in body["memberships"]] == [("leader", "12")]
        assert {a["name"] for a in signed_in(cast.lan).get("/v1/me").json()["areas"] if a["own"]} == {"Lạc Trị"}
        before = Membership.objects.get(user_id=cast.lan.user_id, team_id=cast.teams[0])
        assert before.ends_at == Membership.objects.get(user_id=cast.lan.user_id, team_id=cast.teams[2]).starts_at
        assert StreamEntry.objects.filter(record_id=before.id, area_id=cast.hamlets[0]).exists()

    def test_what_she_made_before_is_still_taken_from_her_and_nothing_new(self, cast: Cast) -> None:
        made = sample(cast, "observation")
        move(cast.son, cast.lan.user_id, cast.teams[2])
        later = sample(cast, "observation") | {"recorded_at": wire(now())}
        results = [self.pushed(cast.lan, observation) for observation in (made, later)]
        assert results[0]["status"] == "applied", results
        patrol = signed_in(cast.minh).get(f"/v1/observations/{made['id']}").json()
        assert "late" in patrol["flags"]

    @staticmethod
    def pushed(who: Person, data: dict[str, Any]) -> dict[str, Any]:
        mutation = {"mutation_id": str(uuid7()), "type": "observation", "id": data["id"], "op": "put", "data": data}
        body = {"sent_at": wire(now()), "mutations": [mutation | {"base_version": 0}]}
        answer = signed_in(who).post("/v1/sync/push", body, content_type="application/json")
        return answer.json()["results"][0]  # type: ignore[no-any-return]

    def test_twice_is_once(self, cast: Cast) -> None:
        first, second = (move(cast.son, cast.lan.user_id, cast.teams[1]) for _ in range(2))
        assert first.json()["memberships"] == second.json()["memberships"]
        assert AuditEvent.objects.filter(name="user.moved").count() == 1
        assert Membership.objects.filter(user_id=cast.lan.user_id).count() == 2

    def test_another_role_in_the_same_team_is_a_move_too(self, cast: Cast) -> None:
        assert move(cast.son, cast.lan.user_id, cast.teams[0], role="deputy_leader").status_code == 200
        assert held(cast.lan.user_id) == [(cast.teams[0], "deputy_leader")]

    def test_it_takes_an_admin_over_both_sides(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[0])
        assert move(hien, cast.lan.user_id, cast.teams[2]).status_code == 404
        assert move(hien, cast.linh.user_id, cast.teams[0]).status_code == 404
        assert move(hien, cast.lan.user_id, cast.teams[1]).status_code == 200
        User.objects.filter(id=cast.lan.user_id).update(area_id=cast.hamlets[2])
        assert move(hien, cast.lan.user_id, cast.teams[0]).status_code == 403
        assert move(cast.bao, cast.bao.user_id, cast.teams[0], role="deputy_leader").status_code == 403
        assert held(cast.linh.user_id) == [(cast.teams[2], "member")]

    def test_nobody_moves_themself_or_to_a_team_that_is_gone(self, cast: Cast) -> None:
        answer = move(cast.son, cast.son.user_id, cast.teams[0])
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "own_account")
        close_team(actor=SystemActor("test"), team_id=cast.teams[1])
        answer = move(cast.son, cast.lan.user_id, cast.teams[1])
        assert (answer.status_code, answer.json()["code"]) == (409, "team_dissolved")
        assert move(cast.son, cast.lan.user_id, uuid7()).status_code == 404
        assert held(cast.lan.user_id) == [(cast.teams[0], "member")]


@pytest.mark.usefixtures("clean_db")
def test_of_two_moves_at_once_the_later_one_stands() -> None:
    cast = cast_in_streams()
    teams = iter(cast.teams[1:3] * 2)
    answers = at_once(4, lambda: move(cast.son, cast.lan.user_id, next(teams)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert 200 in {answer.status_code for answer in answers}
    [(team, _)] = held(cast.lan.user_id)
    home = User.objects.get(id=cast.lan.user_id).area_id
    assert home == cast.hamlets[cast.teams.index(team)]
