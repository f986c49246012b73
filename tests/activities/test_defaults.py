"""What a phone may leave out, and what the server then puts in its place."""

import pytest

from api.ids import uuid7
from api.localtime import now, wire
from tests.api.sync.talk import pull, push
from tests.cast import Cast, raise_cast
from tests.client import signed_in

pytestmark = pytest.mark.usefixtures("clean_db")


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


def test_an_observation_without_team_and_time_is_of_its_authors_team_and_of_now(cast: Cast) -> None:
    data = {"area_id": str(cast.hamlets[0]), "kind": "lighting", "severity": "attention"}
    one = {"mutation_id": str(uuid7()), "type": "observation", "id": str(uuid7()), "op": "put", "data": data}
    assert push(cast.lan, one)["results"][0]["status"] == "applied"
    stored = signed_in(cast.bao).get(f"/v1/observations/{one['id']}").json()
    assert stored["team_id"] == str(cast.teams[0])
    assert stored["recorded_at"] == stored["occurred_at"] == stored["received_at"]
    later = {"mutation_id": str(uuid7()), "type": "observation", "id": one["id"], "op": "patch", "base_version": 1,
             "data": {"note": "Đã báo điện lực"}}  # fmt: skip
    assert push(cast.bao, later)["results"][0]["status"] == "applied"


def test_a_photo_is_recorded_when_it_was_taken(cast: Cast, s3: object) -> None:
    taken = wire(now())
    data = {"area_id": str(cast.hamlets[0]), "kind": "photo", "sha256": "ab" * 32, "size": 5}
    data |= {"content_type": "image/jpeg", "captured_at": taken}
    one = {"mutation_id": str(uuid7()), "type": "media", "id": str(uuid7()), "op": "put", "data": data}
    [result] = push(cast.lan, one)["results"]
    assert result["status"] == "applied" and result["upload"]["put"]["url"]
    [photo] = [change["data"] for change in pull(cast.bao)["changes"] if change["id"] == one["id"]]
    assert photo["recorded_at"] == taken
