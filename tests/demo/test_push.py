"""The phone's queue: what takes a mutation off it, and that nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from demo.phone import Phone
from demo.session import OutOfReach, Refused
from tests.demo.conftest import AREA, change, mutations, page, push_reply, sight
from tests.demo.scripted import Reply, Request, Scripted, problem

PUSH = "POST /v1/sync/push"


def test_repeats_send_the_same_mutations_with_fresh_clocks(server: Scripted, phone: Phone) -> None:
    phone.create("observation", sight(note="Đèn hỏng — ngõ 3"))
    server.on(PUSH, Reply(cut="nothing"), problem(503, "unavailable"), push_reply("applied"))
    phone.sync.push()
    first, second, third = server.to(PUSH)
    assert mutations(first) == mutations(second) == mutations(third)
    queued = first.text.split('"data":')[1].split(',"elapsed_ms"')[0]
    assert all(queued in request.text for request in (second, third))
    ages = [request.json["mutations"][0]["elapsed_ms"] for request in (first, second, third)]
    assert ages == sorted(ages)
    assert phone.store.count_queued() == 0


def test_a_restart_keeps_the_queue_but_not_the_ages(
    server: Scripted, phone: Phone, switch_on: Callable[[], Phone]
) -> None:
    phone.create("observation", sight())
    again = switch_on()
    again.sync.push()
    assert "elapsed_ms" not in server.to(PUSH)[0].json["mutations"][0]
    assert again.store.count_queued() == 0


def test_the_age_doesnt_depend_on_the_wall_clock(server: Scripted, phone: Phone) -> None:
    phone.clock.lag_s = 3600
    phone.create("observation", sight())
    phone.clock.skew_s = -1_700_000_000
    phone.clock.advance(3600)
    phone.sync.push()
    assert 3_600_000 <= server.to(PUSH)[0].json["mutations"][0]["elapsed_ms"] < 3_660_000


@pytest.mark.parametrize("refusal", [problem(400, "malformed"), problem(413, "body_too_large")])
def test_what_cant_be_read_is_halved_until_the_one_is_found(server: Scripted, phone: Phone, refusal: Reply) -> None:
    ids = [phone.create("observation", sight(note=str(n))) for n in range(9)]
    poison = ids[5]

    def reply(request: Request) -> Reply:
        found = request.json["mutations"]
        return refusal if any(m["id"] == poison for m in found) else push_reply("applied")(request)

    server.on(PUSH, reply)
    phone.sync.push()
    assert [body["id"] for body, _ in phone.store.settled("set_aside")] == [poison]
    assert [body["id"] for body, _ in phone.store.settled("acknowledged")] == [id for id in ids if id != poison]


def test_a_final_refusal_keeps_the_queue(server: Scripted, phone: Phone) -> None:
    phone.create("observation", sight())
    server.on(PUSH, problem(403, "account_inactive"))
    with pytest.raises(Refused):
        phone.sync.push()
    assert phone.store.count_queued() == 1


@pytest.mark.parametrize("status", ["applied", "unchanged", "merged", "conflict", "gone"])
def test_a_result_takes_a_mutation_off_the_queue(server: Scripted, phone: Phone, status: str) -> None:
    phone.create("observation", sight())
    server.on(PUSH, push_reply(status))
    phone.sync.push()
    assert phone.store.count_queued() == 0
    assert len(phone.store.settled("acknowledged")) == 1


def test_what_is_rejected_is_set_aside_and_stops_nothing(server: Scripted, phone: Phone) -> None:
    bad, good = phone.create("observation", sight()), phone.create("observation", sight())
    server.on(PUSH, push_reply("rejected", "applied", problem={"code": "invalid"}))
    phone.sync.push()
    [(body, result)] = phone.store.settled("set_aside")
    assert body["id"] == bad
    assert result["problem"] == {"code": "invalid"}
    assert phone.store.copy("observation", good)
    assert not phone.store.copy("observation", bad)


def test_a_refusal_whose_first_answer_was_lost_is_set_aside_too(server: Scripted, phone: Phone) -> None:
    bad = phone.create("observation", sight())
    server.on(PUSH, push_reply("unchanged", was="rejected", version=None, problem={"code": "forbidden"}))
    phone.sync.push()
    [(body, _)] = phone.store.settled("set_aside")
    assert body["id"] == bad
    assert not phone.store.copy("observation", bad)


def test_a_mutation_without_a_result_stays(server: Scripted, phone: Phone) -> None:
    phone.create("observation", sight())
    empty = Reply(body={"results": [], "epoch": 1, "server_time": ""})
    server.on(PUSH, empty, push_reply("applied"))
    phone.sync.push()
    assert len(server.to(PUSH)) == 2


def test_nothing_overtakes_a_deferred_mutation_of_its_record(server: Scripted, phone: Phone) -> None:
    lamp = phone.create("observation", sight(note="hỏng"))
    for number in range(205):
        phone.create("observation", sight(note=str(number)))
    phone.edit("observation", lamp, note="sáng")
    server.on(PUSH, push_reply("deferred", "applied"), push_reply("applied"))
    phone.sync.push()
    first, second, third = ([m["data"].get("note") for m in r.json["mutations"]] for r in server.to(PUSH))
    assert first[0] == "hỏng"
    assert "sáng" not in second
    assert third == ["hỏng", "sáng"]


def test_what_stays_deferred_ends_the_try_and_not_the_queue(server: Scripted, phone: Phone) -> None:
    phone.create("observation", sight())
    server.on(PUSH, push_reply("deferred"))
    with pytest.raises(OutOfReach):
        phone.sync.push()
    assert phone.store.count_queued() == 1


def test_a_new_epoch_sends_what_was_acknowledged_again(server: Scripted, phone: Phone) -> None:
    id = phone.create("observation", sight())
    phone.sync.push()
    server.on(PUSH, push_reply("unchanged", epoch=2, was="applied"))
    phone.create("observation", sight())
    phone.sync.push()
    before, after, again = server.to(PUSH)
    assert mutations(before)[0] in mutations(again)
    assert len(again.json["mutations"]) == 2
    assert phone.store.copy("observation", id)
    assert len(after.json["mutations"]) == 1


def test_acknowledged_mutations_are_kept_for_three_days(server: Scripted, phone: Phone) -> None:
    phone.create("observation", sight())
    phone.sync.push()
    phone.clock.skew_s = 71 * 3600
    phone.sync.push()
    assert len(phone.store.settled("acknowledged")) == 1
    phone.clock.skew_s = 73 * 3600
    phone.sync.push()
    assert not phone.store.settled("acknowledged")


def test_a_repeat_after_others_edited_leaves_the_whole_to_pull(server: Scripted, phone: Phone) -> None:
    id = phone.create("observation", sight(note="mới"))
    whole = change(id, 3, note="của người khác")
    server.on(PUSH, push_reply("unchanged", was="merged"))
    phone.sync.push()
    assert phone.store.copy("observation", id) is None
    server.on("GET /v1/sync/pull", Reply(body=page(whole)))
    phone.sync.pull()
    assert phone.see("observation", id) == whole["data"]


def test_a_conflict_brings_the_stored_record(server: Scripted, phone: Phone) -> None:
    id = phone.create("observation", sight(note="của tôi"))
    stored = {"id": id, "area_id": AREA, "note": "của người khác", "version": 1}
    server.on(PUSH, push_reply("conflict", current=stored))
    phone.sync.push()
    assert phone.see("observation", id) == stored


def test_a_delete_that_conflicts_deletes_nothing(server: Scripted, phone: Phone) -> None:
    id = phone.create("observation", sight())
    phone.sync.push()
    phone.delete("observation", id)
    assert phone.see("observation", id) is None
    server.on(PUSH, push_reply("conflict"))
    phone.sync.push()
    assert phone.see("observation", id) is not None


def test_a_push_also_pulls(server: Scripted, phone: Phone) -> None:
    id = phone.create("observation", sight())
    echo = {k: v for k, v in change(id, 2).items() if k != "data"}

    def reply(request: Request) -> Reply:
        answer = push_reply("applied")(request)
        return Reply(body={**answer.body, "pull": page(echo, change("another", 1), cursor="c2")})

    phone.sync.pull()
    server.on(PUSH, reply)
    phone.sync.push()
    assert server.to(PUSH)[0].json["cursor"] == "c1"
    assert phone.store.get("cursor") == "c2"
    assert phone.store.copy("observation", id).version == 2
    assert phone.store.copy("observation", "another")


def test_a_batch_holds_no_more_than_two_hundred(server: Scripted, phone: Phone) -> None:
    for _ in range(401):
        phone.create("observation", sight())
    phone.sync.push()
    assert [len(request.json["mutations"]) for request in server.to(PUSH)] == [200, 200, 1]
    assert all(json.loads(request.text)["sent_at"].endswith("Z") for request in server.to(PUSH))
