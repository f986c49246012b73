"""Push: what becomes of each mutation, sentence by sentence."""

import datetime as dt
import uuid

import orjson
import pytest

from api.ids import uuid7
from api.localtime import now, wire
from tests.api.sync.talk import (
    body,
    client,
    code,
    delete,
    drain,
    lamp,
    mutation,
    one,
    patch,
    pull,
    push,
    put,
    read,
    results,
    revisions,
    some_id,
)  # fmt: skip
from tests.cast import Cast, add_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def lit(cast: Cast) -> str:
    """The id of a lamp that Lan made: version 1."""
    made = put(lamp(cast))
    assert one(cast.lan, made)["status"] == "applied"
    return str(made["id"])


class TestAnswers:
    def test_each_mutation_has_one_result_in_the_order_sent(self, cast: Cast) -> None:
        sent = [put(lamp(cast, name=f"Đèn {n}")) for n in range(5)]
        sent.insert(2, patch(some_id(), {"watt": 5}, 1))
        answer = push(cast.lan, *sent)
        assert [r["mutation_id"] for r in answer["results"]] == [m["mutation_id"] for m in sent]
        assert [r["status"] for r in answer["results"]] == ["applied", "applied", "deferred"] + ["applied"] * 3
        assert set(answer) == {"results", "epoch", "server_time"}

    def test_a_repeat_at_any_later_time_is_unchanged_with_what_it_was(self, cast: Cast, lit: str) -> None:
        edit = patch(lit, {"watt": 40}, 1)
        assert one(cast.lan, edit)["version"] == 2
        one(cast.bao, patch(lit, {"watt": 60}, 2))
        again = one(cast.lan, edit)
        assert (again["status"], again["was"], again["version"]) == ("unchanged", "applied", 2)
        assert read(cast.lan, lit)["watt"] == 60

    def test_the_age_of_a_mutation_is_no_part_of_its_body(self, cast: Cast) -> None:
        sent = put(lamp(cast))
        one(cast.lan, {**sent, "elapsed_ms": 1_000})
        assert one(cast.lan, {**sent, "elapsed_ms": 99_000})["status"] == "unchanged"
        assert one(cast.lan, sent)["was"] == "applied"

    def test_the_same_id_with_another_body_is_rejected_and_changes_nothing(self, cast: Cast, lit: str) -> None:
        edit = patch(lit, {"watt": 40}, 1)
        one(cast.lan, edit)
        other = one(cast.lan, {**edit, "data": {"watt": 41}})
        assert (other["status"], code(other)) == ("rejected", "mutation_id_reused")
        assert read(cast.lan, lit)["watt"] == 40
        assert one(cast.lan, edit)["was"] == "applied"

    def test_two_mutations_of_one_id_in_one_push_are_told_apart_by_their_bodies(self, cast: Cast, lit: str) -> None:
        edit = patch(lit, {"watt": 40}, 1)
        first, same, other = results(cast.lan, edit, edit, {**edit, "data": {"watt": 41}})
        assert (first["status"], same["status"], same["was"]) == ("applied", "unchanged", "applied")
        assert code(other) == "mutation_id_reused"
        assert read(cast.lan, lit)["version"] == 2

    def test_the_same_mutation_id_of_two_people_is_nothing_in_common(self, cast: Cast, lit: str) -> None:
        edit = patch(lit, {"watt": 40}, 1)
        one(cast.lan, edit)
        assert one(cast.bao, {**edit, "data": {"name": "Đèn đình"}})["status"] == "merged"

    def test_what_was_rejected_stays_rejected_in_the_readers_language(self, cast: Cast) -> None:
        sent = put(lamp(cast, state="broken", watt=500))
        first = one(cast.lan, sent)
        assert first["status"] == "rejected"
        assert [e["pointer"] for e in first["problem"]["errors"]] == ["/watt"]
        again = one(cast.lan, sent)
        assert (again["status"], again["was"]) == ("unchanged", "rejected")
        assert again["problem"]["errors"] == first["problem"]["errors"]
        response = client(cast.lan).post(
            "/v1/sync/push", body(sent), content_type="application/json", headers={"accept-language": "en"}
        )
        english = response.json()["results"][0]["problem"]
        assert english["code"] == first["problem"]["code"] and english["title"] != first["problem"]["title"]

    def test_more_than_200_mutations_are_413_and_none_is_taken(self, cast: Cast) -> None:
        sent = [put(lamp(cast)) for _ in range(201)]
        response = client(cast.lan).post("/v1/sync/push", body(*sent), content_type="application/json")
        assert (response.status_code, response.json()["code"]) == (413, "too_many_mutations")
        assert [r["status"] for r in results(cast.lan, *sent[:200])] == ["applied"] * 200

    def test_a_push_without_an_hour_is_422_and_without_mutations_is_empty(self, cast: Cast) -> None:
        response = client(cast.lan).post("/v1/sync/push", {"mutations": []}, content_type="application/json")
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/sent_at")
        assert push(cast.lan)["results"] == []


