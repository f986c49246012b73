"""Push: records that are made and deleted, and what waits for them."""

import pytest

from tests.api.sync.talk import (
    client,
    code,
    delete,
    drain,
    lamp,
    mutation,
    one,
    patch,
    pull,
    put,
    read,
    results,
    revisions,
    some_id,
)
from tests.cast import Cast, add_member

pytestmark = pytest.mark.django_db


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
