"""Many people at once: moved and switched off in sets, each told of; and the code that only delivers, over HTTP."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Grant, Membership, Session, User
from accounts.scoping import SystemActor
from api.ids import uuid7
from api.localtime import now, wire
from tests.accounts.phone import Phone
from tests.cast import Cast, add_grant, add_member, add_person
from tests.client import signed_in

pytestmark = pytest.mark.django_db

HOUSE = SystemActor("test")


def move(cast: Cast, who: str, people: list[uuid.UUID] | None = None, **more: Any) -> Any:
    body = {"team_id": str(cast.teams[1]), **({"user_ids": [str(each) for each in people]} if people else {}), **more}
    return signed_in(cast.people[who]).post("/v1/users/move", body, content_type="application/json")


def switch_off(cast: Cast, who: str, people: list[uuid.UUID], **more: Any) -> Any:
    body = {"user_ids": [str(each) for each in people], **more}
    return signed_in(cast.people[who]).post("/v1/users/deactivate", body, content_type="application/json")


def told(answer: Any) -> dict[str, tuple[str, str | None]]:
    assert answer.status_code == 200, answer.content
    return {each["user_id"]: (each["status"], each["code"]) for each in answer.json()["results"]}


@pytest.fixture
def engine_knows(cast: Cast) -> Cast:
    """The cast's memberships as the engine would have written them."""
    from api.sync.models import StreamEntry

    StreamEntry.objects.bulk_create(
        StreamEntry(
            record_id=m.id, type="membership", area_id=m.area_id, seq=0, version=1, deleted=False, changed_at=now()
        )
        for m in Membership.objects.all()
    )
    return cast


def test_a_team_is_moved_as_a_whole_once_it_was_tried(engine_knows: Cast) -> None:
    cast = engine_knows
    both = {str(cast.lan.user_id): ("done", None), str(cast.bao.user_id): ("done", None)}
    tried = move(cast, "son", from_team_id=str(cast.teams[0]), dry_run=True)
    assert told(tried) == both and tried.json()["dry_run"]
    assert Membership.objects.filter(team_id=cast.teams[0], ends_at=None).count() == 2
    assert not AuditEvent.objects.filter(name="user.moved").exists()
    assert told(move(cast, "son", from_team_id=str(cast.teams[0]))) == both
    held = Membership.objects.filter(ends_at=None, user_id__in=[cast.lan.user_id, cast.bao.user_id])
    assert {(m.team_id, m.role) for m in held} == {(cast.teams[1], "member")}
    assert set(User.objects.filter(id=cast.lan.user_id).values_list("area_id", flat=True)) == {cast.hamlets[1]}
    assert AuditEvent.objects.filter(name="user.moved").count() == 2
    again = move(cast, "son", [cast.lan.user_id])
    assert told(again) == {str(cast.lan.user_id): ("unchanged", None)}


def test_each_person_is_told_why_they_were_not_moved_and_the_others_are(engine_knows: Cast) -> None:
    cast = engine_knows
    admin = add_person("mới", 90)
    add_grant(admin, "admin", cast.communes[0])
    cast.people["mới"] = admin
    stranger = uuid7()
    answer = move(cast, "mới", [cast.lan.user_id, cast.linh.user_id, admin.user_id, stranger, cast.hoa.user_id])
    assert told(answer) == {
        str(cast.lan.user_id): ("done", None),
        str(cast.linh.user_id): ("refused", "not_found"),
        str(admin.user_id): ("refused", "own_account"),
        str(stranger): ("refused", "not_found"),
        str(cast.hoa.user_id): ("refused", "not_found"),
    }
    [linh, none] = [r for r in answer.json()["results"] if r["user_id"] in (str(cast.linh.user_id), str(stranger))]
    assert linh | {"user_id": ""} == none | {"user_id": ""} and "không" in linh["detail"].lower()
    assert told(move(cast, "bao", [cast.lan.user_id], team_id=str(cast.teams[0]))) == {
        str(cast.lan.user_id): ("refused", "not_found")
    }


def test_a_move_names_people_or_a_team(cast: Cast) -> None:
    for more in ({}, {"from_team_id": str(cast.teams[0]), "user_ids": [str(cast.lan.user_id)]}):
        answer = move(cast, "son", **more)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "people_or_team")


def test_many_are_switched_off_with_their_sessions(cast: Cast) -> None:
    people = [cast.lan.user_id, cast.bao.user_id, cast.linh.user_id]
    assert set(told(switch_off(cast, "son", people, dry_run=True)).values()) == {("done", None)}
    assert signed_in(cast.lan).get("/v1/me").status_code == 200
    switch_off(cast, "son", people)
    assert signed_in(cast.lan).get("/v1/me").json()["code"] == "account_inactive"
    assert not Session.objects.filter(user_id__in=people, ended_at=None).exists()
    assert AuditEvent.objects.filter(name="user.deactivated").count() == 3
    assert AuditEvent.objects.filter(name="session.ended").count() == 3
    assert set(told(switch_off(cast, "son", people)).values()) == {("unchanged", None)}