class TestOneBadMutation:
    """It never stops another."""

    @pytest.mark.parametrize(
        "bad",
        [
            '{"mutation_id":"%s","type":"lamp","id":"%s","op":"patch","data":{"name":"a\\u0000"}}',
            '{"mutation_id":"%s","type":"lamp","id":"%s","op":"patch","data":{"name":"\\ud83d"}}',
            '{"mutation_id":"%s","type":"lamp","id":"%s","op":"patch","data":{"watt":18446744073709551616}}',
            '{"mutation_id":"%s","type":"lamp","id":"%s","op":"patch","data":{"a":' + "[" * 40 + "]" * 40 + "}}",
        ],
        ids=["NUL", "surrogate", "big integer", "deep nesting"],
    )
    def test_json_that_cannot_be_stored_is_that_mutations_own_end(self, cast: Cast, bad: str) -> None:
        spoilt = uuid7(), uuid7()
        good = [orjson.dumps(put(lamp(cast))).decode() for _ in range(2)]
        raw = f'{{"sent_at":"{wire(now())}","mutations":[{good[0]},{bad % spoilt},{good[1]}]}}'
        response = client(cast.lan).post("/v1/sync/push", raw.encode(), content_type="application/json")
        assert response.status_code == 200, response.content
        first, middle, last = response.json()["results"]
        assert [first["status"], middle["status"], last["status"]] == ["applied", "rejected", "applied"]
        assert (middle["mutation_id"], middle["id"]) == tuple(map(str, spoilt))

    @pytest.mark.parametrize(
        ("member", "value", "pointer"),
        [
            ("mutation_id", "x", "/mutation_id"),
            ("op", "upsert", "/op"),
            ("id", 7, "/id"),
            ("base_version", 2**40, "/base_version"),
            ("base_version", -1, "/base_version"),
            ("data", [], "/data"),
            ("colour", "red", "/colour"),
        ],
    )
    def test_a_fault_of_the_envelope_is_named(self, cast: Cast, member: str, value: object, pointer: str) -> None:
        bad = {**put(lamp(cast)), member: value}
        result, good = results(cast.lan, bad, put(lamp(cast)))
        assert (result["status"], result["problem"]["errors"][0]["pointer"]) == ("rejected", pointer)
        assert good["status"] == "applied"

    @pytest.mark.parametrize("thing", [None, 5, "x", [], [[]], True])
    def test_what_is_no_object_at_all_is_rejected(self, cast: Cast, thing: object) -> None:
        result, good = results(cast.lan, thing, put(lamp(cast)))
        assert (result["status"], result["mutation_id"], good["status"]) == ("rejected", None, "applied")

    def test_every_fault_of_the_data_is_named_at_once(self, cast: Cast) -> None:
        bad = put(lamp(cast, state="dim", watt="40", colour="red", name=None))
        result = one(cast.lan, bad)
        named = {error["pointer"] for error in result["problem"]["errors"]}
        assert named == {"/state", "/watt", "/colour", "/name"}

    def test_a_refusal_kept_by_two_at_once_is_no_crash(self, cast: Cast) -> None:
        bad = put(lamp(cast, state="dim"))
        first, second = results(cast.lan, bad, bad)
        assert first["status"] == second["status"] == "rejected"
        assert one(cast.lan, bad)["was"] == "rejected"


