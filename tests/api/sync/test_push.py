"""Push: what each mutation is answered, what follows in the same answer, and when things happened."""

import datetime as dt
import uuid

import orjson
import pytest

from api.ids import uuid7
from api.localtime import now, wire
from tests.api.sync.talk import body, client, code, drain, lamp, one, patch, pull, push, put, read, results, some_id
from tests.cast import Cast

pytestmark = pytest.mark.django_db


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
