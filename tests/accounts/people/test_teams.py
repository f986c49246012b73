"""`POST /v1/teams`, `PATCH /v1/teams/{id}`, `/close`: founded, changed and dissolved by admins."""

import uuid
from typing import Any

import pytest

from accounts.models import AuditEvent, Membership, Team
from api.ids import uuid7
from api.records import record_type
from api.sync.models import StreamEntry
from tests.accounts.people.entered import cast_in_streams
from tests.accounts.test_races import at_once
from tests.cast import Cast, Person, add_grant, add_person
from tests.client import signed_in
from tests.contract.world import make

NEW = {"team_type": "security_team", "name": "Tổ bảo vệ Thái Bình"}


def found(who: Person, area: uuid.UUID, **more: Any) -> Any:
    body = {**NEW, "area_id": str(area), **more}
    return signed_in(who).post("/v1/teams", body, content_type="application/json")


def patch(who: Person, team: uuid.UUID, tag: str | None = "*", **change: Any) -> Any:
    headers = {"If-Match": tag} if tag else {}
    return signed_in(who).patch(
        f"/v1/teams/{team}", change, content_type="application/merge-patch+json", headers=headers
    )


def close(who: Person, team: uuid.UUID, **body: Any) -> Any:
    return signed_in(who).post(f"/v1/teams/{team}/close", body, content_type="application/json")


@pytest.mark.django_db
class TestFounding:
    def test_son_founds_a_team_and_phones_get_it(self, cast: Cast) -> None:
        answer = found(cast.son, cast.hamlets[0], founding_decision="12/QĐ-UBND", founded_on="2026-11-01")
        body = answer.json()
        assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/teams/{body['id']}")
        assert (body["status"], body["founded_on"], body["version"]) == ("active", "2026-11-01", 1)
        pulled = signed_in(cast.lan).get("/v1/sync/pull").json()["changes"]
        assert body["name"] in [change["data"]["name"] for change in pulled if change["type"] == "team"]
        assert signed_in(cast.son).get("/v1/teams", {"q": "bao ve"}).json()["items"][0]["id"] == body["id"]

    def test_a_repeat_founds_nothing(self, cast: Cast) -> None:
        new = {"id": str(uuid7())}
        assert [found(cast.son, cast.hamlets[1], **new).status_code for _ in range(2)] == [201, 200]
        other = found(cast.son, cast.hamlets[1], **new, name="Tổ khác")
        assert (other.status_code, other.json()["code"]) == (409, "already_exists")
        assert Team.objects.filter(id=new["id"]).count() == 1

    def test_only_admins_of_the_area_found_teams_and_in_hamlets_alone(self, cast: Cast) -> None:
        hien = add_person("hien", 50)
        add_grant(hien, "admin", cast.communes[1])
        assert found(hien, cast.hamlets[0]).status_code == 404
        assert found(hien, cast.hamlets[2]).status_code == 201
        answer = found(hien, cast.communes[1])
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/area_id")
        assert found(cast.bao, cast.hamlets[0]).status_code == 403


@pytest.mark.django_db
class TestChanging:
    def test_a_change_names_its_version(self, cast: Cast) -> None:
        team = cast.teams[0]
        assert patch(cast.son, team, None, name="Tổ 1").status_code == 428
        first = patch(cast.son, team, '"1"', name="Tổ Một", status="suspended", founding_decision=None)
        assert (first.status_code, first.headers["ETag"], first.json()["name"]) == (200, '"2"', "Tổ Một")
        assert Team.objects.get(id=team).name_fold == "to mot"
        stale = patch(cast.son, team, '"1"', name="Tổ Hai")
        assert (stale.status_code, stale.json()["current"]["name"]) == (412, "Tổ Một")

    def test_what_is_wrong_is_named(self, cast: Cast) -> None:
        for change, pointer in (
            ({"status": "dissolved"}, "/status"),
            ({"name": None}, "/name"),
            ({"area_id": str(cast.hamlets[1])}, "/area_id"),
        ):
            answer = patch(cast.son, cast.teams[0], **change)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)

    def test_leaders_and_officers_change_no_team(self, cast: Cast) -> None:
        for who, status in (("bao", 403), ("minh", 403), ("linh", 404), ("khach", 404)):
            assert patch(cast.people[who], cast.teams[0], name="Tổ").status_code == status


@pytest.mark.django_db
class TestClosing:
    def test_a_dry_run_counts_and_changes_nothing(self, cast: Cast) -> None:
        make(cast, record_type("patrol"))
        make(cast, record_type("observation"))
        answer = close(cast.son, cast.teams[0], dry_run=True)
        body = answer.json()
        assert (answer.status_code, body["dry_run"], body["memberships"]) == (200, True, 2)
        assert (body["records"]["patrol"], body["records"]["observation"]) == (1, 1)
        assert Membership.objects.holding().filter(team_id=cast.teams[0]).count() == 2
        assert Team.objects.get(id=cast.teams[0]).status == "active"

    def test_all_memberships_end_and_nobody_comes_in_again(self, cast: Cast) -> None:
        assert close(cast.son, cast.teams[0]).json()["memberships"] == 2
        assert Team.objects.get(id=cast.teams[0]).status == "dissolved"
        for person in (cast.lan, cast.bao):
            assert signed_in(person).get("/v1/me").json()["memberships"] == []
        body = {"team_id": str(cast.teams[0]), "user_id": str(cast.khach.user_id)}
        answer = signed_in(cast.son).post("/v1/memberships", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (409, "team_dissolved")
        assert patch(cast.son, cast.teams[0], name="Tổ").json()["code"] == "team_dissolved"
        assert StreamEntry.objects.get(record_id=cast.teams[0], type="team").version == 2

    def test_twice_is_once(self, cast: Cast) -> None:
        assert [close(cast.son, cast.teams[0]).json()["memberships"] for _ in range(2)] == [2, 0]
        assert AuditEvent.objects.filter(name="team.closed").count() == 1


@pytest.mark.usefixtures("clean_db")
def test_nobody_is_left_in_a_team_that_is_closed_at_the_same_moment() -> None:
    cast = cast_in_streams()
    body = {"team_id": str(cast.teams[0]), "user_id": str(cast.khach.user_id)}
    steps = iter(
        [
            lambda: close(cast.son, cast.teams[0]),
            lambda: signed_in(cast.son).post("/v1/memberships", body, content_type="application/json"),
        ]
    )
    answers = at_once(2, lambda: next(steps)().status_code)
    assert sorted(answers) in ([200, 201], [200, 409])
    assert not Membership.objects.unended().filter(team_id=cast.teams[0]).exists()