class TestMerging:
    def test_an_absent_field_is_left_alone_and_null_clears(self, cast: Cast, lit: str) -> None:
        one(cast.lan, patch(lit, {"watt": 40, "state_at": wire(now())}, 1))
        one(cast.lan, patch(lit, {"watt": None}, 2))
        record = read(cast.lan, lit)
        assert record["watt"] is None and record["state_at"] is not None and record["name"] == "Đèn ngõ 1"

    def test_a_put_leaves_absent_fields_alone_too(self, cast: Cast, lit: str) -> None:
        one(cast.lan, patch(lit, {"watt": 40}, 1))
        one(cast.lan, put(lamp(cast, name="Đèn chợ"), lit, 2))
        assert (read(cast.lan, lit)["watt"], read(cast.lan, lit)["name"]) == (40, "Đèn chợ")

    def test_others_who_changed_other_fields_are_merged(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"name": "Đèn đình"}, 1))
        result = one(cast.lan, patch(lit, {"watt": 40}, 1))
        assert (result["status"], result["version"]) == ("merged", 3)
        assert (result["current"]["name"], result["current"]["watt"]) == ("Đèn đình", 40)

    def test_the_same_field_is_a_conflict_and_the_rest_of_the_edit_applies(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"name": "Đèn đình"}, 1))
        result = one(cast.lan, patch(lit, {"name": "Đèn chợ", "watt": 40}, 1))
        assert result["status"] == "conflict"
        assert result["conflicts"] == [{"field": "name", "sent": "Đèn chợ", "stored": "Đèn đình"}]
        assert (result["current"]["name"], result["current"]["watt"]) == ("Đèn đình", 40)
        [waiting] = revisions(cast.bao, lit, status="conflict")
        assert waiting["data"]["name"] == "Đèn chợ"

    def test_a_conflict_is_listed_until_someone_chooses(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"name": "Đèn đình"}, 1))
        one(cast.lan, patch(lit, {"name": "Đèn chợ"}, 1))
        [waiting] = revisions(cast.bao, lit, status="conflict")
        choice = {"revision_id": waiting["id"], "choose": "sent"}
        for _ in range(2):
            response = client(cast.bao).post(f"/v1/lamps/{lit}/resolve", choice, content_type="application/json")
            assert (response.status_code, response.json()["name"]) == (200, "Đèn chợ")
        assert revisions(cast.bao, lit, status="conflict") == []
        assert read(cast.bao, lit)["version"] == 3

    def test_equal_values_never_conflict(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"name": "Đèn đình"}, 1))
        assert one(cast.lan, patch(lit, {"name": "Đèn đình"}, 1))["status"] == "unchanged"
        assert one(cast.lan, patch(lit, {"name": "Đèn đình", "watt": 5}, 1))["status"] == "merged"

    def test_the_same_device_is_never_others(self, cast: Cast, lit: str) -> None:
        one(cast.lan, patch(lit, {"name": "Đèn 2"}, 1))
        assert one(cast.lan, patch(lit, {"name": "Đèn 3"}, 1))["status"] == "applied"
        other_phone = cast.lan.on_another_phone()
        assert one(other_phone, patch(lit, {"name": "Đèn 4"}, 1))["status"] == "conflict"

    def test_broken_working_broken_in_one_push_ends_broken(self, cast: Cast, lit: str) -> None:
        sent = [patch(lit, {"state": state}, 1) for state in ("broken", "working", "broken")]
        assert [r["version"] for r in results(cast.lan, *sent)] == [2, 3, 4]
        assert read(cast.lan, lit)["state"] == "broken"

    def test_a_group_is_taken_or_refused_together(self, cast: Cast, lit: str) -> None:
        moment = wire(now())
        one(cast.bao, patch(lit, {"state_at": moment}, 1))
        result = one(cast.lan, patch(lit, {"state": "broken", "watt": 7}, 1))
        assert result["status"] == "conflict" and [c["field"] for c in result["conflicts"]] == ["state"]
        record = read(cast.lan, lit)
        assert (record["state"], record["state_at"], record["watt"]) == ("working", moment, 7)

    def test_an_atom_is_whole(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"location": {"lon": 108.1, "lat": 10.9}}, 1))
        result = one(cast.lan, patch(lit, {"location": {"lon": 108.1, "lat": 11.0}}, 1))
        assert result["status"] == "conflict"
        assert read(cast.lan, lit)["location"]["lat"] == 10.9

    def test_additions_and_removals_of_a_set_all_count(self, cast: Cast) -> None:
        a, b, c, d = sorted(some_id() for _ in range(4))
        made = put(lamp(cast, keeper_ids=[a, b]))
        one(cast.lan, made)
        one(cast.bao, patch(made["id"], {"keeper_ids": [a, b, c]}, 1))
        assert one(cast.lan, patch(made["id"], {"keeper_ids": [b, d]}, 1))["status"] == "merged"
        assert read(cast.lan, made["id"])["keeper_ids"] == [b, c, d]

    def test_a_removal_made_offline_after_an_own_addition_holds(self, cast: Cast) -> None:
        a, b = some_id(), some_id()
        made = put(lamp(cast, keeper_ids=[a]))
        one(cast.lan, made)
        results(
            cast.lan, patch(made["id"], {"keeper_ids": sorted([a, b])}, 1), patch(made["id"], {"keeper_ids": [a]}, 1)
        )
        assert read(cast.lan, made["id"])["keeper_ids"] == [a]

    def test_logs_unite_by_the_id_of_their_items(self, cast: Cast) -> None:
        first, second = (
            {"id": some_id(), "visited_at": "2026-11-22T12:00:00.000Z", "note": note} for note in ("Lan", "Bảo")
        )
        made = put(lamp(cast))
        one(cast.lan, made)
        one(cast.bao, patch(made["id"], {"visits": [second]}, 1))
        one(cast.lan, patch(made["id"], {"visits": [first]}, 1))
        record = read(cast.lan, made["id"])
        assert {visit["note"] for visit in record["visits"]} == {"Lan", "Bảo"}
        assert record["visit_count"] == 2

    def test_derived_fields_are_ignored_when_sent(self, cast: Cast, lit: str) -> None:
        assert one(cast.lan, patch(lit, {"visit_count": 99, "version": 77}, 1))["status"] == "unchanged"
        assert one(cast.lan, put(lamp(cast, visit_count=5, author_id=some_id())))["status"] == "applied"
        assert read(cast.lan, lit)["visit_count"] == 0

    def test_others_are_judged_by_the_version_that_the_phone_named(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"name": "Đèn 2"}, 1))
        assert one(cast.lan, patch(lit, {"name": "Đèn 3"}, 2))["status"] == "applied"

    def test_a_later_own_edit_sits_on_what_was_merged_before_it(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"name": "Đèn đình"}, 1))
        cursor = pull(cast.lan)["cursor"]
        answer = push(cast.lan, patch(lit, {"watt": 1}, 1), patch(lit, {"watt": 2}, 2), cursor=cursor)
        assert [r["status"] for r in answer["results"]] == ["merged", "applied"]
        [change] = [c for c in answer["pull"]["changes"] if c["id"] == lit]
        assert change["data"]["name"] == "Đèn đình" and change["data"]["watt"] == 2


