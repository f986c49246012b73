"""`GET /v1/users/{id}/deliveries`: what support tells somebody who calls."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.ids import uuid7
from api.localtime import now, wire
from tests.cast import Cast, Person, add_grant, add_member, add_person
from tests.client import signed_in
from tests.contract.world import sample

pytestmark = pytest.mark.django_db


def push(who: Person, *mutations: dict[str, Any]) -> list[dict[str, Any]]:
    body = {"sent_at": wire(now()), "mutations": [{"mutation_id": str(uuid7()), **each} for each in mutations]}
    answer = signed_in(who).post("/v1/sync/push", body, content_type="application/json")
    return list(answer.json()["results"])


def creates(cast: Cast, type_name: str, **fields: Any) -> dict[str, Any]:
    data = sample(cast, type_name) | fields
    return {"type": type_name, "id": data["id"], "op": "put", "data": data}


def told(who: Person, about: Person, language: str = "vi", **query: str) -> dict[str, Any]:
    answer = signed_in(who).get(f"/v1/users/{about.user_id}/deliveries", query, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_it_says_when_each_phone_was_seen_and_what_it_last_sent(cast: Cast) -> None:
    assert [each["last_sent_at"] for each in told(cast.son, cast.lan)["devices"]] == [None]
    push(cast.lan, creates(cast, "patrol"))
    other = cast.lan.on_another_phone()
    push(other, creates(cast, "observation"))
    devices = told(cast.son, cast.lan)["devices"]
    assert {each["session_id"]: each["last_sent_type"] for each in devices} == {
        str(cast.lan.session_id): "patrol",
        str(other.session_id): "observation",
    }
    assert all(each["active"] and each["last_sent_at"] and each["last_used_at"] for each in devices)


def test_it_says_what_was_refused_and_why_in_the_readers_language(cast: Cast) -> None:
    [result] = push(cast.lan, creates(cast, "observation", kind="nonsense", note="bí mật của dân"))
    assert result["status"] == "rejected"
    [vietnamese], [english] = (told(cast.son, cast.lan, language)["items"] for language in ("vi", "en"))
    assert (vietnamese["status"], vietnamese["type"], vietnamese["waits"]) == ("rejected", "observation", False)
    assert vietnamese["mutation_id"] == result["mutation_id"]
    assert vietnamese["problem"]["code"] == english["problem"]["code"] == "invalid"
    assert vietnamese["problem"]["errors"][0]["pointer"] == "/kind"
    assert vietnamese["problem"]["title"] != english["problem"]["title"]
    assert "bí mật" not in str(told(cast.son, cast.lan))


def test_it_says_which_conflicts_wait_for_a_choice(cast: Cast) -> None:
    patrol = creates(cast, "patrol")
    push(cast.lan, patrol)
    edit = {"type": "patrol", "id": patrol["id"], "op": "patch", "base_version": 1}
    push(cast.bao, edit | {"data": {"outcome": "Yên", "area_id": str(cast.hamlets[0])}})
    [met] = push(cast.lan, edit | {"data": {"outcome": "Có tiếng động", "area_id": str(cast.hamlets[0])}})
    assert met["status"] == "conflict"
    [item] = told(cast.son, cast.lan)["items"]
    assert (item["status"], item["waits"], item["problem"]) == ("conflict", True, None)
    [revision] = signed_in(cast.bao).get(f"/v1/patrols/{patrol['id']}/revisions?status=conflict").json()["items"]
    body = {"revision_id": revision["id"], "choose": "stored"}
    answer = signed_in(cast.bao).post(f"/v1/patrols/{patrol['id']}/resolve", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert [item["waits"] for item in told(cast.son, cast.lan)["items"]] == [False]


def test_it_says_which_files_are_still_to_come(cast: Cast) -> None:
    media = creates(cast, "media")
    [result] = push(cast.lan, media)
    assert result["status"] == "applied"
    [file] = told(cast.son, cast.lan)["pending"]
    assert (file["id"], file["type"], file["kind"], file["size"]) == (media["id"], "media", "photo", 1000)
    assert told(cast.son, cast.bao)["pending"] == []
    # The admin, who asked for them as support, still sees no file.
    assert signed_in(cast.son).get(f"/v1/media/{media['id']}").status_code == 403


def test_pages_follow_one_another_at_the_same_cost(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            told(cast.son, cast.lan)
        return len(captured)

    before = queries()
    refused = push(cast.lan, *(creates(cast, "observation", kind="nonsense") for _ in range(7)))
    assert queries() == before
    found, cursor = [], None
    for _ in range(4):
        page = told(cast.son, cast.lan, limit="2", **({"cursor": cursor} if cursor else {}))
        found += [item["mutation_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(found) == sorted(result["mutation_id"] for result in refused) and cursor is None


def test_only_admins_over_all_that_somebody_belongs_to_are_told(cast: Cast) -> None:
    hien = add_person("hien", 50)
    add_grant(hien, "admin", cast.communes[0])
    expected = {"son": 200, "bao": 403, "lan": 403, "minh": 403, "dung": 403, "hoa": 403, "linh": 404, "khach": 404}
    path = f"/v1/users/{cast.lan.user_id}/deliveries"
    assert {who: signed_in(cast.people[who]).get(path).status_code for who in expected} == expected
    assert signed_in(hien).get(path).status_code == 200
    add_member(cast.lan, cast.hamlets[2], cast.teams[2], "member")
    assert signed_in(hien).get(path).status_code == 403
