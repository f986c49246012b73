"""Sync over HTTP: push, pull and digest as a phone sees them."""

import pytest

from api.ids import uuid7
from api.localtime import now, wire
from tests.cast import Cast, Person, raise_cast
from tests.client import signed_in

pytestmark = pytest.mark.usefixtures("clean_db")


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


def mutation(cast: Cast, **fields: object) -> dict[str, object]:
    record_id = str(uuid7())
    data = {"area_id": str(cast.hamlets[0]), "recorded_at": wire(now()), "team_id": str(cast.teams[0]), "name": "Đèn",
            "state": "working"}  # fmt: skip
    return {"mutation_id": str(uuid7()), "type": "lamp", "id": record_id, "op": "put", "data": data, **fields}


def push(person: Person, *mutations: object, **more: object) -> dict:
    response = signed_in(person).post(
        "/v1/sync/push", {"sent_at": wire(now()), "mutations": list(mutations), **more}, content_type="application/json"
    )
    assert response.status_code == 200, response.content
    return response.json()


def pull(person: Person, cursor: str | None = None, **more: object) -> dict:
    response = signed_in(person).get("/v1/sync/pull", {**({"cursor": cursor} if cursor else {}), **more})
    assert response.status_code == 200, response.content
    return response.json()


def test_what_lan_pushes_bao_and_minh_pull_and_linh_does_not(cast: Cast) -> None:
    one = mutation(cast)
    answer = push(cast.lan, one)
    assert [r["status"] for r in answer["results"]] == ["applied"]
    again = push(cast.lan, one)
    assert [(r["status"], r["was"], r["version"]) for r in again["results"]] == [("unchanged", "applied", 1)]
    for person, sees in ((cast.bao, True), (cast.minh, True), (cast.dung, True), (cast.linh, False), (cast.hoa, False)):
        ids = [change["id"] for change in pull(person)["changes"]]
        assert (one["id"] in ids) is sees, person.key


def test_an_empty_pull_is_304(cast: Cast) -> None:
    page = pull(cast.lan)
    response = signed_in(cast.lan).get("/v1/sync/pull", {"cursor": page["cursor"]})
    assert response.status_code == 200 and response.json()["changes"] == []
    tag = response.headers["ETag"]
    response = signed_in(cast.lan).get("/v1/sync/pull", {"cursor": page["cursor"]}, headers={"if-none-match": tag})
    assert response.status_code == 304


def test_rest_and_sync_see_the_same_record(cast: Cast) -> None:
    one = mutation(cast)
    push(cast.lan, one)
    response = signed_in(cast.bao).get(f"/v1/lamps/{one['id']}")
    assert response.status_code == 200
    [change] = [c for c in pull(cast.bao)["changes"] if c["id"] == one["id"]]
    assert change["data"] == response.json()
    listed = signed_in(cast.minh).get("/v1/lamps", {"q": "den"}).json()
    assert listed == {"items": [response.json()], "next_cursor": None}
    assert signed_in(cast.linh).get(f"/v1/lamps/{one['id']}").status_code == 404
    assert signed_in(cast.hoa).get(f"/v1/lamps/{one['id']}").status_code == 403
    patched = signed_in(cast.bao).patch(
        f"/v1/lamps/{one['id']}", {"watt": 9}, content_type="application/merge-patch+json", headers={"if-match": '"1"'}
    )
    assert patched.status_code == 200 and patched.json()["version"] == 2
    history = signed_in(cast.bao).get(f"/v1/lamps/{one['id']}/revisions").json()["items"]
    assert (history[0]["version"], history[0]["changed"]) == (2, ["watt"])


def test_a_create_by_rest_is_compared_with_the_first_version(cast: Cast) -> None:
    data = mutation(cast)["data"] | {"id": str(uuid7())}
    phone = signed_in(cast.lan)
    assert phone.post("/v1/lamps", data, content_type="application/json").status_code == 201
    edited = phone.patch(f"/v1/lamps/{data['id']}", {"watt": 9}, "application/json", headers={"if-match": '"1"'})
    assert edited.status_code == 200
    again = phone.post("/v1/lamps", data, content_type="application/json")
    assert (again.status_code, again.json()["watt"]) == (200, 9)
    other = phone.post("/v1/lamps", {**data, "name": "Khác"}, content_type="application/json")
    assert (other.status_code, other.json()["code"]) == (409, "already_exists")


def test_a_digest_finds_what_differs(cast: Cast) -> None:
    push(cast.lan, mutation(cast))
    cursor = pull(cast.lan)["cursor"]
    body = {"cursor": cursor, "areas": {str(cast.hamlets[0]): {}}}
    answer = signed_in(cast.lan).post("/v1/sync/digest", body, content_type="application/json").json()
    assert answer["differ"] == {str(cast.hamlets[0]): ["lamp"]}
    page = pull(cast.lan, answer["cursor"])
    assert [area["area_id"] for area in page["reset_areas"]] == [str(cast.hamlets[0])] == page["reset_done"]
    assert len(page["changes"]) >= 1