class TestCreating:
    def test_a_second_create_of_an_id_is_told_what_stands(self, cast: Cast, lit: str) -> None:
        result = one(cast.bao, put(lamp(cast, name="Khác"), lit))
        assert (result["status"], code(result)) == ("rejected", "already_exists")
        assert result["current"]["id"] == lit

    def test_the_same_phone_may_create_again_after_a_lost_answer(self, cast: Cast, lit: str) -> None:
        result = one(cast.lan, put(lamp(cast, name="Đèn mới"), lit))
        assert (result["status"], read(cast.lan, lit)["name"]) == ("applied", "Đèn mới")

    def test_an_id_taken_in_another_hamlet_is_refused_without_current(self, cast: Cast, lit: str) -> None:
        result = one(cast.linh, put(lamp(cast, 2), lit))
        assert (result["status"], code(result)) == ("rejected", "already_exists")
        assert "current" not in result

    def test_only_who_may_write_learns_that_an_id_is_taken(self, cast: Cast, lit: str) -> None:
        for record_id in (lit, some_id()):
            for change in (
                put(lamp(cast, 2), record_id),
                mutation("delete", record_id, {"area_id": str(cast.hamlets[2])}),
            ):
                assert code(one(cast.khach, change)) == "not_found"

    def test_a_patch_of_a_record_elsewhere_waits_as_for_one_that_is_not_there(self, cast: Cast, lit: str) -> None:
        for record_id in (lit, some_id()):
            for data in ({"watt": 5}, {"watt": 5, "area_id": str(cast.hamlets[2])}):
                result = one(cast.linh, patch(record_id, data, 1))
                assert (result["status"], code(result), result["version"]) == ("deferred", "not_there_yet", None)

    def test_a_record_stays_in_its_area(self, cast: Cast, lit: str) -> None:
        add_member(cast.lan, cast.hamlets[1], cast.teams[1], "member")
        result = one(cast.lan, patch(lit, {"area_id": str(cast.hamlets[1]), "watt": 5}, 1))
        assert (result["status"], code(result)) == ("rejected", "area_fixed")
        assert read(cast.bao, lit)["version"] == 1
        assert one(cast.lan, mutation("delete", lit, {"area_id": str(cast.hamlets[1])}, 1))["version"] == 2
        assert client(cast.bao).get(f"/v1/lamps/{lit}").status_code == 410

    def test_a_create_of_another_teams_record_is_forbidden(self, cast: Cast) -> None:
        result = one(cast.lan, put(lamp(cast, team_id=some_id())))
        assert (result["status"], code(result)) == ("rejected", "forbidden")

    def test_no_hamlet_can_be_made_by_naming_it(self, cast: Cast) -> None:
        assert code(one(cast.lan, put(lamp(cast, area_id=some_id())))) == "not_found"