def test_the_last_admins_stay_while_the_others_go(cast: Cast) -> None:
    answer = switch_off(cast, "son", [cast.lan.user_id, cast.son.user_id])
    assert told(answer) == {
        str(cast.lan.user_id): ("done", None),
        str(cast.son.user_id): ("refused", "last_admin"),
    }
    assert Grant.objects.filter(user_id=cast.son.user_id).exists()
    assert not User.objects.get(id=cast.lan.user_id).is_active


@pytest.mark.parametrize("what", ["move", "switch_off"])
def test_many_cost_the_queries_of_a_few(engine_knows: Cast, what: str) -> None:
    cast = engine_knows

    def cost(count: int, first: int) -> int:
        people = [add_person(f"người {number}", number) for number in range(first, first + count)]
        for each in people:
            add_member(each, cast.hamlets[0], cast.teams[0], "member")
        from api.sync.models import StreamEntry

        StreamEntry.objects.bulk_create(
            StreamEntry(
                record_id=m.id, type="membership", area_id=m.area_id, seq=0, version=1, deleted=False, changed_at=now()
            )
            for m in Membership.objects.filter(user_id__in=[each.user_id for each in people])
        )
        ids = [each.user_id for each in people]
        with CaptureQueriesContext(connection) as queries:
            answer = move(cast, "son", ids) if what == "move" else switch_off(cast, "son", ids)
        assert set(told(answer).values()) == {("done", None)}
        return len(queries)

    assert cost(2, 100) == cost(40, 200)


def mutation(cast: Cast, note: str, recorded: dt.datetime) -> dict[str, Any]:
    record = str(uuid7())
    data = {"area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]), "recorded_at": wire(recorded)}
    data |= {"kind": "lighting", "severity": "info", "note": note}
    return {
        "mutation_id": str(uuid7()),
        "type": "observation",
        "id": record,
        "op": "put",
        "base_version": 0,
        "data": data,
    }


def test_a_deactivated_members_queue_is_delivered_by_a_code_of_its_own(cast: Cast) -> None:
    """Lan is switched off with a queue on her phone: refused, then delivered late by the admin's code; then over."""
    lan = Phone()
    assert lan.sign_in(cast.lan).status == 200
    queue = [mutation(cast, f"Đèn số {number} tắt", now() - dt.timedelta(hours=1)) for number in range(3)]
    push = {"sent_at": wire(now()), "mutations": queue}
    off = signed_in(cast.son).post(f"/v1/users/{cast.lan.user_id}/deactivate", {}, content_type="application/json")
    assert off.status_code == 200
    refused = lan.post("/v1/sync/push", push)
    assert (refused.status, refused.code) == (403, "account_inactive")
    issued = signed_in(cast.son).post(f"/v1/users/{cast.lan.user_id}/issue_code", {}, content_type="application/json")
    code = issued.json()["code"]
    assert Phone().sign_in(cast.lan).code == "account_inactive"
    assert lan.activate(code, "bất kỳ điều gì").status == 200
    delivered = lan.post("/v1/sync/push", push)
    assert delivered.status == 200
    assert [result["status"] for result in delivered.body["results"]] == ["applied"] * 3
    assert all("current" not in result for result in delivered.body["results"])
    pulled = lan.get("/v1/sync/pull")
    assert pulled.status == 200 and pulled.body["changes"] == [] and not delivered.body.get("pull", {}).get("changes")
    seen = signed_in(cast.bao).get(f"/v1/observations/{queue[0]['id']}").json()
    assert seen["flags"] == ["late"] and seen["author_id"] == str(cast.lan.user_id)
    assert lan.get(f"/v1/observations/{queue[0]['id']}").status == 404
    assert lan.get("/v1/me").body["capabilities"] == []
    late = mutation(cast, "sau khi bị khóa", now() + dt.timedelta(hours=1))
    [result] = lan.post("/v1/sync/push", {"sent_at": wire(now()), "mutations": [late]}).body["results"]
    assert result["status"] == "rejected", "only what was made before"
    again = signed_in(cast.son).post(f"/v1/users/{cast.lan.user_id}/reactivate", {}, content_type="application/json")
    assert again.status_code == 200
    assert lan.get("/v1/me").code == lan.refresh().code == "session_ended"
    assert Phone().activate(code, "bất kỳ điều gì").code == "code_invalid"
