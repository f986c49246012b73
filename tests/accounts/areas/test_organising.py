"""Areas changed over the API: dry runs that count, faults at once, and people whose rights follow."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Area, AreaPast, AuditEvent, Grant, Membership, Team
from accounts.scoping import SystemActor
from accounts.teams import create_team
from api.localtime import now
from api.records import record_type
from api.sync.models import StreamEntry
from tests.cast import Cast, Person, add_grant, add_member, add_person, raise_cast
from tests.client import signed_in
from tests.contract.world import make

pytestmark = pytest.mark.django_db

DAY = "2026-03-01"
HOUSE = SystemActor("test")


@pytest.fixture
def cast() -> Cast:
    """Everyone, with areas that the engine knows."""
    cast = raise_cast()
    entries = [
        StreamEntry(record_id=area, type="area", area_id=area, seq=0, version=1, deleted=False, changed_at=now())
        for area in (cast.province, *cast.communes, *cast.hamlets)
    ]
    StreamEntry.objects.bulk_create(entries)
    return cast


def ask(person: Person, path: str, body: object, method: str = "POST", **headers: str) -> tuple[int, Any]:
    media = "application/merge-patch+json" if method == "PATCH" else "application/json"
    answer = signed_in(person).generic(method, f"/v1/{path}", json.dumps(body), content_type=media, headers=headers)
    return answer.status_code, json.loads(answer.content)


def listed(person: Person, path: str, **query: str) -> set[str]:
    answer = signed_in(person).get(f"/v1/{path}", query)
    assert answer.status_code == 200, answer.content
    return {item["id"] for item in answer.json()["items"]}


def thon(name: str, commune: uuid.UUID, **more: Any) -> dict[str, Any]:
    return {"level": "hamlet", "kind": "thon", "name": name, "parent_id": str(commune), **more}


def xa(name: str, province: uuid.UUID, **more: Any) -> dict[str, Any]:
    return {"level": "commune", "kind": "commune", "name": name, "parent_id": str(province), **more}


def merge(ids: list[uuid.UUID], into: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"area_ids": [str(each) for each in ids], "into": into, "on": DAY, "decree": "12/NQ-HĐND", **more}


def errors(body: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in body["errors"]}


# One area.


def test_son_makes_a_hamlet_and_corrects_its_households(cast: Cast) -> None:
    status, made = ask(cast.son, "areas", thon("Thôn Mới", cast.communes[0], household_count=60))
    assert (status, made["name"], made["household_count"]) == (201, "Mới", 60)
    path, edit = f"areas/{made['id']}", {"household_count": 63, "centre": {"lon": 108.5, "lat": 11.2}}
    assert ask(cast.son, path, edit, "PATCH")[0] == 428
    status, edited = ask(cast.son, path, edit, "PATCH", **{"If-Match": '"1"'})
    assert (status, edited["household_count"], edited["centre"]) == (200, 63, {"lon": 108.5, "lat": 11.2})
    status, stale = ask(cast.son, path, edit, "PATCH", **{"If-Match": '"1"'})
    assert (status, stale["current"]["version"]) == (412, 2)
    assert [row.value for row in AreaPast.objects.all()] == [60]
    assert AuditEvent.objects.filter(name="area.counted").count() == 1


def test_what_is_wrong_with_a_new_area_is_told_at_once(cast: Cast) -> None:
    wrong = thon("Thôn Thái An", cast.province, kind="ward", on="2199-01-01")
    status, body = ask(cast.son, "areas", wrong)
    assert status == 422
    assert errors(body) == {("/on", "area_in_future"), ("/kind", "invalid_choice"), ("/parent_id", "area_level")}


def test_an_area_is_renamed_and_regraded_once_it_was_tried(cast: Cast) -> None:
    path = f"areas/{cast.communes[0]}"
    body = {"name": "Phan Rí", "on": DAY}
    status, tried = ask(cast.son, f"{path}/rename", body | {"dry_run": True})
    assert (status, tried["dry_run"], tried["areas"]) == (200, True, [])
    assert (tried["effect"]["losing_sight"], tried["effect"]["gaining_sight"]) == (0, 0)
    assert Area.objects.get(id=cast.communes[0]).name == "Hồng Thái"
    status, done = ask(cast.son, f"{path}/rename", body)
    assert (status, done["areas"][0]["name"]) == (200, "Phan Rí")
    status, done = ask(cast.son, f"{path}/regrade", {"kind": "ward", "on": DAY})
    assert (done["areas"][0]["kind"], done["areas"][0]["name"]) == ("ward", "Phan Rí")
    assert AuditEvent.objects.filter(name="area.renamed").count() == 2


def test_a_moved_hamlet_tells_who_loses_and_who_gains_sight(cast: Cast) -> None:
    gainer = add_person("mới", 90)
    add_grant(gainer, "front_officer", cast.communes[1])
    body = {"parent_id": str(cast.communes[1]), "on": DAY}
    make(cast, record_type("patrol"))
    status, tried = ask(cast.son, f"areas/{cast.hamlets[0]}/move", body | {"dry_run": True})
    assert status == 200
    assert tried["effect"] == {
        "areas": 1, "teams": 1, "memberships": 2, "grants": 0, "people": 2, "grants_ending": 0,
        "losing_sight": 2, "gaining_sight": 1,
        "records": tried["effect"]["records"],
    }  # fmt: skip
    counts = {each["type"]: (each["count"], each["unfinished"]) for each in tried["effect"]["records"]}
    assert counts["patrol"] == (1, 1) and counts["observation"] == (0, 0) and "media" not in counts
    assert str(cast.hamlets[0]) in listed(cast.minh, "areas", level="hamlet"), "the dry run is undone"
    ask(cast.son, f"areas/{cast.hamlets[0]}/move", body)
    assert str(cast.hamlets[0]) not in listed(cast.minh, "areas", level="hamlet")
    assert str(cast.hamlets[0]) in listed(gainer, "areas", level="hamlet")


# Merging hamlets.


def test_teams_go_on_below_the_hamlet_that_theirs_was_merged_into(cast: Cast) -> None:
    """Lan's hamlet ends; her team, its members and its records stay what they are, within the new hamlet's subtree."""
    before = make(cast, record_type("patrol"))
    body = merge(cast.hamlets[:2], thon("Thái Hòa", cast.communes[0]))
    status, tried = ask(cast.son, "areas/merge", body | {"dry_run": True})
    assert (status, tried["areas"], tried["effect"]["areas"], tried["effect"]["teams"]) == (200, [], 2, 2)
    assert tried["effect"]["losing_sight"] == 0
    assert not Area.objects.filter(name="Thái Hòa").exists()
    status, done = ask(cast.son, "areas/merge", body)
    [made] = done["areas"]
    assert (status, made["name"], made["valid_from"]) == (200, "Thái Hòa", DAY)
    assert Area.objects.get(id=cast.hamlets[0]).valid_to is not None
    after = make(cast, record_type("patrol"))
    for who in (cast.lan, cast.minh):
        assert listed(who, "patrols", area=str(cast.hamlets[0])) == {str(before), str(after)}
    assert listed(cast.minh, "patrols", area=made["id"]) == {str(before), str(after)}
    assert listed(cast.minh, "teams", area=made["id"]) == {str(team) for team in cast.teams[:2]}
    team = Team.objects.get(id=cast.teams[0])
    assert (team.status, team.area_id) == ("active", cast.hamlets[0])
    me = signed_in(cast.lan).get("/v1/me").json()
    own = {area["area_id"] for area in me["areas"] if area["own"]}
    assert own == {str(cast.hamlets[0])} and made["id"] in {area["area_id"] for area in me["areas"]}
    assert listed(cast.linh, "patrols") == set()


def test_a_new_team_is_founded_in_the_new_hamlet_and_its_people_see_what_was(cast: Cast) -> None:
    before = make(cast, record_type("patrol"))
    _, done = ask(cast.son, "areas/merge", merge(cast.hamlets[:2], thon("Thái Hòa", cast.communes[0])))
    hamlet = uuid.UUID(done["areas"][0]["id"])
    team = create_team(actor=cast.son.actor(), area_id=hamlet, team_type="self_management_team", name="Tổ mới")
    person = add_person("mới", 90)
    add_member(person, hamlet, team, "member")
    assert listed(person, "patrols") == {str(before)}, "a membership reaches the predecessors of its area"


# Merging and splitting communes.


def test_grants_over_what_ends_are_counted_and_the_provinces_reach_on(cast: Cast) -> None:
    patrol = make(cast, record_type("patrol"))
    body = merge(cast.communes, xa("Hồng Tuy", cast.province))
    _, tried = ask(cast.son, "areas/merge", body | {"dry_run": True})
    effect = tried["effect"]
    assert (effect["areas"], effect["teams"], effect["memberships"], effect["grants"]) == (6, 4, 3, 2)
    assert (effect["people"], effect["grants_ending"], effect["losing_sight"]) == (5, 2, 2), "Minh and Dũng"
    _, done = ask(cast.son, "areas/merge", body)
    made = done["areas"][0]["id"]
    assert listed(cast.minh, "patrols") == set()
    successor = add_person("mới", 90)
    add_grant(successor, "front_officer", uuid.UUID(made))
    assert listed(successor, "patrols") == listed(successor, "patrols", area=str(cast.hamlets[0])) == {str(patrol)}
    for area in (made, str(cast.communes[0])):
        expected = {made, str(cast.communes[0])} if area == made else {area}
        assert expected <= listed(successor, "areas", area=area)
    assert listed(cast.lan, "patrols") == {str(patrol)}
    assert Grant.objects.filter(user_id=cast.minh.user_id, ends_at=None).exists(), "kept, for the old commune's own"


def test_a_commune_is_split_by_decree(cast: Cast) -> None:
    parts = [
        {"area": xa("Một", cast.province), "share": 0.6, "is_default": True},
        {"area": xa("Hai", cast.province), "share": 0.4, "child_ids": [str(cast.hamlets[1])]},
    ]
    body = {"parts": parts, "on": DAY, "decree": "1671/NQ-UBTVQH15"}
    _, tried = ask(cast.son, f"areas/{cast.communes[0]}/split", body | {"dry_run": True})
    assert (tried["effect"]["areas"], tried["effect"]["losing_sight"]) == (3, 2)
    status, done = ask(cast.son, f"areas/{cast.communes[0]}/split", body)
    one, two = (uuid.UUID(each["id"]) for each in done["areas"])
    assert status == 200
    homes = dict(Area.objects.filter(id__in=cast.hamlets[:2]).values_list("id", "parent_id"))
    assert homes == {cast.hamlets[0]: one, cast.hamlets[1]: two}


def test_faults_of_a_merge_and_a_split_name_their_place_in_the_body(cast: Cast) -> None:
    wrong = merge(cast.communes, xa("Hồng Tuy", cast.communes[0], kind="thon"), on="2199-01-01", dry_run=True)
    status, body = ask(cast.son, "areas/merge", wrong)
    assert status == 422
    assert errors(body) == {
        ("/on", "area_in_future"),
        ("/into/kind", "invalid_choice"),
        ("/into/parent_id", "area_level"),
    }
    twice = [{"area": xa("Một", cast.province), "share": 0.6}, {"area": xa("Một", cast.province), "share": 0.6}]
    status, body = ask(cast.son, f"areas/{cast.communes[0]}/split", {"parts": twice, "on": DAY})
    assert errors(body) == {
        ("/parts/0/area/name", "area_twice"),
        ("/parts/1/area/name", "area_twice"),
        ("/parts", "default_successor"),
        ("/parts", "shares_sum"),
    }
    status, body = ask(cast.son, "areas/merge", merge(cast.communes[:1], xa("Một", cast.province)))
    assert errors(body) == {("/area_ids", "too_few_areas")}


def test_only_admins_of_all_areas_concerned_merge_them(cast: Cast) -> None:
    admin = add_person("mới", 90)
    add_grant(admin, "admin", cast.communes[0])
    assert ask(admin, "areas/merge", merge(cast.communes, xa("Hồng Tuy", cast.province)))[0] == 404
    assert ask(admin, "areas/merge", merge(cast.hamlets[1:3], thon("Thái Hòa", cast.communes[0])))[0] == 404
    assert ask(cast.minh, "areas/merge", merge(cast.hamlets[:2], thon("Thái Hòa", cast.communes[0])))[0] == 403
    assert ask(admin, "areas/merge", merge(cast.hamlets[:2], thon("Thái Hòa", cast.communes[0])))[0] == 200


def test_a_dry_run_costs_the_same_queries_for_many_people(cast: Cast) -> None:
    body = merge(cast.hamlets[:2], thon("Thái Hòa", cast.communes[0]), dry_run=True)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ask(cast.son, "areas/merge", body)[0] == 200
        return len(queries)

    few = cost()
    for number in range(20):
        add_member(add_person(f"người {number}", 100 + number), cast.hamlets[0], cast.teams[0], "member")
    assert cost() == few
    assert Membership.objects.filter(area_id=cast.hamlets[0]).count() == 22