class TestDeleting:
    def test_what_nobody_else_changed_is_deleted_for_ever(self, cast: Cast, lit: str) -> None:
        one(cast.lan, patch(lit, {"watt": 4}, 1))
        assert (one(cast.lan, delete(lit, 1))["status"], client(cast.lan).get(f"/v1/lamps/{lit}").status_code) == (
            "applied", 410,
        )  # fmt: skip
        for change in (put(lamp(cast), lit), patch(lit, {"watt": 9}, 1), delete(lit, 3)):
            assert one(cast.bao, change)["status"] == "gone"

    def test_what_others_changed_meanwhile_is_not_deleted(self, cast: Cast, lit: str) -> None:
        one(cast.bao, patch(lit, {"watt": 40}, 1))
        result = one(cast.lan, delete(lit, 1))
        assert result["status"] == "conflict" and result["current"]["watt"] == 40
        [waiting] = revisions(cast.bao, lit, status="conflict")
        assert waiting["op"] == "delete"
        assert one(cast.lan, delete(lit, 2))["status"] == "applied"

    def test_deleting_the_unknown_plants_its_tombstone_once(self, cast: Cast) -> None:
        unknown = some_id()
        assert one(cast.lan, delete(unknown))["status"] == "applied"
        _, cursor = drain(cast.bao)
        for _ in range(2):
            assert one(cast.lan, put(lamp(cast), unknown))["status"] == "gone"
        assert one(cast.bao, delete(unknown))["status"] == "gone"
        assert pull(cast.bao, cursor)["changes"] == []

    def test_a_tombstone_planted_elsewhere_harms_nobody(self, cast: Cast, lit: str) -> None:
        future = some_id()
        assert [r["status"] for r in results(cast.linh, delete(lit, 1), delete(future))] == ["applied", "applied"]
        assert read(cast.lan, lit)["version"] == 1
        assert one(cast.lan, put(lamp(cast), future))["status"] == "applied"

    def test_who_may_not_write_plants_nothing(self, cast: Cast, lit: str) -> None:
        for person in (cast.minh, cast.khach):
            for record_id in (some_id(), lit):
                assert code(one(person, delete(record_id, 1))) in ("forbidden", "not_found")
        assert read(cast.lan, lit)["version"] == 1

    def test_a_record_made_and_deleted_in_one_push_leaves_its_versions(self, cast: Cast) -> None:
        made = put(lamp(cast))
        assert [r["version"] for r in results(cast.lan, made, delete(made["id"], 1))] == [1, 2]
        from api.sync.models import Revision

        kept = Revision.objects.filter(record_id=made["id"]).order_by("version")
        assert [(r.version, r.op, r.data["version"]) for r in kept] == [(1, "put", 1), (2, "delete", 2)]


