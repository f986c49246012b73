"""The access log of households: who was shown which, one event an answer; in a server, in batches within seconds."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts import access_log
from accounts.access_log import AccessLog
from accounts.models import AuditEvent
from api.ids import uuid7
from tests.activities.conftest import Send
from tests.api.sync.talk import push
from tests.cast import Cast, Person
from tests.client import signed_in

PATCH = {"content_type": "application/merge-patch+json"}


@pytest.fixture
def house(cast: Cast, send: Send) -> uuid.UUID:
    id = uuid7()
    assert send(cast.lan, "household", id, house_number="12").status == "applied"
    return id


def told(who: Person) -> list[dict[str, Any]]:
    """What the log says of somebody, and forgets."""
    events = AuditEvent.objects.filter(user_id=who.user_id, name__startswith="households.").order_by("id")
    return [{"name": each.name, **each.details} for each in events]


def test_one_event_an_answer_says_who_saw_which_households(cast: Cast, house: uuid.UUID):
    client, path = signed_in(cast.minh), f"/v1/households/{house}"
    client.get("/v1/households", {"area": str(cast.communes[0]), "q": "hai"})
    etag = client.get(path).headers["ETag"]
    client.get(f"{path}/revisions")
    client.get(path, headers={"If-None-Match": etag})  # shows nothing
    client.get("/v1/households", {"q": "khong co"})  # nor does this
    client.patch(path, {"size": 3}, headers={"If-Match": '"stale"'}, **PATCH)
    ids = {"name": "households.viewed", "count": 1, "ids": [str(house)]}
    assert told(cast.minh) == [{**ids, "what": what} for what in ("collection", "item", "revisions", "item")]
    [first, *_] = AuditEvent.objects.filter(user_id=cast.minh.user_id).order_by("id")
    assert (first.area_id, first.session_id) == (cast.communes[0], cast.minh.session_id)
    assert "Hải" not in str([each.details for each in AuditEvent.objects.all()])


def test_a_pull_says_areas_and_numbers(cast: Cast, house: uuid.UUID, send: Send):
    send(cast.lan, "household", uuid7())
    signed_in(cast.dung).get("/v1/sync/pull")
    [event] = told(cast.dung)
    assert (event["name"], event["count"]) == ("households.synced", 2)
    [span] = event["areas"]
    assert span["area_id"] == str(cast.hamlets[0]) and span["to"] == span["from"] + 1


def test_who_is_shown_nothing_leaves_nothing(cast: Cast, house: uuid.UUID):
    for who in (cast.linh, cast.hoa, cast.son):
        client = signed_in(who)
        for path in (f"/v1/households/{house}", "/v1/households", "/v1/households/doubles", "/v1/sync/pull"):
            client.get(path)
        assert told(who) == []


def test_doubles_and_what_a_push_shows_are_told_too(cast: Cast, house: uuid.UUID, send: Send):
    other = uuid7()
    send(cast.lan, "household", other, house_number="12")
    signed_in(cast.bao).get("/v1/households/doubles")
    [event] = told(cast.bao)
    assert (event["what"], event["ids"]) == ("doubles", sorted([str(house), str(other)]))
    send(cast.lan, "household", house, "patch", base=1, size=4)
    change = {"mutation_id": str(uuid7()), "type": "household", "id": str(house), "op": "patch", "base_version": 1}
    [result] = push(cast.bao, change | {"data": {"size": 5}})["results"]
    assert result["status"] == "conflict" and "current" in result
    assert told(cast.bao)[-1] == {"name": "households.viewed", "what": "push", "count": 1, "ids": [str(house)]}


def test_in_a_server_events_are_written_in_batches_and_the_last_at_its_end(
    cast: Cast, house: uuid.UUID, monkeypatch: pytest.MonkeyPatch
):
    log = AccessLog()
    monkeypatch.setattr(access_log, "LOG", log)
    monkeypatch.setattr(access_log.threading.Thread, "start", lambda _: None)
    monkeypatch.setattr(access_log.threading.Thread, "join", lambda *_: None)
    log.start()
    for _ in range(3):
        signed_in(cast.bao).get(f"/v1/households/{house}")
    assert told(cast.bao) == []
    assert log.write() == 3
    signed_in(cast.bao).get(f"/v1/households/{house}")
    log.stop()
    assert len(told(cast.bao)) == 4


def test_what_could_not_be_written_waits_on(cast: Cast, house: uuid.UUID, monkeypatch: pytest.MonkeyPatch):
    log = AccessLog()
    monkeypatch.setattr(access_log, "LOG", log)
    monkeypatch.setattr(log, "_thread", object())
    signed_in(cast.bao).get(f"/v1/households/{house}")

    def fail(*_: object) -> None:
        raise RuntimeError("away")

    with monkeypatch.context() as away:
        away.setattr(access_log, "copy_rows", fail)
        with pytest.raises(RuntimeError):
            log.write()
    assert log.write() == 1
    assert len(told(cast.bao)) == 1
