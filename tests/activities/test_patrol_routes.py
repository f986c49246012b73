"""The routes of patrols beside the generic ones."""

import json
import uuid

from api.ids import uuid7
from api.localtime import now, wire
from api.sync.changes import Change
from api.sync.engine import write
from tests.activities.conftest import Send
from tests.activities.test_track import piece_of, walk
from tests.cast import Cast, Person
from tests.client import signed_in


def close(person: Person, patrol: uuid.UUID, **body: object):
    return signed_in(person).post(f"/v1/patrols/{patrol}/close", json.dumps(body), content_type="application/json")


def without_request_id(answer) -> dict:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_bao_closes_lans_patrol_twice_over_http(cast: Cast, patrol: uuid.UUID):
    body = {"ended_at": wire(now()), "handover_note": "Ca sau chú ý ngõ 3", "outcome": None}
    once, again = close(cast.bao, patrol, **body), close(cast.bao, patrol, **body)
    assert (once.status_code, again.status_code) == (200, 200)
    assert once.headers["ETag"] == again.headers["ETag"] == '"2"'
    assert once.json() == again.json()
    assert once.json()["handover_note"] == "Ca sau chú ý ngõ 3"
    other = close(cast.bao, patrol, **body | {"outcome": "Có vụ việc"})
    assert (other.status_code, other.json()["code"]) == (409, "patrol_closed")
    assert other.json()["current"] == once.json()


def test_a_wrong_body_is_told_all_at_once(cast: Cast, patrol: uuid.UUID):
    answer = close(cast.lan, patrol, ended_at="tonight", status="ongoing", mood="good")
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/ended_at", "invalid_datetime"),
        ("/status", "invalid_choice"),
        ("/mood", "unknown_field"),
    ]


def test_linh_gets_for_lans_patrol_what_she_gets_for_none(cast: Cast, patrol: uuid.UUID):
    for ask in (
        lambda id: signed_in(cast.linh).get(f"/v1/patrols/{id}/track"),
        lambda id: close(cast.linh, id, ended_at=wire(now())),
    ):
        hers, none = ask(patrol), ask(uuid7())
        assert hers.status_code == none.status_code == 404
        assert without_request_id(hers) == without_request_id(none)


def test_dung_reads_where_the_patrol_went(cast: Cast, send: Send, patrol: uuid.UUID):
    write(cast.lan.actor(), [Change("track", patrol, "put", cast.hamlets[0], piece_of(walk(3)))])
    answer = signed_in(cast.dung).get(f"/v1/patrols/{patrol}/track")
    assert answer.status_code == 200
    assert answer.json() == {
        "patrol_id": str(patrol), "points": 3, "t0": "2026-11-22T12:30:00.000Z", "dt_s": [0, 5, 5],
        "lon_e6": answer.json()["lon_e6"], "lat_e6": [10930000, 0, 0], "accuracy_m": [8, 8, 8], "speed_cms": [120] * 3,
    }  # fmt: skip