class TestWaiting:
    def test_a_patch_before_its_create_waits_and_is_not_kept(self, cast: Cast) -> None:
        made = put(lamp(cast))
        early = patch(made["id"], {"watt": 40}, 1)
        for _ in range(2):
            result = one(cast.lan, early)
            assert (result["status"], code(result)) == ("deferred", "not_there_yet")
        one(cast.bao, made)
        assert one(cast.lan, early)["status"] == "applied"

    def test_a_type_this_server_does_not_know_waits(self, cast: Cast) -> None:
        result, good = results(cast.lan, put({"x": 1}, type="hologram"), put(lamp(cast)))
        assert (result["status"], code(result), good["status"]) == ("deferred", "type_unknown", "applied")

    def test_what_follows_a_waiting_edit_waits_with_it(self, cast: Cast) -> None:
        made = put(lamp(cast))
        early, late = patch(made["id"], {"watt": 1}, 1), patch(made["id"], {"watt": 2}, 1)
        assert [r["status"] for r in results(cast.lan, early, made, late)] == ["deferred", "applied", "deferred"]
        assert [r["status"] for r in results(cast.lan, early, late)] == ["applied", "applied"]
        assert read(cast.lan, made["id"])["watt"] == 2

    def test_a_waiting_mutation_sent_twice_in_one_push_waits_twice(self, cast: Cast) -> None:
        early = patch(some_id(), {"watt": 1, "area_id": str(cast.hamlets[0])}, 1)
        assert [r["status"] for r in results(cast.lan, early, early)] == ["deferred", "deferred"]

    def test_a_type_that_is_only_read_is_rejected(self, cast: Cast) -> None:
        result = one(cast.lan, mutation("patch", cast.teams[0], {"name": "Tổ 9"}, 1, type="team"))
        assert (result["status"], code(result)) == ("rejected", "not_writable")


class TestPullThatFollows:
    def test_what_the_push_wrote_comes_without_data_and_the_rest_with(self, cast: Cast) -> None:
        _, cursor = drain(cast.lan)
        theirs, mine = put(lamp(cast)), put(lamp(cast))
        one(cast.bao, theirs)
        answer = push(cast.lan, mine, cursor=cursor)
        sent = {change["id"]: change for change in answer["pull"]["changes"]}
        assert set(sent) == {theirs["id"], mine["id"]}
        assert "data" not in sent[mine["id"]] and sent[mine["id"]]["version"] == 1
        assert sent[theirs["id"]]["data"]["author_id"] == str(cast.bao.user_id)
        assert answer["pull"]["epoch"] == answer["epoch"]
        assert pull(cast.lan, answer["pull"]["cursor"])["changes"] == []

    def test_what_was_merged_comes_with_data(self, cast: Cast, lit: str) -> None:
        _, cursor = drain(cast.lan)
        one(cast.bao, patch(lit, {"name": "Đèn đình"}, 1))
        [change] = push(cast.lan, patch(lit, {"watt": 3}, 1), cursor=cursor)["pull"]["changes"]
        assert (change["data"]["watt"], change["data"]["name"]) == (3, "Đèn đình")

    def test_what_was_applied_over_a_version_unseen_comes_with_data(self, cast: Cast) -> None:
        place = {"area_id": str(cast.hamlets[0])}
        times = {"started_at": wire(now()), "status": "ongoing", "recorded_at": wire(now())}
        walk = put({**place, **times, "team_id": str(cast.teams[0])}, type="patrol")
        piece = {"t0": wire(now()), "dt_s": [0, 5], "lon_e6": [1, 2], "lat_e6": [1, 2], "accuracy_m": [5, 5]}
        assert one(cast.lan, walk)["status"] == "applied"
        _, cursor = drain(cast.bao)
        assert one(cast.lan, put({**place, **piece}, walk["id"], 0, type="track"))["status"] == "applied"
        edit = patch(walk["id"], {"outcome": "Yên"}, 1, type="patrol")
        answer = push(cast.bao, edit, cursor=cursor)
        assert (answer["results"][0]["status"], answer["results"][0]["version"]) == ("applied", 3)
        [change] = answer["pull"]["changes"]
        assert change["data"]["track_points"] == 2

    def test_a_repeat_gets_its_own_records_with_data(self, cast: Cast) -> None:
        _, cursor = drain(cast.lan)
        mine = put(lamp(cast))
        push(cast.lan, mine, cursor=cursor)
        [change] = push(cast.lan, mine, cursor=cursor)["pull"]["changes"]
        assert change["data"]["name"] == "Đèn ngõ 1"

    def test_a_limit_holds(self, cast: Cast) -> None:
        _, cursor = drain(cast.lan)
        answer = push(cast.lan, *(put(lamp(cast)) for _ in range(5)), cursor=cursor, limit=2)
        assert len(answer["pull"]["changes"]) == 2 and answer["pull"]["has_more"]

    def test_a_useless_cursor_is_400_and_what_was_pushed_is_taken(self, cast: Cast) -> None:
        mine = put(lamp(cast))
        response = client(cast.lan).post(
            "/v1/sync/push", body(mine, cursor="bm9uc2Vuc2U"), content_type="application/json"
        )
        assert (response.status_code, response.json()["code"]) == (400, "cursor_invalid")
        assert one(cast.lan, mine)["was"] == "applied"


