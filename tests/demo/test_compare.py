"""The comparison itself: each kind of loss, doubling and difference is found and named."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from demo.calls import doubtful_tips, note_tip, send_tips
from demo.clock import unix_time
from demo.compare import COLLECTIONS, differences
from demo.jpeg import photo
from demo.ledger import Deed, Ledger, Shot
from demo.people import Person
from demo.phone import Phone
from demo.tracks import Point, columns
from tests.demo.conftest import AREA, pull_reply
from tests.demo.scripted import Reply, Scripted

NOON = "2026-11-22T05:00:00.000Z"
WALK = [Point(1_795_000_000 + 10 * n, 108_000_000 + n, 10_900_000, 5, 100, False) for n in range(10)]
SHOT = Shot(AREA, "một tấm ảnh", 60_000)
BYTES = photo(SHOT.seed, size=SHOT.size)
Data = dict[str, Any]


def record(id: str, **more: Any) -> Data:
    return {"id": id, "area_id": AREA, "version": 1, "device_id": "d", "occurred_at": NOON, **more}


@pytest.fixture
def world() -> Data:
    """What the server says; tests spoil it before they look."""
    return {
        "shifts": [record("s", on_duty_ids=["c", "b"])],
        "patrols": [record("p", status="completed", participant_ids=["b", "a"], checkpoint_visits=[{"id": "v"}])],
        "observations": [record("o", note="đèn hỏng")],
        "media": [record("m", status="verified")],
        "pledges": [record("g")],
        "verify": {"content_hash": "ab", "state": "intact"},
        "held": {
            "shift/s": record("s"),
            "pledge/g": record("g"),
            "patrol/p": record("p", status="completed"),
            "observation/o": record("o", note="đèn hỏng"),
        },
        "track": columns(WALK),
        "visits": [{"id": "v", "flags": []}],
        "bytes": BYTES,
        "digest": {},
    }


@pytest.fixture
def found(server: Scripted, phone: Phone, world: Data) -> Callable[[], list[str]]:
    ledger = Ledger()
    ledger.made("s", Deed("shift", AREA, "bao", unix_time(NOON), {}, follows={"on_duty_ids": ["b", "c"]}))
    patrol = {"status": "completed", "participant_ids": ["a", "b"], "checkpoint_visits": [{"id": "v"}]}
    ledger.made("p", Deed("patrol", AREA, "lan", unix_time(NOON), patrol))
    ledger.made("g", Deed("pledge", AREA, "lan", unix_time(NOON), {}))
    ledger.made("o", Deed("observation", AREA, "lan", unix_time(NOON), {"note": "đèn hỏng"}))
    ledger.shot("m", SHOT)
    ledger.walked("p", WALK)

    def look() -> list[str]:
        for name in COLLECTIONS.values():
            server.on(f"GET /v1/{name}", Reply(body={"items": world.get(name, []), "next_cursor": None}))
        held = {"media/m": record("m"), **world["held"]}
        changes = []
        for key, data in held.items():
            type, id = key.split("/")
            named = {"type": type, "id": id, "area_id": AREA, "version": data["version"]}
            changes.append({**named, "op": "put", "data": data})
        server.on("GET /v1/sync/pull", pull_reply(*changes))
        server.on("GET /v1/me", Reply(body={"areas": [{"area_id": AREA, "types": []}]}))
        server.on("POST /v1/sync/digest", Reply(body={"differ": world["digest"], "behind": [], "cursor": "c"}))
        server.on("GET /v1/media/m/content", Reply(302, headers={"Location": f"{server.url}/bytes"}))
        server.on("GET /bytes", Reply(body=world["bytes"]))
        server.on("GET /.well-known/jwks.json", Reply(body={"keys": []}))
        server.on("GET /v1/patrols/p/track", Reply(body=world["track"]))
        server.on("GET /v1/pledges/g/verify", Reply(body=world["verify"]))
        server.on("GET /v1/patrols/p/checkpoints", Reply(body={"checkpoints": [{"visits": world["visits"]}]}))
        phone.sync.pull()
        return list(differences([], ledger, {AREA: phone}))

    return look


def test_where_all_is_equal_nothing_is_named(found: Callable[[], list[str]]) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        ({"observations": [], "held": {}}, "observation o of lan is lost"),
        ({"observations": [record("o", note="đèn hỏng")] * 2}, "observation o is listed twice"),
        ({"observations": [record("o", note="đèn sáng")]}, "observation o note: the server holds 'đèn sáng'"),
        ({"observations": [record("o", note="đèn hỏng", occurred_at="1970-01-01T00:00:00.000Z")]}, "s wrong"),
        ({"observations": [record("o", note="đèn hỏng", version=2)]}, "holds version 1 of observation o, the server 2"),
        ({"held": {}}, "lacks observation o"),
        ({"held": {"observation/x": record("x")}}, "holds observation x, which the server doesn't"),
        ({"held": {"patrol/p": record("p", status="ongoing")}}, "patrol p status is 'ongoing'"),
        ({"patrols": [record("p", status="completed", participant_ids=["a"])]}, "patrol p participant_ids"),
        ({"media": []}, "photo m is lost"),
        ({"media": [record("m", status="pending")]}, "photo m is pending"),
        ({"bytes": BYTES[:-1] + b"\x00"}, "photo m: came back"),
        ({"track": columns(WALK[:-1])}, "track of p: 9 points, 1 lost, 0 that nobody walked"),
        ({"track": columns([*WALK, Point(1_795_001_000, 0, 0, 5)])}, "1 that nobody walked"),
        ({"shifts": [record("s", on_duty_ids=["b"])]}, "shift s on_duty_ids: the server holds ['b'], expected"),
        ({"observations": [record("o", note="đèn hỏng", severity="urgent")]}, "o: 0 alerts, expected 1"),
        ({"verify": {"content_hash": "ab", "state": "changed"}}, "the server calls it changed"),
        ({"visits": []}, "patrol p: 0 visits are told of, 1 were made"),
        ({"visits": [{"id": "v", "flags": ["code_invalid"]}]}, "patrol p: a good code is called false at visit v"),
        ({"alerts": [record("a", status="open")]}, "alert a was answered by nobody"),
        ({"digest": {AREA: ["patrol"]}}, "the fingerprints differ"),
    ],
)
def test_each_difference_is_named(found: Callable[[], list[str]], world: Data, spoil: Data, named: str) -> None:
    world.update(spoil)
    differences = found()
    assert any(named in line for line in differences), differences


@pytest.mark.parametrize(
    ("receipts", "shown", "named"),
    [
        (["1234", "1234"], {"status": "new", "replies": []}, None),
        (["1234", "5678"], {"status": "new", "replies": []}, "another one"),
        (["1234", "1234"], {"status": "new", "replies": [], "text": "Nhà hoang"}, "a receipt shows"),
    ],
)
def test_a_tip_sent_again_has_one_receipt_which_shows_nothing_of_it(
    server: Scripted, phone: Phone, receipts: list[str], shown: Data, named: str | None
) -> None:
    account = {"key": "lan", "area_id": AREA, "team_id": "t"}
    lan = Person(account, switch_on=lambda _: phone, ledger=Ledger(), dice=Random(1))
    server.on("POST /v1/tips", *(Reply(201, {"receipt": receipt}) for receipt in receipts))
    server.on("GET /v1/tips/receipts/1234", Reply(body=shown))
    note_tip(lan)
    send_tips(lan)
    found = list(doubtful_tips(lan))
    assert [named in line for line in found] == [True] if named else found == []
