"""What comes down: versions, resets, revoked areas, cursors and fingerprints."""

from __future__ import annotations

import hashlib

from demo.phone import Phone
from tests.demo.conftest import AREA, OTHER_AREA, change, pull_reply, sight
from tests.demo.scripted import Reply, Scripted, problem

PULL = "GET /v1/sync/pull"


def held(phone: Phone) -> dict[str, int]:
    return {copy.id: copy.version for copy in phone.store.copies()}


def test_pages_follow_one_another_until_there_is_no_more(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 1), has_more=True), pull_reply(change("b", 1), cursor="c2"))
    phone.sync.pull()
    assert held(phone) == {"a": 1, "b": 1}
    assert [request.query for request in server.to(PULL)] == ["limit=500", "limit=500&cursor=c1"]
    assert phone.store.get("cursor") == "c2"


def test_nothing_new_is_304_by_the_tag_of_the_last_answer(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 1), headers={"ETag": '"x"'}), Reply(304))
    phone.sync.pull()
    phone.sync.pull()
    assert server.to(PULL)[1].headers["if-none-match"] == '"x"'
    assert held(phone) == {"a": 1}


def test_an_older_version_is_not_taken(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 5, note="mới"), change("a", 4, note="cũ")))
    phone.sync.pull()
    assert phone.see("observation", "a")["note"] == "mới"


def test_in_a_reset_the_servers_version_stands_with_the_queue_on_top(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 5, note="năm", kind="other"), change("b", 1)))
    phone.sync.pull()
    phone.edit("observation", "a", note="của tôi")
    reset = {"reset_areas": [{"area_id": AREA, "reason": "epoch"}]}
    server.on(
        PULL,
        pull_reply(change("a", 2, note="hai", kind="fight"), has_more=True, cursor="c2", **reset),
        pull_reply(reset_done=[AREA], cursor="c3"),
    )
    phone.sync.pull()
    assert held(phone) == {"a": 2}
    assert phone.see("observation", "a")["note"] == "của tôi"
    assert phone.see("observation", "a")["kind"] == "fight"


def test_a_reset_that_is_cut_off_drops_nothing_yet(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 1), change("b", 1)))
    phone.sync.pull()
    server.on(PULL, pull_reply(change("b", 1), reset_areas=[{"area_id": AREA, "reason": "view"}]))
    phone.sync.pull()
    assert held(phone) == {"a": 1, "b": 1}
    server.on(PULL, pull_reply(reset_done=[AREA]))
    phone.sync.pull()
    assert held(phone) == {"b": 1}


def test_a_revoked_area_is_purged_but_for_what_waits(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 1), change("b", 1, area_id=OTHER_AREA)))
    phone.sync.pull()
    phone.create("observation", sight())
    server.on(PULL, pull_reply(revoked_areas=[AREA]))
    phone.sync.pull()
    assert held(phone) == {"b": 1}
    assert phone.store.count_queued() == 1


def test_a_record_that_moved_survives_the_delete_in_its_old_area(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 1), change("b", 1)))
    phone.sync.pull()
    moved, left = change("a", 2, area_id=OTHER_AREA), change("a", 2, op="delete")
    server.on(PULL, pull_reply(moved, left, change("b", 2, op="delete")))
    phone.sync.pull()
    assert held(phone) == {"a": 2}


def test_a_useless_cursor_starts_anew_and_leaves_the_queue(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("a", 3), change("b", 1)))
    phone.sync.pull()
    phone.create("observation", sight())
    server.on(PULL, problem(400, "cursor_invalid"), pull_reply(change("a", 2), cursor="c9"))
    phone.sync.pull()
    assert held(phone) == {"a": 2}
    assert phone.store.count_queued() == 1
    assert server.to(PULL)[-1].query == "limit=500"


def test_the_fingerprint_is_over_ids_and_versions_in_order(server: Scripted, phone: Phone) -> None:
    server.on(PULL, pull_reply(change("b", 2), change("a", 1)))
    phone.sync.pull()
    server.on("GET /v1/me", Reply(body={"areas": [{"area_id": AREA, "types": ["observation", "patrol"]}]}))
    server.on("POST /v1/sync/digest", Reply(body={"differ": {}, "behind": [], "cursor": "c1"}))
    assert phone.sync.check()
    [question] = server.to("POST /v1/sync/digest")
    nothing = {"count": 0, "digest": hashlib.sha256(b"").hexdigest()}
    both = {"count": 2, "digest": hashlib.sha256(b"a 1\nb 2\n").hexdigest()}
    assert question.json == {"cursor": "c1", "areas": {AREA: {"observation": both, "patrol": nothing}}}


def test_what_differs_is_fetched_anew(server: Scripted, phone: Phone) -> None:
    server.on("GET /v1/me", Reply(body={"areas": []}))
    server.on(
        "POST /v1/sync/digest",
        Reply(body={"differ": {AREA: ["observation"]}, "behind": [], "cursor": "again"}),
        Reply(body={"differ": {}, "behind": [], "cursor": "c2"}),
    )
    phone.sync.converge()
    assert "cursor=again" in server.to(PULL)[1].query