class TestClocks:
    def test_age_by_the_monotonic_clock_wins_over_what_the_wall_clock_said(self, cast: Cast) -> None:
        made = put(lamp(cast, recorded_at="1970-01-01T00:05:00.000Z"), elapsed_ms=3_600_000)
        push(cast.lan, made, sent_at="1970-01-01T01:05:00.000Z")
        record = read(cast.lan, made["id"])
        assert abs(moment(record["occurred_at"]) - (now() - dt.timedelta(hours=1))) < dt.timedelta(minutes=1)
        assert record["recorded_at"] == "1970-01-01T00:05:00.000Z"

    def test_else_what_the_phone_wrote_is_moved_by_its_skew_and_flagged(self, cast: Cast) -> None:
        made = put(lamp(cast, recorded_at="1970-01-01T00:05:00.000Z"))
        push(cast.lan, made, sent_at="1970-01-01T01:05:00.000Z")
        record = read(cast.lan, made["id"])
        assert abs(moment(record["occurred_at"]) - (now() - dt.timedelta(hours=1))) < dt.timedelta(minutes=1)
        assert record["flags"] == ["estimated"]
        assert abs(record["clock_skew_s"] - (now() - moment("1970-01-01T01:05:00.000Z")).total_seconds()) < 60

    def test_a_clock_of_a_few_minutes_is_corrected_without_a_flag(self, cast: Cast) -> None:
        slow = dt.timedelta(minutes=5)
        made = put(lamp(cast, recorded_at=wire(now() - slow)))
        push(cast.lan, made, sent_at=wire(now() - slow))
        record = read(cast.lan, made["id"])
        assert record["flags"] == [] and abs(record["clock_skew_s"] - 300) < 30
        assert abs(moment(record["occurred_at"]) - now()) < dt.timedelta(minutes=1)

    @pytest.mark.parametrize("sent_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2038-01-19T03:14:08+14:00"])
    @pytest.mark.parametrize("elapsed", [None, 0, -5, 2**53])
    def test_nothing_is_refused_for_a_wrong_clock(self, cast: Cast, sent_at: str, elapsed: int | None) -> None:
        made = put(lamp(cast, recorded_at="9999-12-31T23:59:59Z"), elapsed_ms=elapsed)
        [result] = push(cast.lan, made, sent_at=sent_at)["results"]
        assert result["status"] == "applied"
        assert uuid.UUID(read(cast.lan, made["id"])["id"])


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
