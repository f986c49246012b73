"""Push: what becomes of edits that meet, field by field."""

import pytest

from api.localtime import now, wire
from tests.api.sync.talk import client, lamp, one, patch, pull, push, put, read, results, revisions, some_id
from tests.cast import Cast

pytestmark = pytest.mark.django_db


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
